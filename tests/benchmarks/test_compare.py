"""The comparison of two trees: its verdicts, its checkout, its processes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from repository import begin

from benchmarks import compare, trees
from benchmarks.in_tree.link import MissingError, find, fresh, seen

# Verdicts -----------------------------------------------------------------------------------------


def side(*values: float) -> tuple[Callable[[str], float], list[str]]:
    """A measure that gives some values in turn, and what it was asked for."""
    left, asked = list(values), []

    def measure(what: str) -> float:
        asked.append(what)
        return left.pop(0)

    return measure, asked


def test_a_ratio_is_the_median_of_what_was_measured_at_the_same_time() -> None:
    # The machine gets slower and slower: medians of both sides alone would say 5 / 4.
    base, _ = side(1, 2, 4, 8, 16)
    now, _ = side(1, 2, 5, 8, 16)
    line = compare.compared("step", "ms", (base, now), 5)
    assert line.ratio == 1
    assert line.line() == "| step | 4.0 | 5.0 | ms | 1.000 |  |"


def test_both_sides_begin_in_turn() -> None:
    order = []

    def named(name: str) -> Callable[[str], float]:
        return lambda _: order.append(name) or 1.0  # type: ignore[func-returns-value]

    compare.compared("step", "ms", (named("base"), named("now")), 3)
    assert order == ["base", "now", "now", "base", "base", "now"]


@pytest.mark.parametrize(
    ("now", "worse"),
    [
        ([106, 106, 106, 106], True),
        ([104, 104, 104, 104], False),
        ([50, 50, 50, 50], False),
        ([120, 120, 90, 90], False),  # half of the rounds say the opposite
        ([120, 120, 120, 101], False),  # the least disturbed round says that it is noise
    ],
)
def test_more_than_a_twentieth_is_worse(now: list[float], worse: bool) -> None:
    assert compare.Compared("step", "ms", [100.0] * 4, now).worse == worse


def test_what_looks_worse_is_measured_again_and_only_that_counts() -> None:
    said: list[str] = []
    base, _ = side(*[100] * 8)
    by_chance, asked = side(200, 200, 200, 200, 100, 101, 99, 100)
    assert compare.judged(["step"], "ms", (base, by_chance), 4, said.append) == []
    assert len(asked) == 8
    assert [line.split("|")[-2].strip() for line in said] == ["looks worse, measured again:", "no"]
    base, _ = side(*[100] * 8)
    always, _ = side(*[120] * 8)
    (worse,) = compare.judged(["step"], "ms", (base, always), 4, said.append)
    assert worse.ratio == 1.2
    assert "**worse**" in said[-1]


class Scripted:
    """A worker that takes some milliseconds for each step."""

    tree = Path()
    environment: dict[str, str] = {}

    def __init__(self, name: str, **steps: float) -> None:
        self.name, self.steps = name, steps

    def begin(self, what: str, **arguments: Any) -> None:
        assert what == "prepare"
        assert Path(arguments["photo"]).stat().st_size > 1_000_000
        assert Path(arguments["folder"]).is_dir()

    def answer(self) -> Any:
        return {"steps": list(self.steps), "missing": []}

    def ask(self, what: str, step: str, times: int) -> dict[str, float]:
        assert what == "measure"
        return {"wall": self.steps[step], "processor": self.steps[step] / 2}


@pytest.mark.parametrize(
    ("depth", "memory", "status", "said"),
    [
        (100, 400, 0, "Nothing is worse than old by more than 5%."),
        (150, 400, 1, "WORSE than old by more than 5%: depth (+50 %)"),
        (100, 500, 1, "12 megapixels to a face (+25 %), memory, a swap in them (+25 %)"),
    ],
)
def test_the_exit_status_says_whether_something_is_worse(
    depth: float,
    memory: float,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    base = Scripted("old", depth=100, gone=1)
    now = Scripted("the working tree", depth=depth, new=1)

    @contextmanager
    def workers(revision: str, program: str) -> Iterator[tuple[Scripted, Scripted]]:
        assert (revision, program) == ("old", "steps.py")
        yield base, now

    peaks = {id(base.environment): 400.0}
    now.environment = {"now": ""}
    monkeypatch.setattr(compare, "two_workers", workers)
    monkeypatch.setattr(
        compare,
        "peak_memory",
        lambda *_, tree, environment: peaks.get(id(environment), memory),
    )
    assert compare.main(["old"]) == status
    printed = capsys.readouterr().out
    assert said in printed
    assert "| depth |" in printed
    assert "| new |" not in printed  # only one tree has it


# A tree -------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One with a committed file that has been changed since, and a network that git ignores."""
    root = tmp_path / "repository"
    (root / "models").mkdir(parents=True)
    (root / "prn_blender").mkdir()
    (root / "prn_blender" / "__init__.py").write_text("SAYS = 'old'\n")
    (root / "models" / "prn.onnx").write_bytes(b"network")
    begin(root)
    (root / "prn_blender" / "__init__.py").write_text("SAYS = 'new'\n")
    (root / "models" / "detector.tflite").write_bytes(b"detector")
    return root


def test_a_revision_is_checked_out_and_removed(repository: Path) -> None:
    with trees.checked_out("HEAD", repository) as tree:
        assert (tree / "prn_blender" / "__init__.py").read_text() == "SAYS = 'old'\n"
        assert (tree / "models" / "prn.onnx").read_bytes() == b"network"
        assert (tree / "models" / "detector.tflite").read_bytes() == b"detector"
        assert not (tree / ".git").exists()
    assert not tree.exists()
    assert (repository / "prn_blender" / "__init__.py").read_text() == "SAYS = 'new'\n"


@pytest.mark.parametrize(("revision", "said"), [("nothing", "no such revision"), ("-x", "option")])
def test_a_revision_that_is_not_there_is_told(revision: str, said: str, repository: Path) -> None:
    with pytest.raises(trees.TreeError, match=said), trees.checked_out(revision, repository):
        pass


PROGRAM = """
import os, sys
sys.path.insert(0, {link!r})
from link import serve

def say(what):
    os.write(1, b"what a library prints\\n")
    print("more of it")
    import prn_blender
    return [prn_blender.SAYS, what, os.environ["PRN_TEST"]]

def end():
    os._exit(3)

serve({{"say": say, "end": end, "fail": lambda: 1 / 0}})
"""


@pytest.fixture
def worker(repository: Path, tmp_path: Path) -> Iterator[trees.Worker]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(link=str(trees.PROGRAMS)))
    started = trees.Worker("old", repository, str(program), {"PRN_TEST": "a setting"})
    yield started
    started.close()


def test_a_worker_does_what_it_is_told_and_stays(worker: trees.Worker) -> None:
    assert worker.ask("say", what="é\n") == ["new", "é\n", "a setting"]
    with pytest.raises(trees.TreeError, match="old: fail: ZeroDivisionError: division by zero"):
        worker.ask("fail")
    assert worker.ask("say", what=2)[1] == 2
    with pytest.raises(trees.TreeError, match="old: the process ended"):
        worker.ask("end")


def test_a_worker_refuses_another_tree_s_package(tmp_path: Path) -> None:
    """Where the project is installed, a tree without the package would be measured as another."""
    started = trees.Worker("empty", tmp_path, "steps.py", {})
    with pytest.raises(trees.TreeError, match="empty: the process ended"):
        started.ask("prepare")
    started.close()


# Faces --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    points: int

    @cached_property
    def visibility(self) -> list[int]:
        return [self.points]


@dataclass(frozen=True)
class Photo:
    pixels: int


@dataclass(frozen=True)
class MadeUp:
    photo: Photo
    shape: Shape
    later: int = field(init=False, default=0)

    @property
    def visibility(self) -> list[int]:
        return self.shape.visibility


def test_nothing_that_was_derived_survives_in_a_fresh_face() -> None:
    face = seen(MadeUp(Photo(1), Shape(2)))
    again = fresh(face)
    assert "visibility" in vars(face.shape)
    assert "visibility" not in vars(again.shape)
    assert again == face
    assert again.photo is face.photo


def test_a_name_is_found_where_a_tree_has_it() -> None:
    assert find("PRNError", "core.nothing", "core.blend", "core.errors").__name__ == "PRNError"
    with pytest.raises(MissingError, match=r"blend is in none of core\.errors"):
        find("blend", "core.errors")


def test_programs_for_both_trees_import_what_every_tree_has() -> None:
    """A module that has moved since would keep an older revision from being compared."""
    common = {"prn_blender"} | {
        f"prn_blender.{name}" for name in ("core", "core.swap", "scene", "scene.files")
    }
    programs = list(trees.PROGRAMS.glob("*.py"))
    assert len(programs) > 3
    for program in programs:
        for node in ast.walk(ast.parse(program.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                continue
            moved = [m for m in modules if m.startswith("prn_blender") and m not in common]
            assert not moved, f"{program.name}:{node.lineno}: use `find` for {moved}"


def test_who_ends_a_comparison_leaves_nothing_behind(repository: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(link=str(trees.PROGRAMS)))
    folder = tmp_path / "temporary"
    folder.mkdir()
    waiting = f"""
import time
from pathlib import Path
from benchmarks import trees
with trees.two_workers("HEAD", {str(program)!r}, Path({str(repository)!r})) as (base, now):
    print(base.ask("say", what=1)[0], now.ask("say", what=1)[0], flush=True)
    time.sleep(600)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", waiting],
        stdout=subprocess.PIPE,
        text=True,
        cwd=trees.ROOT,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(trees.ROOT), "PRN_TEST": ""},
    )
    assert process.stdout is not None
    assert process.stdout.readline().split() == ["old", "new"]
    assert list(folder.iterdir())
    process.terminate()
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert list(folder.iterdir()) == []
