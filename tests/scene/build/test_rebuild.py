"""Faces that are there already get another mesh or camera."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Photo
from prn_blender.core.geometry.lattice import plain_lattice
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.photo.photo import write_image
from prn_blender.scene.build.built_with import built_with
from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import array_image, image_pixels
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.mesh.carry import coordinates, what_is_lost
from prn_blender.scene.mesh.mesh import uv_of_vertices
from prn_blender.scene.names import is_face
from prn_blender.scene.record import face_of, layout_of

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


def test_another_density_stays_at_the_front_and_keeps_parts(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    item = bpy.context.view_layer.objects.active
    posed = np.array(item.matrix_basis)
    bpy.ops.prn.part_groups()
    groups = {g.name for g in item.vertex_groups}
    bpy.ops.prn.front_view()
    front = np.array(item.matrix_basis)
    bpy.ops.prn.rebuild(stride="2")
    assert np.allclose(np.array(item.matrix_basis), front, atol=1e-6)
    assert {g.name for g in item.vertex_groups} == groups
    bpy.ops.prn.front_view()
    assert np.allclose(np.array(item.matrix_basis), posed, atol=1e-6)
    bpy.ops.prn.front_view()
    bpy.ops.prn.rebuild(camera="persp", use_exif=False)
    assert not np.allclose(np.array(item.matrix_basis), front, atol=1e-3), "it is posed anew"


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


def built(path: Path, **options: object) -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(path), texture_size="256", **options)
    return bpy.context.view_layer.objects.active


def bump(item: bpy.types.Object, height: float) -> np.ndarray:
    """(n, 3): what sculpting might do, a smooth bump around a cheek."""
    uv = uv_of_vertices(item.data)
    shape = np.exp(-((uv - [0.35, 0.45]) ** 2).sum(axis=1) / 0.01)
    return (shape[:, None] * [0.0, -height, 0.2 * height]).astype(np.float32)


def sculpt(elements: bpy.types.bpy_prop_collection, moves: np.ndarray) -> None:
    values = np.empty(moves.size, np.float32)
    elements.foreach_get("co", values)
    elements.foreach_set("co", values + moves.ravel())


def worked_on(path: Path) -> bpy.types.Object:
    """A face that was sculpted, with shape keys, weights, a mask, face sets."""
    item = built(path, stride="4")
    sculpt(item.data.vertices, bump(item, 0.02))
    item.shape_key_add(name="Basis", from_mix=False)
    key = item.shape_key_add(name="Smile", from_mix=False)
    key.slider_min, key.slider_max, key.value = -1.0, 2.0, 0.5
    sculpt(key.data, bump(item, 0.01)[:, [1, 0, 2]])
    group = item.vertex_groups.new(name="Jaw")
    for index, (u, _) in enumerate(uv_of_vertices(item.data).tolist()):
        group.add([index], u, "REPLACE")
    item.modifiers.new("Armature", "ARMATURE").vertex_group = "Jaw"
    mask = item.data.attributes.new(".sculpt_mask", "FLOAT", "POINT")
    mask.data.foreach_set("value", uv_of_vertices(item.data)[:, 1].copy())
    sets = item.data.attributes.new(".sculpt_face_set", "INT", "FACE")
    left = [item.data.vertices[p.vertices[0]].co.x > 0 for p in item.data.polygons]
    sets.data.foreach_set("value", np.where(left, 7, 3).astype(np.int32))
    item.data["note"] = "mine"
    return item


def weights_of(item: bpy.types.Object, name: str) -> np.ndarray:
    index = item.vertex_groups[name].index
    return np.array(
        [sum(g.weight for g in v.groups if g.group == index) for v in item.data.vertices]
    )


def test_what_was_made_by_hand_is_carried_to_another_density(astronaut_path: Path) -> None:
    plain = built(astronaut_path, stride="2")
    expected, uv = points(plain), uv_of_vertices(plain.data)
    moves = {"basis": bump(plain, 0.02), "key": bump(plain, 0.01)[:, [1, 0, 2]]}
    new_file()
    item = worked_on(astronaut_path)
    item.location.x += 1.0
    place = np.array(item.matrix_basis)
    assert bpy.ops.prn.rebuild(stride="2") == {"FINISHED"}
    assert len(item.data.vertices) == len(expected)
    # A bump 25 mm wide, seen by vertices 3 mm apart: half a millimetre of 20.
    assert np.abs(points(item) - expected - moves["basis"]).max() < 8e-4
    keys = item.data.shape_keys.key_blocks
    assert [k.name for k in keys] == ["Basis", "Smile"]
    smile = coordinates(keys["Smile"].data) - coordinates(keys["Basis"].data)
    assert np.abs(smile - moves["key"]).max() < 5e-4 and np.abs(smile).max() > 5e-3
    assert (keys["Smile"].slider_min, keys["Smile"].value) == (-1.0, 0.5)
    rim = 4 / 256 + 1e-4  # outside of the coarse mesh the nearest value goes on
    assert np.abs(weights_of(item, "Jaw") - uv[:, 0]).max() < rim
    assert item.modifiers["Armature"].vertex_group == "Jaw"
    mask = np.empty(len(uv), np.float32)
    item.data.attributes[".sculpt_mask"].data.foreach_get("value", mask)
    assert np.abs(mask - uv[:, 1]).max() < rim
    sets = np.empty(len(item.data.polygons), np.int32)
    item.data.attributes[".sculpt_face_set"].data.foreach_get("value", sets)
    assert set(np.unique(sets)) == {3, 7} and 0.4 < (sets == 7).mean() < 0.6
    assert item.data["note"] == "mine"
    assert np.allclose(np.array(item.matrix_basis), place)


def test_what_was_made_by_hand_stays_with_another_camera(astronaut_path: Path) -> None:
    item = worked_on(astronaut_path)
    mesh, before = item.data, points(item)
    smile = coordinates(mesh.shape_keys.key_blocks["Smile"].data)
    assert bpy.ops.prn.rebuild(camera="persp", focal_mm=70.0) == {"FINISHED"}
    assert item.data == mesh, "the density is the same, and so is the mesh"
    moved = points(item) - before
    assert np.abs(moved).max() > 1e-4
    again = coordinates(mesh.shape_keys.key_blocks["Smile"].data) - smile
    assert np.allclose(again, moved, atol=1e-6)
    assert bpy.context.scene.camera.data.type == "PERSP"


def test_without_a_change_nothing_changes(astronaut_path: Path) -> None:
    for camera in ("ortho", "persp"):
        new_file()
        item = built(astronaut_path, stride="4", camera=camera, focal_mm=35.0, eye_distance=58.0)
        item.active_material.prn_lit = True
        sculpt(item.data.vertices, bump(item, 0.02))
        mesh, before, place = item.data, points(item), np.array(item.matrix_basis)
        seen = bpy.context.scene.camera.data.lens
        bpy.ops.prn.rebuild()
        assert item.data == mesh and (points(item) == before).all()
        assert (np.array(item.matrix_basis) == place).all()
        assert bpy.context.scene.camera.data.lens == seen and item.active_material.prn_lit


@pytest.mark.parametrize("camera", ["ortho", "persp"])
def test_the_options_begin_with_those_of_the_face(astronaut_path: Path, camera: str) -> None:
    item = built(
        astronaut_path, stride="2", camera=camera, use_exif=False, focal_mm=35.0,
        eye_distance=55.0, material="lit",
    )  # fmt: skip
    scene = bpy.context.scene
    now = built_with([item], scene.camera, scene)
    assert (now.stride, now.camera, now.texture_size, now.material) == (2, camera, 256, "lit")
    assert now.eye_distance == pytest.approx(0.055, abs=1e-6)
    assert now.focal_mm == pytest.approx(35.0 if camera == "persp" else 50.0)


def test_the_texture_gets_another_size_and_keeps_strokes(astronaut_path: Path) -> None:
    item = built(astronaut_path, stride="4")
    bpy.ops.prn.rebuild(texture_size="512")
    image = bpy.data.images["astronaut Texture"]
    assert tuple(image.size) == (512, 512)
    assert (image_pixels(image) == face_of(item).texture(512)).all()
    pixels = image_pixels(image).copy()
    pixels[100:200, 200:300, :3] = (0, 255, 0)
    layers_of(item).set_image("Photo", array_image("drawn on", pixels))
    bpy.ops.prn.rebuild(texture_size="256", material="lit")
    smaller = image_pixels(layers_of(item).image("Photo"))
    assert smaller.shape == (256, 256, 4)
    assert (smaller[55:95, 105:145, :3] == (0, 255, 0)).all()
    assert item.active_material.prn_lit


def test_what_another_density_cannot_keep_is_said(astronaut_path: Path) -> None:
    item = built(astronaut_path, stride="4")
    layout = face_of(item).layout
    assert what_is_lost(item, layout, 4) == []
    item.data.uv_layers.new(name="Second")
    bpy.context.view_layer.objects.active = item
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.subdivide()
    bpy.ops.object.mode_set(mode="OBJECT")
    item.modifiers.new("Hook", "HOOK")
    said = " ".join(map(str, what_is_lost(item, layout, 4)))
    for what in ("added or deleted", "further UV maps", "the hook Hook"):
        assert what in said


@pytest.mark.parametrize("stride", [2, 4])
def test_meshes_of_files_from_before_the_smooth_rim_are_known(
    stride: int, astronaut_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stepped(layout: UVLayout, stride: int = 1) -> np.ndarray:
        return layout._mesh_of(plain_lattice(layout.mask, stride))

    with monkeypatch.context() as before:
        before.setattr(UVLayout, "_quads", stepped)
        before.setattr(UVLayout, "mesh", UVLayout.mesh.__wrapped__)
        item = built(astronaut_path, stride=str(stride))
    layout = layout_of(item)
    assert len(item.data.vertices) != len(layout.mesh(stride)[0])
    assert what_is_lost(item, layout, stride) == []
    item.data.vertices[5].co.z += 0.01
    assert bpy.ops.prn.rebuild(stride=str(6 - stride)) == {"FINISHED"}
    assert len(item.data.vertices) == len(layout.mesh(6 - stride)[0])
