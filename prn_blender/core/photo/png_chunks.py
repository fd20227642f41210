"""The chunks of a PNG that matter to its picture; the others are left away before it is read.

Programs write whatever they like into a PNG: whole workflows as text, previews, animations. Pillow
refuses a picture for text of more than a megabyte, or for a wrong checksum in any chunk, though
nothing of that is a pixel.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import zlib
from dataclasses import dataclass

_SIGNATURE = 8
_FRAME = 12  # bytes of a chunk around its data: length, name, checksum

# Chunks beside the critical ones (whose name begins with a capital) that say how pixels are meant,
# how large they are, or which way is up.
_MEANT = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"pHYs", b"eXIf"})
_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}

# Keys of text chunks that hold EXIF (ImageMagick) or XMP, either of which may say which way is up.
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_TEXT_KEYS = (b"XML:com.adobe.xmp\0", b"Raw profile type exif\0", b"Raw profile type APP1\0")
_MAX_TEXT = 2**16
"""Largest text that is kept, as stored, bytes. EXIF has no more."""
_MAX_UNPACKED = 2**20
"""Pillow refuses a picture for a text or profile that is larger than this when unpacked."""
_MAX_PROFILE = 2**23
"""Largest colour profile that is used, bytes. Those of printers have some two megabytes."""


@dataclass(frozen=True)
class PngChunks:
    """A PNG without what is not needed.

    Attributes
    ----------
    data : bytes
        A PNG file.
    profile : bytes or None
        Its ICC profile, if Pillow would refuse the file for it; `data` is without it then.
    whole : bool
        All chunks are as long as they say, to the end. Of one that is not OpenCV believes what it
        says, and makes room for 2 GB.
    """

    data: bytes
    profile: bytes | None = None
    whole: bool = True


def needed_chunks(data: bytes) -> PngChunks:
    """Leave away what is not needed to read the picture of a PNG.

    Parameters
    ----------
    data : bytes
        The file, which may be damaged.

    Returns
    -------
    PngChunks
        Chunks that are needed are as they were: the reader finds the damage in them.
    """
    view = memoryview(data)
    kept = [view[:_SIGNATURE]]
    profile, moved, whole = None, False, False
    at, pixels = _SIGNATURE, 0
    while at + _FRAME <= len(data):
        length = int.from_bytes(view[at : at + 4], "big")
        end = at + _FRAME + length
        name = bytes(view[at + 4 : at + 8])
        critical = name[:1].isupper()
        if end > len(data):  # cut off: the reader says so
            kept.append(view[at:])
            at = len(data)
            break
        body = view[at + 8 : end - 4]
        if critical:
            if name == b"IDAT" and not pixels:
                pixels = len(kept)
            kept.append(view[at:end])
        elif _is_wanted(name, body) and _is_whole(view[at:end]):
            if name == b"iCCP" and _unpacked(body, _MAX_UNPACKED) is None:
                profile = _unpacked(body, _MAX_PROFILE)
            else:
                # Before the pixels, so that the reader knows all when it has opened the file.
                kept.insert(pixels or len(kept), view[at:end])
                moved |= bool(pixels)
        at = end
        if name == b"IEND":
            whole = True
            break
    if not moved and sum(map(len, kept)) == len(data):
        return PngChunks(data, None, whole)
    return PngChunks(b"".join(kept), profile, whole)


def _is_wanted(name: bytes, body: memoryview) -> bool:
    if name in _MEANT:
        return len(body) == _LENGTHS.get(name, len(body))
    if name not in _TEXT or len(body) > _MAX_TEXT:
        return False
    if not bytes(body[:32]).startswith(_TEXT_KEYS):
        return False
    return name == b"tEXt" or _unpacked_text(name, bytes(body))


def _is_whole(chunk: memoryview) -> bool:
    """Whether the checksum is right; a decoder may leave an ancillary chunk away if not."""
    return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")


def _unpacked_text(name: bytes, body: bytes) -> bool:
    """Whether a compressed text is small enough."""
    rest = body.split(b"\0", 1)[1]
    if name == b"iTXt":
        if rest[:1] != b"\1":
            return True  # not compressed
        rest = [*rest[2:].split(b"\0", 2), b"", b""][2]
    else:
        rest = rest[1:]
    return _inflated(rest, _MAX_UNPACKED) is not None


def _unpacked(body: memoryview, limit: int) -> bytes | None:
    """The profile in an iCCP chunk; None if it is larger than `limit` bytes."""
    name_end = bytes(body[:80]).find(b"\0")
    return _inflated(bytes(body[name_end + 2 :]), limit)


def _inflated(packed: bytes, limit: int) -> bytes | None:
    """What was compressed, up to damage in it; None if it is larger than `limit` bytes."""
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(packed, limit + 1)
    except zlib.error:
        return b""
    return None if len(found) > limit else found
