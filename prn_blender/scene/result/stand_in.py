"""What the live compositor renders in place of a whole head: the face as the layout shows it.

Eyes and teeth of a head are things of their own, and its lids and lips have holes. Where another
face was swapped in, though, the photo must show that face's eyes as well, and they are in the
texture's layers: so the composite renders a lattice with the head's material, on the head's place.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from ...core.face.face import Face
from ...core.geometry.camera import Camera
from ...core.head.other_heads.tile_places import in_own_tile
from ...core.head.placed_head import place_head
from ..layers.layers import layers_of
from ..mesh.carry import coordinates, sampled, texel_map
from ..mesh.mesh import build_mesh, uv_of_vertices
from ..mesh.mesh_data import MeshData, mesh_data
from ..names import HEAD_UV

_STRIDE = 2
"""Texels between its vertices: the face is smooth enough, and a file of a head stays small."""

_UNMOVED = 1e-6
"""Metres: a head that differs less from the photo's has its shape."""

_KEY = "prn_stand_in"
"""The custom property by which these objects are known."""


@dataclass(frozen=True, eq=False)
class StandIn:
    """The numbers of a stand-in, computed without Blender.

    Attributes
    ----------
    face : Face
    mesh : MeshData
    head : (V, 3) float32
        The vertices of the whole head as the photo shows it, in the same frame.
    tile : (k, 2) float32
        UV of the mesh's corners in the head's tile.
    """

    face: Face
    mesh: MeshData
    head: np.ndarray
    tile: np.ndarray


def stand_in(face: Face, view: Camera) -> StandIn | None:
    """The numbers for a face with a whole head; None where it has none.

    Parameters
    ----------
    face : Face
    view : Camera
        That it was built in front of.
    """
    head = face.head
    if head is None:
        return None
    placement = view.place(face.geometry)
    mesh = mesh_data(face, placement, _STRIDE)
    placed = place_head(head, face.geometry, view, placement)
    return StandIn(face, mesh, placed.vertices, in_own_tile(head.model, mesh.uv))


def add_stand_in(item: bpy.types.Object, data: StandIn) -> bpy.types.Object:
    """Make the stand-in of a head; it is in no scene yet, and follows the head object.

    Whatever shape the head has by now, its keys and sculpting included, the stand-in has as well.
    """
    name = f"{item.name} in Photo"
    mesh = build_mesh(name, data.mesh)
    mesh.uv_layers.new(name=HEAD_UV, do_init=False)
    mesh.uv_layers[HEAD_UV].uv.foreach_set("vector", data.tile.ravel())
    if len(item.data.vertices) == len(data.head):
        moves = _present(item) - data.head
        if np.abs(moves).max() > _UNMOVED:
            there = texel_map(item.data, data.face.layout, moves)
            moved = coordinates(mesh.vertices) + sampled(there, uv_of_vertices(mesh))
            mesh.vertices.foreach_set("co", moved.astype(np.float32).ravel())
    own = bpy.data.objects.new(name, mesh)
    own[_KEY] = True
    own.parent = item
    own.hide_viewport = own.hide_select = True
    # The object's, not the mesh's: the layers would count as shared with another face.
    mesh.materials.append(None)
    own.material_slots[0].link = "OBJECT"
    own.material_slots[0].material = layers_of(item).material
    return own


def remove_stand_ins(scene: bpy.types.Scene) -> None:
    """Remove the stand-ins in a scene, and their meshes."""
    for item in [item for item in scene.collection.objects if _KEY in item]:
        mesh = item.data
        bpy.data.objects.remove(item)
        if mesh.users == 0:
            bpy.data.meshes.remove(mesh)


def _present(item: bpy.types.Object) -> np.ndarray:
    """(V, 3): the vertices of a mesh with its shape keys, without modifiers."""
    if item.data.shape_keys is None:
        return coordinates(item.data.vertices)
    shown = item.active_shape_key_index
    mixed = item.shape_key_add(name=_KEY, from_mix=True)
    result = coordinates(mixed.data)
    item.shape_key_remove(mixed)
    item.active_shape_key_index = shown
    return result
