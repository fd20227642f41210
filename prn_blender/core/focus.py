"""A donor sharper than the photo it is put into: as blurred as that."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

# Of the face's size: detail that blur takes first, and that it leaves.
_FINE, _COARSE = 0.006, 0.024
# Pixels: what is finer than the photo can show is neither.
_FINEST = 0.7
# How much finer detail may be than the photo's, over coarse detail; what blurs are tried, shares of
# the fine detail's size.
_SHARPER = 1.3
_BLURS = 0.5, 0.75, 1.0, 1.5, 2.0, 3.0
_FEWEST = 400


def as_blurred(
    colour: np.ndarray, photo: np.ndarray, inside: np.ndarray, size: float
) -> np.ndarray:
    """A rendered face no sharper than the photo.

    Parameters
    ----------
    colour, photo : (h, w, 3) uint8
    inside : (h, w) bool
        Where both are faces.
    size : float
        Of the face, pixels.

    Returns
    -------
    (h, w, 3) uint8
        The same where the photo is about as sharp.
    """
    fine = max(_FINE * size, _FINEST)
    if inside.sum() < _FEWEST:
        return colour
    goal = _SHARPER * _sharpness(photo, inside, fine)
    if _sharpness(colour, inside, fine) <= goal:
        return colour
    for blur in _BLURS:
        blurred = cv2.GaussianBlur(colour, (0, 0), blur * fine)
        if _sharpness(blurred, inside, fine) <= goal:
            break
    return blurred


def _sharpness(picture: np.ndarray, inside: np.ndarray, fine: float) -> float:
    """Strength of fine over coarse detail."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    coarse = fine * _COARSE / _FINE
    levels = [cv2.GaussianBlur(grey, (0, 0), s) for s in (fine, coarse, 2 * coarse)]
    bands = (grey - levels[0], levels[1] - levels[2])
    strong, weak = (float(np.abs(band[inside]).mean()) for band in bands)
    return strong / max(weak, 1e-3)
