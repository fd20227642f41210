"""What kind of file it is, by its first bytes, and what to say of those that are not read."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from PIL import (
    BmpImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ..errors import PhotoError, Sentence
from ..files.safe import shown

try:
    # From Pillow 11.3 on.
    from PIL import AvifImagePlugin
except ImportError:
    AvifImagePlugin = None  # type: ignore[assignment]

READERS: dict[str, Any] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}
"""Pillow's readers by the names of `format_of`.

They are called by name, and no other: hostile files stay away from Pillow's forty others, and
Pillow's own limit of size, which is the same for all programs in a process, does not apply. The
caller checks the size before it decodes.
"""
if AvifImagePlugin is not None:
    READERS["AVIF"] = AvifImagePlugin.AvifImageFile

TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_SAVE = Sentence("save it as JPEG or PNG first")
_EXPORT = Sentence("save a picture of it as JPEG or PNG first")
_DEVELOP = Sentence("develop it, and save it as JPEG or TIFF first")
_TONE_MAP = Sentence("save it as it should look, as JPEG or PNG, first")
_TAKE_STILL = Sentence("save a single picture of it as JPEG or PNG first")

_RAW = Sentence("a camera's raw file")
_MOVIE = Sentence("a movie")
_HEIC = (
    Sentence("a HEIC photo"),
    Sentence(
        "convert it to JPEG first; iPhones take JPEGs where Settings > Camera > Formats says "
        '"Most Compatible"'
    ),
)
_AVIF = (Sentence("an AVIF picture"), Sentence("Pillow 11.3 or later reads it, or save it as JPEG"))
_DRAWING = Sentence("a drawing or a document")
_PROJECT = Sentence("a painting program's own file")
_HDR = Sentence("a Radiance HDR picture")
_EXR = Sentence("an OpenEXR picture")
_JPEG_2000 = Sentence("a JPEG 2000 picture")
_JPEG_XL = Sentence("a JPEG XL picture")
_TGA = (Sentence("a TGA picture"), _SAVE)

_FOREIGN: tuple[tuple[bytes, Sentence, Sentence], ...] = (
    (b"GIF8", Sentence("a GIF"), _SAVE),
    (b"\x76\x2f\x31\x01", _EXR, _TONE_MAP),
    (b"#?RADIANCE", _HDR, _TONE_MAP),
    (b"#?RGBE", _HDR, _TONE_MAP),
    (b"\0\0\0\x0cjP  \r\n\x87\n", _JPEG_2000, _SAVE),
    (b"\xff\x4f\xff\x51", _JPEG_2000, _SAVE),
    (b"\0\0\0\x0cJXL \r\n\x87\n", _JPEG_XL, _SAVE),
    (b"\xff\x0a", _JPEG_XL, _SAVE),
    (b"FUJIFILMCCD-RAW", _RAW, _DEVELOP),
    (b"IIRO", _RAW, _DEVELOP),
    (b"IIRS", _RAW, _DEVELOP),
    (b"MMOR", _RAW, _DEVELOP),
    (b"IIU\0", _RAW, _DEVELOP),
    (b"FOVb", _RAW, _DEVELOP),
    (b"\0MRM", _RAW, _DEVELOP),
    (b"8BPS", _PROJECT, _EXPORT),
    (b"gimp xcf", _PROJECT, _EXPORT),
    (b"DDS ", Sentence("a DDS texture"), _SAVE),
    (b"%PDF", _DRAWING, _EXPORT),
    (b"%!PS", _DRAWING, _EXPORT),
    (b"BLENDER", Sentence("a .blend file"), _EXPORT),
    (b"\x1a\x45\xdf\xa3", _MOVIE, _TAKE_STILL),
)
"""How files begin that people take for photos, what they are, and what helps."""

# Suffixes of raw files that are built like TIFFs.
_RAW_SUFFIXES = frozenset(
    {".dng", ".nef", ".nrw", ".cr2", ".arw", ".srf", ".sr2", ".pef", ".srw", ".3fr", ".fff", ".iiq",
     ".erf", ".mef", ".mos", ".dcr", ".kdc"}
)  # fmt: skip

# Brands of the ISO base media format (ISO 14496-12): what an "ftyp" box calls the file.
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_RAW_BRAND = b"crx "


def format_of(data: bytes) -> str | None:
    """The name of a file's format in `READERS`, by its first bytes; None if it has none."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(TIFF_STARTS):
        return "TIFF"
    if data.startswith(b"BM"):
        return "BMP"
    if _brands(data) & _AVIF_BRANDS and "AVIF" in READERS:
        return "AVIF"
    return None


def not_read(data: bytes, path: Any) -> PhotoError:
    """The error for a file that `format_of` does not know.

    Parameters
    ----------
    data : bytes
        The file's content.
    path : Path
        For the message, and for its suffix where the content tells nothing.

    Returns
    -------
    PhotoError
        One sentence: what the file is, where that can be told, and what helps.
    """
    found = _foreign(data, path.suffix.lower())
    if found is None:
        return PhotoError(
            "{path} is not a picture that can be read; JPEG, PNG, WebP, TIFF, BMP and AVIF can.",
            path=shown(path),
        )
    return foreign_error(path, *found)


def is_raw_name(path: Any) -> bool:
    """Whether a file that is built like a TIFF is a camera's raw file by its suffix."""
    return path.suffix.lower() in _RAW_SUFFIXES


def raw_error(path: Any) -> PhotoError:
    """The error for a raw file that looks like a TIFF."""
    return foreign_error(path, _RAW, _DEVELOP)


def foreign_error(path: Any, what: Sentence, advice: Sentence) -> PhotoError:
    """The error for a file of a known kind that is not read."""
    return PhotoError(
        "{path} is not a picture that can be read here but {what}; {advice}.",
        path=shown(path),
        what=what,
        advice=advice,
    )


def _foreign(data: bytes, suffix: str) -> tuple[Sentence, Sentence] | None:
    for start, what, advice in _FOREIGN:
        if data.startswith(start):
            return what, advice
    brands = _brands(data)
    if brands & _AVIF_BRANDS:
        return _AVIF
    if _RAW_BRAND in brands:
        return _RAW, _DEVELOP
    if brands & _HEIC_BRANDS:
        return _HEIC
    if brands:
        return _MOVIE, _TAKE_STILL
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return Sentence("a web page"), Sentence("download the picture itself")
    if start.startswith((b"<svg", b"<?xml")) and b"<svg" in start:
        return _DRAWING, _EXPORT
    # A TGA has no sign at its start, and need not have one at its end.
    if data.endswith(b"TRUEVISION-XFILE.\0") or suffix in (".tga", ".vda", ".icb", ".vst"):
        return _TGA
    return None


def _brands(data: bytes) -> set[bytes]:
    """What the "ftyp" box at the start of a file calls it; empty if there is none."""
    if data[4:8] != b"ftyp":
        return set()
    size = min(int.from_bytes(data[:4], "big"), 256)
    # The second group of four bytes is a version.
    return {data[8:12]} | {data[at : at + 4] for at in range(16, size - 3, 4)}
