"""A real disk that is full: whatever is written, old files stay, one sentence, a rerun succeeds."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
# A mount that no other process sees, and that goes with its process.
ALONE = ("unshare", "--map-root-user", "--mount")
STORIES = {"store": "onnx", "texture": "", "everything": "scipy", "swap": "", "person": "",
           "sequence": "", "transfer": "", "blend": "bpy"}  # fmt: skip
"""And the library that each needs. The first one begins with a fork, before there are threads."""
QUICK = ("store", "texture", "blend")
"""A few seconds each; `PRN_FAULTS=10` plays all."""


@pytest.mark.slow
def test_a_full_disk(tmp_path: Path) -> None:
    """All in one process: to begin takes longer than to play."""
    probe = tmp_path / "probe"
    probe.mkdir()
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare: it is Linux's")
    tried = [*ALONE, "mount", "-t", "tmpfs", "-o", "size=64k", "none", probe]
    if subprocess.run(tried, capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody but root mount a disk")
    chosen = STORIES if "PRN_FAULTS" in os.environ else QUICK
    names = [name for name in chosen if not STORIES[name] or find_spec(STORIES[name])]
    done = subprocess.run(
        [*ALONE, sys.executable, HERE / "small_disk.py", tmp_path, *names],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert [line for line in done.stdout.splitlines() if line.startswith("FAILED")] == []
    assert [line for line in done.stdout.splitlines() if line.endswith("was played")] == [
        f"{name} was played" for name in names
    ]
