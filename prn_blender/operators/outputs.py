"""`prn.write_outputs`: what PRNet gives of a face, as files."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..core.errors import OptionError, counted
from ..core.outputs.options import KINDS, OutputOptions
from ..interface import choices
from ..interface.jobs import FaceJob, Job, Step, no_job_poll
from ..interface.reporting import tell
from ..scene.names import is_face

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.face.face import Face


class PRN_OT_write_outputs(FaceJob, bpy.types.Operator):
    """Write landmarks, pose, depth, meshes and more of the active face to files"""

    bl_idname = "prn.write_outputs"
    bl_label = "Write Files"
    bl_options = {"REGISTER", "PRESET"}

    directory: StringProperty(
        name="Folder",
        description="Where the files go",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )
    mask_hidden: BoolProperty(
        name="Mask Hidden Texture",
        description="Make the texture black where the photo does not show the face",
        default=False,
    )
    front: EnumProperty(
        name="Front Mesh",
        description="A mesh that looks straight ahead",
        items=choices.FRONTS,
        default="none",
    )
    depth_format: EnumProperty(
        name="Depth Format",
        description="How the depth is stored",
        items=choices.DEPTH_FORMATS,
        default="png",
    )
    profile: EnumProperty(
        name="Conventions",
        description="Whose names, axes and units the files have",
        items=choices.PROFILES,
        default="prn",
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On any face, a linked one too, and one job at a time."""
        if not is_face(getattr(context, "active_object", None)):
            cls.poll_message_set("Select a face that was built from a photo")
            return False
        return no_job_poll(cls)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose a folder."""
        return self.browse(context)

    def steps(self, context: Any) -> list[Step]:
        """Recall what the photo showed, whatever was done to the mesh since; write each file."""
        from ..core.outputs.outputs import kinds_to_write, write_kind
        from ..scene.record import recall

        options = OutputOptions(
            **{kind: getattr(self, kind) for kind in KINDS},
            mask_hidden=self.mask_hidden,
            depth_format=self.depth_format,
            profile=self.profile,
            front=None if self.front == "none" else self.front,
        )
        if not options.any:
            raise OptionError("Nothing was chosen to be written.")
        options.check_libraries()
        folder = Path(bpy.path.abspath(self.directory)) if self.directory else None
        if folder is None or not folder.is_dir():
            raise OptionError("Choose an existing folder for the files.")
        item = self.begin(context)
        name, recalled = item.name, recall([item])
        faces: list[Face] = []
        self._folder = folder
        self._files: list[str] = []

        def write(kind: str) -> Step:
            label = KINDS[kind].label if kind in KINDS else "Front Mesh"
            return Step(
                iface_(label),
                lambda: write_kind(faces[0], folder, name, options, kind),
                self._files.extend,
            )

        return [Step(name, recalled, faces.extend), *map(write, kinds_to_write(options))]

    def done(self, context: Any, job: Job) -> set[str]:
        """Say what was written."""
        if job.failures:
            raise job.failures[0]
        count, folder = len(self._files), self._folder
        if not job.stopping:
            wrote = counted(
                count, "Wrote 1 file to {folder}", "Wrote {count} files to {folder}", folder=folder
            )
            tell(self, "INFO", wrote)
            return {"FINISHED"}
        if count:
            stopped = counted(
                count, "Stopped after 1 file, which is in {folder}",
                "Stopped after {count} files, which are in {folder}", folder=folder,
            )  # fmt: skip
            tell(self, "INFO", stopped)
        else:
            tell(self, "INFO", "Stopped before anything was written")
        return {"CANCELLED"}


# A check box for each kind of file, in front of the other options: the file browser shows them in
# this order.
PRN_OT_write_outputs.__annotations__ = {
    **{
        name: BoolProperty(name=kind.label, description=kind.description, default=kind.usual)
        for name, kind in KINDS.items()
    },
    **PRN_OT_write_outputs.__annotations__,
}
