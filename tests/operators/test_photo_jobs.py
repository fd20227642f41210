"""Photos looked at and built as jobs."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from job_window import (
    ESC,
    TIMER,
    App,
    Guard,
    Window,
    job_threads_end,
    play,
    stand_in,
    start,
    work_is_done,
)  # fmt: skip

from prn_blender.core import Face, Photo
from prn_blender.core.photo.photo import write_image
from prn_blender.interface import jobs
from prn_blender.interface.jobs import Step
from prn_blender.operators.photo import PRN_OT_choose_photo
from prn_blender.operators.reconstruct import PRN_OT_reconstruct
from prn_blender.scene.build.build import build_stepwise
from prn_blender.scene.build.prepared import prepare
from prn_blender.scene.files import new_file
from prn_blender.scene.options import SceneOptions

pytestmark = pytest.mark.usefixtures("addon")


# Faces -----------------------------------------------------------------------------------------


def data_blocks() -> dict[str, list[str]]:
    kinds = (
        "objects", "meshes", "images", "materials", "node_groups", "collections", "cameras",
    )  # fmt: skip
    return {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}


def test_a_scene_closed_in_any_pause_leaves_nothing(face: Face) -> None:
    before = data_blocks()
    options = SceneOptions(stride=4, texture_size=256, landmarks="points", depth=True, overlay=True)
    pauses = sum(1 for _ in build_stepwise(prepare([face], options)))
    new_file()
    assert pauses >= 4
    for pause in range(pauses):
        parts = build_stepwise(prepare([face], options))
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
    parts = build_stepwise(prepare([face], options))
    for _ in range(3):
        next(parts)
    bpy.ops.ed.undo()
    with pytest.raises(ReferenceError):
        next(parts)
    assert data_blocks() == before


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
    "vertex_colours", "make_thumbnails", "face_thumbnail",
}  # fmt: skip


@pytest.fixture
def large_work(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, bool]]:
    """(function, whether in the main thread) of all work that grows with the photo."""
    import sys

    import prn_blender.core.outputs.thumbnails
    import prn_blender.scene.build.build  # noqa: F401

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
        before, looks = sum(len(getattr(bpy.data, k)) for k in kinds), len(job.busy_seconds)
        result = operator.modal(window, TIMER)
        if len(job.busy_seconds) > looks:
            grown.append(sum(len(getattr(bpy.data, k)) for k in kinds) - before)
        if result != {"PASS_THROUGH"}:
            break
        work_is_done(operator)
    # Three photos of two faces: a mesh and a material each, and three cameras.
    assert (max(grown), sum(grown)) == (1, 15)
    assert len(grown) == len(job.busy_seconds) >= 3 * 2 * 2 + 3
    assert max(job.busy_seconds) > 0


def test_esc_leaves_whole_photos_only(
    batch: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = stand_in(PRN_OT_reconstruct, **batch)
    window = start(operator, monkeypatch)
    while not (collections() and operator._finishing is not None):
        work_is_done(operator)
        assert operator.modal(window, TIMER) == {"PASS_THROUGH"}
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
    monkeypatch.setattr(bpy, "app", App())
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
    monkeypatch.setattr(bpy, "app", App())
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
    from prn_blender.interface import previews

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
    assert {name for name, _ in large_work} >= {"read_photo", "make_thumbnails"}
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
