"""`prn.choose_photo`: look at a photo and the faces in it before anything is built."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..core.errors import OptionError, counted
from ..core.files import PHOTO_SUFFIXES
from ..panels import previews
from .jobs import no_job_poll
from .memory import chosen_engine, faces_of_file
from .reporting import reports_errors, tell


class PRN_OT_choose_photo(bpy.types.Operator, ImportHelper):
    """Choose a photo and see the faces in it"""

    bl_idname = "prn.choose_photo"
    bl_label = "Choose Photo"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    filter_glob: StringProperty(
        default=";".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES)), options={"HIDDEN"}
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Not while a job uses the network."""
        return no_job_poll(cls)

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Find the faces; the largest is chosen."""
        if not self.filepath:
            raise OptionError("No photo was chosen.")
        path = Path(bpy.path.abspath(self.filepath))
        faces = faces_of_file(path, all_faces=True, engine=chosen_engine())
        photo = context.scene.prn_photo
        photo.filepath = str(path)
        photo.width, photo.height = faces[0].photo.width, faces[0].photo.height
        photo.faces.clear()
        photo.active = 0
        for face in faces:
            item = photo.faces.add()
            item.confidence, item.box = face.confidence, face.box
        photo.faces[0].chosen = True
        previews.make(photo, faces[0].photo)
        found = counted(
            len(faces), "Found 1 face in {name}", "Found {count} faces in {name}", name=path.name
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
