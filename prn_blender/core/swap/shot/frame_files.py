"""The pictures of a swapped shot as files: a folder that a stopped run goes on in.

Beside the pictures lies a note of what they are made of. Another shot, donor, model or option
writes all of them anew. What else somebody has put there stays.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Generator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import OutputError, PRNError, Sentence
from ...face.face import Face
from ...face.reconstruct import FaceReconstructor
from ...files.safe import linkable, make_folder, read_bounded, reason, shown, write_bytes
from ...photo.edited import write_edited
from ...photo.frames import Frame, FrameRange, Shot
from ...sequence.cache import stamps
from ...sequence.performance import Performance
from ...typed import Pixels, Texture
from ...version import VERSION
from ..options import SwapOptions
from .shot_swap import swap_shot

NOTE = "swap.json"
"""The file that says what the pictures beside it are made of."""
_LONGEST_NOTE = 4096
_DIGITS = 4
"""Least digits of a frame's number: `me_0001.png`."""


class FrameFiles:
    """The pictures of a shot in a folder, by the frames' numbers.

    Parameters
    ----------
    folder : Path
        It is made.
    name : str
        What the pictures are called, before the number; as `files.safe.linkable` makes it.
    shot : Shot
    wanted : FrameRange
    made_of : str
        Digest of what else they are made of, see `digest_of`.

    Raises
    ------
    OutputError
        The folder cannot be made, is the shot's own, or holds somebody else's pictures of those
        names.
    """

    def __init__(
        self, folder: Path, name: str, shot: Shot, wanted: FrameRange, made_of: str
    ) -> None:
        if shot.pictures and folder.resolve() == shot.pictures[0].parent.resolve():
            # They would be frames of the shot from then on, and go when it is swapped again.
            raise OutputError(
                "The folder {folder} has the frames of the shot itself; choose another one.",
                folder=shown(folder),
            )
        self.folder, self._name, self._wanted = make_folder(folder), name, wanted
        self._digits = max(_DIGITS, len(str(shot.count)))
        note = folder / NOTE
        self._is_ours = _noted(note) is not None
        self._goes_on = _noted(note) == made_of
        there = self._there()
        if there and not self._is_ours:
            raise OutputError(
                "{path} is there already, and not from here; choose another folder.",
                path=shown(there[0]),
            )
        if not self._goes_on:
            write_bytes(note, json.dumps({"program": VERSION, "made_of": made_of}).encode())
            for old in there:
                old.unlink(missing_ok=True)

    def _there(self) -> list[Path]:
        """The files that are called as a frame's picture; nothing else of that folder is ours."""
        picture = re.compile(rf"{re.escape(self._name)}_\d{{{_DIGITS},}}\.png")
        try:
            return sorted(path for path in self.folder.iterdir() if picture.fullmatch(path.name))
        except OSError as e:
            raise OutputError(
                "The folder {folder} cannot be read: {why}.",
                folder=shown(self.folder),
                why=reason(e),
            ) from e

    def path(self, number: int) -> Path:
        """Where the picture of a frame lies."""
        return self.folder / f"{self._name}_{number:0{self._digits}d}.png"

    def first_missing(self, last: int) -> int | None:
        """The first frame without a picture, up to the frame `last`; None if all have one."""
        for number in range(self._wanted.start, last + 1, self._wanted.step):
            if not self.path(number).is_file():
                return number
        return None

    def write(self, frame: Frame, picture: Pixels) -> Path:
        """Write the picture of a frame: what a picture file had is kept, see `write_edited`.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        path = self.path(frame.number)
        write_edited(path, picture, frame.photo)
        return path


@dataclass(frozen=True)
class Written:
    """A frame that was written.

    Attributes
    ----------
    number : int
    last : int
        The number of the last frame, as far as the shot says; else `number`.
    warning : Sentence or None
        What the swap has to say about it.
    """

    number: int
    last: int
    warning: Sentence | None


def write_frames(
    folder: Path,
    shot: Shot,
    performance: Performance,
    donor: Face | Texture,
    reconstructor: FaceReconstructor,
    options: SwapOptions,
    wanted: FrameRange,
) -> Generator[Written, None, None]:
    """Write the frames of a shot with another face, those that an earlier run has not written.

    Parameters
    ----------
    folder : Path
    shot, performance, donor, reconstructor, options, wanted
        As in `swap_shot`.

    Yields
    ------
    Written

    Raises
    ------
    OutputError
        A picture cannot be written, or the folder holds somebody else's of those names.
    PRNError
        As `swap_shot`.
    """
    made_of = digest_of(shot, performance, donor, options, reconstructor.network.sha256)
    files = FrameFiles(folder, name_of(shot), shot, wanted, made_of)
    end = min(wanted.end or shot.count, shot.count) if shot.count else wanted.end
    missing = files.first_missing(end) if end else wanted.start
    if missing is None:
        return
    frames = swap_shot(shot, performance, donor, reconstructor, options, wanted, missing)
    try:
        for frame, picture, result in frames:
            files.write(frame, picture)
            warning = None if result is None else result.warning
            yield Written(frame.number, end or frame.number, warning)
    finally:
        frames.close()


def name_of(shot: Shot) -> str:
    """What results of a shot are called."""
    return linkable(shot.name) or "shot"


def digest_of(
    shot: Shot, performance: Performance, donor: Face | Texture, options: SwapOptions, model: str
) -> str:
    """A digest of everything that the pictures of a swapped shot depend on.

    Parameters
    ----------
    shot, performance, donor, options
        As in `swap_shot`.
    model : str
        Digest of the network.
    """
    found = hashlib.sha256(model.encode())
    what = [VERSION, shot.rate, stamps(shot), performance.person, performance.numbers.tolist()]
    found.update(json.dumps(what).encode())
    pixels = donor.photo.pixels if isinstance(donor, Face) else donor
    found.update(np.ascontiguousarray(pixels).tobytes())
    if isinstance(donor, Face):
        found.update(np.ascontiguousarray(donor.position_map).tobytes())
    for each in fields(options):
        found.update(_said(getattr(options, each.name)))
    return found.hexdigest()


def _said(value: Any) -> bytes:
    return value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode()


def _noted(note: Path) -> str | None:
    """What a folder's pictures are made of; None if it does not say so in our way."""
    try:
        found = json.loads(read_bounded(note, _LONGEST_NOTE, Sentence("note"), OutputError))
        return str(found["made_of"])
    except (PRNError, ValueError, TypeError, KeyError):
        return None
