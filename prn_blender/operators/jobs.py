"""`prn.stop_job`: ends the job that runs, as Esc does."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..interface.jobs import STOP_JOB, current_job


class PRN_OT_stop_job(bpy.types.Operator):
    """Stop after what has been built so far; Esc does the same"""

    bl_idname = STOP_JOB
    bl_label = "Stop"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only while something runs."""
        if current_job() is None:
            cls.poll_message_set("Nothing is being worked on")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        """Ask the job to stop: it does so at its next look, a few hundredths of a second later."""
        job = current_job()
        if job is not None:
            job.stopping = True
        return {"FINISHED"}
