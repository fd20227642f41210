"""A test process that dies: which files are run again."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HELPERS = Path(__file__).resolve().parents[1] / "helpers" / "project"
HOOKS = (
    "from run_record import pytest_runtest_logreport, pytest_sessionfinish, "
    "pytest_xdist_node_collection_finished\n"
)
FINE = "def test_fine(): pass\n"
DIES = "import os\ndef test_dies(): os._exit(3)\ndef test_later(): pass\n"


def left_by(folder: Path, **files: str) -> list[str]:
    """The files that a run in two processes notes as left."""
    (folder / "conftest.py").write_text(HOOKS)
    (folder / "pytest.ini").write_text("[pytest]\n")
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    note = folder / "left"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile",
         "--max-worker-restart", "0", "-p", "no:cacheprovider"],
        cwd=folder, check=False, timeout=120, capture_output=True,
        env={**os.environ, "PYTHONPATH": str(HELPERS), "PRN_TESTS_LEFT": str(note)},
    )  # fmt: skip
    assert (done.returncode == 0) == (files.keys() == {"fine"}), done.stdout.decode()
    return note.read_text().splitlines() if note.exists() else []


def test_the_file_in_which_a_process_died_is_left(tmp_path: Path) -> None:
    assert "test_dies.py" in left_by(tmp_path, fine=FINE, dies=DIES)


@pytest.mark.parametrize("files", [{}, {"dies": DIES, "fails": "def test_fails(): assert 0\n"}])
def test_nothing_is_where_nothing_died_or_something_failed(
    files: dict[str, str], tmp_path: Path
) -> None:
    assert left_by(tmp_path, fine=FINE, **files) == []
