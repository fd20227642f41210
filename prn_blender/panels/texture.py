"""The texture of the active face: its layers, and what can be done with them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..operators.result import PRN_OT_save_result, PRN_OT_show_result
from ..operators.texture import (
    PRN_OT_apply,
    PRN_OT_bake,
    PRN_OT_complete,
    PRN_OT_compositor,
    PRN_OT_edit_externally,
    PRN_OT_fine_detail,
    PRN_OT_paint,
    PRN_OT_part_groups,
    PRN_OT_photo_light,
    PRN_OT_reload,
)
from ..properties import draw_slider
from ..scene.layers import texture_group
from ..scene.layers.layers import SKIN_LAYER, TextureLayers, find_layers, result_is_old
from ..scene.names import is_face, is_head


class PRN_PT_texture(bpy.types.Panel):
    """Paint, complete and bake the face's texture"""

    bl_label = "Texture"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN Face"

    def draw(self, context: Any) -> None:
        """Buttons; beside what makes a layer, how much of it shows."""
        layout = self.layout
        if not is_face(context.active_object):
            layout.label(text="Build or select a face first", icon="INFO")
            return
        layers = find_layers(context.active_object)
        column = layout.column(align=True)
        row = column.row(align=True)
        if context.mode == "PAINT_TEXTURE":
            done = row.operator("object.mode_set", text="Stop Painting", icon="CHECKMARK")
            done.mode = "OBJECT"
        else:
            row.operator(PRN_OT_paint.bl_idname, icon="BRUSH_DATA")
            if is_head(context.active_object):
                skin = row.operator(PRN_OT_paint.bl_idname, text="", icon="SPHERE")
                skin.layer = SKIN_LAYER
        _draw_share(row, layers, texture_group.PAINT, texture_group.PAINT_STRENGTH)
        row = column.row(align=True)
        filled = layers is not None and layers.group.inputs[texture_group.COMPLETED].is_linked
        row.operator(
            PRN_OT_complete.bl_idname,
            text="Complete" if filled else "Complete Hidden Side",
            icon="MOD_MIRROR",
        )
        _draw_share(row, layers, texture_group.COMPLETED, texture_group.HIDDEN_FILL)
        if result_is_old(context.active_object):
            text = iface_("Apply to Photo: out of date")
            column.operator(PRN_OT_apply.bl_idname, text=text, icon="FILE_REFRESH")
        else:
            column.operator(PRN_OT_apply.bl_idname, icon="IMAGE_DATA")
        row = column.row(align=True)
        row.operator(PRN_OT_show_result.bl_idname, icon="HIDE_OFF")
        row.operator(PRN_OT_save_result.bl_idname, text="Save...", icon="FILE_TICK")
        if layers is not None:
            draw_slider(layout, layers.material, layers.group, texture_group.LIT)


def _draw_share(row: Any, layers: TextureLayers | None, layer: str, strength: str) -> None:
    """Draw the slider of how much of a layer shows, where there is that layer."""
    socket = layers.group.inputs.get(layer) if layers is not None else None
    if layers is not None and socket is not None and socket.is_linked:
        draw_slider(row, layers.material, layers.group, strength)


class PRN_PT_texture_files(bpy.types.Panel):
    """Light and fine detail of the photo; bake the texture, edit it elsewhere, use its parts"""

    bl_label = "Bake and Exchange"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN Face"
    bl_parent_id = "PRN_PT_texture"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """With a face."""
        return is_face(context.active_object)

    def draw(self, context: Any) -> None:
        """Buttons."""
        column = self.layout.column(align=True)
        column.operator(PRN_OT_photo_light.bl_idname, icon="LIGHT_SUN")
        row = column.row(align=True)
        row.operator(PRN_OT_fine_detail.bl_idname, icon="MOD_NOISE")
        layers = find_layers(context.active_object)
        _draw_share(row, layers, texture_group.DETAIL, texture_group.DETAIL_STRENGTH)
        column.operator(PRN_OT_compositor.bl_idname, icon="NODE_COMPOSITING")
        column.operator(PRN_OT_bake.bl_idname, icon="RENDER_STILL")
        row = column.row(align=True)
        row.operator(PRN_OT_edit_externally.bl_idname, icon="TOOL_SETTINGS")
        row.operator(PRN_OT_reload.bl_idname, icon="FILE_REFRESH")
        column.operator(PRN_OT_part_groups.bl_idname, icon="GROUP_VERTEX")


CLASSES = (PRN_PT_texture, PRN_PT_texture_files)
