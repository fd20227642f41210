"""The numbers of a face's mesh, computed without Blender, so that a job's thread can do it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.face.face import Face
from ...core.geometry.camera import Placement
from ...core.outputs.derived import vertex_colours
from ...core.outputs.overlay import landmark_visibility


@dataclass(frozen=True, eq=False)
class MeshData:
    """What `build_mesh` and `build_landmarks` build from: n vertices, m polygons, k corners.

    Attributes
    ----------
    vertices : (n, 3) float32
        In the canonical frame, metres.
    corners : (k,) int32
        The vertex of each polygon's corners, one polygon after the other.
    starts : (m,) int32
        The first corner of each polygon.
    uv : (k, 2) float32
        Of each corner.
    photo_positions : (n, 3) float32
        x, y, z in photo pixels: x right, y down, z toward the viewer.
    visible : (n,) bool
        Whether the photo shows the vertex.
    landmarks : (68, 3) float32
        As `vertices`.
    landmarks_visible : (68,) bool
    """

    vertices: np.ndarray
    corners: np.ndarray
    starts: np.ndarray
    uv: np.ndarray
    photo_positions: np.ndarray
    visible: np.ndarray
    landmarks: np.ndarray
    landmarks_visible: np.ndarray


def mesh_data(face: Face, placement: Placement, stride: int) -> MeshData:
    """The mesh of a face: a vertex for every n-th texel of its position map.

    Parameters
    ----------
    face : Face
    placement : Placement
        Of this face in front of its camera.
    stride : {1, 2, 4}
        Every n-th texel becomes a vertex.
    """
    layout = face.layout
    texels, faces = layout.mesh(stride)
    corners = faces[faces >= 0]
    sizes = np.where(faces[:, 3] < 0, 3, 4).astype(np.int32)
    return MeshData(
        _of(placement.local, texels),
        corners,
        np.cumsum(sizes, dtype=np.int32) - sizes,
        np.ascontiguousarray(layout.uv.reshape(-1, 2)[texels][corners], np.float32),
        _of(face.position_map, texels),
        face.visibility.ravel()[texels],
        placement.local[tuple(layout.landmark_texels.T)],
        landmark_visibility(face),
    )


def mesh_colours(face: Face, stride: int) -> np.ndarray:
    """(n, 4) float32 sRGB, RGBA, 0..1: the photo's colour at each vertex of `mesh_data`."""
    layout = face.layout
    colours = np.zeros((layout.mask.size, 4), np.uint8)
    colours[layout.texels] = vertex_colours(face)
    return colours[layout.mesh(stride)[0]].astype(np.float32) / 255


def _of(values: np.ndarray, texels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values.reshape(-1, 3)[texels], np.float32)
