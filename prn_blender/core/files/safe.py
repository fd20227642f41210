"""Files: read with a bound, write completely or not at all."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import OutputError, PRNError, Sentence, first_line


def shown(path: str | os.PathLike[str]) -> str:
    """The file's name for a one-line message: control characters made visible, length bounded."""
    name = Path(path).name or str(path)
    name = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return f'"{name}"' if len(name) <= 80 else f'"{name[:77]}..."'


def plain(name: str) -> str:
    """A file name as text formats can carry it: line ends would start a new statement."""
    return "".join(c if c.isprintable() else "_" for c in name)


def reason(error: OSError) -> str:
    """What the operating system said, without the path it repeats."""
    return (error.strerror or str(error) or type(error).__name__).rstrip(".")


def read_bounded(
    path: str | os.PathLike[str], limit: int, what: Sentence, error: type[PRNError]
) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    Parameters
    ----------
    path : path-like
    limit : int
        Largest size accepted, in bytes.
    what : Sentence
        What the file should be, for the message: "photo", "model".
    error : type of PRNError
        The error raised for anything that goes wrong.
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
            # Not simply limit + 1: Python takes memory for all it is asked to read.
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
    """The folder at `path`, made if needed.

    Raises
    ------
    OutputError
        It cannot be made, or a file stands there.
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


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well.

    Whatever goes wrong (a full disk, an exception), the old file stays and nothing half-written
    is left. The suffix is kept because writers choose the format by it.

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
    except ValueError as e:  # a null byte, or characters the system has no bytes for
        raise OutputError(
            "{path} cannot be written: {why}.", path=shown(target), why=first_line(e)
        ) from e
    try:
        handle, name = tempfile.mkstemp(prefix=".prn-", suffix=target.suffix, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        # The name is ours; the writer makes the file, with the user's ordinary permissions
        # (mkstemp's are private), and Blender keeps no backup of an empty one.
        temporary.unlink()
        yield temporary
        temporary.replace(target)
    except OSError as e:
        raise OutputError(
            "{path} cannot be written: {why}.", path=shown(target), why=reason(e)
        ) from e
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path`, completely or not at all.

    Raises
    ------
    OutputError
        The file cannot be written; an older file of that name is untouched.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data)
