"""Shadows that are cast on a face, and highlights: what no smooth light explains."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.parts import part_mask
from ..geometry.uv_layout import UVLayout
from ..image.colour import FLOOR, GAMMA
from ..image.diffusion import membrane
from ..image.filters import without_detail
from ..texture.texel_maps import at_layout_size
from .hair import hair_region
from .illumination import Illumination, fit_illumination
from .skin import skin_likeness

# Of the map's side: what is finer is the skin's; how far the halves of a face are out of step.
_REACH, _NEAR = 0.03, 0.02
_ISLAND, _LINE, _TINT = 0.015, 0.025, 0.04
# Logarithms: what may be the skin's where the other half is not seen, and above the beard; what
# no shadow exceeds.
_ALIKE, _MOST = 0.4, 2.0
# Mean difference of a face's halves in soft light and in hard light; and by how much less may be
# the skin's then.
_HARD, _LESS = (0.2, 0.6), 0.75
# Eye distances: around the nostrils there is shadow in every light; over which beards end.
_NOSTRILS, _BEARD = 0.12, 0.15


def fit_light(face: Face, texture: np.ndarray | None = None, whole: bool = False) -> Illumination:
    """The light on a face: smooth, and what is cast.

    Parameters and errors as of `illumination.fit_illumination`.

    Notes
    -----
    A shadow seldom falls on both halves of a face alike; a beard, a blush, sunken eyes are on
    both. So it is light what, in the coarse, the other half does not have near the same place; and
    what is much brighter than lit skin.
    """
    light = fit_illumination(face, texture, whole)
    return replace(light, cast=_cast(face, at_layout_size(face, texture), light))


def _cast(face: Face, texture: np.ndarray, light: Illumination) -> np.ndarray:
    """Shadows that are cast and highlights, as a factor of smooth light, (S, S, 3) float32."""
    layout = face.layout
    size = layout.size
    linear = (texture[..., :3] / np.float32(255)) ** np.float32(GAMMA)
    smooth = light.shade(face.smooth_normals)
    ratio = np.log((linear + FLOOR) / (smooth + FLOOR)).astype(np.float32)
    seen = texture[..., 3] == 255
    skin = seen & layout.mask & ~_features(layout)
    skin &= ~hair_region(layout, skin_likeness(face, light, texture), seen)
    # Skin between strands of hair would lend their shadow to all of them.
    islands = np.ones((2 * round(_ISLAND * size) + 1,) * 2, np.uint8)
    skin = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_OPEN, islands) > 0
    weight = skin.astype(np.float32)
    ratio = _coarse(without_detail(ratio, weight, _REACH * size), size)
    other, both = layout.mirrored(ratio), (skin & layout.mirrored(skin))[..., None]
    # Where light is hard, more of what both halves have is light as well.
    inner = part_mask(layout, "face", feather=0) > 0
    hardness = _hardness(ratio - other, both[..., 0] & inner)
    alike = _ALIKE * (1 - _LESS * hardness)
    reach = np.ones((2 * round(_NEAR * size) + 1,) * 2, np.uint8)
    low = np.where(both, cv2.erode(other, reach), -alike).clip(max=0)
    high = np.where(both, cv2.dilate(other, reach), alike).clip(min=0, max=alike)
    # Beards grow lower; higher up, what is darker by more is in the shadow of brows or a hat.
    height = layout.canonical[..., 2] - layout.canonical_landmarks[33, 2]
    upper = (height / (_BEARD * layout.eye_distance)).clip(0, 1)[..., None]
    low += upper * (low.clip(min=-alike) - low)
    cast = (ratio - ratio.clip(low, high)).clip(-_MOST, _MOST)
    # Where there is no skin to tell it goes on as it is around.
    known = (skin & (np.abs(ratio).max(axis=-1) < _MOST)) | ~layout.mask
    cast = membrane(cast * weight[..., None], known)
    return np.exp(cv2.GaussianBlur(cast, (0, 0), _REACH * size / 4))


def _hardness(difference: np.ndarray, where: np.ndarray) -> float:
    """0..1: how hard the light is, by the halves' difference (S, S, 3) where both are seen."""
    if not where.any():
        return 0.0
    apart = float(np.abs(difference[where].mean(axis=-1)).mean())
    return min(max((apart - _HARD[0]) / (_HARD[1] - _HARD[0]), 0.0), 1.0)


def _coarse(ratio: np.ndarray, size: int) -> np.ndarray:
    """Without lines, dark (glasses, strands, folds) or bright; the hue even coarser.

    Edges of what is larger stay where they are.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(_LINE * size) + 1,) * 2)
    level = ratio.mean(axis=-1)
    hue = cv2.GaussianBlur(ratio - level[..., None], (0, 0), _TINT * size)
    for what in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        level = cv2.morphologyEx(level, what, kernel)
    return level[..., None] + hue


def _features(layout: UVLayout) -> np.ndarray:
    """(S, S) bool: what is not skin, or is in shadow in every light."""
    features = part_mask(layout, ("eyes", "brows", "mouth"), feather=0) > 0
    low = layout.canonical_landmarks[33, 2] + _NOSTRILS * layout.eye_distance
    return features | (
        (part_mask(layout, "nose", feather=0) > 0) & (layout.canonical[..., 2] < low)
    )
