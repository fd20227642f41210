"""PRNet's outputs of a face as files; the front view and back."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from mathutils import Matrix

from ..core.errors import OptionError, counted
from ..core.output_options import KINDS, OutputOptions
from ..scene.names import FRONT_POSE, is_face
from .reporting import reports_errors, tell
from .target import OnFace


class PRN_OT_write_outputs(bpy.types.Operator):
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
        items=(
            ("none", "None", "No front mesh"),
            ("similarity", "By Pose", "Turned to the front; the face keeps its shape"),
            ("affine", "Affine", "As PRNet: also sheared toward the mean face"),
        ),
        default="none",
    )
    depth_format: EnumProperty(
        name="Depth Format",
        description="How the depth is stored",
        items=(
            ("png", "PNG", "16 bits"),
            ("exr", "OpenEXR", "Floats"),
            ("npy", "NumPy", "Floats"),
        ),
        default="png",
    )
    profile: EnumProperty(
        name="Conventions",
        description="Whose names, axes and units the files have",
        items=(
            ("prn", "PRN Face", "Metres, degrees, our file names"),
            ("prnet", "PRNet", "The original's file names, axes and units"),
        ),
        default="prn",
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only for a face made from a photo."""
        if not is_face(context.active_object):
            cls.poll_message_set("Select a face that was built from a photo")
            return False
        return True

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose a folder."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Write what the photo showed, whatever was done to the mesh since."""
        from ..core.outputs import write_outputs
        from ..scene.state import face_of

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
        face = face_of(context.active_object)
        files = write_outputs(face, folder, context.active_object.name, options)
        wrote = counted(
            len(files), "Wrote 1 file to {folder}", "Wrote {count} files to {folder}", folder=folder
        )
        tell(self, "INFO", wrote)
        return {"FINISHED"}


# In front of the others: in this order the file browser shows them.
PRN_OT_write_outputs.__annotations__ = {
    **{
        name: BoolProperty(name=kind.label, description=kind.description, default=kind.usual)
        for name, kind in KINDS.items()
    },
    **PRN_OT_write_outputs.__annotations__,
}


class PRN_OT_front_view(OnFace, bpy.types.Operator):
    """Turn the active face to the front, or back to its pose in the photo"""

    bl_idname = "prn.front_view"
    bl_label = "Turn to the Front"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Clear the rotation and remember it; or restore it."""
        item = context.active_object
        if FRONT_POSE in item:
            item.matrix_basis = Matrix(
                [item[FRONT_POSE][4 * row : 4 * row + 4] for row in range(4)]
            )
            del item[FRONT_POSE]
        else:
            place, _, scale = item.matrix_basis.decompose()
            item[FRONT_POSE] = [value for row in item.matrix_basis for value in row]
            item.matrix_basis = Matrix.LocRotScale(place, None, scale)
        return {"FINISHED"}
