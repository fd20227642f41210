"""The folder of a batch's results: on this machine, or a copy of what lies at an address."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.files.safe import make_folder
from . import storage
from .manifest import NAME

_EVERY = 30.0
"""Seconds between copies of the manifest to an address: what a killed run does again at most."""


class ResultsFolder:
    """Where manifest and report are written.

    Parameters
    ----------
    path : Path
        Of this machine.
    address : str
        Where copies go; empty: nowhere.
    """

    def __init__(self, path: Path, address: str = "") -> None:
        self.path, self._address = path, address
        self._kept = time.monotonic()

    def keep(self) -> None:
        """Copy the manifest to the address, now and then."""
        if self._address and time.monotonic() - self._kept > _EVERY:
            self._put(NAME)
            self._kept = time.monotonic()

    def finish(self) -> None:
        """Copy manifest and report to the address."""
        for file in sorted(self.path.iterdir()) if self._address else ():
            if not file.name.startswith("."):
                self._put(file.name)

    def _put(self, name: str) -> None:
        storage.put(self.path / name, storage.joined(self._address, name))


@contextmanager
def opened_results(out: str) -> Iterator[ResultsFolder]:
    """The folder that a path or an address names; made if it is missing.

    Raises
    ------
    OutputError
        It cannot be made or written.
    """
    if not storage.is_address(out):
        yield ResultsFolder(make_folder(out))
        return
    with tempfile.TemporaryDirectory(prefix="prn-batch-") as folder:
        results = ResultsFolder(Path(folder), out)
        place = storage.joined(out, NAME)
        if storage.exists(place):
            with storage.opened(place) as stream:
                (results.path / NAME).write_bytes(stream.read())
        try:
            yield results
        finally:  # what was done stays known, whatever happened
            results.finish()
