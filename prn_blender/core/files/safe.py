"""Read files within a size limit, write them atomically, and name them in messages."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import platform
import re
import tempfile
import time
import zlib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from ..errors import OutputError, PRNError, Sentence, first_line

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul"] + [f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)]
)
# What Windows keeps out of names of files; the first of them, every system.
_NOT_IN_FILES = frozenset('/\\:*?"<>|')
_TEMPORARY = ".prn-"
# Seconds after which what is not finished never will be, whoever began it.
_LEFT_OVER = 86400
# The machine and the process in the name of what is not finished.
_OWNER = re.compile(r"\.[a-z]+-([0-9a-f]{8})-([0-9]+)-")


def shown(path: str | os.PathLike[str]) -> str:
    """Quote the name of a file for a one-line message.

    Control characters are escaped, so that a file's name cannot break the line, and long names
    are cut at 80 characters. Folders are left out.
    """
    name = Path(path).name or str(path)
    name = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return f'"{name}"' if len(name) <= 80 else f'"{name[:77]}..."'


def plain(name: str) -> str:
    """Replace control characters in a name: a line end would break whatever list it stands in."""
    return "".join(c if c.isprintable() else "_" for c in name)


def file_name(name: str) -> str:
    """Make a name, as Blender's objects have them, that may begin a file's name on any system."""
    kept = "".join("_" if c in _NOT_IN_FILES else c for c in plain(name))
    return f"_{kept}" if reserved(kept) else kept


def linkable(name: str) -> str:
    """Make a name that every program finds again where a text file, such as an OBJ, holds it.

    MeshLab, Assimp and others end a name at its first space, take "#" for a comment, a backslash
    for the next line, "-" at the start for an option, and "%", "?" and "&" for parts of an
    address. Of ASCII only letters, digits, "_", "-" and "." stay, everything else becomes "_".
    Letters of other scripts stay too: they break nothing, and are all that tells such names apart.
    """
    kept = "".join(
        c if c.isalnum() or c in "_-." or (ord(c) > 127 and c.isprintable()) else "_" for c in name
    )
    return f"_{kept[1:]}" if kept.startswith("-") else kept


def reserved(name: str) -> bool:
    """Whether Windows keeps a file name for a device (CON, PRN, NUL, ...), whatever its ending."""
    return name.split(".")[0].strip().lower() in _DEVICES


def reason(error: OSError) -> str:
    """Say why the operating system refused, without the path that `str(error)` repeats."""
    return (error.strerror or str(error) or type(error).__name__).rstrip(".")


def complaint(error: Exception) -> str:
    """What to say of an error: one of ours as it is, one of the system as a sentence."""
    if isinstance(error, MemoryError):
        return "There is not enough memory; close other programs, or take a smaller photo."
    if isinstance(error, OSError):
        # Beside what is read and written with care: a folder that cannot be looked into, ...
        name = shown(os.fsdecode(error.filename)) if error.filename else "A file"
        return f"{name} cannot be used: {reason(error)}."
    return str(error)


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file that exists, through links and `..` too."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # ValueError: a null byte
        return False


def read_bounded(
    path: str | os.PathLike[str], limit: int, what: Sentence, error: type[PRNError]
) -> bytes:
    """Read a regular file of at most `limit` bytes.

    Parameters
    ----------
    path : path-like
    limit : int
        Largest size that is accepted, in bytes.
    what : Sentence
        What the file should be, for the message: "photo", "model".
    error : type of PRNError
        Class of the error to raise.

    Raises
    ------
    PRNError
        Of the class `error`: there is no such file, it is a folder or a device, it cannot be
        read, or it is empty or too large.
    """
    try:
        path = Path(path)
        if path.is_dir():
            raise error("{path} is a folder; choose a {what} file.", path=shown(path), what=what)
        if not path.exists():
            raise error("The {what} {path} does not exist.", what=what, path=shown(path))
        if not path.is_file():
            raise error(
                "{path} is not a regular file; choose a {what} file.", path=shown(path), what=what
            )
        with path.open("rb") as stream:
            # Not simply limit + 1: Python allocates as much as it is asked to read.
            size = os.fstat(stream.fileno()).st_size
            data = stream.read(min(limit, size) + 1)
    except (OSError, ValueError) as e:  # ValueError: a null byte in the path
        why = reason(e) if isinstance(e, OSError) else str(e)
        raise error(
            "The {what} {path} cannot be read: {why}.", what=what, path=shown(path), why=why
        ) from e
    if len(data) > limit:
        raise error(
            "The {what} {path} is larger than {limit} MB, the limit.",
            what=what,
            path=shown(path),
            limit=limit // 2**20,
        )
    if not data:
        raise error("The {what} {path} is empty (0 bytes).", what=what, path=shown(path))
    return data


def make_folder(path: str | os.PathLike[str]) -> Path:
    """Make a folder, and those above it, unless it exists.

    Raises
    ------
    OutputError
        The folder cannot be made, or a file has its name.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as e:
        why = reason(e) if isinstance(e, OSError) else str(e)
        raise OutputError(
            "The folder {folder} cannot be made: {why}.", folder=shown(folder), why=why
        ) from e
    return folder


def unfinished_name(prefix: str = _TEMPORARY) -> str:
    """Make the beginning of a name for what is being written, see `left_over`.

    Parameters
    ----------
    prefix : str
        It begins with a dot, so that folders of photos do not list what is unfinished.
    """
    return f"{prefix}{_machine()}-{os.getpid()}-"


def left_over(folder: Path, prefix: str = _TEMPORARY) -> list[Path]:
    """Find what processes have left in a folder that were killed while they wrote.

    Parameters
    ----------
    folder : Path
    prefix : str
        As for `unfinished_name`.

    Returns
    -------
    list of Path
        What is a day old, or of a process of this machine that has ended. Empty where the folder
        cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            unfinished = [folder / entry.name for entry in entries if entry.name.startswith(prefix)]
    except (OSError, ValueError):  # ValueError: a null byte
        return []
    return [path for path in unfinished if _is_left_over(path)]


def _is_left_over(path: Path) -> bool:
    try:
        old = time.time() - path.stat().st_mtime > _LEFT_OVER
    except OSError:  # gone meanwhile
        return False
    owner = _OWNER.match(path.name)
    # On Windows asking for a process by its number would end it.
    if old or owner is None or os.name == "nt" or owner[1] != _machine():
        return old
    try:
        os.kill(int(owner[2]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:  # somebody else's: it runs
        return False
    return False


@cache
def _machine() -> str:
    """Eight characters for this machine, or container: elsewhere a process's number says nothing.

    Two machines of one name that write into one folder of the network are told apart by nothing;
    then a file that is being written may be taken away, which its writer reports.
    """
    name = platform.node()
    with contextlib.suppress(OSError):
        name += str(os.stat("/proc/self/ns/pid").st_ino)  # noqa: PTH116
    return f"{zlib.crc32(name.encode('utf-8', 'replace')):08x}"


@lru_cache(maxsize=256)
def _clear_once(folder: Path) -> None:
    """Remove what is left over of files; once, as looking through a large folder takes long."""
    for path in left_over(folder):
        with contextlib.suppress(OSError):
            path.unlink()


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file atomically: the block writes a temporary file, which then replaces `path`.

    If anything goes wrong (a full disk, an exception in the block), the old file stays as it was
    and no temporary file is left. What a process leaves that is killed, the next one that writes
    into the folder removes.

    Parameters
    ----------
    path : path-like

    Yields
    ------
    Path
        Where to write: in the same folder, with the same suffix, because many writers choose the
        format by the suffix. The file does not exist yet.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    target = Path(path)
    temporary: Path | None = None
    try:
        with contextlib.suppress(OSError):
            target.lstat()
    except ValueError as e:  # a null byte, or characters that the file system cannot encode
        raise OutputError(
            "{path} cannot be written: {why}.", path=shown(target), why=first_line(e)
        ) from e
    _clear_once(target.parent.absolute())
    try:
        handle, name = tempfile.mkstemp(
            prefix=unfinished_name(), suffix=target.suffix, dir=target.parent
        )
        os.close(handle)
        temporary = Path(name)
        # Only the name is wanted. The writer makes the file itself: with the user's ordinary
        # permissions, where mkstemp's are private, and so that Blender finds no empty file of
        # that name, which it would keep as a backup.
        temporary.unlink()
        yield temporary
        temporary.replace(target)
    except OSError as e:
        raise OutputError(
            "{path} cannot be written: {why}.", path=shown(target), why=reason(e)
        ) from e
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):  # nobody may remove anything any more
                temporary.unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path` atomically.

    Raises
    ------
    OutputError
        The file cannot be written; an older file of that name is untouched.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data)
