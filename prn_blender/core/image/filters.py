"""Filters on maps of numbers: edge-preserving smoothing, weighted blur, ramps, soft borders."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np

# Guided filter: variance, in the unit of the values squared, from which on a step is kept as an
# edge. (Its epsilon.)
_EDGE = 0.02
# Pixels, standard deviation: blur that takes off noise before edges are looked for.
_NOISE = 1.5

Value = TypeVar("Value", np.ndarray, float)


def guided_filter(values: np.ndarray, weight: np.ndarray, reach: float) -> np.ndarray:
    """Smooth values and keep their large edges.

    Parameters
    ----------
    values : (h, w, k) float32
    weight : (h, w) float32
        0..1: how far each pixel counts.
    reach : float
        Half the side of the square window, pixels.

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
    """Blur values by a Gaussian in which each pixel counts by its weight.

    Parameters
    ----------
    values, weight : (h, w) float32
    sigma : float
        Standard deviation, pixels.

    Returns
    -------
    (h, w) float32
    """
    total = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
    return cv2.GaussianBlur(values * weight, (0, 0), sigma) / total


def ramp(value: Value, over: tuple[float, float]) -> Value:
    """Map values linearly to 0..1, clipped.

    Parameters
    ----------
    value : array or float
    over : (float, float)
        The values that become 0 and 1. If the first is the larger one the ramp falls.

    Returns
    -------
    array or float
        As `value`.
    """
    share = (value - over[0]) / (over[1] - over[0])
    if isinstance(share, np.ndarray):
        return share.clip(0, 1)
    return min(max(share, 0.0), 1.0)


def smoothstep(share: np.ndarray) -> np.ndarray:
    """Hermite's smooth step 3 t^2 - 2 t^3: maps 0..1 to 0..1 with slope 0 at both ends."""
    return share * share * (3 - 2 * share)


def soft_inside(covered: np.ndarray, width: float) -> np.ndarray:
    """Soften the border of a region towards its inside.

    Parameters
    ----------
    covered : (h, w) bool
        The region. The picture's border is no border of it.
    width : float
        Pixels over which the result rises from 0 at the region's border to 1.

    Returns
    -------
    (h, w) float32
        0 outside the region.
    """
    if covered.size == 0 or covered.all():
        return covered.astype(np.float32)
    distance = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 5)
    return smoothstep((distance / np.float32(max(width, 1.0))).clip(0, 1))


def disc(radius: float) -> np.ndarray:
    """(side, side) uint8: a round kernel for OpenCV's morphology, with side 2 radius + 1."""
    side = 2 * round(radius) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def square(radius: float) -> np.ndarray:
    """(side, side) uint8: a square kernel for OpenCV's morphology, with side 2 radius + 1."""
    return np.ones((2 * round(radius) + 1,) * 2, np.uint8)
