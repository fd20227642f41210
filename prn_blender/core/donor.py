"""What a face is painted with: another's photo, or a texture, in its colours."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from .cast import fit_light
from .completion import CompletionOptions, complete, trusted
from .contrast import remaining_contrast, with_contrast
from .errors import NoFaceError
from .face import Face
from .ground import Ground, ground, ground_curve
from .hue import eyes_and_teeth, lit_skin, plausible_colours, with_hue_of
from .illumination import at_layout_size
from .image.colour import GAMMA, LUMA
from .image.filters import fading
from .image.sampling import sample
from .image.tone_curve import ToneCurve, near_skin
from .mouth import between_lips, is_open
from .render import Surface
from .repair import no_skin
from .spoilt import facing_in_front, facing_smooth, unspoilt
from .texture import fill_hidden, texture_size
from .tone import relight_curve, tone_curve
from .toning import Toning

# Of the face's size: the width over which a photo fades to the texture where it ends.
_RIM = 0.03
# Cosine between normal and line of sight: more oblique, the donor's photo is smeared.
_OBLIQUE = 0.3
# The same for the mirror image, which takes over between these; and by how much it is better.
_CLEAR, _BETTER = (0.25, 0.55), (0.1, 0.3)
# The same as a share of what it is from the front: below the first a place is not shown, from the
# second on well.
_SHOWN = 0.35, 0.55
# What is seen from the front as obliquely as this is a side.
_SIDE = 0.2
# Degrees: donors that look so far to the side, and so much otherwise than the target, show little
# of the other eye and of the nose's other side; on two such photos both came out smeared.
_ASIDE, _OTHERWISE = 40.0, 30.0
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


def donor_paint(
    target: Face,
    donor: Face | np.ndarray,
    size: int | str,
    completion: CompletionOptions,
    color_match: str,
    close_mouth: bool,
    covered: Mapping[str, np.ndarray],
) -> DonorPaint:
    """Prepare a donor for a target.

    Parameters
    ----------
    target : Face
    donor : Face or (N, N, 3 or 4) uint8
    size : int or "auto"
        Of the texture.
    completion : CompletionOptions
        For the donor's hidden side.
    color_match : {"light", "tone", "none"}
    close_mouth : bool
        Leave out the teeth of a smile where the target's lips are closed.
    covered : mapping of str to (S, S) bool
        Features that stay, see `covered.covered_features`: they tell nothing of the skin.
    """
    trust: np.ndarray | np.float32 = np.float32(1)
    sound: np.ndarray | np.float32 = np.float32(1)
    if isinstance(donor, Face):
        sound = unspoilt(donor, target)
        clear = clear_view(donor) * sound
        plain = complete(donor, texture_size(target, size), completion, clear)
        trust = clear
        if close_mouth and is_open(donor, target):
            lips = 1 - between_lips(donor.layout)
            trust, sound = trust * lips, sound * lips
            alpha = plain[..., 3].copy()
            plain[..., 3] = cv2.resize(lips * 255, plain.shape[:2]) + 0.5
            fill_hidden(plain)
            plain[..., 3] = np.minimum(plain[..., 3], alpha)
    else:
        opaque = [] if donor.shape[2] == 4 else [np.full(donor.shape[:2], 255, np.uint8)]
        plain = np.dstack([donor, *opaque])
    match, noise = _match(target, donor, plain, color_match)
    face = donor if isinstance(donor, Face) else None
    tones, other = (f.toning if f and match else None for f in (target, face))
    toning = None if tones is None or tones.is_like(other) else tones
    colourless = other is not None and tones is None
    skin = wrong = contrast = None
    shown = None if face is None else _shown(target, face, plain, np.asarray(sound))
    if face is not None and shown is not None and match is not None and color_match == "light":
        # A photo is to have the coarse of the target's; what is coarse in a texture is meant so.
        source, goal = _grounds(target, face, shown, covered)
        match, skin = ground_curve(source, goal), np.minimum(goal.skin, 1) ** (1 / GAMMA)
        own = target.texture(len(shown))
        wrong = no_skin(target.layout, (shown, own), (source, goal))
        left = remaining_contrast(target.layout, shown, own)
        contrast = None if left is None else np.dstack([skin, left]).astype(np.float32)
    colours = None
    if noise > 0 or colourless:
        skin = lit_skin(target) if skin is None else skin
        colours = plausible_colours(target.layout, skin, eyes_and_teeth(face or target))
    return DonorPaint(
        plain, match, toning, colourless, noise, colours, trust, sound, target, face, wrong, shown,
        contrast,
    )  # fmt: skip


def _shown(target: Face, donor: Face, plain: np.ndarray, sound: np.ndarray) -> np.ndarray:
    """(S, S, 4) uint8: the donor as the target is painted with it."""
    # What the target shows as obliquely is looked up in the photo, too.
    alike = donor.visibility & (donor.facing >= target.facing - 1e-4) & (sound > 0.5)
    completed = at_layout_size(donor, plain)
    return np.where(alike[..., None], donor.texture(donor.layout.size), completed)


def _grounds(
    target: Face, donor: Face, shown: np.ndarray, covered: Mapping[str, np.ndarray]
) -> tuple[Ground, Ground]:
    """Of the donor, `shown` as it is, and of the target; where both show skin."""
    seen = (target.texture(target.layout.size)[..., 3] == 255) & target.layout.mask
    for face in (target, donor):
        seen &= ~face.hair
    for where in covered.values():
        seen &= ~where
    return (
        ground(donor, donor.illumination, seen, shown),
        ground(target, target.illumination, seen),
    )


def shown_well(face: Face, trust: np.ndarray) -> np.ndarray:
    """(S, S) float32: how well a face's photo shows each texel, or its mirror image."""
    facing = facing_smooth(face) * trust
    better = np.maximum(facing, face.layout.mirrored(facing))
    better /= np.maximum(facing_in_front(face.layout), _SIDE)
    return ((better - _SHOWN[0]) / (_SHOWN[1] - _SHOWN[0])).clip(0, 1)


def clear_view(face: Face) -> np.ndarray:
    """(S, S) float32: how far a face's photo is to be used at each texel, not its mirror image.

    0 where the photo shows what lies behind the face, or the place so obliquely that it is
    smeared, and the other half of the face is better.
    """
    layout = face.layout
    trust = trusted(face)
    facing = facing_smooth(face)
    better = layout.mirrored(facing * trust) - facing
    better = ((better - _BETTER[0]) / (_BETTER[1] - _BETTER[0])).clip(0, 1)
    oblique = ((_CLEAR[1] - facing) / (_CLEAR[1] - _CLEAR[0])).clip(0, 1)
    worse = better * oblique
    return trust * (1 - cv2.GaussianBlur(worse, (0, 0), layout.size / 128))


def _match(
    target: Face, donor: Face | np.ndarray, plain: np.ndarray, how: str
) -> tuple[ToneCurve | None, float]:
    """The donor's skin to the target's; and 0..1, how far its noise shows then."""
    if how == "none":
        return None, 0.0
    source = donor if isinstance(donor, Face) else target
    try:
        light = donor.illumination if isinstance(donor, Face) else fit_light(target, plain)
        goal = target.illumination
    except NoFaceError:  # too little skin to tell; blending is left
        return None, 0.0
    if isinstance(donor, Face) and donor.toning is not None:
        gain = float((goal.mean @ LUMA) / (light.mean @ LUMA)) ** (1 / GAMMA)
    else:
        gain = float((goal.mean / light.mean).max() ** (1 / GAMMA))
    noise = min(max((gain - _NOISY[0]) / (_NOISY[1] - _NOISY[0]), 0.0), 1.0)
    if how == "tone":
        return tone_curve(source, light, goal), noise
    return relight_curve(source, light, goal, target), noise


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


def looks_aside(target: Face, donor: Face | np.ndarray) -> float:
    """How far a donor looks to the side, degrees; 0 where that does no harm."""
    if not isinstance(donor, Face):
        return 0.0
    yaw, apart = math.degrees(donor.pose.yaw), donor.pose.yaw - target.pose.yaw
    harms = abs(yaw) > _ASIDE and abs(math.degrees(apart)) > _OTHERWISE
    return abs(yaw) if harms else 0.0
