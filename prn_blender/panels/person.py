"""The photos of a person that the active face was made from."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..operators.person import PRN_OT_add_photos, PRN_OT_choose_person_photo, PRN_OT_remove_photo
from ..scene.names import is_face
from ..scene.record import find_photos


class PRN_PT_person(bpy.types.Panel):
    """Photos of the person: each with how well it fits; a click looks through its camera"""

    bl_label = "Photos of This Person"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN Face"
    bl_parent_id = "PRN_PT_face"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there are several: the sidebar is full enough."""
        item = context.active_object
        return is_face(item) and len(find_photos(item)[1]) > 1

    def draw(self, context: Any) -> None:
        """The list, and the button that adds to it."""
        column = self.layout.column()
        chosen, photos = find_photos(context.active_object)
        for number, (image, agreement) in enumerate(photos):
            row = column.row(align=True)
            name = (
                image.name
                if image is not None
                else iface_("Photo {number}").format(number=number + 1)
            )
            icon = bpy.types.UILayout.icon(image) if image is not None else 0
            look = row.operator(
                PRN_OT_choose_person_photo.bl_idname,
                text=name,
                translate=False,
                icon_value=icon,
                depress=number == chosen,
            )
            look.number = number + 1
            if agreement is not None:
                row.label(text=iface_("fits {share}").format(share=f"{agreement:.0%}"))
            gone = row.row(align=True)
            gone.enabled = number > 0
            gone.operator(PRN_OT_remove_photo.bl_idname, text="", icon="X").number = number + 1
        column.operator(
            PRN_OT_add_photos.bl_idname, text="Add Photos of This Person...", icon="ADD"
        )
