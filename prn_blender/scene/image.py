"""Image data-blocks: the photo and the texture."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from ..core.photo import Photo, encode_image


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
