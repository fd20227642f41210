"""Pixels of an image data-block for another thread.

Only Blender's main thread may read its data, and decoding a large texture takes long. `Texels`
takes the packed file in the main thread and decodes it in whichever thread asks for the values.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
from functools import cached_property

import bpy
import cv2
import numpy as np

from .image import blank_value, float_pixels, is_data

_PNG = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">16xIIB")
"""The first bytes of a PNG file, up to its width, height and bits a channel."""


class Texels:
    """The pixels that an image has now.

    Create it in Blender's main thread. Of a packed PNG, as textures are, that only copies the file;
    it is decoded when `values` is first asked for, in any thread.

    Parameters
    ----------
    image : bpy.types.Image

    Raises
    ------
    OptionError
        It has no pixels.
    """

    def __init__(self, image: bpy.types.Image) -> None:
        self._deep = is_data(image)
        self._smaller: np.ndarray | None = None
        self._file = packed_png(image)
        blank = blank_value(image)
        if blank is not None:
            self.width, self.height = image.generated_width, image.generated_height
            one = np.float32(blank)
            self._found: np.ndarray = np.broadcast_to(one, (self.height, self.width, 4))
        elif self._file is None:
            self._deep |= bool(image.is_float)
            self._found = float_pixels(image)
            self.height, self.width = self._found.shape[:2]
        else:
            self.width, self.height, _ = _HEADER.unpack_from(self._file)

    @cached_property
    def values(self) -> np.ndarray:
        """(H, W, 4) RGBA, rows from the top, colours in sRGB.

        uint8; or float32 0..1 where the image is data or has more than 8 bits a channel.
        """
        if self._file is None:
            values = self._found
        else:
            stored = cv2.imdecode(np.frombuffer(self._file, np.uint8), cv2.IMREAD_UNCHANGED)
            values = _rgba(stored)
            if values.dtype == np.uint8 and not self._deep:
                return values
            values = values * np.float32(1 / np.iinfo(values.dtype).max)
        return values if self._deep else _levels(values, np.uint8)

    @property
    def eight_bits(self) -> np.ndarray:
        """(H, W, 4) uint8: the values as a file with 8 bits a channel would store them."""
        values = self.values
        return values if values.dtype == np.uint8 else _levels(values, np.uint8)

    def resized(self, size: int, rows: slice) -> np.ndarray:
        """What a shader would sample at the centre of each texel of a texture of this size.

        Parameters
        ----------
        size : int
            Side of the texture.
        rows : slice
            Of the texture: a dozen whole layers of 8192 x 8192 would take gigabytes.

        Returns
        -------
        (h, size, 4) uint8, or uint16 of data and images with more than 8 bits a channel
        """
        values = self.values
        if values.shape[:2] == (size, size):
            values = values[rows]
        elif min(self.width, self.height) > size:
            values = self._shrunk(size)[rows]
        else:
            values = _stretched(values, size, rows)
        kind = np.uint16 if self._deep else np.uint8
        return values if values.dtype == kind else _levels(values, kind)

    def _shrunk(self, size: int) -> np.ndarray:
        """(size, size, 4) float32, kept: each texel is the mean of many."""
        if self._smaller is None or len(self._smaller) != size:
            values = np.ascontiguousarray(_floats(self.values))
            self._smaller = cv2.resize(values, (size, size), interpolation=cv2.INTER_AREA)
        return self._smaller


def side_of(image: bpy.types.Image) -> int:
    """The longer side of an image in pixels, 0 without pixels; the image is not decoded for it."""
    if blank_value(image) is not None:
        return max(image.generated_width, image.generated_height)
    if not image.has_data:
        file = packed_png(image)
        if file is not None:
            width, height, _ = _HEADER.unpack_from(file)
            return max(width, height)
    return max(image.size)


def packed_png(image: bpy.types.Image) -> bytes | None:
    """The packed PNG file of an image, where that holds exactly the pixels that Blender shows.

    None where there is none, where the image was drawn on since, or where Blender changes the
    values when it reads the file.
    """
    if image.source != "FILE" or image.is_dirty or len(image.packed_files) != 1:
        return None
    if image.alpha_mode not in ("STRAIGHT", "CHANNEL_PACKED"):
        return None
    data = bytes(image.packed_file.data)
    if len(data) < _HEADER.size + 1 or not data.startswith(_PNG):
        return None
    bits, kind = data[24], data[25]
    # Kinds of PNG: 0 grey, 2 colours, 6 colours with alpha. Colours of 16 bits are left out,
    # because Blender converts them to linear light.
    deep = bits == 16 and is_data(image)
    return data if kind in (0, 2, 6) and (bits == 8 or deep) else None


def _rgba(stored: np.ndarray) -> np.ndarray:
    codes = {1: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}
    channels = 1 if stored.ndim == 2 else stored.shape[2]
    return cv2.cvtColor(stored, codes[channels])


def _floats(values: np.ndarray) -> np.ndarray:
    return values * np.float32(1 / 255) if values.dtype == np.uint8 else values


def _stretched(values: np.ndarray, size: int, rows: slice) -> np.ndarray:
    """(h, size, 4) float32: some rows of what ``cv2.resize`` would make of (H, W, 4)."""
    height = values.shape[0]
    at = ((np.arange(rows.start, rows.stop) + 0.5) * (height / size) - 0.5).clip(0, height - 1)
    above = np.floor(at).astype(int)
    below = np.minimum(above + 1, height - 1)
    needed = np.ascontiguousarray(_floats(values[above[0] : below[-1] + 1]))
    wide = cv2.resize(needed, (size, len(needed)), interpolation=cv2.INTER_LINEAR)
    share = (at - above).astype(np.float32)[:, None, None]
    first = above[0]
    return wide[above - first] * (1 - share) + wide[below - first] * share


def _levels(values: np.ndarray, kind: type) -> np.ndarray:
    return (values.clip(0, 1) * np.float32(np.iinfo(kind).max) + np.float32(0.5)).astype(kind)
