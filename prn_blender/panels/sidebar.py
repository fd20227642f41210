"""The sidebar tab "PRN" of the 3D view."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..operators.reconstruct import PRN_OT_reconstruct


class PRN_PT_face(bpy.types.Panel):
    """A photo becomes a face"""

    bl_label = "Face from Photo"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN"

    def draw(self, context: Any) -> None:
        """One button: everything else is in the file browser and the redo panel."""
        column = self.layout.column()
        column.scale_y = 1.4
        column.operator(PRN_OT_reconstruct.bl_idname, text="Choose a Photo...", icon="IMAGE_DATA")
