"""What a picture file holds, as sRGB of 8 bits: profiles, alpha, grey, 16 bits and floats."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import ImageCms

# Rows that are worked on at once, where whole photos would take several times their memory.
_ROWS = 256


def foreign_profile(image: Any) -> Any:
    """The picture's colour profile; None where it has none, or sRGB, or a damaged one."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = (ImageCms.getProfileDescription(found) or "").lower()
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # the stored numbers are the best guess
    return None if "srgb" in name else found


def to_srgb(image: Any) -> tuple[Any, bool]:
    """Apply the picture's own colour profile; returns (image, whether anything changed)."""
    source = foreign_profile(image)
    if source is None:
        return image, False
    try:
        if "transparency" in image.info:  # one of the colours, which are about to change
            image = image.convert("RGBA")
        elif image.mode == "P":
            image = image.convert("RGB")
        if image.mode not in ("L", "RGB", "RGBA", "CMYK"):
            return image, False
        target = ImageCms.createProfile("sRGB")
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, source, target, outputMode=mode), True
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image, False  # a profile that cannot be applied: as above


def to_rgb8(image: Any) -> np.ndarray:
    """(H, W, 3) uint8 of a Pillow image, on white where it is transparent."""
    if image.mode.startswith(("I", "F")):
        return deep_to_rgb8(np.asarray(image))
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        return _on_white(np.asarray(image.convert("RGBA")))
    # A copy: writable and contiguous. (Converting to what it is would be another one.)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _on_white(rgba: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8 RGBA to (H, W, 3) uint8 RGB.

    Pillow's `alpha_composite` keeps other threads, and so a window, waiting for Python.
    """
    result = np.empty((*rgba.shape[:2], 3), np.uint8)
    for start in range(0, len(rgba), _ROWS):
        part = rgba[start : start + _ROWS]
        alpha = part[..., 3:].astype(np.uint16)
        # At most 255 * 255, which 16 bits hold.
        result[start : start + _ROWS] = (part[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return result


def to_rgba8(image: Any) -> np.ndarray:
    """(H, W, 4) uint8 of a Pillow image."""
    if image.mode.startswith(("I", "F")):
        opaque = np.full((image.height, image.width), 255, np.uint8)
        return np.dstack([deep_to_rgb8(np.asarray(image)), opaque])
    return np.array(image.convert("RGBA"))


def deep_to_rgb8(values: np.ndarray) -> np.ndarray:
    """Grey, RGB or RGBA of 16 bits or floats to (H, W, 3) uint8."""
    if values.dtype == np.uint8:
        eight = values
    elif values.dtype.kind == "f":
        top = 1.0 if np.nanmax(values) <= 1.0 else 255.0
        eight = (np.nan_to_num(values).clip(0, top) * (255.0 / top) + 0.5).astype(np.uint8)
    else:
        # A table, not arithmetic: no intermediate arrays of several times the photo's size.
        eight = ((np.arange(65536) + 128) // 257).astype(np.uint8)[values.clip(0, 65535)]
    if eight.ndim == 2:
        return np.repeat(eight[..., None], 3, axis=2)
    if eight.shape[2] == 4:
        alpha = eight[..., 3:].astype(np.float32) / 255
        eight = (eight[..., :3] * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)
    return np.ascontiguousarray(eight[..., :3])
