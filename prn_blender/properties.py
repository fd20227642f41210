"""The sliders of the panels: each shows an input of the texture's node group, and has a tooltip.

The values are the inputs' own, so animating, saving and undoing them is Blender's business. They
are properties of the material itself: Blender 4.2 crashes on exit after a group of properties
that are read by functions was registered.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty

from .interface import exported_texture
from .interface.choices import PARTS
from .interface.target import show_scene_light
from .scene.layers import texture_group
from .scene.layers.layers import layers_of_material

SLIDERS = {
    texture_group.HIDDEN_FILL: (
        "Filled",
        "How much of the completed texture shows, where its mask is white",
    ),
    texture_group.DONOR_STRENGTH: (
        "Strength",
        "How much of the donor's face shows, in all its parts",
    ),
    texture_group.COLOUR_MATCH: (
        "Match",
        "How far the donor's colours are made to fit in; 0 shows them as in its own photo",
    ),
    texture_group.PAINT_STRENGTH: ("Paint", "How much of what you painted shows"),
    texture_group.DETAIL_STRENGTH: (
        "Detail",
        "How strongly wrinkles and pores shade skin that the scene lights",
    ),
    texture_group.mix_socket(texture_group.ALL): (
        "Mask",
        "Share of Strength wherever the donor's mask is white, in any part",
    ),
    **{
        texture_group.mix_socket(part): (
            label,
            f"How much of the donor's {part} shows, of Strength",
        )
        for part, label, _ in PARTS
    },
}
"""Input -> label, short because two share a row, and tooltip: what it does for the picture."""


def property_name(socket: str) -> str:
    """The property of `bpy.types.Material` that shows an input of the node group."""
    return f"prn_{socket.lower().replace(' ', '_')}"


def draw_slider(layout: Any, material: Any, group: Any, socket: str) -> None:
    """Draw an input's slider.

    A part that only one layout has is no property of ours, so it has Blender's general tooltip.

    Parameters
    ----------
    layout : bpy.types.UILayout
    material : bpy.types.Material
        The face's.
    group : bpy.types.ShaderNodeGroup
        In it.
    socket : str
        The input's name.
    """
    if socket in SLIDERS or socket == texture_group.LIT:
        layout.prop(material, property_name(socket), slider=True)
    else:
        layout.prop(group.inputs[socket], "default_value", text=socket, slider=True)


def register() -> None:
    """Add the properties to materials."""
    for socket, (label, description) in SLIDERS.items():
        read, write = _access(socket)
        slider = FloatProperty(
            name=label, description=description, min=0.0, max=1.0, subtype="FACTOR",
            get=read, set=write, options=set(),
        )  # fmt: skip
        setattr(bpy.types.Material, property_name(socket), slider)
    read, write = _access(texture_group.LIT)
    switch = BoolProperty(
        name="Lit by the Scene",
        description="Let the scene's lights fall on the skin; off shows it as photographed",
        get=lambda material: read(material) > 0.5,
        set=lambda material, lit: _light(write, material, lit),
        options=set(),
    )
    setattr(bpy.types.Material, property_name(texture_group.LIT), switch)


def unregister() -> None:
    """Take them away."""
    for socket in (*SLIDERS, texture_group.LIT):
        delattr(bpy.types.Material, property_name(socket))


def _light(write: Any, material: Any, lit: bool) -> None:
    """Switch the scene's light on, and show it; or off."""
    write(material, lit)
    if lit:
        show_scene_light(bpy.context)


def _access(socket: str) -> tuple[Any, Any]:
    """What reads and what writes an input; a material of another kind reads as 0."""

    def read(material: Any) -> float:
        layers = layers_of_material(material)
        found = None if layers is None else layers.group.inputs.get(socket)
        return 0.0 if found is None else found.default_value

    def write(material: Any, value: float) -> None:
        layers = layers_of_material(material)
        if layers is not None:
            layers.set_value(socket, float(value))
            if bpy.app.background:  # in a window that happens by itself, a moment later
                exported_texture.finish_now()

    return read, write
