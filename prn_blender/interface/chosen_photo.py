"""What the photo panel remembers, in the scene, so that it is saved with the file."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..core.errors import NoFaceError, PRNError


class PRN_PG_found_face(bpy.types.PropertyGroup):
    """A face that was found in the chosen photo."""

    chosen: BoolProperty(
        name="Build",
        description="Build this face",
        default=False,
    )
    confidence: FloatProperty(
        name="Confidence", description="How sure the network is, 0 to 1", min=0.0, max=1.0
    )
    box: FloatVectorProperty(
        name="Place", description="Left, top, right, bottom in the photo's pixels", size=4
    )


def _choose_active(photo: Any, _: Any) -> None:
    """A click on a face means that one."""
    for number, face in enumerate(photo.faces):
        face.chosen = number == photo.active


class PRN_PG_photo(bpy.types.PropertyGroup):
    """The photo of the panel and the faces that were found in it."""

    filepath: StringProperty(name="Photo", description="The chosen photo", subtype="FILE_PATH")
    width: IntProperty(name="Width")
    height: IntProperty(name="Height")
    faces: CollectionProperty(type=PRN_PG_found_face)
    refused: StringProperty(
        name="Photo", description="A photo in which no face was found", subtype="FILE_PATH"
    )
    active: IntProperty(
        name="Face",
        description="Click a face to choose it; tick the boxes to choose several",
        update=_choose_active,
    )


def register() -> None:
    """Give every scene its photo."""
    bpy.types.Scene.prn_photo = PointerProperty(type=PRN_PG_photo)


def unregister() -> None:
    """Take it away; what is stored in files stays there."""
    del bpy.types.Scene.prn_photo


def chosen_numbers(photo: Any) -> str:
    """The chosen faces as the operator takes them, such as "1, 3"."""
    return ", ".join(str(n) for n, face in enumerate(photo.faces, 1) if face.chosen)


def remember_refused(scene: Any, path: str, failure: PRNError) -> None:
    """Have the panel offer to mark the face in a photo in which none was found.

    The photo it has besides stays.
    """
    if isinstance(failure, NoFaceError):
        scene.prn_photo.refused = bpy.path.abspath(path)
        if not bpy.app.background:
            # What fails is no step of its own, and undoing the face that is marked next would
            # take the offer away, too.
            bpy.ops.ed.undo_push(message="Choose Photo")
