"""Convert what picture files hold to 8-bit sRGB: grey, palettes, alpha, 16 bits, floats."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from ..image.bands import bands
from ..typed import Pixels, Texture
from .colour_profile import ColourSpace

_MOST_FLOAT = 16.0
"""Floats up to here go up to 1, with highlights above it; larger ones go up to 255."""


def to_8_bits(image: Any) -> np.ndarray:
    """Convert a picture of 8 bits a channel to RGB, or to RGBA if it is transparent somewhere.

    Parameters
    ----------
    image : PIL.Image.Image
        In sRGB.

    Returns
    -------
    (H, W, 3) or (H, W, 4) uint8
        Straight alpha.
    """
    if has_alpha(image):
        return np.array(image.convert("RGBA"))
    # `np.array` copies, so that the result is writable and contiguous. Converting an RGB picture
    # to RGB would be a second copy.
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def has_alpha(image: Any) -> bool:
    """Whether an image can be transparent."""
    return image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info


def on_white(pixels: np.ndarray) -> Pixels:
    """Put a picture on white where it is transparent.

    Not by Pillow's `alpha_composite`: that holds Python's lock meanwhile, and a window stalls.

    Parameters
    ----------
    pixels : (H, W, 3) or (H, W, 4) uint8
        Straight alpha.

    Returns
    -------
    (H, W, 3) uint8
    """
    if pixels.shape[2] == 3:
        return pixels
    result = np.empty((*pixels.shape[:2], 3), np.uint8)
    for rows in bands(*pixels.shape[:2]):
        band = pixels[rows]
        alpha = band[..., 3:].astype(np.uint16)
        # The sum is at most 255 * 255 + 127, which fits into 16 bits.
        result[rows] = (band[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return result


def with_alpha(pixels: np.ndarray) -> Texture:
    """(H, W, 4) uint8: a picture with an alpha, which is 255 if it had none."""
    if pixels.shape[2] == 4:
        return pixels
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def to_16_bits(values: np.ndarray, min_is_white: bool = False, display: bool = True) -> np.ndarray:
    """Bring pixels of more than 8 bits to 16.

    Parameters
    ----------
    values : (H, W), (H, W, 3) or (H, W, 4) uint8, uint16, int32 or float32
        Integers of more than 8 bits go up to 65535. Floats go up to 1, or to 255.
    min_is_white : bool
        0 is white.
    display : bool
        Floats without a colour profile: they may go up to 255. With one they go up to 1.

    Returns
    -------
    uint16 of the same shape
    """
    if values.dtype == np.uint16:
        return ~values if min_is_white else values
    if values.dtype == np.uint8:
        return to_16_bits(values.astype(np.uint16) * 257, min_is_white)
    result = np.empty(values.shape, np.uint16)
    top = 1.0
    if values.dtype.kind == "f" and display:
        finite = np.fmax.reduce(values, axis=None)  # does not heed NaN
        top = 255.0 if finite > _MOST_FLOAT else 1.0
    for rows in bands(*values.shape[:2]):
        band = values[rows]
        if values.dtype.kind == "f":
            band = np.nan_to_num(band, nan=0.0).clip(0, top) * (65535 / top) + 0.5
        result[rows] = band.clip(0, 65535).astype(np.uint16)
    return ~result if min_is_white else result


def deep_to_8_bits(values: np.ndarray, space: ColourSpace | None = None) -> np.ndarray:
    """Convert pixels of 16 bits to sRGB of 8.

    Parameters
    ----------
    values : (H, W), (H, W, 3) or (H, W, 4) uint16
        Grey, RGB or RGBA.
    space : ColourSpace, optional
        Theirs; by default sRGB.

    Returns
    -------
    (H, W, 3) or (H, W, 4) uint8
        Straight alpha.
    """
    colours = values[..., :3] if values.ndim == 3 else np.repeat(values[..., None], 3, axis=2)
    if space is not None and space.shaper is not None:
        eight = space.shaper.to_srgb(colours)
    else:
        eight = rounded(colours)
        grey = space is not None and space.kind == "GRAY"
        image = Image.fromarray(np.ascontiguousarray(eight[..., 0] if grey else eight))
        converted = None if space is None else space.image_to_srgb(image)
        eight = eight if converted is None else np.array(converted)
    if values.ndim == 3 and values.shape[2] == 4:
        return np.dstack([eight, rounded(values[..., 3])])
    return np.ascontiguousarray(eight)


def rounded(values: np.ndarray) -> np.ndarray:
    """uint16 to uint8; uint8 is left as it is.

    By a table, without temporary arrays of several times the photo's size.
    """
    if values.dtype == np.uint8:
        return values
    return ((np.arange(65536) + 128) // 257).astype(np.uint8)[values]
