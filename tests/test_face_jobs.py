"""Long work on a face as jobs: as at once, but behind the window."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import shutil
import sys
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

from job_window import ESC, TIMER, App, Guard, Window, job_threads_end, play, stand_in, start

import prn_blender
from prn_blender.core import Photo
from prn_blender.operators import jobs
from prn_blender.operators.layer_jobs import (
    PRN_OT_apply,
    PRN_OT_bake,
    PRN_OT_complete,
    PRN_OT_compositor,
)
from prn_blender.operators.outputs import PRN_OT_write_outputs
from prn_blender.operators.rebuild import PRN_OT_rebuild
from prn_blender.operators.swap import PRN_OT_swap
from prn_blender.scene import texture_group as names
from prn_blender.scene.bake import bake
from prn_blender.scene.files import new_file
from prn_blender.scene.image import image_pixels
from prn_blender.scene.layers import find_layers, layers_of
from prn_blender.scene.paint import paint_layer

OPERATORS = {
    "swap": PRN_OT_swap,
    "complete": PRN_OT_complete,
    "bake": PRN_OT_bake,
    "apply_to_photo": PRN_OT_apply,
    "compositor": PRN_OT_compositor,
    "rebuild": PRN_OT_rebuild,
}
# What of them takes long, by the module that calls it.
LONG = {
    "operators.swap": ("faces_of_file",),
    "scene.state": ("read_photo",),
    "scene.swap": ("swap", "_match", "encode_image"),
    "scene.complete": ("complete", "encode_image"),
    "scene.bake": ("evaluate", "donor_share"),
    "scene.compositor": ("edit_matte", "encode_image"),
    "scene.rebuild": ("make_camera", "vertex_colours"),
    "scene.apply": ("draw_edits", "evaluate", "donor_share", "visible_matte"),
    "core.apply": ("render_texture",),
}


@pytest.fixture(autouse=True)
def addon() -> Iterator[None]:
    new_file()
    prn_blender.register()
    yield
    job_threads_end()
    prn_blender.unregister()


@pytest.fixture
def item(astronaut_path: Path, tmp_path: Path) -> bpy.types.Object:
    """A face with a dot painted on it."""
    photo = shutil.copy(astronaut_path, tmp_path / "astronaut.png")
    bpy.ops.prn.reconstruct(filepath=str(photo), stride="4", texture_size="256")
    item = bpy.context.view_layer.objects.active
    image = paint_layer(item, names.PAINT)
    pixels = np.zeros((256, 256, 4), np.float32)
    pixels[100:110, 100:140] = (0, 1, 0, 1)
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    return item


@pytest.fixture
def donor(astronaut: Photo, tmp_path: Path) -> Path:
    pixels = astronaut.pixels[:, ::-1].astype(float) * [0.95, 0.75, 0.6]
    path = tmp_path / "donor.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def options(name: str, donor: Path) -> dict[str, Any]:
    asked: dict[str, dict[str, Any]] = {
        "swap": {"filepath": str(donor), "parts": {"nose", "lips"}},
        "rebuild": {"stride": "2", "camera": "persp"},
    }
    return asked.get(name, {})


def everything() -> dict[str, Any]:
    """All that these operators can change: images with their pixels, the layers' numbers, meshes,
    cameras, nodes and scenes."""
    found: dict[str, Any] = {}
    for image in bpy.data.images:
        if image.type == "IMAGE" and image.size[0]:
            found[image.name] = image_pixels(image).copy()
    for item in bpy.data.objects:
        layers = find_layers(item)
        if layers is not None:
            inputs = layers.group.inputs
            found[item.name] = np.array([s.default_value for s in inputs if s.type == "VALUE"])
            found[f"nodes {item.name}"] = sorted(layers.material.node_tree.nodes.keys())
    for mesh in bpy.data.meshes:
        found[f"mesh {mesh.name}"] = [tuple(v.co) for v in mesh.vertices]
    for camera in bpy.data.cameras:
        found[f"camera {camera.name}"] = (camera.type, camera.lens, camera.ortho_scale)
    for scene in bpy.data.scenes:
        if scene.objects:
            found[f"scene {scene.name}"] = sorted(scene.objects.keys())
    return found


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


@pytest.fixture(params=list(OPERATORS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_job_makes_what_a_script_makes(
    name: str, item: bpy.types.Object, donor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    before = everything()
    assert getattr(bpy.ops.prn, name)(**options(name, donor)) == {"FINISHED"}
    straight = everything()
    assert not same(before, straight)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "face.blend"))
    assert same(everything(), before)
    operator = stand_in(OPERATORS[name], **options(name, donor))
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
    name: str, item: bpy.types.Object, donor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    calls: dict[str, set[bool]] = {}

    def noting(label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*values: Any, **more: Any) -> Any:
            in_main = threading.current_thread() is threading.main_thread()
            calls.setdefault(label, set()).add(in_main)
            return function(*values, **more)

        return noted

    operator = stand_in(OPERATORS[name], **options(name, donor))
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
        "swap": {"scene.swap.swap", "scene.swap._match", "operators.swap.faces_of_file"},
        "complete": {"scene.complete.complete", "scene.state.read_photo"},
        "bake": {"scene.bake.evaluate"},
        "apply_to_photo": {"scene.apply.draw_edits", "core.apply.render_texture"},
        "compositor": {"scene.compositor.edit_matte", "scene.compositor.encode_image"},
        "rebuild": {"scene.rebuild.make_camera", "scene.state.read_photo"},
    }[name]
    assert wanted <= calls.keys()
    assert set().union(*calls.values()) == {False}


def test_esc_leaves_the_face_as_it_was(
    name: str, item: bpy.types.Object, donor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whatever moment it comes."""
    before = everything()
    for looks in range(40):
        operator = stand_in(OPERATORS[name], **options(name, donor))
        window = start(operator, monkeypatch)
        began = time.monotonic()
        ended = False
        for _ in range(looks):
            while operator._finishing is None and not operator._future.done():
                time.sleep(0.001)
            if operator.modal(window, TIMER) != {"PASS_THROUGH"}:
                ended = True
                break
        if ended:
            break
        began = time.monotonic()
        assert operator.modal(window, ESC) == {"CANCELLED"}
        assert time.monotonic() - began < 0.5
        assert operator.reports == [("INFO", "Stopped; the face is as it was")]
        job_threads_end()
        assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)
        assert same(everything(), before)
    assert looks > 0 and ended


def test_a_face_that_is_gone_by_then_is_one_sentence(
    name: str, item: bpy.types.Object, donor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where its building was undone meanwhile."""
    operator = stand_in(OPERATORS[name], **options(name, donor))
    window = start(operator, monkeypatch)
    bpy.data.objects.remove(item)
    before = everything()
    assert play(operator, window) == {"CANCELLED"}
    assert operator.reports == [("ERROR", "The face 'astronaut' is no longer there.")]
    assert same(everything(), before)
    assert (jobs.current_job(), window.status, window.timers) == (None, None, 0)


def test_undo_meanwhile_does_no_harm(
    name: str, item: bpy.types.Object, donor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives all data new places; the result goes to the face that is there then."""
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.mesh.primitive_cube_add("EXEC_DEFAULT", True)
    bpy.context.view_layer.objects.active = bpy.data.objects["astronaut"]
    operator = stand_in(OPERATORS[name], **options(name, donor))
    window = start(operator, monkeypatch)
    bpy.ops.ed.undo()
    assert "Cube" not in bpy.data.objects
    assert play(operator, window) == {"FINISHED"}
    item = bpy.data.objects["astronaut"]
    made = {
        "swap": lambda: layers_of(item).image(names.DONOR),
        "complete": lambda: layers_of(item).image(names.COMPLETED),
        "bake": lambda: bpy.data.images.get("astronaut Baked"),
        "apply_to_photo": lambda: item.data["prn"].get("result"),
        "compositor": lambda: bpy.data.images.get("astronaut Composite Matte"),
        "rebuild": lambda: len(item.data.vertices) > 8000 and item.data["prn"].get("photo"),
    }[name]()
    assert made is not None and made.size[0] > 0


def test_another_file_ends_it(
    name: str, item: bpy.types.Object, donor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = stand_in(OPERATORS[name], **options(name, donor))
    window = start(operator, monkeypatch)
    operator.modal(window, TIMER)
    operator.cancel(window)  # as Blender calls it
    new_file()
    job_threads_end()
    assert (jobs.current_job(), window.timers) == (None, 0)
    assert not everything()


def test_the_redo_panel_works_at_once_on_the_face_that_it_was(
    name: str, item: bpy.types.Object, donor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.bpy, "app", App())
    operator = stand_in(OPERATORS[name], **options(name, donor))
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


# Files -----------------------------------------------------------------------------------------

ALL_KINDS = {"obj": True, "vertices": True, "depth": True, "colors": True, "front": "similarity"}


def test_files_of_a_job_are_those_of_a_script(
    item: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / "straight", tmp_path / "job"]
    for folder in folders:
        folder.mkdir()
    bpy.ops.prn.write_outputs(directory=str(folders[0]), **ALL_KINDS)
    before = everything()
    operator = stand_in(PRN_OT_write_outputs, directory=str(folders[1]), **ALL_KINDS)
    monkeypatch.setattr(jobs.bpy, "app", App())
    window = Window()
    assert operator.invoke(window, None) == {"RUNNING_MODAL"}
    assert operator.execute(window) == {"RUNNING_MODAL"}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("prn_blender.") and hasattr(module, "bpy"):
            monkeypatch.setattr(module, "bpy", Guard(module.bpy))
    assert play(operator, window) == {"FINISHED"}
    straight, job = ({p.name: p.read_bytes() for p in f.iterdir()} for f in folders)
    assert len(straight) > 10
    assert straight == job
    assert operator.reports == [("INFO", f"Wrote {len(job)} files to {folders[1]}")]
    assert same(everything(), before)


def test_esc_ends_writing_between_two_files(
    item: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for looks in (0, 3):
        folder = tmp_path / str(looks)
        folder.mkdir()
        operator = stand_in(PRN_OT_write_outputs, directory=str(folder), **ALL_KINDS)
        window = start(operator, monkeypatch)
        for _ in range(looks):
            while not operator._future.done():
                time.sleep(0.001)
            operator.modal(window, TIMER)
        assert operator.modal(window, ESC) == {"CANCELLED"}
        (said,) = operator.reports
        job_threads_end()
        # The one that the thread was at may be there besides.
        written = list(folder.iterdir())
        assert len(written) < 10
        assert not [path for path in written if path.stat().st_size == 0]
        if looks:
            assert said[1].startswith("Stopped after ")
            assert said[1].endswith(f" files, which are in {folder}")
        else:
            assert said == ("INFO", "Stopped before anything was written")


def test_writing_goes_on_without_its_face(
    item: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it needs was taken at the start."""
    operator = stand_in(PRN_OT_write_outputs, directory=str(tmp_path))
    window = start(operator, monkeypatch)
    bpy.data.objects.remove(item)
    assert play(operator, window) == {"FINISHED"}
    assert (tmp_path / "astronaut_pose.txt").stat().st_size > 0


def test_a_file_is_written_by_the_job_too(
    item: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cls, image in ((PRN_OT_bake, "astronaut Baked"), (PRN_OT_apply, "astronaut Result")):
        path = tmp_path / f"{image}.png"
        operator = stand_in(cls, filepath=str(path))
        play(operator, start(operator, monkeypatch))
        written = np.asarray(Image.open(path).convert("RGBA"))
        assert np.array_equal(written, image_pixels(bpy.data.images[image]))
        bad = stand_in(cls, filepath=str(tmp_path / "picture.gif"))
        assert play(bad, start(bad, monkeypatch)) == {"CANCELLED"}
        assert bad.reports[0][0] == "ERROR"


def test_several_faces_of_a_photo_read_it_once(
    pair: Photo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prn_blender.core.photo import write_image
    from prn_blender.scene import state

    write_image(tmp_path / "pair.png", pair.pixels)
    bpy.ops.prn.reconstruct(
        filepath=str(tmp_path / "pair.png"), faces="ALL", stride="4", texture_size="256"
    )
    items = [bpy.data.objects[name] for name in ("pair", "pair_2")]
    reads = []
    read = state.read_photo
    monkeypatch.setattr(state, "read_photo", lambda path: (reads.append(path), read(path))[1])
    faces = state.recall(items)()
    assert len(reads) == 1
    assert faces[0].photo is faces[1].photo
    for item, face in zip(items, faces, strict=True):
        assert np.array_equal(face.position_map, state.face_of(item).position_map)
