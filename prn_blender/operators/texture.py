"""Operators on the texture of the active face: paint, edit elsewhere, use its parts."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_tip as tip_
from bpy.props import BoolProperty, EnumProperty

from ..core.errors import OptionError, counted
from ..interface.face_job import FaceJob, LayersJob
from ..interface.jobs import Step, no_job_poll
from ..interface.reporting import reports_errors, tell
from ..interface.target import OnLayers, face_poll, in_object_mode, layers_poll, show_material
from ..scene.layers import texture_group as texture_layers
from ..scene.layers.layers import find_layers
from ..scene.marks import LANDMARKS, VISIBILITY, show_marks

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..scene.layers.part_masks import Shares

_PAINTABLE = (
    (texture_layers.PAINT, "Paint", "A clear layer on top of everything"),
    (texture_layers.DONOR_MASK, "Donor Mask", "White shows the donor's face, black does not"),
    (texture_layers.FILL_MASK, "Fill Mask", "White shows the completed texture, black does not"),
    (texture_layers.DONOR, "Donor", "The donor's texture itself"),
    (texture_layers.COMPLETED, "Completed", "The completed texture itself"),
    (texture_layers.PHOTO, "Photo", "The photo's texture itself; rather use Paint"),
)


class PRN_OT_paint(OnLayers, bpy.types.Operator):
    """Paint on the face in Texture Paint, on a layer of its own: nothing beneath is changed"""

    bl_idname = "prn.paint"
    bl_label = "Paint Texture"
    bl_options = {"REGISTER", "UNDO"}

    layer: EnumProperty(
        name="Layer", description="What strokes go to", items=_PAINTABLE, default="Paint"
    )
    stencil: BoolProperty(
        name="Photo as Stencil",
        description="Give the brush the photo as its texture, to paint from it: move it with the "
        "right mouse button, scale it with Shift, turn it with Ctrl",
        default=False,
    )

    @classmethod
    def description(cls, context: Any, properties: Any) -> str:
        """The mask's button needs to say which colour does what."""
        if properties.layer == texture_layers.DONOR_MASK:
            return tip_(
                "Paint where the other face shows: white shows it, black shows the photo; "
                "nothing else is changed"
            )
        return ""

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Make the layer if needed, make it the canvas, change modes."""
        from ..scene.layers.layers import layers_of
        from ..scene.layers.paint import choose_slot, paint_layer

        item = context.active_object
        in_object_mode(context)
        if not bpy.ops.object.mode_set.poll():
            raise OptionError(
                "{item!r} cannot be painted while it is disabled in viewports (the Outliner's "
                "screen).",
                item=item.name,
            )
        for kind in (LANDMARKS, VISIBILITY):  # strokes would stop at them
            show_marks(item, kind, False)
        image = paint_layer(item, self.layer)
        bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
        paint = context.tool_settings.image_paint
        paint.mode = "MATERIAL"
        choose_slot(layers_of(item), image)
        if self.stencil and not self._set_stencil(item, paint.brush):
            tell(self, "WARNING", "Choose a brush that can be edited to use the stencil")
        show_material(context)
        return {"FINISHED"}

    def _set_stencil(self, item: Any, brush: Any) -> bool:
        from ..scene.record import photo_block

        if brush is None or brush.library is not None:
            return False
        name = f"{item.name} Photo Stencil"
        texture = bpy.data.textures.get(name) or bpy.data.textures.new(name, "IMAGE")
        texture.image = photo_block(item)
        brush.texture = texture
        brush.texture_slot.map_mode = "STENCIL"
        return True


class PRN_OT_edit_externally(OnLayers, bpy.types.Operator):
    """Write a texture layer to a file and open it in the image editor of the Preferences"""

    bl_idname = "prn.edit_externally"
    bl_label = "Edit Externally"
    bl_options = {"REGISTER", "UNDO"}  # it makes the layer where there is none

    layer: EnumProperty(
        name="Layer", description="What is edited", items=_PAINTABLE, default="Photo"
    )
    open_editor: BoolProperty(
        name="Open Editor",
        description="Start the image editor; without it only the file is written",
        default=True,
    )

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Write the file, start the program."""
        from ..scene.layers.external import write_layer
        from ..scene.layers.paint import paint_layer

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
        from ..scene.layers.external import external_file, read_layer, renew_layer

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


class PRN_OT_part_groups(FaceJob, bpy.types.Operator):
    """Add a vertex group with a soft rim for each part of the face, and face sets for sculpting"""

    bl_idname = "prn.part_groups"
    bl_label = "Vertex Groups from Parts"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face, outside Edit Mode."""
        if context.mode == "EDIT_MESH":
            cls.poll_message_set("Leave Edit Mode first")
            return False
        return face_poll(cls, context) and no_job_poll(cls)

    def steps(self, context: Any) -> list[Step]:
        """Compute the parts, add groups and face sets."""
        from ..scene.layers.part_masks import add_part_groups, part_shares
        from ..scene.record import recall_layout

        item = self.begin(context)
        layout = recall_layout(item)

        def add(shares: Shares) -> None:
            item = self.again()
            in_object_mode(context)
            names = add_part_groups(item, layout(), shares)
            added = "Added the vertex groups {names}, and face sets"
            tell(self, "INFO", added, names=", ".join(names))

        return [Step(item.name, lambda: part_shares(layout()), add)]


CLASSES = (
    PRN_OT_paint,
    PRN_OT_edit_externally,
    PRN_OT_reload,
    PRN_OT_part_groups,
)


def _edited_outside(item: Any) -> Any:
    layers = find_layers(item)
    return (i for i in layers.images() if "prn_external_file" in i) if layers else ()
