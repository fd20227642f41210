"""Image data-blocks for the photo, for textures and for masks; their pixels as arrays."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from pathlib import Path

import bpy
import numpy as np
from mathutils import Color

from ...core.errors import OptionError, PhotoError
from ...core.photo.photo import MAX_PIXELS, Photo, encode_image, photo_jpeg

_MADE = "prn_made"
"""The custom property that holds the digest of an image's file as the add-on made it."""


def is_data(image: bpy.types.Image) -> bool:
    """Whether the values of an image are no colours but, say, a mask."""
    return bool(image.colorspace_settings.is_data)


def mark_data(image: bpy.types.Image) -> None:
    """Have Blender use an image's values as they are.

    Not by the colour space's name, for that is another one in every OCIO configuration: Non-Color
    in Blender's own, Raw in those of ACES.
    """
    image.colorspace_settings.is_data = True


def packed_image(name: str, data: bytes, suffix: str) -> bpy.types.Image:
    """An image that is stored in the .blend file itself.

    Blender gets an encoded file, and decodes it when it first needs a pixel or the size. That is
    many times as fast as setting float pixels and letting Blender encode them.

    Parameters
    ----------
    name : str
        Of the data-block.
    data : bytes
        An image file, see `encode_image`.
    suffix : {".png", ".jpg", ".exr"}
        Its format.
    """
    # Of one pixel, because Blender fills a new image, and all of it is replaced right away.
    image = bpy.data.images.new(name, 1, 1, alpha=suffix == ".png")
    image.source = "FILE"
    # Where "Unpack" and "Save" put the file.
    image.filepath_raw = f"//{bpy.path.clean_name(name)}{suffix}"
    pack_file(image, data)
    # Our textures have colours where alpha is 0, too. The usual mode would multiply them by alpha
    # and bring dark rims back.
    image.alpha_mode = "CHANNEL_PACKED"
    return image


def array_image(name: str, pixels: np.ndarray | bytes, data: bool = False) -> bpy.types.Image:
    """An array as a packed PNG image.

    Parameters
    ----------
    name : str
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8 or uint16; or bytes
        Rows from the top; or the PNG file that `encode_image` has made of them in another thread.
    data : bool
        The values are no colours but, say, a mask: Blender is to use them as they are.
    """
    file = pixels if isinstance(pixels, bytes) else encode_image(pixels)
    image = packed_image(name, file, ".png")
    if data:
        mark_data(image)
    return image


def blank_image(name: str, side: int, value: float, data: bool = False) -> bpy.types.Image:
    """A square image to draw on; all channels, alpha too, have one value.

    Blender generates its pixels when they are first needed, and it is no file until something was
    drawn. Encoding an empty image took most of the time of a click on Paint Texture, and decoding
    it again came on top.
    """
    image = bpy.data.images.new(name, side, side, alpha=True, is_data=data)
    image.generated_color = (value,) * 4
    image.alpha_mode = "CHANNEL_PACKED"  # as `packed_image` has it
    return image


def blank_value(image: bpy.types.Image) -> float | None:
    """The value of a `blank_image` on which nobody has drawn yet; None for any other image."""
    plain = (
        image.source == "GENERATED"
        and image.generated_type == "BLANK"
        and not image.use_generated_float
    )
    value, *rest = image.generated_color
    if image.is_dirty or not plain or any(other != value for other in rest) or value not in (0, 1):
        return None
    return float(value)


def mark_made(image: bpy.types.Image) -> None:
    """Remember that an image is as the add-on made it, see `is_as_made`."""
    digest = _packed_digest(image)
    if digest:
        image[_MADE] = digest


def is_as_made(image: bpy.types.Image) -> bool:
    """Whether nobody has painted on an image, or changed it in another program."""
    made = image.get(_MADE, "")
    return bool(made) and not image.is_dirty and made == _packed_digest(image)


def _packed_digest(image: bpy.types.Image) -> str:
    packed = image.packed_file
    return "" if packed is None else hashlib.sha256(bytes(packed.data)).hexdigest()


def renewed_image(
    old: bpy.types.Image | None,
    name: str,
    pixels: np.ndarray | bytes,
    data: bool = False,
    everywhere: bool = True,
) -> bpy.types.Image:
    """A new image that takes the name, and the place, of an older one.

    It is a new data-block, not new pixels in the old one, because undo does not bring back pixels
    that Blender has in its cache; it does bring back the data-block.

    Parameters
    ----------
    old : bpy.types.Image or None
        Without one, this is `array_image`.
    name, pixels, data
        As for `array_image`.
    everywhere : bool
        Replace the old image wherever it is used. Otherwise only if it has one user at most: a
        duplicate of the face keeps the image that it has.
    """
    image = array_image(name, pixels, data)
    if old is not None and old.library is None and (everywhere or old.users <= 1):
        old.user_remap(image)
        kept = old.name
        bpy.data.images.remove(old)
        image.name = kept
    return image


def take_place(image: bpy.types.Image, old: bpy.types.Image | None) -> None:
    """Remove an older image that nothing uses any more; a new one takes its name."""
    if old is not None and old.users == 0:
        name = old.name
        bpy.data.images.remove(old)
        image.name = name


def image_pixels(image: bpy.types.Image) -> np.ndarray:
    """The pixels of an image as a file with 8 bits a channel would store them.

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
    """(H, W, 4) float32 RGBA, rows from the top; colours in sRGB, data as they are.

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
    if image.is_float and not is_data(image):  # Blender holds float colours linear
        values[..., :3] = encode_srgb(_to_rec709(values[..., :3]))
    return values[::-1]


def _to_rec709(linear: np.ndarray) -> np.ndarray:
    """Linear light in the primaries that Blender computes with, to those of sRGB (Rec. 709).

    They are the same unless an OCIO configuration says otherwise: ACES's are wider.
    """
    axes = (Color(row).from_scene_linear_to_rec709_linear() for row in np.eye(3).tolist())
    matrix = np.array([tuple(axis) for axis in axes], np.float32)
    return linear if np.allclose(matrix, np.eye(3), atol=1e-4) else linear @ matrix


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear light to sRGB, 0..1, float32 (IEC 61966-2-1)."""
    linear = np.maximum(linear, 0, dtype=np.float32)
    high = np.float32(1.055) * linear ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(linear <= 0.0031308, linear * np.float32(12.92), high)


def photo_image(photo: Photo, data: bytes | None) -> bpy.types.Image:
    """The photo as an image data-block, for the camera's background.

    Parameters
    ----------
    photo : Photo
    data : bytes or None
        An upright sRGB copy of the photo as a JPEG file, which is packed; None where Blender can
        show the photo's own file (`build.prepared.copy_of`).
    """
    if data is None and photo.path is not None:
        try:
            image = bpy.data.images.load(str(photo.path.absolute()), check_existing=True)
        except RuntimeError:
            image = None  # the file was deleted after it was read
        # An image that was in the .blend before may show an older photo of that name. A fresh one
        # is not asked for its size: Blender would decode the photo here and now.
        if image is not None and (
            not image.has_data or tuple(image.size) == (photo.width, photo.height)
        ):
            return image
    return packed_image(photo.stem, data or photo_jpeg(photo), ".jpg")


def photo_from_image(image: bpy.types.Image) -> Photo:
    """The pixels of an image data-block as a photo.

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


def set_preview(block: bpy.types.ID, pixels: np.ndarray) -> None:
    """Give a data-block a picture (N, N, 3) uint8 sRGB for the Asset Browser and menus."""
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    preview = block.preview_ensure()
    preview.image_size = pixels.shape[1::-1]
    rows = opaque[::-1].astype(np.float32) / np.float32(255)
    preview.image_pixels_float.foreach_set(np.ascontiguousarray(rows).ravel())


def pack_file(image: bpy.types.Image, data: bytes) -> None:
    """Pack a file into an image, which then shows that one."""
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
