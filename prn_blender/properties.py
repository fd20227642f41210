"""Sliders for the panels: views of the node group's inputs, each saying what it does.

The values are the inputs' own, so animating, saving and undoing them is Blender's business.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty, PointerProperty

from .operators.swap import PARTS
from .scene import layers as names
from .scene.layers import layers_of_material


def _socket(owner: Any, name: str) -> Any:
    layers = layers_of_material(owner.id_data)
    return None if layers is None else layers.group.inputs.get(name)


def _slider(socket: str, label: str, description: str) -> Any:
    def read(self: Any) -> float:
        found = _socket(self, socket)
        return 0.0 if found is None else found.default_value

    def write(self: Any, value: float) -> None:
        found = _socket(self, socket)
        if found is not None:
            found.default_value = value

    return FloatProperty(
        name=label, description=description, min=0.0, max=1.0, subtype="FACTOR", get=read,
        set=write, options=set(),
    )  # fmt: skip


def _is_lit(self: Any) -> bool:
    found = _socket(self, names.LIT)
    return found is not None and found.default_value > 0.5


def _set_lit(self: Any, value: bool) -> None:
    found = _socket(self, names.LIT)
    if found is not None:
        found.default_value = float(value)


def part_property(part: str) -> str:
    """The property of a part's slider."""
    return f"part_{part}"


class PRN_layer_settings(bpy.types.PropertyGroup):
    """What the texture layers of a material do"""

    hidden_fill: _slider(
        names.HIDDEN_FILL, "Hidden Fill", "How much of the completed texture shows, where its "
        "mask is white",
    )  # fmt: skip
    donor_strength: _slider(
        names.DONOR_STRENGTH, "Strength", "How much of the donor's face shows in the chosen parts"
    )
    colour_match: _slider(
        names.COLOUR_MATCH, "Colour Match", "How far the donor's colours are made to fit in; 0 "
        "shows them as in its own photo",
    )  # fmt: skip
    paint_strength: _slider(names.PAINT_STRENGTH, "Paint", "How much of what you painted shows")
    lit: BoolProperty(
        name="Lit by the Scene",
        description="Let the scene's lights fall on the skin; off shows it as photographed",
        get=_is_lit,
        set=_set_lit,
        options=set(),
    )


for _part, _label, _ in (
    (names.ALL, "Everything", ""),
    *PARTS,
):
    PRN_layer_settings.__annotations__[part_property(_part)] = _slider(
        names.mix_socket(_part),
        _label,
        "How much of the donor shows wherever the donor mask is white"
        if _part == names.ALL
        else f"How much of the donor's {_part} shows",
    )


def register() -> None:
    """Add `Material.prn_layers`."""
    bpy.utils.register_class(PRN_layer_settings)
    bpy.types.Material.prn_layers = PointerProperty(type=PRN_layer_settings)


def unregister() -> None:
    """Take it away."""
    del bpy.types.Material.prn_layers
    bpy.utils.unregister_class(PRN_layer_settings)
