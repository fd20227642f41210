"""Where photos of a batch come from: folders, lists, globs, tables and tar shards."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import glob
import os
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from ..core.choices import PHOTO_SUFFIXES, UNREAD_SUFFIXES
from ..core.errors import OptionError, PhotoError, first_line
from ..core.files.safe import plain, reason, same_file, shown
from ..core.outputs.names import results_among
from . import storage, tables
from .task import Item

_LISTS = (".txt", ".lst")
_PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".zip")
_WILD = "*?["

Say = Callable[[str], None]


def items_of(source: str, out: str, say: Say) -> Iterator[Item]:
    """List the photos of a source, in an order that is the same each time.

    Parameters
    ----------
    source : str
        A folder (with all below it), a photo, a list of paths (.txt, a path a line), a table (.csv,
        .tsv, .parquet, see `tables`), a tar archive of photos, or a pattern with * that finds any
        of these. An address (s3://..., of whatever fsspec knows) may stand for each.
    out : str
        Where results go; if that is a folder below the source, nothing in it is a photo.
    say : callable
        Takes a sentence about what is left out.

    Raises
    ------
    PhotoError
        The source cannot be read.
    OptionError
        It is of a kind that is not known.
    MissingDependencyError
        pyarrow or fsspec is needed and absent.
    """
    if any(sign in source for sign in _WILD) and not os.path.exists(source):  # noqa: PTH110
        yield from _of_pattern(source, say)
    elif storage.is_address(source) and not Path(_path_of(source)).suffix:
        yield from _of_store(source)
    elif not storage.is_address(source) and Path(source).is_dir():
        yield from _of_folder(Path(source), Path(out), say)
    else:
        yield from _of_file(source, _base(source))


def _of_file(source: str, base: str) -> Iterator[Item]:
    """The photo, or the photos in a list, table or archive; names count from `base`."""
    ending = _path_of(source).lower()
    suffix = PurePosixPath(ending).suffix
    if suffix in PHOTO_SUFFIXES:
        yield item_at(source, base)
    elif suffix in _LISTS:
        yield from _of_list(source)
    elif suffix in tables.SUFFIXES:
        yield from tables.items_of_table(source, item_at)
    elif suffix == ".tar":
        yield from _of_archive(source, base)
    elif ending.endswith(_PACKED):
        raise OptionError(
            f"{shown(source)} is compressed, so that single photos cannot be reached in it; unpack "
            "it, or make a .tar of it (photos are compressed already)."
        )
    elif not storage.is_address(source) and not Path(source).exists():
        raise PhotoError(f"There is no {shown(source)}.")
    else:
        raise OptionError(
            f"{shown(source)} is no source of photos; expected a folder, a list (.txt), a table "
            "(.csv, .tsv, .parquet), a .tar, a photo, or a pattern with *."
        )


def item_at(place: str, base: str) -> Item:
    """The photo at a path or address; its name counts from the folder `base`."""
    size, modified = storage.stat(place)
    return Item(name_below(place, base), place, size=size, modified=modified)


def name_below(place: str, base: str) -> str:
    """What a photo is called in its source: its path from `base` on, or from the top.

    Parameters
    ----------
    place, base : str
        Paths or addresses.

    Returns
    -------
    str
        With "/"; without parts that would lead out of a folder. "_" for the folder itself, which a
        list may name by mistake.
    """
    path = _path_of(place)
    if not storage.is_address(place):
        inside = Path(os.path.normpath(path))
        if inside.is_relative_to(os.path.normpath(base)):
            inside = inside.relative_to(os.path.normpath(base))
        path = inside.as_posix()
    else:
        path = storage.name_in(place, base)
    parts = (plain(part).replace(":", "_").replace("\\", "_") for part in path.split("/"))
    return "/".join(part for part in parts if part not in ("", ".", "..")) or "_"


def _of_folder(folder: Path, out: Path, say: Say) -> Iterator[Item]:
    """Photos below a folder; hidden files, and results beside their photos, are left out."""

    def unreadable(error: OSError) -> None:
        say(f"The folder {shown(os.fsdecode(error.filename))} cannot be read: {reason(error)}.")

    unread: Counter[str] = Counter()
    results = count = 0
    for at, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not same_file(Path(at, name), out)
        )
        here = [Path(at, name) for name in sorted(files) if not name.startswith(".")]
        photos = [path for path in here if path.suffix.lower() in PHOTO_SUFFIXES]
        unread.update(s for path in here if (s := path.suffix.lower()) in UNREAD_SUFFIXES)
        left_out = results_among(photos)
        results += len(left_out)
        for path in photos:
            if path not in left_out:
                count += 1
                yield item_at(str(path), str(folder))
    if unread:
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(unread.items()))
        say(f"left out, as pictures of kinds that are not read: {kinds}.")
    if results:
        say(f"left out, as results of earlier runs beside their photos: {results}.")
    if not count:
        raise PhotoError(f"There is no photo in the folder {shown(folder)}.")


def _of_list(source: str) -> Iterator[Item]:
    """The photos whose paths are the lines of a text file; relative ones count from its folder."""
    base, count = _base(source), 0
    text = storage.read(source).decode("utf-8-sig", "surrogateescape")
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            count += 1
            yield item_at(storage.joined(base, line.strip()), base)
    if not count:
        raise PhotoError(f"There is no path in the list {shown(source)}.")


def _of_pattern(pattern: str, say: Say) -> Iterator[Item]:
    """What a pattern finds: photos, lists, tables, archives and folders; by name."""
    first = min(pattern.index(sign) for sign in _WILD if sign in pattern)
    base = pattern[: pattern.rfind("/", 0, first) + 1] or "."
    if storage.is_address(pattern):
        found = storage.find(pattern)
    else:
        found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - paths as they are given
    count = 0
    for place in found:
        if not storage.is_address(place) and Path(place).is_dir():
            continue  # "**" finds what is in it as well
        if PurePosixPath(_path_of(place).lower()).suffix in (
            *PHOTO_SUFFIXES, *_LISTS, *tables.SUFFIXES, ".tar",
        ):  # fmt: skip
            count += 1
            yield from _of_file(place, base)
    if not count:
        raise PhotoError(f"Nothing is found by the pattern {shown(pattern)}.")


def _of_store(source: str) -> Iterator[Item]:
    """The photos below an address."""
    found = [p for p in storage.find(source) if Path(_path_of(p)).suffix.lower() in PHOTO_SUFFIXES]
    if not found:
        raise PhotoError(f"There is no photo below {shown(source)}.")
    for place in found:
        yield item_at(place, source)


def _of_archive(source: str, base: str) -> Iterator[Item]:
    """The photos in a tar archive, in its order; they are read from where they lie in it."""
    shard = name_below(source, base).removesuffix(".tar")
    _, modified = storage.stat(source)
    try:
        with storage.opened(source) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                archive.members = []  # type: ignore[attr-defined]  # or it keeps all of them
                suffix = PurePosixPath(member.name).suffix.lower()
                hidden = PurePosixPath(member.name).name.startswith(".")
                if member.isreg() and not member.issparse() and suffix in PHOTO_SUFFIXES:
                    if hidden:
                        continue
                    yield Item(
                        f"{shard}/{name_below(f'/{member.name}', '/')}", source,
                        member.offset_data, member.size, member.size, modified,
                    )  # fmt: skip
    except (tarfile.TarError, EOFError, ValueError) as e:
        raise PhotoError(f"{shown(source)} is damaged or no tar: {first_line(e)}.") from e


def _base(source: str) -> str:
    """The folder of a file."""
    return source[: source.rfind("/") + 1] if "/" in source else str(Path(source).parent)


def _path_of(place: str) -> str:
    """A path, or an address without its protocol."""
    return place.partition("://")[2] if storage.is_address(place) else place
