"""Write a photo that something was drawn into: with all that its file had, where that still holds.

The rest of the program draws into sRGB of 8 bits on white. The photo's file may have alpha, 16 bits
or another colour space, none of which is carried along: it is read again when the result is
written, and gets the changes. So what nobody has touched stays as it was, to the last bit.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import PRNError, Sentence
from ..files.safe import write_bytes
from ..image.bands import bands
from ..typed import Pixels
from .colour_profile import ColourSpace
from .metadata import Metadata, metadata_of, with_metadata
from .photo import Photo, encode_image, srgb_pixels, write_image
from .picture_file import PictureFile, open_picture
from .pixels import deep_to_8_bits, on_white, rounded, to_16_bits


@dataclass(frozen=True, eq=False)
class _Stored:
    """A photo's file, upright.

    Attributes
    ----------
    colours : (H, W, 3) uint8 or uint16
        In `space`.
    alpha : (H, W) uint8 or uint16, or None
    srgb : (H, W, 3) or (H, W, 4) uint8
        The same as sRGB.
    space : ColourSpace or None
        None for sRGB.
    """

    colours: np.ndarray
    alpha: np.ndarray | None
    srgb: np.ndarray
    space: ColourSpace | None


def write_edited(path: str | os.PathLike[str], picture: Pixels, photo: Photo) -> None:
    """Write a changed photo as PNG or JPEG, with what its file had and the format can hold.

    Those are alpha and 16 bits (PNG), the colour profile, EXIF (its picture is upright now) and the
    resolution. Without the photo's file, or if it is another one by now, the picture is written
    as it is.

    Parameters
    ----------
    path : path-like
        Its suffix says which of the two.
    picture : (H, W, 3) uint8
        The changed pixels of `photo`.
    photo : Photo

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    suffix = Path(path).suffix.lower()
    with warnings.catch_warnings():  # Pillow's, about damaged files
        warnings.simplefilter("ignore")
        found = _edited(picture, photo, suffix == ".png")
    if found is None:
        write_image(path, picture)
        return
    pixels, metadata = found
    write_bytes(path, with_metadata(encode_image(pixels, suffix), suffix, metadata))


def _edited(picture: Pixels, photo: Photo, png: bool) -> tuple[np.ndarray, Metadata] | None:
    """The pixels to be written and what goes with them; None if there is nothing to keep."""
    if photo.path is None or photo.reduction > 1 or picture.shape != photo.pixels.shape:
        return None
    try:
        file = open_picture(photo.path, Sentence("photo"))
        stored = _stored(file)
        if stored is not None and not np.array_equal(on_white(stored.srgb), photo.pixels):
            return None  # another photo lies there by now
    except MemoryError:
        return None
    except PRNError:
        return None
    except Exception:  # damaged since: each codec has exceptions of its own
        return None
    size = photo.width, photo.height
    if stored is None:
        # Before decoding the size is all that tells another photo. Of a photo that lies on its
        # side some readers say the size before turning, some that after.
        if sorted(file.image.size) != sorted(size):
            return None
        return picture, metadata_of(file, size, _rgb_profile(file))
    if not png and stored.alpha is not None:  # the format has none: on white, as it is shown
        return picture, metadata_of(file, size, None if stored.space else _rgb_profile(file))
    pixels = _changed(stored, photo.pixels, picture)
    if not png:
        pixels = rounded(pixels)
    icc = stored.space.icc if stored.space is not None else _rgb_profile(file)
    return pixels, metadata_of(file, size, None if file.space and not stored.space else icc)


def _rgb_profile(file: PictureFile) -> bytes | None:
    """The file's profile if it is as good as sRGB and fits RGB pixels."""
    icc = None if file.image is None else file.image.info.get("icc_profile")
    if not icc or file.space is not None or icc[16:20] != b"RGB ":
        return None
    return bytes(icc)


def _stored(file: PictureFile) -> _Stored | None:
    """The file's pixels as they are stored; None if they are plain sRGB of 8 bits."""
    space = file.space
    keeps = space is not None and space.kind == "RGB" and space.icc is not None
    if file.is_deep:
        values = file.deep_values()
        if values is not None:
            inverted = file.page is not None and file.page.min_is_white
            deep = to_16_bits(values, inverted and values.ndim == 2, display=space is None)
            return _deep(deep, space, keeps)
    if file.image is None:
        return None
    alpha = file.image.mode in ("LA", "PA", "RGBA", "La", "RGBa")
    if not (alpha or keeps or "transparency" in file.image.info):
        return None
    if not keeps:
        srgb = srgb_pixels(file)
        return _Stored(srgb[..., :3], srgb[..., 3] if srgb.shape[2] == 4 else None, srgb, None)
    assert space is not None
    image = file.upright_image()
    transparent = alpha or "transparency" in image.info
    colours = np.array(image.convert("RGBA" if transparent else "RGB"))
    converted = space.image_to_srgb(image)
    if converted is None:
        return None
    srgb = np.array(converted)
    return _Stored(colours[..., :3], colours[..., 3] if transparent else None, srgb, space)


def _deep(values: np.ndarray, space: ColourSpace | None, keeps: bool) -> _Stored:
    srgb = deep_to_8_bits(values, space)
    colours = values[..., :3] if values.ndim == 3 else np.repeat(values[..., None], 3, axis=2)
    alpha = values[..., 3] if values.ndim == 3 and values.shape[2] == 4 else None
    if space is not None and not keeps:
        # A space that has no profile to be written with, such as one of grey: as sRGB.
        if space.shaper is not None:
            colours = space.shaper.to_srgb(colours, np.uint16)
        else:
            colours = srgb[..., :3].astype(np.uint16) * 257
    return _Stored(colours, alpha, srgb, space if keeps else None)


def _changed(stored: _Stored, before: Pixels, after: Pixels) -> np.ndarray:
    """The stored pixels with what has changed between two versions of the photo.

    Returns
    -------
    (H, W, 3) or (H, W, 4) of the stored type
    """
    result = stored.colours.copy()
    top = np.iinfo(result.dtype).max
    for rows in bands(*result.shape[:2]):
        difference = after[rows].astype(np.int32) - before[rows]
        if not difference.any():
            continue
        straight = stored.srgb[rows][..., :3]
        if stored.alpha is not None:
            # On white a transparent colour changes by less than itself.
            alpha = stored.srgb[rows][..., 3:].astype(np.float32) / 255
            difference = np.rint(difference / np.maximum(alpha, 1 / 255)).astype(np.int32)
            difference *= alpha > 0
        wanted = np.clip(straight + difference, 0, 255).astype(np.uint8)
        levels = _levels(wanted, stored.space, top) - _levels(straight, stored.space, top)
        result[rows] = np.clip(result[rows] + levels, 0, top)
    return result if stored.alpha is None else np.dstack([result, stored.alpha])


def _levels(srgb: np.ndarray, space: ColourSpace | None, top: int) -> np.ndarray:
    """(h, w, 3) int32: sRGB pixels as values of a colour space, 0..top."""
    values = None if space is None else space.pixels_from_srgb(np.ascontiguousarray(srgb))
    values = srgb if values is None else values
    if top > 255 and values.dtype == np.uint8:
        return values.astype(np.int32) * 257
    if top == 255 and values.dtype == np.uint16:
        return rounded(values).astype(np.int32)
    return values.astype(np.int32)
