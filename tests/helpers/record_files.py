"""Files with faces whose records are looked at: opened, read, asked about."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from prn_blender.scene.names import FACE, is_face
from prn_blender.scene.record import (
    camera_of,
    face_of,
    faces_of_photo,
    layout_of,
    photo_block,
    photo_size_of,
)
from prn_blender.scene.result.apply import swap_matte

OLD = Path(__file__).resolve().parents[1] / "data" / "records"
OLD_FILES = ("plain", "edited", "group")
"""Saved by the add-on before records had a version, see README.md beside them."""

PROBES: dict[str, Callable[[bpy.types.Object], Any]] = {
    "face_of": face_of,
    "layout_of": layout_of,
    "camera_of": camera_of,
    "photo_block": photo_block,
    "photo_size_of": photo_size_of,
    "faces_of_photo": lambda item: faces_of_photo(item, bpy.context.scene),
    "swap_matte": lambda item: swap_matte(item, (192, 192)),
}
"""What reads records; each may refuse a damaged one."""


def opened(path: Path) -> dict[str, bpy.types.Object]:
    """The faces of a file by name, the first of them active."""
    bpy.ops.wm.open_mainfile(filepath=str(path))
    faces = {item.name: item for item in bpy.data.objects if is_face(item)}
    activate(next(iter(faces.values())))
    return faces


def opened_old(name: str) -> dict[str, bpy.types.Object]:
    return opened(OLD / f"{name}.blend")


def activate(item: bpy.types.Object) -> None:
    bpy.context.view_layer.objects.active = item


def stored(item: bpy.types.Object) -> dict[str, Any]:
    """The record as it lies in the file."""
    return item.data[FACE].to_dict()
