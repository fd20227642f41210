"""The donor's features as a shape key of the target's mesh."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
import numpy as np

from ...core.face.face import Face
from ...core.geometry.pose import PHOTO_TO_BLENDER
from .mesh import texel_of_vertices

DONOR_SHAPE = "Donor Shape"
"""Name of the shape key."""


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
        into the canonical one. None sets the key's value to 0.
    """
    mesh = item.data
    keys = mesh.shape_keys.key_blocks if mesh.shape_keys is not None else {}
    key = keys.get(DONOR_SHAPE)
    if positions is None:
        if key is not None:
            key.value = 0.0
        return
    if not len(keys):
        item.shape_key_add(name="Basis", from_mix=False)
    if key is None:
        key = item.shape_key_add(name=DONOR_SHAPE, from_mix=False)
    texel = texel_of_vertices(mesh, face.layout)
    move = (positions - face.position_map).reshape(-1, 3)[texel] @ PHOTO_TO_BLENDER.T
    pose = face.pose.similarity
    rest = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.shape_keys.reference_key.data.foreach_get("co", rest)
    moved = rest.reshape(-1, 3) + move @ pose.rotation / pose.scale
    key.data.foreach_set("co", np.ascontiguousarray(moved, np.float32).ravel())
    key.value = 1.0
    mesh.update()
