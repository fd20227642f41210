"""The photo panel's photo and the faces found in it: kept in the scene, so saved with the file."""
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


def remember_refused(scene: Any, path: str, failure: PRNError) -> None:
    """Have the panel offer to mark the face by hand, if none was found in a photo.

    The photo that the panel shows stays.

    Parameters
    ----------
    scene : bpy.types.Scene
    path : str
        Of the photo, as Blender has it.
    failure : PRNError
        Why no face was built; only a `NoFaceError` leads to the offer.
    """
    if isinstance(failure, NoFaceError):
        scene.prn_photo.refused = bpy.path.abspath(path)
        if not bpy.app.background:
            # An operator that fails makes no undo step, and so undoing the face that is marked
            # next would take the offer away, too.
            bpy.ops.ed.undo_push(message="Choose Photo")
