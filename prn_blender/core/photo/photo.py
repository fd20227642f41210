"""Read photos as their photographer saw them (upright, sRGB, 8 bits), and encode pictures."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import (  # noqa: F401
    BmpImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ..errors import OutputError, PhotoError, Sentence, first_line
from ..files.safe import read_bounded, shown, write_bytes
from ..native import quietly
from ..typed import Pixels, Texture
from .colour_profile import deep_to_rgb8, foreign_profile, to_rgb8, to_rgba8, to_srgb
from .exif import ORIENTATION, focal_length, read_exif

MAX_FILE_BYTES = 256 * 2**20
"""Largest file that is read. An uncompressed picture of `MAX_PIXELS` has 240 MB."""
MAX_PIXELS = 80_000_000
"""Largest picture that is read."""
MIN_SIDE = 32
"""Pixels that each side of a picture has at least. A face needs 20 of them."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
"""The formats that Pillow may open (their plug-ins are imported above).

Naming them keeps hostile files away from the readers of its forty other formats.
"""

# For each orientation of EXIF (1 to 8) the flip of OpenCV that makes the picture upright, from 5
# on after a transposition: 0 flips rows, 1 columns, -1 both.
_FLIPS = (None, None, 1, -1, 0, None, 1, -1, 0)

# Tags of TIFF 6.0 that hold width and height, and their two types.
_TIFF_WIDTH = 256
_TIFF_HEIGHT = 257
_TIFF_SHORT = 3
_TIFF_LONG = 4
# Entries of a TIFF's first directory that are looked at. Real files have a few dozen.
_TIFF_ENTRIES = 100


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
    """

    pixels: Pixels
    path: Path | None = None
    focal_length: float | None = None
    as_stored: bool = False
    name: str = "photo"

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
        _check_size(pixels.shape[1], pixels.shape[0], "The photo")
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


def read_photo(path: str | os.PathLike[str]) -> Photo:
    """Read a JPEG, PNG, WebP, TIFF or BMP file.

    EXIF orientation and colour profiles are applied; grey, palette, CMYK and 16-bit pictures
    become 8-bit RGB; transparent parts become white.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Photo

    Raises
    ------
    PhotoError
        No such file, not such a picture, damaged, or of a size out of bounds.
    """
    return _read(path, Sentence("photo"), to_rgb8)


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
    pixels = _read(path, Sentence("texture"), to_rgba8).pixels
    if pixels.shape[2] == 3:  # a TIFF of 16 bits
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    return pixels


@quietly
def _read(
    path: str | os.PathLike[str], what: Sentence, to_pixels: Callable[[Any], np.ndarray]
) -> Photo:
    """Read a picture; `to_pixels` converts it from Pillow's image, `what` it is for messages."""
    path = Path(path)
    data = read_bounded(path, MAX_FILE_BYTES, what, PhotoError)
    with warnings.catch_warnings():
        # Sizes are checked below, before anything is decoded.
        warnings.simplefilter("ignore")
        try:
            image: Any = Image.open(io.BytesIO(data), formats=FORMATS)
        except Image.DecompressionBombError as e:
            raise _too_large(shown(path), 170, more=True) from e
        except Exception as e:  # Pillow's parsers raise many kinds on hostile data
            pixels = _decode_deep_tiff(data, path)
            if pixels is None:
                raise PhotoError(
                    "{path} is not a picture that can be read; JPEG, PNG, WebP, TIFF and BMP can.",
                    path=shown(path),
                ) from e
            return Photo(pixels, path)
        _check_size(image.width, image.height, shown(path))
        try:
            exif = read_exif(image)
            turned = exif.get(ORIENTATION, 1) not in (0, 1)
            focal = focal_length(exif, image.width, image.height)
            plain = image.mode in ("RGB", "L") and not turned and "transparency" not in image.info
            # Pillow rounds 16 bits to 8, Blender keeps them.
            plain = plain and ";16" not in str(image.tile)
            pixels = _jpeg_pixels(image, data, exif.get(ORIENTATION, 1))
            converted = False
            if pixels is None:
                image.load()
                image = ImageOps.exif_transpose(image) if turned else image
                image, converted = to_srgb(image)
                pixels = to_pixels(image)
        except MemoryError as e:
            raise PhotoError("There is not enough memory to open {path}.", path=shown(path)) from e
        except Exception as e:  # damaged data; each codec has exceptions of its own
            raise PhotoError(
                "{path} is damaged or incomplete: {why}.", path=shown(path), why=first_line(e)
            ) from e
    return Photo(pixels, path, focal, as_stored=plain and not converted)


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


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise _too_large(name, round(width * height / 1e6))
    if min(width, height) < MIN_SIDE:
        raise PhotoError(
            "{name} is {width} x {height} pixels; each side needs at least {min_side}.",
            name=name,
            width=width,
            height=height,
            min_side=MIN_SIDE,
        )


def _too_large(name: str, megapixels: int, more: bool = False) -> PhotoError:
    return PhotoError(
        "{name} has {number} megapixels; the limit is {limit}. Scale it down or crop it first.",
        name=name,
        number=Sentence("more than {number}", number=megapixels) if more else megapixels,
        limit=MAX_PIXELS // 1_000_000,
    )


def _jpeg_pixels(image: Any, data: bytes, orientation: int) -> Pixels | None:
    """Decode an ordinary JPEG by OpenCV, upright; None if Pillow has to decode it.

    OpenCV takes half of Pillow's time or less, and does not hold Python's lock, so that Blender's
    window goes on meanwhile: Pillow clears the image's memory first, which took up to 0.4 s for
    24 megapixels inside Blender. For an incomplete file OpenCV returns nothing; Pillow then
    says what is wrong with it.
    """
    if image.format not in ("JPEG", "MPO") or image.mode not in ("RGB", "L"):
        return None
    if orientation not in range(1, 9) or foreign_profile(image) is not None:
        return None
    try:
        pixels = cv2.imdecode(
            np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        )
    except cv2.error:
        return None
    if pixels is None or pixels.shape[:2] != (image.height, image.width):
        return None
    if orientation >= 5:
        pixels = cv2.transpose(pixels)
    flip = _FLIPS[orientation]
    return pixels if flip is None else cv2.flip(pixels, flip)


def _decode_deep_tiff(data: bytes, path: Path) -> Pixels | None:
    """Decode a colour TIFF of 16 bits or floats, which Pillow does not read; None if it is none.

    The size in its header is checked first, because OpenCV decodes a picture of any size.
    """
    size = _tiff_size(data)
    if size is None:
        return None
    _check_size(*size, shown(path))
    try:
        values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if values is None:
        return None
    if values.ndim == 3:
        swap = cv2.COLOR_BGRA2RGBA if values.shape[2] == 4 else cv2.COLOR_BGR2RGB
        values = cv2.cvtColor(values, swap)
    return deep_to_rgb8(values)


def _tiff_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) from a TIFF's first directory (TIFF 6.0); None if they are not plain."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(data[:4])
    if order is None:
        return None

    def integer(start: int, length: int) -> int:
        return int.from_bytes(data[start : start + length], order)  # type: ignore[arg-type]

    start = integer(4, 4)
    found: dict[int, int] = {}
    entries = min(integer(start, 2), _TIFF_ENTRIES)
    for entry in range(start + 2, start + 2 + 12 * entries, 12):
        tag, kind, count = integer(entry, 2), integer(entry + 2, 2), integer(entry + 4, 4)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT):
            # The decoder could read an unusual entry as another size than we do.
            if tag in found or kind not in (_TIFF_SHORT, _TIFF_LONG) or count != 1:
                return None
            found[tag] = integer(entry + 8, 2 if kind == _TIFF_SHORT else 4)
    return (found[_TIFF_WIDTH], found[_TIFF_HEIGHT]) if len(found) == 2 else None


def photo_jpeg(photo: Photo) -> bytes:
    """Encode the upright sRGB photo as a JPEG file of high quality."""
    return encode_image(photo.pixels, ".jpg", 97)
