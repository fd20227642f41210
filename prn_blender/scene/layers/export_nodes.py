"""The outputs of a face's material: the live layers for renderers, one image for exporters."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from ..names import COMPOSED, UV_MAP
from .layers import TextureLayers


def composed_node(material: bpy.types.Material) -> bpy.types.Node | None:
    """The node that shows the composed image to exporters; None in materials of before."""
    tree = material.node_tree
    return next((n for n in tree.nodes if n.get(COMPOSED)), None) if tree is not None else None


def composed_image(material: bpy.types.Material) -> bpy.types.Image | None:
    """A face's composed image; None in materials of before."""
    node = composed_node(material)
    return node.image if node is not None else None


def add_export_nodes(layers: TextureLayers) -> bpy.types.Node:
    """Give a material an output for exporters; what EEVEE and Cycles show stays.

    Returns
    -------
    bpy.types.Node
        The image node that exporters find; its image is still to be set.
    """
    nodes, links = layers.material.node_tree.nodes, layers.material.node_tree.links
    shown = layers.material.node_tree.get_output_node("ALL")
    if shown is not None and shown.target == "ALL":
        shown.target = "EEVEE"
        other = nodes.new("ShaderNodeOutputMaterial")
        other.target = "CYCLES"
        other.location = (shown.location[0], shown.location[1] - 160)
        for socket in shown.inputs:
            for link in socket.links:
                links.new(link.from_socket, other.inputs[socket.name])
    output = nodes.new("ShaderNodeOutputMaterial")
    output.target, output.label, output.is_active_output = "ALL", "For Export", True
    shader = nodes.new("ShaderNodeBsdfPrincipled")
    shader.inputs["Roughness"].default_value = 0.6
    node = nodes.new("ShaderNodeTexImage")
    node[COMPOSED], node.name, node.label, node.extension = True, "Composed", "Composed", "EXTEND"
    left, top = layers.group.location[0], layers.group.location[1] - 900
    for step, each in enumerate((node, shader, output)):
        each.location = (left + (-450, -100, 350)[step], top)
    shader.hide = node.hide = True
    uv = next((n for n in nodes if n.type == "UVMAP" and n.uv_map == UV_MAP), None)
    if uv is not None:
        links.new(uv.outputs["UV"], node.inputs["Vector"])
    links.new(node.outputs["Color"], shader.inputs["Base Color"])
    links.new(shader.outputs[0], output.inputs["Surface"])
    return node
