"""What goes to the processes of a batch and what comes back: plain data that can be pickled."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, Protocol

from .reconstruction import Box

Record = dict[str, Any]
"""A line of the manifest, see `manifest`."""

Status = Literal["done", "failed", "lost"]
"""Files were written; the photo cannot be used, which would not change; a process ended over it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A photo of a source.

    Attributes
    ----------
    name : str
        Its place in the source, with "/": "anna/01.jpg". No part of it is empty, "." or "..".
    place : str
        Path or address of the file, or of the tar archive that it is in.
    start, length : int
        Bytes from the start of the archive, and of the photo in it; 0 and -1 for a file.
    size, modified : int
        Bytes, and nanoseconds since 1970; -1 where the source does not tell.
    boxes : tuple of (x0, y0, x1, y1)
        Faces, brows to chin, pixels of the file; empty: they are looked for.
    identities : tuple of str
        Whose faces these are, as the source says; empty, or one for each box.
    problem : str
        Why it cannot be used; a row of a table may make no sense.
    """

    name: str
    place: str
    start: int = 0
    length: int = -1
    size: int = -1
    modified: int = -1
    boxes: tuple[Box, ...] = ()
    identities: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A photo to work on.

    Attributes
    ----------
    item : Item
    key : str
        What its results are called, with folders: "anna/01". It stays the same in every run.
    taken : tuple of str
        Names that its further faces must not have, see `core.outputs.names.names_of_faces`.
    """

    item: Item
    key: str
    taken: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What its results are called, without folders."""
        return PurePosixPath(self.key).name

    @property
    def folder(self) -> str:
        """Where they lie, below the folder of all results; "." for that itself."""
        return str(PurePosixPath(self.key).parent)


@dataclass(frozen=True)
class Lost:
    """What comes back of a task over which processes ended.

    Attributes
    ----------
    why : str
        A sentence.
    """

    why: str


class Work(Protocol):
    """What processes are told once: picklable, hashable."""

    def opened(self) -> Callable[[Any], Any]:
        """Open models and whatever else stays open; returns what works on a task."""


Answers = Generator[tuple[Any, Any], None, None]
"""Tasks, in any order, each with what came of it, or with `Lost`."""

Engine = Callable[[Work, Iterable[Any]], Answers]
"""Works on tasks. Closed before its end, it leaves no process.

It takes tasks from the iterable as it needs them, and holds few at a time.
"""
