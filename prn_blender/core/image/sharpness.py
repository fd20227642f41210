"""How sharp a picture is, and blurring one until it is no sharper than another."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

# Share of the face's size: scale of the detail that blur takes away first.
_FINE = 0.006
# Pixels: no detail is finer than this.
_FINEST = 0.7
# Pixels: fine detail is shrunk to this size before it is measured, to save time.
_MEASURED_AT = 1.4
# Times the scale of fine detail: detail that such a blur leaves.
_COARSER = 4
# How many times as strong as the photo's the fine detail may be, relative to the coarse.
_SHARPER = 1.3
# Blurs that are tried, times the scale of fine detail, until one is enough.
_BLURS = (0.0, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
# Pixels: where the two overlap by less, nothing can be measured.
_FEWEST = 400


def match_sharpness(
    colour: np.ndarray, photo: np.ndarray, inside: np.ndarray, size: float
) -> np.ndarray:
    """Blur a rendered face that is sharper than the photo until it is not.

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
    if inside.sum() < _FEWEST:
        return colour
    fine = max(_FINE * size, _FINEST)
    shrink = min(1.0, _MEASURED_AT / fine)
    own, goal = (_grey(picture, shrink) for picture in (colour, photo))
    within = cv2.resize(inside.astype(np.uint8), own.shape[::-1], interpolation=cv2.INTER_AREA) > 0
    most = _SHARPER * _sharpness(goal, within, fine * shrink)
    for blur in _BLURS:
        blurred = own if not blur else cv2.GaussianBlur(own, (0, 0), blur * fine * shrink)
        if _sharpness(blurred, within, fine * shrink) <= most:
            break
    return colour if not blur else cv2.GaussianBlur(colour, (0, 0), blur * fine)


def _grey(picture: np.ndarray, shrink: float) -> np.ndarray:
    """(h, w) float32: brightness of a picture, shrunk."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    height, width = (max(1, round(n * shrink)) for n in grey.shape)
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)


def _sharpness(grey: np.ndarray, inside: np.ndarray, fine: float) -> float:
    """Strength of fine over coarse detail."""
    levels = [cv2.GaussianBlur(grey, (0, 0), fine * k) for k in (1, _COARSER, 2 * _COARSER)]
    bands = grey - levels[0], levels[1] - levels[2]
    strong, weak = (float(np.abs(band[inside]).mean()) for band in bands)
    return strong / max(weak, 1e-3)
