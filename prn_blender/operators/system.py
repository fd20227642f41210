"""`prn.copy_report`: what a bug report needs, on the clipboard."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..core.model.environment import system_report
from ..core.native import telemetry_notice
from ..interface.reporting import tell


class PRN_OT_copy_report(bpy.types.Operator):
    """Copy versions, libraries and the model in use to the clipboard, for a bug report"""

    bl_idname = "prn.copy_report"
    bl_label = "Copy System Report"
    bl_options = {"INTERNAL"}

    def execute(self, context: Any) -> set[str]:
        """Collect and copy."""
        context.window_manager.clipboard = system_report(
            {
                "Blender": f"{bpy.app.version_string} {bpy.app.build_hash.decode()}",
                "Interface": f"scale {context.preferences.system.ui_scale:.2f}",
            }
        )
        tell(self, "INFO", "The system report is on the clipboard")
        if (notice := telemetry_notice()) is not None:
            tell(self, "WARNING", notice)
        return {"FINISHED"}
