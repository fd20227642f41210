"""Another face on the active one: how much of it shows, part by part."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..core.swap.reasons import NOTABLE
from ..operators.result import PRN_OT_show_left_out
from ..operators.swap import PRN_MT_donors, PRN_OT_swap
from ..operators.texture import PRN_OT_paint
from ..properties import draw_slider
from ..scene.layers import texture_group
from ..scene.layers.layers import TextureLayers, find_layers
from ..scene.names import is_face

_WHOLE = "face"
"""The part that holds eyes, brows, nose, mouth, cheeks and chin."""


class PRN_PT_swap(bpy.types.Panel):
    """Put another face, or parts of it, on this one"""

    bl_label = "Swap"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN Face"

    def draw(self, context: Any) -> None:
        """The button; with a donor, what of it shows."""
        layout = self.layout
        if not is_face(context.active_object):
            layout.label(text="Build or select a face first", icon="INFO")
            return
        layers = _swapped(context)
        column = layout.column(align=True)
        row = column.row(align=True)
        row.operator(
            PRN_OT_swap.bl_idname,
            text="Other Photo..." if layers is not None else "Swap with a Photo...",
            icon="USER",
        )
        if PRN_MT_donors.others(context):
            row.menu(PRN_MT_donors.bl_idname, text="", icon="DOWNARROW_HLT")
        if layers is None:
            return
        paint = row.operator(PRN_OT_paint.bl_idname, text="Paint Mask", icon="BRUSH_DATA")
        paint.layer = texture_group.DONOR_MASK
        stayed = PRN_OT_show_left_out.share(context)
        if stayed >= NOTABLE:
            # Short: a further row would not fit below all others on a small screen.
            row.operator(PRN_OT_show_left_out.bl_idname, text=f"{stayed:.0%}", icon="INFO")
        row = column.row(align=True)
        for socket in (texture_group.DONOR_STRENGTH, texture_group.COLOUR_MATCH):
            draw_slider(row, layers.material, layers.group, socket)


class PRN_PT_swap_parts(bpy.types.Panel):
    """Shares of Strength: how much of each part shows; where parts overlap, the largest counts"""

    # Closed at first: the sliders above change all of what was swapped.
    bl_label = "Part by Part"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "PRN Face"
    bl_parent_id = "PRN_PT_swap"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Where there is another face."""
        return _swapped(context) is not None

    def draw(self, context: Any) -> None:
        """Two sliders beside each other: the parts of a face are many."""
        layers = _swapped(context)
        assert layers is not None  # see `poll`
        grid = self.layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        overall = layers.value(texture_group.mix_socket(texture_group.ALL))
        face = layers.value(texture_group.mix_socket(_WHOLE)) if _WHOLE in layers.parts else 0.0
        for part in (*layers.parts, texture_group.ALL):
            # Grey where another one shows at least as much of the donor there.
            shown = {texture_group.ALL: 0.0, _WHOLE: overall}.get(part, max(overall, face))
            place = grid.row(align=True)
            place.active = shown == 0 or layers.value(texture_group.mix_socket(part)) > shown
            draw_slider(place, layers.material, layers.group, texture_group.mix_socket(part))


def _swapped(context: Any) -> TextureLayers | None:
    """The layers of the active face, where another face is among them."""
    item = context.active_object
    layers = find_layers(item) if is_face(item) else None
    if layers is None or not layers.group.inputs[texture_group.DONOR].is_linked:
        return None
    return layers
