"""Compositor trees and nodes, alike in the versions of Blender that keep them differently."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import bpy

_OLD = bpy.app.version < (5, 0, 0)
"""Before 5.0 a scene owns its one tree, and the nodes for sums are the compositor's own."""


def find_compositor(scene: bpy.types.Scene) -> bpy.types.NodeTree | None:
    """The compositor tree that a scene renders with."""
    if _OLD:
        return scene.node_tree if scene.use_nodes else None
    return scene.compositing_node_group


def compositor_tree(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    """The tree that a scene renders with; where it has none a new one, without links."""
    found = find_compositor(scene)
    if found is not None:
        return found
    if _OLD:
        scene.use_nodes = True
        return scene.node_tree
    tree = bpy.data.node_groups.new(scene.name, "CompositorNodeTree")
    tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    scene.compositing_node_group = tree
    return tree


def output_node(tree: bpy.types.NodeTree) -> bpy.types.Node:
    """The node whose first input becomes the render; made where there is none."""
    kind = "CompositorNodeComposite" if _OLD else "NodeGroupOutput"
    outputs = [node for node in tree.nodes if node.bl_idname == kind]
    active = [node for node in outputs if getattr(node, "is_active_output", False)]
    return (active or outputs or [tree.nodes.new(kind)])[0]


def fit_to_render(tree: bpy.types.NodeTree, location: tuple[int, int]) -> bpy.types.Node:
    """A node that stretches a picture to the size of the render."""
    node = add_node(tree, "CompositorNodeScale", "Fit to Render", location)
    if hasattr(node, "space"):
        node.space, node.frame_method = "RENDER_SIZE", "STRETCH"
    else:
        node.inputs["Type"].default_value = "Render Size"
        node.inputs["Frame Type"].default_value = "Stretch"
    return node


def add_node(
    tree: bpy.types.NodeTree, kind: str, label: str, location: tuple[int, int]
) -> bpy.types.Node:
    """A new node of a kind, with a name and a label."""
    node = tree.nodes.new(kind)
    node.name = node.label = label
    node.location = location
    return node


def multiply_node(
    tree: bpy.types.NodeTree, label: str, location: tuple[int, int]
) -> bpy.types.Node:
    """A node that multiplies two values and keeps the product in 0..1."""
    node = add_node(tree, "CompositorNodeMath" if _OLD else "ShaderNodeMath", label, location)
    node.operation, node.use_clamp = "MULTIPLY", True
    return node


def mix_node(
    tree: bpy.types.NodeTree, label: str, how: str, location: tuple[int, int]
) -> tuple[Any, Any, Any, Any]:
    """A node that mixes colours: its factor, its first and second input, and its output."""
    node = add_node(tree, "CompositorNodeMixRGB" if _OLD else "ShaderNodeMix", label, location)
    node.blend_type = how
    if _OLD:
        return (*node.inputs[:3], node.outputs[0])
    node.data_type = "RGBA"
    sockets = {socket.identifier: socket for socket in node.inputs}
    result = next(s for s in node.outputs if s.identifier == "Result_Color")
    return sockets["Factor_Float"], sockets["A_Color"], sockets["B_Color"], result
