"""Cast shadows and highlights on a face: light that no smooth shading explains."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..geometry.landmarks import NOSE_BASE
from ..geometry.parts import part_mask
from ..geometry.uv_layout import UVLayout
from ..image.colour import log_ratio
from ..image.diffusion import membrane
from ..image.filters import disc, guided_filter, ramp, square
from ..texture.texel_maps import TexelMaps
from ..typed import TexelColours
from .hair import hair_region
from .illumination import Illumination, fit_illumination
from .skin import skin_likeness

# Shares of the map's side.
# Detail finer than this belongs to the skin, not to the light.
_REACH = 0.03
# The two halves of a face are out of step by up to this.
_NEAR = 0.02
# Islands of skin between strands of hair are narrower than this, and in the strands' shadow.
_ISLAND = 0.015
# Lines (glasses, strands, folds) are narrower than this.
_LINE = 0.025
# Differences of hue finer than this are not light.
_TINT = 0.04

# Logarithms of light.
# Where the other half is not seen, and above where beards grow, the skin itself may differ by this.
_ALIKE = 0.4
# No shadow and no highlight exceeds this.
_MOST = 2.0

# Mean difference of a face's halves in soft light, and in hard light.
_SOFT_TO_HARD = (0.2, 0.6)
# Share by which less is put down to the skin in hard light.
_LESS = 0.75

# Eye distances.
# This far above the base of the nose there is shadow around the nostrils in every light.
_NOSTRILS = 0.12
# Beards end within this far above the base of the nose.
_BEARD = 0.15


def fit_light(maps: TexelMaps, light: Illumination | None = None) -> Illumination:
    """Fit the light on a face, cast shadows and highlights included.

    Parameters
    ----------
    maps : TexelMaps
    light : Illumination, optional
        What `fit_illumination` finds, where it is known already.

    Returns
    -------
    Illumination

    Raises
    ------
    NoFaceError
        Too little skin is visible.

    Notes
    -----
    A shadow seldom falls on both halves of a face alike; a beard, a blush, sunken eyes are on
    both. So what the other half does not have near the same place, at a coarse scale, is put down
    to the light; and so is what is much brighter than lit skin.
    """
    light = light or fit_illumination(maps)
    return replace(light, cast_shadows=_cast_shadows(maps, light))


def _cast_shadows(maps: TexelMaps, light: Illumination) -> TexelColours:
    """(S, S, 3) float32: cast shadows and highlights as a factor of smooth light."""
    layout, size = maps.layout, maps.size
    smooth = light.shade(maps.smooth_normals)
    ratio = log_ratio(maps.light, smooth)
    seen = maps.known
    skin = seen & layout.mask & ~_features(layout)
    skin &= ~hair_region(layout, skin_likeness(maps, light), seen)
    # Skin between strands of hair would lend their shadow to all of them.
    islands = square(_ISLAND * size)
    skin = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_OPEN, islands) > 0
    weight = skin.astype(np.float32)
    ratio = _coarse(guided_filter(ratio, weight, _REACH * size), size)
    other, both = layout.mirrored(ratio), (skin & layout.mirrored(skin))[..., None]
    # Where light is hard, more of what both halves have is light as well.
    inner = part_mask(layout, "face", feather=0) > 0
    hardness = _hardness(ratio - other, both[..., 0] & inner)
    alike = _ALIKE * (1 - _LESS * hardness)
    # What the skin itself may be, between low and high.
    reach = square(_NEAR * size)
    low = np.where(both, cv2.erode(other, reach), -alike).clip(max=0)
    high = np.where(both, cv2.dilate(other, reach), alike).clip(min=0, max=alike)
    # Beards grow lower; higher up, what is darker by more is in the shadow of brows or a hat.
    height = layout.canonical[..., 2] - layout.canonical_landmarks[NOSE_BASE, 2]
    upper = ramp(height, (0, _BEARD * layout.eye_distance))[..., None]
    low += upper * (low.clip(min=-alike) - low)
    shadows = (ratio - ratio.clip(low, high)).clip(-_MOST, _MOST)
    # Where no skin tells, the shadow goes on as it is around.
    known = (skin & (np.abs(ratio).max(axis=-1) < _MOST)) | ~layout.mask
    shadows = membrane(shadows * weight[..., None], known)
    return np.exp(cv2.GaussianBlur(shadows, (0, 0), _REACH * size / 4))


def _hardness(difference: np.ndarray, where: np.ndarray) -> float:
    """0..1: how hard the light is, by the halves' difference (S, S, 3) where both are seen."""
    if not where.any():
        return 0.0
    return ramp(float(np.abs(difference[where].mean(axis=-1)).mean()), _SOFT_TO_HARD)


def _coarse(ratio: np.ndarray, size: int) -> np.ndarray:
    """(S, S, 3) float32: without dark or bright lines; the hue coarser still.

    Edges of larger things stay where they are.
    """
    kernel = disc(_LINE * size)
    level = ratio.mean(axis=-1)
    hue = cv2.GaussianBlur(ratio - level[..., None], (0, 0), _TINT * size)
    for what in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        level = cv2.morphologyEx(level, what, kernel)
    return level[..., None] + hue


def _features(layout: UVLayout) -> np.ndarray:
    """(S, S) bool: places that are not skin, or are in shadow in every light."""
    features = part_mask(layout, ("eyes", "brows", "mouth"), feather=0) > 0
    low = layout.canonical_landmarks[NOSE_BASE, 2] + _NOSTRILS * layout.eye_distance
    return features | (
        (part_mask(layout, "nose", feather=0) > 0) & (layout.canonical[..., 2] < low)
    )
