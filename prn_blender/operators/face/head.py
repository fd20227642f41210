"""`prn.rig`: an armature for a whole head."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ...interface.reporting import reports_errors, tell
from ...interface.target import face_poll
from ...scene.names import is_head


class PRN_OT_rig(bpy.types.Operator):
    """Add an armature with bones for neck, head, jaw and eyes, and what the eyes look at"""

    bl_idname = "prn.rig"
    bl_label = "Add Rig"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a whole head, in Object Mode."""
        if not face_poll(cls, context):
            return False
        if not is_head(context.active_object):
            cls.poll_message_set("Only a whole head has a rig: Mesh and Camera..., Topology")
            return False
        if context.mode != "OBJECT":
            cls.poll_message_set("Leave the current mode first")
            return False
        return True

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Build it; the head stays the active object."""
        from ...scene.head import add_rig
        from ...scene.record import layout_of

        item = context.active_object
        rig = add_rig(item, layout_of(item))
        tell(self, "INFO", "Added {rig!r}: turn its bones in Pose Mode", rig=rig.name)
        return {"FINISHED"}
