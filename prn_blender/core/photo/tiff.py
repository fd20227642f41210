"""TIFF files: their pages, raw files that look like them, and pixels that Pillow does not read."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

# Tags of TIFF 6.0, TIFF/EP and DNG.
_SUBFILE_TYPE = 254
_WIDTH = 256
_HEIGHT = 257
_BITS = 258
_PHOTOMETRIC = 262
_SUB_IFDS = 330
_SAMPLE_FORMAT = 339
_ICC_PROFILE = 34675
_DNG_VERSION = 50706

_MIN_IS_WHITE = 0
_MASK = 4  # a bit of the subfile type, and the number of a photometric interpretation
_RAW_PHOTOMETRIC = (32803, 34892)  # a colour filter's values, and such values for each channel
_FLOAT = 3

# Bytes of the types of values that are read: BYTE, UNDEFINED, SHORT, LONG, IFD, and BigTIFF's two.
_BYTES = {1: 1, 7: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8}
_SHORT = 3
_LONG = 4

# Entries of a directory that are looked at. Real files have a few dozen.
_ENTRIES = 200
# Pages that are looked at.
_PAGES = 100
# Values of an entry that are looked at.
_VALUES = 16
_MAX_PROFILE = 2**23


@dataclass(frozen=True)
class _Entry:
    kind: int
    count: int
    place: int
    """Where its values are in the file, bytes."""


@dataclass(frozen=True)
class Page:
    """One picture of a TIFF.

    Attributes
    ----------
    at : int
        Where its directory is in the file, bytes.
    width, height : int
        Pixels; 0 where they are not plain numbers.
    bits, photometric, sample_format : int
        As TIFF 6.0 numbers them.
    mask : bool
        It is no picture, but says where another one is transparent.
    first : bool
        It is the one that programs show.
    format_place, profile_place : (int, int)
        Where the values of these two tags are, bytes, and how many.
    """

    at: int
    width: int
    height: int
    bits: int
    photometric: int
    sample_format: int
    mask: bool
    first: bool
    format_place: tuple[int, int]
    profile_place: tuple[int, int]

    @property
    def min_is_white(self) -> bool:
        """Whether 0 is white."""
        return self.photometric == _MIN_IS_WHITE


class Tiff:
    """The directories of a TIFF file.

    Parameters
    ----------
    data : bytes
        The file, which may be damaged or hostile; it begins as TIFFs do.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = "<" if data[:2] == b"II" else ">"
        self._big = data[2:4] in (b"+\0", b"\0+")
        self._raw = data[8:10] == b"CR"  # Canon's sign
        self.pages: list[Page] = []
        self._walk()

    @property
    def is_raw(self) -> bool:
        """Whether it is a camera's raw file: what looks like a photo in it is a preview."""
        return self._raw

    @property
    def largest(self) -> Page | None:
        """The page with the most pixels, of equal ones the first; None if there is none."""
        real = [p for p in self.pages if p.width and p.height and not p.mask]
        return max(real, key=lambda p: p.width * p.height, default=None)

    def starting_with(self, page: Page) -> bytes:
        """The file with another page as its first, which is the one that readers read."""
        if page.first:
            return self._data
        if self._big:
            return self._data[:8] + struct.pack(self._order + "Q", page.at) + self._data[16:]
        return self._data[:4] + struct.pack(self._order + "I", page.at) + self._data[8:]

    def profile(self, page: Page) -> bytes | None:
        """The ICC profile of a page."""
        place, length = page.profile_place
        return self._data[place : place + length] if 0 < length <= _MAX_PROFILE else None

    def _walk(self) -> None:
        """Find the pages: one after the other, each followed by those inside it."""
        first = self._integer(8, 8) if self._big else self._integer(4, 4)
        waiting = [first]
        seen: set[int] = set()
        while waiting and len(seen) < _PAGES:
            at = waiting.pop(0)
            if at in seen or not 8 <= at < len(self._data) - 2:
                continue
            seen.add(at)
            entries, following = self._directory(at)
            if entries is None:
                continue
            self.pages.append(self._page(at, entries))
            inside = self._integers(entries.get(_SUB_IFDS))
            # 0 ends the chain.
            waiting = inside + waiting + ([following] if following else [])
            self._raw |= _DNG_VERSION in entries
            self._raw |= self.pages[-1].photometric in _RAW_PHOTOMETRIC

    def _directory(self, at: int) -> tuple[dict[int, _Entry] | None, int]:
        """The entries of a directory, None if one is there twice; and where the next one is."""
        head, entry, inline = (8, 20, 8) if self._big else (2, 12, 4)
        count = self._integer(at, head)
        entries: dict[int, _Entry] = {}
        plain = True
        for start in range(at + head, at + head + entry * min(count, _ENTRIES), entry):
            tag, kind = self._integer(start, 2), self._integer(start + 2, 2)
            number = self._integer(start + 4, inline)
            place = start + 4 + inline
            if _BYTES.get(kind, 1) * number > inline:
                place = self._integer(place, inline)
            # Of repeated entries readers take one or the other.
            plain &= tag not in entries
            entries[tag] = _Entry(kind, number, place)
        following = self._integer(at + head + entry * count, inline)
        return (entries if plain else None), following

    def _page(self, at: int, entries: dict[int, _Entry]) -> Page:
        def first(tag: int, default: int = 0) -> int:
            return (self._integers(entries.get(tag)) or [default])[0]

        def side(tag: int) -> int:
            # The decoder could read an unusual entry as another size than we do.
            found = entries.get(tag)
            plain = found is not None and found.kind in (_SHORT, _LONG) and found.count == 1
            return first(tag) if plain else 0

        def place(tag: int) -> tuple[int, int]:
            found = entries.get(tag)
            return (found.place, found.count) if found is not None else (0, 0)

        photometric = first(_PHOTOMETRIC, -1)
        return Page(
            at=at,
            width=side(_WIDTH),
            height=side(_HEIGHT),
            bits=first(_BITS, 1),
            photometric=photometric,
            sample_format=first(_SAMPLE_FORMAT, 1),
            first=not self.pages,
            mask=bool(first(_SUBFILE_TYPE) & _MASK) or photometric == _MASK,
            format_place=place(_SAMPLE_FORMAT),
            profile_place=place(_ICC_PROFILE),
        )

    def _integers(self, entry: _Entry | None) -> list[int]:
        """The first values of an entry, if they are whole numbers."""
        if entry is None or entry.kind not in _BYTES:
            return []
        size = _BYTES[entry.kind]
        places = range(entry.place, entry.place + size * min(entry.count, _VALUES), size)
        return [self._integer(place, size) for place in places]

    def _integer(self, start: int, length: int) -> int:
        order: Any = "little" if self._order == "<" else "big"
        return int.from_bytes(self._data[start : start + length], order)


def decode_deep(data: bytes, page: Page) -> np.ndarray | None:
    """Decode a TIFF of 16 bits or floats by OpenCV, for Pillow reads grey ones only.

    Parameters
    ----------
    data : bytes
        The file; `page` is its first.
    page : Page
        Its size has been checked: OpenCV decodes a picture of any size.

    Returns
    -------
    (H, W), (H, W, 3) or (H, W, 4) uint8, uint16 or float32; or None
        Upright, blue first. None if OpenCV does not read it.
    """
    half = page.sample_format == _FLOAT and page.bits == 16
    if half:
        data = _as_integers(data, page)
    try:
        values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if values is None or (half and values.dtype != np.uint16):
        return None
    if half:
        values = values.view(np.float16)
    if values.dtype in (np.float16, np.float64):
        values = values.astype(np.float32)
    if values.dtype not in (np.uint8, np.uint16, np.float32):
        return None
    return values


def _as_integers(data: bytes, page: Page) -> bytes:
    """A TIFF of half floats that says it holds integers of 16 bits, which OpenCV reads."""
    place, count = page.format_place
    changed = bytearray(data)
    order = "<" if data[:2] == b"II" else ">"
    for at in range(place, place + 2 * min(count, _VALUES), 2):
        if at + 2 <= len(changed):
            changed[at : at + 2] = struct.pack(order + "H", 1)
    return bytes(changed)
