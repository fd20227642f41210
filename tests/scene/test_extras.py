"""PRNet's outputs as Blender data, measured in Blender."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Face
from prn_blender.core.errors import OptionError
from prn_blender.core.geometry.camera import make_camera
from prn_blender.core.outputs.depth import depth_map
from prn_blender.core.outputs.overlay import landmark_visibility
from prn_blender.scene import FaceScene, SceneOptions, build_scene
from prn_blender.scene.files import new_file
from prn_blender.scene.mesh import texel_of_vertices
from prn_blender.scene.mesh.carry import coordinates


def build(face: Face, **options: object) -> FaceScene:
    new_file()
    return build_scene([face], SceneOptions(stride=4, texture_size=64, **options))  # type: ignore[arg-type]


def project(built: FaceScene, points: np.ndarray) -> np.ndarray:
    """World points to photo pixels by Blender's own camera."""
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    scene = bpy.context.scene
    bpy.context.view_layer.update()
    seen = np.array([world_to_camera_view(scene, built.camera, Vector(p))[:2] for p in points])
    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    return np.array([0, 1]) * (size - 1) + np.array([1, -1]) * (seen * size - 0.5)


def local_points(kind: str, built: FaceScene) -> np.ndarray:
    """World places of the landmarks."""
    bpy.context.view_layer.update()
    children = [o for o in built.collection.objects if o.parent == built.faces[0]]
    if kind == "points":
        (item,) = children
        return np.array([item.matrix_world @ v.co for v in item.data.vertices])
    named = sorted(children, key=lambda o: o.name)
    assert [o.name[-2:] for o in named] == [f"{i:02d}" for i in range(68)]
    return np.array([o.matrix_world.translation for o in named])


@pytest.mark.parametrize("camera", ["ortho", "persp"])
@pytest.mark.parametrize("kind", ["points", "empties"])
def test_landmarks_stand_where_the_photo_shows_them(face: Face, kind: str, camera: str) -> None:
    built = build(face, landmarks=kind, camera=camera)
    found = project(built, local_points(kind, built))
    assert np.abs(found - face.landmarks[:, :2]).max() < 0.05
    if kind == "points":
        item = next(o for o in built.collection.objects if o.parent)
        shown = np.empty(68, bool)
        item.data.attributes["visible"].data.foreach_get("value", shown)
        assert np.array_equal(shown, landmark_visibility(face))


def test_clearing_the_pose_turns_the_landmarks_with_the_face(face: Face) -> None:
    built = build(face, landmarks="points")
    built.faces[0].matrix_basis.identity()
    built.faces[0].rotation_euler = built.faces[0].location = (0, 0, 0)
    points = local_points("points", built)
    eyes = points[36:42].mean(axis=0) - points[42:48].mean(axis=0)
    assert abs(eyes[2]) < 0.05 * abs(eyes[0])  # level
    assert points[30, 1] < points[[0, 16], 1].min()  # the nose toward -Y


def test_vertices_have_the_photo_s_colours(face: Face) -> None:
    mesh = build(face, colors=True).faces[0].data
    attribute = mesh.color_attributes["photo_color"]
    assert (attribute.domain, attribute.data_type) == ("POINT", "BYTE_COLOR")
    colours = np.empty((len(mesh.vertices), 4), np.float32)
    attribute.data.foreach_get("color_srgb", colours.ravel())
    shown = np.empty(len(mesh.vertices), bool)
    mesh.attributes["visible"].data.foreach_get("value", shown)
    shown &= colours[:, 3] == 1  # beside the outline the skin's colour stands in for the photo's
    position = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.attributes["photo_position"].data.foreach_get("vector", position.ravel())
    x, y = position[shown, :2].T.copy()
    expected = cv2.remap(face.photo.pixels, x[None], y[None], cv2.INTER_LINEAR)[0]
    assert shown.mean() > 0.3
    assert np.abs(colours[shown, :3] * 255 - expected).mean() < 4


@pytest.mark.parametrize(("camera", "topology"), [("ortho", "lattice"), ("persp", "head")])
def test_the_depth_image_is_what_cycles_sees(
    face: Face, camera: str, topology: str, tmp_path: Path
) -> None:
    new_file()
    options = SceneOptions(texture_size=64, camera=camera, depth=True, topology=topology)
    built = build_scene([face], options)
    scene = bpy.context.scene
    assert scene.view_layers[0].use_pass_z
    image = bpy.data.images["astronaut Depth"]
    assert image.packed_file is not None
    assert image.colorspace_settings.name == "Non-Color"
    width, height = image.size
    values = np.empty((height, width, 4), np.float32)
    image.pixels.foreach_get(values.ravel())
    ours = values[::-1, :, 0]
    # Cycles tells the distance by the material, at pixel centres.
    materials = built.faces[0].data.materials
    material = materials[0]
    for slot in range(1, len(materials)):
        materials[slot] = material
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    camera_data, output = nodes.new("ShaderNodeCameraData"), nodes.new("ShaderNodeOutputMaterial")
    emission = nodes.new("ShaderNodeEmission")
    links.new(camera_data.outputs["View Z Depth"], emission.inputs["Color"])
    links.new(emission.outputs["Emission"], output.inputs["Surface"])
    scene.render.engine, scene.cycles.device, scene.cycles.samples = "CYCLES", "CPU", 1
    scene.cycles.use_denoising, scene.render.film_transparent = False, True
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BLACKMAN_HARRIS", 0.01
    settings = scene.render.image_settings
    settings.file_format, settings.color_depth, settings.color_mode = "OPEN_EXR", "32", "RGBA"
    scene.render.filepath = str(tmp_path / "z.exr")
    bpy.ops.render.render(write_still=True)
    back = bpy.data.images.load(str(tmp_path / "z.exr"))
    back.colorspace_settings.name = "Non-Color"
    rendered = np.empty((height, width, 4), np.float32)
    back.pixels.foreach_get(rendered.ravel())
    rendered = rendered[::-1]
    face_there, cycles_there = ours < 1e9, rendered[..., 3] > 0.5
    assert (face_there == cycles_there).mean() > 0.995
    both = face_there & cycles_there
    assert both.mean() > 0.02
    difference = np.abs(ours - rendered[..., 1])[both]
    # Metres; the outline's pixels may see another layer.
    assert np.median(difference) < 2e-4
    assert np.percentile(difference, 98) < 2e-3


def test_the_distance_is_that_of_the_placed_vertices(face: Face) -> None:
    for kind in ("ortho", "persp"):
        view = make_camera(face.photo, face.geometry, kind)
        placed = view.place(face.geometry)
        world = placed.transform.apply(placed.local[face.layout.mask].astype(np.float64))
        expected = world[:, 1] + view.distance
        assert np.allclose(view.distances(face.geometry, face.vertices[:, 2]), expected, atol=1e-5)
        assert np.isnan(view.distances(face.geometry, depth_map(face))).any()


def test_the_overlay_lies_before_the_face(face: Face) -> None:
    built = build(face, overlay=True)
    photo, overlay = built.camera.data.background_images
    assert (photo.display_depth, overlay.display_depth) == ("BACK", "FRONT")
    values = np.empty((face.photo.height, face.photo.width, 4), np.float32)
    overlay.image.pixels.foreach_get(values.ravel())
    drawn = values[::-1, :, 3] > 0
    assert 0.01 < drawn.mean() < 0.5
    rows, columns = np.nonzero(drawn)
    x0, y0, x1, y1 = face.box
    assert abs(columns.max() - face.vertices[:, 0].max()) < 5
    assert rows.max() < y1 + 0.3 * (y1 - y0)
    assert columns.min() > x0 - 0.5 * (x1 - x0)


def test_wrong_options_leave_nothing(face: Face) -> None:
    new_file()
    with pytest.raises(OptionError):
        build_scene([face], SceneOptions(stride=4, texture_size=64, landmarks="dots"))
    left = (bpy.data.objects, bpy.data.meshes, bpy.data.cameras, bpy.data.collections)
    assert not any(len(blocks) for blocks in left)


def test_the_neutral_shape_key_takes_the_expression_off(face: Face) -> None:
    item = build(face, neutral=True).faces[0]
    basis, neutral = item.data.shape_keys.key_blocks
    assert (basis.name, neutral.name, neutral.value) == ("Basis", "Neutral", 0)
    move = face.expression_move
    assert move is not None
    texel = texel_of_vertices(item.data, face.layout)
    whole = np.zeros((face.layout.mask.size, 3), np.float32)
    whole[face.layout.texels] = move
    taken = coordinates(basis.data) - coordinates(neutral.data)
    assert np.abs(taken - whole[texel]).max() < 1e-6


def test_a_model_without_expressions_gives_no_neutral_shape_key(face: Face) -> None:
    item = build(replace(face, coefficients={}), neutral=True).faces[0]
    assert item.data.shape_keys is None
