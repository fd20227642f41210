"""Distances between surfaces: from points to a mesh, along directions, after ICP."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.geometry.pose import Similarity
from prn_blender.core.geometry.uv_layout import UVLayout

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

SEVEN = np.array([36, 39, 42, 45, 33, 48, 54])
"""Landmarks that scans have: corners of the eyes, base of the nose, corners of the mouth."""
OUTSIDE = ("left_ear", "right_ear", "neck", "mouth")
"""Parts of a layout that are not measured: scans do not show them, or not in a comparable way."""
# Millimetres: the inner face reaches so far from the tip of the nose, so far below the chin and so
# far behind the tip.
_REACH, _BELOW, _BEHIND = 95.0, 8.0, 75.0
_TIP, _CHIN = 30, 8
# ICP: point to plane, weight 1 / (1 + (distance / 5 mm)^2).
_TRUSTED = 5.0
_STEPS = 25


class Surface:
    """A mesh of small triangles: the middle of each, and its plane.

    Parameters
    ----------
    vertices : (V, 3)
        Millimetres.
    triangles : (T, 3)
        Wound so that normals point outwards.
    """

    def __init__(self, vertices: NDArray[Any], triangles: Ints) -> None:
        from scipy.spatial import cKDTree

        c = np.asarray(vertices, np.float64)[triangles]
        n = np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0])
        length = np.linalg.norm(n, axis=1)
        good = length > 1e-12
        self.places, self.normals = c[good].mean(1), n[good] / length[good, None]
        self.side = float(np.sqrt(np.median(length[good])))
        self.tree = cKDTree(self.places)

    def closest(self, points: Array) -> tuple[Array, Array, Array, Ints]:
        """For points (n, 3): their feet on the nearest planes, normals, distances, triangles."""
        _, index = self.tree.query(points)
        normal = self.normals[index]
        away = points - self.places[index]
        up = (away * normal).sum(1)
        aside = np.linalg.norm(away - up[:, None] * normal, axis=1)
        distance = np.hypot(up, np.maximum(aside - self.side, 0))
        return points - up[:, None] * normal, normal, distance, index

    def along(self, points: Array, directions: Array, reach: float) -> Array:
        """How far along each direction (n, 3), either way, the surface lies; NaN beyond `reach`."""
        t = np.zeros(len(points))
        for _ in range(15):
            at = points + t[:, None] * directions
            _, index = self.tree.query(at)
            normal = self.normals[index]
            slope = (normal * directions).sum(1)
            step = ((self.places[index] - at) * normal).sum(1)
            step = np.clip(step / np.where(np.abs(slope) < 0.3, 0.3, slope), -6, 6)
            t = np.clip(t + 0.8 * step, -reach - 1, reach + 1)
        distance, index = self.tree.query(points + t[:, None] * directions)
        slope = (self.normals[index] * directions).sum(1)
        bad = (distance > 2 * self.side) | (slope < 0.3) | (np.abs(t) > reach)
        return np.where(bad, np.nan, t)


def inverse(fit: Similarity) -> Similarity:
    """The similarity that takes back what `fit` does."""
    scale, rotation = 1 / fit.scale, fit.rotation.T
    return Similarity(scale, rotation, -scale * rotation @ fit.translation)


def icp(surface: Surface, points: Array, fit: Similarity) -> tuple[Similarity, Array]:
    """Find the similarity that brings a surface closest to points.

    Parameters
    ----------
    surface
    points : (n, 3)
        Millimetres.
    fit
        From the surface to the points, to begin with.

    Returns
    -------
    Similarity
    (n,)
        Distance of each point from the surface.
    """
    back = inverse(fit)
    some = points[np.random.default_rng(0).permutation(len(points))[:3000]]
    for _ in range(_STEPS):
        p = back.apply(some)
        feet, n, distance, _ = surface.closest(p)
        w = 1 / np.hypot(1, distance / back.scale / _TRUSTED)
        centre = p.mean(0)
        x = p - centre
        rows = np.c_[np.cross(x, n), n, (x * n).sum(1)] * w[:, None]
        step = np.linalg.lstsq(rows, ((feet - p) * n).sum(1) * w, rcond=None)[0]
        turn, grow = _turn(step[:3]), 1 + step[6]
        shift = grow * turn @ (back.translation - centre) + centre + step[3:6]
        back = Similarity(back.scale * grow, turn @ back.rotation, shift)
        if np.abs(step).max() < 1e-4:
            break
    fit = inverse(back)
    return fit, surface.closest(back.apply(points))[2] * fit.scale


def _turn(vector: Array) -> Array:
    """Rotation (3, 3) about a vector by its length (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    k = vector / max(angle, 1e-12)
    cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


class MeanFace:
    """A layout's canonical face as a mesh in millimetres: the yardstick.

    Measures are stated about this face, so they can be compared as long as the layout's canonical
    face stays (that of 41fa9f8, November 2026; a later layout's measures need this one again).

    Attributes
    ----------
    vertices : (n, 3), triangles : (T, 3)
        Of the mask's texels, `layout.texels` order.
    landmarks : (68,)
        Vertices.
    inner : (n,) bool
        The inner face, which is measured.
    skin : (T', 3)
        Triangles without `OUTSIDE`.
    """

    def __init__(self, layout: UVLayout) -> None:
        index = np.full(layout.mask.size, -1)
        index[layout.texels] = np.arange(len(layout.texels))
        self.vertices = v = layout.canonical.reshape(-1, 3)[layout.texels].astype(np.float64) * 1000
        square = index.reshape(layout.mask.shape)
        quads = np.stack([square[:-1, :-1], square[1:, :-1], square[1:, 1:], square[:-1, 1:]], -1)
        quads = quads.reshape(-1, 4)
        quads = quads[(quads >= 0).all(1)]
        triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        ahead = Surface(v, triangles)
        front = ahead.places[:, 1] < np.median(ahead.places[:, 1])
        if np.median(ahead.normals[front], axis=0)[1] > 0:
            triangles = triangles[:, ::-1]
        self.triangles = triangles
        self.surface = Surface(v, triangles)
        self.landmarks = square[tuple(layout.landmark_texels.T)]
        out = np.zeros(layout.mask.shape, bool)
        for name in OUTSIDE:
            out |= np.asarray(layout.parts[name]) > 0
        outside = out.reshape(-1)[layout.texels]
        tip, chin = v[self.landmarks[_TIP]], v[self.landmarks[_CHIN]]
        self.inner = (np.linalg.norm(v - tip, axis=1) < _REACH) & ~outside
        self.inner &= (v[:, 2] > chin[2] - _BELOW) & (v[:, 1] < tip[1] + _BEHIND)
        self.skin = triangles[~outside[triangles].any(1)]

    def normals(self) -> Array:
        """(n, 3): unit normals of the vertices."""
        v, t = self.vertices, self.triangles
        n = np.cross(v[t[:, 1]] - v[t[:, 0]], v[t[:, 2]] - v[t[:, 0]])
        out = np.zeros_like(v)
        for k in range(3):
            np.add.at(out, t[:, k], n)
        return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12))

    def thinned(self, grid: float) -> Ints:
        """Vertices of the inner face, about one for each cube of `grid` millimetres."""
        inner = np.flatnonzero(self.inner)
        cubes = np.round(self.vertices[inner] / grid).astype(int)
        return inner[np.unique(cubes, axis=0, return_index=True)[1]]

    def near(self, points: Array) -> NDArray[np.bool_]:
        """Which points (n, 3), in the mean face's frame, can belong to the inner face."""
        tip, chin = (self.vertices[self.landmarks[k]] for k in (_TIP, _CHIN))
        return (np.linalg.norm(points - tip, axis=1) < _REACH) & (points[:, 2] > chin[2] - _BELOW)

    def seven(self, vertices: NDArray[Any]) -> NDArray[Any]:
        """The seven landmarks (7, 3) of a face with these vertices (n, 3)."""
        return vertices[self.landmarks[SEVEN]]
