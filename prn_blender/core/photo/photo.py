"""Read photos as their photographer saw them (upright, sRGB, 8 bits), and encode pictures."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..errors import OutputError, PhotoError, Sentence, first_line
from ..files.safe import shown, write_bytes
from ..native import quietly
from ..typed import Pixels, Texture
from .exif import focal_length
from .picture_file import MAX_PIXELS, PictureFile, check_size, open_picture
from .pixels import deep_to_8_bits, on_white, to_8_bits, to_16_bits, with_alpha

__all__ = [
    "MAX_PIXELS",
    "Photo",
    "check_full_size",
    "encode_image",
    "photo_jpeg",
    "read_photo",
    "read_texture",
    "write_image",
]


@dataclass(frozen=True, eq=False)
class Photo:
    """An upright photo.

    Attributes
    ----------
    pixels : (H, W, 3) uint8
        sRGB, red first. Pixel centres lie at integer coordinates, x right, y down.
    path : Path or None
        The file it came from.
    focal_length : float or None
        In pixels of this photo; None where EXIF does not tell it.
    as_stored : bool
        True if a program that ignores EXIF orientation, colour profiles and alpha, as Blender
        does, sees exactly these pixels in the file. The file itself can then be used there.
    name : str
        What results are named after if there is no file.
    reduction : int
        Pixels of the file along one of `pixels`: 1, or 2 or 4 where the file has more than
        `MAX_PIXELS`. What is drawn into such a photo would not have the file's size.
    """

    pixels: Pixels
    path: Path | None = None
    focal_length: float | None = None
    as_stored: bool = False
    name: str = "photo"
    reduction: int = 1

    @classmethod
    def from_pixels(
        cls, pixels: Pixels, focal_length: float | None = None, name: str = "photo"
    ) -> Photo:
        """Make a photo from an array.

        Parameters
        ----------
        pixels : (H, W, 3) uint8
            sRGB, red first.
        focal_length : float, optional
            Pixels.
        name : str
            What results are named after.

        Raises
        ------
        PhotoError
            The array has another shape or type, or its size is out of bounds.
        """
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise PhotoError(
                "A photo is an (H, W, 3) uint8 array; found {shape} {dtype}.",
                shape=pixels.shape,
                dtype=pixels.dtype,
            )
        check_size(pixels.shape[1], pixels.shape[0], "The photo")
        return cls(np.ascontiguousarray(pixels), focal_length=focal_length, name=name)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def stem(self) -> str:
        """What results are named after."""
        return self.path.stem if self.path else self.name


def read_photo(path: str | os.PathLike[str], reduced: bool = False) -> Photo:
    """Read a JPEG, PNG, WebP, TIFF, BMP or AVIF file.

    EXIF orientation and colour profiles are applied; grey, palette, CMYK and 16-bit pictures
    become 8-bit RGB; transparent parts become white. Of a TIFF's pages the largest is read, of
    several pictures in a JPEG (.mpo) the first.

    Parameters
    ----------
    path : path-like
    reduced : bool
        Accept a picture above `MAX_PIXELS`, up to some 200 megapixels, and read it at half its
        size (or a quarter), see `Photo.reduction`.

    Returns
    -------
    Photo

    Raises
    ------
    PhotoError
        No such file, not such a picture, damaged, or of a size out of bounds.
    """
    return _read(path, Sentence("photo"), on_white, reduced)


def read_texture(path: str | os.PathLike[str]) -> Texture:
    """Read a texture: any picture that `read_photo` reads, but with its alpha.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    (H, W, 4) uint8
        sRGB, straight alpha.

    Raises
    ------
    PhotoError
        As in `read_photo`.
    """
    return _read(path, Sentence("texture"), with_alpha).pixels


def check_full_size(photo: Photo) -> None:
    """Raise a PhotoError if a photo was read at less than its full size.

    What draws into a photo calls this: its result would be smaller than the photo.
    """
    if photo.reduction > 1:
        raise PhotoError(
            "{name} has {number} megapixels, too many to draw into at its full size; the limit is "
            "{limit}. Scale it down or crop it first.",
            name=shown(photo.path) if photo.path else photo.name,
            number=round(photo.width * photo.height * photo.reduction**2 / 1e6),
            limit=MAX_PIXELS // 1_000_000,
        )


@quietly
def _read(
    path: str | os.PathLike[str],
    what: Sentence,
    finish: Callable[[np.ndarray], np.ndarray],
    reduced: bool = False,
) -> Photo:
    """Read a picture as what `finish` makes of its sRGB or sRGBA pixels."""
    path = Path(path)
    with warnings.catch_warnings():  # Pillow's, about damaged files
        warnings.simplefilter("ignore")
        file = open_picture(path, what, reduced)
        try:
            pixels = finish(srgb_pixels(file))
        except PhotoError:
            raise
        except MemoryError as e:
            raise PhotoError("There is not enough memory to open {path}.", path=shown(path)) from e
        except Exception as e:  # damaged data; each codec has exceptions of its own
            raise PhotoError(
                "{path} is damaged or incomplete: {why}.", path=shown(path), why=first_line(e)
            ) from e
    focal = None
    if file.image is not None:
        # In any orientation: only the diagonal and the longer side matter.
        focal = focal_length(file.exif, pixels.shape[1], pixels.shape[0])
    return Photo(pixels, path, focal, file.is_plain, reduction=file.reduction)


def srgb_pixels(file: PictureFile) -> np.ndarray:
    """Decode an opened picture.

    Parameters
    ----------
    file : PictureFile

    Returns
    -------
    (H, W, 3) or (H, W, 4) uint8
        Upright sRGB; straight alpha if it can be transparent.

    Raises
    ------
    PhotoError
        A TIFF of a kind that cannot be read.
    Exception
        Whatever a decoder raises on damaged data.
    """
    pixels = file.jpeg_pixels()
    if pixels is not None:
        return pixels
    values = file.deep_values() if file.is_deep else None
    if values is not None:
        inverted = file.page is not None and file.page.min_is_white
        deep = to_16_bits(values, inverted and values.ndim == 2, display=file.space is None)
        return deep_to_8_bits(deep, file.space)
    if file.image is None:
        raise PhotoError(
            "{path} is a TIFF of a kind that cannot be read; save it with 8 or 16 bits a channel.",
            path=shown(file.path),
        )
    image = file.upright_image()
    converted = None if file.space is None else file.space.image_to_srgb(image)
    return to_8_bits(image if converted is None else converted)


def encode_image(pixels: np.ndarray, suffix: str = ".png", quality: int = 95) -> bytes:
    """Encode pixels as an image file.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8 or uint16
        Grey, RGB or RGBA.
    suffix : {".png", ".jpg", ".jpeg"}
        The format.
    quality : int
        Quality of a JPEG, 0..100.

    Returns
    -------
    bytes
        The content of the file.

    Raises
    ------
    OutputError
        The image cannot be encoded; a side may be longer than the format allows.
    """
    if pixels.ndim == 3:
        code = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels), code)
    # For PNG OpenCV's default is the fastest; with any compression level named it takes twice as
    # long.
    flags = [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, quality]
    try:
        done, buffer = cv2.imencode(suffix, pixels, flags)
    except cv2.error as e:
        raise OutputError(
            "The image cannot be encoded as {suffix}: {why}.", suffix=suffix, why=e.err
        ) from e
    if not done:
        raise OutputError("The image cannot be encoded as {suffix}.", suffix=suffix)
    return buffer.tobytes()


def write_image(path: str | os.PathLike[str], pixels: np.ndarray) -> None:
    """Write an image file atomically, as PNG or JPEG by its suffix.

    Parameters
    ----------
    path : path-like
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8 or uint16
        Grey, RGB or RGBA.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    write_bytes(path, encode_image(pixels, Path(path).suffix.lower()))


def photo_jpeg(photo: Photo) -> bytes:
    """Encode the upright sRGB photo as a JPEG file of high quality."""
    return encode_image(photo.pixels, ".jpg", 97)
