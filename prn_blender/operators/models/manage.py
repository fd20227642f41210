"""`prn.use_model` and `prn.remove_model`: the buttons of each model in the list."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import StringProperty

from ...interface.reporting import reports_errors
from ...interface.settings import model_store


class PRN_OT_use_model(bpy.types.Operator):
    """Reconstruct faces with this model from now on"""

    bl_idname = "prn.use_model"
    bl_label = "Use Model"

    name: StringProperty(name="Name", options={"HIDDEN"})

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Make it active."""
        model_store().activate(self.name)
        return {"FINISHED"}


class PRN_OT_remove_model(bpy.types.Operator):
    """Remove this model and its files"""

    bl_idname = "prn.remove_model"
    bl_label = "Remove Model"

    name: StringProperty(name="Name", options={"HIDDEN"})

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask first: there is no undo for files."""
        return context.window_manager.invoke_confirm(self, event)

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Remove it."""
        model_store().remove(self.name)
        return {"FINISHED"}
