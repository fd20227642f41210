"""Editing faces in Blender: operators, what is remembered, what survives saving."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

import prn_blender
from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.core.parts import PARTS, part_mask
from prn_blender.core.swap import SwapOptions, swap
from prn_blender.operators.swap import PARTS as OFFERED_PARTS
from prn_blender.properties import _SLIDERS, property_name
from prn_blender.scene import texture_group as names
from prn_blender.scene.bake import bake
from prn_blender.scene.files import new_file
from prn_blender.scene.image import image_pixels, let_through
from prn_blender.scene.layers import layers_of
from prn_blender.scene.state import face_of
from prn_blender.scene.swap import build_swap_scene
from prn_blender.scene.texture_group import mix_socket


@pytest.fixture(autouse=True)
def addon() -> Iterator[None]:
    new_file()
    prn_blender.register()
    yield
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    prn_blender.unregister()


@pytest.fixture
def photo_path(astronaut_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(astronaut_path, tmp_path / "astronaut.png"))


@pytest.fixture
def donor_path(astronaut: Photo, tmp_path: Path) -> Path:
    """The same person seen in a mirror, warmer and darker: a face that differs everywhere."""
    pixels = astronaut.pixels[:, ::-1].astype(float) * [0.95, 0.75, 0.6]
    path = tmp_path / "donor.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def built(photo: Path, stride: str = "4", texture: str = "512") -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(photo), stride=stride, texture_size=texture)
    return bpy.context.view_layer.objects.active


def reopened(path: Path, name: str = "astronaut") -> bpy.types.Object:
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    item = bpy.data.objects[name]
    bpy.context.view_layer.objects.active = item
    return item


def draw_dot(image: bpy.types.Image, row: int, column: int, radius: int) -> None:
    """As a brush does: pixels change, the packed file does not."""
    width, height = image.size
    pixels = np.empty((height, width, 4), np.float32)
    image.pixels.foreach_get(pixels.reshape(-1))
    y, x = np.mgrid[:height, :width]
    inside = (x - column) ** 2 + (height - 1 - y - row) ** 2 <= radius**2
    pixels[inside] = (0, 1, 0, 1)
    image.pixels.foreach_set(pixels.reshape(-1))
    image.update()


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


def test_swapping_a_duplicate_leaves_the_original(photo_path: Path, donor_path: Path) -> None:
    item = built(photo_path)
    bpy.ops.prn.swap(filepath=str(donor_path))
    before = bake(layers_of(item)), image_pixels(item.data["prn"]["result"])
    bpy.ops.object.duplicate()
    copy = bpy.context.view_layer.objects.active
    bpy.ops.prn.swap(filepath=str(donor_path), parts={"lips"}, color_match="none")
    bpy.ops.prn.swap(filepath=str(donor_path), parts={"lips"}, color_match="none")
    assert np.array_equal(bake(layers_of(item)), before[0])
    assert np.array_equal(image_pixels(item.data["prn"]["result"]), before[1])
    assert not np.array_equal(bake(layers_of(copy)), before[0])
    assert not np.array_equal(image_pixels(copy.data["prn"]["result"]), before[1])
    assert len([i for i in bpy.data.images if "Result" in i.name and i.packed_file]) == 2


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
    result = image_pixels(item.data["prn"]["result"])[..., :3]
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


def test_unedited_texture_leaves_the_photo_as_it_is(photo_path: Path, face: Face) -> None:
    item = built(photo_path)
    assert not bpy.ops.prn.show_result.poll()
    assert not bpy.ops.prn.save_result.poll()
    bpy.ops.prn.paint()
    bpy.ops.prn.apply_to_photo()
    assert bpy.ops.prn.show_result.poll()
    result = image_pixels(item.data["prn"]["result"])[..., :3]
    assert np.array_equal(result, face.photo.pixels)


def test_complete_fills_only_what_is_hidden(photo_path: Path) -> None:
    item = built(photo_path)
    before = bake(layers_of(item))
    assert bpy.ops.prn.complete() == {"FINISHED"}
    layers = layers_of(item)
    after = bake(layers)
    assert layers.value(names.HIDDEN_FILL) == 1.0
    hidden = before[..., 3] == 0
    face_texels = cv2.resize(face_of(item).layout.mask.astype(np.uint8), (512, 512)) > 0
    assert (after[..., 3][hidden & face_texels] > 250).mean() > 0.98
    # What is filled beside the hidden texels is background that a narrow outline lets in.
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


def test_swap_is_the_cores_swap_and_stays_editable(
    photo_path: Path, donor_path: Path, face: Face, reconstructor: FaceReconstructor
) -> None:
    item = built(photo_path)
    assert bpy.ops.prn.swap(filepath=str(donor_path), parts={"nose"}) == {"FINISHED"}
    donor = reconstructor(donor_path, max_faces=1)[0]
    expected = swap(face, donor, SwapOptions(parts=("nose",)))
    result = image_pixels(item.data["prn"]["result"])[..., :3]
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
    once = image_pixels(item.data["prn"]["result"])[..., :3].astype(int)
    bpy.ops.prn.apply_to_photo()
    applied = image_pixels(item.data["prn"]["result"])[..., :3].astype(int)
    swapped = np.abs(once - face.photo.pixels).max(axis=-1) > 4
    assert swapped.sum() > 3000
    difference = np.abs(applied - once)[swapped]
    assert np.median(difference) <= 2
    assert np.percentile(difference, 90) <= 12


@pytest.mark.parametrize(
    ("parts", "blend"), [(("face",), "poisson"), (("eyes", "nose"), "feather")]
)
def test_composite_renders_the_one_shot_result(
    parts: tuple[str, ...],
    blend: str,
    face: Face,
    donor_path: Path,
    reconstructor: FaceReconstructor,
    tmp_path: Path,
) -> None:
    donor = reconstructor(donor_path, max_faces=1)[0]
    options = SwapOptions(parts=parts, blend=blend)
    build_swap_scene([(face, donor)], options)
    scene = bpy.data.scenes["astronaut Composite"]
    scene.render.engine = "CYCLES"
    scene.render.filepath = str(tmp_path / "composite.png")
    bpy.ops.render.render(write_still=True, scene=scene.name)
    rendered = np.asarray(Image.open(tmp_path / "composite.png").convert("RGB")).astype(int)
    once = swap(face, donor, options)
    inside = once.matte > 127
    difference = np.abs(rendered - once.picture)
    assert np.median(difference[inside]) <= 2
    assert np.percentile(difference[inside], 95) <= 10
    # Not because nothing was swapped, and the rest is the photo itself.
    assert np.median(np.abs(rendered - face.photo.pixels)[inside]) > 4
    assert np.median(difference[once.matte == 0]) == 0
    assert np.percentile(difference[once.matte == 0], 99.9) <= 2


def test_applied_swap_of_a_turned_face_has_no_rim_of_the_old_one(shared: Path) -> None:
    item = built(shared / "data" / "aflw2000_dev" / "image02062.jpg", texture="auto")
    photo = face_of(item).photo.pixels.astype(int)
    bpy.ops.prn.swap(filepath=str(shared / "data" / "generated_faces" / "2000.jpg"))
    once = image_pixels(item.data["prn"]["result"])[..., :3].astype(int)
    bpy.ops.prn.apply_to_photo()
    applied = image_pixels(item.data["prn"]["result"])[..., :3].astype(int)
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
    once = image_pixels(item.data["prn"]["result"])[..., :3].astype(int)
    kept = let_through(item, photo.shape) == 0
    assert kept.sum() > 100
    assert np.array_equal(once[kept], photo[kept])
    bpy.ops.prn.apply_to_photo()
    applied = image_pixels(item.data["prn"]["result"])[..., :3].astype(int)
    assert np.array_equal(applied[kept], photo[kept])
    assert np.median(np.abs(applied - once)[np.abs(once - photo).max(axis=-1) > 4]) <= 2
    # What is painted on them does show.
    bpy.ops.prn.paint()
    draw_dot(layers_of(item).image(names.PAINT), 0, 0, 10_000)
    bpy.ops.prn.apply_to_photo()
    painted = image_pixels(item.data["prn"]["result"])[..., :3].astype(int)
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


def test_composite_is_live_and_made_once(
    photo_path: Path, donor_path: Path, face: Face, tmp_path: Path
) -> None:
    item = built(photo_path)
    bpy.ops.prn.swap(filepath=str(donor_path), parts={"nose"})
    for _ in range(2):
        bpy.ops.prn.compositor()
        bpy.context.view_layer.objects.active = item
    assert [s.name for s in bpy.data.scenes if "Composite" in s.name] == ["astronaut Composite"]
    assert len([i for i in bpy.data.images if "Matte" in i.name]) == 1
    scene = bpy.data.scenes["astronaut Composite"]
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 4
    scene.render.filepath = str(tmp_path / "composite.png")
    pictures = []
    for strength in (1.0, 0.0):
        item.active_material.prn_donor_strength = strength
        bpy.ops.render.render(write_still=True, scene=scene.name)
        rendered = np.asarray(Image.open(scene.render.filepath).convert("RGB")).astype(int)
        pictures.append(np.abs(rendered - face.photo.pixels))
    assert (pictures[0] > 8).sum() > 300
    assert pictures[1].max() <= 1


def test_paint_on_the_photo_s_own_layer_reaches_the_photo(
    photo_path: Path, face: Face, tmp_path: Path
) -> None:
    item = built(photo_path)
    bpy.ops.prn.compositor()
    bpy.context.view_layer.objects.active = item
    scene = bpy.data.scenes["astronaut Composite"]
    scene.render.engine, scene.cycles.samples = "CYCLES", 4
    row, column = face.layout.landmark_texels[30] * 2
    draw_dot(layers_of(item).image(names.PHOTO), row, column, 12)
    scene.render.filepath = str(tmp_path / "composite.png")
    bpy.ops.render.render(write_still=True, scene=scene.name)
    live = np.asarray(Image.open(scene.render.filepath).convert("RGB")).astype(int)
    bpy.ops.prn.apply_to_photo()
    applied = image_pixels(item.data["prn"]["result"])[..., :3].astype(int)
    x, y = face.landmarks[30, :2].round().astype(int)
    for picture in (live, applied):
        assert np.abs(picture[y, x] - (0, 255, 0)).max() <= 2
        changed = np.abs(picture - face.photo.pixels).max(axis=-1) > 2
        assert 50 < changed.sum() < 500
        rows, columns = np.nonzero(changed)
        assert np.hypot(rows - y, columns - x).max() < 20


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


def test_bake_makes_an_image_that_is_saved(photo_path: Path, tmp_path: Path) -> None:
    built(photo_path)
    bpy.ops.prn.bake(size="1024", filepath=str(tmp_path / "baked.png"))
    expected = bake(layers_of(bpy.data.objects["astronaut"]), 1024)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "baked.png")), expected)
    reopened(tmp_path / "face.blend")
    assert np.array_equal(image_pixels(bpy.data.images["astronaut Baked"]), expected)


def test_a_node_of_the_artists_own_is_baked(photo_path: Path) -> None:
    item = built(photo_path)
    layers = layers_of(item)
    tree = layers.material.node_tree
    hue = tree.nodes.new("ShaderNodeHueSaturation")
    hue.inputs["Saturation"].default_value = 0.0
    tree.links.new(layers.node(names.PHOTO).outputs["Color"], hue.inputs["Color"])
    tree.links.new(hue.outputs["Color"], layers.group.inputs[names.PHOTO])
    scene, active = bpy.context.scene, bpy.context.active_object
    assert bpy.ops.prn.bake(size="512") == {"FINISHED"}
    assert (bpy.context.scene, bpy.context.active_object) == (scene, active)
    baked = image_pixels(bpy.data.images["astronaut Baked"])
    seen = baked[..., 3] == 255
    assert seen.mean() > 0.1
    assert np.ptp(baked[seen][:, :3].astype(int), axis=-1).max() <= 2


def test_a_layer_edited_outside_is_read_back_and_packed(photo_path: Path, tmp_path: Path) -> None:
    item = built(photo_path)
    item = reopened(tmp_path / "face.blend")
    assert not bpy.ops.prn.reload_external.poll()
    bpy.ops.prn.edit_externally(layer="Paint", open_editor=False)
    (path,) = (tmp_path / "textures").iterdir()
    drawn = np.asarray(Image.open(path)).copy()
    assert drawn.shape[2] == 4
    drawn[100:120, 200:220] = (10, 200, 30, 255)
    Image.fromarray(drawn).save(path)
    assert bpy.ops.prn.reload_external() == {"FINISHED"}
    assert np.array_equal(image_pixels(layers_of(item).image(names.PAINT)), drawn)
    path.unlink()
    item = reopened(tmp_path / "face.blend")
    assert np.array_equal(image_pixels(layers_of(item).image(names.PAINT)), drawn)
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.prn.reload_external()
    for content, said in (
        (Image.new("RGB", (64, 32)), "64 x 32 texels; it has to be square"),
        (None, "is not a picture that can be read"),
    ):
        content.save(path) if content else path.write_bytes(b"no picture")
        with pytest.raises(RuntimeError, match=said):
            bpy.ops.prn.reload_external()
    assert np.array_equal(image_pixels(layers_of(item).image(names.PAINT)), drawn)


def test_parts_become_vertex_groups_and_face_sets(photo_path: Path, face: Face) -> None:
    item = built(photo_path, stride="2")
    bpy.ops.prn.part_groups()
    bpy.ops.prn.part_groups()  # again: replaced, not doubled
    assert {*PARTS, *face.layout.parts, "visible"} == {g.name for g in item.vertex_groups}
    position = np.empty(len(item.data.vertices) * 3, np.float32)
    item.data.attributes["photo_position"].data.foreach_get("vector", position)
    position = position.reshape(-1, 3)[:, :2]
    group = item.vertex_groups["nose"].index
    weight = np.array(
        [next((g.weight for g in v.groups if g.group == group), 0.0) for v in item.data.vertices]
    )
    tip = np.linalg.norm(position - face.landmarks[30, :2], axis=1).argmin()
    eye = np.linalg.norm(position - face.landmarks[36:42, :2].mean(axis=0), axis=1).argmin()
    assert weight[tip] > 0.9
    assert weight[eye] == 0
    assert ((weight > 0.1) & (weight < 0.9)).any()
    sets = np.empty(len(item.data.polygons), np.int32)
    item.data.attributes[".sculpt_face_set"].data.foreach_get("value", sets)
    assert len(np.unique(sets)) >= len(PARTS) - 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("photo_path", 7),
        ("photo_size", "large"),
        ("crop", [1.0]),
        ("coefficients", 3),
        ("position_map", None),
        ("layout_sha256", "0" * 64),
    ],
)
def test_a_damaged_file_is_one_sentence(key: str, value: object, photo_path: Path) -> None:
    item = built(photo_path)
    if value is None:
        del item.data["prn"][key]
    else:
        item.data["prn"][key] = value
    with pytest.raises(RuntimeError, match=r"build the face (again|anew)") as caught:
        bpy.ops.prn.complete()
    assert len(str(caught.value).strip().splitlines()) == 1
    item.data["prn"] = "not ours"
    assert not bpy.ops.prn.complete.poll()


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
    for number, socket in enumerate(_SLIDERS):
        value = (number + 1) / (len(_SLIDERS) + 1)
        setattr(layers.material, property_name(socket), value)
        assert layers.value(socket) == pytest.approx(value)
    layers.material.prn_lit = True
    assert layers.value(names.LIT) == 1.0


def test_offered_parts_are_the_cores() -> None:
    assert [name for name, *_ in OFFERED_PARTS] == list(PARTS)
