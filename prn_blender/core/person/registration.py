"""Lays the textures of several photos of a face onto each other, so that their mean has no ghosts.

A position map is off by a few texels, differently in each photo. Optical flow between textures
finds by how much, where both show the same skin.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..image.filters import ramp, weighted_blur
from ..typed import TexelColours, TexelMap

# Shares of the map's side: standard deviation of what is light, not detail; of the window in which
# textures are compared; of the blur that makes flow continuous; most that a texel may move.
_LIGHT = 0.03
_WINDOW = 0.02
_SMOOTH = 0.02
_MOST = 0.03
# Levels: contrast below which a place shows noise.
_FAINT = 3.0
# Correlation of two textures: below the first flow is a guess, from the second on it is sure.
_SURE = (0.3, 0.7)
# Share of what is seen in a place from which on it counts.
_SEEN = 0.5


def flow_between(
    fixed: np.ndarray, fixed_seen: TexelMap, other: np.ndarray, other_seen: TexelMap
) -> np.ndarray:
    """Find where the texels of one texture lie in another one.

    Parameters
    ----------
    fixed, other : (S, S, 3) uint8 sRGB
    fixed_seen, other_seen : (S, S) float32
        0..1: where they are known.

    Returns
    -------
    (S, S, 2) float32
        Texels (u, v) to add to a texel of `fixed`; 0 far from where both are known.

    Notes
    -----
    T. Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016 (OpenCV's DIS), on
    pictures without light and contrast.
    """
    size = len(fixed)
    a, b = (_detail(*pair) for pair in ((fixed, fixed_seen), (other, other_seen)))
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = finder.calc(_eight_bits(a), _eight_bits(b), None)
    length = np.linalg.norm(flow, axis=2)
    known = fixed_seen * moved_map(other_seen, flow) > _SEEN
    sure = _correlation(a, moved_map(b, flow), known.astype(np.float32), _WINDOW * size)
    sure = ramp(sure, _SURE) * known
    sure *= length < _MOST * size
    weight = sure.astype(np.float32)
    smooth = cv2.GaussianBlur(flow * weight[..., None], (0, 0), _SMOOTH * size)
    # Where little is sure, little is moved.
    total = cv2.GaussianBlur(weight, (0, 0), _SMOOTH * size) + np.float32(0.1)
    return np.asarray(smooth / total[..., None], np.float32)


def moved_map(values: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """What a map (S, S) or (S, S, k) float32 has `flow` (S, S, 2) texels further on; of its type.

    Past the border the map goes on as at it.
    """
    row, column = np.indices(values.shape[:2], np.float32)
    at = np.dstack([column, row]) + flow
    return cv2.remap(values, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _detail(texture: TexelColours, seen: TexelMap) -> TexelMap:
    """(S, S) float32: brightness without light and contrast; 0 where it is not known."""
    grey = cv2.cvtColor(np.ascontiguousarray(texture), cv2.COLOR_RGB2GRAY).astype(np.float32)
    sigma = _LIGHT * len(grey)
    detail = (grey - weighted_blur(grey, seen, sigma)) * seen
    contrast = np.sqrt(np.maximum(weighted_blur(detail**2, seen, sigma), 0))
    return np.asarray(seen * detail / (contrast + _FAINT), np.float32)


def _eight_bits(detail: TexelMap) -> np.ndarray:
    """Detail as the 8 bits that OpenCV's flow takes: three standard deviations each way."""
    return np.clip(detail * (127 / 3) + 128, 0, 255).astype(np.uint8)


def _correlation(a: TexelMap, b: TexelMap, known: TexelMap, sigma: float) -> TexelMap:
    """(S, S): correlation of two pictures around each place."""
    a, b = a * known, b * known
    products = [cv2.GaussianBlur(v, (0, 0), sigma) for v in (a * b, a * a, b * b)]
    return np.asarray(products[0] / np.sqrt(products[1] * products[2] + 1e-6))
