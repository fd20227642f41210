"""Stored colours and light: one conversion for everything that reasons about light."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

# sRGB to linear light and back by one power: then a gain of light is a gain of stored values, too.
GAMMA = 2.2
# Brightness of red, green and blue: ITU-R BT.601, as OpenCV's grey pictures have it.
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# Linear light, 1 for white: what is darker has a colour of noise.
FLOOR = 0.01


def linear_light(srgb: np.ndarray, dtype: type = np.float32) -> np.ndarray:
    """Stored sRGB values, 0..255, as linear light.

    Parameters
    ----------
    srgb : (...) uint8
    dtype : {np.float32, np.float64}

    Returns
    -------
    (...) of that type
        0..1.
    """
    return (srgb / dtype(255)) ** dtype(GAMMA)


def stored(light: np.ndarray) -> np.ndarray:
    """Linear light (...) as sRGB values, 0..1; what is brighter than white becomes white."""
    return np.minimum(light, 1) ** np.float32(1 / GAMMA)


def log_ratio(light: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """(...) float32: logarithm of how many times as bright as expected light (...) is."""
    return np.log((light + FLOOR) / (expected + FLOOR)).astype(np.float32)
