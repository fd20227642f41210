"""Image data-blocks: the photo, textures, masks; their pixels as arrays."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import bpy
import numpy as np

from ...core.errors import OptionError, PhotoError
from ...core.photo.photo import MAX_PIXELS, Photo, encode_image, photo_jpeg

NON_COLOR = "Non-Color"


def packed_image(name: str, data: bytes, suffix: str) -> bpy.types.Image:
    """An image stored in the .blend file itself.

    Handed over as a file, which Blender decodes when it first needs a pixel or the size: many times
    as fast as handing over float pixels and letting Blender pack them.

    Parameters
    ----------
    name : str
        Of the data-block.
    data : bytes
        An image file, see `encode_image`.
    suffix : {".png", ".jpg", ".exr"}
        Its format.
    """
    # Of one pixel: Blender would fill all of them, for nothing.
    image = bpy.data.images.new(name, 1, 1, alpha=suffix == ".png")
    image.source = "FILE"
    # Where an artist unpacks it, and what "Save" writes.
    image.filepath_raw = f"//{bpy.path.clean_name(name)}{suffix}"
    _pack(image, data)
    # Colours continue where alpha is 0: multiplying them by it would bring dark rims back.
    image.alpha_mode = "CHANNEL_PACKED"
    return image


def array_image(name: str, pixels: np.ndarray | bytes, data: bool = False) -> bpy.types.Image:
    """A packed PNG from an array.

    Parameters
    ----------
    name : str
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8 or uint16; or bytes
        Rows from the top; or what `encode_image` has made of them in another thread.
    data : bool
        The values are no colours (a mask): Blender is to use them as they are.
    """
    file = pixels if isinstance(pixels, bytes) else encode_image(pixels)
    image = packed_image(name, file, ".png")
    if data:
        image.colorspace_settings.name = NON_COLOR
    return image


def blank_image(name: str, side: int, value: float, data: bool = False) -> bpy.types.Image:
    """An image to draw on, square and of one value, which is its alpha too.

    Made by Blender when it is first needed, and no file until something was drawn: encoding
    nothing took most of the click on Paint Texture, and decoding it again came on top.
    """
    image = bpy.data.images.new(name, side, side, alpha=True, is_data=data)
    image.generated_color = (value,) * 4
    image.alpha_mode = "CHANNEL_PACKED"  # as of those from files
    return image


def blank_value(image: bpy.types.Image) -> float | None:
    """The value of a `blank_image` that nobody has drawn on; None for any other image."""
    plain = (
        image.source == "GENERATED"
        and image.generated_type == "BLANK"
        and not image.use_generated_float
    )
    value, *rest = image.generated_color
    if image.is_dirty or not plain or any(other != value for other in rest) or value not in (0, 1):
        return None
    return float(value)


def renewed_image(
    old: bpy.types.Image | None,
    name: str,
    pixels: np.ndarray | bytes,
    data: bool = False,
    everywhere: bool = True,
) -> bpy.types.Image:
    """As `array_image`, in place of an older image wherever that is used; or, if not
    `everywhere`, only where no more than one thing uses it: a duplicate keeps what it has.

    A new data-block and not new pixels in the old one: undo then brings the old pixels back,
    which Blender would otherwise keep in its cache.
    """
    image = array_image(name, pixels, data)
    if old is not None and old.library is None and (everywhere or old.users <= 1):
        old.user_remap(image)
        kept = old.name
        bpy.data.images.remove(old)
        image.name = kept
    return image


def image_pixels(image: bpy.types.Image) -> np.ndarray:
    """An image as it would be stored in a file of 8 bits.

    Parameters
    ----------
    image : bpy.types.Image

    Returns
    -------
    (H, W, 4) uint8 RGBA, rows from the top

    Raises
    ------
    OptionError
        It has no pixels: its file is missing.
    """
    values = float_pixels(image)
    if image.is_float:
        np.clip(values, 0, 1, out=values)
    values *= 255
    values += np.float32(0.5)
    return values.astype(np.uint8)


def float_pixels(image: bpy.types.Image) -> np.ndarray:
    """(H, W, 4) float32 RGBA, rows from the top; colours sRGB, data as they are.

    Raises
    ------
    OptionError
        It has no pixels: its file is missing.
    """
    width, height = image.size
    if width * height == 0 or image.channels == 0:
        raise OptionError(
            "The image {image!r} has no pixels; its file is missing.", image=image.name
        )
    if image.channels != 4:
        flat = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(flat)
        found = flat.reshape(height, width, image.channels)
        values = np.ones((height, width, 4), np.float32)
        values[..., :3] = found[..., :3] if image.channels == 3 else found[..., :1]
    else:
        values = np.empty((height, width, 4), np.float32)
        image.pixels.foreach_get(values.reshape(-1))
    if image.is_float and image.colorspace_settings.name != NON_COLOR:
        values[..., :3] = encode_srgb(values[..., :3])  # Blender holds float colours linear
    return values[::-1]


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear light to sRGB, 0..1, float32 (IEC 61966-2-1)."""
    linear = np.maximum(linear, 0, dtype=np.float32)
    high = np.float32(1.055) * linear ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(linear <= 0.0031308, linear * np.float32(12.92), high)


def photo_image(photo: Photo, data: Future[bytes] | None) -> bpy.types.Image:
    """The photo as the camera's background.

    Parameters
    ----------
    photo : Photo
    data : Future of bytes, or None
        `Prepared.photo`: a packed upright sRGB copy is made of it; without it the image is the
        file itself.
    """
    if data is None and photo.path is not None:
        try:
            image = bpy.data.images.load(str(photo.path.absolute()), check_existing=True)
        except RuntimeError:
            image = None  # it has gone since
        # Blender's idea of its size would cost decoding it here and now; an image that was in the
        # file before may be of an older photo of that name.
        if image is not None and (
            not image.has_data or tuple(image.size) == (photo.width, photo.height)
        ):
            return image
    return packed_image(photo.stem, data.result() if data else photo_jpeg(photo), ".jpg")


def photo_from_image(image: bpy.types.Image) -> Photo:
    """What an image data-block shows, as a photo.

    Parameters
    ----------
    image : bpy.types.Image

    Raises
    ------
    PRNError
        It has no pixels, or too few or too many.
    """
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PhotoError(
            "The image {image!r} has {millions} million pixels; at most {limit} are supported.",
            image=image.name,
            millions=width * height // 10**6,
            limit=MAX_PIXELS // 10**6,
        )
    pixels = np.ascontiguousarray(image_pixels(image)[..., :3])
    return Photo.from_pixels(pixels, name=Path(image.name).stem)


def _pack(image: bpy.types.Image, data: bytes) -> None:
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
