"""Disks that fail at moments chosen by chance; `tests/faults` has the stories."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import faulty_disk
from mutations import Random, pick

from . import Run

_STORY = Path(__file__).resolve().parents[2] / "faults" / "disk_story.py"
_MOMENTS = 5
"""Of one story; to begin it takes longer than to play it."""


def disks(folder: Path) -> Run:
    """A story, interrupted some times."""
    reason = faulty_disk.why_not()
    library = None if reason else faulty_disk.build(folder)

    def run(rng: Random, folder: Path) -> list[str]:
        if library is None:
            return [f"There is no such disk here: {reason}."]
        story = pick(rng, ("batch", "swap", "store", "blend"))
        fault = pick(rng, ("kill", "full", "lock"))
        base = folder / "base"
        base.mkdir()
        seed = str(rng.integers(2**31))
        done = subprocess.run(
            [sys.executable, _STORY, story, fault, base, str(_MOMENTS), seed],
            env=faulty_disk.environment(library), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-4000:]
        assert "FAILED" not in done.stdout, (story, fault, done.stdout[-4000:])
        return []

    return run
