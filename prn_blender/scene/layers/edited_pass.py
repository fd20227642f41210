"""A render pass that shows where a face's texture is no longer the photo's.

The live compositor shows the photo's own pixels wherever this pass is black.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..images.image import renewed_image
from .layers import TextureLayers
from .texture_group import PHOTO

EDITED_PASS = "prn_edited"
"""Name of the pass (an AOV)."""

AS_BUILT = "Photo as Built"
"""Name of the photo's texture as it was before anybody drew on it."""

_MARK = "PRN Edited"
"""The label of the nodes that make the pass; they are replaced each time."""

_GAIN = 255.0
"""What a difference of linear light is multiplied by: of dark colours, one level of 8 bits counts
in part, and a few levels count in full."""


def add_edited_pass(layers: TextureLayers, as_built: bytes | None) -> None:
    """Add the pass to a material, in place of an older one.

    A texel is edited where another layer shows over the photo's, and where the photo's own layer
    was drawn on: it is compared with the texture as it was built.

    Parameters
    ----------
    layers : TextureLayers
    as_built : bytes or None
        A PNG file of the photo's texture as it was built; None where there is no such layer.
    """
    tree = layers.material.node_tree
    images = {}
    for node in [n for n in tree.nodes if n.label == _MARK]:
        if node.type == "TEX_IMAGE":
            images[AS_BUILT] = node.image
        tree.nodes.remove(node)
    edited = layers.group.outputs["Edited"]
    photo = layers.node(PHOTO)
    if photo is not None and as_built is not None:
        built = _node(tree, "ShaderNodeTexImage", -5)
        built.extension = photo.extension
        if photo.inputs["Vector"].links:
            tree.links.new(photo.inputs["Vector"].links[0].from_socket, built.inputs["Vector"])
        name = f"{layers.material.name} {AS_BUILT}"
        built.image = renewed_image(images.get(AS_BUILT), name, as_built)
        apart = _node(tree, "ShaderNodeVectorMath", -4)
        apart.operation = "DISTANCE"
        tree.links.new(photo.outputs["Color"], apart.inputs[0])
        tree.links.new(built.outputs["Color"], apart.inputs[1])
        gain = _math(tree, "MULTIPLY", -3, apart.outputs["Value"], _GAIN)
        shown = _math(tree, "MULTIPLY", -2, gain, built.outputs["Alpha"])
        edited = _math(tree, "MAXIMUM", -1, shown, edited)
    output = _node(tree, "ShaderNodeOutputAOV", 0)
    output.aov_name = EDITED_PASS
    tree.links.new(edited, output.inputs["Value"])


def _node(tree: bpy.types.NodeTree, kind: str, place: int) -> bpy.types.Node:
    node = tree.nodes.new(kind)
    node.label, node.hide = _MARK, True
    node.location = (200 + 150 * place, -250)
    return node


def _math(
    tree: bpy.types.NodeTree, operation: str, place: int, first: Any, second: Any
) -> bpy.types.NodeSocket:
    node = _node(tree, "ShaderNodeMath", place)
    node.operation, node.use_clamp = operation, True
    for value, socket in zip((first, second), node.inputs, strict=False):
        if isinstance(value, float):
            socket.default_value = value
        else:
            tree.links.new(value, socket)
    return node.outputs[0]
