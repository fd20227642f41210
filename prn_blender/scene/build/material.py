"""The material that shows a face's texture layers."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...core.choices import MATERIALS
from ...core.errors import OptionError
from ..layers.layers import TextureLayers
from ..layers.texture_group import LIT, PHOTO, texture_group
from ..nodes import empty_tree


def build_material(
    name: str, texture: bpy.types.Image, kind: str, parts: Sequence[str] = ()
) -> bpy.types.Material:
    """A material with the photo's texture as its first layer.

    Parameters
    ----------
    name : str
    texture : bpy.types.Image
    kind : {"shadeless", "lit"}
        As photographed, or lit by the scene (Principled BSDF).
    parts : sequence of str
        Names of the parts that can be mixed.

    Raises
    ------
    OptionError
        Another kind.
    """
    if kind not in MATERIALS:
        raise OptionError("The material is {kind!r}; it can be shadeless or lit.", kind=kind)
    material = bpy.data.materials.new(name)
    tree = empty_tree(material)
    group = tree.nodes.new("ShaderNodeGroup")
    group.node_tree, group.width, group.location = texture_group(parts), 220, (-150, 0)
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.location = (200, 0)
    tree.links.new(group.outputs["Surface"], output.inputs["Surface"])
    layers = TextureLayers(material, group)
    layers.set_value(LIT, float(kind == "lit"))
    # Texture Paint and the solid view's texture mode use the active node.
    tree.nodes.active = layers.set_image(PHOTO, texture)
    return material
