"""Files of this machine and of stores that fsspec knows (s3://, gs://, ...), called alike."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.errors import MissingDependencyError, OutputError, PhotoError, Sentence, first_line
from ..core.files.safe import read_bounded, reason, shown
from ..core.photo.picture_file import MAX_FILE_BYTES
from .task import Item

_MAX_LIST_BYTES = 2**31
"""Largest list or table that is read."""


def is_address(place: str) -> bool:
    """Whether it is an address and not a path of this machine."""
    return "://" in place


def joined(base: str, place: str) -> str:
    """A place as it is meant from a folder: an address or an absolute path stays."""
    if is_address(place) or os.path.isabs(place):  # noqa: PTH117 - works on addresses as well
        return place
    if is_address(base):
        return f"{base.rstrip('/')}/{place}"
    return str(Path(base, place))


def file_system(address: str) -> tuple[Any, str]:
    """The fsspec file system of an address, and the path in it.

    Raises
    ------
    MissingDependencyError
        fsspec, or what it needs for this protocol, is absent.
    PhotoError
        There is no such protocol.
    """
    try:
        import fsspec
    except ImportError as e:
        raise MissingDependencyError(
            'Addresses need fsspec: `pip install "prn-blender[cluster]"`.'
        ) from e
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as e:
        raise MissingDependencyError(f"{shown(address)} cannot be used: {first_line(e)}.") from e
    except ValueError as e:
        raise PhotoError(f"{shown(address)} cannot be used: {first_line(e)}.") from e
    return system, path


def stat(place: str) -> tuple[int, int]:
    """Bytes, and nanoseconds since 1970 of the last change; -1 where that is not known."""
    if is_address(place):
        return -1, -1  # a request for each of millions of photos would take hours
    try:
        found = os.stat(place)  # noqa: PTH116 - paths may hold null bytes
    except (OSError, ValueError):
        return -1, -1
    return found.st_size, found.st_mtime_ns


def exists(address: str) -> bool:
    """Whether there is a file at an address."""
    system, path = file_system(address)
    try:
        return bool(system.exists(path))
    except OSError as e:
        raise OutputError(f"{shown(address)} cannot be reached: {reason(e)}.") from e


def find(address: str) -> list[str]:
    """The files below an address, or those that a pattern with * finds, by name."""
    system, path = file_system(address)
    try:
        found = system.glob(path) if any(s in path for s in "*?[") else system.find(path)
    except FileNotFoundError:
        return []
    except OSError as e:
        raise PhotoError(f"{shown(address)} cannot be listed: {reason(e)}.") from e
    return sorted(system.unstrip_protocol(path) for path in found)


@contextlib.contextmanager
def opened(place: str) -> Iterator[Any]:
    """Open a file for reading.

    Raises
    ------
    PhotoError
        It cannot be opened.
    """
    try:
        if is_address(place):
            system, path = file_system(place)
            stream = system.open(path, "rb")
        else:
            stream = open(place, "rb")  # noqa: SIM115, PTH123 - closed below
    except (OSError, ValueError) as e:
        why = reason(e) if isinstance(e, OSError) else first_line(e)
        raise PhotoError(f"{shown(place)} cannot be read: {why}.") from e
    with stream:
        yield stream


def read(place: str) -> bytes:
    """Read a list or a table.

    Raises
    ------
    PhotoError
        It cannot be read, or is too large.
    """
    if not is_address(place):
        return read_bounded(place, _MAX_LIST_BYTES, Sentence("list"), PhotoError)
    with opened(place) as stream:
        return bytes(stream.read(_MAX_LIST_BYTES))


@contextlib.contextmanager
def local_photo(item: Item) -> Iterator[tuple[Path, bool]]:
    """A photo as a file of this machine.

    Parameters
    ----------
    item : Item

    Yields
    ------
    path : Path
    passing : bool
        Whether the file is gone after the block.

    Raises
    ------
    PhotoError
        It cannot be read.
    """
    if item.length < 0 and not is_address(item.place):
        yield Path(item.place), False
        return
    with tempfile.TemporaryDirectory(prefix="prn-batch-") as folder:
        path = Path(folder) / item.name.rpartition("/")[2]
        with opened(item.place) as stream:
            try:
                stream.seek(item.start)
                most = MAX_FILE_BYTES + 1
                data = stream.read(most if item.length < 0 else min(item.length, most))
            except (OSError, ValueError) as e:
                raise PhotoError(f"{shown(item.name)} cannot be read: {first_line(e)}.") from e
        if len(data) < item.length <= MAX_FILE_BYTES:
            raise PhotoError(f"{shown(item.place)} ends before {shown(item.name)} does.")
        path.write_bytes(data)
        yield path, True


@contextlib.contextmanager
def results_folder(out: str, folder: str) -> Iterator[Path]:
    """Where the results of a photo are written: they are in their place after the block.

    Parameters
    ----------
    out : str
        Path or address of the folder of all results.
    folder : str
        A folder in it, with "/".

    Raises
    ------
    OutputError
        They cannot be written.
    """
    if not is_address(out):
        path = Path(out, folder)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as e:
            why = reason(e) if isinstance(e, OSError) else first_line(e)
            raise OutputError(f"The folder {shown(path)} cannot be made: {why}.") from e
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="prn-batch-") as temporary:
        yield Path(temporary)
        for file in sorted(Path(temporary).iterdir()):
            put(file, f"{out.rstrip('/')}/{folder}/{file.name}".replace("/./", "/"))


def put(file: Path, place: str) -> None:
    """Copy a file of this machine to an address.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    system, path = file_system(place)
    try:
        system.makedirs(path.rpartition("/")[0], exist_ok=True)
        with file.open("rb") as source, system.open(path, "wb") as target:
            shutil.copyfileobj(source, target)
    except (OSError, ValueError) as e:
        why = reason(e) if isinstance(e, OSError) else first_line(e)
        raise OutputError(f"{shown(place)} cannot be written: {why}.") from e


def is_full(out: str) -> bool:
    """Whether nothing more can be written among the results, not even a megabyte."""
    if is_address(out):
        return False
    try:
        with tempfile.TemporaryFile(dir=out) as probe:
            probe.write(bytes(2**20))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError:
        return True
    return False


def name_in(place: str, base: str) -> str:
    """The path of a file from an address on; the whole path if it does not lie below it."""
    path, start = (address.partition("://")[2].strip("/") for address in (place, base))
    return path.removeprefix(f"{start}/")


def full_files(folder: Path) -> set[str]:
    """Names of the files in a folder that are not empty; none if it is not there."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries if entry.is_file() and entry.stat().st_size}
    except (OSError, ValueError):
        return set()
