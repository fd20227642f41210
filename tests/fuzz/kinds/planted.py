"""Failures on purpose, one of each sort: what a test of the campaign itself looks for."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
from pathlib import Path

from mutations import Random

from prn_blender.core.errors import OptionError

from . import Run

SORTS = ("fine", "refused", "traceback", "no sentence", "crash", "hang", "memory", "half-written",
         "left over")  # fmt: skip


def planted(folder: Path) -> Run:
    """The number of an input says what it does."""

    def run(rng: Random, folder: Path) -> list[str]:
        sort = SORTS[int(folder.name) % len(SORTS)]
        results = folder / "out"
        results.mkdir()
        if sort == "refused":
            raise OptionError("The value is {value}; it has to be 1.", value=2)
        if sort == "traceback":
            raise KeyError("x")
        if sort == "no sentence":
            raise OptionError("value must be one\nof these")
        if sort == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        while sort == "hang":
            pass
        if sort == "memory":
            return [f"There were {len(os.urandom(2**20) * 150)} bytes."]
        if sort == "half-written":
            (results / "a.json").write_text('{"a": ')
        if sort == "left over":
            (results / ".prn-01234567-1-x.png").write_bytes(b"x")
        return []

    return run
