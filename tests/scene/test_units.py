"""Faces are life-size whatever the unit of the scene; a group's name is nobody else's."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from record_files import activate, opened_old

from prn_blender.core.face.face import Face
from prn_blender.core.photo.photo import Photo
from prn_blender.scene import SceneOptions, build_scene
from prn_blender.scene.build.build import FaceScene
from prn_blender.scene.files import render_picture, save_glb
from prn_blender.scene.record import geometry_of

pytestmark = pytest.mark.usefixtures("addon")

UNITS = [("METRIC", 0.01, 100.0), ("IMPERIAL", 0.3048, 1 / 0.3048), ("METRIC", 10.0, 0.1),
         ("NONE", 0.01, 1.0)]  # fmt: skip
"""System, unit scale, and how many units a metre then has."""


def counted_in(system: str, scale: float) -> None:
    settings = bpy.context.scene.unit_settings
    settings.system, settings.scale_length = system, scale


def corners(item: bpy.types.Object) -> np.ndarray:
    bpy.context.view_layer.update()
    return np.array([item.matrix_world @ vertex.co for vertex in item.data.vertices])


def built(face: Face, **options: object) -> FaceScene:
    return build_scene([face], SceneOptions(stride=4, texture_size=64, **options))


def on_photo(made: FaceScene, points: np.ndarray, photo: Photo) -> np.ndarray:
    seen = [
        world_to_camera_view(bpy.context.scene, made.camera, Vector(point))[:2] for point in points
    ]
    return np.array(seen) * [photo.width, -photo.height] + [-0.5, photo.height - 0.5]


@pytest.mark.parametrize("camera", ["ortho", "persp"])
@pytest.mark.parametrize(("system", "scale", "units"), UNITS)
def test_a_face_has_its_real_size_and_the_camera_sees_it_on_the_photo(
    face: Face, system: str, scale: float, units: float, camera: str
) -> None:
    plain = built(face, camera=camera)
    metres = corners(plain.faces[0])
    distance = plain.camera.location.y
    counted_in(system, scale)
    made = built(face, camera=camera, match_render=True)
    points = corners(made.faces[0])
    assert np.allclose(points, metres * units, atol=1e-4 * units)
    assert 0.1 < np.ptp(points[:, 2]) / units < 0.35
    assert made.camera.location.y == pytest.approx(distance * units, rel=1e-5)
    photo = face.photo
    positions = np.empty(len(points) * 3, np.float32)
    made.faces[0].data.attributes["photo_position"].data.foreach_get("vector", positions)
    seen = on_photo(made, points[::40], photo)
    assert np.abs(seen - positions.reshape(-1, 3)[::40, :2]).max() < 0.05
    depth = -made.camera.location.y
    assert made.camera.data.clip_start < depth < made.camera.data.clip_end


def test_landmarks_and_depth_follow(face: Face) -> None:
    counted_in("METRIC", 0.01)
    made = built(face, landmarks="empties", depth=True)
    bpy.context.view_layer.update()
    item = made.faces[0]
    empties = sorted((c for c in item.children), key=lambda c: c.name)
    assert len(empties) == 68
    places = np.array([empty.matrix_world.translation for empty in empties])
    assert np.abs(on_photo(made, places, face.photo) - face.landmarks[:, :2]).max() < 0.5
    assert 5 < np.ptp(places[:17, 0]) < 25  # centimetres from ear to ear
    size = empties[0].matrix_world.to_scale()[0] * empties[0].empty_display_size
    assert size == pytest.approx(0.3, rel=0.3)
    image = next(i for i in bpy.data.images if i.name.endswith("Depth"))
    values = np.array(image.pixels[:]).reshape(-1, image.channels)[:, 0]
    near = values[values < 1e9].min()
    front = corners(item)[:, 1].min() - made.camera.location.y
    assert near == pytest.approx(front, rel=1e-3)


def test_another_camera_and_mesh_keep_the_unit(face: Face, astronaut_path: Path) -> None:
    counted_in("METRIC", 0.01)
    assert bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4") == {"FINISHED"}
    item = bpy.context.object
    before = corners(item)
    assert 10 < np.ptp(before[:, 2]) < 35
    item.location.x += 50
    assert bpy.ops.prn.rebuild(stride="4", camera="ortho") == {"FINISHED"}
    assert np.allclose(corners(item), before + np.array([50, 0, 0]), atol=0.01)


def test_a_file_of_before_becomes_life_size_when_it_is_rebuilt() -> None:
    item = opened_old("plain").popitem()[1]
    small = np.ptp(corners(item)[:, 2])
    counted_in("METRIC", 0.01)
    assert bpy.ops.prn.rebuild(stride="4", camera="ortho") == {"FINISHED"}
    assert np.ptp(corners(item)[:, 2]) == pytest.approx(100 * small, rel=0.15)


def test_gltf_is_in_metres(face: Face, tmp_path: Path) -> None:
    counted_in("METRIC", 0.01)
    made = built(face)
    before = made.faces[0].matrix_basis.copy()
    save_glb(tmp_path / "a.glb", made.faces)
    assert np.allclose(made.faces[0].matrix_basis, before, rtol=1e-5, atol=1e-5)
    assert 0.1 < trimesh.load(tmp_path / "a.glb").extents[1] < 0.35


def test_the_picture_to_look_at_shows_the_face(
    face: Face, tmp_path: Path, rough_renders: None
) -> None:
    from PIL import Image

    pictures = []
    for name, scale in (("a.png", 1.0), ("b.png", 0.01)):
        counted_in("METRIC", scale)
        render_picture(tmp_path / name, built(face, match_render=True), [face])
        pictures.append(np.asarray(Image.open(tmp_path / name)).astype(int))
    assert np.abs(pictures[0] - pictures[1]).mean() < 2


# The group -------------------------------------------------------------------------------------


def test_nothing_else_of_the_mesh_has_the_group_s_name(face: Face) -> None:
    item = built(face, colors=True).faces[0]
    mesh = item.data
    names = [g.name for g in item.vertex_groups]
    others = [*mesh.attributes.keys(), *mesh.uv_layers.keys()]
    assert names == ["photo_visible"]
    assert not set(names) & set(others)


@pytest.mark.parametrize("how", ["adjust", "rebuild"])
def test_an_old_file_s_group_is_found_and_its_modifiers_go_on(how: str) -> None:
    item = opened_old("plain").popitem()[1]
    assert [g.name for g in item.vertex_groups] == ["visible"]
    mask = item.modifiers.new("Mask", "MASK")
    mask.vertex_group = "visible"
    activate(item)
    if how == "rebuild":
        assert bpy.ops.prn.rebuild(stride="2") == {"FINISHED"}
    else:
        geometry = geometry_of(item)
        x, y = geometry.landmarks[30, :2].tolist()
        texel = int(geometry.layout.landmark_texels[30] @ [geometry.layout.size, 1])
        pin = {"name": "", "texel": texel, "at": (x + 2, y)}
        assert bpy.ops.prn.adjust(pins=[pin]) == {"FINISHED"}
    assert [g.name for g in item.vertex_groups] == ["photo_visible"]
    assert mask.vertex_group == "photo_visible"
    shown = np.empty(len(item.data.vertices), bool)
    item.data.attributes["visible"].data.foreach_get("value", shown)
    held = np.array([bool(vertex.groups) for vertex in item.data.vertices])
    assert np.array_equal(held, shown)
    assert 0 < shown.sum() < len(shown)


def test_a_group_of_the_user_s_is_not_taken_for_it(face: Face) -> None:
    item = built(face).faces[0]
    item.vertex_groups.new(name="visible").add([1, 2, 3], 1.0, "REPLACE")
    activate(item)
    texel = int(face.layout.landmark_texels[48] @ [face.layout.size, 1])
    x, y = face.landmarks[48, :2].tolist()
    pins = [{"name": "", "texel": texel, "at": (x + 2, y)}]
    assert bpy.ops.prn.adjust(pins=pins) == {"FINISHED"}
    assert {g.name for g in item.vertex_groups} == {"visible", "photo_visible"}
    mine = item.vertex_groups["visible"].index
    held = [v.index for v in item.data.vertices if mine in {g.group for g in v.groups}]
    assert held == [1, 2, 3]
