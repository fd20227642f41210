"""What a face remembers in the .blend file: kept, in every version; one sentence where damaged."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from record_files import OLD, OLD_FILES, PROBES, activate, opened, opened_old, stored

import prn_blender
from prn_blender.core import Face
from prn_blender.core.errors import PRNError
from prn_blender.core.photo.photo import MAX_PIXELS
from prn_blender.scene.build.build import build_scene
from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.layers.texture_group import DONOR
from prn_blender.scene.names import FACE
from prn_blender.scene.options import SceneOptions
from prn_blender.scene.record import (
    VERSION,
    FaceRecord,
    PhotoRecord,
    camera_of,
    change_photo,
    change_record,
    face_of,
    faces_of_photo,
    find_camera,
    find_result,
    photo_block,
    read_record,
    recall_face,
    write_record,
)
from prn_blender.scene.record.fields import MAX_PHOTO_PIXELS

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    prn_blender.register()
    yield
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    prn_blender.unregister()


def digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


# Files that the add-on saved before records had a version, see data/records/README.md -------------


@pytest.mark.parametrize("name", OLD_FILES)
def test_old_files_hold_what_was_recorded(name: str) -> None:
    expected = json.loads((OLD / f"{name}.json").read_text(encoding="utf-8"))
    faces = opened_old(name)
    assert faces.keys() == expected.keys()
    for item, known in ((faces[key], expected[key]) for key in expected):
        face, record = face_of(item), read_record(item)
        assert (face.layout.name, face.layout.sha256) == (known["layout"], known["layout_sha256"])
        assert [face.photo.width, face.photo.height] == known["photo_size"]
        # Libraries decode a JPEG file differently by a level here and there.
        assert np.allclose(face.photo.pixels.mean(axis=(0, 1)), known["photo_mean"], atol=0.5)
        assert digest(face.position_map) == known["position_map_sha256"]
        assert [*face.crop.centre, face.crop.size, face.crop.roll] == known["crop"]
        assert face.crop.resolution == known["crop_resolution"]
        assert face.confidence == known["confidence"]
        found = {key: digest(values) for key, values in face.coefficients.items()}
        assert found == known["coefficients_sha256"]
        found = {key: round(v, 6) for key, v in face.expression.items() if v > 0.5}
        assert found == known["expression"]

        photo = record.photo
        assert photo_block(item).name == known["photo"]
        assert (photo.path, photo.file_bytes) == (known["photo_path"], known["photo_bytes"])
        assert camera_of(item).name == known["camera"]
        assert list(record.place) == known["place"]
        assert photo.result_texture == known["result_of"]
        assert list(photo.swap_matte_region or []) == known["let_through_region"]
        images = {"result": photo.result, "baked": record.baked, "let_through": photo.swap_matte}
        found = {
            key: {"name": image.name, "sha256": digest(image_pixels(image))}
            for key, image in images.items()
            if image is not None
        }
        assert found == known["images"]


@pytest.mark.parametrize("name", OLD_FILES)
def test_looking_at_an_old_file_changes_nothing(name: str) -> None:
    faces = opened_old(name)
    before = {key: stored(item) for key, item in faces.items()}
    for item in faces.values():
        for probe in PROBES.values():
            probe(item)
    assert {key: stored(item) for key, item in faces.items()} == before
    assert not any("version" in record for record in before.values())


def test_an_old_face_is_written_anew_when_it_changes() -> None:
    item = opened_old("edited")["portrait"]
    before = read_record(item)
    names = {image.name for image in bpy.data.images}
    assert bpy.ops.prn.apply_to_photo() == {"FINISHED"}
    assert stored(item)["version"] == VERSION
    after = read_record(item)
    # The result was exchanged, under the same name; nothing else was.
    assert after.photo.result.name == "portrait Result"
    assert {image.name for image in bpy.data.images} == names
    assert after.photo.result_texture == before.photo.result_texture
    unchanged = set(PhotoRecord.__dataclass_fields__) - {"result"}
    for field in unchanged:
        assert getattr(after.photo, field) == getattr(before.photo, field), field
    assert (after.place, after.baked, after.layout_sha256) == (
        before.place,
        before.baked,
        before.layout_sha256,
    )


def test_an_old_face_can_be_worked_on(tmp_path: Path) -> None:
    """Rebuilt, swapped, adjusted, marked, turned: as a new one."""
    from PIL import Image

    faces = opened_old("group")
    first, second = faces["pair"], faces["pair_2"]
    assert [read_record(item).photo.path for item in faces.values()] == [
        "/home/artist/pair.jpg"
    ] * 2
    assert faces_of_photo(first, bpy.context.scene) == [first, second]
    turned = first.matrix_basis.copy()
    assert bpy.ops.prn.front_view() == {"FINISHED"}  # back to its pose in the photo
    assert first.matrix_basis != turned
    posed = np.array(first.matrix_basis)
    vertices = len(first.data.vertices)
    assert bpy.ops.prn.rebuild(stride="2", camera="persp", focal_mm=70.0) == {"FINISHED"}
    assert len(first.data.vertices) > 3 * vertices
    assert np.allclose(np.array(first.matrix_basis), posed, atol=1e-5)
    activate(second)
    old = face_of(second)
    positions = old.position_map
    x, y = old.landmarks[48, :2].tolist()
    texel = int(old.layout.landmark_texels[48] @ [old.layout.size, 1])
    pins = [{"name": "", "texel": texel, "at": (x + 3, y)}]
    assert bpy.ops.prn.adjust(pins=pins) == {"FINISHED"}
    assert np.abs(face_of(second).position_map - positions).max() > 1
    assert bpy.ops.prn.landmarks() == {"FINISHED"}
    assert bpy.ops.prn.photo_view() == {"FINISHED"}
    donor = tmp_path / "donor.png"
    Image.fromarray(face_of(first).photo.pixels[:, 191::-1]).save(donor)
    assert bpy.ops.prn.swap(filepath=str(donor)) == {"FINISHED"}
    assert layers_of(second).image(DONOR) is not None
    assert [stored(item)["version"] for item in faces.values()] == [VERSION] * 2
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "new.blend"))
    again = opened(tmp_path / "new.blend")
    assert find_result(again["pair_2"]) is not None
    assert face_of(again["pair"]).photo.width == 352


def test_a_record_of_a_newer_version_says_so(tmp_path: Path) -> None:
    item = opened_old("edited")["portrait"]
    change_record(item)
    item.data[FACE]["version"] = VERSION + 1
    before = stored(item)
    said = (
        f"'portrait' was saved by a newer version of PRN Face (its record has version "
        f"{VERSION + 1}, the newest known here is {VERSION}); update the add-on."
    )
    for call in (read_record, face_of, camera_of, photo_block, change_record):
        with pytest.raises(PRNError) as caught:
            call(item)
        assert str(caught.value) == said
    for operator in ("rebuild", "photo_view", "apply_to_photo", "bake"):
        with pytest.raises(RuntimeError) as refused:
            getattr(bpy.ops.prn, operator)()
        assert str(refused.value).strip() == f"Error: {said}"
    assert find_result(item) is None and find_camera(item) is None
    assert stored(item) == before


# Kept by Blender -------------------------------------------------------------------------------


@pytest.fixture
def built(face: Face) -> bpy.types.Object:
    """A face with a result and two photos, the second of which nothing else uses."""
    new_file()
    item = build_scene([face], SceneOptions(stride=4, texture_size=256)).faces[0]
    activate(item)
    bpy.ops.prn.apply_to_photo()
    record = read_record(item)
    second = bpy.data.images.new("Second Photo", 4, 4)
    second.pack()
    second_map = record.photo.position_map.copy()
    second_map.name = "Second Map"
    other = PhotoRecord(
        second, "/home/artist/second.jpg", 7, (4, 4), second_map, (1.0, 2.0, 3.0, 0.0), 256, 0.5
    )
    change_record(item, photos=(record.photo, other))
    return item


IMAGES = {
    "astronaut.png", "astronaut Position Map", "astronaut Result", "Second Photo", "Second Map"
}  # fmt: skip


def images_of(item: bpy.types.Object) -> set[str]:
    record = read_record(item)
    found = [(p.image, p.position_map, p.result) for p in record.photos]
    return {image.name for images in found for image in images if image is not None}


def test_what_is_written_is_read(built: bpy.types.Object, face: Face) -> None:
    record = read_record(built)
    assert record.version == VERSION and len(record.photos) == 2
    assert images_of(built) == IMAGES
    found = face_of(built)
    mask = face.layout.mask
    assert np.array_equal(found.position_map[mask], face.position_map[mask])
    assert found.expression == face.expression
    assert found.coefficients.keys() == face.coefficients.keys()
    assert np.array_equal(found.crop.centre, face.crop.centre)
    write_record(built.data, record)
    assert read_record(built) == record
    # What the second photo has not is not stored.
    keys = set(stored(built)["photos"][1])
    assert keys.isdisjoint({"camera", "result", "result_texture", "swap_matte"})


def test_saving_appending_and_purging_keep_the_images(
    built: bpy.types.Object, tmp_path: Path
) -> None:
    path = str(tmp_path / "face.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    (item,) = opened(tmp_path / "face.blend").values()
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    assert images_of(item) == IMAGES
    assert find_camera(item).name == "astronaut Camera"
    new_file()
    with bpy.data.libraries.load(path) as (_, wanted):
        wanted.objects = ["astronaut"]
    bpy.context.scene.collection.objects.link(wanted.objects[0])
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    assert images_of(wanted.objects[0]) == IMAGES
    assert camera_of(wanted.objects[0]).type == "CAMERA"


def test_a_duplicate_has_a_record_of_its_own(built: bpy.types.Object) -> None:
    copy = built.copy()
    copy.data = built.data.copy()
    bpy.context.scene.collection.objects.link(copy)
    change_photo(copy, result=None, result_texture=None)
    assert find_result(copy) is None
    assert find_result(built).name == "astronaut Result"
    bpy.data.meshes.remove(copy.data)
    assert images_of(built) == IMAGES


def test_undo_brings_the_record_back(built: bpy.types.Object) -> None:
    bpy.ops.ed.undo_push(message="before")
    change_photo(built, result=None, camera=None)
    change_record(built, photos=read_record(built).photos[:1])
    bpy.ops.ed.undo_push(message="after")
    assert len(read_record(built).photos) == 1
    bpy.ops.ed.undo()
    item = bpy.data.objects["astronaut"]
    assert images_of(item) == IMAGES and find_camera(item) is not None
    bpy.ops.ed.redo()
    item = bpy.data.objects["astronaut"]
    assert len(read_record(item).photos) == 1 and find_camera(item) is None


def test_a_removed_image_is_none(built: bpy.types.Object) -> None:
    bpy.data.images.remove(find_result(built))
    bpy.data.images.remove(bpy.data.images["Second Map"])
    record = read_record(built)
    assert record.photo.result is None and record.photos[1].position_map is None
    change_record(built)
    assert read_record(built) == record


def test_the_largest_photo_is_that_of_the_core() -> None:
    assert MAX_PHOTO_PIXELS == MAX_PIXELS


def test_only_the_record_package_touches_the_custom_property() -> None:
    names = re.compile(rf"\bFACE\b|[\"']{FACE}[\"']\s*(?:\]|in\b)")
    own = ROOT / "prn_blender" / "scene"
    allowed = {own / "names.py", *(own / "record").glob("*.py")}
    touching = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "prn_blender").rglob("*.py")
        if path not in allowed and names.search(path.read_text(encoding="utf-8"))
    ]
    # An attribute domain of Blender's, and a way of smoothing, of the same name.
    assert sorted(touching) == [
        "prn_blender/scene/exports.py",
        "prn_blender/scene/layers/part_masks.py", "prn_blender/scene/mesh/carry.py",
    ]  # fmt: skip


def test_a_layout_is_looked_for_in_the_whole_store_of_models(tmp_path: Path) -> None:
    """A model that was added again has another folder, and the same layout."""
    record = FaceRecord(
        layout="x", layout_path=str(tmp_path / "a" / "x.npz"), layout_sha256="", photos=()
    )
    again = tmp_path / "a-2" / "x.npz"
    again.parent.mkdir()
    again.write_bytes(b"x")
    assert again not in recall_face._layout_files(record)  # some folder of other things
    (tmp_path / "models.json").write_text("{}")
    first, second, *ours = recall_face._layout_files(record)
    assert (first, second) == (tmp_path / "a" / "x.npz", again)
    assert "prn_uv_layout.npz" in [path.name for path in ours]
