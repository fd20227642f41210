"""A picture file that was opened and checked, with what decoding it takes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import ImageOps

from ..errors import PhotoError, Sentence, first_line
from ..files.safe import read_bounded, shown
from ..typed import Pixels
from .colour_profile import ColourSpace, colour_space, space_of_profile
from .exif import ORIENTATION, read_exif
from .formats import READERS, format_of, is_raw_name, not_read, raw_error
from .pixels import has_alpha
from .png_chunks import needed_chunks
from .tiff import Page, Tiff, decode_deep

MAX_FILE_BYTES = 256 * 2**20
"""Largest file that is read. An uncompressed picture of `MAX_PIXELS` has 240 MB."""
MAX_PIXELS = 80_000_000
"""Largest picture that is read at its full size."""
MIN_SIDE = 32
"""Pixels that each side of a picture has at least. A face needs 20 of them."""

REDUCED_PIXELS = {"JPEG": 260_000_000, "PNG": 210_000_000, "TIFF": 210_000_000, "BMP": 210_000_000}
"""Largest picture of each format that is read at half its size or less.

The decoders of the other formats need so many bytes that 1.5 GB would not do.
"""
_MAX_DECODED = 900 * 2**20
"""Bytes that a decoder may need for such a picture."""

# For each orientation of EXIF (1 to 8) the flip of OpenCV that makes the picture upright, from 5
# on after a transposition: 0 flips rows, 1 columns, -1 both.
_FLIPS = (None, None, 1, -1, 0, None, 1, -1, 0)


@dataclass(frozen=True, eq=False)
class PictureFile:
    """An opened picture, of which nothing is decoded yet.

    Attributes
    ----------
    path : Path
    data : bytes
        The file, without what is not needed.
    image : PIL.Image.Image or None
        None for a TIFF that Pillow does not read.
    format : str
        See `formats.READERS`.
    exif : dict of int to object
        See `read_exif`.
    space : ColourSpace or None
        None if the picture is sRGB.
    page : Page or None
        That of a TIFF.
    reduction : int
        Pixels of the file along a pixel of what is read: 1, or 2, 4 for a picture that is too
        large.
    is_deep : bool
        It has more than 8 bits a channel.
    is_plain : bool
        A program that ignores orientation, colour space and alpha, as Blender does, sees the
        picture as it is.
    """

    path: Path
    data: bytes
    image: Any
    format: str
    exif: dict[int, Any]
    space: ColourSpace | None
    page: Page | None
    reduction: int
    is_deep: bool
    is_plain: bool

    @property
    def orientation(self) -> int:
        """EXIF's, 1 to 8; 1 where it makes no sense."""
        found = self.exif.get(ORIENTATION, 1)
        return found if found in range(1, 9) else 1

    def jpeg_pixels(self) -> Pixels | None:
        """Decode an ordinary JPEG by OpenCV, upright; None if Pillow has to decode it.

        OpenCV takes half of Pillow's time or less, and does not hold Python's lock, so that
        Blender's window goes on meanwhile: Pillow clears the image's memory first, which took up
        to 0.4 s for 24 megapixels inside Blender. For an incomplete file OpenCV returns nothing;
        Pillow then says what is wrong with it.
        """
        if self.format != "JPEG" or self.image.mode not in ("RGB", "L"):
            return None
        if self.space is not None or self.reduction > 1:
            return None
        try:
            pixels = cv2.imdecode(
                np.frombuffer(self.data, np.uint8),
                cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION,
            )
        except cv2.error:
            return None
        if pixels is None or pixels.shape[:2] != (self.image.height, self.image.width):
            return None
        return _upright(pixels, self.orientation)

    def upright_image(self) -> Any:
        """Decode by Pillow.

        Returns
        -------
        PIL.Image.Image
            Upright, its colours as stored.
        """
        image = self.image
        image.load()
        if self.reduction > 1 and self.format != "JPEG":
            if image.mode in ("P", "1", "PA"):
                image = image.convert("RGBA" if has_alpha(image) else "RGB")
            # A transparent colour is a colour no more where pixels are mixed.
            elif "transparency" in image.info:
                image = image.convert("RGBA")
            full, image = image, image.reduce(self.reduction)
            full.close()  # up to 800 MB
        if self.format == "BMP" and image.mode == "RGBA" and not image.getextrema()[3][1]:
            image = image.convert("RGB")  # the fourth byte is there and was never used
        return ImageOps.exif_transpose(image) if self.orientation != 1 else image

    def deep_values(self) -> np.ndarray | None:
        """Decode a picture of more than 8 bits a channel.

        Returns
        -------
        (H, W), (H, W, 3) or (H, W, 4) uint8, uint16, int32 or float32; or None
            Upright, its colours as stored, red first. None if it cannot be decoded so.
        """
        grey = self.image is not None and self.image.mode.startswith(("I", "F"))
        if self.page is not None and not grey:
            # It is upright: OpenCV heeds a TIFF's orientation.
            values = _reduced(decode_deep(self.data, self.page), self.reduction)
            return None if values is None else _red_first(values)
        if grey:
            # A TIFF is upright when it is loaded, and says so.
            self.image.load()
            values = np.asarray(ImageOps.exif_transpose(self.image))
            return _reduced(values, self.reduction)
        try:
            values = cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:
            return None
        if values is None or values.dtype != np.uint16:
            return None
        return _upright(_red_first(_reduced(values, self.reduction)), self.orientation)


def open_picture(
    path: str | os.PathLike[str], what: Sentence, reduced: bool = False
) -> PictureFile:
    """Open a picture file and check it; nothing large is decoded.

    Parameters
    ----------
    path : path-like
    what : Sentence
        What it should be, for messages: "photo".
    reduced : bool
        Pictures above `MAX_PIXELS` are accepted, to be read at half their size or less.

    Raises
    ------
    PhotoError
        No such file, not such a picture, damaged, or of a size out of bounds.
    """
    path = Path(path)
    data = read_bounded(path, MAX_FILE_BYTES, what, PhotoError)
    kind = format_of(data)
    if kind is None:
        raise not_read(data, path)
    page, profile, whole = None, None, True
    if kind == "PNG":
        chunks = needed_chunks(data)
        data, profile, whole = chunks.data, chunks.profile, chunks.whole
    elif kind == "TIFF":
        tiff = Tiff(data)
        if tiff.is_raw or is_raw_name(path):
            raise raw_error(path)
        page = tiff.largest
        if page is not None:
            data, profile = tiff.starting_with(page), tiff.profile(page)
    try:
        image = READERS[kind](io.BytesIO(data))
    except MemoryError as e:
        raise PhotoError("There is not enough memory to open {path}.", path=shown(path)) from e
    except Exception as e:  # Pillow's parsers raise many kinds on hostile data
        if page is None:
            raise PhotoError(
                "{path} is damaged or incomplete: {why}.", path=shown(path), why=first_line(e)
            ) from e
        reduction = _check_size(
            page.width, page.height, shown(path), kind, reduced, page.bits / 8 * 4
        )
        space = None if profile is None else space_of_profile(profile)
        return PictureFile(path, data, None, kind, {}, space, page, reduction, True, False)
    if profile is not None:
        image.info["icc_profile"] = profile
    reduction = _check_size(
        image.width, image.height, shown(path), kind, reduced, _bytes_per_pixel(image, kind)
    )
    if reduction > 1 and kind == "JPEG":
        image.draft(None, (image.width // reduction, image.height // reduction))
        check_size(image.width, image.height, shown(path))
    exif, space = read_exif(image), colour_space(image)
    deep = image.mode.startswith(("I", "F"))
    sixteen = ";16" in str(image.tile)
    if sixteen and image.mode in ("RGB", "RGBA", "LA"):
        # Pillow rounds such a picture to 8 bits. OpenCV does not, but knows no transparent colour
        # of 16 bits, and no colours multiplied by alpha.
        by_opencv = (kind == "PNG" and whole) or page is not None
        deep |= by_opencv and "transparency" not in image.info and "RGBa" not in str(image.tile)
    plain = (
        image.mode in ("RGB", "L")
        and not sixteen
        and exif.get(ORIENTATION, 1) in (0, 1)
        and "transparency" not in image.info
        and space is None
        and reduction == 1
        and kind != "AVIF"
        and (page is None or (page.first and not page.min_is_white))
    )
    return PictureFile(path, data, image, kind, exif, space, page, reduction, deep, plain)


def check_size(width: int, height: int, name: str) -> None:
    """Raise a PhotoError unless a photo of that size, in pixels, can be used.

    Parameters
    ----------
    width, height : int
    name : str
        Of the photo, for the message.
    """
    _check_size(width, height, name)


def _check_size(
    width: int,
    height: int,
    name: str,
    kind: str = "",
    reduced: bool = False,
    bytes_per_pixel: float = 0,
) -> int:
    """How far a picture is to be reduced, or an error."""
    reduction = 1
    while width * height > MAX_PIXELS * reduction**2:
        reduction *= 2
    if reduction > 1:
        most = REDUCED_PIXELS.get(kind, 0) if reduced else MAX_PIXELS
        if width * height > most or width * height * bytes_per_pixel > _MAX_DECODED:
            raise PhotoError(
                "{name} has {number} megapixels; the limit is {limit}. Scale it down or crop it "
                "first.",
                name=name,
                number=round(width * height / 1e6),
                limit=MAX_PIXELS // 1_000_000,
            )
    if min(width, height) < MIN_SIDE:
        raise PhotoError(
            "{name} is {width} x {height} pixels; each side needs at least {min_side}.",
            name=name,
            width=width,
            height=height,
            min_side=MIN_SIDE,
        )
    return reduction


def _bytes_per_pixel(image: Any, kind: str) -> float:
    """What a decoder needs for each pixel of a picture that will be reduced afterwards."""
    if kind == "JPEG":
        # A decoder of JPEGs makes the picture smaller itself. But of a progressive one it keeps all
        # coefficients, of two bytes, until the end.
        if not image.info.get("progressive"):
            return 1
        samples = sum(h * v for _, h, v, _ in image.layer)
        whole = max(h for _, h, _, _ in image.layer) * max(v for _, _, v, _ in image.layer)
        return 1 + 2 * samples / max(whole, 1)
    if ";16" in str(image.tile) and image.mode != "I;16":
        return 8 if image.mode == "RGBA" else 6
    return 5 if image.mode in ("P", "1", "PA") else 4


def _reduced(values: Any, reduction: int) -> Any:
    """An array of pixels at a half or a quarter of its size, by means."""
    if values is None or reduction == 1:
        return values
    if values.dtype == np.int32:
        values = values.clip(0, 65535).astype(np.uint16)
    size = values.shape[1] // reduction, values.shape[0] // reduction
    return cv2.resize(np.ascontiguousarray(values), size, interpolation=cv2.INTER_AREA)


def _red_first(values: np.ndarray) -> np.ndarray:
    """OpenCV's order of channels to ours."""
    if values.ndim == 2:
        return values
    return cv2.cvtColor(values, cv2.COLOR_BGRA2RGBA if values.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def _upright(pixels: Any, orientation: int) -> Any:
    if orientation >= 5:
        pixels = cv2.transpose(pixels)  # a sixth of numpy's time
    flip = _FLIPS[orientation]
    return pixels if flip is None else cv2.flip(pixels, flip)
