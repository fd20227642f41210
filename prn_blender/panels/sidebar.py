"""The first panel of the sidebar tab "PRN Face": the photo, and the faces in it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..interface import previews
from ..interface.face_numbers import chosen_numbers
from ..interface.jobs import current_job, draw_progress
from ..interface.libraries import known_broken
from ..operators.mark_face import PRN_OT_mark_face
from ..operators.photo import PRN_OT_choose_faces, PRN_OT_choose_photo
from ..operators.reconstruct import PRN_OT_reconstruct
from ..operators.system import PRN_OT_copy_report
from ..scene.names import is_face
from ..scene.record import find_photo

_LINES = 5
"""Faces that the list shows before it has to be scrolled."""


class PRN_UL_faces(bpy.types.UIList):
    """Faces found in the photo: picture, number, confidence, whether to build"""

    def draw_item(
        self,
        context: Any,
        layout: Any,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
        index: int = 0,
    ) -> None:
        """A line of the list."""
        row = layout.row(align=True)
        row.prop(item, "chosen", text="")
        row.label(
            text=iface_("Face {number}").format(number=index + 1),
            icon_value=previews.icon(data, index),
        )
        row.label(text=iface_("{share} sure").format(share=f"{item.confidence:.0%}"))


class PRN_PT_photo(bpy.types.Panel):
    """The photo and the faces in it"""

    bl_label = "Photo"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN Face"

    def draw(self, context: Any) -> None:
        """Choose a photo, look at it, build."""
        column = self.layout.column()
        broken = known_broken()
        if broken:
            draw_broken(column, broken)
            return
        photo = context.scene.prn_photo
        face = context.active_object if is_face(context.active_object) else None
        _draw_chooser(column, large=not (photo.faces or face))
        if photo.refused:
            _offer_to_mark(column, photo)
        if photo.faces:
            # Once there is a face, what can be done with it needs the room.
            _draw_found(column, photo, large=face is None)
        elif face:
            # Nothing was chosen here: the face came by another way, or from another scene.
            _draw_photo_of(column, face)
        elif current_job() is not None:
            column.label(text="Esc stops it", icon="INFO")
        elif not photo.refused:
            column.label(text="Or drop one on the view", icon="INFO")


def _draw_chooser(column: Any, large: bool) -> None:
    """Draw the button that chooses a photo; while a job runs, its progress."""
    row = column.row(align=True)
    row.scale_y = 1.4 if large else 1.0
    if current_job() is not None:
        # In place of the button, so that nothing else moves under the mouse.
        draw_progress(row)
    else:
        row.operator(PRN_OT_choose_photo.bl_idname, text="Choose a Photo...", icon="IMAGE_DATA")


def _offer_to_mark(column: Any, photo: Any) -> None:
    """Draw the button with which the user marks the face in a photo where none was found."""
    name = Path(photo.refused).name
    # In a frame of its own: the photo below may be another one.
    column = column.box().column()
    column.label(text=iface_("No face found in {name}").format(name=name), icon="INFO")
    mark = column.operator(PRN_OT_mark_face.bl_idname, text="Mark the Face...", icon="BORDERMOVE")
    mark.filepath = photo.refused


def _draw_found(column: Any, photo: Any, large: bool) -> None:
    """Draw the photo, the list of its faces where it has several, and the button that builds.

    Parameters
    ----------
    column : bpy.types.UILayout
    photo : PRN_PG_photo
    large : bool
        Show the photo so that its faces can be told apart. Else the list's small pictures have to
        do, or a small one beside the button.
    """
    several = len(photo.faces) > 1
    place = column if large or several else column.row()
    picture = previews.icon(photo)
    if picture and (large or not several):
        place.template_icon(icon_value=picture, scale=9.0 if large else 2.2)
    beside = place.column()
    if large or not several:
        name = Path(photo.filepath).name
        beside.label(text=f"{name}, {photo.width} x {photo.height}", translate=False)
    if several:
        row = beside.row()
        rows = min(len(photo.faces), _LINES)
        row.template_list("PRN_UL_faces", "", photo, "faces", photo, "active", rows=rows)
        buttons = row.column(align=True)
        everyone = buttons.operator(PRN_OT_choose_faces.bl_idname, text="", icon="CHECKBOX_HLT")
        everyone.chosen = True
        nobody = buttons.operator(PRN_OT_choose_faces.bl_idname, text="", icon="CHECKBOX_DEHLT")
        nobody.chosen = False
    count = sum(face.chosen for face in photo.faces)
    if count > 1:
        text = iface_("Build {count} Faces").format(count=count)
    else:
        text = iface_("Build Face") if count else iface_("Choose a Face")
    row = beside.row()
    row.scale_y = 1.4 if large else 1.0
    row.enabled = count > 0
    build = row.operator(PRN_OT_reconstruct.bl_idname, text=text, icon="USER")
    build.filepath = photo.filepath
    build.faces, build.numbers = "CHOSEN", chosen_numbers(photo)


def _draw_photo_of(column: Any, face: Any) -> None:
    """Draw the name of the photo that a face was built from."""
    image = find_photo(face)
    if image is not None:
        text = iface_("Built from {name}").format(name=image.name)
        column.label(text=text, icon="IMAGE_DATA", translate=False)


def draw_broken(column: Any, broken: dict[str, str]) -> None:
    """Draw what to do when a library that ships with the add-on cannot be loaded.

    Parameters
    ----------
    column : bpy.types.UILayout
    broken : dict
        Each library to why it cannot be loaded.
    """
    column.label(text="The add-on is incomplete", icon="ERROR")
    for module, why in broken.items():
        column.label(text=f"{module}: {why}", translate=False)
    column.label(text="Reinstall it from its zip file.")
    column.operator(PRN_OT_copy_report.bl_idname, icon="COPYDOWN")
