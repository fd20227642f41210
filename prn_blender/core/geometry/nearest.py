"""The places of a surface that lie nearest to points."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..typed import Points

_KD_TREE = 4
"""FLANN's number for one exact tree (`FLANN_INDEX_KDTREE_SINGLE`)."""
_CANDIDATES = 16
"""Triangles whose middles lie nearest to a point, that are looked at."""
_EXACT = {"checks": -1}


def _tree(points: Points) -> Any:
    """A tree to look up the nearest of points (n, 3) in."""
    kept = np.ascontiguousarray(points, np.float32)
    return cv2.flann_Index(kept, {"algorithm": _KD_TREE})  # type: ignore[attr-defined]


def nearest_points(cloud: Points, points: Points, count: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of a cloud's points.

    Parameters
    ----------
    cloud : (m, 3) float
    points : (n, 3) float
    count : int

    Returns
    -------
    index : (n, count) int64
        Nearest first.
    distance : (n, count) float64
    """
    count = min(count, len(cloud))
    if not len(points):
        return np.zeros((0, count), np.int64), np.zeros((0, count))
    tree = _tree(cloud)
    index, square = tree.knnSearch(np.ascontiguousarray(points, np.float32), count, params=_EXACT)
    return index.astype(np.int64), np.sqrt(np.maximum(square, 0).astype(np.float64))


@dataclass(frozen=True, eq=False)
class Places:
    """Places on the triangles of a mesh.

    Attributes
    ----------
    corners : (n, 3) int64
        Vertices of the triangle of each place.
    bary : (n, 3) float64
        Its weights there.
    """

    corners: np.ndarray
    bary: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """Values (V, ...) of the vertices, at the places (n, ...)."""
        weights = self.bary.reshape(*self.bary.shape, *(1,) * (values.ndim - 1))
        return np.asarray((values[self.corners] * weights.astype(values.dtype)).sum(1))


class Surface:
    """Triangles to look for nearest places on.

    Parameters
    ----------
    points : (V, 3) float
    triangles : (T, 3) int
    """

    def __init__(self, points: Points, triangles: np.ndarray) -> None:
        self.points, self.triangles = points.astype(np.float64), triangles
        middles = self.points[triangles].mean(1)
        self._tree = _tree(middles)
        self.normals = vertex_normals(self.points, triangles)

    def nearest(self, points: Points) -> Places:
        """The places nearest to points (n, 3)."""
        count = min(_CANDIDATES, len(self.triangles))
        asked = np.ascontiguousarray(points, np.float32)
        index = self._tree.knnSearch(asked, count, params=_EXACT)[0].astype(np.int64)
        corners = self.triangles[index]
        bary = _on_triangles(points.astype(np.float64)[:, None], self.points[corners])
        at = (self.points[corners] * bary[..., None]).sum(2)
        best = ((at - points[:, None]) ** 2).sum(2).argmin(1)
        row = np.arange(len(points))
        return Places(corners[row, best], bary[row, best])


def vertex_normals(points: Points, triangles: np.ndarray) -> Points:
    """(V, 3) float64: unit normals of a mesh's vertices."""
    a, b, c = (points[triangles[:, k]].astype(np.float64) for k in range(3))
    face = np.cross(b - a, c - a)
    corners = triangles.T.ravel()
    sums = [np.bincount(corners, np.tile(face[:, k], 3), len(points)) for k in range(3)]
    normal = np.stack(sums, 1)
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-20))


def _on_triangles(p: Points, corners: np.ndarray) -> np.ndarray:
    """Weights (n, k, 3) of the places of triangles (n, k, 3, 3) nearest to points (n, 1, 3).

    Source: C. Ericson, "Real-Time Collision Detection", 2005, chapter 5.1.5: the nearest of the
    foot within the triangle and those on its edges.
    """
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac, ap = b - a, c - a, p - a
    d00, d01, d11 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d20, d21 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    area = np.maximum(d00 * d11 - d01 * d01, 1e-30)
    v, w = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    inside = np.stack([1 - v - w, v, w], -1)
    t_ab = np.clip(d20 / np.maximum(d00, 1e-30), 0, 1)
    t_ac = np.clip(d21 / np.maximum(d11, 1e-30), 0, 1)
    bc = c - b
    t_bc = np.clip(((p - b) * bc).sum(-1) / np.maximum((bc * bc).sum(-1), 1e-30), 0, 1)
    zero = np.zeros_like(v)
    edges = np.stack(
        [
            np.stack([1 - t_ab, t_ab, zero], -1),
            np.stack([1 - t_ac, zero, t_ac], -1),
            np.stack([zero, 1 - t_bc, t_bc], -1),
        ],
        -2,
    )
    at = np.einsum("nkec,nkcd->nked", edges, corners)
    best = ((at - p[:, :, None]) ** 2).sum(-1).argmin(-1)
    on_edge = np.take_along_axis(edges, best[..., None, None], 2)[..., 0, :]
    return np.asarray(np.where((inside >= 0).all(-1, keepdims=True), inside, on_edge))
