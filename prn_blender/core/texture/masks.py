"""Masks in UV space: read one that an artist has drawn, convert types and sizes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import cv2
import numpy as np

from ..errors import OptionError
from ..files.safe import shown
from ..geometry.uv_layout import UVLayout
from ..photo.photo import read_photo
from ..typed import Mask


def read_mask(path: str | os.PathLike[str], layout: UVLayout) -> Mask:
    """Read a mask that an artist has drawn.

    Parameters
    ----------
    path : path-like
        A picture in the layout's UV space, as textures are. White shows the face, black does not.
    layout : UVLayout

    Returns
    -------
    (N, N) float32
        0..1: the picture's brightness.

    Raises
    ------
    PhotoError
        There is no such file, or it is no picture.
    OptionError
        The picture is not square, or all black within the face.
    """
    pixels = read_photo(path).pixels
    height, width = pixels.shape[:2]
    if width != height:
        raise OptionError(
            "The mask {path} is {width} x {height} pixels; it has to be square, as the texture is.",
            path=shown(path),
            width=width,
            height=height,
        )
    mask = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    size = layout.size
    if not (cv2.resize(mask, (size, size), interpolation=cv2.INTER_AREA)[layout.mask] > 0).any():
        raise OptionError("The mask {path} is black wherever the face is.", path=shown(path))
    return mask


def check_mask(mask: np.ndarray) -> Mask:
    """Refuse what cannot be a mask in UV space.

    Parameters
    ----------
    mask : (N, N) array of numbers
        0..1.

    Returns
    -------
    (N, N) float32

    Raises
    ------
    OptionError
        It is not square, empty, or holds something else than finite numbers.
    """
    if mask.ndim != 2 or mask.shape[0] != mask.shape[1] or not mask.size:
        raise OptionError(
            "The mask is {shape}; it has to be square, as the texture is.", shape=mask.shape
        )
    if mask.dtype.kind not in "fiub" or not np.isfinite(mask).all():
        raise OptionError("The mask holds something else than numbers 0 to 1.")
    return mask.astype(np.float32)


def unit_mask(mask: np.ndarray) -> Mask:
    """(N, N) float32, 0..1: a mask of floats 0..1, or of uint8 0..255."""
    if mask.dtype == np.uint8:
        return mask.astype(np.float32) * np.float32(1 / 255)
    return mask.astype(np.float32)


def shrink_mask(mask: Mask, size: int) -> Mask:
    """Resize a mask; if it shrinks, so that no texel above 0 is lost.

    Parameters
    ----------
    mask : (M, M) float32
    size : int

    Returns
    -------
    (size, size) float32
        The largest value around each place if the mask shrinks; else interpolated.
    """
    if mask.shape[0] > size:
        reach = 2 * (mask.shape[0] // size) + 1
        mask = cv2.dilate(mask, np.ones((reach, reach), np.uint8))
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_LINEAR)
