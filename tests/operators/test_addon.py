"""The add-on in Blender: its operator, its registration, its command."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

import prn_blender
from prn_blender import registration
from prn_blender.core import FaceReconstructor
from prn_blender.interface import recent_faces
from prn_blender.operators import menus
from prn_blender.scene import SceneOptions, build_scene

pytestmark = pytest.mark.usefixtures("addon")


@pytest.fixture
def network_runs(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each time a photo is really reconstructed."""
    runs: list[object] = []
    original = FaceReconstructor.__call__

    def counted(self: FaceReconstructor, photo: object, **options: object) -> object:
        runs.append(photo)
        return original(self, photo, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(FaceReconstructor, "__call__", counted)
    return runs


def coordinates(item: bpy.types.Object) -> np.ndarray:
    values = np.empty(len(item.data.vertices) * 3, np.float32)
    item.data.vertices.foreach_get("co", values)
    return values


def test_operator_builds_what_the_python_api_builds(astronaut_path: Path) -> None:
    result = bpy.ops.prn.reconstruct(
        filepath=str(astronaut_path), stride="2", texture_size="256", camera="persp", focal_mm=70
    )
    assert result == {"FINISHED"}
    made = bpy.context.view_layer.objects.active
    faces = FaceReconstructor.load()(astronaut_path, max_faces=1)
    options = SceneOptions(stride=2, texture_size=256, camera="persp", focal_mm=70)
    expected = build_scene(faces, options).faces[0]
    assert np.allclose(coordinates(made), coordinates(expected), atol=1e-6)
    assert np.allclose(np.array(made.matrix_basis), np.array(expected.matrix_basis), atol=1e-6)


def test_operator_selects_what_it_made(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    active = bpy.context.view_layer.objects.active
    assert active.name == "astronaut"
    assert [o.name for o in bpy.context.view_layer.objects if o.select_get()] == ["astronaut"]


def test_other_options_do_not_run_the_network_again(
    astronaut_path: Path, network_runs: list[object]
) -> None:
    for stride in ("4", "2", "1"):
        bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride=stride, texture_size="256")
    assert len(network_runs) == 1


def test_a_changed_file_runs_the_network_again(
    astronaut_path: Path, tmp_path: Path, network_runs: list[object]
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(astronaut_path.read_bytes())
    bpy.ops.prn.reconstruct(filepath=str(photo), stride="4", texture_size="256")
    photo.write_bytes(astronaut_path.read_bytes() + b"\0")
    bpy.ops.prn.reconstruct(filepath=str(photo), stride="4", texture_size="256")
    assert len(network_runs) == 2


def test_undo_takes_it_away_and_redo_brings_it_back(astronaut_path: Path) -> None:
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.prn.reconstruct("EXEC_DEFAULT", True, filepath=str(astronaut_path), stride="4")
    assert "astronaut" in bpy.data.objects
    bpy.ops.ed.undo()
    assert "astronaut" not in bpy.data.objects
    bpy.ops.ed.redo()
    assert "astronaut" in bpy.data.objects


def test_several_photos_at_once(astronaut_path: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(astronaut_path.read_bytes())
    bpy.ops.prn.reconstruct(
        filepath=str(tmp_path / "a.png"),
        directory=str(tmp_path),
        files=[{"name": "a.png"}, {"name": "b.png"}],
        stride="4",
        texture_size="256",
    )
    assert {"a", "b"} <= {c.name for c in bpy.context.scene.collection.children}


def test_error_is_one_sentence_and_leaves_the_scene(tmp_path: Path) -> None:
    noise = tmp_path / "noise.jpg"
    noise.write_bytes(b"not a photo")
    before = [o.name for o in bpy.data.objects], [i.name for i in bpy.data.images]
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.prn.reconstruct(filepath=str(noise))
    (message,) = str(caught.value).strip().splitlines()
    # The list of formats ends as Pillow's abilities say.
    assert message.startswith(
        'Error: "noise.jpg" is not a picture that can be read; JPEG, PNG, WebP, TIFF'
    )
    assert message.endswith(" can.")
    assert ([o.name for o in bpy.data.objects], [i.name for i in bpy.data.images]) == before


def test_one_bad_photo_of_several_is_a_warning(astronaut_path: Path, tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(astronaut_path.read_bytes())
    (tmp_path / "bad.png").write_bytes(b"")
    result = bpy.ops.prn.reconstruct(
        filepath=str(tmp_path / "good.png"),
        directory=str(tmp_path),
        files=[{"name": "bad.png"}, {"name": "good.png"}],
        stride="4",
    )
    assert result == {"FINISHED"}
    assert "good" in bpy.data.objects


def test_not_offered_outside_object_mode(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    bpy.ops.object.mode_set(mode="EDIT")
    assert not bpy.ops.prn.reconstruct.poll()
    bpy.ops.object.mode_set(mode="OBJECT")
    assert bpy.ops.prn.reconstruct.poll()


def test_unregister_leaves_nothing(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    prn_blender.unregister()
    try:
        assert not hasattr(bpy.types, "PRN_OT_reconstruct")
        assert not [name for name in dir(bpy.types) if name.startswith("PRN_")]
        assert not hasattr(bpy.types.Scene, "prn_photo")
        for name, draw in menus.ENTRIES:
            assert draw not in getattr(getattr(bpy.types, name).draw, "_draw_funcs", [])
        assert not registration._undo
        assert not recent_faces._faces
        assert not recent_faces._reconstructors
    finally:
        prn_blender.register()


def test_blender_command_writes_a_blend(astronaut_path: Path, tmp_path: Path) -> None:
    arguments = ["reconstruct", str(astronaut_path), "-o", str(tmp_path), "--blend"]
    assert registration._command([*arguments, "--stride", "4", "--texture-size", "256"]) == 0
    assert (tmp_path / "astronaut.blend").stat().st_size > 10_000
