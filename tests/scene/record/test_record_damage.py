"""Damaged records: one sentence for each field and kind of damage, and never a traceback."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from record_files import PROBES, opened_old, stored

import prn_blender
from prn_blender.core.errors import PRNError
from prn_blender.interface.views.occluders import occluders_of, show_only
from prn_blender.scene.layers.layers import result_is_old
from prn_blender.scene.names import FACE, FRONT_POSE, is_face
from prn_blender.scene.record import (
    VERSION,
    PhotoRecord,
    change_record,
    find_baked,
    find_camera,
    find_front_pose,
    find_photo,
    find_result,
)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    prn_blender.register()
    yield
    if bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    prn_blender.unregister()


TOLERANT: tuple[Callable[[bpy.types.Object], Any], ...] = (
    find_photo,
    find_camera,
    find_front_pose,
    find_result,
    find_baked,
    result_is_old,
    lambda item: occluders_of(bpy.context, item),
    lambda item: show_only(bpy.context, bpy.data.objects["portrait Camera"]),
)
"""What panels and views ask while they are drawn."""

MISSING = object()
LARGE = 2**31 - 1
NAN = float("nan")
DAMAGES: dict[str, Any] = {
    "missing": MISSING,
    "a text": "something else",
    "bytes": b"something else",
    "true": True,
    "a number": 7,
    "zero": 0,
    "negative": -5,
    "huge": LARGE,
    "a fraction": 0.5,
    "huge fraction": 1e300,
    "NaN": NAN,
    "infinity": float("inf"),
    "nothing in it": [],
    "one number": [1.0],
    "two": [3, 4],
    "two huge": [LARGE, LARGE],
    "two negative": [-1, -1],
    "two zeros": [0, 0],
    "four": [1, 2, 3, 4],
    "four negative": [-4.0, -3.0, -2.0, -1.0],
    "four NaN": [NAN] * 4,
    "four huge": [1e300] * 4,
    "sixteen": [0.5] * 16,
    "sixteen NaN": [NAN] * 16,
    "sixteen huge": [1e300] * 16,
    "an empty group": {},
    "a group of numbers": {"one": 0.5},
    "a group of arrays": {"one": [0.5, 0.25]},
    "a group of NaN": {"one": NAN},
    "a group of arrays of NaN": {"one": [NAN]},
    "a group of texts": {"one": "two"},
    "a group of groups": {"one": {"two": 0.5}},
    "a list of groups": [{"one": 0.5}],
    "an image of another kind": "IMAGE",
    "a removed image": "REMOVED",
    "a mesh": "MESH",
    "a mesh object": "OBJECT",
    "a camera": "CAMERA",
}

IMAGE = {"missing", "an image of another kind", "a removed image"}
NO_VALUES = {"an empty group"}
# For each field the damages that are none: another value that may be, or nothing at all.
HARMLESS: dict[str, set[str]] = {
    "layout": {"a text"},
    "layout_path": {"a text"},
    "layout_sha256": {"a text"},
    "place": {"missing", "sixteen"},
    "baked": IMAGE,
    "completed": {"missing"},
    "image": IMAGE,
    "path": {"a text"},
    "file_bytes": {"a number", "zero", "huge"},
    "size": {"two"},
    "position_map": IMAGE,
    "crop": {"four"},
    "crop_resolution": {"a number"},
    "confidence": {"a number", "zero", "negative", "huge", "a fraction"},
    "coefficients": NO_VALUES | {"a group of arrays"},
    "expression": NO_VALUES | {"a group of numbers"},
    "camera": {"missing", "a removed image", "a camera"},
    "result": IMAGE,
    "result_texture": {"missing", "a text"},
    "swap_matte": IMAGE,
    "swap_matte_region": {"missing", "four"},
}
# Sound as a record; but the face it tells of cannot be had.
REFUSED_LATER = {
    ("layout_sha256", "a text"),
    ("size", "two"),
    ("image", "missing"),
    ("image", "an image of another kind"),
    ("image", "a removed image"),
    ("position_map", "missing"),
    ("position_map", "an image of another kind"),
    ("position_map", "a removed image"),
}
VERSION_1_NAMES = {
    "image": "photo",
    "path": "photo_path",
    "file_bytes": "photo_bytes",
    "size": "photo_size",
    "result_texture": "result_of",
    "swap_matte": "let_through",
    "swap_matte_region": "let_through_region",
}


def damaged_value(damage: str) -> Any:
    """What is written; pointers need their blocks."""
    value = DAMAGES[damage]
    if value in ("IMAGE", "REMOVED"):
        return bpy.data.images.new(value, 3, 2)
    if value == "MESH":
        return bpy.data.meshes.new("Other")
    if value == "OBJECT":
        return bpy.data.objects.new("Other", bpy.data.meshes.new("Other"))
    if value == "CAMERA":
        return bpy.data.objects["portrait Camera"]
    return value


def put(group: Any, key: str, damage: str) -> None:
    value = damaged_value(damage)
    if value is MISSING:
        if key in group:
            del group[key]
        return
    group[key] = value
    if DAMAGES[damage] == "REMOVED":
        bpy.data.images.remove(value)


def refusal(probe: Callable[[bpy.types.Object], Any], item: bpy.types.Object) -> str:
    """The one sentence with which it refuses; empty where it does not."""
    try:
        probe(item)
    except PRNError as e:
        said = str(e)
        assert said and len(said.splitlines()) == 1
        return said
    return ""


@pytest.fixture(scope="module")
def sound() -> Callable[[int], tuple[bpy.types.Object, Callable[[], None]]]:
    """Opens a face with everything in its record, of a version; gives what makes it sound again."""

    def open_it(version: int) -> tuple[bpy.types.Object, Callable[[], None]]:
        item = opened_old("edited")["portrait"]
        if version == VERSION:
            change_record(item)
        before = stored(item)

        def again() -> None:
            item.data[FACE] = before

        return item, again

    return open_it


@pytest.mark.parametrize("version", [1, VERSION])
@pytest.mark.parametrize("field", HARMLESS)
def test_a_damaged_field_is_one_sentence(field: str, version: int, sound: Any) -> None:
    item, again = sound(version)
    in_photo = field in PhotoRecord.__dataclass_fields__
    key = VERSION_1_NAMES.get(field, field) if version == 1 else field
    for damage in DAMAGES:
        again()
        group = item.data[FACE]
        put(group["photos"][0] if in_photo and version != 1 else group, key, damage)
        said = {name: refusal(probe, item) for name, probe in PROBES.items()}
        for ask in TOLERANT:
            ask(item)
        if damage not in HARMLESS[field]:
            assert set(said.values()) == {
                f"What 'portrait' remembers of its photo is damaged: {field!r} is missing or makes "
                "no sense; build the face again."
            }, damage
        else:
            assert bool(said["face_of"]) == ((field, damage) in REFUSED_LATER), (damage, said)
    again()
    assert not any(refusal(probe, item) for probe in PROBES.values())


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_list_of_photos_is_one_sentence(damage: str, sound: Any) -> None:
    item, again = sound(VERSION)
    for key in ("photos", "version"):
        again()
        put(item.data[FACE], key, damage)
        said = {refusal(probe, item) for probe in PROBES.values()}
        assert len(said) == 1 and "" not in said
        for ask in TOLERANT:
            ask(item)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_no_face_or_one_sentence(damage: str, sound: Any) -> None:
    item, _ = sound(1)
    put(item.data, FACE, damage)
    said = {refusal(probe, item) for probe in PROBES.values()}
    assert len(said) == 1 and "" not in said
    for ask in TOLERANT:
        ask(item)
    assert bpy.ops.prn.complete.poll() == is_face(item)


def test_a_damaged_front_pose_is_none(sound: Any) -> None:
    item, _ = sound(VERSION)
    assert bpy.ops.prn.front_view() == {"FINISHED"}
    assert find_front_pose(item) is not None
    for damage in DAMAGES:
        put(item, FRONT_POSE, damage)
        assert (find_front_pose(item) is None) == (damage != "sixteen"), damage
    put(item, FRONT_POSE, "two")
    assert bpy.ops.prn.rebuild(stride="4") == {"FINISHED"}
    assert bpy.ops.prn.front_view() == {"FINISHED"}
    assert find_front_pose(item) is not None


OPERATORS: dict[str, dict[str, Any]] = {
    "photo_view": {},
    "photo_behind": {},
    "rebuild": {"stride": "4"},
    "front_view": {},
    "bake": {},
    "apply_to_photo": {},
    "compositor": {},
    "landmarks": {},
    "complete": {},
}


@pytest.mark.slow
@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_say_the_sentence(operator: str, sound: Any) -> None:
    item, again = sound(VERSION)
    for field in HARMLESS:
        again()
        group = item.data[FACE]
        in_photo = field in PhotoRecord.__dataclass_fields__
        put(group["photos"][0] if in_photo else group, field, "a list of groups")
        try:
            assert getattr(bpy.ops.prn, operator)(**OPERATORS[operator]) == {"FINISHED"}
            assert operator in ("front_view", "landmarks"), field  # they need nothing of it
        except RuntimeError as e:
            assert "Traceback" not in str(e)
            assert f"{field!r} is missing or makes no sense" in str(e)
            assert len(str(e).strip().splitlines()) == 1
