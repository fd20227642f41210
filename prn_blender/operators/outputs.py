"""`prn.write_outputs`: what PRNet gives of a face, as files."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, EnumProperty

from ..core.errors import OptionError, PRNError, counted
from ..core.files.safe import file_name
from ..core.outputs.options import KINDS, OutputOptions
from ..interface import choices
from ..interface.file_browser import IntoFolder
from ..interface.jobs import FaceJob, Job, Step, no_job_poll, nothing
from ..interface.reporting import tell
from ..interface.target import in_object_mode
from ..scene.layers.layers import find_layers
from ..scene.names import is_face
from ..scene.stepwise import at_once

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.face.face import Face


class PRN_OT_write_outputs(FaceJob, IntoFolder, bpy.types.Operator):
    """Write the active face to files: meshes with the texture as it is, landmarks, pose, more"""

    bl_idname = "prn.write_outputs"
    bl_label = "Write Files"
    bl_options = {"REGISTER", "PRESET"}

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
    key_names: EnumProperty(
        name="Key Names",
        description="What the whole head's expressions are called in its file",
        items=choices.KEY_NAMES,
        default="arkit",
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
        from ..core.outputs.names import result_name
        from ..core.outputs.outputs import kinds_to_write, write_kind
        from ..scene.files import save_glb
        from ..scene.layers.bake import bake_size, evaluate
        from ..scene.layers.layer_values import read_layers
        from ..scene.record import recall

        options = OutputOptions(
            **{kind: getattr(self, kind) for kind in KINDS},
            mask_hidden=self.mask_hidden,
            depth_format=self.depth_format,
            profile=self.profile,
            key_names=self.key_names,
            front=None if self.front == "none" else self.front,
        )
        if not options.any and not self.glb:
            raise OptionError("Nothing was chosen to be written.")
        options.check_libraries()
        folder = self.folder()
        item = self.begin(context)
        name, recalled = file_name(item.name), recall([item])
        faces: list[Face] = []
        textures: list[Any] = []
        self._folder = folder
        self._files: list[str] = []

        layers, values = find_layers(item), None
        try:
            values = at_once(read_layers(layers, bake_size(layers))) if layers is not None else None
        except PRNError as e:  # the numbers do not depend on it
            tell(self, "WARNING", e.sentence)

        def work() -> list[Face]:
            textures.append(evaluate(values) if values is not None else None)
            return recalled()

        def write(kind: str) -> Step:
            label = KINDS[kind].label if kind in KINDS else "Front Mesh"
            return Step(
                iface_(label),
                lambda: write_kind(faces[0], folder, name, options, kind, texture=textures[0]),
                self._files.extend,
            )

        def write_glb(_: None) -> None:
            in_object_mode(context)
            file = result_name(name, ".glb")
            save_glb(folder / file, [self.again()])
            self._files.append(file)

        return [
            Step(name, work, faces.extend),
            *map(write, kinds_to_write(options)),
            *([Step(iface_("Binary glTF"), nothing, write_glb)] if self.glb else []),
        ]

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
_BOXES = {
    name: BoolProperty(name=kind.label, description=kind.description, default=kind.usual)
    for name, kind in KINDS.items()
}
_GLB = BoolProperty(
    name="Binary glTF",
    description="The object as it is, with modifiers and shape keys, and its texture in one file",
    default=False,
)
PRN_OT_write_outputs.__annotations__ = {
    "obj": _BOXES.pop("obj"),
    "glb": _GLB,
    **_BOXES,
    **PRN_OT_write_outputs.__annotations__,
}
