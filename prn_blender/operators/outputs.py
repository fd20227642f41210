"""PRNet's outputs of a face as files; the front view and back."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from mathutils import Matrix

from ..core.errors import OptionError, counted
from ..scene.names import FRONT_POSE, is_face
from .reporting import reports_errors, tell
from .target import face_poll


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
    obj: BoolProperty(
        name="Textured OBJ",
        description="A mesh in metres with its material and texture, for other programs",
        default=False,
    )
    landmarks: BoolProperty(
        name="Landmarks",
        description="The 68 points in the photo's pixels, as text",
        default=True,
    )
    vertices: BoolProperty(
        name="Vertices",
        description="All points of the face in the photo's pixels, as a NumPy file",
        default=False,
    )
    pose: BoolProperty(
        name="Pose and Camera Matrix",
        description="Yaw, pitch and roll, and the matrix from the mean face to the photo, as text",
        default=True,
    )
    depth: BoolProperty(
        name="Depth",
        description="How near each pixel of the photo is to the camera, and a picture of it",
        default=False,
    )
    colors: BoolProperty(
        name="Coloured OBJ and PLY",
        description="Meshes whose vertices have the photo's colours",
        default=False,
    )
    mat: BoolProperty(
        name="MATLAB Mesh",
        description="Vertices, colours and triangles for MATLAB",
        default=False,
    )
    show: BoolProperty(
        name="Overlay Picture",
        description="The photo with landmarks, dense points and the pose drawn on it",
        default=True,
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
        from ..core.outputs import OutputOptions, write_outputs
        from ..scene.state import face_of

        names = ("obj", "landmarks", "vertices", "pose", "depth", "colors", "mat", "show",
                 "mask_hidden", "depth_format", "profile")  # fmt: skip
        options = OutputOptions(
            **{name: getattr(self, name) for name in names},
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


class PRN_OT_front_view(bpy.types.Operator):
    """Turn the active face to the front, or back to its pose in the photo"""

    bl_idname = "prn.front_view"
    bl_label = "Front View"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face that can be changed."""
        return face_poll(cls, context)

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
