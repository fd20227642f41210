"""The mix-ins for long work on the active face, which stays as it was until everything is there."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import StringProperty

from ...core.errors import OptionError
from ...scene.names import is_face
from ..reporting import reports_errors, tell
from ..target import face_poll, layers_poll
from .job import Job, no_job_poll
from .job_operator import JobOperator


class FaceJob(JobOperator):
    """Mix-in for operators that work on a face that can be changed.

    The face is changed in one go by the last step: Esc and undo meanwhile find nothing half-made.
    Between the steps only its name is kept, for an undo gives all data new addresses.
    """

    options: Any  # Blender gives it to every operator
    in_order = True

    face: StringProperty(
        name="Face",
        description="The face that was worked on, for the redo panel: another may be active by now",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face that can be changed, and one job at a time."""
        return face_poll(cls, context) and no_job_poll(cls)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Called by a button: as a job."""
        return self.start(context)

    @reports_errors
    def start(self, context: Any) -> set[str]:
        """Run as a job; apart from `invoke` because `reports_errors` knows no event."""
        return self.run_as_job(context)

    def begin(self, context: Any) -> Any:
        """The face to work on, whose name is kept; for the start of `steps`.

        It is the active one, or in the redo panel the one that was worked on before.
        """
        item = context.active_object
        if self.options.is_repeat and self.face in bpy.data.objects:
            item = bpy.data.objects[self.face]
        self.face = item.name
        return item

    def again(self, name: str = "") -> Any:
        """The face that `begin` found, or by its name another one, as it is now.

        Raises
        ------
        OptionError
            It was undone or deleted meanwhile.
        """
        name = name or self.face
        item = bpy.data.objects.get(name)
        if not is_face(item):
            raise OptionError("The face {name!r} is no longer there.", name=name)
        return item

    def done(self, context: Any, job: Job) -> set[str]:
        """Report a failure or Esc; the last step itself reports what it made."""
        if job.failures:
            raise job.failures[0]
        if job.stopping:
            tell(self, "INFO", "Stopped; the face is as it was")
            return {"CANCELLED"}
        return {"FINISHED"}


class LayersJob(FaceJob):
    """Mix-in for operators that work on a face with texture layers."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face with layers, and one job at a time."""
        return layers_poll(cls, context) and no_job_poll(cls)
