"""How a `FaceRecord` lies in a mesh: one custom property, a group of others.

Its keys are the names of the fields of `FaceRecord`, and `photos` is a list of groups with the
fields of `PhotoRecord`. What is None has no key. Data-blocks are pointers: Blender counts the
record as their user, so they are saved, appended and kept as long as the face is.

A record is written and read as a whole. What an older version of the add-on has written is brought
into today's form in memory only: opening a file changes nothing in it, and the first change to a
face writes its record anew.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import bpy

from ...core.errors import OptionError
from ..names import FACE, is_face
from . import fields
from .face_record import VERSION, FaceRecord, PhotoRecord

_image = fields.block(bpy.types.Image)
# Metres, and what turns and scales them: far beyond any scene, and near enough to be inverted.
_MATRIX_MAX = 1e9
MATRIX = fields.several(fields.number(-_MATRIX_MAX, _MATRIX_MAX), 16)
"""Reads the 16 numbers of a transform, row by row."""

_PHOTO_FIELDS: dict[str, fields.Reader] = {
    "image": _image,
    "path": fields.text,
    "file_bytes": fields.whole(-1, 2**31 - 1),
    "size": fields.photo_size,
    "position_map": _image,
    "crop": fields.crop,
    "crop_resolution": fields.whole(2, 2**14),
    "confidence": fields.single,
    "coefficients": fields.named(fields.several(fields.single)),
    "expression": fields.named(fields.single),
    "camera": fields.camera,
    "result": _image,
    "result_texture": fields.text,
    "swap_matte": _image,
    "swap_matte_region": fields.region,
    "left_out": _image,
    "left_out_shares": fields.named(fields.number(0, 1)),
    "shape_key": fields.text,
    "agreement": fields.number(0, 1),
    "pins": fields.pins,
    "pins_symmetric": fields.whole(0, 1),
    "unpinned_map": _image,
    "unpinned_coefficients": fields.named(fields.several(fields.single)),
    "unpinned_expression": fields.named(fields.single),
}
_FACE_FIELDS: dict[str, fields.Reader] = {
    "layout": fields.text,
    "layout_path": fields.text,
    "layout_sha256": fields.text,
    "place": MATRIX,
    "baked": _image,
    "chosen": fields.whole(0, 2**16),
    "blended": fields.text,
    "completed": fields.completed,
    "head_path": fields.text,
    "head_sha256": fields.text,
}
_REQUIRED = {
    *("path", "file_bytes", "size", "crop", "crop_resolution", "confidence"),
    *("coefficients", "expression", "layout", "layout_path", "layout_sha256"),
}
"""Fields that every record has; any other one is None where it has no key."""


class _DamagedFieldError(Exception):
    """Its text is the name of the field."""


def read_record(item: bpy.types.Object) -> FaceRecord:
    """What a face object remembers.

    Parameters
    ----------
    item : bpy.types.Object

    Raises
    ------
    OptionError
        It is no face, its record is damaged, or a newer version of the add-on has written it.
    """
    if item is None:
        raise OptionError("Nothing is selected; select a face built from a photo.")
    if not is_face(item):
        raise OptionError("{name!r} is not a face built from a photo; select one.", name=item.name)
    group = item.data[FACE]
    version = group.get("version", 1)
    if isinstance(version, int) and version > VERSION:
        raise OptionError(
            "{item!r} was saved by a newer version of PRN Face (its record has version {found}, "
            "the newest known here is {known}); update the add-on.",
            item=item.name,
            found=version,
            known=VERSION,
        )
    try:
        return _record(_in_todays_form(group))
    except _DamagedFieldError as e:
        raise OptionError(
            "What {item!r} remembers of its photo is damaged: {field!r} is missing or makes no "
            "sense; build the face again.",
            item=item.name,
            field=str(e),
        ) from e


def photo_record_of(item: bpy.types.Object) -> PhotoRecord:
    """What a face object remembers of the photo it was built from; see `read_record`."""
    return read_record(item).photo


def editable_photo(item: bpy.types.Object) -> PhotoRecord:
    """As `photo_record_of`, of an object whose record is about to be changed.

    An image of it with one user is then used by this record only.
    """
    record = photo_record_of(item)
    _drop_system_copy(item.data)
    return record


def write_record(mesh: bpy.types.Mesh, record: FaceRecord) -> None:
    """Store a record in a mesh, in place of the one it has."""
    _drop_system_copy(mesh)
    group = _stored(dataclasses.replace(record, version=VERSION))
    group["photos"] = [_stored(photo) for photo in record.photos]
    mesh[FACE] = group


def change_record(item: bpy.types.Object, **changes: Any) -> None:
    """Give fields of an object's `FaceRecord` other values; see `read_record` for errors."""
    write_record(item.data, dataclasses.replace(read_record(item), **changes))


def change_photo(item: bpy.types.Object, **changes: Any) -> None:
    """Give fields of an object's `PhotoRecord` other values; see `read_record` for errors."""
    record = read_record(item)
    write_record(item.data, record.with_chosen(dataclasses.replace(record.photo, **changes)))


def find_field(item: bpy.types.Object | None, name: str) -> Any:
    """One field of an object's `FaceRecord` or `PhotoRecord`, for panels, which must not fail.

    None where the object is no face, or where this field is damaged or missing.
    """
    if not is_face(item):
        return None
    assert item is not None
    try:
        group = _in_todays_form(item.data[FACE])
        if name in _FACE_FIELDS:
            return _field(group, name, _FACE_FIELDS)
        photos = _photo_groups(group)
        chosen = _field(group, "chosen", _FACE_FIELDS) or 0
        return _field(photos[chosen if chosen < len(photos) else 0], name, _PHOTO_FIELDS)
    except _DamagedFieldError:
        return None


def _in_todays_form(group: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stored group as `write_record` would have written it; the group itself stays as it is."""
    version = group.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= VERSION:
        raise _DamagedFieldError("version")
    for older in range(version, VERSION):
        group = _MIGRATIONS[older](group)
    return group


# What version 1 called the fields of the photo, which lay beside those of the face.
_VERSION_1_NAMES = {
    "image": "photo",
    "path": "photo_path",
    "file_bytes": "photo_bytes",
    "size": "photo_size",
    "result_texture": "result_of",
    "swap_matte": "let_through",
    "swap_matte_region": "let_through_region",
}


def _from_version_1(group: Mapping[str, Any]) -> Mapping[str, Any]:
    """The photo's fields in a group of their own, the only one of a list."""
    old_names = {name: _VERSION_1_NAMES.get(name, name) for name in _PHOTO_FIELDS}
    photo = {name: group[old] for name, old in old_names.items() if old in group}
    face = {name: group[name] for name in _FACE_FIELDS if name in group}
    return {**face, "version": 2, "photos": [photo]}


def _from_version_2(group: Mapping[str, Any]) -> Mapping[str, Any]:
    """Nothing was known of how the hidden side was completed."""
    return {**group, "version": 3}


_MIGRATIONS: dict[int, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    1: _from_version_1,
    2: _from_version_2,
}
"""From each older version to the next one, without a look at the values."""


def _record(group: Mapping[str, Any]) -> FaceRecord:
    photos = tuple(
        PhotoRecord(**{name: _field(photo, name, _PHOTO_FIELDS) for name in _PHOTO_FIELDS})
        for photo in _photo_groups(group)
    )
    face = {name: _field(group, name, _FACE_FIELDS) for name in _FACE_FIELDS}
    return FaceRecord(photos=photos, **face)


def _photo_groups(group: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    photos = group.get("photos")
    if not isinstance(photos, list) or not photos or not all(map(fields.is_group, photos)):
        raise _DamagedFieldError("photos")
    return photos


def _field(group: Mapping[str, Any], name: str, readers: Mapping[str, fields.Reader]) -> Any:
    if name not in group:
        if name in _REQUIRED:
            raise _DamagedFieldError(name)
        return None
    try:
        return readers[name](group[name])
    except ValueError:
        raise _DamagedFieldError(name) from None


def _stored(record: FaceRecord | PhotoRecord) -> dict[str, Any]:
    """The fields of a record that have a value, as Blender takes them."""
    names = (field.name for field in dataclasses.fields(record))
    values = {name: getattr(record, name) for name in names}
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return value


def _drop_system_copy(mesh: bpy.types.Mesh) -> None:
    """Remove the copy of the record that Blender 5 makes of custom properties of older files.

    Nothing reads it; but as long as it is there, it keeps all images of the record in the file.
    """
    if bpy.app.version >= (5, 0, 0):
        copied = mesh.bl_system_properties_get()
        if copied is not None and FACE in copied:
            del copied[FACE]
