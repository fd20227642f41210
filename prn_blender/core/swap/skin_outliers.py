"""What shows on a donor's skin that is no skin: edges of shadows, burnt spots, hands, strands."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..appearance.base_detail import BaseDetail
from ..appearance.skin import free_skin, nostril_distance
from ..geometry.uv_layout import UVLayout
from ..image.colour import LUMA
from ..image.filters import disc, ramp
from ..typed import TexelMap, Texture

# Logarithms of linear light. Skin that changes by less than the first over a short distance stays,
# by more than the second goes. A hundred clean faces stay below the first in 99 of 100 texels,
# except in folds, which most faces have in the same places.
_CHANGE = (0.35, 0.65)
# How many times a difference of hue counts.
_HUE = 1.5
# Level from which on a channel tells nothing, and the share of such texels around a place.
_WHITE = 250
_OVEREXPOSED = (0.1, 0.3)
# Shares of the map's side: finer than the first is the skin's own; the second is a short distance;
# moles are smaller than the third.
_FINE = 0.006
_NEAR = 0.02
_MOLE = 0.035
# Eye distances from the nostrils: the base of the nose, half of which is worse than none.
_NOSE_BASE = 0.22

# How many times as rough as the donor's skin the target's is from which on the target's stays.
_SMOOTHER = (2.0, 3.0)
# Shares of the map's side: roughness is finer than the first, and taken over the second.
_ROUGH = 0.012
_WIDE = 0.06
# Logarithm of brightness: roughness that nobody sees; squared: the most that one texel counts.
_INVISIBLE = 0.01
_NOTABLE = 0.04
# Free skin, 0..1, from which on roughness is measured.
_FREE = 0.5
# Stands for "no value here" among logarithms.
_NOTHING = 1e3


def skin_outliers(
    layout: UVLayout,
    textures: tuple[Texture, Texture],
    layers: tuple[BaseDetail, BaseDetail],
) -> TexelMap:
    """Find what on a donor's skin is no skin.

    Parameters
    ----------
    layout : UVLayout
    textures : tuple of (S, S, 4) uint8 sRGB
        The donor's and the target's. What the target shows as well may stay; where its alpha is
        below 255 it does not say.
    layers : tuple of BaseDetail
        Of both.

    Returns
    -------
    (S, S) float32
        0 for skin and for all features, 1 for what is no skin.

    Notes
    -----
    Light on skin is smooth; where it is not, the donor's light ends, or its skin does. Moles are
    skin. Nothing beside a feature is judged, nor the base of the nose: there the mesh misses what
    it is to cover.
    """
    size = layout.size
    free = free_skin(layout)
    judged = (free > 0.99) & (nostril_distance(layout) > _NOSE_BASE)
    kernel = disc(_NEAR * size)
    shown = textures[1][..., 3] == 255
    found, same = (_change(layer, judged, kernel) for layer in layers)
    more = found - np.where(shown, same, 0)
    wrong: np.ndarray = ramp(more, _CHANGE).astype(np.float32)
    white = [
        cv2.GaussianBlur((t[..., :3].max(axis=-1) >= _WHITE).astype(np.float32), (0, 0), size / 64)
        for t in textures
    ]
    wrong = np.maximum(wrong, ramp(white[0] - white[1], _OVEREXPOSED))
    wrong = _without_moles(wrong, (_MOLE + 2 * _NEAR) * size)
    # Smooth skin, or what is out of focus, is a patch in a face of wrinkles, freckles or grain.
    fine, own = (_roughness(layer, shown & (free > _FREE)) for layer in layers)
    wrong = np.maximum(wrong, ramp(own / fine, _SMOOTHER) * shown) * judged.astype(np.float32)
    return cv2.GaussianBlur(cv2.dilate(wrong, disc(_FINE * size)), (0, 0), _FINE * size) * free


def _change(layer: BaseDetail, where: np.ndarray, near: np.ndarray) -> np.ndarray:
    """(S, S) float32: how much a face changes within `near`."""
    detail = cv2.GaussianBlur(layer.detail, (0, 0), _FINE * len(layer.detail))
    change = _level_and_hue(detail + layer.coarse)
    where = where[..., None]
    high, low = (np.where(where, change, v).astype(np.float32) for v in (-_NOTHING, _NOTHING))
    change = (cv2.dilate(high, near) - cv2.erode(low, near)).max(axis=-1)
    return change.clip(min=0)


def _roughness(layer: BaseDetail, where: np.ndarray) -> np.ndarray:
    """(S, S) float32: root mean square of what is fine in the brightness of the skin around."""
    level = layer.detail @ LUMA
    size = len(level)
    fine = level - cv2.GaussianBlur(level, (0, 0), _ROUGH * size)
    weight = where.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), _WIDE * size) + np.float32(1e-3)
    power = cv2.GaussianBlur(np.minimum(fine * fine, _NOTABLE) * weight, (0, 0), _WIDE * size)
    return np.sqrt(power / total) + np.float32(_INVISIBLE)


def _level_and_hue(ratio: np.ndarray) -> np.ndarray:
    """(S, S, 4) float32: brightness, and how much more there is of red, green and blue."""
    level = (ratio @ LUMA)[..., None]
    # The darker a place, the more its hue is chance.
    hue = _HUE * (ratio - level) * np.exp(level.clip(max=0))
    return np.concatenate([level, hue], axis=-1)


def _without_moles(wrong: np.ndarray, size: float) -> np.ndarray:
    """Only what is larger than a mole of `size` texels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((wrong > 0.2).astype(np.uint8))
    small = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) < size
    small[0] = True  # not in any
    return wrong * ~small[labels]
