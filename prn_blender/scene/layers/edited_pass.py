"""A render pass that says where a face's texture is no longer the photo's."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

from ..images.image import renewed_image
from .layers import TextureLayers
from .texture_group import PHOTO

EDITED_PASS = "prn_edited"
AS_BUILT = "Photo as Built"
# Of the nodes that make the pass; it is made anew each time.
_MARK = "PRN Edited"
# Linear light: already dark colours a level apart count in part, a few levels apart as a whole.
_GAIN = 255.0


def add_edited_pass(layers: TextureLayers, as_built: bytes | None) -> None:
    """Let renders say where the texture is edited (an AOV).

    That is where a layer over the photo's shows, and where the photo's own layer was painted on:
    the texture as it was built lies beside it to compare with.

    Parameters
    ----------
    layers : TextureLayers
    as_built : bytes or None
        A PNG file of the photo's texture; None where it has no layer.
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
