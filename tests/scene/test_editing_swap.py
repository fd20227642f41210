"""Swaps in Blender: as the core's, editable, one step of undo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built, draw_dot

from prn_blender.core import Face, FaceReconstructor
from prn_blender.core.choices import PARTS
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap
from prn_blender.interface.choices import PARTS as OFFERED_PARTS
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.bake import bake
from prn_blender.scene.layers.layers import layers_of, result_is_old
from prn_blender.scene.layers.texture_group import mix_socket
from prn_blender.scene.record import face_of, find_result
from prn_blender.scene.result.apply import let_through

pytestmark = pytest.mark.usefixtures("addon")


def test_swapping_a_duplicate_leaves_the_original(photo_path: Path, donor_path: Path) -> None:
    item = built(photo_path)
    bpy.ops.prn.swap(filepath=str(donor_path))
    before = bake(layers_of(item)), image_pixels(find_result(item))
    bpy.ops.object.duplicate()
    copy = bpy.context.view_layer.objects.active
    bpy.ops.prn.swap(filepath=str(donor_path), parts={"lips"}, color_match="none")
    bpy.ops.prn.swap(filepath=str(donor_path), parts={"lips"}, color_match="none")
    assert np.array_equal(bake(layers_of(item)), before[0])
    assert np.array_equal(image_pixels(find_result(item)), before[1])
    assert not np.array_equal(bake(layers_of(copy)), before[0])
    assert not np.array_equal(image_pixels(find_result(copy)), before[1])
    assert len([i for i in bpy.data.images if "Result" in i.name and i.packed_file]) == 2


def test_swap_is_the_cores_swap_and_stays_editable(
    photo_path: Path, donor_path: Path, face: Face, reconstructor: FaceReconstructor
) -> None:
    item = built(photo_path)
    assert bpy.ops.prn.swap(filepath=str(donor_path), parts={"nose"}) == {"FINISHED"}
    donor = reconstructor(donor_path, max_faces=1)[0]
    expected = swap(face, donor, SwapOptions(parts=("nose",)))
    result = image_pixels(find_result(item))[..., :3]
    assert np.array_equal(result, expected.picture)
    layers = layers_of(item)
    assert {p for p in layers.parts if layers.value(mix_socket(p)) > 0} == {"nose"}
    swapped = bake(layers).astype(int)
    layers.set_value(names.DONOR_STRENGTH, 0.0)
    original = bake(layers).astype(int)
    changed = np.abs(swapped - original)[..., :3].max(axis=-1)
    nose = cv2.resize(part_mask(face.layout, "nose"), changed.shape)
    assert changed[nose > 0.9].mean() > 5
    assert changed[nose == 0].max() <= 1


def test_swapped_texture_applied_is_the_one_shot_result(
    photo_path: Path, donor_path: Path, face: Face
) -> None:
    item = built(photo_path, texture="1024")
    bpy.ops.prn.swap(filepath=str(donor_path))
    once = image_pixels(find_result(item))[..., :3].astype(int)
    bpy.ops.prn.apply_to_photo()
    applied = image_pixels(find_result(item))[..., :3].astype(int)
    swapped = np.abs(once - face.photo.pixels).max(axis=-1) > 4
    assert swapped.sum() > 3000
    difference = np.abs(applied - once)[swapped]
    assert np.median(difference) <= 2
    assert np.percentile(difference, 90) <= 12


def test_applied_swap_of_a_turned_face_has_no_rim_of_the_old_one(shared: Path) -> None:
    item = built(shared / "data" / "aflw2000_dev" / "image02062.jpg", texture="auto")
    photo = face_of(item).photo.pixels.astype(int)
    bpy.ops.prn.swap(filepath=str(shared / "data" / "generated_faces" / "2000.jpg"))
    once = image_pixels(find_result(item))[..., :3].astype(int)
    bpy.ops.prn.apply_to_photo()
    applied = image_pixels(find_result(item))[..., :3].astype(int)
    swapped = np.abs(once - photo).max(axis=-1) > 4
    difference = np.abs(applied - once)[swapped]
    assert np.percentile(difference, 95) <= 5
    # Along the nose and between the lips it was the photo itself, one pixel in fifty.
    assert np.percentile(difference, 98.5) <= 30


def test_teeth_that_a_swap_keeps_stay_the_photos(shared: Path, tmp_path: Path) -> None:
    target, donor = (shared / "data" / "generated_faces" / f"{n}.jpg" for n in ("0100", "0019"))
    item = built(target, texture="auto")
    photo = face_of(item).photo.pixels.astype(int)
    bpy.ops.prn.swap(filepath=str(donor))
    once = image_pixels(find_result(item))[..., :3].astype(int)
    kept = let_through(item, photo.shape) == 0
    assert kept.sum() > 100
    assert np.array_equal(once[kept], photo[kept])
    bpy.ops.prn.apply_to_photo()
    applied = image_pixels(find_result(item))[..., :3].astype(int)
    assert np.array_equal(applied[kept], photo[kept])
    assert np.median(np.abs(applied - once)[np.abs(once - photo).max(axis=-1) > 4]) <= 2
    # What is painted on them does show.
    bpy.ops.prn.paint()
    draw_dot(layers_of(item).image(names.PAINT), 0, 0, 10_000)
    bpy.ops.prn.apply_to_photo()
    painted = image_pixels(find_result(item))[..., :3].astype(int)
    assert np.median(np.abs(painted - (0, 255, 0))[kept]) <= 2


def test_donors_shape_is_a_shape_key_where_the_photo_shows_it(
    photo_path: Path, face: Face, reconstructor: FaceReconstructor, shared: Path
) -> None:
    other = next((shared / "data" / "generated_faces").glob("0*.jpg"))
    item = built(photo_path, stride="2")
    bpy.ops.prn.swap(filepath=str(other), donor_shape=True)
    key = item.data.shape_keys.key_blocks["Donor Shape"]
    assert key.value == 1.0
    moved = np.empty(len(item.data.vertices) * 3, np.float32)
    key.data.foreach_get("co", moved)
    world = moved.reshape(-1, 3) @ np.array(item.matrix_world)[:3, :3].T
    world += np.array(item.matrix_world)[:3, 3]
    camera = bpy.context.scene.camera.data
    per_metre = face.photo.width / camera.ortho_scale
    seen = world[:, [0, 2]] * [per_metre, -per_metre] + [255.5, 255.5]
    expected = swap(face, reconstructor(other, max_faces=1)[0], SwapOptions(shape="donor"))
    texel = np.unique(face.layout.quads(2))
    positions = expected.positions.reshape(-1, 3)[texel[texel >= 0], :2]
    assert np.abs(positions - face.position_map.reshape(-1, 3)[texel[texel >= 0], :2]).max() > 1
    assert np.abs(seen - positions).max() < 0.1
    bpy.ops.prn.swap(filepath=str(other))
    assert key.value == 0.0


def test_strength_and_own_mask(photo_path: Path, donor_path: Path, face: Face) -> None:
    item = built(photo_path)
    mask = bpy.data.images.new("mask", 64, 64, is_data=True)
    pixels = np.zeros((64, 64, 4), np.float32)
    pixels[20:44, 20:44] = 1
    pixels[..., 3] = 1
    mask.pixels.foreach_set(pixels.ravel())
    bpy.ops.prn.swap(filepath=str(donor_path), mask="mask", strength=0.5)
    layers = layers_of(item)
    assert layers.value(names.DONOR_STRENGTH) == 0.5
    assert layers.value(mix_socket(names.ALL)) == 1.0
    used = image_pixels(layers.image(names.DONOR_MASK))[..., 0]
    wanted = cv2.resize(image_pixels(mask)[..., 0], used.shape)
    assert (used[wanted == 0] <= 1).all()
    assert used[wanted == 255].mean() > 200
    wide = bpy.data.images.new("wide", 64, 32)
    assert wide.size[0] != wide.size[1]
    with pytest.raises(RuntimeError, match="64 x 32 pixels; it has to be square"):
        bpy.ops.prn.swap(filepath=str(donor_path), mask="wide")


def test_swap_is_undone_in_one_step(photo_path: Path, donor_path: Path) -> None:
    built(photo_path)
    before = bake(layers_of(bpy.data.objects["astronaut"]))
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.prn.swap("EXEC_DEFAULT", True, filepath=str(donor_path))
    assert not np.array_equal(bake(layers_of(bpy.data.objects["astronaut"])), before)
    bpy.ops.ed.undo()
    assert np.array_equal(bake(layers_of(bpy.data.objects["astronaut"])), before)
    bpy.ops.ed.redo()
    assert layers_of(bpy.data.objects["astronaut"]).image(names.DONOR) is not None


def test_bad_donors_are_one_sentence_and_change_nothing(
    photo_path: Path, donor_path: Path, tmp_path: Path
) -> None:
    item = built(photo_path)
    before = sorted(i.name for i in bpy.data.images), bake(layers_of(item))
    blank = tmp_path / "blank.png"
    Image.new("RGB", (200, 200), "grey").save(blank)
    for arguments, said in (
        ({"filepath": str(blank)}, 'No face was found in "blank.png"'),
        ({"filepath": str(tmp_path / "none.png")}, "does not exist"),
        ({"filepath": str(donor_path), "donor_face": 2}, "shows 1 face; there is no number 2"),
    ):
        with pytest.raises(RuntimeError, match=said) as caught:
            bpy.ops.prn.swap(**arguments)
        assert len(str(caught.value).strip().splitlines()) == 1
    assert sorted(i.name for i in bpy.data.images) == before[0]
    assert np.array_equal(bake(layers_of(item)), before[1])


def test_offered_parts_are_the_cores() -> None:
    assert [name for name, *_ in OFFERED_PARTS] == list(PARTS)


def test_a_result_knows_when_it_is_out_of_date(photo_path: Path, donor_path: Path) -> None:
    item = built(photo_path)
    assert not result_is_old(item)
    bpy.ops.prn.swap(filepath=str(donor_path))
    assert not result_is_old(item)
    layers = layers_of(item)
    layers.set_value(mix_socket("face"), 0.25)
    assert result_is_old(item)
    bpy.ops.prn.apply_to_photo()
    assert not result_is_old(item)
    layers.set_value(names.LIT, 1.0)  # nothing of the photo's
    assert not result_is_old(item)
    bpy.ops.prn.complete()
    assert result_is_old(item)


def test_a_swap_over_paint_says_that_it_is_without(
    photo_path: Path, donor_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    item = built(photo_path)
    bpy.ops.prn.paint()
    bpy.ops.prn.swap(filepath=str(donor_path))
    assert "without your painting" not in capfd.readouterr().out
    assert not result_is_old(item)  # nothing was painted
    draw_dot(layers_of(item).image(names.PAINT), 300, 300, 40)
    bpy.ops.prn.swap(filepath=str(donor_path))
    assert "without your painting" in capfd.readouterr().out
    assert result_is_old(item)
    bpy.ops.prn.apply_to_photo()
    assert not result_is_old(item)
