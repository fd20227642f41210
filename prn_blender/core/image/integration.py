"""From slopes to heights, and back."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np


def height_from_slopes(
    right: np.ndarray, down: np.ndarray, spacing: tuple[float, float], longest: float
) -> np.ndarray:
    """Find the height whose slopes are nearest to given ones.

    Parameters
    ----------
    right, down : (h, w) float32
        How much it rises from a pixel to the next one to the right and down, see `slopes_of`.
    spacing : (float, float)
        How far such pixels are apart, in any unit: slopes are compared for equal lengths.
    longest : float
        Wavelength, in the same unit, of which half is left: what is longer fades out.

    Returns
    -------
    (h, w) float32
        In the unit of the slopes' rise; its mean is 0.

    Notes
    -----
    R. Frankot, R. Chellappa, "A Method for Enforcing Integrability in Shape from Shading
    Algorithms", IEEE PAMI 10(4), 1988: the nearest surface, here by the screened Poisson equation
    (P. Bhat et al., "Fourier Analysis of the 2D Screened Poisson Equation for Gradient Domain
    Problems", ECCV 2008), which cosines solve where the border is free.
    """
    height, width = right.shape
    columns, rows = (cv2.getOptimalDFTSize((n + 1) // 2) * 2 for n in (width, height))
    rise = _central(right, 1, 1 / spacing[0] ** 2) + _central(down, 0, 1 / spacing[1] ** 2)
    rise = cv2.copyMakeBorder(rise, 0, rows - height, 0, columns - width, cv2.BORDER_CONSTANT)
    across, along = (
        (2 - 2 * np.cos(np.pi * np.arange(n) / n)) / pitch**2
        for n, pitch in zip((columns, rows), spacing, strict=True)
    )
    falls = across[None, :] + along[:, None] + (2 * np.pi / longest) ** 2
    waves = cv2.dct(rise) / -falls.astype(np.float32)
    waves[0, 0] = 0
    return np.ascontiguousarray(cv2.idct(waves)[:height, :width])


def slopes_of(height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much a height (h, w) rises, a pixel, to the right and down: (h, w) float32 each."""
    return _central(height, 1), _central(height, 0)


def _central(values: np.ndarray, axis: int, scale: float = 1.0) -> np.ndarray:
    """Central differences along an axis, times a scale; the border's value goes on outside."""
    kernel = np.array([[-0.5, 0.0, 0.5]], np.float32) * np.float32(scale)
    return cv2.filter2D(
        values, cv2.CV_32F, kernel.T if axis == 0 else kernel, borderType=cv2.BORDER_REPLICATE
    )
