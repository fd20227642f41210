"""Image data-blocks: the photo and the texture."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from ..core.errors import PhotoError
from ..core.photo import MAX_PIXELS, Photo, encode_image


def packed_image(name: str, width: int, height: int, data: bytes, suffix: str) -> bpy.types.Image:
    """An image stored in the .blend file itself.

    Handed over as a file and decoded by Blender when it is first shown: many times as fast as
    handing over float pixels and letting Blender pack them.

    Parameters
    ----------
    name : str
        Of the data-block.
    width, height : int
        Pixels.
    data : bytes
        An image file, see `encode_image`.
    suffix : {".png", ".jpg"}
        Its format.
    """
    image = bpy.data.images.new(name, width, height, alpha=suffix == ".png")
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    # Where an artist unpacks it, and what "Save" writes.
    image.filepath_raw = f"//{bpy.path.clean_name(name)}{suffix}"
    # Colours continue where alpha is 0: multiplying them by it would bring dark rims back.
    image.alpha_mode = "CHANNEL_PACKED"
    return image


def photo_image(photo: Photo) -> bpy.types.Image:
    """The photo as the camera's background.

    The file itself where Blender shows it as we do; a packed upright sRGB copy where it would not
    (EXIF orientation, colour profile, CMYK, 16 bits, alpha) or where there is no file.
    """
    if photo.as_stored and photo.path is not None:
        try:
            image = bpy.data.images.load(str(photo.path.absolute()), check_existing=True)
        except RuntimeError:
            image = None  # a name Blender cannot open, such as one that is not valid Unicode
        if image is not None and tuple(image.size) == (photo.width, photo.height):
            return image
    data = encode_image(photo.pixels, ".jpg", 97)
    return packed_image(photo.stem, photo.width, photo.height, data, ".jpg")


def photo_from_image(image: bpy.types.Image) -> Photo:
    """What an image data-block shows, as a photo.

    Parameters
    ----------
    image : bpy.types.Image

    Raises
    ------
    PhotoError
        It has no pixels, or too few or too many.
    """
    width, height = image.size
    if not image.has_data or width == 0 or height == 0:
        image.update()  # reads a file that was not needed until now
        width, height = image.size
    if image.channels < 3 or not 0 < width * height <= MAX_PIXELS:
        raise PhotoError(f"The image {image.name!r} has no pixels that can be used as a photo.")
    values = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(values)
    rgb = values.reshape(height, width, image.channels)[::-1, :, :3].clip(0, 1)
    if image.is_float:  # linear; byte images hold the file's own values
        rgb = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return Photo.from_pixels((rgb * 255 + 0.5).astype(np.uint8), name=Path(image.name).stem)
