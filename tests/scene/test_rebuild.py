"""Faces that are there already get another mesh or camera."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Photo
from prn_blender.core.photo.photo import write_image
from prn_blender.scene.files import new_file
from prn_blender.scene.names import is_face
from prn_blender.scene.record import face_of

pytestmark = pytest.mark.usefixtures("addon")


def points(item: bpy.types.Object, name: str = "position") -> np.ndarray:
    values = np.empty(len(item.data.vertices) * 3, np.float32)
    item.data.attributes[name].data.foreach_get("vector", values)
    return values.reshape(-1, 3)


OPTIONS = {"stride": "2", "camera": "persp", "focal_mm": 70.0, "eye_distance": 50.0}


def test_rebuilt_is_what_building_gives(pair: Photo, tmp_path: Path) -> None:
    write_image(tmp_path / "pair.png", pair.pixels)
    photo = {"filepath": str(tmp_path / "pair.png"), "faces": "ALL", "texture_size": "256"}
    bpy.ops.prn.reconstruct(**photo, **OPTIONS)
    wanted = [o for o in bpy.context.scene.objects if o.type == "MESH"]
    expected = [(points(o), np.array(o.matrix_basis)) for o in wanted]
    seen = bpy.context.scene.camera.data
    camera = seen.type, seen.lens, bpy.context.scene.camera.location.copy()
    new_file()
    bpy.ops.prn.reconstruct(**photo, stride="4", landmarks="points", colors=True)
    material = bpy.context.view_layer.objects.active.active_material
    assert bpy.ops.prn.rebuild(**OPTIONS) == {"FINISHED"}
    made = [o for o in bpy.context.scene.objects if is_face(o)]
    assert len(made) == 2
    for item, (local, matrix) in zip(made, expected, strict=True):
        assert np.allclose(points(item), local, atol=1e-6)
        assert np.allclose(np.array(item.matrix_basis), matrix, atol=1e-6)
        assert "photo_color" in item.data.attributes
        assert len(item.children) == 1
        assert {g.name for g in item.vertex_groups} == {"photo_visible"}
        assert np.abs(face_of(item).position_map).max() < 1e4
    now = bpy.context.scene.camera
    assert (now.data.type, now.data.lens, now.location) == camera
    assert bpy.context.view_layer.objects.active.active_material == material
    # The landmarks went along.
    face, marks = made[0], made[0].children[0]
    tip = points(marks)[30]
    assert np.linalg.norm(points(face) - tip, axis=1).min() < 1e-3
    assert len(bpy.data.meshes) == 4


def test_a_front_view_is_left_and_parts_stay(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    item = bpy.context.view_layer.objects.active
    posed = np.array(item.matrix_basis)
    bpy.ops.prn.part_groups()
    groups = {g.name for g in item.vertex_groups}
    bpy.ops.prn.front_view()
    bpy.ops.prn.rebuild(stride="2")
    assert np.allclose(np.array(item.matrix_basis), posed, atol=1e-6)
    assert {g.name for g in item.vertex_groups} == groups
    bpy.ops.prn.front_view()
    assert not np.allclose(np.array(item.matrix_basis), posed, atol=1e-3)


def test_an_impossible_camera_changes_nothing(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    item = bpy.context.view_layer.objects.active
    before, meshes = item.data, len(bpy.data.meshes)
    bpy.data.cameras.remove(bpy.context.scene.camera.data)
    with pytest.raises(RuntimeError, match="camera of 'astronaut' was deleted"):
        bpy.ops.prn.rebuild(stride="2")
    assert item.data == before
    assert len(bpy.data.meshes) == meshes


def test_a_second_undo_brings_the_first_mesh_back(astronaut_path: Path) -> None:
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.prn.reconstruct("EXEC_DEFAULT", True, filepath=str(astronaut_path), stride="4")
    count = len(bpy.context.view_layer.objects.active.data.vertices)
    bpy.ops.prn.rebuild("EXEC_DEFAULT", True, stride="2")
    assert len(bpy.data.objects["astronaut"].data.vertices) > 3 * count
    bpy.ops.ed.undo()
    assert len(bpy.data.objects["astronaut"].data.vertices) == count
