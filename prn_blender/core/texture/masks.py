"""Masks in UV space: an artist's own from a file, other sizes, other number types."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import cv2
import numpy as np

from ..errors import OptionError
from ..files.safe import shown
from ..geometry.uv_layout import UVLayout
from ..photo.photo import read_photo


def read_mask(path: str | os.PathLike[str], layout: UVLayout) -> np.ndarray:
    """A mask that an artist has drawn.

    Parameters
    ----------
    path : path-like
        A picture in the layout's UV space, as textures are: white is shown, black is not.
    layout : UVLayout

    Returns
    -------
    (N, N) float32
        0..1.

    Raises
    ------
    PhotoError
        No such file, or no picture.
    OptionError
        It is not square, or shows no white within the face.
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


def unit_mask(mask: np.ndarray) -> np.ndarray:
    """A mask as float32 0..1."""
    if mask.dtype == np.uint8:
        return mask.astype(np.float32) * np.float32(1 / 255)
    return mask.astype(np.float32)


def shrink_mask(mask: np.ndarray, size: int) -> np.ndarray:
    """(size, size): the largest value around each place, so that a mask's rim is not lost."""
    if mask.shape[0] > size:
        reach = 2 * (mask.shape[0] // size) + 1
        mask = cv2.dilate(mask, np.ones((reach, reach), np.uint8))
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_LINEAR)
