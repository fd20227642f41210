"""From the photos of a source and the manifest to tasks: what is missing or has changed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..core.outputs.names import free_name, taken_name
from . import storage
from .manifest import Known
from .task import Item, Task

_NUMBERED = re.compile(r"(.+)_\d+")


@dataclass(frozen=True)
class Again:
    """What is done once more though a line of the manifest says that it is done.

    Attributes
    ----------
    failed : bool
        Photos that could not be used.
    all : bool
        Everything.
    check : bool
        Read every photo and compare its sha256, not only size and time of the last change.
    """

    failed: bool = False
    all: bool = False
    check: bool = False


@dataclass(frozen=True, eq=False)
class Plan:
    """What a run has to do.

    Attributes
    ----------
    tasks : list of Task
        What is missing, or has changed.
    doubtful : list of Task
        Photos with results whose size or time is another one: their sha256 decides.
    photos : dict of str to Item
        All photos of the source, done or not, by key.
    """

    tasks: list[Task]
    doubtful: list[Task]
    photos: dict[str, Item]


def make_plan(
    items: Iterable[Item],
    known: Mapping[str, Known],
    out: str,
    options: str,
    model: str,
    again: Again = Again(),
) -> Plan:
    """Plan a run.

    Parameters
    ----------
    items : iterable of Item
    known : mapping of str to Known
        The manifest, by key.
    out : str
        Path or address of the folder of results.
    options, model : str
        Digests of what is asked for now.
    again : Again

    Returns
    -------
    Plan
    """
    photos = _named(items, known)
    there = _Results(out)
    numbered: dict[tuple[str, str], list[str]] = {}
    for key in photos:
        folder, name = _folder_and_name(key)
        if found := _NUMBERED.fullmatch(name):
            numbered.setdefault((folder, found[1]), []).append(name)
    tasks, doubtful = [], []
    for key, item in photos.items():
        before = known.get(key)
        task = Task(item, key, tuple(numbered.get(_folder_and_name(key), ())))
        if before is not None and (before.options, before.model) == (options, model):
            whole = before.status != "done" or there.has(key, before.files)
            kept = before.status == "done" or (before.status == "failed" and not again.failed)
            if kept and whole and not again.all:
                same = (before.size, before.modified) == (item.size, item.modified)
                if not same or again.check:
                    doubtful.append(task)
                continue
        tasks.append(task)
    return Plan(tasks, doubtful, photos)


def _folder_and_name(key: str) -> tuple[str, str]:
    """Where results lie, and their name as `taken_name` compares names."""
    place = PurePosixPath(key)
    return str(place.parent), taken_name(place.name)


def _named(items: Iterable[Item], known: Mapping[str, Known]) -> dict[str, Item]:
    """Items by keys. What the manifest knows keeps its key, whatever was added to the source."""
    key_of = {line.input: key for key, line in known.items()}
    taken: dict[str, set[str]] = {}
    for key in known:
        place = PurePosixPath(key)
        taken.setdefault(str(place.parent), set()).add(taken_name(place.name))
    photos: dict[str, Item] = {}
    seen: set[str] = set()
    for item in items:
        if item.name in seen:
            continue  # named twice: in a list, or by a pattern
        seen.add(item.name)
        key = key_of.get(item.name, "")
        if not key:
            place = PurePosixPath(item.name)
            others = taken.setdefault(str(place.parent), set())
            name = free_name(Path(place.name), others)
            others.add(taken_name(name))
            key = str(place.parent / name)
        photos[key] = item
    return photos


class _Results:
    """Which results are there.

    Parameters
    ----------
    out : str
        Path or address of the folder of all results.
    """

    def __init__(self, out: str) -> None:
        self._out = out
        self._files: dict[str, set[str]] = {}
        if storage.is_address(out):
            for place in storage.find(out):
                folder, _, name = storage.name_in(place, out).rpartition("/")
                self._files.setdefault(folder or ".", set()).add(name)

    def has(self, key: str, files: Iterable[str]) -> bool:
        """Whether all results of a photo are in its folder."""
        folder = str(PurePosixPath(key).parent)
        if folder not in self._files and not storage.is_address(self._out):
            self._files[folder] = storage.full_files(Path(self._out, folder))
        return set(files) <= self._files.get(folder, set())
