"""Read a movie file frame by frame, by OpenCV's FFmpeg.

OpenCV's reader, and not PyAV's, because OpenCV is there already: its wheels carry FFmpeg for every
platform of the extension, and PyAV would add 30 MB of the same libraries to each. It turns frames
upright, tells each frame's own time, and seeks to a frame exactly.

FFmpeg looks at a file's content, whatever its name. A text file could be a list of other files, or
of addresses in the network, which it would open; so only the containers below go to it at all.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import PhotoError
from ..files.safe import reason, shown
from ..native import quietly
from ..typed import Pixels
from .picture_file import check_size

MAX_FRAMES = 200_000
"""Most frames of a movie: nearly two hours at 30 frames a second."""
_MAX_RATE = 1000.0
"""Frames a second: what says more does not know."""
_FRAME_PIXELS = 8192 * 4320
"""Largest frame: 8K. Three or four frames are in memory at once."""
_HEAD = 400
"""Bytes of a file that are looked at: two packets of an MPEG transport stream."""
_PACKETS = ((0, 188), (4, 192))
"""Where the first sync byte of an MPEG transport stream is, and its packets' length."""
_SYNC = 0x47
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""What an MP4 or QuickTime file begins with, after four bytes of length."""
_STARTS = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"\0\0\1\xba",  # MPEG program stream
    b"\0\0\1\xb3",  # MPEG video
    b"FLV\x01",
    b"OggS",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF: WMV
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01",  # MXF
)


@dataclass(frozen=True)
class Movie:
    """What a movie file says of itself.

    Attributes
    ----------
    path : Path
    width, height : int
        Of its upright frames, pixels.
    rate : float
        Frames a second, on average.
    count : int
        Frames, as the file says; it may be wrong. 0 where it does not say.
    """

    path: Path
    width: int
    height: int
    rate: float
    count: int

    def frames(
        self, start: int = 0, stop: int | None = None, step: int = 1
    ) -> Iterator[tuple[int, float, Pixels]]:
        """Decode frames, one after the other; memory does not grow.

        Parameters
        ----------
        start, stop, step : int
            As in `range`, counted from 0; `stop` is None for the end.

        Yields
        ------
        number : int
        seconds : float
            The frame's own time, counted from the first frame.
        pixels : (H, W, 3) uint8
            sRGB, red first, upright.

        Raises
        ------
        PhotoError
            The file is gone, or none of the frames can be decoded.
        """
        capture = _opened(self.path)
        try:
            number = _at(capture, start, self.path)
            while stop is None or number < stop:
                if number >= MAX_FRAMES or not _grabbed(capture):
                    return
                if (number - start) % step == 0:
                    pixels = _retrieved(capture)
                    if pixels is None:
                        return
                    if pixels.shape[:2] == (self.height, self.width):
                        yield number, self._seconds(capture, number), pixels
                number += 1
        finally:
            capture.release()

    def _seconds(self, capture: Any, number: int) -> float:
        """The time of the frame that was grabbed last; by the frame rate where it has none."""
        found = float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
        usable = np.isfinite(found) and found >= 0 and (found > 0 or number == 0)
        return found if usable else number / self.rate


@quietly
def open_movie(path: Path) -> Movie:
    """Open a movie file, decode its first frame, and close it again.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Movie

    Raises
    ------
    PhotoError
        No such file, no movie, damaged, or with frames of a size out of bounds.
    """
    capture = _opened(path)
    try:
        # Asked before anything of that size is allocated by us.
        width, height = (
            int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        if width * height > _FRAME_PIXELS:
            raise PhotoError(
                "{path} has frames of {width} x {height} pixels; the limit is 8192 x 4320. Scale "
                "it down first.",
                path=shown(path),
                width=width,
                height=height,
            )
        rate = float(capture.get(cv2.CAP_PROP_FPS))
        count = float(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        pixels = _retrieved(capture) if _grabbed(capture) else None
    finally:
        capture.release()
    if pixels is None:
        raise PhotoError(
            "{path} has no frame that can be decoded: it is damaged or incomplete, or its codec "
            "is unknown here. Convert it to MP4 with H.264 first.",
            path=shown(path),
        )
    # What was decoded is upright; the size that was asked for may be that before the turn.
    height, width = pixels.shape[:2]
    check_size(width, height, shown(path))
    if not (np.isfinite(rate) and 0 < rate <= _MAX_RATE):
        raise PhotoError(
            "{path} does not say how many frames a second it has; say it yourself.",
            path=shown(path),
        )
    known = np.isfinite(count) and 0 < count <= MAX_FRAMES
    return Movie(path, width, height, rate, int(count) if known else 0)


def _opened(path: Path) -> Any:
    """A `cv2.VideoCapture`; PhotoError where the file is no movie."""
    try:
        if not path.is_file():
            raise PhotoError("The movie {path} does not exist.", path=shown(path))
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except (OSError, ValueError) as e:  # ValueError: a null byte in the path
        why = reason(e) if isinstance(e, OSError) else str(e)
        raise PhotoError(
            "The movie {path} cannot be read: {why}.", path=shown(path), why=why
        ) from e
    if not _is_movie(head):
        raise PhotoError(
            "{path} is no movie of a kind that is read, such as MP4, QuickTime, Matroska or AVI.",
            path=shown(path),
        )
    # Absolute, so that no name can be taken for the address of a protocol.
    capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise PhotoError(
            "{path} is a damaged or incomplete movie, or one of a kind that is unknown here.",
            path=shown(path),
        )
    with contextlib.suppress(cv2.error):
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def _is_movie(head: bytes) -> bool:
    if head[4:8] in _BOXES or head.startswith(_STARTS):
        return True
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return True
    return any(
        len(head) > first + length and head[first] == head[first + length] == _SYNC
        for first, length in _PACKETS
    )


def _at(capture: Any, start: int, path: Path) -> int:
    """Go to a frame, so that it is grabbed next; returns its number.

    Raises
    ------
    PhotoError
        The movie has no such frame.
    """
    if start > 0:
        capture.set(cv2.CAP_PROP_POS_FRAMES, start)
        if round(capture.get(cv2.CAP_PROP_POS_FRAMES)) == start:
            return start
        # A file without an index: from its beginning.
        capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
        if round(capture.get(cv2.CAP_PROP_POS_FRAMES)) != 0:
            capture.open(str(path.absolute()), cv2.CAP_FFMPEG)
        for number in range(start):
            if not _grabbed(capture):
                raise PhotoError(
                    "{path} ends at frame {number}, before frame {start}, the first one asked for.",
                    path=shown(path),
                    number=number,
                    start=start,
                )
    return start


def _grabbed(capture: Any) -> bool:
    try:
        return bool(capture.grab())
    except cv2.error:  # damaged data
        return False


def _retrieved(capture: Any) -> Pixels | None:
    try:
        done, pixels = capture.retrieve()
    except cv2.error:
        return None
    if not done or pixels is None or pixels.ndim != 3 or pixels.shape[2] != 3:
        return None
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
