"""A face object follows what is adjusted: mesh, texture, landmarks; by script and by the mouse."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Face
from prn_blender.core.errors import OptionError
from prn_blender.core.face.adjust import MAX_PINS, Pin, adjusted
from prn_blender.operators.face.adjust_canvas import AdjustCanvas
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.layers.texture_group import PHOTO
from prn_blender.scene.record import (
    Pinned,
    camera_of,
    face_of,
    fields,
    photo_record_of,
    read_record,
    recall_pinned,
    write_record,
)

pytestmark = pytest.mark.usefixtures("addon")
MOUTH = 48


@pytest.fixture
def pin(face: Face) -> Pin:
    """A mouth corner, 4 pixels to the right and 3 down."""
    row, column = face.layout.landmark_texels[MOUTH].tolist()
    x, y = face.landmarks[MOUTH, :2].tolist()
    return Pin(row * face.layout.size + column, (x + 4, y + 3))


def build(path: Path, **options: Any) -> bpy.types.Object:
    options = {"stride": "2", "texture_size": "256", **options}
    bpy.ops.prn.reconstruct(filepath=str(path), **options)
    return bpy.context.active_object


def values(*pins: Pin) -> list[dict[str, Any]]:
    return [{"name": "", "texel": pin.texel, "at": pin.at} for pin in pins]


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
    astronaut_path: Path, face: Face, pin: Pin, camera: str
) -> None:
    item = build(astronaut_path, camera=camera, focal_mm=35, use_exif=False)
    assert bpy.ops.prn.adjust(pins=values(pin)) == {"FINISHED"}
    expected = adjusted(face, [pin])
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


def test_the_texture_is_unwrapped_anew(astronaut_path: Path, face: Face, pin: Pin) -> None:
    item = build(astronaut_path)
    images = len(bpy.data.images)
    bpy.ops.prn.adjust(pins=values(pin))
    image = layers_of(item).image(PHOTO)
    assert image.name == "astronaut Texture"
    assert len(bpy.data.images) == images + 1  # the position map without pins
    expected = adjusted(face, [pin]).texture(256)
    assert np.abs(image_pixels(image).astype(int) - expected).max() <= 1


def test_a_masked_texture_stays_masked(astronaut_path: Path, pin: Pin) -> None:
    item = build(astronaut_path, mask_hidden=True)
    bpy.ops.prn.adjust(pins=values(pin))
    pixels = image_pixels(layers_of(item).image(PHOTO))
    assert not pixels[pixels[..., 3] == 0].any()


def test_a_changed_texture_is_kept(astronaut_path: Path, pin: Pin) -> None:
    item = build(astronaut_path)
    image = layers_of(item).image(PHOTO)
    image.pixels.foreach_set(np.full(256 * 256 * 4, 0.5, np.float32))
    before = places(item)
    bpy.ops.prn.adjust(pins=values(pin))
    assert layers_of(item).image(PHOTO) == image
    assert (image_pixels(image)[..., :3] == 128).all()
    assert not np.array_equal(places(item), before)


def test_sculpting_shape_keys_and_colours_come_along(astronaut_path: Path, pin: Pin) -> None:
    item = build(astronaut_path, colors=True)
    plain = places(item)
    colours = attribute(item, "photo_color", "color_srgb", 4)
    sculpted = plain + np.float32([0, 0.01, 0])
    item.shape_key_add(name="Basis")
    item.shape_key_add(name="Mine").data.foreach_set("co", sculpted.ravel())
    bpy.ops.prn.adjust(pins=values(pin))
    moved = places(item) - plain
    assert 0.001 < np.abs(moved).max() < 0.02
    keys = item.data.shape_keys.key_blocks
    for key, rest in ((keys["Basis"], plain), (keys["Mine"], sculpted)):
        found = np.empty(plain.size, np.float32)
        key.data.foreach_get("co", found)
        assert np.allclose(found.reshape(-1, 3) - rest, moved, atol=1e-6)
    assert not np.array_equal(attribute(item, "photo_color", "color_srgb", 4), colours)


@pytest.mark.parametrize("kind", ["points", "empties"])
def test_landmark_objects_come_along(astronaut_path: Path, face: Face, pin: Pin, kind: str) -> None:
    item = build(astronaut_path, landmarks=kind)

    def points() -> np.ndarray:
        children = sorted(item.children, key=lambda child: child.name)
        if kind == "points":
            return np.array([v.co for v in children[0].data.vertices])
        return np.array([child.location for child in children])

    before = points()
    bpy.ops.prn.adjust(pins=values(pin))
    moved = np.linalg.norm(points() - before, axis=1)
    wanted = np.linalg.norm(adjusted(face, [pin]).landmarks - face.landmarks, axis=1)
    assert np.allclose(moved, wanted / face.pose.scale, atol=2e-5)


def test_undo_brings_everything_back(astronaut_path: Path, face: Face, pin: Pin) -> None:
    item = build(astronaut_path)
    before, texture = places(item), image_pixels(layers_of(item).image(PHOTO))
    bpy.ops.ed.undo_push(message="built")
    bpy.ops.prn.adjust(pins=values(pin))
    bpy.ops.ed.undo_push(message="adjusted")
    bpy.ops.ed.undo()
    item = bpy.data.objects["astronaut"]
    assert np.array_equal(places(item), before)
    assert np.array_equal(image_pixels(layers_of(item).image(PHOTO)), texture)
    mask = face.layout.mask
    assert np.abs(face_of(item).position_map - face.position_map)[mask].max() < 1e-3


def test_a_duplicate_keeps_what_it_has(astronaut_path: Path, pin: Pin) -> None:
    item = build(astronaut_path)
    other = item.copy()
    other.data = item.data.copy()
    bpy.context.collection.objects.link(other)
    before = places(other), face_of(other).position_map
    texture = image_pixels(layers_of(other).image(PHOTO))
    bpy.ops.prn.adjust(pins=values(pin))
    assert np.array_equal(places(other), before[0])
    assert np.array_equal(face_of(other).position_map, before[1])
    assert np.array_equal(image_pixels(layers_of(other).image(PHOTO)), texture)
    assert not np.array_equal(image_pixels(layers_of(item).image(PHOTO)), texture)


def test_what_makes_no_sense_is_one_sentence(astronaut_path: Path, pin: Pin) -> None:
    item = build(astronaut_path)
    before = places(item)
    with pytest.raises(RuntimeError, match="Nothing was moved"):
        bpy.ops.prn.adjust()
    with pytest.raises(RuntimeError, match="A pin needs a place of the face"):
        bpy.ops.prn.adjust(pins=values(Pin(0, (1, 1))))
    item.data.uv_layers.remove(item.data.uv_layers["UVMap"])
    with pytest.raises(RuntimeError, match=r"Mesh and Camera\.\.\. makes it anew"):
        bpy.ops.prn.adjust(pins=values(pin))
    assert np.array_equal(places(item), before)


def test_pins_are_remembered_moved_and_taken_out(
    astronaut_path: Path, face: Face, pin: Pin, tmp_path: Path
) -> None:
    item = build(astronaut_path)
    first, plain = recall_pinned(item)(), places(item)
    assert first.pins == () and first.unpinned is first.face
    nose = Pin(int(face.layout.landmark_texels[30] @ [256, 1]), (200.0, 120.0))
    bpy.ops.prn.adjust(pins=values(pin, nose), symmetric=False)
    assert [image.name for image in bpy.data.images if "Map" in image.name] == [
        "astronaut Position Map",
        "astronaut Position Map Unpinned",
    ]
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "pins.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "pins.blend"))
    item = bpy.data.objects["astronaut"]
    bpy.context.view_layer.objects.active = item
    now = recall_pinned(item)()
    assert now.pins == (pin, nose) and not now.symmetric
    assert same(now.unpinned, first.face)
    assert now.face.identity is not None and not np.array_equal(
        now.face.identity, first.face.identity
    )
    # All pins are met from the face as it was found, not from what it has become.
    moved = Pin(pin.texel, (pin.at[0] - 6, pin.at[1]))
    bpy.ops.prn.adjust(pins=values(moved))
    again, expected = recall_pinned(item)(), adjusted(face, [moved])
    assert again.pins == (moved,) and again.symmetric
    mask = face.layout.mask
    assert np.abs(again.face.position_map - expected.position_map)[mask].max() < 1e-3
    bpy.ops.prn.adjust(pins=[])
    assert same(face_of(item), first.face)
    assert photo_record_of(item).pins is None and photo_record_of(item).unpinned_map is None
    assert [image.name for image in bpy.data.images if "Map" in image.name] == [
        "astronaut Position Map"
    ]
    assert np.abs(places(item) - plain).max() < 1e-6


def same(face: Face, other: Face) -> bool:
    """Whether two faces are the same to the last bit."""
    told = all(np.array_equal(v, other.coefficients[k]) for k, v in face.coefficients.items())
    return (
        told
        and np.array_equal(face.position_map, other.position_map)
        and face.expression == other.expression
        and set(face.coefficients) == set(other.coefficients)
    )


def test_a_whole_head_is_as_before_when_its_pins_are_taken_out(
    astronaut_path: Path, pin: Pin
) -> None:
    item = build(astronaut_path, topology="head")
    before, found = places(item), face_of(item)
    bpy.ops.prn.adjust(pins=values(pin))
    assert np.abs(places(item) - before).max() > 1e-3
    bpy.ops.prn.adjust(pins=[])
    assert same(face_of(item), found)
    assert np.abs(places(item) - before).max() < 1e-5


def test_damaged_pins_are_one_sentence(astronaut_path: Path, pin: Pin) -> None:
    item = build(astronaut_path)
    bpy.ops.prn.adjust(pins=values(pin))
    record = read_record(item)
    good = record.photo.pins
    assert good is not None

    def store(pins: tuple[float, ...]) -> None:
        write_record(item.data, record.with_chosen(replace(record.photo, pins=pins)))

    for bad in ((1.0,), (-1.0, 1.0, 1.0), (0.5, 1.0, 1.0), (1.0, float("nan"), 1.0), good * 201):
        store(bad)
        with pytest.raises(OptionError, match="'pins' is missing or makes no sense"):
            recall_pinned(item)
    # Without the map of before, the face stays as it is.
    store(good)
    bpy.data.images.remove(photo_record_of(item).unpinned_map)
    found = recall_pinned(item)()
    assert found.pins == () and found.unpinned is found.face
    assert MAX_PINS == fields.MAX_PINS


# The mouse ---------------------------------------------------------------------------------------


@pytest.fixture
def canvas(face: Face) -> AdjustCanvas:
    return AdjustCanvas(Pinned(face, face))


def test_the_canvas_shows_what_the_mouse_would_do(
    face: Face, canvas: AdjustCanvas, pin: Pin
) -> None:
    height, width = canvas.picture.shape[:2]
    assert width > face.size and height > face.size
    # A pixel of the picture is where the photo has it.
    x, y = canvas.to_photo((10.5, 20.5))
    assert np.array_equal(face.photo.pixels[round(y), round(x)], canvas.picture[20, 10])
    assert not canvas.grab((0, 0), 3) and not canvas.changed
    x, y = face.landmarks[MOUTH, :2].tolist()
    assert canvas.grab((x + 0.2, y), 3)
    canvas.drag_to((x + 4.2, y + 3))
    place = canvas.position_map.reshape(-1, 3)[pin.texel, :2]
    assert place == pytest.approx(pin.at, abs=0.3)
    canvas.drop()
    (found,) = canvas.now.pins
    assert found.texel == pin.texel and found.at == pytest.approx(pin.at, abs=1e-3)
    assert canvas.changed


def test_pins_are_dragged_again_removed_and_taken_back(
    face: Face, canvas: AdjustCanvas, pin: Pin
) -> None:
    x, y = face.landmarks[MOUTH, :2].tolist()
    canvas.grab((x, y), 3)
    canvas.drag_to(pin.at)
    canvas.drop()
    once = canvas.now
    # It is taken again beside its middle, and does not jump there.
    assert canvas.pin_near((pin.at[0] + 2, pin.at[1]), 3) == 0
    canvas.grab((pin.at[0] + 2, pin.at[1]), 3)
    canvas.drag_to((pin.at[0] + 2, pin.at[1] - 5))
    canvas.drop()
    assert len(canvas.now.pins) == 1
    assert canvas.now.pins[0].at == pytest.approx((pin.at[0], pin.at[1] - 5), abs=1e-3)
    canvas.undo()
    assert canvas.now == once
    canvas.redo()
    assert canvas.now != once
    canvas.remove(0)
    assert not canvas.now.pins and not canvas.changed
    assert canvas.position_map is face.position_map
    canvas.undo()
    canvas.undo()
    assert canvas.now == once
    canvas.switch_symmetric()
    assert not canvas.now.symmetric
    for _ in range(4):
        canvas.undo()
    assert not canvas.changed and canvas.position_map is face.position_map


def test_what_is_dragged_can_be_taken_back_before_it_is_dropped(
    face: Face, canvas: AdjustCanvas, pin: Pin
) -> None:
    x, y = face.landmarks[MOUTH, :2].tolist()
    canvas.grab((x, y), 3)
    canvas.drag_to(pin.at)
    canvas.undo()
    assert not canvas.now.pins and not canvas.is_dragging
    canvas.drag_to((0, 0))
    canvas.drop()
    assert not canvas.changed


def test_a_click_holds_a_place(face: Face, canvas: AdjustCanvas) -> None:
    x, y = face.landmarks[MOUTH, :2].tolist()
    canvas.grab((x, y), 3)
    canvas.drop()
    assert len(canvas.now.pins) == 1 and canvas.changed
    mask = face.layout.mask
    assert np.abs(canvas.position_map - face.position_map)[mask].max() < 1e-2
