"""Long work on a face as jobs: as at once, but behind the window."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import everything, painted_face, same
from job_window import (
    ESC,
    PATIENCE,
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

from prn_blender.interface import jobs
from prn_blender.interface.jobs import Step
from prn_blender.operators.face.rebuild import PRN_OT_rebuild
from prn_blender.operators.swap import PRN_OT_swap
from prn_blender.operators.texture import (
    PRN_OT_apply,
    PRN_OT_bake,
    PRN_OT_complete,
    PRN_OT_compositor,
    PRN_OT_part_groups,
    PRN_OT_photo_light,
)
from prn_blender.scene.files import new_file
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.bake import bake
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.record import find_result

OPERATORS = {
    "swap": PRN_OT_swap,
    "complete": PRN_OT_complete,
    "bake": PRN_OT_bake,
    "apply_to_photo": PRN_OT_apply,
    "compositor": PRN_OT_compositor,
    "rebuild": PRN_OT_rebuild,
    "part_groups": PRN_OT_part_groups,
    "photo_light": PRN_OT_photo_light,
}


# What of them takes long, by the module that calls it.
LONG = {
    "operators.swap": ("faces_of_file",),
    "scene.record.photo_reader": ("read_photo",),
    "scene.result.swap": ("swap", "_match", "encode_image", "part_masks"),
    "scene.layers.complete": ("complete", "encode_image"),
    "scene.layers.bake": ("donor_share",),
    "scene.layers.head_tile": ("evaluate",),
    "scene.result.compositor": ("edit_matte", "encode_image"),
    "scene.build.rebuild": ("make_camera", "mesh_data", "mesh_colours"),
    "scene.layers.part_masks": ("part_shares",),
    "scene.result.apply": ("draw_edits", "evaluate", "donor_share", "visible_matte"),
    "core.editing.apply": ("render_texture",),
    # However well remembered: what Blender's thread needs is handed to it.
    "core.geometry.parts": ("_soft_mask",),
    "scene.mesh.mesh_data": ("landmark_visibility",),
}


@pytest.fixture(autouse=True)
def threads_end(addon: None) -> Iterator[None]:
    yield
    job_threads_end()


@pytest.fixture
def item(photo_path: Path) -> bpy.types.Object:
    return painted_face(photo_path)


def options(name: str, donor_path: Path) -> dict[str, Any]:
    asked: dict[str, dict[str, Any]] = {
        "swap": {"filepath": str(donor_path), "parts": {"nose", "lips"}},
        "rebuild": {"stride": "2", "camera": "persp"},
    }
    return asked.get(name, {})


@pytest.fixture(params=list(OPERATORS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_job_makes_what_a_script_makes(
    name: str,
    item: bpy.types.Object,
    donor_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    before = everything()
    assert getattr(bpy.ops.prn, name)(**options(name, donor_path)) == {"FINISHED"}
    straight = everything()
    assert not same(before, straight)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"))
    assert same(everything(), before)
    operator = stand_in(OPERATORS[name], **options(name, donor_path))
    window = start(operator, monkeypatch)
    job = jobs.current_job()
    assert not OPERATORS[name].poll.__func__(Refusing(), bpy.context)  # one at a time
    assert play(operator, window) == {"FINISHED"}
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)
    assert job.done == job.total
    assert same(everything(), straight)
    assert "ERROR" not in [kind for kind, _ in operator.reports]


class Refusing:
    """An operator's class, as far as its poll needs it."""

    bl_idname = ""
    said = ""

    def poll_message_set(self, message: str) -> None:
        self.said = message


def test_what_takes_long_is_not_in_blenders_thread(
    name: str, item: bpy.types.Object, donor_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    calls: dict[str, set[bool]] = {}

    def noting(label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*values: Any, **more: Any) -> Any:
            in_main = threading.current_thread() is threading.main_thread()
            calls.setdefault(label, set()).add(in_main)
            return function(*values, **more)

        return noted

    operator = stand_in(OPERATORS[name], **options(name, donor_path))
    for module_name, functions in LONG.items():
        module = importlib.import_module(f"prn_blender.{module_name}")
        for function in functions:
            label = f"{module_name}.{function}"
            monkeypatch.setattr(module, function, noting(label, getattr(module, function)))
    # And the thread never touches Blender.
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("prn_blender.") and hasattr(module, "bpy"):
            monkeypatch.setattr(module, "bpy", Guard(module.bpy))
    play(operator, start(operator, monkeypatch))
    wanted = {
        "swap": {
            "scene.result.swap.swap",
            "scene.result.swap._match",
            "operators.swap.faces_of_file",
        },
        "complete": {"scene.layers.complete.complete", "scene.record.photo_reader.read_photo"},
        "photo_light": {"scene.layers.complete.complete", "scene.record.photo_reader.read_photo"},
        "bake": {"scene.layers.head_tile.evaluate"},
        "apply_to_photo": {"scene.result.apply.draw_edits", "core.editing.apply.render_texture"},
        "compositor": {
            "scene.result.compositor.edit_matte",
            "scene.result.compositor.encode_image",
        },
        "rebuild": {"scene.build.rebuild.make_camera", "scene.record.photo_reader.read_photo"},
        "part_groups": {"scene.layers.part_masks.part_shares"},
    }[name]
    assert wanted <= calls.keys()
    assert not [label for label, threads in calls.items() if True in threads]


def held(operator: Any) -> tuple[threading.Event, list[bool]]:
    """Each step's work waits for the event, and notes then whether that has come."""
    goes_on, waited = threading.Event(), []
    steps = operator.steps

    def gated(work: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: (waited.append(goes_on.wait(PATIENCE)), work())[1]

    def gated_steps(context: Any) -> list[Step]:
        return [replace(step, work=gated(step.work)) for step in steps(context)]

    operator.steps = gated_steps
    return goes_on, waited


def test_esc_leaves_the_face_as_it_was(
    name: str, item: bpy.types.Object, donor_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whatever moment it comes; the thread is not waited for, and comes to its end later."""
    before = everything()
    for looks in range(40):
        operator = stand_in(OPERATORS[name], **options(name, donor_path))
        goes_on, waited = held(operator)
        window = start(operator, monkeypatch)
        ended = False
        for _ in range(looks):
            goes_on.set()
            work_is_done(operator)
            goes_on.clear()
            if operator.modal(window, TIMER) != {"PASS_THROUGH"}:
                ended = True
                break
        if ended:
            break
        waited.clear()
        assert operator.modal(window, ESC) == {"CANCELLED"}
        assert not waited
        assert operator.reports == [("INFO", "Stopped; the face is as it was")]
        goes_on.set()
        job_threads_end()
        assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)
        assert same(everything(), before)
    assert looks > 0 and ended


def test_a_face_that_is_gone_by_then_is_one_sentence(
    name: str, item: bpy.types.Object, donor_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where its building was undone meanwhile."""
    operator = stand_in(OPERATORS[name], **options(name, donor_path))
    window = start(operator, monkeypatch)
    bpy.data.objects.remove(item)
    before = everything()
    assert play(operator, window) == {"CANCELLED"}
    assert operator.reports == [("ERROR", "The face 'astronaut' is no longer there.")]
    assert same(everything(), before)
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)


def test_undo_meanwhile_does_no_harm(
    name: str, item: bpy.types.Object, donor_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives all data new places; the result goes to the face that is there then."""
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.mesh.primitive_cube_add("EXEC_DEFAULT", True)
    bpy.context.view_layer.objects.active = bpy.data.objects["astronaut"]
    operator = stand_in(OPERATORS[name], **options(name, donor_path))
    window = start(operator, monkeypatch)
    bpy.ops.ed.undo()
    assert "Cube" not in bpy.data.objects
    assert play(operator, window) == {"FINISHED"}
    item = bpy.data.objects["astronaut"]
    made = {
        "swap": lambda: layers_of(item).image(names.DONOR),
        "complete": lambda: layers_of(item).image(names.COMPLETED),
        "photo_light": lambda: layers_of(item).image(names.COMPLETED),
        "bake": lambda: bpy.data.images.get("astronaut Baked"),
        "apply_to_photo": lambda: find_result(item),
        "compositor": lambda: bpy.data.images.get("astronaut Composite Matte"),
        "rebuild": lambda: len(item.data.vertices) > 8000,
        "part_groups": lambda: "nose" in item.vertex_groups,
    }[name]()
    assert made


def test_another_file_ends_it(
    name: str, item: bpy.types.Object, donor_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = stand_in(OPERATORS[name], **options(name, donor_path))
    window = start(operator, monkeypatch)
    operator.modal(window, TIMER)
    operator.cancel(window)  # as Blender calls it
    new_file()
    job_threads_end()
    assert (jobs.current_job(), window.timers) == (None, 0)
    assert not everything()


def test_the_redo_panel_works_at_once_on_the_face_that_it_was(
    name: str, item: bpy.types.Object, donor_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bpy, "app", App())
    operator = stand_in(OPERATORS[name], **options(name, donor_path))
    operator.properties = SimpleNamespace(is_property_set=lambda name: True)
    window = Window()
    if name in ("swap", "rebuild"):
        assert operator.invoke(window, None) == {"RUNNING_MODAL"}
        assert window.browsers == 1
        assert operator.execute(window) == {"RUNNING_MODAL"}  # as file browser and dialog do
    else:
        assert operator.invoke(window, None) == {"RUNNING_MODAL"}
    assert play(operator, window) == {"FINISHED"}
    assert operator.face == "astronaut"
    # Somebody has duplicated the face meanwhile, and works on the copy.
    bpy.ops.object.duplicate()
    copy = bpy.context.view_layer.objects.active
    before = bake(layers_of(copy))
    for image in list(bpy.data.images):
        if image.name in ("astronaut Baked", "astronaut Result"):
            bpy.data.images.remove(image)
    operator.options = SimpleNamespace(is_repeat=True)
    assert operator.execute(window) == {"FINISHED"}
    assert jobs.current_job() is None
    assert np.array_equal(bake(layers_of(copy)), before)
    if name in ("bake", "apply_to_photo"):
        kind = "Baked" if name == "bake" else "Result"
        assert bpy.data.images[f"astronaut {kind}"].size[0] > 0
        assert f"{copy.name} {kind}" not in bpy.data.images
    # "Repeat Last" is meant for what is active now.
    operator.options = SimpleNamespace(is_repeat=False)
    assert operator.execute(window) == {"FINISHED"}
    assert operator.face == copy.name
