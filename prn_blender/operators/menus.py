"""Entries in Blender's own menus that lead to a face, and photos dropped on a 3D view."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..core.choices import PHOTO_SUFFIXES
from .reconstruct import PRN_OT_reconstruct
from .sequence.animate import PRN_OT_animate
from .sequence.live_link import PRN_OT_import_live_link


class PRN_FH_photo(bpy.types.FileHandler):
    """Photos dropped on a 3D view become faces."""

    bl_idname = "PRN_FH_photo"
    # Blender asks which handler is meant: its own make an empty or a background of the picture.
    bl_label = "Face from Photo (PRN)"
    bl_import_operator = PRN_OT_reconstruct.bl_idname
    bl_file_extensions = ";".join(sorted(PHOTO_SUFFIXES))

    @classmethod
    def poll_drop(cls, context: Any) -> bool:
        """Only on 3D views."""
        return context.area is not None and context.area.type == "VIEW_3D"


def draw_import_menu(self: Any, context: Any) -> None:
    """File > Import."""
    self.layout.operator(PRN_OT_reconstruct.bl_idname, text="Face from Photo (PRN)")
    self.layout.operator(PRN_OT_animate.bl_idname, text="Face Animation from Video (PRN)")
    self.layout.operator(PRN_OT_import_live_link.bl_idname, text="Live Link Face (.csv)")


def draw_add_menu(self: Any, context: Any) -> None:
    """Add > Mesh."""
    self.layout.operator(PRN_OT_reconstruct.bl_idname, text="Face from Photo", icon="USER")


def draw_image_menu(self: Any, context: Any) -> None:
    """Image Editor > Image."""
    image = getattr(context.space_data, "image", None)
    if image is not None:
        _face_of(self.layout, image)


def draw_data_menu(self: Any, context: Any) -> None:
    """Right click on an image in the Outliner."""
    if isinstance(getattr(context, "id", None), bpy.types.Image):
        _face_of(self.layout, context.id)


def draw_button_menu(self: Any, context: Any) -> None:
    """Right click on a button that holds an image."""
    pointer, prop = (getattr(context, f"button_{name}", None) for name in ("pointer", "prop"))
    if pointer is not None and prop is not None and prop.type == "POINTER":
        image = getattr(pointer, prop.identifier, None)
        if isinstance(image, bpy.types.Image):
            _face_of(self.layout, image)


ENTRIES = (
    ("TOPBAR_MT_file_import", draw_import_menu),
    ("VIEW3D_MT_mesh_add", draw_add_menu),
    ("IMAGE_MT_image", draw_image_menu),
    ("OUTLINER_MT_context_menu", draw_data_menu),
    ("UI_MT_button_context_menu", draw_button_menu),
)
"""Blender's menus, and what draws our entry in each."""


def register() -> None:
    """Add the entries."""
    for menu, draw in ENTRIES:
        getattr(bpy.types, menu).append(draw)


def unregister() -> None:
    """Take them away."""
    for menu, draw in ENTRIES:
        getattr(bpy.types, menu).remove(draw)


def _face_of(layout: Any, image: bpy.types.Image) -> None:
    """An entry that builds a face from an image."""
    layout.separator()
    layout.operator_context = "INVOKE_DEFAULT"
    button = layout.operator(PRN_OT_reconstruct.bl_idname, text="Face from Photo", icon="USER")
    button.image = image.name
