"""Shape keys of a face: its expressions, none of them, and a donor's features."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bpy
import numpy as np

from ...core.face.face import Face
from ...core.geometry.pose import PHOTO_TO_BLENDER
from ...core.head.face_shape import bundled_shape
from ...core.head.head_model import HeadModel
from ...core.head.placed_head import DETAIL, PlacedHead
from ...core.head.whole_head import spread
from ..record.known_head import head_model_of
from ..stepwise import Stepwise
from .carry import coordinates, sampled
from .head_mesh import BASIS
from .mesh import texel_of_vertices, uv_of_vertices

DONOR_SHAPE = "Donor Shape"
"""Name of the shape key with a donor's features."""
NEUTRAL = "Neutral"
"""Name of the shape key without expression."""


def set_shape(item: bpy.types.Object, face: Face, positions: np.ndarray | None) -> None:
    """Give a face object the donor's shape, or its own again.

    Parameters
    ----------
    item : bpy.types.Object
    face : Face
        What it was built from.
    positions : (S, S, 3) float32 or None
        A position map of the face with the donor's features, photo pixels. The shape key moves
        each vertex by the difference to the face's own position map, turned from the photo's frame
        into the canonical one; around the face of a whole head that fades out. None sets the key's
        value to 0.
    """
    mesh = item.data
    if positions is None:
        keys = mesh.shape_keys.key_blocks if mesh.shape_keys is not None else {}
        if (key := keys.get(DONOR_SHAPE)) is not None:
            key.value = 0.0
        return
    pose = face.pose.similarity
    move = (positions - face.position_map) @ (PHOTO_TO_BLENDER.T @ pose.rotation / pose.scale)
    head = head_of(item, face)
    if head is None:
        moves = move.reshape(-1, 3)[texel_of_vertices(mesh, face.layout)]
    else:
        moves = spread(head, sampled(face.layout.extend(move), uv_of_vertices(mesh)))
    _set_key(item, DONOR_SHAPE, moves, 1.0)


def head_of(item: bpy.types.Object, face: Face) -> HeadModel | None:
    """The model of a whole head whose vertices an object's mesh has; None of any other mesh."""
    head = head_model_of(item, face.layout)
    return head if head is not None and len(item.data.vertices) == head.count else None


def add_neutral(item: bpy.types.Object, face: Face) -> None:
    """Give a face object the shape key `Neutral`: at 1 it has no expression. It is set to 0.

    Parameters
    ----------
    item : bpy.types.Object
    face : Face
        What it was built from. Nothing is added if its model does not tell expressions.
    """
    move = face.expression_move
    if move is None:
        return
    _set_key(item, NEUTRAL, _of_vertices(uv_of_vertices(item.data), face, -move), 0.0)


def shown_keys(item: bpy.types.Object) -> dict[str, float]:
    """How far each of a mesh's shape keys moves it, by their names."""
    keys = item.data.shape_keys
    return {} if keys is None else {k.name: 0.0 if k.mute else k.value for k in keys.key_blocks}


def take_over(item: bpy.types.Object, placed: PlacedHead, shown: Mapping[str, float]) -> None:
    """Have a head show the expression that it had as a lattice.

    A lattice is built with the photo's expression: its *Neutral* takes that off, its keys with
    ARKit's names come on top. A head is built without, and its keys do all of it.

    Parameters
    ----------
    item : bpy.types.Object
        With the shape keys of `head_mesh.add_shapes`.
    placed : PlacedHead
    shown : mapping of str to float
        The lattice's keys, see `shown_keys`.
    """
    photo = 1 - shown.get(NEUTRAL, 0.0)
    keys = item.data.shape_keys.key_blocks
    for name, value in zip(placed.names, placed.values.tolist(), strict=True):
        if name != DETAIL:
            keys[name].value = photo * value + shown.get(name, 0.0)


def add_expressions(
    item: bpy.types.Object, face: Face, names: Sequence[str]
) -> Stepwise[list[str]]:
    """Give a face object a shape key for each of some expressions, at the value 0; stepwise.

    Parameters
    ----------
    item : bpy.types.Object
    face : Face
        What it was built from.
    names : sequence of str
        ARKit's. What the face's model does not know is left out.

    Returns
    -------
    list of str
        Those that it has now.
    """
    shape, known = bundled_shape(face.layout), list(face.expression)
    if shape is None or len(known) != len(shape.moves):
        return []
    done = []
    uv = uv_of_vertices(item.data)
    for name in names:
        if name in known:
            one = np.zeros(len(known), np.float32)
            one[known.index(name)] = 1
            _set_key(item, name, _of_vertices(uv, face, shape.moved(one)), 0.0)
            done.append(name)
            yield
    return done


def _of_vertices(uv: np.ndarray, face: Face, moves: np.ndarray) -> np.ndarray:
    """Moves (n, 3), in `layout.texels` order, of vertices at UVs (V, 2)."""
    layout = face.layout
    whole = np.zeros((layout.mask.size, 3), np.float32)
    whole[layout.texels] = moves
    grid = layout.extend(whole.reshape(*layout.mask.shape, 3))
    return sampled(grid, uv)


def new_key(item: bpy.types.Object, name: str) -> bpy.types.ShapeKey:
    """A further shape key, at the value 0; the first one comes with the `Basis`."""
    if item.data.shape_keys is None:
        item.shape_key_add(name=BASIS, from_mix=False)
    key = item.shape_key_add(name=name, from_mix=False)
    key.value = 0.0  # Blender 5 begins with 1
    return key


def move_key(item: bpy.types.Object, key: bpy.types.ShapeKey, moves: np.ndarray) -> None:
    """Let a shape key of an object move each vertex by (V, 3) metres of the mesh's frame."""
    mesh = item.data
    moved = coordinates(mesh.shape_keys.reference_key.data) + moves
    key.data.foreach_set("co", np.ascontiguousarray(moved, np.float32).ravel())
    mesh.update()


def _set_key(item: bpy.types.Object, name: str, moves: np.ndarray, value: float) -> None:
    """A shape key that moves each vertex by (V, 3) metres; made or changed."""
    keys = item.data.shape_keys
    key = keys.key_blocks.get(name) if keys is not None else None
    key = key or new_key(item, name)
    move_key(item, key, moves)
    key.value = value
