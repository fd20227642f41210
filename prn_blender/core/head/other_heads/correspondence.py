"""Carries what our head knows onto the vertices of another one."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...geometry.nearest import Surface, nearest_points, vertex_normals
from ...image.filters import ramp
from ...typed import Points
from ..head_model import SKIN_PARTS, HeadModel

_NEAR = 8
"""Vertices that a place without a counterpart on our surface goes along with."""
_SOFT = 2e-3
"""Metres added to their distances."""
_GOOD = (1e-3, 3e-3)
"""Metres off our surface: up to the first a vertex is a place on it, from the second on not."""
_ALIKE = (0.3, 0.7)
"""Cosine between the normals there, the other way round."""


@dataclass(frozen=True, eq=False)
class Correspondence:
    """Which of our vertices each of another head's V vertices goes along with.

    Attributes
    ----------
    index : (V, 8) int64
        Vertices of ours.
    weight : (V, 8) float64
        Their shares; they add up to 1.
    matched : (V,) float64
        0..1: how surely it is a place on our surface. The others follow what lies near.
    """

    index: np.ndarray
    weight: np.ndarray
    matched: np.ndarray

    def carry(self, values: np.ndarray) -> np.ndarray:
        """Values (V', ...) of our vertices, on theirs (V, ...)."""
        result = np.zeros((len(self.index), *values.shape[1:]))
        shape = (-1, *(1,) * (values.ndim - 1))
        for k in range(self.index.shape[1]):
            result += values[self.index[:, k]] * self.weight[:, k].reshape(shape)
        return result


def correspondence(
    ours: HeadModel,
    bent: Points,
    points: Points,
    quads: np.ndarray,
    part: np.ndarray,
    names: tuple[str, ...],
) -> Correspondence:
    """Find it, for a head that our bent head lies on.

    Parameters
    ----------
    ours : HeadModel
    bent : (V', 3) float
        Our vertices.
    points : (V, 3) float
    quads : (Q, 4) int64
    part : (Q,) int64
    names : tuple of str
        Of the parts.
    """
    count = len(points)
    index = np.zeros((count, _NEAR), np.int64)
    weight = np.zeros((count, _NEAR))
    matched = np.zeros(count)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    normals = vertex_normals(points, triangles)
    # What is skin somewhere counts as skin: so it is done last.
    for name in reversed(names):
        vertices = np.unique(quads[part == names.index(name)])
        if not len(vertices):
            continue
        cloud = ours.of_part(_like(name))
        near, apart = nearest_points(bent[cloud], points[vertices], _NEAR)
        index[vertices, : near.shape[1]] = cloud[near]
        share = 1 / (apart + _SOFT)
        weight[vertices] = 0
        weight[vertices, : near.shape[1]] = share / share.sum(1, keepdims=True)
        matched[vertices] = 0
        if name not in SKIN_PARTS:
            continue
        # Skin is never a place in the mouth, however near cheeks and inside lie to each other.
        mine = np.repeat(ours.part == ours.part_names.index(name), 2)
        surface = Surface(bent, ours.triangles[mine])
        places = surface.nearest(points[vertices])
        off = np.linalg.norm(places.of(bent) - points[vertices], axis=1)
        alike = (places.of(surface.normals) * normals[vertices]).sum(1)
        sure = ramp(alike, _ALIKE) * (1 - ramp(off, _GOOD))
        on = vertices[sure > 0]
        index[on] = 0
        index[on, :3] = places.corners[sure > 0]
        weight[on] = 0
        weight[on, :3] = places.bary[sure > 0]
        matched[vertices] = sure
    return Correspondence(index, weight, matched)


def _like(name: str) -> str:
    """The part of ours that a part of another head goes along with."""
    return {"lash_cards": "lashes", "films": "eyes"}.get(name, name)


def mirror_of(points: Points, reach: float) -> np.ndarray:
    """(V,) int64: the vertex on the other side of each; itself where there is none.

    Parameters
    ----------
    points : (V, 3) float
        Canonical frame.
    reach : float
        Metres: farther from the mirror image a vertex is none.
    """
    flipped = points * [-1, 1, 1]
    near, apart = nearest_points(points, flipped)
    near, apart = near[:, 0], apart[:, 0]
    both = (near[near] == np.arange(len(points))) & (apart < reach)
    return np.where(both, near, np.arange(len(points)))


def spread_out(values: np.ndarray, points: Points, known: np.ndarray) -> np.ndarray:
    """Continue values (V, ...) from known vertices (V,) bool to the others, by what lies near."""
    result = values.copy()
    there, rest = np.flatnonzero(known), np.flatnonzero(~known)
    if not len(there) or not len(rest):
        return result
    near, apart = nearest_points(points[there], points[rest], _NEAR)
    share = 1 / (apart + _SOFT) ** 2
    share /= share.sum(1, keepdims=True)
    total = np.zeros((len(rest), *values.shape[1:]))
    for k in range(near.shape[1]):
        total += values[there[near[:, k]]] * share[:, k].reshape(-1, *(1,) * (values.ndim - 1))
    result[rest] = total
    return result
