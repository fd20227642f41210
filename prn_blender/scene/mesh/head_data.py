"""The numbers of a whole head's mesh, computed without Blender, so that a job's thread can do it.

A head has two UV maps. `UVMap` is the layout's, as every face of the add-on has it, so that texture
layers, marks and whatever else goes by the layout need not know of heads: corners that the layout
does not show lie in `OFF_LAYOUT`, a corner of it where no layout shows anything. `HEAD_UV` is the
head's own tile, for the one texture that files get.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from ...core.face.face import Face
from ...core.geometry.camera import Camera, Placement
from ...core.head.head_model import HeadModel
from ...core.head.lashes import with_lashes
from ...core.head.placed_head import PlacedHead, place_head
from ...core.head.whole_head import Head
from ...core.outputs.derived import vertex_colours
from ...core.outputs.head.surfaces import surfaces_of
from ...core.outputs.head.surround import colours_around
from ...core.outputs.overlay import landmark_visibility
from ..names import OFF_LAYOUT
from .mesh import on_layout
from .mesh_data import MeshData

_WITHIN = 0.01
"""Share of the way from a face's edge to its middle: so far within it a place counts as on it,
whatever rounding does."""


@dataclass(frozen=True, eq=False)
class HeadData:
    """What a head's mesh has besides `MeshData`: n vertices, m faces, k corners.

    Attributes
    ----------
    tile : (k, 2) float32
        UV of each corner in the head's own tile; lashes have a picture of their own.
    material : (m,) int32
        Number of each face's surface, see `surfaces_of`.
    groups : mapping of str to (n,) bool
        Named sets of vertices.
    placed : PlacedHead
        The shapes.
    """

    tile: np.ndarray
    material: np.ndarray
    groups: Mapping[str, np.ndarray]
    placed: PlacedHead


def head_mesh(face: Face, view: Camera, placement: Placement) -> tuple[MeshData, HeadData] | None:
    """The mesh of a face's whole head; None where the face has none.

    Parameters
    ----------
    face : Face
    view : Camera
        The photo's.
    placement : Placement
        Of this face in front of that camera.

    Raises
    ------
    OptionError
        The focal length is too short for the head.
    """
    head = face.head
    if head is None:
        return None
    model, placed = head.model, place_head(head, face.geometry, view, placement)
    data = MeshData(
        placed.basis,
        of_corners(model, model.quads).astype(np.int32),
        (np.cumsum(model.sizes) - model.sizes).astype(np.int32),
        of_corners(model, layout_uv(model)),
        head.in_photo,
        head_visible(face, model),
        placement.local[tuple(face.layout.landmark_texels.T)],
        landmark_visibility(face),
    )
    return data, HeadData(
        of_corners(model, with_lashes(model)),
        surface_of_faces(model),
        model.groups,
        placed,
    )


def head_visible(face: Face, model: HeadModel) -> np.ndarray:
    """(V,) bool: which vertices of a head the photo shows."""
    visible = np.zeros(model.count, bool)
    column, row = np.rint(model.texel[model.shown]).astype(int).T.clip(0, face.layout.size - 1)
    visible[model.shown] = face.visibility[row, column]
    return visible


def layout_uv(model: HeadModel) -> np.ndarray:
    """(Q, 4, 2) float32: UV of a head's corners in the layout, `OFF_LAYOUT` beyond it."""
    uv = model.layout_uv.copy()
    uv[np.isnan(uv).any(axis=(1, 2))] = OFF_LAYOUT
    return uv


def of_corners(model: HeadModel, values: np.ndarray) -> np.ndarray:
    """Values (Q, 4, ...) of a head's corners as its mesh has them (k, ...): three of a triangle."""
    there = np.arange(4) < model.sizes[:, None]
    return np.ascontiguousarray(values[there])


def nearest_on_head(head: HeadModel | None, places: np.ndarray) -> np.ndarray:
    """Places (n, 2) of a layout's UV, brought onto the nearest face of the head's mesh there.

    A head has holes where its lids and lips part, and some landmarks lie a texel within them.
    """
    if head is None:
        return places
    uv = layout_uv(head).astype(np.float64)
    quads = uv[on_layout(uv[:, 0])]
    middle = np.repeat(quads.mean(axis=1), 4, axis=0)
    start = quads.reshape(-1, 2)
    along = np.roll(quads, -1, axis=1).reshape(-1, 2) - start
    result = places.astype(np.float64)
    for number, place in enumerate(result.copy()):
        # Within a quad a point lies on the same side of all of its edges.
        away = place - start
        side = (along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]).reshape(-1, 4)
        if ((side >= 0).all(axis=1) | (side <= 0).all(axis=1)).any():
            continue
        share = ((away * along).sum(1) / np.maximum((along**2).sum(1), 1e-20)).clip(0, 1)
        near = start + share[:, None] * along
        best = int(np.linalg.norm(place - near, axis=1).argmin())
        result[number] = near[best] + _WITHIN * (middle[best] - near[best])
    return result


def surface_of_faces(model: HeadModel) -> np.ndarray:
    """(Q,) int32: the number of each face's surface, see `surfaces_of`."""
    surfaces = surfaces_of(model).values()
    of_part = {part: k for k, surface in enumerate(surfaces) for part in surface.parts}
    of_part |= {part: 0 for part in model.part_names if part not in of_part}
    return np.array([of_part[name] for name in model.part_names], np.int32)[model.part]


def head_colours(face: Face, head: Head) -> np.ndarray:
    """(V, 4) float32 sRGB, RGBA, 0..1: the photo's colour at each vertex of a head.

    Where the photo does not show it, that of bare skin.
    """
    layout, model = face.layout, head.model
    texels = np.zeros((layout.mask.size, 4), np.uint8)
    texels[layout.texels] = vertex_colours(face)
    grid = layout.extend(texels.reshape(*layout.mask.shape, 4).astype(np.float32))
    result = np.empty((model.count, 4), np.float32)
    result[:, :3], result[:, 3] = colours_around(face, head), 255
    at = model.texel[model.shown][:, None]
    found = cv2.remap(grid[..., :3], at, None, cv2.INTER_LINEAR)[:, 0]
    share = head.seen[model.shown, None]
    result[model.shown, :3] += share * (found - result[model.shown, :3])
    return result / np.float32(255)
