"""Editing faces in Blender: what is remembered, painted, completed; what survives saving."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built, draw_dot, reopened

from prn_blender.core import Face, Photo
from prn_blender.core.geometry.parts import part_mask
from prn_blender.properties import SLIDERS, property_name
from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.bake import bake
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.record import face_of, find_result

pytestmark = pytest.mark.usefixtures("addon")


bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")


@pytest.mark.parametrize("stride", ["1", "4"])
def test_a_face_comes_back_whole_from_a_saved_file(
    stride: str, photo_path: Path, face: Face, tmp_path: Path
) -> None:
    built(photo_path, stride)
    again = face_of(reopened(tmp_path / "face.blend"))
    inside = face.layout.mask
    assert np.array_equal(again.position_map[inside], face.position_map[inside])
    assert np.array_equal(again.photo.pixels, face.photo.pixels)
    assert np.array_equal(again.texture(256), face.texture(256))
    assert again.crop.size == face.crop.size
    assert again.crop.resolution == face.crop.resolution
    assert again.expression.keys() == face.expression.keys()
    assert np.array_equal(again.coefficients["identity"], face.coefficients["identity"])


def test_without_its_file_the_photo_comes_from_the_blend(
    photo_path: Path, face: Face, tmp_path: Path
) -> None:
    item = built(photo_path)
    bpy.data.images["astronaut.png"].pack()
    photo_path.unlink()
    item = reopened(tmp_path / "face.blend")
    assert np.array_equal(face_of(item).photo.pixels, face.photo.pixels)


def test_another_photo_in_its_place_is_not_taken_for_it(
    photo_path: Path, donor_path: Path, face: Face
) -> None:
    item = built(photo_path)
    bpy.data.images["astronaut.png"].pack()
    shutil.copy(donor_path, photo_path)
    assert np.array_equal(face_of(item).photo.pixels, face.photo.pixels)


def test_a_photo_that_is_gone_is_one_sentence(photo_path: Path, tmp_path: Path) -> None:
    built(photo_path)
    photo_path.unlink()
    reopened(tmp_path / "face.blend")
    with pytest.raises(RuntimeError, match="neither where it was nor in the"):
        bpy.ops.prn.apply_to_photo()


def test_a_duplicate_and_an_appended_face_can_be_edited(
    photo_path: Path, face: Face, tmp_path: Path
) -> None:
    built(photo_path)
    bpy.ops.object.duplicate()
    copy = bpy.context.view_layer.objects.active
    assert copy.name == "astronaut.001"
    bpy.ops.prn.paint()
    # What is drawn on the copy stays on the copy.
    assert layers_of(bpy.data.objects["astronaut"]).image(names.PAINT) is None
    assert layers_of(copy).image(names.PAINT) is not None
    bpy.ops.object.mode_set(mode="OBJECT")
    path = tmp_path / "face.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    new_file()
    with bpy.data.libraries.load(str(path)) as (_, wanted):
        wanted.objects = ["astronaut"]
    bpy.context.scene.collection.objects.link(wanted.objects[0])
    bpy.context.view_layer.objects.active = wanted.objects[0]
    inside = face.layout.mask
    positions = face_of(wanted.objects[0]).position_map
    assert np.array_equal(positions[inside], face.position_map[inside])
    assert bpy.ops.prn.complete() == {"FINISHED"}


def test_paint_is_one_click_and_the_stroke_is_in_the_saved_file(
    photo_path: Path, tmp_path: Path
) -> None:
    item = built(photo_path)
    assert bpy.ops.prn.paint() == {"FINISHED"}
    assert bpy.context.mode == "PAINT_TEXTURE"
    material = item.active_material
    image = layers_of(item).image(names.PAINT)
    assert material.texture_paint_images[material.paint_active_slot] == image
    assert bpy.context.tool_settings.image_paint.mode == "MATERIAL"
    assert not image_pixels(image)[..., 3].any()
    draw_dot(image, 200, 300, 5)
    assert image.is_dirty
    item = reopened(tmp_path / "face.blend")
    image = layers_of(item).image(names.PAINT)
    assert image_pixels(image)[200, 300].tolist() == [0, 255, 0, 255]
    assert bake(layers_of(item))[200, 300].tolist() == [0, 255, 0, 255]


def test_a_painted_dot_lands_where_its_texel_lies_and_nowhere_else(
    photo_path: Path, face: Face, tmp_path: Path
) -> None:
    item = built(photo_path, texture="1024")
    bpy.ops.prn.paint()
    row, column = face.layout.landmark_texels[30]  # the nose's tip
    row, column = 4 * int(row) + 2, 4 * int(column) + 2
    draw_dot(layers_of(item).image(names.PAINT), row, column, 6)
    output = tmp_path / "edited.png"
    assert bpy.ops.prn.apply_to_photo(filepath=str(output)) == {"FINISHED"}
    edited = np.asarray(Image.open(output)).astype(int)
    result = image_pixels(find_result(item))[..., :3]
    assert np.array_equal(result, edited)
    assert bpy.ops.prn.save_result(filepath=str(tmp_path / "saved.png")) == {"FINISHED"}
    assert np.array_equal(np.asarray(Image.open(tmp_path / "saved.png")), edited)
    changed = np.abs(edited - face.photo.pixels).max(axis=-1)
    # The middle of what changed, by how much; the texel's centre lies half a texel off the dot's.
    green = np.where(changed > 2, changed, 0).astype(float)
    y, x = np.mgrid[: changed.shape[0], : changed.shape[1]]
    middle = [(green * x).sum() / green.sum(), (green * y).sum() / green.sum()]
    v, u = (row + 0.5) / 4 - 0.5, (column + 0.5) / 4 - 0.5
    place = cv2.remap(face.position_map, np.float32([[u]]), np.float32([[v]]), cv2.INTER_LINEAR)
    assert np.linalg.norm(np.array(middle) - place[0, 0, :2]) < 0.5
    assert changed.max() > 100
    far = np.hypot(x - middle[0], y - middle[1]) > 8
    assert not changed[far].any()


def test_a_saved_result_keeps_what_the_photo_s_file_had(astronaut: Photo, tmp_path: Path) -> None:
    alpha = np.full(astronaut.pixels.shape[:2], 255, np.uint8)
    alpha[:, :60] = 0
    exif = Image.Exif()
    exif[0x010F] = "Nikon"
    source = tmp_path / "cut.png"
    Image.fromarray(np.dstack([astronaut.pixels, alpha])).save(source, exif=exif, dpi=(300, 300))
    item = built(source, texture="512")
    bpy.ops.prn.paint()
    draw_dot(layers_of(item).image(names.PAINT), 256, 256, 20)
    applied, saved = tmp_path / "applied.png", tmp_path / "saved.png"
    assert bpy.ops.prn.apply_to_photo(filepath=str(applied)) == {"FINISHED"}
    assert bpy.ops.prn.save_result(filepath=str(saved)) == {"FINISHED"}
    for path in (applied, saved):
        with Image.open(path) as image:
            assert image.mode == "RGBA"
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
            assert image.getexif()[0x010F] == "Nikon"
            pixels = np.asarray(image)
        assert np.array_equal(pixels[..., 3], alpha)
        changed = (pixels[..., :3] != astronaut.pixels).any(axis=2)
        assert 20 < changed.sum() < 5000
    source.unlink()
    assert bpy.ops.prn.save_result(filepath=str(saved)) == {"FINISHED"}
    assert np.asarray(Image.open(saved)).shape == (512, 512, 3)


def test_unedited_texture_leaves_the_photo_as_it_is(photo_path: Path, face: Face) -> None:
    item = built(photo_path)
    assert not bpy.ops.prn.show_result.poll()
    assert not bpy.ops.prn.save_result.poll()
    bpy.ops.prn.paint()
    bpy.ops.prn.apply_to_photo()
    assert bpy.ops.prn.show_result.poll()
    result = image_pixels(find_result(item))[..., :3]
    assert np.array_equal(result, face.photo.pixels)


def test_complete_fills_only_what_is_hidden(photo_path: Path) -> None:
    item = built(photo_path)
    before = bake(layers_of(item))
    assert bpy.ops.prn.complete(keep_hair=1.0) == {"FINISHED"}
    layers = layers_of(item)
    after = bake(layers)
    assert layers.value(names.HIDDEN_FILL) == 1.0
    hidden = before[..., 3] == 0
    face_texels = cv2.resize(face_of(item).layout.mask.astype(np.uint8), (512, 512)) > 0
    assert (after[..., 3][hidden & face_texels] > 250).mean() > 0.98
    # Beside the hidden texels the photo shows skin too obliquely, and gives way to the other half.
    seen = before[..., 3] == 255
    changed = np.abs(after.astype(int) - before).max(axis=-1) > 0
    assert changed[seen].mean() < 0.15
    mask = image_pixels(layers.image(names.FILL_MASK))[..., 0]
    assert not changed[(mask == 0)].any()
    layers.set_value(names.HIDDEN_FILL, 0.0)
    assert np.array_equal(bake(layers), before)


def test_light_can_be_taken_out(photo_path: Path) -> None:
    item = built(photo_path)
    before = bake(layers_of(item)).astype(float)
    bpy.ops.prn.complete(delight=1.0)
    after = bake(layers_of(item)).astype(float)
    seen = before[..., 3] == 255
    assert np.abs(after - before)[seen].mean() > 1
    skin = cv2.resize(part_mask(face_of(item).layout, "cheeks", feather=0), (512, 512)) > 0.5
    skin &= seen
    assert after[skin][:, :3].std() < before[skin][:, :3].std()


def test_operators_say_why_they_cannot_be_used(photo_path: Path) -> None:
    operators = ("paint", "complete", "bake", "apply_to_photo", "swap", "compositor",
                 "part_groups", "edit_externally", "reload_external")  # fmt: skip
    bpy.ops.mesh.primitive_cube_add()
    for name in operators:
        operator = getattr(bpy.ops.prn, name)
        assert not operator.poll()
        with pytest.raises(RuntimeError, match="Select a face that was built from a photo"):
            operator()
    built(photo_path)
    for name in operators[:-1]:
        assert getattr(bpy.ops.prn, name).poll()


def test_sliders_are_the_groups_inputs(photo_path: Path) -> None:
    item = built(photo_path)
    layers = layers_of(item)
    for number, socket in enumerate(SLIDERS):
        value = (number + 1) / (len(SLIDERS) + 1)
        setattr(layers.material, property_name(socket), value)
        assert layers.value(socket) == pytest.approx(value)
    layers.material.prn_lit = True
    assert layers.value(names.LIT) == 1.0
