"""Killed at a write, a full disk, one that turns read-only: nothing is half-written, and said.

At each operation on the disk in turn, whatever the moment is that a real fault would choose; what
is written has its story in `stories.py`. `PRN_FAULTS=200` plays that many of each story.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import faulty_disk
import pytest

HERE = Path(__file__).resolve().parent
MOST = int(os.environ.get("PRN_FAULTS", "3"))
"""Operations of each story at which each fault is tried, evenly from the first to the last."""
FAULTS = ["kill", "full", "lock"]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C library that plays such a disk."""
    if why := faulty_disk.why_not():
        pytest.skip(why)
    return faulty_disk.build(tmp_path_factory.mktemp("disk"))


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("story", ["batch", "swap", "store", "blend"])
def test_a_fault_leaves_what_was_or_what_is_to_be(
    story: str, library: Path, tmp_path: Path
) -> None:
    """All three in one process: to begin a story takes longer than to play it."""
    if story == "blend" and find_spec("bpy") is None:
        pytest.skip("Blender's Python module is not installed")
    if story == "store" and find_spec("onnx") is None:
        pytest.skip("onnx is not installed")
    done = subprocess.run(
        [sys.executable, HERE / "disk_story.py", story, ",".join(FAULTS), tmp_path, str(MOST)],
        env=faulty_disk.environment(library), capture_output=True, text=True, check=False,
        timeout=2900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert "FAILED" not in done.stdout, done.stdout[-4000:]
    lines = [line for line in done.stdout.splitlines() if " operations, " in line]
    assert [line.rpartition(" ")[2] for line in lines] == FAULTS
    assert all(int(line.split()[0]) >= min(MOST, 10) for line in lines)


CARELESS = """
import sys
sys.path[:0] = [sys.argv[1]]
from pathlib import Path
from faulty_disk import FULL, operations, set_fault
place = Path(sys.argv[2])
set_fault(place, 2, FULL)
try:
    with (place / "a.txt").open("wb", buffering=0) as stream:
        print(stream.write(b"12345678"), operations())
        stream.write(b"5678")
except OSError as e:
    print(e.strerror)
"""


def test_without_care_a_file_is_half_written(library: Path, tmp_path: Path) -> None:
    """What the stories look for."""
    done = subprocess.run(
        [sys.executable, "-c", CARELESS, HERE.parent / "helpers", tmp_path],
        env=faulty_disk.environment(library), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["4 2", "No space left on device"]
    assert (tmp_path / "a.txt").read_bytes() == b"1234"


KILLED = """
import sys
from pathlib import Path
from prn_blender.core.files.safe import write_bytes
write_bytes(Path(sys.argv[1]) / "a.bin", bytes(100_000))
"""


def test_what_a_killed_process_has_left_is_cleared_away(library: Path, tmp_path: Path) -> None:
    root = str(HERE.parents[1])
    for more in ({"FAULT_AT": "4", "FAULT_DO": "kill"}, {}):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, tmp_path],
            env=faulty_disk.environment(
                library, PYTHONPATH=root, FAULT_FOLDER=str(tmp_path), **more
            ),
            check=False,
        )
        names = sorted(path.name for path in tmp_path.iterdir())
        if more:
            assert done.returncode < 0
            (left,) = names
            assert left.startswith(".prn-") and left.endswith(".bin")
            assert 0 < (tmp_path / left).stat().st_size < 100_000
    assert done.returncode == 0
    assert names == ["a.bin"]
