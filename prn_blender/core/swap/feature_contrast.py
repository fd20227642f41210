"""A donor's features with no more contrast than the target's photo has.

Hard light makes them black and white; in a soft photo they would look drawn on.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..appearance.feature_likeness import FEATURES, SEEN, WINDOWS, patterns
from ..geometry.parts import FEATURE_PARTS, part_mask
from ..geometry.uv_layout import UVLayout
from ..image.bands import bands
from ..typed import Pixels, TexelMap, Texture

# How many times as strong as the target's a donor's features may be: dark brows on fair people are.
_STRONGER = 1.3
# The least share of their contrast that is left.
_LEAST = 0.4
# Eye distances over which it fades into the skin.
_FEATHER = 0.12
_PARTS = {kind: FEATURE_PARTS["eyes" if kind == "eye" else kind] for kind in WINDOWS}


def remaining_contrast(layout: UVLayout, shown: Texture, target: Texture) -> TexelMap | None:
    """What is left of a donor's contrast.

    Parameters
    ----------
    layout : UVLayout
    shown, target : (S, S, 4) uint8 sRGB
        The donor as it is painted, and the target.

    Returns
    -------
    (S, S) float32 or None
        The power to which the ratio of each place to the skin is raised: 1 away from features.
        None if it is 1 everywhere.
    """
    ratios: dict[str, list[float]] = {kind: [] for kind in _PARTS}
    before, after = (patterns(layout, texture) for texture in (shown, target))
    for name, kind in FEATURES.items():
        both = before[name][1] & after[name][1]
        if both.mean() > SEEN:
            own, goal = (float(p[name][0][both].std()) for p in (before, after))
            ratios[kind].append(_STRONGER * goal / max(own, 1e-3))
    result = np.ones(layout.mask.shape, np.float32)
    for kind, found in ratios.items():
        left = min(1.0, max(_LEAST, float(np.mean(found)))) if found else 1.0
        if left < 1:
            soft = part_mask(layout, _PARTS[kind], feather=_FEATHER)
            result = np.minimum(result, 1 - (1 - left) * soft)
    return None if result.min() == 1 else cv2.GaussianBlur(result, (0, 0), layout.size / 128)


def with_contrast(colour: Pixels, skin: np.ndarray, left: np.ndarray) -> Pixels:
    """Bring colours nearer to those of the skin around them.

    Parameters
    ----------
    colour : (h, w, 3) uint8 sRGB
    skin : (h, w, 3) float32 sRGB, 0..1
    left : (h, w) float32
        See `remaining_contrast`.

    Returns
    -------
    (h, w, 3) uint8
    """
    result = np.empty_like(colour)
    for rows in bands(*colour.shape[:2]):
        band = cv2.max(colour[rows].astype(np.float32), (1.0,) * 4)
        around = cv2.log(cv2.max(skin[rows] * np.float32(255), (1.0,) * 4))
        apart = (cv2.log(band) - around) * left[rows][..., None]
        result[rows] = (cv2.exp(around + apart) + 0.5).clip(0, 255)
        np.copyto(result[rows], colour[rows], where=(left[rows] >= 1)[..., None])
    return result
