"""Convert what picture files hold to 8-bit sRGB: colour profiles, alpha, grey, 16 bits, floats."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import ImageCms

from ..image.bands import bands
from ..typed import Pixels, Texture


def foreign_profile(image: Any) -> Any:
    """Find out whether a picture's colours have to be converted.

    Parameters
    ----------
    image : PIL.Image.Image

    Returns
    -------
    PIL.ImageCms.ImageCmsProfile or None
        The picture's colour profile. None if it has none, if it is sRGB, or if it is damaged.
    """
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = (ImageCms.getProfileDescription(found) or "").lower()
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # taking the stored numbers for sRGB is the best guess
    return None if "srgb" in name else found


def to_srgb(image: Any) -> tuple[Any, bool]:
    """Convert a picture to sRGB by its own colour profile.

    Parameters
    ----------
    image : PIL.Image.Image

    Returns
    -------
    image : PIL.Image.Image
    converted : bool
        False if the picture is returned as it was: it is sRGB already, or its profile cannot be
        applied.
    """
    source = foreign_profile(image)
    if source is None:
        return image, False
    try:
        if "transparency" in image.info:  # this names a colour, and colours are about to change
            image = image.convert("RGBA")
        elif image.mode == "P":
            image = image.convert("RGB")
        if image.mode not in ("L", "RGB", "RGBA", "CMYK"):
            return image, False
        target = ImageCms.createProfile("sRGB")
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, source, target, outputMode=mode), True
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image, False  # the profile cannot be applied: again the best guess


def to_rgb8(image: Any) -> Pixels:
    """Convert a picture of any mode to 8-bit RGB.

    Parameters
    ----------
    image : PIL.Image.Image
        In sRGB, see `to_srgb`.

    Returns
    -------
    (H, W, 3) uint8
        On white where the picture is transparent.
    """
    if image.mode.startswith(("I", "F")):
        return deep_to_rgb8(np.asarray(image))
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        return _on_white(np.asarray(image.convert("RGBA")))
    # `np.array` copies, so that the result is writable and contiguous. Converting an RGB picture
    # to RGB would be a second copy.
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _on_white(rgba: np.ndarray) -> Pixels:
    """(H, W, 4) uint8 RGBA to (H, W, 3) uint8 RGB.

    Not by Pillow's `alpha_composite`: that holds Python's lock meanwhile, and a window stalls.
    """
    result = np.empty((*rgba.shape[:2], 3), np.uint8)
    for rows in bands(*rgba.shape[:2]):
        band = rgba[rows]
        alpha = band[..., 3:].astype(np.uint16)
        # The sum is at most 255 * 255 + 127, which fits into 16 bits.
        result[rows] = (band[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return result


def to_rgba8(image: Any) -> Texture:
    """Convert a picture of any mode to 8-bit RGBA, alpha kept.

    Parameters
    ----------
    image : PIL.Image.Image
        In sRGB, see `to_srgb`.

    Returns
    -------
    (H, W, 4) uint8
        Straight alpha; 255 where the file has none.
    """
    if image.mode.startswith(("I", "F")):
        opaque = np.full((image.height, image.width), 255, np.uint8)
        return np.dstack([deep_to_rgb8(np.asarray(image)), opaque])
    return np.array(image.convert("RGBA"))


def deep_to_rgb8(values: np.ndarray) -> Pixels:
    """Convert pixels of 16 bits or of floats to 8-bit RGB.

    Parameters
    ----------
    values : (H, W), (H, W, 3) or (H, W, 4) uint16, int or float
        Grey, RGB or RGBA. Integers go up to 65535. Floats go up to 1, or to 255 if any exceeds 1.
        uint8 is taken as it is.

    Returns
    -------
    (H, W, 3) uint8
        On white where the pixels are transparent.
    """
    if values.dtype == np.uint8:
        eight = values
    elif values.dtype.kind == "f":
        top = 1.0 if np.nanmax(values) <= 1.0 else 255.0
        eight = (np.nan_to_num(values).clip(0, top) * (255.0 / top) + 0.5).astype(np.uint8)
    else:
        # A table in place of arithmetic needs no temporary arrays of several times the photo's
        # size.
        eight = ((np.arange(65536) + 128) // 257).astype(np.uint8)[values.clip(0, 65535)]
    if eight.ndim == 2:
        return np.repeat(eight[..., None], 3, axis=2)
    if eight.shape[2] == 4:
        alpha = eight[..., 3:].astype(np.float32) / 255
        eight = (eight[..., :3] * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)
    return np.ascontiguousarray(eight[..., :3])
