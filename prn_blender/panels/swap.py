"""Another face on the active one: how much of it shows, part by part."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..operators import texture as operators
from ..operators.swap import PRN_OT_swap
from ..properties import draw_slider
from ..scene import texture_group as names
from ..scene.layers import find_layers
from ..scene.names import is_face


class PRN_PT_swap(bpy.types.Panel):
    """Put another face, or parts of it, on this one"""

    bl_label = "Swap"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN"

    def draw(self, context: Any) -> None:
        """The button; with a donor, what of it shows."""
        layout = self.layout
        if not is_face(context.active_object):
            layout.label(text="Select a face to put another on it", icon="INFO")
            return
        layout.operator(PRN_OT_swap.bl_idname, text="Swap with a Photo...", icon="USER")
        layers = find_layers(context.active_object)
        if layers is None or not layers.group.inputs[names.DONOR].is_linked:
            return
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        mixes = [names.mix_socket(part) for part in (names.ALL, *layers.parts)]
        for socket in (names.DONOR_STRENGTH, names.COLOUR_MATCH, *mixes):
            draw_slider(column, layers.material, layers.group, socket)
        paint = layout.operator(operators.PRN_OT_paint.bl_idname, text="Paint Donor Mask")
        paint.layer = names.DONOR_MASK
