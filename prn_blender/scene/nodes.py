"""Node trees of materials and worlds, in every version of Blender."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy


def empty_tree(block: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    """The node tree of a new material or world, without the nodes that Blender puts into it."""
    if bpy.app.version < (5, 0, 0):
        block.use_nodes = True  # always so from 5.0 on, and setting it is deprecated
    block.node_tree.nodes.clear()
    return block.node_tree
