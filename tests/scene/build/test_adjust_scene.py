"""A face object follows what is adjusted: mesh, texture, landmarks; by script and by the mouse."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Face
from prn_blender.core.face.adjust import Pull, adjusted
from prn_blender.operators.face.adjust_canvas import AdjustCanvas
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.layers.texture_group import PHOTO
from prn_blender.scene.record import camera_of, face_of

pytestmark = pytest.mark.usefixtures("addon")
MOUTH = 48


@pytest.fixture
def pull(face: Face) -> Pull:
    x, y = face.landmarks[MOUTH, :2].tolist()
    return Pull((x, y), (4.0, 3.0), 25.0)


def build(path: Path, **options: Any) -> bpy.types.Object:
    options = {"stride": "2", "texture_size": "256", **options}
    bpy.ops.prn.reconstruct(filepath=str(path), **options)
    return bpy.context.active_object


def values(pull: Pull) -> list[dict[str, Any]]:
    return [{"name": "", "at": pull.at, "by": pull.by, "radius": pull.radius}]


def places(item: bpy.types.Object) -> np.ndarray:
    found = np.empty(len(item.data.vertices) * 3, np.float32)
    item.data.vertices.foreach_get("co", found)
    return found.reshape(-1, 3)


def attribute(item: bpy.types.Object, name: str, field: str, width: int) -> np.ndarray:
    data = item.data.attributes[name].data
    found = np.empty(len(data) * width, np.float32 if width > 1 else bool)
    data.foreach_get(field, found)
    return found.reshape(-1, width) if width > 1 else found


def seen(item: bpy.types.Object) -> np.ndarray:
    """Where Blender's camera sees the vertices, photo pixels."""
    from bpy_extras.object_utils import world_to_camera_view

    scene = bpy.context.scene
    bpy.context.view_layer.update()
    camera = camera_of(item)
    found = np.array(
        [world_to_camera_view(scene, camera, item.matrix_world @ v.co)[:2]
         for v in list(item.data.vertices)[::50]]
    )  # fmt: skip
    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    return np.array([0, 1]) * (size - 1) + np.array([1, -1]) * (found * size - 0.5)


@pytest.mark.parametrize("camera", ["ortho", "persp"])
def test_mesh_and_record_are_those_of_the_adjusted_face(
    astronaut_path: Path, face: Face, pull: Pull, camera: str
) -> None:
    item = build(astronaut_path, camera=camera, focal_mm=35, use_exif=False)
    assert bpy.ops.prn.adjust(pulls=values(pull)) == {"FINISHED"}
    expected = adjusted(face, [pull])
    found = face_of(item)
    mask = face.layout.mask
    assert np.abs(found.position_map - expected.position_map)[mask].max() < 1e-3
    photo = attribute(item, "photo_position", "vector", 3)
    texels = face.layout.mesh(2)[0]
    assert np.abs(photo - expected.position_map.reshape(-1, 3)[texels]).max() < 1e-3
    shown = attribute(item, "visible", "value", 1)
    assert np.array_equal(shown, expected.visibility.ravel()[texels])
    assert np.abs(seen(item) - photo[::50, :2]).max() < 0.05
    group = item.vertex_groups["photo_visible"].index
    members = [any(g.group == group for g in v.groups) for v in item.data.vertices]
    assert np.array_equal(members, shown)


def test_the_texture_is_unwrapped_anew(astronaut_path: Path, face: Face, pull: Pull) -> None:
    item = build(astronaut_path)
    images = len(bpy.data.images)
    bpy.ops.prn.adjust(pulls=values(pull))
    image = layers_of(item).image(PHOTO)
    assert image.name == "astronaut Texture" and len(bpy.data.images) == images
    expected = adjusted(face, [pull]).texture(256)
    assert np.abs(image_pixels(image).astype(int) - expected).max() <= 1


def test_a_masked_texture_stays_masked(astronaut_path: Path, pull: Pull) -> None:
    item = build(astronaut_path, mask_hidden=True)
    bpy.ops.prn.adjust(pulls=values(pull))
    pixels = image_pixels(layers_of(item).image(PHOTO))
    assert not pixels[pixels[..., 3] == 0].any()


def test_a_changed_texture_is_kept(astronaut_path: Path, pull: Pull) -> None:
    item = build(astronaut_path)
    image = layers_of(item).image(PHOTO)
    image.pixels.foreach_set(np.full(256 * 256 * 4, 0.5, np.float32))
    before = places(item)
    bpy.ops.prn.adjust(pulls=values(pull))
    assert layers_of(item).image(PHOTO) == image
    assert (image_pixels(image)[..., :3] == 128).all()
    assert not np.array_equal(places(item), before)


def test_sculpting_shape_keys_and_colours_come_along(astronaut_path: Path, pull: Pull) -> None:
    item = build(astronaut_path, colors=True)
    plain = places(item)
    colours = attribute(item, "photo_color", "color_srgb", 4)
    sculpted = plain + np.float32([0, 0.01, 0])
    item.shape_key_add(name="Basis")
    item.shape_key_add(name="Mine").data.foreach_set("co", sculpted.ravel())
    bpy.ops.prn.adjust(pulls=values(pull))
    moved = places(item) - plain
    assert 0.001 < np.abs(moved).max() < 0.02
    keys = item.data.shape_keys.key_blocks
    for key, rest in ((keys["Basis"], plain), (keys["Mine"], sculpted)):
        found = np.empty(plain.size, np.float32)
        key.data.foreach_get("co", found)
        assert np.allclose(found.reshape(-1, 3) - rest, moved, atol=1e-6)
    assert not np.array_equal(attribute(item, "photo_color", "color_srgb", 4), colours)


@pytest.mark.parametrize("kind", ["points", "empties"])
def test_landmark_objects_come_along(
    astronaut_path: Path, face: Face, pull: Pull, kind: str
) -> None:
    item = build(astronaut_path, landmarks=kind)

    def points() -> np.ndarray:
        children = sorted(item.children, key=lambda child: child.name)
        if kind == "points":
            return np.array([v.co for v in children[0].data.vertices])
        return np.array([child.location for child in children])

    before = points()
    bpy.ops.prn.adjust(pulls=values(pull))
    moved = np.linalg.norm(points() - before, axis=1)
    wanted = np.linalg.norm(adjusted(face, [pull]).landmarks - face.landmarks, axis=1)
    assert np.allclose(moved, wanted / face.pose.scale, atol=2e-5)


def test_undo_brings_everything_back(astronaut_path: Path, face: Face, pull: Pull) -> None:
    item = build(astronaut_path)
    before, texture = places(item), image_pixels(layers_of(item).image(PHOTO))
    bpy.ops.ed.undo_push(message="built")
    bpy.ops.prn.adjust(pulls=values(pull))
    bpy.ops.ed.undo_push(message="adjusted")
    bpy.ops.ed.undo()
    item = bpy.data.objects["astronaut"]
    assert np.array_equal(places(item), before)
    assert np.array_equal(image_pixels(layers_of(item).image(PHOTO)), texture)
    mask = face.layout.mask
    assert np.abs(face_of(item).position_map - face.position_map)[mask].max() < 1e-3


def test_a_duplicate_keeps_what_it_has(astronaut_path: Path, pull: Pull) -> None:
    item = build(astronaut_path)
    other = item.copy()
    other.data = item.data.copy()
    bpy.context.collection.objects.link(other)
    before = places(other), face_of(other).position_map
    texture = image_pixels(layers_of(other).image(PHOTO))
    bpy.ops.prn.adjust(pulls=values(pull))
    assert np.array_equal(places(other), before[0])
    assert np.array_equal(face_of(other).position_map, before[1])
    assert np.array_equal(image_pixels(layers_of(other).image(PHOTO)), texture)
    assert not np.array_equal(image_pixels(layers_of(item).image(PHOTO)), texture)


def test_what_makes_no_sense_is_one_sentence(astronaut_path: Path, pull: Pull) -> None:
    item = build(astronaut_path)
    before = places(item)
    with pytest.raises(RuntimeError, match="Nothing was moved"):
        bpy.ops.prn.adjust()
    with pytest.raises(RuntimeError, match="shows no face at 2, 2"):
        bpy.ops.prn.adjust(pulls=values(Pull((2, 2), (1, 1), 9)))
    item.data.uv_layers.remove(item.data.uv_layers["UVMap"])
    with pytest.raises(RuntimeError, match=r"Mesh and Camera\.\.\. makes it anew"):
        bpy.ops.prn.adjust(pulls=values(pull))
    assert np.array_equal(places(item), before)


def test_the_canvas_shows_what_the_mouse_would_do(face: Face, pull: Pull) -> None:
    canvas = AdjustCanvas(face)
    height, width = canvas.picture.shape[:2]
    assert width > face.size and height > face.size
    # A pixel of the picture is where the photo has it.
    x, y = canvas.to_photo((10.5, 20.5))
    assert np.array_equal(face.photo.pixels[round(y), round(x)], canvas.picture[20, 10])
    assert canvas.is_on_face(pull.at) and not canvas.is_on_face((0, 0))
    end = pull.at[0] + 4, pull.at[1] + 3
    texel = face.layout.landmark_texels[MOUTH] @ [face.layout.size, 1]
    assert np.allclose(canvas.places(None, end)[texel], pull.at)
    assert np.allclose(canvas.places(pull.at, end)[texel], end, atol=0.2)
    canvas.scale_radius(1e-6)
    assert canvas.radius == pytest.approx(0.03 * face.size)
    canvas.pull(pull.at, end)
    assert canvas.adjustment.pulls == [Pull(pull.at, (4.0, 3.0), canvas.radius)]


def test_the_wheel_may_be_turned_while_something_is_dragged(face: Face) -> None:
    canvas = AdjustCanvas(face)
    x, y = face.landmarks[8, :2].tolist()  # the chin: a little below it is no face
    below = next(
        (x, y + step) for step in np.arange(0, 60, 0.5) if not canvas.is_on_face((x, y + step))
    )
    grabbed = below[0], below[1] - 0.5
    assert canvas.is_on_face(grabbed)
    canvas.scale_radius(1e-6)
    canvas.places(grabbed, (grabbed[0] + 3, grabbed[1]))
    canvas.pull(grabbed, (grabbed[0] + 3, grabbed[1]))
    assert len(canvas.adjustment.pulls) == 1
