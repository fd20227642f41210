"""Read a photo the way its photographer saw it: upright, sRGB, 8 bits; write images."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import io
import math
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
from .colour_profile import deep_to_rgb8, foreign_profile, to_rgb8, to_rgba8, to_srgb

MAX_FILE_BYTES = 256 * 2**20
MAX_PIXELS = 80_000_000
MIN_SIDE = 32

# Naming the formats (their plug-ins are imported above) keeps hostile files away from the other
# forty readers.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")

_EXIF_IFD = 0x8769
_ORIENTATION = 0x0112
# What each orientation of EXIF (1 to 8) has OpenCV flip, from 5 on after a transposition: 0 the
# rows, 1 the columns, -1 both.
_FLIPS = (None, None, 1, -1, 0, None, 1, -1, 0)
_FOCAL_LENGTH = 0x920A
_FOCAL_LENGTH_35MM = 0xA405
_FOCAL_PLANE_X_RESOLUTION = 0xA20E
_FOCAL_PLANE_UNIT = 0xA210
_PIXEL_X_DIMENSION = 0xA002
_DIAGONAL_35MM = math.hypot(36.0, 24.0)


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo, upright.

    Attributes
    ----------
    pixels : (H, W, 3) uint8
        sRGB, RGB order. Pixel centres lie at integer coordinates, x right, y down.
    path : Path or None
        The file it came from.
    focal_length : float or None
        Focal length in pixels of this photo, where EXIF tells it.
    as_stored : bool
        True when the file shows exactly these pixels to a program that knows nothing of EXIF
        orientation, colour profiles or alpha (Blender), so the file itself can be used there.
    name : str
        What results are named after where there is no file.
    """

    pixels: np.ndarray
    path: Path | None = None
    focal_length: float | None = None
    as_stored: bool = False
    name: str = "photo"

    @classmethod
    def from_pixels(
        cls, pixels: np.ndarray, focal_length: float | None = None, name: str = "photo"
    ) -> Photo:
        """A photo from an (H, W, 3) uint8 sRGB array, RGB order.

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


def read_texture(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a texture: any picture that `read_photo` reads, transparency kept.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    (H, W, 4) uint8
        sRGB, RGBA, alpha straight.

    Raises
    ------
    PhotoError
        As in `read_photo`.
    """
    pixels = _read(path, Sentence("texture"), to_rgba8).pixels
    if pixels.shape[2] == 3:  # a TIFF of 16 bits
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    return pixels


def _read(
    path: str | os.PathLike[str], what: Sentence, to_pixels: Callable[[Any], np.ndarray]
) -> Photo:
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
            exif = _exif(image)
            turned = exif.get(_ORIENTATION, 1) not in (0, 1)
            focal = _focal_length(exif, image.width, image.height)
            plain = image.mode in ("RGB", "L") and not turned and "transparency" not in image.info
            plain = plain and ";16" not in str(image.tile)  # Blender keeps what Pillow rounds
            pixels = _jpeg_pixels(image, data, exif.get(_ORIENTATION, 1))
            converted = False
            if pixels is None:
                image.load()
                image = ImageOps.exif_transpose(image) if turned else image
                image, converted = to_srgb(image)
                pixels = to_pixels(image)
        except MemoryError as e:
            raise PhotoError("There is not enough memory to open {path}.", path=shown(path)) from e
        except Exception as e:  # truncated or damaged data, in as many kinds as there are codecs
            raise PhotoError(
                "{path} is damaged or incomplete: {why}.", path=shown(path), why=first_line(e)
            ) from e
    return Photo(pixels, path, focal, as_stored=plain and not converted)


def encode_image(pixels: np.ndarray, suffix: str = ".png", quality: int = 95) -> bytes:
    """The bytes of an image file.

    Parameters
    ----------
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8 or uint16
        RGB(A) order.
    suffix : {".png", ".jpg", ".jpeg"}
        The format.
    quality : int
        Of a JPEG, 0..100.

    Raises
    ------
    OutputError
        The image cannot be encoded (a side over the format's limit).
    """
    if pixels.ndim == 3:
        code = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels), code)
    # OpenCV's own choice for PNG is its fastest: naming any compression level takes twice as long.
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
    """Write an image file (PNG or JPEG by its suffix), completely or not at all.

    Parameters
    ----------
    path : path-like
    pixels : (H, W), (H, W, 3) or (H, W, 4) uint8 or uint16
        RGB(A) order.

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


def _jpeg_pixels(image: Any, data: bytes, orientation: int) -> np.ndarray | None:
    """An upright JPEG in sRGB, by OpenCV; None where Pillow has to see to it.

    In half of Pillow's time or less, and without keeping other threads, and so a window, from
    Python meanwhile: inside Blender Pillow clears an image's memory first, which for 24 megapixels
    took up to 0.4 s. OpenCV gives nothing at all for a file that is not complete; what is wrong
    with it is Pillow's to say.
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


def _exif(image: Any) -> dict[int, Any]:
    """Orientation and the Exif block in one dictionary; empty where it is damaged."""
    tags: dict[int, Any] = {}
    with contextlib.suppress(Exception):  # damaged EXIF must not cost the user the photo
        exif = image.getexif()
        tags.update(exif.get_ifd(_EXIF_IFD))
        tags[_ORIENTATION] = exif.get(_ORIENTATION, 1)
    return tags


def _focal_length(exif: dict[int, Any], width: int, height: int) -> float | None:
    """Focal length in pixels, by the Exif 2.32 tags, or None.

    The 35 mm equivalent relates the picture's diagonal to that of a 36 x 24 mm frame.
    """

    def number(tag: int) -> float:
        try:
            value = float(exif.get(tag, 0))
        except (TypeError, ValueError, ZeroDivisionError):
            return 0.0
        return value if math.isfinite(value) else 0.0

    diagonal = math.hypot(width, height)
    pixels = number(_FOCAL_LENGTH_35MM) / _DIAGONAL_35MM * diagonal
    if not pixels:
        unit = {2: 25.4, 3: 10.0, 4: 1.0}.get(int(number(_FOCAL_PLANE_UNIT)), 25.4)
        stored = number(_PIXEL_X_DIMENSION) or max(width, height)
        per_mm = number(_FOCAL_PLANE_X_RESOLUTION) / unit * max(width, height) / stored
        pixels = number(_FOCAL_LENGTH) * per_mm
    # Between a fisheye and a telescope; anything else is a camera that writes nonsense.
    return pixels if 0.2 * diagonal < pixels < 50 * diagonal else None


def _decode_deep_tiff(data: bytes, path: Path) -> np.ndarray | None:
    """16-bit and float colour TIFF, which Pillow does not read; None if it is not one.

    The header's size is checked first: OpenCV would decode whatever it promises.
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
    """(width, height) from a TIFF's first directory (TIFF 6.0, tags 256 and 257)."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(data[:4])
    if order is None:
        return None

    def integer(start: int, length: int) -> int:
        return int.from_bytes(data[start : start + length], order)  # type: ignore[arg-type]

    start = integer(4, 4)
    found: dict[int, int] = {}
    for entry in range(start + 2, start + 2 + 12 * min(integer(start, 2), 100), 12):
        tag, kind, count = integer(entry, 2), integer(entry + 2, 2), integer(entry + 4, 4)
        if tag in (256, 257):
            # Anything unusual could mean another size to the decoder than to us.
            if tag in found or kind not in (3, 4) or count != 1:
                return None
            found[tag] = integer(entry + 8, 2 if kind == 3 else 4)
    return (found[256], found[257]) if len(found) == 2 else None


def photo_jpeg(photo: Photo) -> bytes:
    """The upright sRGB photo as a file."""
    return encode_image(photo.pixels, ".jpg", 97)
