"""TODO docstring."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..appearance.monochrome import Toning
from ..face.face import Face
from ..image.filters import fading
from ..image.sampling import sample
from ..image.tone_curve import ToneCurve, near_skin
from ..texture.render import Surface
from .colourise import with_hue_of
from .feature_contrast import with_contrast

# Of the face's size: the width over which a photo fades to the texture where it ends.
_RIM = 0.03


# Cosine between normal and line of sight: more oblique, the donor's photo is smeared.
_OBLIQUE = 0.3


# Skin made this many times as bright loses the fine differences of its hue, which are noise, and
# how coarse they are, of the face's size.
_NOISY, _NOISE = (1.5, 2.5), 0.02


@dataclass(frozen=True, eq=False)
class DonorPaint:
    """What the target is painted with.

    Where the donor's photo shows a place it is looked up there, not in the texture: nothing of
    its detail is lost on the way, and a face swapped with itself stays what it was.
    """

    plain: np.ndarray  # (N, N, 4) uint8, before matching
    match: ToneCurve | None
    toning: Toning | None  # the target's, if the donor's photo is not toned alike
    colourless: bool  # the donor's photo has no colours, the target's has
    noise: float  # 0..1: how little the donor's photo tells of its colours
    # (S, S, 3) float32 sRGB, 0..1: the target's, as far as they are known, if the donor's tell
    # little or nothing.
    colours: np.ndarray | None
    trust: np.ndarray | np.float32  # (S, S): where the donor's photo is to be looked up
    sound: np.ndarray | np.float32  # (S, S): the same, however obliquely the target is seen
    target: Face
    donor: Face | None
    wrong: np.ndarray | None  # (S, S) float32, 0..1: what of the donor's skin is none
    shown: np.ndarray | None  # (S, S, 4) uint8 sRGB: the donor's photo as it is painted
    # (S, S, 4) float32: the target's skin, sRGB 0..1, and what is left of the donor's contrast to
    # it, see `contrast.remaining_contrast`; None: all of it.
    contrast: np.ndarray | None

    def matched(self) -> np.ndarray:
        """(N, N, 4) uint8: the texture in the target's colours."""
        result = self.plain.copy()
        size = len(self.plain)
        colour = np.ascontiguousarray(self.plain[..., :3])
        if self.match is not None:
            values = cv2.resize(self._values(), (size, size))
            colour = self._in_target_s_colours(colour, values, size / 2)
        result[..., :3] = colour
        return result

    def on(self, surface: Surface) -> np.ndarray:
        """(h, w, 3) uint8: as the target's camera sees it."""
        if surface.coverage.size == 0:
            return np.zeros((*surface.coverage.shape, 3), np.uint8)
        colour = sample(
            np.ascontiguousarray(self.plain[..., :3]),
            surface.texture_coordinates(self.plain.shape[0]),
        )
        if self.donor is not None:
            at, share = _look_up(self, self.donor, surface)
            direct = sample(self.donor.photo.pixels, at)
            colour = cv2.blendLinear(direct, colour, share, 1 - share)
        if self.match is None:
            return colour
        values = surface.interpolate(self._values())
        return self._in_target_s_colours(colour, values, self.target.size)

    def _values(self) -> np.ndarray:
        """(S, S, k) float32: the curve's, and the target's colours where those are needed."""
        assert self.match is not None
        more = [v for v in (self.colours, self.contrast) if v is not None]
        return np.dstack([self.match.values, *more]) if more else self.match.values

    def _in_target_s_colours(
        self, colour: np.ndarray, values: np.ndarray, size: float
    ) -> np.ndarray:
        """Colours (h, w, 3) uint8 of a face `size` pixels large, `values` as of `_values`."""
        assert self.match is not None
        if colour.size == 0:
            return colour
        if self.colourless:
            colour = cv2.merge([cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)] * 3)
        elif self.noise > 0:
            # The same hue all around, each pixel as bright as it was.
            smooth = cv2.GaussianBlur(colour, (0, 0), _NOISE * size)
            level, around = (cv2.cvtColor(c, cv2.COLOR_RGB2GRAY) for c in (colour, smooth))
            ratio = cv2.divide(level, cv2.max(around, 1), dtype=cv2.CV_32F)
            even = cv2.multiply(smooth, cv2.merge([ratio] * 3), dtype=cv2.CV_8U)
            colour = cv2.addWeighted(colour, 1 - self.noise, even, self.noise, 0)
        colour = self.match.apply_values(colour, values[..., :6])
        if self.colourless:
            colour = with_hue_of(colour, values[..., 6:9])
        if self.noise > 0:
            near = near_skin(colour, values[..., 6:9])
            colour = cv2.addWeighted(colour, 1 - self.noise, near, self.noise, 0)
        if self.contrast is not None:
            colour = with_contrast(colour, values[..., -4:-1], values[..., -1])
        return colour if self.toning is None else self.toning.apply(colour)


def _look_up(paint: DonorPaint, donor: Face, surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Where the donor's photo shows what the target's camera sees.

    Returns
    -------
    at : (h, w, 2) float32
        Donor's photo pixels.
    share : (h, w) float32
        How far to trust them: 0 where the donor's photo does not show the place, or so much more
        obliquely than the target's that it would be smeared.
    """
    target = paint.target
    trust, sound = (np.broadcast_to(v, donor.facing.shape) for v in (paint.trust, paint.sound))
    maps = (donor.extended_position_map, donor.facing, target.facing, trust, sound)
    # How far is smooth enough to be decided on at the samples.
    seen = surface.sampled(np.dstack(maps))
    points, facing, wanted = seen[..., :3], seen[..., 3], seen[..., 4]
    shown = donor.shows(points)
    # From where it ends inwards: there the donor's background shines in.
    rim = _RIM * target.size / surface.cell
    share = fading(shown & (facing > np.minimum(_OBLIQUE, 0.5 * wanted)), rim)
    share *= seen[..., 5]
    # What the target shows as obliquely as the donor is no worse for it.
    share = np.maximum(share, fading(shown & (facing >= wanted - 1e-4), rim)) * seen[..., 6]
    found = surface.enlarged(np.dstack([points[..., :2], share]))
    return np.ascontiguousarray(found[..., :2]), np.ascontiguousarray(found[..., 2])
