"""`prn.part_groups`: the parts of the face as vertex groups and face sets."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ...interface.jobs import FaceJob, Step, no_job_poll
from ...interface.reporting import tell
from ...interface.target import face_poll, in_object_mode

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ...scene.layers.part_masks import Shares


class PRN_OT_part_groups(FaceJob, bpy.types.Operator):
    """Add a vertex group with a soft rim for each part of the face, and face sets for sculpting"""

    bl_idname = "prn.part_groups"
    bl_label = "Vertex Groups from Parts"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face, outside Edit Mode."""
        if context.mode == "EDIT_MESH":
            cls.poll_message_set("Leave Edit Mode first")
            return False
        return face_poll(cls, context) and no_job_poll(cls)

    def steps(self, context: Any) -> list[Step]:
        """Compute the parts, add groups and face sets."""
        from ...scene.layers.part_masks import add_part_groups, part_shares
        from ...scene.record import recall_layout

        item = self.begin(context)
        layout = recall_layout(item)

        def add(shares: Shares) -> None:
            item = self.again()
            in_object_mode(context)
            names = add_part_groups(item, layout(), shares)
            added = "Added the vertex groups {names}, and face sets"
            tell(self, "INFO", added, names=", ".join(names))

        return [Step(item.name, lambda: part_shares(layout()), add)]
