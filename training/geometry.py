"""Geometry that all packages share: frames, rotations, normals, points on triangles.

Training uses two frames. *Head frame*: x to the subject's left, z up, the face looks along -y.
*Image frame*: x right, y down, z away from the viewer. `to_image` turns the first into the second;
it is a rotation, so nothing is mirrored.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

HEAD_TO_IMAGE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Rotation from the head frame to the image frame, for a head that faces the viewer."""

Array = NDArray[Any]


def to_image(points: Array) -> NDArray[np.float32]:
    """Turn points (..., 3) from the head frame to the image frame, as float32."""
    return (points @ HEAD_TO_IMAGE.T).astype(np.float32)


def rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """Rotation matrix in the image frame: about y (yaw), then x (pitch), then z (roll).

    Parameters
    ----------
    yaw, pitch, roll
        Radians.

    Returns
    -------
    (3, 3)
        Multiplies column vectors: `points @ rotation(...).T` turns rows of points.
    """
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


def vertex_normals(vertices: Array, triangles: Array) -> Array:
    """Unit normals of vertices, averaged over their triangles by area.

    Parameters
    ----------
    vertices : (V, 3)
    triangles : (T, 3)

    Returns
    -------
    (V, 3)
    """
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    e, f = (b - a).T, (c - a).T
    n = (e[1] * f[2] - e[2] * f[1], e[2] * f[0] - e[0] * f[2], e[0] * f[1] - e[1] * f[0])
    corners = triangles.T.ravel()
    out = np.stack([np.bincount(corners, np.tile(x, 3), len(vertices)) for x in n], 1)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def on_triangles(values: Array, corners: Array, bary: Array) -> Array:
    """Interpolate values of vertices at points on triangles.

    Parameters
    ----------
    values : (..., V, C)
        Such as positions, or all directions of a linear basis.
    corners : (P, 3)
        Each point's triangle: indices of three vertices.
    bary : (P, 3)
        Barycentric weights of the three.

    Returns
    -------
    (..., P, C)
    """
    return np.asarray((values[..., corners, :] * bary[:, :, None].astype(values.dtype)).sum(-2))


def closest_on_mesh(
    points: Array, vertices: Array, triangles: Array
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Project points onto a mesh.

    Parameters
    ----------
    points : (P, 3)
    vertices : (V, 3)
    triangles : (T, 3)

    Returns
    -------
    corners : (P, 3) int64
        Vertices of the triangle that is nearest to each point.
    bary : (P, 3) float64
        Barycentric weights of the nearest place on it.
    """
    import trimesh

    mesh = trimesh.Trimesh(vertices, triangles, process=False)
    near, _, index = trimesh.proximity.closest_point(mesh, points)
    bary = trimesh.triangles.points_to_barycentric(mesh.triangles[index], near)
    return np.asarray(triangles)[index], np.clip(bary, 0, 1)


def connected_components(faces: NDArray[np.int64], vertices: int) -> NDArray[np.int64]:
    """Number the connected pieces of a mesh, the one with most faces first.

    Parameters
    ----------
    faces : (F, n)
    vertices : int
        How many there are.

    Returns
    -------
    (F,) int64
        Component of each face, 0 the largest.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components as components

    a = faces.ravel()
    b = np.roll(faces, -1, axis=1).ravel()
    _, label = components(coo_matrix((np.ones(len(a)), (a, b)), shape=(vertices, vertices)), False)
    of_face = label[faces[:, 0]]
    values, counts = np.unique(of_face, return_counts=True)
    rank = np.empty(values.max() + 1, np.int64)
    rank[values[np.argsort(-counts, kind="stable")]] = np.arange(len(values))
    return rank[of_face]
