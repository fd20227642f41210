"""`prn.paint`: Texture Paint on a layer of the face's texture."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_tip as tip_
from bpy.props import BoolProperty, EnumProperty

from ...core.errors import OptionError
from ...interface import choices
from ...interface.reporting import reports_errors, tell
from ...interface.target import OnLayers, in_object_mode, show_material
from ...scene.layers import texture_group
from ...scene.layers.layers import SKIN_LAYER
from ...scene.marks import LANDMARKS, VISIBILITY, show_marks


class PRN_OT_paint(OnLayers, bpy.types.Operator):
    """Paint on the face in Texture Paint, on a layer of its own: nothing beneath is changed"""

    bl_idname = "prn.paint"
    bl_label = "Paint Texture"
    bl_options = {"REGISTER", "UNDO"}

    layer: EnumProperty(
        name="Layer", description="What strokes go to", items=choices.LAYERS, default="Paint"
    )
    stencil: BoolProperty(
        name="Photo as Stencil",
        description="Give the brush the photo as its texture, to paint from it: move it with the "
        "right mouse button, scale it with Shift, turn it with Ctrl",
        default=False,
    )

    @classmethod
    def description(cls, context: Any, properties: Any) -> str:
        """The tooltip: some layers' buttons need to say where strokes go."""
        if properties.layer == texture_group.DONOR_MASK:
            return tip_(
                "Paint where the other face shows: white shows it, black shows the photo; "
                "nothing else is changed"
            )
        if properties.layer == SKIN_LAYER:
            return tip_(
                "Paint on the skin around the face, which no photo shows: skull, ears and neck"
            )
        return ""

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Make the layer if needed, make it the canvas, change modes."""
        from ...scene.layers.layers import layers_of
        from ...scene.layers.paint import choose_slot, paint_layer

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
        """Whether the brush could be given the photo; one of Blender's assets cannot be changed."""
        from ...scene.record import photo_block

        if brush is None or brush.library is not None:
            return False
        name = f"{item.name} Photo Stencil"
        texture = bpy.data.textures.get(name) or bpy.data.textures.new(name, "IMAGE")
        texture.image = photo_block(item)
        brush.texture = texture
        brush.texture_slot.map_mode = "STENCIL"
        return True
