"""The outputs of a face's material: the live layers for renderers, one image for exporters."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ..names import COMPOSED, HEAD_UV, UV_MAP
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
    tree = layers.material.node_tree
    node = add_export_output(
        tree, layers.group.location, 0.6, HEAD_UV if layers.of_head else UV_MAP
    )
    node[COMPOSED] = True
    return node


def add_export_output(
    tree: bpy.types.NodeTree, place: Sequence[float], roughness: float, uv_map: str
) -> bpy.types.Node:
    """Add an output for exporters to a material: a Principled BSDF with an image.

    Parameters
    ----------
    tree : bpy.types.NodeTree
        What its output shows is left to EEVEE and Cycles.
    place : (x, y)
        Of the node that shades, in the node editor.
    roughness : float
    uv_map : str
        Name of the UV map that the image has.

    Returns
    -------
    bpy.types.Node
        The image node; its image is still to be set.
    """
    nodes, links = tree.nodes, tree.links
    shown = tree.get_output_node("ALL")
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
    shader.inputs["Roughness"].default_value = roughness
    node = nodes.new("ShaderNodeTexImage")
    node.name, node.label, node.extension = "Composed", "Composed", "EXTEND"
    left, top = place[0], place[1] - 900
    for step, each in enumerate((node, shader, output)):
        each.location = (left + (-450, -100, 350)[step], top)
    shader.hide = node.hide = True
    set_uv_map(tree, node, uv_map)
    links.new(node.outputs["Color"], shader.inputs["Base Color"])
    links.new(shader.outputs[0], output.inputs["Surface"])
    return node


def set_uv_map(tree: bpy.types.NodeTree, node: bpy.types.Node, name: str) -> None:
    """Have an image node take its coordinates from a UV map."""
    uv = next((n for n in tree.nodes if n.type == "UVMAP" and n.uv_map == name), None)
    if uv is None:
        uv = tree.nodes.new("ShaderNodeUVMap")
        uv.uv_map, uv.location = name, (node.location[0] - 250, node.location[1])
    tree.links.new(uv.outputs["UV"], node.inputs["Vector"])
