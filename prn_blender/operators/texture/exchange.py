"""`prn.edit_externally` and `prn.reload_external`: a layer edited in another program, and back."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty

from ...core.errors import counted
from ...interface import choices
from ...interface.jobs import LayersJob, Step, no_job_poll
from ...interface.reporting import reports_errors, tell
from ...interface.target import OnLayers, layers_poll
from ...scene.layers.layers import find_layers

_FILE = "prn_external_file"
"""The custom property by which `scene.layers.external` remembers an image's file. That module loads
OpenCV, which a poll must not."""


class PRN_OT_edit_externally(OnLayers, bpy.types.Operator):
    """Write a texture layer to a file and open it in the image editor of the Preferences"""

    bl_idname = "prn.edit_externally"
    bl_label = "Edit Externally"
    bl_options = {"REGISTER", "UNDO"}  # it makes the layer where there is none

    layer: EnumProperty(
        name="Layer", description="What is edited", items=choices.LAYERS, default="Photo"
    )
    open_editor: BoolProperty(
        name="Open Editor",
        description="Start the image editor; without it only the file is written",
        default=True,
    )

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Write the file, start the program."""
        from ...scene.layers.external import write_layer
        from ...scene.layers.paint import paint_layer

        path = write_layer(paint_layer(context.active_object, self.layer))
        if self.open_editor:
            try:
                bpy.ops.image.external_edit(filepath=str(path))
            except RuntimeError:
                tell(
                    self,
                    "WARNING",
                    "Wrote {path}, but no image editor starts: set one in the Preferences, "
                    "File Paths, or open the file yourself",
                    path=path,
                )
                return {"FINISHED"}
        tell(self, "INFO", "Wrote {path}: save it there, then press Reload", path=path)
        return {"FINISHED"}


class PRN_OT_reload(LayersJob, bpy.types.Operator):
    """Take what another program has saved into the texture layers"""

    bl_idname = "prn.reload_external"
    bl_label = "Reload"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Where a layer was edited outside."""
        if not layers_poll(cls, context):
            return False
        if not any(_edited_outside(context.active_object)):
            cls.poll_message_set("No layer of this face was edited in another program yet")
            return False
        return no_job_poll(cls)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask before strokes are lost that are not in the file."""
        if any(image.is_dirty for image in _edited_outside(context.active_object)):
            return self.confirm(
                context, event, message="Strokes made since the file was written will be replaced."
            )
        return self.start(context)

    def steps(self, context: Any) -> list[Step]:
        """Read all files, then put them in the layers' places."""
        from ...scene.layers.external import external_file, read_layer, renew_layer

        item = self.begin(context)
        files = {image.name: external_file(image) for image in _edited_outside(item)}
        paths = {name: path for name, path in files.items() if path is not None}

        def work() -> dict[str, bytes]:
            return {name: read_layer(path) for name, path in paths.items()}

        def renew(files: dict[str, bytes]) -> None:
            images = [i for i in _edited_outside(self.again()) if i.name in files]
            for image in images:
                renew_layer(image, files[image.name])
            tell(self, "INFO", counted(len(images), "Reloaded 1 layer", "Reloaded {count} layers"))

        return [Step(item.name, work, renew)]


def _edited_outside(item: Any) -> Any:
    """The images of a face's layers that were written for another program."""
    layers = find_layers(item)
    return (i for i in layers.images() if _FILE in i) if layers else ()
