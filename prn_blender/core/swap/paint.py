"""What a target is painted with: a donor's colours, brought into the target's light."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from ..appearance.base_detail import BaseDetail, split_base_detail
from ..appearance.monochrome import Toning
from ..choices import ColorMatch
from ..editing.relight import base_curve, relight_curve, tone_curve
from ..errors import NoFaceError
from ..face.face import Face
from ..image.colour import stored
from ..image.filters import ramp
from ..image.sampling import sample
from ..image.tone_curve import ToneCurve, near_skin
from ..texture.fragments import Fragments
from ..typed import Pixels, TexelColours, TexelMap, TexelMask, Texture
from .colourise import eyes_and_teeth, lit_skin, plausible_colours, with_hue_of
from .donor import Donor, DonorTexture
from .feature_contrast import remaining_contrast, with_contrast
from .options import SwapOptions
from .skin_outliers import skin_outliers

# Times as bright: skin brightened so much loses the fine differences of its hue, which are noise.
_NOISY = (1.5, 2.5)
# Share of the face's size: how coarse that noise is.
_NOISE = 0.02


@dataclass(frozen=True, eq=False)
class DonorPaint:
    """A donor's texture with what brings its colours into the target's light.

    Where the donor's photo shows a place, that is looked up there and not in the texture: nothing
    of its detail is lost on the way, and a face swapped with itself stays what it was.

    Attributes
    ----------
    target : Face
    donor : Donor
    texture : DonorTexture
        Before matching.
    match : ToneCurve or None
        None: colours stay as they are.
    toning : Toning or None
        The target's, if the donor's photo is not toned alike.
    colourless : bool
        The donor's photo has no colours and the target's has.
    noise : float
        0..1: how little the donor's photo tells of its colours.
    colours : (S, S, 3) float32 sRGB, 0..1, or None
        Plausible ones, where the donor's tell little or nothing.
    outliers : (S, S) float32 or None
        0..1: what on the donor's skin is no skin.
    shown : (S, S, 4) uint8 sRGB or None
        The donor's photo as it is painted, unmatched.
    contrast : (S, S, 4) float32 or None
        The target's skin, sRGB 0..1, and what is left of the donor's contrast to it, see
        `feature_contrast.remaining_contrast`. None: all of it.
    """

    target: Face
    donor: Donor
    texture: DonorTexture
    match: ToneCurve | None
    toning: Toning | None
    colourless: bool
    noise: float
    colours: TexelColours | None
    outliers: TexelMap | None
    shown: Texture | None
    contrast: np.ndarray | None

    def matched(self) -> Texture:
        """(N, N, 4) uint8: the texture in the target's colours."""
        result = self.texture.pixels.copy()
        size = len(result)
        colour = np.ascontiguousarray(result[..., :3])
        if self.match is not None:
            values = cv2.resize(self._values(), (size, size))
            colour = self._in_target_colours(colour, values, size / 2)
        result[..., :3] = colour
        return result

    def on(self, fragments: Fragments) -> Pixels:
        """(h, w, 3) uint8: as the target's camera sees it."""
        if fragments.coverage.size == 0:
            return np.zeros((*fragments.coverage.shape, 3), np.uint8)
        pixels = self.texture.pixels
        colour = sample(
            np.ascontiguousarray(pixels[..., :3]), fragments.texture_coordinates(pixels.shape[0])
        )
        found = self.donor.looked_up(self.target, self.texture, fragments)
        if found is not None:
            direct, share = found
            colour = cv2.blendLinear(direct, colour, share, 1 - share)
        if self.match is None:
            return colour
        values = fragments.interpolate(self._values())
        return self._in_target_colours(colour, values, self.target.size)

    def _values(self) -> np.ndarray:
        """(S, S, k) float32: the curve's values, then `colours` and `contrast` where needed."""
        assert self.match is not None
        more = [v for v in (self.colours, self.contrast) if v is not None]
        return np.dstack([self.match.values, *more]) if more else self.match.values

    def _in_target_colours(self, colour: np.ndarray, values: np.ndarray, size: float) -> np.ndarray:
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


def make_paint(
    target: Face, donor: Donor, options: SwapOptions, covered: Mapping[str, TexelMask]
) -> DonorPaint:
    """Prepare a donor for a target.

    Parameters
    ----------
    target : Face
    donor : Donor
    options : SwapOptions
    covered : mapping of str to (S, S) bool
        Features that stay the target's, see `kept_features`: they tell nothing of the skin.
    """
    texture = donor.unwrapped(
        target, options.texture_size, options.completion, close_mouth=options.mouth == "auto"
    )
    match, noise = _match(target, donor, texture, options.color_match)
    toning = target.toning if match else None
    donor_toning = donor.toning if match else None
    colourless = donor_toning is not None and toning is None
    skin = outliers = contrast = None
    shown = donor.as_painted(target, texture)
    if shown is not None and match is not None and options.color_match == "light":
        # A photo gets the smooth base of the target's skin.
        source, goal = _base_details(target, donor, shown, covered)
        match, skin = base_curve(source, goal), stored(goal.base)
        own = target.texture(len(shown))
        outliers = skin_outliers(target.layout, (shown, own), (source, goal))
        left = remaining_contrast(target.layout, shown, own)
        contrast = None if left is None else np.dstack([skin, left]).astype(np.float32)
    colours = None
    if noise > 0 or colourless:
        skin = lit_skin(target) if skin is None else skin
        neutral = eyes_and_teeth((*donor.faces, target)[0])
        colours = plausible_colours(target.layout, skin, neutral)
    if toning is not None and toning.is_like(donor_toning):
        toning = None
    return DonorPaint(
        target, donor, texture, match, toning, colourless, noise, colours, outliers, shown, contrast
    )


def _match(
    target: Face, donor: Donor, texture: DonorTexture, how: ColorMatch
) -> tuple[ToneCurve | None, float]:
    """The curve from the donor's skin to the target's; and 0..1, how far its noise shows then."""
    if how == "none":
        return None, 0.0
    try:
        light = donor.light(target, texture)
        goal = target.illumination
    except NoFaceError:  # too little skin to tell; blending is left
        return None, 0.0
    noise = ramp(donor.brightening(light, goal), _NOISY)
    source = donor.lit_geometry(target)
    if how == "tone":
        return tone_curve(source, light, goal), noise
    return relight_curve(source, light, goal, target.geometry), noise


def _base_details(
    target: Face, donor: Donor, shown: Texture, covered: Mapping[str, TexelMask]
) -> tuple[BaseDetail, BaseDetail]:
    """Layers of the donor, `shown` as it is painted, and of the target; where both show skin."""
    seen = target.maps.known & target.layout.mask
    for face in (target, *donor.faces):
        seen &= ~face.hair
    for where in covered.values():
        seen &= ~where
    (face,) = donor.faces
    return (
        split_base_detail(face.maps.with_texture(shown), face.illumination, seen),
        split_base_detail(target.maps, target.illumination, seen),
    )
