"""Small geometry: frames, rotations, normals, points on triangles.

Two frames meet in the training program. The *head frame*: x to the subject's left, z up, the face
looks along -y. The *image frame*: x right, y down, z away from the viewer; `to_image` turns one
into the other (a rotation, so nothing is mirrored).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

HEAD_TO_IMAGE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Rows: image x, y, z in head axes, for a head that faces the viewer."""

Array = NDArray[Any]


def to_image(points: Array) -> NDArray[np.float32]:
    """(..., 3) head frame -> image frame."""
    return (points @ HEAD_TO_IMAGE.T).astype(np.float32)


def rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """Rotation in the image frame: about y (yaw), then x (pitch), then z (roll); radians.

    Returns
    -------
    (3, 3)
        Multiplies column vectors.
    """
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


def vertex_normals(vertices: Array, triangles: Array) -> Array:
    """Area-weighted unit normals, (V, 3)."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    e, f = (b - a).T, (c - a).T
    n = (e[1] * f[2] - e[2] * f[1], e[2] * f[0] - e[0] * f[2], e[0] * f[1] - e[1] * f[0])
    corners = triangles.T.ravel()
    out = np.stack([np.bincount(corners, np.tile(x, 3), len(vertices)) for x in n], 1)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def on_triangles(values: Array, corners: Array, bary: Array) -> Array:
    """Interpolate per-vertex values.

    Parameters
    ----------
    values : (..., V, C)
    corners : (P, 3)
        Vertex indices.
    bary : (P, 3)

    Returns
    -------
    (..., P, C)
    """
    return np.asarray((values[..., corners, :] * bary[:, :, None].astype(values.dtype)).sum(-2))


def closest_on_mesh(
    points: Array, vertices: Array, triangles: Array
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest points on a mesh: corner indices (P, 3) and barycentric weights (P, 3)."""
    import trimesh

    mesh = trimesh.Trimesh(vertices, triangles, process=False)
    near, _, index = trimesh.proximity.closest_point(mesh, points)
    bary = trimesh.triangles.points_to_barycentric(mesh.triangles[index], near)
    return np.asarray(triangles)[index], np.clip(bary, 0, 1)
