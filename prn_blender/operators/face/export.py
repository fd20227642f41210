"""`prn.export_head` and `prn.mark_asset`: a face for other programs, and for other files."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty

from ...core.errors import Sentence
from ...core.files.safe import file_name
from ...interface import choices
from ...interface.file_browser import IntoFolder
from ...interface.jobs import FaceJob, Step, nothing
from ...interface.reporting import tell
from ...interface.target import in_object_mode
from ...scene.names import is_head

_PREVIEW = 256
"""Pixels of an asset's preview, as Blender has them."""
_ASIDE = 0.35
"""Radians by which the face of a preview is turned."""


class PRN_OT_export_head(FaceJob, IntoFolder, bpy.types.Operator):
    """Write the whole head with its rig as another program reads it: unit, axes, textures, names"""

    bl_idname = "prn.export_head"
    bl_label = "Export Head"
    bl_options = {"REGISTER", "PRESET"}

    program: EnumProperty(
        name="For",
        description="Which program reads the file",
        items=choices.EXPORTS,
        default="unreal",
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a whole head."""
        if not super().poll(context):
            return False
        if not is_head(context.active_object):
            cls.poll_message_set("Only of a whole head: Mesh and Camera..., Topology")
            return False
        return True

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Choose a folder."""
        return self.browse(context)

    def steps(self, context: Any) -> list[Step]:
        """Have Blender's exporter write it."""
        from ...core.outputs.names import result_name
        from ...scene.exports import EXPORT_PRESETS, export_head

        item, preset = self.begin(context), EXPORT_PRESETS[self.program]
        path = self.folder() / result_name(file_name(item.name), f"_{self.program}{preset.suffix}")

        def write(_: None) -> None:
            in_object_mode(context)
            export_head(path, self.again(), preset)
            tell(self, "INFO", Sentence("Wrote {name} for {program}", name=path.name,
                                        program=preset.label))  # fmt: skip

        return [Step(item.name, nothing, write)]


class PRN_OT_mark_asset(FaceJob, bpy.types.Operator):
    """Show the face in the Asset Browser, with its picture, so that other files can have it"""

    bl_idname = "prn.mark_asset"
    bl_label = "Mark as Asset"
    bl_options = {"REGISTER", "UNDO"}

    def steps(self, context: Any) -> list[Step]:
        """Draw its preview, then mark it."""
        from ...core.outputs.drawn_surface import head_surface, mesh_surface, turned
        from ...scene.images.image import set_preview
        from ...scene.names import is_head
        from ...scene.record import recall

        item = self.begin(context)
        recalled, of_head = recall([item]), is_head(item)

        def mark(picture: Any) -> None:
            item = self.again()
            item.asset_mark()
            set_preview(item, picture)
            tell(self, "INFO", "{name!r} is in the Asset Browser", name=item.name)

        def draw() -> Any:
            face = recalled()[0]
            whole = of_head and face.head is not None
            surface = head_surface(face) if whole else mesh_surface(face)
            return turned(surface, _ASIDE, _PREVIEW, surface.textured(face.texture(_PREVIEW), 0.0))

        return [Step(item.name, draw, mark)]
