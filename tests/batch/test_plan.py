"""The manifest, and what a second run does by it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prn_blender.batch.manifest import NAME, Manifest, read_known, records
from prn_blender.batch.plan import Again, make_plan
from prn_blender.batch.report import make_report
from prn_blender.batch.task import Item
from prn_blender.core.errors import OutputError

ITEM = Item("a/me.jpg", "/in/a/me.jpg", size=10, modified=5)
LINE = {
    "key": "a/me", "input": "a/me.jpg", "sha256": "s", "size": 10, "modified": 5, "options": "o",
    "model": "m", "program": "1", "status": "done", "files": ["me.json"],
    "faces": [{"confidence": 0.5}], "seconds": 1.5,
}  # fmt: skip


def written(out: Path, *lines: dict[str, Any]) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    with Manifest(out) as manifest:
        manifest.begin((), {})
        for line in lines:
            manifest.add(line)
    return out / NAME


def planned(out: Path, *items: Item, again: Again | None = None, options: str = "o") -> Any:
    return make_plan(items, read_known(out / NAME), str(out), options, "m", again or Again())


def keys(plan: Any) -> tuple[list[str], list[str]]:
    return [task.key for task in plan.tasks], [task.key for task in plan.doubtful]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "me.json").write_text("{}")
    written(tmp_path / "out", LINE)
    return tmp_path / "out"


def test_what_is_done_is_not_done_again(out: Path) -> None:
    assert keys(planned(out, ITEM)) == ([], [])
    assert keys(planned(out, ITEM, replace(ITEM, name="b.jpg"))) == (["b"], [])


def test_what_has_changed_is(out: Path) -> None:
    assert keys(planned(out, ITEM, options="other")) == (["a/me"], [])
    assert keys(planned(out, replace(ITEM, size=11))) == ([], ["a/me"])
    assert keys(planned(out, replace(ITEM, modified=6))) == ([], ["a/me"])
    assert keys(planned(out, ITEM, again=Again(all=True))) == (["a/me"], [])
    assert keys(planned(out, ITEM, again=Again(check=True))) == ([], ["a/me"])


@pytest.mark.parametrize("spoil", ["gone", "empty"])
def test_results_that_are_missing_are_made_again(out: Path, spoil: str) -> None:
    result = out / "a" / "me.json"
    if spoil == "gone":
        result.unlink()
    else:
        result.write_bytes(b"")
    assert keys(planned(out, ITEM)) == (["a/me"], [])


@pytest.mark.parametrize(
    ("status", "again", "tasks"),
    [
        ("failed", Again(), []),
        ("failed", Again(failed=True), ["a/me"]),
        ("lost", Again(), ["a/me"]),
    ],
)
def test_unusable_photos_stay_aside_and_lost_ones_do_not(
    tmp_path: Path, status: str, again: Again, tasks: list[str]
) -> None:
    written(tmp_path, {**LINE, "status": status, "files": []})
    assert keys(planned(tmp_path, ITEM, again=again))[0] == tasks


def test_names_are_those_of_the_first_run_whatever_is_added(tmp_path: Path) -> None:
    png = replace(ITEM, name="a/me.png")
    assert keys(planned(tmp_path, png))[0] == ["a/me"]
    written(tmp_path, {**LINE, "input": "a/me.png", "status": "failed"})
    plan = planned(tmp_path, ITEM, png)
    assert plan.photos == {"a/me.jpg": ITEM, "a/me": png}
    # What differs in case alone is one file elsewhere.
    assert list(planned(tmp_path, replace(ITEM, name="a/ME.jpg")).photos) == ["a/ME.jpg"]


def test_further_faces_know_the_names_of_other_photos(tmp_path: Path) -> None:
    items = [replace(ITEM, name=f"a/{name}.jpg") for name in ("me", "me_2", "ME_3", "me_x", "b")]
    by_key = {task.key: task.taken for task in planned(tmp_path, *items).tasks}
    assert by_key["a/me"] == ("me_2", "me_3")
    assert by_key["a/me_2"] == by_key["a/b"] == ()


def test_half_a_line_and_double_lines_are_taken_away(tmp_path: Path) -> None:
    path = written(tmp_path, LINE, {**LINE, "key": "b", "input": "b.jpg"}, {**LINE, "seconds": 9})
    with path.open("ab") as stream:
        stream.write(b'{"key":"c","inp')
    assert set(read_known(path)) == {"a/me", "b"}
    with Manifest(tmp_path) as manifest:
        manifest.begin({"b"}, {"a/me": replace(ITEM, modified=77)})
        manifest.add({**LINE, "key": "b"})
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["key"], first["seconds"], first["modified"]) == ("a/me", 9, 77)
    assert second["key"] == "b"


def test_foreign_lines_do_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path, LINE)
    path.write_bytes(b"[]\n7\n{}\n\xff\xfe\n" + path.read_bytes() + b'{"key":7}\n')
    assert [record["key"] for record in records(path)] == ["a/me"]


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path; from prn_blender.batch.manifest import Manifest\n"
        "with Manifest(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    )
    root = str(Path(__file__).resolve().parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), root],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(OutputError, match="Another batch writes into the folder"):
            Manifest(tmp_path)
        other.kill()
        other.wait()
    Manifest(tmp_path).close()  # a killed run locks nobody out


def test_the_report_counts_each_photo_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        LINE,
        {**LINE, "key": "b", "input": "b.jpg", "status": "failed", "faces": [],
         "sentence": 'No face was found in "b.jpg".'},
        {**LINE, "key": "other", "input": "other.jpg"},
    )  # fmt: skip
    report = make_report(path, ["a/me", "b", "c"])
    assert report.status == {"done": 1, "failed": 1, "missing": 1}
    assert report.worst == [(0.5, "a/me")]
    assert report.sentences == {'No face was found in "NAME".': 1}
    assert report.failures == [("b", "failed", 'No face was found in "b.jpg".')]
