"""`prn.clear_view`: hides what stands before the active face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ...core.errors import counted
from ...interface.reporting import reports_errors, tell
from ...interface.target import OnFace
from ...interface.views.occluders import hide, occluders_of


class PRN_OT_clear_view(OnFace, bpy.types.Operator):
    """Hide the objects that reach into the face or stand before it, in the view and in renders"""

    bl_idname = "prn.clear_view"
    bl_label = "Hide What Is in the Way"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Hide them."""
        occluders = occluders_of(context, context.active_object)
        if not occluders:
            tell(self, "INFO", "Nothing is in the way")
            return {"CANCELLED"}
        hide(occluders, context.view_layer)
        hid = counted(
            len(occluders),
            "Hid 1 object, in renders too; the eye in the Outliner shows it again",
            "Hid {count} objects, in renders too; the eye in the Outliner shows them again",
        )
        tell(self, "INFO", hid)
        return {"FINISHED"}
