"""The note of what passed the tests: only all tests count, and only for the files as they were."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from repository import begin, git
from script import script

tested = script("tested")
if shutil.which("git") is None:
    pytest.skip("git is not installed", allow_module_level=True)
HELPERS = Path(__file__).resolve().parents[1] / "helpers" / "project"
CONFTEST = f"""\
import sys
sys.path.insert(0, {str(HELPERS)!r})
from run_record import (
    pytest_collectreport, pytest_deselected, pytest_runtest_logreport, pytest_sessionfinish
)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with three test files, of which one is skipped as a whole."""
    root = tmp_path / "repository"
    (root / "tests").mkdir(parents=True)
    (root / ".gitignore").write_text("build/\n__pycache__/\n.pytest_cache/\n")
    (root / "prog.py").write_text("ANSWER = 42\n")
    (root / "tests" / "conftest.py").write_text(CONFTEST)
    (root / "tests" / "test_a.py").write_text("def test_a():\n    pass\ndef test_b():\n    pass\n")
    (root / "tests" / "test_c.py").write_text(
        "import pytest\n@pytest.mark.skip(reason='no such thing')\ndef test_c():\n    pass\n"
    )
    (root / "tests" / "test_d.py").write_text(
        "import pytest\npytest.skip('no such library', allow_module_level=True)\n"
    )
    begin(root)
    return root


def run(root: Path, *arguments: str) -> int:
    return tested.note(root, [sys.executable, "-m", "pytest", "-q", *arguments])


def noted(root: Path) -> dict | None:
    path = tested.stamp_of(root)
    return json.loads(path.read_text()) if path.is_file() else None


@pytest.mark.parametrize("way", [[], ["--numprocesses", "2", "--dist", "loadfile"]])
def test_all_tests_are_noted_for_the_commit_s_files(root: Path, way: list[str]) -> None:
    assert run(root, *way) == 0
    note = noted(root)
    assert note is not None
    assert note["tree"] == git(root, "rev-parse", "HEAD^{tree}")
    (ran,) = note["runs"]
    assert (ran["passed"], ran["skipped"]) == (2, 2)
    assert note["skipped everywhere"] == {
        "tests/test_c.py::test_c": "no such thing",
        "tests/test_d.py": "no such library",
    }


@pytest.mark.parametrize("arguments", [["-k", "not test_b"], ["tests/test_a.py"],
                                       ["--deselect", "tests/test_a.py::test_b"]])  # fmt: skip
def test_a_part_of_the_tests_is_not_noted(root: Path, arguments: list[str]) -> None:
    assert run(root, *arguments) == 0
    assert noted(root) is None


def test_options_from_the_environment_do_not_count(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k test_a")
    assert run(root) == 0
    note = noted(root)
    assert note is not None and note["runs"][0]["passed"] == 2


def test_failed_tests_take_the_last_note_away(root: Path) -> None:
    assert run(root) == 0
    (root / "tests" / "test_a.py").write_text("def test_a():\n    assert False\n")
    assert run(root) == 1
    assert noted(root) is None


def test_files_that_change_during_the_tests_are_not_noted(root: Path) -> None:
    (root / "tests" / "test_a.py").write_text(
        "from pathlib import Path\ndef test_a():\n    Path('prog.py').write_text('ANSWER = 43')\n"
    )
    assert run(root) == 0
    assert noted(root) is None


def test_without_a_repository_the_tests_run_all_the_same(root: Path) -> None:
    shutil.rmtree(root / ".git")
    assert run(root) == 0
    assert noted(root) is None


# The files on disk -----------------------------------------------------------------------------


def test_what_git_was_told_to_overlook_counts(root: Path) -> None:
    clean = git(root, "rev-parse", "HEAD^{tree}")
    assert tested.tree_on_disk(root) == clean
    git(root, "update-index", "--assume-unchanged", "prog.py")
    (root / "prog.py").write_text("ANSWER = 43\n")
    assert git(root, "status", "--porcelain") == ""
    assert tested.tree_on_disk(root) != clean


def test_asking_changes_nothing(root: Path) -> None:
    (root / "new.py").write_text("")
    before = {p: p.read_bytes() for p in (root / ".git").rglob("*") if p.is_file()}
    assert tested.tree_on_disk(root) != git(root, "rev-parse", "HEAD^{tree}")
    assert {p: p.read_bytes() for p in (root / ".git").rglob("*") if p.is_file()} == before


def test_ignored_files_do_not_count(root: Path) -> None:
    (root / "build").mkdir()
    (root / "build" / "x").write_text("")
    assert tested.tree_on_disk(root) == git(root, "rev-parse", "HEAD^{tree}")


def test_of_several_runs_each_test_has_to_be_in_one(root: Path) -> None:
    def record(*ran: str) -> dict:
        return {"python": "3.11", "blender": None, "exit status": 0, "reasons": {},
                "outcomes": dict.fromkeys(ran, "passed")}  # fmt: skip

    (root / "tests" / "test_d.py").unlink()
    a, b, c = (f"tests/test_{x}" for x in ("a.py::test_a", "a.py::test_b", "c.py::test_c"))
    tested.check([record(a), record(b, c)], {a, b}, root)
    with pytest.raises(tested.NotNotedError, match="left out"):
        tested.check([record(a), record(c)], {b}, root)
    with pytest.raises(tested.NotNotedError, match=r"tests/test_c\.py took no part"):
        tested.check([record(a), record(b)], set(), root)


def test_the_makefile_runs_the_tests_through_it() -> None:
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split("\ntest: setup\n")[1].split("\n\n")[0]
    assert recipe.count("$(TESTED) ") == 2
    assert os.path.basename(tested.__file__) in makefile  # noqa: PTH119
