"""`prn.choose_photo` and `prn.choose_faces`: a photo and its faces, before anything is built."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty

from ..core.errors import OptionError, counted
from ..interface import previews
from ..interface.chosen_photo import remember_refused
from ..interface.file_browser import PhotoBrowser
from ..interface.jobs import Job, JobOperator, Step, no_job_poll, scene_again
from ..interface.recent_faces import engine_chooser, faces_of_file
from ..interface.reporting import tell

if TYPE_CHECKING:
    from ..core.face.face import Face
    from ..core.outputs.thumbnails import Thumbnails


class PRN_OT_choose_photo(JobOperator, bpy.types.Operator, PhotoBrowser):
    """Choose a photo and see the faces in it"""

    bl_idname = "prn.choose_photo"
    bl_label = "Choose Photo"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Not while a job uses the network."""
        return no_job_poll(cls)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose a file."""
        self.start_folder()
        return self.browse(context)

    def steps(self, context: Any) -> list[Step]:
        """Find the faces, show them in the panel; the largest is chosen."""
        if not self.filepath:
            raise OptionError("No photo was chosen.")
        path, engine = Path(bpy.path.abspath(self.filepath)), engine_chooser()
        scene_name = context.scene.name
        self._found = 0

        def look() -> tuple[list[Face], Thumbnails]:
            from ..core.outputs.thumbnails import make_thumbnails

            faces = faces_of_file(path, True, engine())
            return faces, make_thumbnails(faces[0].photo, [face.box for face in faces])

        def show(seen: tuple[list[Face], Thumbnails]) -> None:
            faces, pictures = seen
            photo = scene_again(scene_name).prn_photo
            photo.filepath, photo.refused = str(path), ""
            photo.width, photo.height = faces[0].photo.width, faces[0].photo.height
            photo.faces.clear()
            photo.active = 0
            for face in faces:
                item = photo.faces.add()
                item.confidence, item.box = face.confidence, face.box
            photo.faces[0].chosen = True
            previews.show(photo, pictures)
            self._found = len(faces)

        return [Step(path.name, look, show)]

    def done(self, context: Any, job: Job) -> set[str]:
        """Say what was found."""
        if not self._found:
            if job.failures:
                remember_refused(context.scene, self.filepath, job.failures[0])
                raise job.failures[0]
            tell(self, "INFO", "Stopped; the photo is the one it was")
            return {"CANCELLED"}
        name = Path(self.filepath).name
        found = counted(
            self._found, "Found 1 face in {name}", "Found {count} faces in {name}", name=name
        )
        tell(self, "INFO", found)
        return {"FINISHED"}


class PRN_OT_choose_faces(bpy.types.Operator):
    """Choose all faces of the photo, or none"""

    bl_idname = "prn.choose_faces"
    bl_label = "Choose Faces"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    chosen: BoolProperty(name="Chosen", description="All of them, or none", default=True)

    def execute(self, context: Any) -> set[str]:
        """Mark them."""
        for face in context.scene.prn_photo.faces:
            face.chosen = self.chosen
        return {"FINISHED"}
