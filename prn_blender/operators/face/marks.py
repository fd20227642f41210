"""`prn.landmarks` and `prn.visibility`: landmarks and hidden side shown on the face, or not."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ...interface.reporting import reports_errors
from ...interface.target import OnFace
from ...scene.marks import LANDMARKS, VISIBILITY, marks_shown, show_marks


class _Toggle(OnFace):
    """Mix-in for operators that show one kind of mark, or hide it again."""

    bl_options = {"REGISTER", "UNDO"}
    kind = ""
    """Of the marks, see `scene.marks`; the panel asks for it as well."""

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Show what is hidden, hide what is shown."""
        item = context.active_object
        show_marks(item, self.kind, not marks_shown(item, self.kind))
        return {"FINISHED"}


class PRN_OT_landmarks(_Toggle, bpy.types.Operator):
    """Show the 68 landmarks as balls on the mesh: green where the photo shows them, else red"""

    bl_idname = "prn.landmarks"
    bl_label = "Landmarks"
    kind = LANDMARKS


class PRN_OT_visibility(_Toggle, bpy.types.Operator):
    """Paint the part of the mesh red that the photo does not show; renders leave it out"""

    bl_idname = "prn.visibility"
    bl_label = "Visibility"
    kind = VISIBILITY
