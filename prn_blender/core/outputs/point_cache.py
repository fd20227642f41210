"""A mesh that moves as a file: PC2, which Blender's *Mesh Cache* modifier, 3ds Max and Maya read.

A header (12 bytes that name the format, version, points, first frame, frames a sample, samples;
little-endian), then x, y, z of every point for each sample, 32-bit floats. No frame is kept in
memory but the two beside the one that is written.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from ..errors import OptionError, OutputError
from ..files.safe import replacing, shown
from ..typed import Points

SUFFIX = ".pc2"
_HEADER = struct.Struct("<12siiffi")
_MAGIC, _VERSION = b"POINTCACHE2\0", 1


def write_point_cache(
    path: Path, samples: Iterator[Points], length: int
) -> Generator[int, None, None]:
    """Write samples as they come; until the last one is written, an older file stays.

    Parameters
    ----------
    path : Path
    samples : iterator of (V, 3) float32
        Of one frame after the other.
    length : int
        How many there are, at least 1.

    Yields
    ------
    int
        How many are written. Closed before the end, nothing is.

    Raises
    ------
    OptionError
        There are none.
    OutputError
        The file cannot be written, or another kind of file has that name.
    """
    if path.is_file() and not _is_cache(path):
        raise OutputError(
            "{path} is there already, and not from here; choose another folder.", path=shown(path)
        )
    with replacing(path) as temporary, temporary.open("wb") as file:
        written = 0
        for points in samples:
            if not written:
                file.write(_HEADER.pack(_MAGIC, _VERSION, len(points), 0.0, 1.0, length))
            file.write(np.ascontiguousarray(points, "<f4").tobytes())
            written += 1
            yield written
        if written != length:
            raise OptionError("No frame shows the person's face.")


def _is_cache(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def at_whole_frames(
    moving: Iterator[tuple[int, Points]], frames: np.ndarray, starts: np.ndarray
) -> Iterator[Points]:
    """A moving mesh at each whole frame, from the first to the last.

    Parameters
    ----------
    moving : iterator of (index, (V, 3) float32)
        Index into `frames`, increasing. What is between them is where it would be halfway.
    frames : (T,) float
        Increasing.
    starts : (T,) bool
        What is before such a frame stays as it was until then: there is a cut.

    Yields
    ------
    (V, 3) float32
        For each whole frame from `frames[0]` to `frames[-1]`, nothing if there is no sample.
    """
    end = whole_frames(frames)
    due = 0
    last: tuple[float, int, Points] | None = None
    for index, points in moving:
        at = float(frames[index] - frames[0])
        while last is not None and due < min(at, end):
            before, from_index, old = last
            cut = bool(starts[from_index + 1 : index + 1].any())
            share = 0.0 if cut else (due - before) / (at - before)
            yield old if share <= 0 else (old + np.float32(share) * (points - old))
            due += 1
        if last is None:
            while due < at:
                yield points
                due += 1
        last = at, index, points
    while last is not None and due < end:
        yield last[2]
        due += 1


def whole_frames(frames: np.ndarray) -> int:
    """How many samples `at_whole_frames` yields: whole frames from the first to the last."""
    return int(np.floor(frames[-1] - frames[0] + 1e-6)) + 1
