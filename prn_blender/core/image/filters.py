"""Filters on maps of numbers: smoothing that keeps edges, ramps, soft borders."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np

# Variance of what counts as an edge to be kept, in the unit of the values squared.
_EDGE = 0.02
# Pixels: noise that is taken off before edges are looked for, standard deviation.
_NOISE = 1.5

Value = TypeVar("Value", np.ndarray, float)


def guided_filter(values: np.ndarray, weight: np.ndarray, reach: float) -> np.ndarray:
    """Smooth values, but keep their large edges.

    Parameters
    ----------
    values : (h, w, k) float32
    weight : (h, w) float32
        0..1: how far each place counts.
    reach : float
        Pixels: half the side of the window.

    Returns
    -------
    (h, w, k) float32

    Notes
    -----
    K. He, J. Sun, X. Tang, "Guided Image Filtering", ECCV 2010; the image is its own guide.
    """
    side = (2 * round(reach) + 1,) * 2
    weight = weight[..., None]
    total = np.maximum(cv2.blur(weight, side), 1e-6)[..., None]

    def mean(what: np.ndarray) -> np.ndarray:
        return cv2.blur(what * weight, side) / total

    values = cv2.GaussianBlur(values * weight, (0, 0), _NOISE)
    values /= np.maximum(cv2.GaussianBlur(weight, (0, 0), _NOISE), 1e-6)[..., None]
    middle = mean(values)
    spread = np.maximum(mean(values * values) - middle * middle, 0)
    edge = spread / (spread + np.float32(_EDGE))
    return mean(edge) * values + mean((1 - edge) * middle)


def weighted_blur(values: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """(h, w) float32: values blurred (Gaussian), each place counting by its weight (h, w)."""
    total = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
    return cv2.GaussianBlur(values * weight, (0, 0), sigma) / total


def ramp(value: Value, over: tuple[float, float]) -> Value:
    """0 up to the first bound, 1 from the second one on, linear between; falling if they fall."""
    share = (value - over[0]) / (over[1] - over[0])
    if isinstance(share, np.ndarray):
        return share.clip(0, 1)
    return min(max(share, 0.0), 1.0)


def smoothstep(share: np.ndarray) -> np.ndarray:
    """0..1 to 0..1 with no kink at either end: 3 t^2 - 2 t^3."""
    return share * share * (3 - 2 * share)


def soft_inside(covered: np.ndarray, width: float) -> np.ndarray:
    """(h, w) float32: rises from 0 where `covered` (h, w) bool ends to 1 `width` pixels inside."""
    if covered.size == 0 or covered.all():
        return covered.astype(np.float32)
    distance = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 5)
    return smoothstep((distance / np.float32(max(width, 1.0))).clip(0, 1))


def disc(radius: float) -> np.ndarray:
    """(side, side) uint8: a round kernel for OpenCV's morphology, side 2 radius + 1."""
    side = 2 * round(radius) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def square(radius: float) -> np.ndarray:
    """(side, side) uint8: a square kernel, as `disc`."""
    return np.ones((2 * round(radius) + 1,) * 2, np.uint8)
