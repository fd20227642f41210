"""The operators on whole heads: built, changed to lattices and back, rigged, written."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import draw_dot

from prn_blender.core import Face
from prn_blender.scene.head.armature import find_rig
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers.export_nodes import composed_image
from prn_blender.scene.layers.layers import SKIN_LAYER, layers_of
from prn_blender.scene.mesh.carry import coordinates
from prn_blender.scene.mesh.mesh import on_layout, uv_of_vertices
from prn_blender.scene.mesh.shape_keys import add_expressions, add_neutral
from prn_blender.scene.names import is_head
from prn_blender.scene.record import face_of

pytestmark = pytest.mark.usefixtures("addon")


def built(path: Path, **options: object) -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(path), texture_size="256", topology="head", **options)
    return bpy.context.view_layer.objects.active


def keys(item: bpy.types.Object) -> np.ndarray:
    """(54, n, 3)"""
    return np.array([coordinates(key.data) for key in item.data.shape_keys.key_blocks])


def test_another_camera_gives_what_building_gives(astronaut_path: Path) -> None:
    view = {"camera": "persp", "use_exif": False, "focal_mm": 70.0, "eye_distance": 55.0}
    item = built(astronaut_path, **view)
    wanted, place = keys(item), np.array(item.matrix_basis)
    item = built(astronaut_path)
    sculpted = np.zeros((len(item.data.vertices), 3), np.float32)
    sculpted[100, 2] = 0.01
    for key in item.data.shape_keys.key_blocks:
        key.data.foreach_set("co", (coordinates(key.data) + sculpted).ravel())
    bpy.ops.prn.rebuild(**view)
    assert is_head(item)
    assert np.abs(keys(item) - (wanted + sculpted)).max() < 1e-5
    assert np.array(item.matrix_basis) == pytest.approx(place, abs=1e-5)


def test_a_head_becomes_a_lattice_and_a_head_again(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), texture_size="256", stride="4")
    item = bpy.context.view_layer.objects.active
    as_lattice = coordinates(item.data.vertices)
    material = item.active_material
    bpy.ops.prn.rebuild(topology="head")
    assert is_head(item)
    as_head, parts = keys(item), [m.name for m in item.data.materials]
    assert len(as_head) == 54
    assert len(parts) == 7
    uv = uv_of_vertices(item.data)
    bump = np.exp(-((uv - [0.35, 0.45]) ** 2).sum(axis=1) / 0.01)[:, None] * [0, -0.01, 0]
    for key in item.data.shape_keys.key_blocks:
        key.data.foreach_set("co", (coordinates(key.data) + bump).astype(np.float32).ravel())
    mine = item.shape_key_add(name="Mine", from_mix=False)
    mine.data[0].co.x += 0.001
    bpy.ops.prn.rebuild(topology="lattice", stride="4")
    assert not is_head(item)
    assert item.active_material == material
    assert list(item.data.materials) == [material]
    assert [key.name for key in item.data.shape_keys.key_blocks] == ["Basis", "Mine"]
    moved = coordinates(item.data.vertices) - as_lattice
    assert -moved[:, 1].min() == pytest.approx(0.01, rel=0.1)
    assert np.abs(moved[:, [0, 2]]).max() < 1e-4
    assert not layers_of(item).of_head
    bpy.ops.prn.rebuild(topology="head")
    back = keys(item)[:54]
    assert np.abs((back - as_head - bump)[:, on_layout(uv)]).max() < 2e-3
    assert np.ptp(back - as_head, axis=0).max() < 1e-6, "each key is sculpted alike"
    assert [m.name for m in item.data.materials] == parts
    assert item.data.shape_keys.key_blocks.find("Mine") == 54


def test_a_lattice_that_moves_becomes_a_head_that_moves(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), texture_size="256", stride="4")
    item = bpy.context.view_layer.objects.active
    add_neutral(item, face_of(item))
    for _ in add_expressions(item, face_of(item), ["jawOpen", "mouthFunnel"]):
        pass
    lattice = item.data.shape_keys.key_blocks
    lattice["Neutral"].value, lattice["mouthFunnel"].value = 1.0, 0.5
    lattice["jawOpen"].keyframe_insert("value", frame=1)
    lattice["jawOpen"].value = 0.6
    lattice["jawOpen"].keyframe_insert("value", frame=10)
    bpy.ops.prn.rebuild(topology="head")
    shown = item.data.shape_keys.key_blocks
    assert len(shown) == 54, "nothing twice"
    bpy.context.scene.frame_set(10)
    values = {key.name: key.value for key in shown if key.value and key.name != "Basis"}
    assert values == pytest.approx({"jawOpen": 0.6, "mouthFunnel": 0.5, "Photo Detail": 1.0})


def test_a_rig_outlives_a_lattice(astronaut_path: Path) -> None:
    item = built(astronaut_path)
    bpy.ops.prn.rig()
    rig = item.modifiers["Rig"].object

    def bent() -> np.ndarray:
        for bone in ("neck", "jaw"):
            rig.pose.bones[bone].rotation_mode = "XYZ"
            rig.pose.bones[bone].rotation_euler.x = 0.3
        bpy.context.view_layer.update()
        shown = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
        return coordinates(shown.data.vertices)

    before, groups = bent(), set(item.vertex_groups.keys())
    bpy.ops.prn.rebuild(topology="lattice", stride="4")
    assert np.abs(bent() - coordinates(item.data.vertices)).max() > 0.02, "it moves the face"
    bpy.ops.prn.rebuild(topology="head")
    assert np.abs(bent() - before).max() < 1e-6
    assert set(item.vertex_groups.keys()) == groups


def test_who_asks_for_a_head_hears_that_there_is_none(
    astronaut_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # As of a model that does not tell identity.
    monkeypatch.setattr(Face, "head", property(lambda face: None))
    photo = {"filepath": str(astronaut_path), "texture_size": "256"}
    for asked, said in (({}, False), ({"topology": "head"}, True), ({"stride": "4"}, False)):
        assert bpy.ops.prn.reconstruct(**photo, **asked) == {"FINISHED"}
        assert not is_head(bpy.context.view_layer.objects.active)
        assert ("1 face is a lattice" in capfd.readouterr().out) == said


def test_strokes_on_the_skull_stay(astronaut_path: Path) -> None:
    item = built(astronaut_path)
    was = image_pixels(layers_of(item).image(SKIN_LAYER))
    assert bpy.ops.prn.paint(layer=SKIN_LAYER) == {"FINISHED"}
    bpy.ops.object.mode_set(mode="OBJECT")
    image = layers_of(item).image(SKIN_LAYER)
    side = image.size[0]
    slots = layers_of(item).material.texture_paint_images
    assert slots[layers_of(item).material.paint_active_slot] == image
    head = face_of(item).head
    assert head is not None
    # A place of the skull in the head's tile: the vertex that is highest.
    top = np.isin(head.model.quads, head.neutral[:, 2].argmax())
    column, row = (head.model.uv[top][0] * [side, -side] + [0, side]).astype(int)
    draw_dot(image, row, column, 4 * side // 256)
    bpy.ops.prn.bake()
    tile = image_pixels(composed_image(layers_of(item).material))
    y, x = np.array([row, column]) * len(tile) // side
    assert tile[y, x, :3].tolist() == pytest.approx([0, 255, 0], abs=3)
    assert np.abs(was[row, column, :3].astype(int) - [0, 255, 0]).max() > 100
    bpy.ops.prn.rebuild(topology="lattice")
    with pytest.raises(RuntimeError, match="Only a whole head has skin around its face"):
        bpy.ops.prn.paint(layer=SKIN_LAYER)


def test_every_button_works_on_a_head(astronaut_path: Path, tmp_path: Path) -> None:
    item = built(astronaut_path)
    count = len(item.data.vertices)
    for button in (
        bpy.ops.prn.complete, bpy.ops.prn.landmarks, bpy.ops.prn.visibility, bpy.ops.prn.bake,
        bpy.ops.prn.front_view, bpy.ops.prn.front_view, bpy.ops.prn.photo_view,
        bpy.ops.prn.part_groups, bpy.ops.prn.paint, bpy.ops.prn.rig,
    ):  # fmt: skip
        assert button() == {"FINISHED"}, button
        if bpy.context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
    donor = {"filepath": str(astronaut_path), "parts": {"nose"}}
    assert bpy.ops.prn.swap(**donor) == {"FINISHED"}
    assert bpy.ops.prn.apply_to_photo() == {"FINISHED"}
    bpy.ops.prn.write_outputs(directory=str(tmp_path), obj=True, glb=True, head=True)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"astronaut.obj", "astronaut.glb", "astronaut_head.glb"} <= names
    assert len(item.data.vertices) == count
    assert is_head(item)


def test_a_rig_can_be_undone(astronaut_path: Path) -> None:
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.prn.reconstruct(
        "EXEC_DEFAULT", True, filepath=str(astronaut_path), topology="head", texture_size="256"
    )
    bpy.ops.prn.rig("EXEC_DEFAULT", True)
    assert bpy.data.armatures
    bpy.ops.ed.undo()
    item = bpy.data.objects["astronaut"]
    assert is_head(item)
    assert not [m for m in item.modifiers if m.type == "ARMATURE"]
    assert "astronaut Look" not in bpy.data.objects


def test_a_rig_that_was_deleted_can_be_added_again(astronaut_path: Path) -> None:
    item = built(astronaut_path)
    bpy.ops.prn.rig()
    groups = [group.name for group in item.vertex_groups]
    rig = find_rig(item)
    assert rig is not None
    bpy.data.objects.remove(rig)
    assert bpy.ops.prn.rig() == {"FINISHED"}
    assert [group.name for group in item.vertex_groups] == groups, "and no old weights"
    assert [m.type for m in item.modifiers] == ["ARMATURE"]
    assert find_rig(item) is not None
