"""Long work as a job: in a thread, stopped by Esc, with nothing half-made left."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from job_window import (
    CLICK,
    ESC,
    MOVE,
    TIMER,
    App,
    Guard,
    Window,
    job_threads_end,
    play,
    stand_in,
    start,
)  # fmt: skip

import prn_blender
from prn_blender.core import Face, Photo
from prn_blender.core.errors import PhotoError
from prn_blender.core.photo import write_image
from prn_blender.operators import jobs, later
from prn_blender.operators.jobs import Job, JobOperator, Step
from prn_blender.operators.later import Later
from prn_blender.operators.photo import PRN_OT_choose_photo
from prn_blender.operators.reconstruct import PRN_OT_reconstruct
from prn_blender.scene.build import build_in_parts
from prn_blender.scene.files import new_file
from prn_blender.scene.options import SceneOptions
from prn_blender.scene.prepared import prepare


@pytest.fixture(autouse=True)
def addon() -> Iterator[None]:
    new_file()
    prn_blender.register()
    yield
    prn_blender.unregister()


class Counting(JobOperator):
    """Three steps; the second fails where it is told to."""

    bl_label = "Count"

    def __init__(self, work: Callable[[int], int]) -> None:
        self.work, self.finished, self.ended = work, [], []

    def steps(self, context: Any) -> list[Step]:
        return [
            Step(f"number {n}", lambda n=n: self.work(n), self.finished.append) for n in range(3)
        ]

    def done(self, context: Any, job: Job) -> set[str]:
        self.ended.append(job)
        return {"FINISHED"}

    def report(self, *what: Any) -> None:
        raise AssertionError(what)


def fail_at_one(n: int) -> int:
    if n == 1:
        raise PhotoError("The second is bad.")
    return n


def started(monkeypatch: pytest.MonkeyPatch, work: Callable[[int], int]) -> tuple[Counting, Window]:
    operator = Counting(work)
    return operator, start(operator, monkeypatch)


def test_a_job_does_what_running_through_does(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = Counting(fail_at_one)
    straight.run_through(Window())
    operator, window = started(monkeypatch, fail_at_one)
    assert jobs.current_job() is not None
    assert window.status is jobs.draw_job
    assert play(operator, window) == {"FINISHED"}
    assert operator.finished == straight.finished == [0, 2]
    for job in (operator.ended[0], straight.ended[0]):
        assert [str(e) for e in job.failures] == ["The second is bad."]
        assert (job.done, job.total, job.stopping) == (3, 3, False)
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)


def test_esc_ends_a_job_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(n: int) -> int:
        time.sleep(0.0 if n == 0 else 1.0)
        return n

    operator, window = started(monkeypatch, slow)
    while not operator.finished:
        operator.modal(window, TIMER)
    began = time.monotonic()
    assert operator.modal(window, ESC) == {"FINISHED"}
    assert time.monotonic() - began < 0.5
    assert operator.finished == [0]
    assert operator.ended[0].stopping
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)


def test_other_events_pass_through_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    operator, window = started(monkeypatch, lambda n: n)
    assert operator.modal(window, MOVE) == {"PASS_THROUGH"}
    operator.cancel(window)


def test_another_file_ends_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    operator, window = started(monkeypatch, lambda n: n)
    operator.cancel(window)
    assert (jobs.current_job(), window.timers, operator.finished) == (None, 0, [])


def test_a_file_browser_closed_before_the_job_is_no_defect() -> None:
    Counting(lambda n: n).cancel(Window())


def test_a_defect_ends_a_job_and_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(n: int) -> int:
        raise ZeroDivisionError

    operator, window = started(monkeypatch, broken)
    with pytest.raises(ZeroDivisionError):
        play(operator, window)
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)


# In parts --------------------------------------------------------------------------------------


class InParts(JobOperator):
    """Notes what begins, goes on, ends and is taken back."""

    bl_label = "In parts"

    def __init__(self) -> None:
        self.events: list[str] = []
        self.dropped: list[int] = []
        self.undone = 0  # how often undo takes the half-made away

    def steps(self, context: Any) -> list[Step]:
        def finish(n: int) -> Iterator[None]:
            self.events.append(f"{n} begun")
            try:
                yield
                if self.undone:
                    self.undone -= 1
                    raise ReferenceError
                yield
            except BaseException:
                self.events.append(f"{n} taken back")
                raise
            self.events.append(f"{n} made")

        return [
            Step(f"{n}", lambda n=n: n, finish, lambda: None, self.dropped.append) for n in range(2)
        ]

    def done(self, context: Window, job: Job) -> set[str]:
        # By now the window is as before.
        assert (jobs.current_job(), context.status, context.timers) == (None, None, 0)
        self.events.append("done")
        return {"FINISHED"}


def until(operator: Any, window: Window, event: str) -> None:
    end = time.monotonic() + 10
    while event not in operator.events:
        assert operator.modal(window, TIMER) == {"PASS_THROUGH"}
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_look_makes_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    window = start(operator, monkeypatch)
    job = jobs.current_job()
    assert (job.done, job.label) == (0, "0")
    until(operator, window, "1 begun")
    assert (job.done, job.label) == (1, "1")
    play(operator, window)
    assert operator.events == ["0 begun", "0 made", "1 begun", "1 made", "done"]
    assert len(job.parts) == 6  # three for each step, and the window drawn between


def test_esc_takes_back_what_is_half_made(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    window = start(operator, monkeypatch)
    until(operator, window, "1 begun")
    assert operator.modal(window, ESC) == {"FINISHED"}
    # First what was half-made goes, then the window is freed, then it is said.
    assert operator.events == ["0 begun", "0 made", "1 begun", "1 taken back", "done"]


def test_a_finished_result_that_nobody_takes_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    window = start(operator, monkeypatch)
    until(operator, window, "0 begun")
    job_end = time.monotonic() + 5
    while not operator._future.done():
        assert time.monotonic() < job_end
    operator.modal(window, ESC)
    job_threads_end()
    assert operator.dropped == [1]


def test_nothing_half_made_gets_into_an_undo_step(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    window = start(operator, monkeypatch)
    until(operator, window, "0 begun")
    assert operator.modal(window, MOVE) == {"PASS_THROUGH"}
    assert "0 made" not in operator.events
    assert operator.modal(window, CLICK) == {"PASS_THROUGH"}
    assert "0 made" in operator.events
    play(operator, window)


def test_what_undo_took_away_half_made_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = InParts()
    operator.undone = 1
    window = start(operator, monkeypatch)
    play(operator, window)
    assert operator.events[:4] == ["0 begun", "0 taken back", "0 begun", "0 made"]
    operator = InParts()
    operator.undone = 9  # a defect: it is not tried for ever
    window = start(operator, monkeypatch)
    with pytest.raises(ReferenceError):
        play(operator, window)
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)


def test_steps_in_order_end_with_the_first_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = Counting(fail_at_one)
    straight.in_order = True
    straight.run_through(Window())
    operator = Counting(fail_at_one)
    operator.in_order = True
    play(operator, start(operator, monkeypatch))
    assert operator.finished == straight.finished == [0]
    assert len(operator.ended[0].failures) == len(straight.ended[0].failures) == 1


# Faces -----------------------------------------------------------------------------------------


def data_blocks() -> dict[str, list[str]]:
    kinds = (
        "objects", "meshes", "images", "materials", "node_groups", "collections", "cameras",
    )  # fmt: skip
    return {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}


def test_a_scene_closed_in_any_pause_leaves_nothing(face: Face) -> None:
    before = data_blocks()
    options = SceneOptions(stride=4, texture_size=256, landmarks="points", depth=True, overlay=True)
    pauses = sum(1 for _ in build_in_parts(prepare([face], options)))
    new_file()
    assert pauses >= 4
    for pause in range(pauses):
        parts = build_in_parts(prepare([face], options))
        for _ in range(pause + 1):
            next(parts)
        assert data_blocks() != before
        parts.close()
        assert data_blocks() == before


def test_a_scene_that_undo_takes_away_in_a_pause_says_so(face: Face) -> None:
    options = SceneOptions(stride=4, texture_size=256)
    bpy.ops.ed.undo_push(message="before")
    before = data_blocks()
    bpy.ops.mesh.primitive_cube_add("EXEC_DEFAULT", True)
    parts = build_in_parts(prepare([face], options))
    for _ in range(3):
        next(parts)
    bpy.ops.ed.undo()
    with pytest.raises(ReferenceError):
        next(parts)
    assert data_blocks() == before


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="this system has no such priorities")
def test_a_job_leaves_the_processor_to_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    def priority(n: int) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    operator, window = started(monkeypatch, priority)
    play(operator, window)
    assert min(operator.finished) > priority(0) or priority(0) == 19


@pytest.fixture
def batch(pair: Photo, tmp_path: Path) -> dict[str, Any]:
    """The options for three photos and one without a face."""
    for name in ("a.png", "b.png", "c.png"):
        write_image(tmp_path / name, pair.pixels)
    write_image(tmp_path / "grey.png", np.full((200, 200, 3), 90, np.uint8))
    names = ("a.png", "grey.png", "b.png", "c.png")
    return {
        "directory": str(tmp_path), "files": [SimpleNamespace(name=name) for name in names],
        "faces": "ALL", "stride": "4", "texture_size": "256",
    }  # fmt: skip


def collections() -> list[str]:
    return sorted(child.name for child in bpy.context.scene.collection.children)


def test_blender_is_touched_in_the_main_thread_only(
    batch: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    guarded = 0
    for name, module in list(sys.modules.items()):
        if name.startswith("prn_blender.") and hasattr(module, "bpy"):
            monkeypatch.setattr(module, "bpy", Guard(module.bpy))
            guarded += 1
    assert guarded > 20
    threads = set()
    work = PRN_OT_reconstruct.steps

    def steps(self: Any, context: Any) -> list[Step]:
        def noting(step: Step) -> Callable[[], Any]:
            return lambda: (threads.add(threading.current_thread()), step.work())[1]

        return [Step(s.label, noting(s), s.finish) for s in work(self, context)]

    operator = stand_in(PRN_OT_reconstruct, **batch)
    operator.steps = lambda context: steps(operator, context)
    assert play(operator, start(operator, monkeypatch)) == {"FINISHED"}
    assert collections() == ["a", "b", "c"]
    assert len(threads) == 1
    assert threads != {threading.main_thread()}
    kinds = [kind for kind, _ in operator.reports]
    assert kinds == ["WARNING", "INFO"]


# What takes the longer, the larger the photo is.
LARGE_WORK = {
    "read_photo", "encode_image", "encode_exr", "unwrap", "depth_map", "overlay_layer",
    "vertex_colours", "small_pictures", "face_thumbnail",
}  # fmt: skip


@pytest.fixture
def large_work(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, bool]]:
    """(function, whether in the main thread) of all work that grows with the photo."""
    import sys

    import prn_blender.core.preview
    import prn_blender.scene.build  # noqa: F401

    calls: set[tuple[str, bool]] = set()

    def noting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*values: Any, **options: Any) -> Any:
            calls.add((name, threading.current_thread() is threading.main_thread()))
            return function(*values, **options)

        return noted

    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("prn_blender."):
            for name in LARGE_WORK & set(vars(module)):
                monkeypatch.setattr(module, name, noting(name, getattr(module, name)))
    return calls


def test_the_main_thread_reads_and_writes_no_pictures(
    batch: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    large_work: set[tuple[str, bool]],
    pair: Photo,
    tmp_path: Path,
) -> None:
    """Nor does Blender before it shows them: what decodes an image, its size too, waits."""
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(pair.pixels).rotate(90, expand=True).save(tmp_path / "d.jpg", exif=turned)
    batch["files"].append(SimpleNamespace(name="d.jpg"))
    every = {"landmarks": "points", "colors": True, "depth": True, "overlay": True}
    operator = stand_in(PRN_OT_reconstruct, **batch, **every, mask_hidden=True)
    assert play(operator, start(operator, monkeypatch)) == {"FINISHED"}
    assert collections() == ["a", "b", "c", "d"]
    assert {name for name, _ in large_work} >= {"read_photo", "encode_image", "depth_map"}
    assert not {name for name, in_main in large_work if in_main}
    decoded = {i.name for i in bpy.data.images if i.has_data and "Position Map" not in i.name}
    assert not decoded
    # They are what they should be nonetheless.
    sizes = {image.name: tuple(image.size) for image in bpy.data.images}
    size = (pair.width, pair.height)
    assert sizes["a.png"] == sizes["d"] == sizes["d Depth"] == sizes["d Alignment"] == size
    assert sizes["d Texture"] == (256, 256)


def test_no_look_builds_more_than_half_a_face(
    batch: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by time, which says nothing on a busy machine: by what is there after each."""
    operator = stand_in(PRN_OT_reconstruct, **batch)
    window = start(operator, monkeypatch)
    job = jobs.current_job()
    grown = []
    kinds = ("meshes", "materials", "cameras")
    while True:
        before, parts = sum(len(getattr(bpy.data, k)) for k in kinds), len(job.parts)
        result = operator.modal(window, TIMER)
        if len(job.parts) > parts:
            grown.append(sum(len(getattr(bpy.data, k)) for k in kinds) - before)
        if result != {"PASS_THROUGH"}:
            break
        time.sleep(0.001)
    # Three photos of two faces: a mesh and a material each, and three cameras.
    assert (max(grown), sum(grown)) == (1, 15)
    assert len(grown) == len(job.parts) >= 3 * 2 * 2 + 3
    assert max(job.parts) > 0


def test_esc_leaves_whole_photos_only(
    batch: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = stand_in(PRN_OT_reconstruct, **batch)
    window = start(operator, monkeypatch)
    end = time.monotonic() + 60
    while not (collections() and operator._finishing is not None):
        assert operator.modal(window, TIMER) == {"PASS_THROUGH"}
        assert time.monotonic() < end
    began = len(bpy.data.collections)
    assert began == 2  # the second is half-made
    assert operator.modal(window, ESC) == {"FINISHED"}
    assert collections() == ["a"]
    assert sorted(mesh.name for mesh in bpy.data.meshes) == ["a", "a_2"]
    assert [camera.name for camera in bpy.data.cameras] == ["a Camera"]
    assert operator.reports[-1][1].startswith("Stopped after 2 of 4 photos. Built 2 faces")
    job_threads_end()
    assert collections() == ["a"]


def test_photos_of_the_file_browser_become_a_job(
    batch: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = stand_in(PRN_OT_reconstruct, **{**batch, "files": [], "directory": ""})
    operator.properties = SimpleNamespace(is_property_set=lambda name: True)
    monkeypatch.setattr(jobs.bpy, "app", App())
    window = Window()
    assert operator.invoke(window, None) == {"RUNNING_MODAL"}
    assert window.browsers == 1
    # The browser sets what was chosen and executes.
    operator.files, operator.directory = batch["files"], batch["directory"]
    assert operator.execute(window) == {"RUNNING_MODAL"}
    assert jobs.current_job().total == 4
    play(operator, window)
    assert collections() == ["a", "b", "c"]
    # The redo panel executes the same operator again, and needs the result at once.
    assert operator.execute(window) == {"FINISHED"}


def test_one_photo_of_the_file_browser_is_a_job_too(
    batch: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network has to be loaded for the first, and each can be large."""
    operator = stand_in(PRN_OT_reconstruct, **{**batch, "files": batch["files"][:1]})
    monkeypatch.setattr(jobs.bpy, "app", App())
    window = Window()
    operator.browse(window)
    assert operator.execute(window) == {"RUNNING_MODAL"}
    play(operator, window)
    assert collections() == ["a"]


# The panel -------------------------------------------------------------------------------------


def test_a_photo_is_chosen_in_a_thread(
    batch: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    large_work: set[tuple[str, bool]],
) -> None:
    from prn_blender.panels import previews

    operator = stand_in(PRN_OT_choose_photo, filepath=str(tmp_path / "a.png"))
    window = start(operator, monkeypatch)
    chosen = bpy.context.scene.prn_photo
    assert not chosen.faces
    assert play(operator, window) == {"FINISHED"}
    assert [face.chosen for face in chosen.faces] == [True, False]
    assert previews._key(chosen, None) in previews._pictures
    # Another box is ticked: the photo is not read again for its picture.
    first = previews._there(chosen, None)
    chosen.faces[1].chosen = True
    assert previews._key(chosen, None) not in previews._pictures
    # Nothing jumps: until the new one is there the panel has the old one.
    assert previews._there(chosen, None) == first != previews._key(chosen, None)
    previews._make()
    assert previews._key(chosen, None) in previews._pictures
    assert previews._there(chosen, None) == previews._key(chosen, None)
    assert {name for name, _ in large_work} >= {"read_photo", "small_pictures"}
    assert not {name for name, in_main in large_work if in_main}


def test_a_photo_whose_choice_is_stopped_is_not_shown(
    batch: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = stand_in(PRN_OT_choose_photo, filepath=str(tmp_path / "a.png"))
    window = start(operator, monkeypatch)
    assert operator.modal(window, ESC) == {"CANCELLED"}
    assert operator.reports == [("INFO", "Stopped; the photo is the one it was")]
    job_threads_end()
    assert not bpy.context.scene.prn_photo.faces


def test_what_takes_long_to_find_out_is_drawn_when_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs.bpy, "app", App())
    go_on, threads = threading.Event(), []

    def ask(number: int) -> str:
        threads.append(threading.current_thread())
        assert go_on.wait(10)
        if number < 0:
            raise PhotoError("No.")
        return f"number {number}"

    answers = Later(ask)
    assert answers(1) is None
    assert answers(1) is None
    assert bpy.app.timers.is_registered(later._look)
    go_on.set()
    end = time.monotonic() + 10
    while answers(1) is None:
        assert time.monotonic() < end
    assert answers(1) == "number 1"
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
    assert later._look() is None  # there is nothing more to wait for
    answers.put("known", 2)
    assert answers(2) == "known"
    with pytest.raises(PhotoError):
        while answers(-1) is None:
            assert time.monotonic() < end
