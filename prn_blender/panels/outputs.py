"""Outputs of the active face: the front view, files."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..operators.outputs import PRN_OT_front_view, PRN_OT_write_outputs
from ..operators.rebuild import PRN_OT_rebuild
from ..scene.names import FRONT_POSE, is_face
from ..translations import CONTEXT


class PRN_PT_face(bpy.types.Panel):
    """The active face: its pose, its numbers as files"""

    bl_label = "Face"
    bl_translation_context = CONTEXT
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is a face."""
        return is_face(context.active_object)

    def draw(self, context: Any) -> None:
        """Buttons."""
        column = self.layout.column()
        turned = FRONT_POSE in context.active_object
        column.operator(
            PRN_OT_front_view.bl_idname,
            text="Back to the Photo's Pose" if turned else "Front View",
            icon="LOOP_BACK" if turned else "USER",
        )
        column.operator(PRN_OT_rebuild.bl_idname, icon="MESH_GRID")
        column.operator(PRN_OT_write_outputs.bl_idname, text="Write Files...", icon="EXPORT")
