"""Smoothing that keeps large edges, and other small tools on maps."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

# Variance of an edge.
_EDGE = 0.02


def without_detail(values: np.ndarray, weight: np.ndarray, reach: float) -> np.ndarray:
    """Values (h, w, k) smoothed where their weight (h, w) allows, but for their large edges.

    K. He, J. Sun, X. Tang, "Guided Image Filtering", ECCV 2010, the image being its own guide.
    """
    side = (2 * round(reach) + 1,) * 2
    weight = weight[..., None]
    total = np.maximum(cv2.blur(weight, side), 1e-6)[..., None]

    def mean(what: np.ndarray) -> np.ndarray:
        return cv2.blur(what * weight, side) / total

    values = cv2.GaussianBlur(values * weight, (0, 0), 1.5)
    values /= np.maximum(cv2.GaussianBlur(weight, (0, 0), 1.5), 1e-6)[..., None]
    middle = mean(values)
    spread = np.maximum(mean(values * values) - middle * middle, 0)
    edge = spread / (spread + np.float32(_EDGE))
    return mean(edge) * values + mean((1 - edge) * middle)


def rise(value: np.ndarray | float, over: tuple[float, float]) -> np.ndarray:
    """(...) float32: from 0 to 1 while a value rises over two bounds."""
    return np.asarray(np.clip((value - over[0]) / (over[1] - over[0]), 0, 1), np.float32)


def disc(radius: float) -> np.ndarray:
    """(side, side) uint8: a round kernel."""
    side = 2 * round(radius) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def fading(covered: np.ndarray, width: float) -> np.ndarray:
    """(h, w) float32: rises from 0 where `covered` (h, w) bool ends to 1 `width` pixels inside."""
    if covered.size == 0 or covered.all():
        return covered.astype(np.float32)
    distance = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 5)
    t = (distance / np.float32(max(width, 1.0))).clip(0, 1)
    return t * t * (3 - 2 * t)
