"""The manifest of a batch: a line of JSON for each photo, written as soon as it is done.

OUT/manifest.jsonl is what a second run goes by. A line has `key` (where the results lie, with
folders and without ending), `input`, `sha256`, `size` and `modified` of the photo, `options` (a
digest of all that was asked for), `model` (its sha256), `program` (version), `status` ("done";
"failed": the photo cannot be used; "lost": processes ended over it), `sentence` (why), `notices`,
`seconds`, `finished`, `files`, and of each face its confidence, angles, size, identity.

The process that is killed while it writes leaves half a line, which the next run takes away.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from ..core.errors import OutputError
from ..core.files.safe import reason, replacing, shown
from .task import Item, Record, Status

NAME = "manifest.jsonl"
"""Of the manifest, in the folder of results."""
_LOCK = ".manifest.lock"


class Known(NamedTuple):
    """What a second run has to know of a line.

    Attributes
    ----------
    input, sha256, options, model : str
    size, modified : int
    status : str
    files : tuple of str
        Names of results, without folders.
    """

    input: str
    sha256: str
    options: str
    model: str
    size: int
    modified: int
    status: Status
    files: tuple[str, ...]


def records(path: Path) -> Iterator[Record]:
    """Read the lines of a manifest; what is no whole line is left out."""
    try:
        with path.open("rb") as stream:
            for line in stream:
                record = _record(line)
                if record is not None:
                    yield record
    except FileNotFoundError:
        return
    except OSError as e:
        raise OutputError(f"{shown(path)} cannot be read: {reason(e)}.") from e


def _record(line: bytes) -> Record | None:
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("key"), str) else None


def read_known(path: Path) -> dict[str, Known]:
    """What was done before, by key; of two lines of one key the last counts."""
    shared: dict[str, str] = {}  # the same few digests in every line
    found = {}
    for record in records(path):
        options, model = str(record.get("options", "")), str(record.get("model", ""))
        found[record["key"]] = Known(
            str(record.get("input", "")),
            str(record.get("sha256", "")),
            shared.setdefault(options, options),
            shared.setdefault(model, model),
            int(record.get("size", -1)),
            int(record.get("modified", -1)),
            record.get("status", "lost"),
            tuple(map(str, record.get("files", ()))),
        )
    return found


class Manifest:
    """The manifest that a run adds to. One run at a time: another one is refused.

    Parameters
    ----------
    folder : Path
        The folder of results, which exists.

    Raises
    ------
    OutputError
        Another run works in this folder, or it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._lock = _locked(folder / _LOCK)
        self._stream: Any = None

    def begin(self, again: Collection[str], touched: Mapping[str, Item]) -> None:
        """Take away the lines of what is done again, half and double lines, and open it to add.

        Parameters
        ----------
        again : collection of str
            Keys.
        touched : mapping of str to Item
            By key: photos that are what they were, though written anew.
        """
        last: dict[str, int] = {}
        for number, record in enumerate(records(self.path)):
            last[record["key"]] = number
        with replacing(self.path) as temporary, temporary.open("wb") as stream:
            for number, record in enumerate(records(self.path)):
                key = record["key"]
                if last[key] != number or key in again:
                    continue
                if item := touched.get(key):
                    record |= {"size": item.size, "modified": item.modified}
                stream.write(_line(record))
        try:
            self._stream = self.path.open("ab")
        except OSError as e:
            raise OutputError(f"{shown(self.path)} cannot be written: {reason(e)}.") from e

    def add(self, record: Mapping[str, Any]) -> None:
        """Add a line, at once and whole.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        try:
            self._stream.write(_line(record))
            self._stream.flush()
        except OSError as e:
            raise OutputError(f"{shown(self.path)} cannot be written: {reason(e)}.") from e

    def close(self) -> None:
        """Let another run work in the folder."""
        for stream in (self._stream, self._lock):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Manifest:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _line(record: Mapping[str, Any]) -> bytes:
    # ASCII: names of files may hold bytes that are no characters of any encoding.
    return (json.dumps(record, separators=(",", ":")) + "\n").encode("ascii")


def _locked(path: Path) -> Any:
    """Open a file that nobody else has locked; the system unlocks it when the process ends."""
    try:
        stream = path.open("ab")
    except OSError as e:
        raise OutputError(f"{shown(path)} cannot be written: {reason(e)}.") from e
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        stream.close()
        raise OutputError(
            f"Another batch writes into the folder {shown(path.absolute().parent)}; wait for it, "
            "or choose another folder."
        ) from e
    except OSError:  # a file system that knows no locks
        pass
    return stream
