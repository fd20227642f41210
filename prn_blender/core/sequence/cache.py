"""What was seen in a shot's frames, in a file: work that was stopped goes on where it was.

The file grows by a record for each frame, with its length and checksum before it, so that a
program that was killed costs the last record at most. A head line says what it was made of; where
anything of that is another one today, it is begun anew. It holds numbers only.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np

from ..errors import OutputError
from ..files.safe import reason, shown
from ..photo.frames import FrameRange, Shot
from ..photo.movie import MAX_FRAMES
from .observation import LOOK, FaceLooker, Observation
from .tracker import MAX_PEOPLE, Seen

_MAGIC = b"PRN frames 1\n"
_DIGEST = 64
"""Characters of the head line after the magic one."""
_BEFORE = struct.Struct("<II")
"""Length and CRC-32 of a record; length 0 ends the file: the shot has no further frames."""
_FRAME = struct.Struct("<idBB")
"""Number, seconds, whether it is a cut, and how many people follow."""
_PERSON = struct.Struct("<H")
_MOST_PEOPLE = 4096
"""People in a whole shot: more are no people."""


class SeenCache:
    """A file of `Seen`s; a context manager that closes it.

    Parameters
    ----------
    path : Path or None
        None keeps nothing.
    shot : Shot
    wanted : FrameRange
    looker : FaceLooker
    most : int
        What else the results depend on.

    Attributes
    ----------
    seen : list of Seen
        What the file had, in the order of the frames.
    is_whole : bool
        Whether that is all there is.

    Raises
    ------
    OutputError
        The file cannot be written, or is another program's.
    """

    def __init__(
        self, path: Path | None, shot: Shot, wanted: FrameRange, looker: FaceLooker, most: int
    ) -> None:
        self._path, self._file = path, None
        self._sizes = _sizes(looker)
        self.seen: list[Seen] = []
        self._known = 0  # people so far
        self.is_whole = False
        if path is None:
            return
        head = _MAGIC + _digest(shot, wanted, looker, most).encode() + b"\n"
        try:
            file: BinaryIO = path.open("r+b") if path.is_file() else path.open("w+b")
            self._file = file
            begins = file.read(len(head))
            if not _MAGIC.startswith(begins[: len(_MAGIC)]):
                raise OutputError(
                    "{path} is another program's file and stays as it is; move it, or write "
                    "elsewhere.",
                    path=shown(path),
                )
            if begins != head:
                file.seek(0)
                file.truncate()
                file.write(head)
            else:
                self._read(file, len(head))
        except OutputError:
            self.close()
            raise
        except (OSError, ValueError) as e:  # ValueError: a null byte
            self.close()
            raise self._error(e) from e

    def __enter__(self) -> SeenCache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, seen: Seen) -> None:
        """Write what was seen in the next frame."""
        self._write(_packed(seen))

    def finish(self) -> None:
        """Note that the shot has no further frames."""
        self._write(b"")

    def close(self) -> None:
        """Close the file; what the system has not written yet is lost, and looked at again."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _write(self, record: bytes) -> None:
        if self._file is None:
            return
        try:
            self._file.write(_BEFORE.pack(len(record), zlib.crc32(record)) + record)
            if not record:
                self._file.flush()
        except OSError as e:
            self.close()
            raise self._error(e) from e

    def _error(self, error: Exception) -> OutputError:
        why = reason(error) if isinstance(error, OSError) else str(error)
        return OutputError(
            "{path} cannot be written: {why}.", path=shown(self._path or ""), why=why
        )

    def _read(self, file: BinaryIO, at: int) -> None:
        """Read records up to the first one that is not whole, and cut the file there."""
        longest = _FRAME.size + MAX_PEOPLE * (_PERSON.size + self._bytes)
        while len(self.seen) < MAX_FRAMES:
            before = file.read(_BEFORE.size)
            if len(before) < _BEFORE.size:
                break
            length, check = _BEFORE.unpack(before)
            if length == 0:
                self.is_whole = check == 0
                break
            record = file.read(length) if length <= longest else b""
            if len(record) < length or zlib.crc32(record) != check:
                break
            seen = self._unpacked(record)
            if seen is None or (self.seen and seen.number <= self.seen[-1].number):
                break
            self.seen.append(seen)
            at = file.tell()
        file.seek(at)
        file.truncate()

    @property
    def _bytes(self) -> int:
        """Of an observation."""
        return 4 * sum(math.prod(size) for size in self._sizes) + 4 + 3 * LOOK**2

    def _unpacked(self, record: bytes) -> Seen | None:
        """What a record says; None if it is none of ours."""
        if len(record) < _FRAME.size:
            return None
        number, seconds, is_cut, count = _FRAME.unpack_from(record)
        if len(record) != _FRAME.size + count * (_PERSON.size + self._bytes) or number < 1:
            return None
        people, observations = [], []
        at = _FRAME.size
        for _ in range(count):
            people.append(_PERSON.unpack_from(record, at)[0])
            at += _PERSON.size
            values = []
            for size in self._sizes:
                length = math.prod(size)
                values.append(np.frombuffer(record, "<f4", length, at).reshape(size))
                at += 4 * length
            confidence = float(np.frombuffer(record, "<f4", 1, at)[0])
            look = np.frombuffer(record, np.uint8, 3 * LOOK**2, at + 4).reshape(LOOK, LOOK, 3)
            at += 4 + 3 * LOOK**2
            finite = all(np.isfinite(value).all() for value in values)
            if not finite or not 0 <= confidence <= 1 or people[-1] >= _MOST_PEOPLE:
                return None
            points, identity, expression, moments, crop = values
            observations.append(
                Observation(points, identity, expression, moments, crop, look, confidence)
            )
        new = sorted(person for person in people if person >= self._known)
        follows = new == list(range(self._known, self._known + len(new)))
        if not (math.isfinite(seconds) and follows and len(set(people)) == count):
            return None
        self._known += len(new)
        return Seen(number, seconds, bool(is_cut), tuple(people), tuple(observations))


def _sizes(looker: FaceLooker) -> list[tuple[int, ...]]:
    """Shapes of the arrays of an observation: points, identity, expression, moments, crop."""
    identity, expression = looker.sizes
    return [(len(looker.texels), 3), (identity,), (expression,), (12,), (4,)]


def _packed(seen: Seen) -> bytes:
    parts = [_FRAME.pack(seen.number, seen.seconds, seen.is_cut, len(seen.people))]
    for person, each in zip(seen.people, seen.observations, strict=True):
        parts.append(_PERSON.pack(person))
        arrays = (each.points, each.identity, each.expression, each.moments, each.crop)
        parts += [np.ascontiguousarray(array, "<f4").tobytes() for array in arrays]
        parts.append(np.float32(each.confidence).tobytes())
        parts.append(np.ascontiguousarray(each.look, np.uint8).tobytes())
    return b"".join(parts)


def _digest(shot: Shot, wanted: FrameRange, looker: FaceLooker, most: int) -> str:
    """Of everything that the numbers depend on."""
    what = [
        [wanted.start, wanted.end, wanted.step, shot.rate, most],
        [looker.network.sha256, len(looker.texels), *looker.sizes],
        stamps(shot),
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:_DIGEST]


def stamps(shot: Shot) -> list[tuple[str, int, int]]:
    """Name, size and time of each file of a shot: whether it is the one that was looked at."""
    return [(path.name, *_stamp(path)) for path in shot.pictures or (shot.path,)]


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of a file; zeros where it is gone."""
    try:
        status = os.stat(path)  # noqa: PTH116 - thousands of pictures
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns
