"""Several photos of a person on one face object."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from bpy_extras.object_utils import world_to_camera_view
from layout_record import sidebar

from prn_blender.core import Photo
from prn_blender.core.face.adjust import Pin
from prn_blender.scene.build.adjust import adjust, plan_adjustment
from prn_blender.scene.images.image import image_pixels, is_as_made
from prn_blender.scene.layers.layers import FACE_LAYER, layers_of
from prn_blender.scene.layers.texture_group import COMPLETED, PHOTO
from prn_blender.scene.names import is_head
from prn_blender.scene.record import camera_of, face_of, find_photos, read_record

pytestmark = pytest.mark.usefixtures("addon")


@pytest.fixture
def further(astronaut: Photo, tmp_path: Path) -> list[Path]:
    """The same person smaller and darker, and leaning in a wider picture."""
    small = cv2.resize(astronaut.pixels, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    turn = cv2.getRotationMatrix2D((220, 120), 12, 1.0)
    leaning = cv2.warpAffine(astronaut.pixels, turn, (600, 512), borderMode=cv2.BORDER_REFLECT)
    paths = [tmp_path / "small.png", tmp_path / "leaning.png"]
    for path, pixels in zip(paths, ((small * 0.7).astype(np.uint8), leaning), strict=True):
        Image.fromarray(pixels).save(path)
    return paths


def build(path: Path, **options: object) -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(path), stride="4", texture_size="256", **options)
    return bpy.context.active_object


def add(paths: list[Path]) -> None:
    names = [{"name": path.name} for path in paths]
    result = bpy.ops.prn.add_photos(directory=str(paths[0].parent), files=names)
    assert result == {"FINISHED"}


def off_its_photo(item: bpy.types.Object) -> float:
    """Largest distance, pixels, of what the photo's camera sees from where the photo has it."""
    bpy.context.view_layer.update()
    scene, camera = bpy.context.scene, camera_of(item)
    width, height = read_record(item).photo.size
    scene.render.resolution_x, scene.render.resolution_y = width, height
    shown = item.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    places = [item.matrix_world @ v.co for v in shown.vertices]
    seen = np.array([world_to_camera_view(scene, camera, place) for place in places])[:, :2]
    wanted = np.empty(len(places) * 3, np.float32)
    item.data.attributes["photo_position"].data.foreach_get("vector", wanted)
    pixels = seen * [width, -height] + [-0.5, height - 0.5]
    visible = np.empty(len(places), bool)
    item.data.attributes["visible"].data.foreach_get("value", visible)
    away = np.linalg.norm(pixels - wanted.reshape(-1, 3)[:, :2], axis=1)
    item.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh_clear()
    return float(away[visible].max())


@pytest.mark.parametrize("camera", ["ortho", "persp"])
def test_each_photo_has_a_camera_that_sees_the_face_there(
    photo_path: Path, further: list[Path], camera: str
) -> None:
    item = build(photo_path, camera=camera)
    before = item.matrix_world.copy()
    add(further)
    assert len(read_record(item).photos) == 3
    cameras = {photo.camera for photo in read_record(item).photos}
    assert len(cameras) == 3 and None not in cameras
    # Frames of the others would lie over the photo that is looked at.
    assert {c for c in cameras if not c.hide_get()} == {camera_of(item)}
    for number, name in enumerate(("astronaut", "small", "leaning"), 1):
        assert bpy.ops.prn.choose_person_photo(number=number) == {"FINISHED"}
        assert bpy.context.scene.camera == camera_of(item)
        assert read_record(item).photo.image.name.startswith(name)
        assert face_of(item).photo.stem == name
        assert off_its_photo(item) < 0.5, name
        assert {c for c in cameras if not c.hide_get()} == {camera_of(item)}
        background = camera_of(item).data.background_images
        assert [b.image for b in background] == [read_record(item).photo.image]
    assert np.allclose(item.matrix_world, before, atol=1e-6)
    panel = sidebar(bpy.context)["PRN_PT_person"]
    assert panel.names("operator").count("prn.choose_person_photo") == 3
    assert "prn.add_photos" in panel.names("operator")
    assert np.array_equal(face_of(item).identity, face_of(item).coefficients["fitted_identity"])
    identities = [p.coefficients["fitted_identity"] for p in read_record(item).photos]
    assert np.allclose(identities[0], identities[1]) and np.allclose(identities[0], identities[2])


def test_a_photo_goes_with_its_camera_and_its_shape(photo_path: Path, further: list[Path]) -> None:
    item = build(photo_path)
    bpy.ops.prn.complete(delight=1.0)
    before = image_pixels(layers_of(item).image(COMPLETED)).astype(int)
    add(further)
    # The completed texture is that of all photos, without light as it was.
    completed = layers_of(item).image(COMPLETED)
    assert read_record(item).completed["delight"] == 1 and is_as_made(completed)
    assert 0.2 < np.abs(image_pixels(completed) - before).mean() < 30
    bpy.ops.prn.choose_person_photo(number=3)
    gone = camera_of(item).name
    assert bpy.ops.prn.remove_photo(number=3) == {"FINISHED"}
    record = read_record(item)
    assert [p.image.name for p in record.photos] == ["astronaut.png", "small.png"]
    assert record.place_of_chosen == 0 and gone not in bpy.data.objects
    assert len(item.data.shape_keys.key_blocks) == 2
    assert off_its_photo(item) < 0.5
    with pytest.raises(RuntimeError, match="first photo"):
        bpy.ops.prn.remove_photo(number=1)
    with pytest.raises(RuntimeError, match="Photo 3 of 2 cannot"):
        bpy.ops.prn.remove_photo(number=3)
    with pytest.raises(RuntimeError, match="no photo 7"):
        bpy.ops.prn.choose_person_photo(number=7)


def reopened(item: bpy.types.Object, path: Path) -> bpy.types.Object:
    """The face in its saved file, which has read no photo yet."""
    name = item.name
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return bpy.data.objects[name]


def photo_texture(item: bpy.types.Object) -> np.ndarray:
    image = layers_of(item).image(PHOTO)
    assert image is not None
    return image_pixels(image).astype(int)


def test_a_photo_that_is_lost_can_be_taken_away(
    photo_path: Path, further: list[Path], tmp_path: Path
) -> None:
    item = build(photo_path)
    add(further[1:])
    of_two = face_of(item).neutral
    add(further[:1])
    three, of_three = photo_texture(item), face_of(item).neutral
    item = reopened(item, tmp_path / "person.blend")
    lost = further[0].rename(tmp_path / "elsewhere.png")
    assert bpy.ops.prn.choose_person_photo(number=3) == {"FINISHED"}, "it needs no photo"
    assert bpy.ops.prn.remove_photo(number=3) == {"FINISHED"}
    assert [p.image.name for p in read_record(item).photos] == ["astronaut.png", "leaning.png"]
    assert read_record(item).place_of_chosen == 0 and len(item.data.shape_keys.key_blocks) == 2
    assert off_its_photo(item) < 0.5 and lost.is_file()
    assert not np.array_equal(photo_texture(item), three), "blended without it"
    assert np.abs(face_of(item).neutral - of_two).mean() < 0.4 * np.abs(of_three - of_two).mean()


def test_where_several_photos_are_lost_one_sentence_says_which(
    photo_path: Path, further: list[Path], tmp_path: Path
) -> None:
    item = build(photo_path)
    add(further)
    with pytest.raises(RuntimeError, match="No further photo"):
        bpy.ops.prn.remove_lost_photos()
    item = reopened(item, tmp_path / "person.blend")
    texture, places = photo_texture(item), [tuple(v.co) for v in item.data.vertices]
    for path in further:
        path.unlink()
    for work in (
        lambda: bpy.ops.prn.remove_photo(number=3),
        lambda: bpy.ops.prn.add_photos(filepath=str(photo_path)),
    ):
        with pytest.raises(RuntimeError, match=r"small\.png.* Remove Lost Photos") as said:
            work()
        assert "Traceback" not in str(said.value)
    assert len(read_record(item).photos) == 3 and len(item.data.shape_keys.key_blocks) == 3
    assert [tuple(v.co) for v in item.data.vertices] == places
    assert np.array_equal(photo_texture(item), texture)
    assert bpy.ops.prn.remove_lost_photos() == {"FINISHED"}
    assert [p.image.name for p in read_record(item).photos] == ["astronaut.png"]
    assert off_its_photo(item) < 0.5
    assert not bpy.ops.prn.remove_lost_photos.poll()


def test_a_duplicate_keeps_the_photo_that_goes(photo_path: Path, further: list[Path]) -> None:
    item = build(photo_path)
    add(further[:1])
    other = item.copy()
    other.data = item.data.copy()
    bpy.context.collection.objects.link(other)
    assert bpy.ops.prn.remove_photo(number=2) == {"FINISHED"}
    assert len(read_record(item).photos) == 1
    kept = read_record(other).photos[1]
    assert kept.position_map is not None and kept.camera.name in bpy.context.scene.objects


def test_photos_can_be_added_again_and_sculpting_stays(
    photo_path: Path, further: list[Path]
) -> None:
    item = build(photo_path)
    add(further[:1])
    item.data.shape_keys.reference_key.data[100].co.y -= 0.02
    item.data.vertices[100].co.y -= 0.02
    rest = np.array(item.data.shape_keys.reference_key.data[100].co)
    add(further[1:])
    assert len(find_photos(item)[1]) == 3
    now = np.array(item.data.shape_keys.reference_key.data[100].co)
    assert np.linalg.norm(now - rest) < 0.012  # with the rest of the face, but not back
    for number in (2, 3):
        key = item.data.shape_keys.key_blocks[read_record(item).photos[number - 1].shape_key]
        assert np.linalg.norm(np.array(key.data[100].co) - now) < 0.02


def test_what_cannot_be_used_is_said_and_changes_nothing(photo_path: Path, tmp_path: Path) -> None:
    item = build(photo_path)
    before = [tuple(v.co) for v in item.data.vertices]
    empty = tmp_path / "empty.png"
    Image.fromarray(np.full((100, 100, 3), 90, np.uint8)).save(empty)
    with pytest.raises(RuntimeError, match="None of the photos can be used"):
        bpy.ops.prn.add_photos(filepath=str(empty))
    assert [tuple(v.co) for v in item.data.vertices] == before
    assert item.data.shape_keys is None and len(read_record(item).photos) == 1


def test_the_record_is_saved_and_read_again(
    photo_path: Path, further: list[Path], tmp_path: Path
) -> None:
    item = build(photo_path)
    add(further)
    bpy.ops.prn.choose_person_photo(number=2)
    item = reopened(item, tmp_path / "person.blend")
    record = read_record(item)
    assert record.place_of_chosen == 1 and len(record.photos) == 3
    assert all(photo.agreement is not None for photo in record.photos)
    assert face_of(item).photo.stem == "small"


def test_another_mesh_keeps_the_photos(photo_path: Path, further: list[Path]) -> None:
    item = build(photo_path)
    add(further[:1])
    bpy.ops.prn.choose_person_photo(number=2)
    with pytest.raises(RuntimeError, match="first photo"):
        bpy.ops.prn.rebuild(stride="2")
    bpy.ops.prn.choose_person_photo(number=1)
    with pytest.raises(RuntimeError, match="keeps its cameras"):
        bpy.ops.prn.rebuild(camera="persp", use_exif=False)
    count = len(item.data.vertices)
    assert bpy.ops.prn.rebuild(stride="2") == {"FINISHED"}
    assert len(item.data.vertices) > 3 * count and len(read_record(item).photos) == 2
    for number in (1, 2):
        bpy.ops.prn.choose_person_photo(number=number)
        assert off_its_photo(item) < 0.5


def test_a_photo_without_its_camera_is_not_chosen(photo_path: Path, further: list[Path]) -> None:
    item = build(photo_path)
    add(further[:1])
    bpy.data.objects.remove(read_record(item).photos[1].camera)
    with pytest.raises(RuntimeError, match="camera of photo 2 was deleted") as said:
        bpy.ops.prn.choose_person_photo(number=2)
    assert "Traceback" not in str(said.value)
    assert read_record(item).place_of_chosen == 0
    assert item.data.shape_keys.key_blocks[1].value == 0


@pytest.mark.parametrize("chosen", [1, 2])
def test_whoever_stands_beside_a_person_leaves_its_camera(
    pair: Photo, further: list[Path], tmp_path: Path, chosen: int
) -> None:
    path = tmp_path / "pair.png"
    Image.fromarray(pair.pixels).save(path)
    item = build(path, faces="ALL")
    add(further[:1])
    camera = read_record(item).photos[0].camera
    bpy.ops.prn.choose_person_photo(number=chosen)
    bpy.context.view_layer.objects.active = beside = bpy.data.objects["pair_2"]
    for change in ({"camera": "persp"}, {"topology": "head"}):
        with pytest.raises(RuntimeError, match="keeps its cameras"):
            bpy.ops.prn.rebuild(**change)
    with pytest.raises(RuntimeError, match="keeps its cameras"):
        bpy.ops.prn.update_face()
    before = camera.data.type, camera.data.ortho_scale, camera.data.background_images[0].image
    assert bpy.ops.prn.other_photo(filepath=str(further[1])) == {"FINISHED"}
    assert camera_of(beside) != camera
    assert before == (
        camera.data.type, camera.data.ortho_scale, camera.data.background_images[0].image,
    )  # fmt: skip


def off_its_head(item: bpy.types.Object) -> float:
    """As `off_its_photo`, of what of a whole head follows the photo that is looked at."""
    face = face_of(item)
    head = face.head
    assert head is not None
    bpy.context.view_layer.update()
    scene, camera = bpy.context.scene, camera_of(item)
    width, height = read_record(item).photos[read_record(item).chosen].size
    scene.render.resolution_x, scene.render.resolution_y = width, height
    shown = item.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices
    own = np.flatnonzero(head.seen > 0.99)
    places = [item.matrix_world @ shown[int(v)].co for v in own]
    seen = np.array([world_to_camera_view(scene, camera, place) for place in places])[:, :2]
    pixels = seen * [width, -height] + [-0.5, height - 0.5]
    return float(np.linalg.norm(pixels - head.in_photo[own, :2], axis=1).max())


def lower_chin(item: bpy.types.Object) -> Pin:
    """The chin, 4 pixels further down."""
    face = face_of(item)
    row, column = face.layout.landmark_texels[8].tolist()
    x, y = face.landmarks[8, :2].tolist()
    return Pin(row * face.layout.size + column, (x, y + 4.0))


@pytest.mark.parametrize("topology", ["lattice", "head"])
def test_the_texture_of_all_photos_follows_pins(
    photo_path: Path, further: list[Path], topology: str
) -> None:
    item = build(photo_path, topology=topology)
    add(further[:1])

    def levels(layer: str) -> np.ndarray:
        image = layers_of(item).image(layer)
        assert image is not None
        return image_pixels(image).astype(int)

    def pin(*pins: Pin) -> None:
        values = [{"name": "", "texel": pin.texel, "at": pin.at} for pin in pins]
        assert bpy.ops.prn.adjust(pins=values) == {"FINISHED"}

    before = levels(PHOTO)
    shown = levels(FACE_LAYER) if topology == "head" else None
    pin(lower_chin(item))
    assert np.abs(levels(PHOTO) - before).max() > 20, "it is blended anew"
    if shown is not None:
        assert np.abs(levels(FACE_LAYER) - shown).mean() < 4, "where any photo shows the face"
    pin()
    assert np.abs(levels(PHOTO) - before)[..., :3].mean() < 2
    assert bpy.ops.prn.rebuild(texture_size="512") == {"FINISHED"}
    larger = levels(PHOTO)
    pin(lower_chin(item))
    assert len(larger) == 512 and not np.array_equal(levels(PHOTO), larger), "and in another size"
    # Nobody has drawn on it, so it goes along again; what somebody has drawn stays.
    image = layers_of(item).image(PHOTO)
    assert image is not None
    image.pixels.foreach_set(np.full(512 * 512 * 4, 0.5, np.float32))
    drawn = levels(PHOTO)
    pin()
    assert np.array_equal(levels(PHOTO), drawn)


@pytest.mark.parametrize("camera", ["ortho", "persp"])
def test_a_whole_head_has_a_camera_and_an_expression_for_each_photo(
    photo_path: Path, further: list[Path], camera: str
) -> None:
    item = build(photo_path, camera=camera, topology="head")
    keys = item.data.shape_keys.key_blocks
    count = len(keys)
    add(further)
    assert is_head(item)
    assert [key.name for key in keys][count:] == ["In small", "In leaning"]
    values = []
    for number in (1, 2, 3):
        assert bpy.ops.prn.choose_person_photo(number=number) == {"FINISHED"}
        assert off_its_head(item) < 0.5
        assert keys["Photo Detail"].value == (number == 1)
        values.append(np.array([key.value for key in keys[1 : count - 1]]))
        head = face_of(item).head
        assert head is not None
        looks = np.array(["Look" in name for name in head.model.move_names])
        assert values[-1][~looks] == pytest.approx(head.expression[~looks], abs=1e-4)
        # Where eyes look is found from where they looked before.
        assert values[-1][looks] == pytest.approx(head.expression[looks], abs=0.05)
    assert np.abs(values[0] - values[2]).max() > 0.01
    keys["jawOpen"].value = 0.7  # the keys are the user's again
    bpy.ops.prn.choose_person_photo(number=1)
    assert keys["jawOpen"].value == pytest.approx(values[0][keys.find("jawOpen") - 1], abs=1e-5)
    bpy.ops.prn.remove_photo(number=3)
    assert [key.name for key in keys][count:] == ["In small"]
    assert off_its_head(item) < 0.5
    bpy.ops.prn.choose_person_photo(number=2)
    adjust(item, plan_adjustment(item)([lower_chin(item)]))
    assert off_its_head(item) < 0.7, "its own key follows what is adjusted in a photo"
    bpy.ops.prn.remove_photo(number=2)
    assert len(keys) == count and len(read_record(item).photos) == 1
