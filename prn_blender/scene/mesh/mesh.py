"""The mesh data-block of a face, and what its vertices are on the layout."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from ...core.errors import OptionError
from ...core.geometry.uv_layout import UVLayout
from ..names import (
    HEAD_UV,
    OFF_LAYOUT,
    OLD_VISIBLE_GROUP,
    PHOTO_POSITION,
    POSITION_CACHE,
    UV_MAP,
    VISIBLE,
    VISIBLE_GROUP,
)
from .mesh_data import MeshData


def build_mesh(name: str, data: MeshData) -> bpy.types.Mesh:
    """A mesh data-block of a face, in the canonical frame.

    Parameters
    ----------
    name : str
    data : MeshData

    Returns
    -------
    bpy.types.Mesh
        Smooth quads with the UV map `UVMap` and the point attributes `photo_position` and
        `visible`, see `MeshData`.
    """
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(data.vertices))
    # Set through the attributes behind `vertices.co` and `loops.vertex_index`: that copies memory,
    # where those call a function for each element, which took two thirds of the time.
    mesh.attributes["position"].data.foreach_set("vector", data.vertices.ravel())
    mesh.loops.add(len(data.corners))
    mesh.attributes[".corner_vert"].data.foreach_set("value", data.corners)
    mesh.polygons.add(len(data.starts))
    mesh.polygons.foreach_set("loop_start", data.starts)
    mesh.update(calc_edges=True)
    mesh.shade_smooth()

    layer = mesh.uv_layers.new(name=UV_MAP, do_init=False)
    layer.uv.foreach_set("vector", data.uv.ravel())
    position = mesh.attributes.new(PHOTO_POSITION, "FLOAT_VECTOR", "POINT")
    position.data.foreach_set("vector", data.photo_positions.ravel())
    visible = mesh.attributes.new(VISIBLE, "BOOLEAN", "POINT")
    visible.data.foreach_set("value", data.visible)
    return mesh


def find_visible_group(item: bpy.types.Object) -> bpy.types.VertexGroup | None:
    """The vertex group of the vertices that the photo shows; files of before name it otherwise."""
    groups = item.vertex_groups
    return groups.get(VISIBLE_GROUP) or groups.get(OLD_VISIBLE_GROUP)


def remove_visible_group(item: bpy.types.Object) -> list[bpy.types.Modifier]:
    """Remove that group, if there is one; returns the modifiers that used it.

    Blender takes the name out of them.
    """
    group = find_visible_group(item)
    if group is None:
        return []
    users = [m for m in item.modifiers if getattr(m, "vertex_group", None) == group.name]
    item.vertex_groups.remove(group)
    return users


def add_visible_group(
    mesh_object: bpy.types.Object, users: Sequence[bpy.types.Modifier] = ()
) -> bpy.types.VertexGroup:
    """Add the vertex group `photo_visible`: the vertices that the photo shows.

    Parameters
    ----------
    mesh_object : bpy.types.Object
        With a mesh from `build_mesh`.
    users : sequence of bpy.types.Modifier
        From `remove_visible_group`: they use the new one.
    """
    mesh = mesh_object.data
    shown = np.empty(len(mesh.vertices), bool)
    mesh.attributes[VISIBLE].data.foreach_get("value", shown)
    group = mesh_object.vertex_groups.new(name=VISIBLE_GROUP)
    group.add(np.flatnonzero(shown).tolist(), 1.0, "REPLACE")
    for modifier in users:
        modifier.vertex_group = group.name
    return group


def check_uv_map(mesh: bpy.types.Mesh) -> None:
    """Refuse a mesh whose UV map, which says where its vertices are in the photo, is gone.

    Raises
    ------
    OptionError
        The UV map was removed or renamed.
    """
    if UV_MAP not in mesh.uv_layers:
        raise OptionError(
            "The mesh of {item!r} has lost what says where its points are in the photo; "
            "Mesh and Camera... makes it anew.",
            item=mesh.name,
        )


def stop_positions(item: bpy.types.Object, count: int | None = None) -> None:
    """Take the positions of a shot off an object; the file stays.

    Parameters
    ----------
    item : bpy.types.Object
    count : int, optional
        Vertices that its mesh will have; with as many as now they stay.
    """
    modifier = item.modifiers.get(POSITION_CACHE)
    if modifier is None or modifier.type != "MESH_CACHE" or count == len(item.data.vertices):
        return
    item.modifiers.remove(modifier)


def texel_of_vertices(mesh: bpy.types.Mesh, layout: UVLayout) -> np.ndarray:
    """(n,) int64: the flat index of the texel of the layout on which each vertex lies.

    It is read off the UV map, which stays right when vertices are moved, deleted, or added by
    subdivision.

    Raises
    ------
    OptionError
        The mesh has lost its UV map.
    """
    size = layout.size
    column, row = (uv_of_vertices(mesh) * [1, -1] + [0, 1]).T * size - 0.5
    texel = np.rint(row).astype(np.int64).clip(0, size - 1) * size
    return texel + np.rint(column).astype(np.int64).clip(0, size - 1)


def uv_of_vertices(mesh: bpy.types.Mesh) -> np.ndarray:
    """(n, 2) float32: the UV of each vertex.

    Where the corners of a vertex have several, the last counts; on the seam of a whole head one on
    the layout. A vertex without a polygon, or beyond the layout, gets `OFF_LAYOUT`.

    Raises
    ------
    OptionError
        The mesh has lost its UV map.
    """
    check_uv_map(mesh)
    uv = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers[UV_MAP].uv.foreach_get("vector", uv)
    vertex = np.empty(len(mesh.loops), np.int32)
    mesh.attributes[".corner_vert"].data.foreach_get("value", vertex)
    result = np.empty((len(mesh.vertices), 2), np.float32)
    result[:] = OFF_LAYOUT
    uv = uv.reshape(-1, 2)
    if HEAD_UV in mesh.uv_layers:
        on = on_layout(uv)
        vertex, uv = vertex[on], uv[on]
    result[vertex] = uv
    return result


def on_layout(uv: np.ndarray) -> np.ndarray:
    """(n,) bool: which of some UVs (n, 2) are on the layout, and not beyond it as a head's are."""
    return np.asarray((uv != np.array(OFF_LAYOUT, np.float32)).any(axis=1))
