"""Measure how sharp a picture is, and blur one until it is no sharper than another."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..typed import Pixels

# Share of the face's size: scale of the fine detail that a blurred photo loses first.
_FINE = 0.006
# Pixels: least scale of fine detail; a photo holds none finer.
_FINEST = 0.7
# Pixels: a picture whose fine detail is larger than this is shrunk before it is measured. That
# saves time and changes nothing.
_MEASURED_AT = 1.4
# Times the scale of fine detail: scale of the coarse detail that a blurred photo keeps.
_COARSER = 4
# How many times as strong as the photo's the fine detail may be, relative to the coarse one.
_SHARPER = 1.3
# Blurs that are tried in turn until one is enough: standard deviations, times the scale of fine
# detail.
_BLURS = (0.0, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
# Pixels: with less overlap nothing can be measured.
_FEWEST = 400


def match_sharpness(colour: Pixels, photo: Pixels, inside: np.ndarray, size: float) -> Pixels:
    """Blur a rendered face until it is no sharper than the photo.

    Parameters
    ----------
    colour, photo : (h, w, 3) uint8
        The rendered face, and the same part of the photo.
    inside : (h, w) bool
        Where both pictures show a face.
    size : float
        Size of the face, pixels.

    Returns
    -------
    (h, w, 3) uint8
        `colour` itself if the photo is about as sharp.
    """
    if inside.sum() < _FEWEST:
        return colour
    fine = max(_FINE * size, _FINEST)
    shrink = min(1.0, _MEASURED_AT / fine)
    rendered, reference = (_small_grey(picture, shrink) for picture in (colour, photo))
    small_size = rendered.shape[::-1]
    within = cv2.resize(inside.astype(np.uint8), small_size, interpolation=cv2.INTER_AREA) > 0
    most = _SHARPER * _sharpness(reference, within, fine * shrink)
    for blur in _BLURS:
        blurred = cv2.GaussianBlur(rendered, (0, 0), blur * fine * shrink) if blur else rendered
        if _sharpness(blurred, within, fine * shrink) <= most:
            break
    return cv2.GaussianBlur(colour, (0, 0), blur * fine) if blur else colour


def sharpness(picture: Pixels, inside: np.ndarray, size: float) -> float:
    """How strong the fine detail of a face is beside its coarse detail.

    Parameters
    ----------
    picture : (h, w, 3) uint8
    inside : (h, w) bool
        Where it shows the face.
    size : float
        Size of the face, pixels.

    Returns
    -------
    float
        About 0.2 of a sharp photo, 0 of one that is out of focus; 0 where too little is seen.
    """
    if inside.sum() < _FEWEST:
        return 0.0
    fine = max(_FINE * size, _FINEST)
    shrink = min(1.0, _MEASURED_AT / fine)
    grey = _small_grey(picture, shrink)
    within = cv2.resize(inside.astype(np.uint8), grey.shape[::-1], interpolation=cv2.INTER_AREA)
    return _sharpness(grey, within > 0, fine * shrink)


def _small_grey(picture: Pixels, shrink: float) -> np.ndarray:
    """(h, w) float32: the brightness of a picture, 0..255, averaged to `shrink` of its size."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    height, width = (max(1, round(n * shrink)) for n in grey.shape)
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)


def _sharpness(grey: np.ndarray, inside: np.ndarray, fine: float) -> float:
    """Mean strength of fine over that of coarse detail; `fine` is the scale, in pixels."""
    levels = [cv2.GaussianBlur(grey, (0, 0), fine * k) for k in (1, _COARSER, 2 * _COARSER)]
    details = grey - levels[0], levels[1] - levels[2]
    strength_fine, strength_coarse = (float(np.abs(d[inside]).mean()) for d in details)
    return strength_fine / max(strength_coarse, 1e-3)
