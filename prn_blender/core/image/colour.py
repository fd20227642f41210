"""The one conversion between stored sRGB values and linear light, and what brightness is."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

GAMMA = 2.2
"""Exponent from stored sRGB values to linear light.

A plain power in place of the piecewise sRGB curve: a gain of light is then a gain of stored
values, too.
"""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in the brightness (ITU-R BT.601, as in OpenCV's grey pictures)."""
FLOOR = 0.01
"""Linear light, 1 for white: the colours of anything darker are noise."""


def linear_light(srgb: np.ndarray, dtype: type = np.float32) -> np.ndarray:
    """Convert stored sRGB values to linear light.

    Parameters
    ----------
    srgb : (...) uint8
    dtype : {np.float32, np.float64}
        Type of the result.

    Returns
    -------
    (...) float32 or float64
        0..1.
    """
    return (srgb / dtype(255)) ** dtype(GAMMA)


def stored(light: np.ndarray) -> np.ndarray:
    """Convert linear light to the sRGB values that a file stores, but as floats 0..1.

    Parameters
    ----------
    light : (...) float32
        1 for white. Brighter light becomes white.

    Returns
    -------
    (...) float32
        0..1.
    """
    return np.minimum(light, 1) ** np.float32(1 / GAMMA)


def log_ratio(light: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Compare light with the light that a model expects there.

    Parameters
    ----------
    light, expected : (...) float
        Linear light, 1 for white.

    Returns
    -------
    (...) float32
        Natural logarithm of light over expected light; both are raised by `FLOOR`, so that noise
        in the dark does not count.
    """
    return np.log((light + FLOOR) / (expected + FLOOR)).astype(np.float32)
