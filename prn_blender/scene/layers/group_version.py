"""Is a texture group as the add-on made it? One that an earlier version made is brought up to date.

That happens where a face is about to be changed (`layers.editable_layers`), never when a file is
opened.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import bpy

from ...core.errors import OptionError
from .texture_group import KEY, VERSION, add_input, build_formulas, mark_of, new_group, sockets

_SETTINGS = (
    "operation",
    "data_type",
    "factor_mode",
    "blend_type",
    "use_clamp",
    "clamp_factor",
    "mute",
    "space",
    "uv_map",
)
"""Settings of a node that change what it computes; see `_formula`."""


def is_changed(tree: bpy.types.NodeTree) -> bool:
    """Whether the artist has changed what a texture group computes as its colour or alpha."""
    # They are the same in all versions.
    return _fresh_formula(tuple(tree[KEY]["parts"]), VERSION, False) != _formula(tree)


def is_old(tree: bpy.types.NodeTree) -> bool:
    """Whether a texture group was made by an earlier version of the add-on."""
    return bool(tree[KEY]["version"] < VERSION)


def is_renewable(tree: bpy.types.NodeTree) -> bool:
    """Whether a texture group is of today, or of an earlier version and as that one made it."""
    if not is_old(tree):
        return True
    made = _fresh_formula(tuple(tree[KEY]["parts"]), tree[KEY]["version"], True)
    return made == _formula(tree, every=True)


def check_renewable(tree: bpy.types.NodeTree) -> None:
    """See whether what only today's texture groups can do can be done, before anything is changed.

    Raises
    ------
    OptionError
        The group is of an earlier version, and was changed by hand.
    """
    if not is_renewable(tree):
        raise OptionError(
            "The node group {group!r} was made by an earlier version of PRN Face and changed by "
            "hand, so it cannot be brought up to date; take that change back, or build the face "
            "again.",
            group=tree.name,
        )


def renew_group(node: bpy.types.Node) -> None:
    """Bring the group of a material's node up to date; one that was changed by hand stays.

    It stays the same data-block, and its inputs stay where they are; new ones come after them. So
    whatever is linked to them, their values, and drivers and keys, which name an input by its
    number, need no care, in this face and in all others that use the group. One that belongs to
    another file is copied into this one.

    Parameters
    ----------
    node : bpy.types.Node
        Of a material that can be changed.
    """
    tree = node.node_tree
    if not is_old(tree) or not is_renewable(tree):
        return
    if tree.library is not None or tree.override_library is not None:
        tree = node.node_tree = tree.copy()
    parts = list(tree[KEY]["parts"])
    there = {item.name for item in tree.interface.items_tree if item.item_type == "SOCKET"}
    new = [socket for socket in sockets(parts) if socket.name not in there]
    for socket in new:
        add_input(tree, socket)
    for user in _nodes_with(tree):
        for socket in new:  # they have zeros
            user.inputs[socket.name].default_value = socket.default
    tree.nodes.clear()
    build_formulas(tree, parts)
    tree[KEY] = mark_of(parts)


def _nodes_with(tree: bpy.types.NodeTree) -> Iterator[bpy.types.Node]:
    """All nodes of a file that show a group."""
    owners = (bpy.data.materials, bpy.data.worlds, bpy.data.lights)
    trees = [owner.node_tree for blocks in owners for owner in blocks if owner.node_tree]
    for each in (*trees, *bpy.data.node_groups):
        yield from (n for n in each.nodes if n.type == "GROUP" and n.node_tree == tree)


@cache
def _fresh_formula(parts: tuple[str, ...], version: int, every: bool) -> str:
    """The formula of a group as that version of the add-on makes it."""
    fresh = new_group(parts, version)
    try:
        return _formula(fresh, every)
    finally:
        bpy.data.node_groups.remove(fresh)


def _idle(node: bpy.types.Node) -> tuple[str, ...]:
    """How inputs are called that a node of Blender's does not use as it is set.

    Versions of Blender give them other values, and keep those of older files.
    """
    weight = node.inputs.get("Subsurface Weight")
    unused = weight is not None and not weight.is_linked and weight.default_value == 0
    return ("Subsurface Scale",) if unused else ()


def _formula(tree: bpy.types.NodeTree, every: bool = False) -> str:
    """What a tree computes as its colour and alpha, as a text that does not depend on node names.

    With `every`, all of its outputs.

    Two trees with the same text compute the same. Each node is described by its kind, its settings
    and the descriptions of what is linked to its inputs, and its description is hashed, because
    texts of a whole tree would grow beyond all bounds.
    """
    known: dict[str, str] = {}
    # By the input's place in memory: `socket.links` goes through all links of the tree each time.
    linked = {link.to_socket.as_pointer(): link for link in tree.links if not link.is_muted}

    def value(socket: bpy.types.NodeSocket) -> str:
        link = linked.get(socket.as_pointer())
        if link is None:
            default: Any = getattr(socket, "default_value", None)
            numbers = list(default) if hasattr(default, "__len__") else [default]
            return str([round(v, 5) if isinstance(v, float) else str(v) for v in numbers])
        output = link.from_socket
        node = output.node
        if node.type == "REROUTE":
            return value(node.inputs[0])
        if node.type == "GROUP_INPUT":
            return output.name
        if node.name not in known:
            kind = [getattr(node, key, "") for key in _SETTINGS]
            grouped = node.type == "GROUP" and node.node_tree is not None
            inner = _formula(node.node_tree, every) if grouped else ""
            # Sockets that the node's settings hide compute nothing, and have what values they like.
            idle = _idle(node)
            inputs = [value(i) for i in node.inputs if i.enabled and not i.name.startswith(idle)]
            text = f"{node.bl_idname} {kind} {inner} {inputs}"
            known[node.name] = hashlib.sha256(text.encode()).hexdigest()
        return f"{known[node.name]} {output.identifier}"

    end = next((n for n in tree.nodes if n.type == "GROUP_OUTPUT" and n.is_active_output), None)
    inputs = end.inputs if end is not None else ()
    colours = [i for i in inputs if i.type in ("RGBA", "VALUE") and i.name != "Edited"]
    return str([value(i) for i in (inputs if every else colours)])
