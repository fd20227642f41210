"""What a picture file says beside its pixels, from the photo that was read to the one written."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import io
import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from PIL import Image

from .exif import EXIF_IFD, ORIENTATION
from .picture_file import PictureFile

# Tags of Exif 2.32.
_COLOR_SPACE = 0xA001
_WIDTH, _HEIGHT = 0xA002, 0xA003
_MAKER_NOTE = 0x927C
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
_SRGB = 1
_INCHES = {2: 1.0, 3: 2.54}

# Tags of a TIFF that say how its own pixels are stored, or that hold what is kept otherwise: of the
# picture that is written they would be wrong.
_STORAGE = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288,
     289, 290, 291, 292, 293, 297, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 330, 332, 333,
     334, 336, 337, 338, 339, 340, 341, 342, 343, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521,
     529, 530, 531, 532, 559, 700, 33723, 34377, 34675, 37724}
)  # fmt: skip

_SEGMENT = 65533
"""Bytes that a segment of a JPEG can hold."""
_ICC_PART = _SEGMENT - 14
_METRE = 0.0254
_DPI = (1.0, 65535.0)


@dataclass(frozen=True)
class Metadata:
    """What goes into a written picture beside its pixels.

    Attributes
    ----------
    exif : bytes or None
        A TIFF structure as JPEG and PNG hold it, its picture upright, without a preview.
    short_exif : bytes or None
        The same without the camera's own notes: a JPEG holds 64 KB.
    icc : bytes or None
        The ICC profile of the pixels that are written.
    dpi : (float, float) or None
        Pixels per inch, across and down.
    """

    exif: bytes | None = None
    short_exif: bytes | None = None
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None


def metadata_of(file: PictureFile, size: tuple[int, int], icc: bytes | None) -> Metadata:
    """Find what is to be kept of a picture file.

    Parameters
    ----------
    file : PictureFile
    size : (int, int)
        Width and height of the upright picture, pixels.
    icc : bytes or None
        The ICC profile of the pixels that are written; sRGB without one.
    """
    exif, short, dpi = None, None, None
    with contextlib.suppress(Exception):  # damaged EXIF must not cost the user the picture
        tags = _tags(file)
        dpi = _dpi(file, tags)
        exif = _exif_bytes(tags, size, icc is None)
        if EXIF_IFD in tags:
            tags.get_ifd(EXIF_IFD).pop(_MAKER_NOTE, None)
        short = _exif_bytes(tags, size, icc is None)
    if dpi is not None and file.orientation >= 5:
        dpi = dpi[::-1]
    return Metadata(exif, short, icc, dpi)


def with_metadata(data: bytes, suffix: str, metadata: Metadata) -> bytes:
    """Put metadata into an encoded picture.

    Parameters
    ----------
    data : bytes
        A PNG or JPEG file as `encode_image` makes it.
    suffix : {".png", ".jpg", ".jpeg"}
    metadata : Metadata
        What the format cannot hold is left away.
    """
    return _png_with(data, metadata) if suffix == ".png" else _jpeg_with(data, metadata)


def _tags(file: PictureFile) -> Any:
    if file.image is not None:
        return Image.Image.getexif(file.image)
    exif = Image.Exif()
    exif.bigtiff = file.data[2:4] in (b"+\0", b"\0+")
    exif.endian = "<" if file.data[:2] == b"II" else ">"
    assert file.page is not None
    exif.load_from_fp(io.BytesIO(file.data), file.page.at)
    return exif


def _exif_bytes(tags: Any, size: tuple[int, int], srgb: bool) -> bytes | None:
    for tag in _STORAGE:
        tags.pop(tag, None)
    if ORIENTATION in tags:
        tags[ORIENTATION] = 1
    # Asking for a block makes one where there is none.
    inner = tags.get_ifd(EXIF_IFD) if EXIF_IFD in tags else {}
    for tag, side in ((_WIDTH, size[0]), (_HEIGHT, size[1])):
        if tag in inner:
            inner[tag] = side
    if srgb and _COLOR_SPACE in inner:
        inner[_COLOR_SPACE] = _SRGB
    if not len(tags):
        return None
    return bytes(tags.tobytes()).removeprefix(b"Exif\0\0")


def _dpi(file: PictureFile, tags: Any) -> tuple[float, float] | None:
    if file.image is not None:
        found = file.image.info.get("dpi")
    else:
        inches = _INCHES.get(tags.get(_RESOLUTION_UNIT, 2))
        found = None
        if inches and _X_RESOLUTION in tags:
            across = tags[_X_RESOLUTION]
            found = (across * inches, tags.get(_Y_RESOLUTION, across) * inches)
    if found is None:
        return None
    across, down = float(found[0]), float(found[1])
    sound = all(math.isfinite(v) and _DPI[0] < v <= _DPI[1] for v in (across, down))
    return (across, down) if sound else None


def _png_with(data: bytes, metadata: Metadata) -> bytes:
    chunks = b""
    if metadata.icc is not None:
        chunks += _chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(metadata.icc))
    if metadata.dpi is not None:
        per_metre = [round(v / _METRE) for v in metadata.dpi]
        chunks += _chunk(b"pHYs", struct.pack(">IIB", *per_metre, 1))
    if metadata.exif is not None:
        chunks += _chunk(b"eXIf", metadata.exif)
    # After the header, which has a fixed length, and so before the pixels.
    return data[:33] + chunks + data[33:]


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _jpeg_with(data: bytes, metadata: Metadata) -> bytes:
    head = bytearray(data[:20])
    if head[2:4] != b"\xff\xe0":  # no JFIF segment: nothing that we have written
        return data
    if metadata.dpi is not None:
        head[13] = 1  # per inch
        head[14:18] = struct.pack(">HH", *(max(1, round(v)) for v in metadata.dpi))
    segments = b""
    for exif in (metadata.exif, metadata.short_exif):
        if exif is not None and len(exif) + 6 <= _SEGMENT:
            segments += _segment(0xE1, b"Exif\0\0" + exif)
            break
    if metadata.icc is not None:
        parts = [metadata.icc[at : at + _ICC_PART] for at in range(0, len(metadata.icc), _ICC_PART)]
        if len(parts) < 256:
            for number, part in enumerate(parts, 1):
                start = b"ICC_PROFILE\0" + bytes([number, len(parts)])
                segments += _segment(0xE2, start + part)
    return bytes(head) + segments + data[20:]


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
