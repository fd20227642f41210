"""A run from source to report with an engine that does nothing but answer."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prn_blender.batch import work as work_module
from prn_blender.batch.plan import Again
from prn_blender.batch.reconstruction import Wanted
from prn_blender.batch.run import Progress, run_batch
from prn_blender.batch.task import Engine, Item, Lost, Task
from prn_blender.batch.work import UNWRITTEN, HashWork, PhotoWork, PhotoWorker, first_fields
from prn_blender.core import FaceReconstructor
from prn_blender.core.errors import OutputError
from prn_blender.core.outputs.options import OutputOptions

Answer = Callable[[Task, PhotoWork], Any]


def done(task: Task, work: PhotoWork) -> dict[str, Any]:
    (Path(work.out) / f"{task.key}.json").write_text("{}")
    return {**first_fields(task, work, "m"), "status": "done", "files": [f"{task.name}.json"]}


def engine(answer: Answer, seen: list[str]) -> Engine:
    def answers(work: Any, tasks: Any) -> Any:
        for task in tasks:
            seen.append(task.key)
            yield task, "new" if isinstance(work, HashWork) else answer(task, work)

    return answers


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in "abcd":
        (folder / f"{name}.jpg").write_bytes(name.encode())
    return folder


def run(photos: Path, answer: Answer = done, **again: bool) -> tuple[list[str], Any]:
    seen: list[str] = []
    steps: list[Progress] = []
    work = PhotoWork(str(photos.parent / "out"), Wanted(OutputOptions(), json=True))
    report = run_batch(
        str(photos), work, "m", engine(answer, seen), Again(**again), lambda _: None, steps.append
    )
    assert [step.done for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.total == len(steps) for step in steps)
    return seen, report


def keys(photos: Path) -> list[str]:
    manifest = photos.parent / "out" / "manifest.jsonl"
    return [json.loads(line)["key"] for line in manifest.read_text().splitlines()]


def test_a_full_disk_ends_the_run_and_loses_nothing(photos: Path) -> None:
    def full(task: Task, work: PhotoWork) -> dict[str, Any]:
        if task.key == "c":
            return {"key": "c", "status": UNWRITTEN, "sentence": "No space left."}
        return done(task, work)

    with pytest.raises(OutputError, match=r"No space left\. The same command goes on from here"):
        run(photos, full)
    assert keys(photos) == ["a", "b"]
    seen, report = run(photos)
    assert seen == ["c", "d"]
    assert report.status == {"done": 4}


def test_a_lost_photo_is_set_aside_and_tried_in_the_next_run(photos: Path) -> None:
    def losing(task: Task, work: PhotoWork) -> Any:
        return Lost("A process ended over it (SIGKILL).") if task.key == "b" else done(task, work)

    _, report = run(photos, losing)
    assert report.failures == [
        ("b", "lost", '"b.jpg" is set aside. A process ended over it (SIGKILL).')
    ]
    assert (photos.parent / "out" / "failures.png").is_file()
    assert run(photos)[0] == ["b"]
    assert sorted(keys(photos)) == ["a", "b", "c", "d"]
    assert not (photos.parent / "out" / "failures.png").exists()


def test_a_photo_that_is_another_is_looked_at_then_done(photos: Path) -> None:
    run(photos)
    (photos / "b.jpg").write_bytes(b"another")
    assert run(photos)[0] == ["b", "b"]  # its digest, then its results
    assert run(photos)[0] == []
    assert run(photos, all=True)[0] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), UNWRITTEN),
        (MemoryError(), "lost"),
        (OSError(errno.EIO, "Input/output error", "/x/a.png"), "failed"),
        (ZeroDivisionError("a defect"), "failed"),
    ],
)
def test_whatever_a_photo_raises_is_a_line(
    error: Exception,
    status: str,
    tmp_path: Path,
    reconstructor: FaceReconstructor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def raising(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(work_module, "reconstruct_photo", raising)
    (tmp_path / "a.jpg").write_bytes(b"a")
    worker = PhotoWorker(PhotoWork(str(tmp_path), Wanted(OutputOptions())), reconstructor)
    record = worker(Task(Item("a.jpg", str(tmp_path / "a.jpg")), "a"))
    assert record["status"] == status
    assert record["sentence"].endswith(".")
    assert "Traceback" not in record["sentence"]
