"""What makes a mesh with a head's vertices a whole head: UV tile, groups, shape keys."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
import numpy as np

from ...core.head.placed_head import PlacedHead
from ..names import HEAD_UV
from .carry import coordinates
from .head_data import HeadData

BASIS = "Basis"
"""Blender's name of the key that others are relative to: of a head, the person without expression.
"""


def add_tile(mesh: bpy.types.Mesh, data: HeadData) -> None:
    """Give a mesh from `build_mesh` the head's UV map, and its faces their materials' numbers.

    The map is the active one: Solid view and exporters that take one map take this.
    """
    layer = mesh.uv_layers.new(name=HEAD_UV, do_init=False)
    layer.uv.foreach_set("vector", data.tile.ravel())
    layer.active_render = True
    mesh.uv_layers.active = layer
    set_surfaces(mesh, data)


def set_surfaces(mesh: bpy.types.Mesh, data: HeadData) -> None:
    """Give the faces of a head's mesh their materials' numbers."""
    mesh.polygons.foreach_set("material_index", data.material)


def add_groups(item: bpy.types.Object, data: HeadData) -> None:
    """Add a vertex group for each named set of the head's vertices that the object has not yet."""
    for name, members in data.groups.items():
        if name not in item.vertex_groups:
            group = item.vertex_groups.new(name=name)
            group.add(np.flatnonzero(members).tolist(), 1.0, "REPLACE")


def add_shapes(item: bpy.types.Object, placed: PlacedHead) -> None:
    """Add the head's shape keys; each moves the mesh as it is, which may have been sculpted.

    Parameters
    ----------
    item : bpy.types.Object
        With a mesh of the head's vertices, in their order. Keys that it has stay.
    placed : PlacedHead
        Their values are those of the keys.
    """
    mesh = item.data
    if mesh.shape_keys is None:
        item.shape_key_add(name=BASIS, from_mix=False)
    rest = coordinates(mesh.shape_keys.reference_key.data)
    shapes = placed.shapes + (rest - placed.basis)
    for name, shape, value in zip(placed.names, shapes, placed.values.tolist(), strict=True):
        key = item.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", np.ascontiguousarray(shape, np.float32).ravel())
        key.slider_min, key.slider_max, key.value = 0.0, 1.0, value
    mesh.update()


def move_shapes(item: bpy.types.Object, before: PlacedHead, after: PlacedHead) -> None:
    """Move a head from where it was placed to where it is now, with what was made of it by hand.

    Parameters
    ----------
    item : bpy.types.Object
        With a mesh of the head's vertices, in their order.
    before, after : PlacedHead
    """
    mesh, basis = item.data, after.basis - before.basis
    moves = dict(zip(before.names, after.shapes - before.shapes, strict=True))
    keys = mesh.shape_keys.key_blocks if mesh.shape_keys is not None else ()
    for key in keys:
        moved = coordinates(key.data) + moves.get(key.name, basis)
        key.data.foreach_set("co", np.ascontiguousarray(moved, np.float32).ravel())
    moved = coordinates(mesh.vertices) + basis
    mesh.vertices.foreach_set("co", np.ascontiguousarray(moved, np.float32).ravel())
    mesh.update()


def is_whole(item: bpy.types.Object, placed: PlacedHead) -> bool:
    """Whether an object's mesh still has exactly the head's vertices."""
    return len(item.data.vertices) == len(placed.basis)
