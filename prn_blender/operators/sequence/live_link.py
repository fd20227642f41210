"""`prn.import_live_link`: shape keys that move as a phone saw a face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...interface.jobs import no_job_poll
from ...interface.reporting import reports_errors, tell
from .fewer_keys import FewerKeys


class PRN_OT_import_live_link(FewerKeys, bpy.types.Operator, ImportHelper):
    """Key the active mesh's shape keys, those with ARKit's names, as a Live Link Face file says"""

    bl_idname = "prn.import_live_link"
    bl_label = "Import Live Link CSV"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    filter_glob: StringProperty(default="*.csv", options={"HIDDEN"})
    head: BoolProperty(
        name="Head",
        description="Turn the object as the file's head turns, too",
        default=False,
    )
    rate: FloatProperty(
        name="Frame Rate",
        description="Frames a second of the file; 0: what its timecodes count to",
        default=0.0,
        min=0.0,
        soft_max=120.0,
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a mesh that can be changed."""
        item = getattr(context, "active_object", None)
        if item is None or item.type != "MESH" or item.data.shape_keys is None:
            cls.poll_message_set("Select a mesh with shape keys that have ARKit's names")
            return False
        if item.library or item.data.library or item.override_library:
            cls.poll_message_set("The face is linked from another file: make it local first")
            return False
        return no_job_poll(cls)

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Read the file, make the keys."""
        import numpy as np

        from ...core.outputs.live_link import SHAPES, read_live_link
        from ...scene.animation import expressions, perform

        item, scene = context.active_object, context.scene
        read = read_live_link(Path(bpy.path.abspath(self.filepath)), self.rate or None)
        curves = {name: read.curve(name) for name in SHAPES}
        channels = expressions.expression_channels(item.data, curves)
        frames = perform.Timing(scene.frame_start, perform.rate_of(scene)).frames(read.seconds)
        starts = np.zeros(len(frames), bool)
        perform.key_expressions(item.data, channels, frames, starts, self.reduce)
        if self.head:
            perform.turn_head(item, read.head, frames, self.reduce)
        scene.frame_end = max(scene.frame_end, int(frames[-1]))
        tell(
            self,
            "INFO",
            "{item!r} has {count} frames on {keys} shape keys",
            item=item.name,
            count=len(frames),
            keys=len(channels),
        )
        return {"FINISHED"}
