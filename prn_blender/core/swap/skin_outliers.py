"""What a donor's skin shows that is no skin: edges of shadows, burnt spots, hands, strands."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..appearance.base_detail import Ground
from ..appearance.skin import free_skin, from_nostrils
from ..geometry.uv_layout import UVLayout
from ..image.colour import LUMA
from ..image.filters import disc, rise

# Logarithms of linear light: skin that deviates from the skin around, or changes over a short
# distance, by less stays; by more than the second goes. A hundred clean faces stay below the first
# in 99 of 100 texels, but for folds, which most faces have in the same places.
_APART, _EDGE = (0.2, 0.35), (0.35, 0.65)
# The forehead is smoother by so much; above the brows over this height, eye distances.
_FOREHEAD, _ABOVE = 0.5, 0.1
# How many times a difference of hue counts.
_HUE = 1.5
# Levels from which on a channel tells nothing; the share of such texels around.
_WHITE, _OVER = 250, (0.1, 0.3)
# Of the map's side: what is finer is the skin's own; a short distance; moles are smaller.
_FINE, _NEAR, _MOLE = 0.006, 0.02, 0.035
# Eye distances from the nostrils: the base of the nose, half of which is worse than none.
_BASE = 0.22
# How many times as rough as the donor's skin the target's is, from which on that stays. Of the
# map's side: what is rough, over what distance; its least, which an eye does not see; its most.
_SMOOTHER, _FINER, _WIDE, _EVEN, _NOTABLE = (2.0, 3.0), 0.012, 0.06, 0.01, 0.04
_FREE = 0.5
_NOTHING = 1e3


def no_skin(
    layout: UVLayout, textures: tuple[np.ndarray, np.ndarray], grounds: tuple[Ground, Ground]
) -> np.ndarray:
    """Find what of a donor's skin is none.

    Parameters
    ----------
    layout : UVLayout
    textures : tuple of (S, S, 4) uint8 sRGB
        The donor's and the target's. What that shows as well may stay; alpha says what it does not
        show.
    grounds : tuple of Ground
        Of both.

    Returns
    -------
    (S, S) float32
        0 for skin and for all features, 1 for what is none.

    Notes
    -----
    Light on skin is smooth, and where it is not, the donor's light ends, or the donor's skin.
    Moles are skin. Nothing beside a feature is judged, nor the base of the
    nose: there the mesh misses what it is to cover.
    """
    size = layout.size
    free = free_skin(layout)
    judged = (free > 0.99) & (from_nostrils(layout) > _BASE)
    kernel = disc(_NEAR * size)
    shown = textures[1][..., 3] == 255
    found, same = (_deviations(g, judged, kernel) for g in grounds)
    up = layout.canonical[..., 2] - layout.canonical_landmarks[17:27, 2].max()
    smoother = 1 - _FOREHEAD * (up / (_ABOVE * layout.eye_distance)).clip(0, 1)
    wrong: np.ndarray = np.zeros(layout.mask.shape, np.float32)
    for deviation, there, bounds in zip(found, same, (_APART, _EDGE), strict=True):
        more = deviation - np.where(shown, there, 0)
        wrong = np.maximum(wrong, rise(more / smoother, bounds))
    white = [
        cv2.GaussianBlur((t[..., :3].max(axis=-1) >= _WHITE).astype(np.float32), (0, 0), size / 64)
        for t in textures
    ]
    wrong = np.maximum(wrong, rise(white[0] - white[1], _OVER))
    wrong = _without_moles(wrong, (_MOLE + 2 * _NEAR) * size)
    # Smooth skin, or what is out of focus, is a patch in a face of wrinkles, freckles or grain.
    fine, own = (_roughness(g, shown & (free > _FREE)) for g in grounds)
    wrong = np.maximum(wrong, rise(own / fine, _SMOOTHER) * shown) * judged.astype(np.float32)
    return cv2.GaussianBlur(cv2.dilate(wrong, disc(_FINE * size)), (0, 0), _FINE * size) * free


def _deviations(
    ground: Ground, where: np.ndarray, near: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(S, S) float32 twice: how far a face is from its ground; how much it changes `near` by."""
    detail = cv2.GaussianBlur(ground.detail, (0, 0), _FINE * len(ground.detail))
    apart, change = _level_and_hue(detail), _level_and_hue(detail + ground.coarse)
    where = where[..., None]
    apart = cv2.dilate((np.abs(apart) * where).max(axis=-1), near)
    high, low = (np.where(where, change, v).astype(np.float32) for v in (-_NOTHING, _NOTHING))
    change = (cv2.dilate(high, near) - cv2.erode(low, near)).max(axis=-1)
    return apart, change.clip(min=0)


def _roughness(ground: Ground, where: np.ndarray) -> np.ndarray:
    """(S, S) float32: mean square root of what is fine in the brightness of the skin around."""
    level = ground.detail @ LUMA
    size = len(level)
    fine = level - cv2.GaussianBlur(level, (0, 0), _FINER * size)
    weight = where.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), _WIDE * size) + np.float32(1e-3)
    power = cv2.GaussianBlur(np.minimum(fine * fine, _NOTABLE) * weight, (0, 0), _WIDE * size)
    return np.sqrt(power / total) + np.float32(_EVEN)


def _level_and_hue(ratio: np.ndarray) -> np.ndarray:
    """(S, S, 4) float32: brightness, and how much more there is of red, green and blue."""
    level = (ratio @ LUMA)[..., None]
    # What is dark has a hue of chance.
    hue = _HUE * (ratio - level) * np.exp(level.clip(max=0))
    return np.concatenate([level, hue], axis=-1)


def _without_moles(wrong: np.ndarray, size: float) -> np.ndarray:
    """Only what is larger than a mole of `size` texels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((wrong > 0.2).astype(np.uint8))
    small = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) < size
    small[0] = True  # not in any
    return wrong * ~small[labels]
