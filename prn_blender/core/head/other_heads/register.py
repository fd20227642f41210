"""Bends our head onto another one: which place of ours is which of theirs.

First the linear head is fitted, with identity and smooth fields as unknowns: landmarks lead, then
every vertex of the skin is drawn to the surface near it, while the priors get weaker. What is left
is closed by moves that are averaged over ever fewer edges of the mesh.

Source of the scheme: B. Amberg et al., "Optimal step nonrigid ICP algorithms for surface
registration", CVPR 2007; a population takes the place of its stiffness.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...geometry.nearest import Places, Surface, vertex_normals
from ...geometry.pose import Similarity, fit_similarity
from ...geometry.uv_layout import UVLayout
from ...typed import Points
from ..head_model import HeadModel
from ..normal_equations import solve_normal

INNER = np.arange(17, 68)
"""Landmarks without the jaw's, whose points slide along an edge that is not sharp."""
_CHIN, _BROWS = 8, np.arange(17, 27)
_UNSURE = 0.3
"""Weight of a landmark on a brow or the chin, against one of eyes, nose and mouth."""
_PRIORS = np.geomspace(1.0, 0.15, 24)
"""Weights of the population and of the smooth fields, step by step."""
_LED, _LEAD, _LOOSE = 10, 40.0, 8.0
"""Steps in which landmarks lead, and their weights then and later against one vertex's."""
_FIELD, _LENGTH = 4e-3, 0.025
"""Metres: deviation of smooth fields, and the length from which on finer ones have less."""
_NOISE = 1e-3 * np.sqrt(20.0)
"""Metres: error of a vertex's place. Neighbours err together, as if they were 20 times fewer."""
_ALONG = 0.15
"""Share of a pull along the surface; the rest is across it, so that vertices may slide."""
_REACH, _SURE = 0.02, 0.004
"""Metres: farther vertices are not drawn to the surface, and from there on less."""
_ALIKE = 0.5
"""Cosine between the normals of two places that may be the same."""
_SAMPLE = 2400
"""Vertices of the skin that the linear head is fitted to."""
_RINGS = (40, 28, 20, 14, 10, 7, 5, 3, 2, 1, 1)
"""Edges over which what is left is averaged, step by step."""
_MARKED = 14
"""Edges from which on landmarks still pull: in the end the surface knows better."""
_MARK_WEIGHT, _RIM_WEIGHT = 6.0, 4.0
_RIM_LEAD = 8.0
"""Weight of a vertex of a lid's margin, against one of the skin: margins are sharp."""
_UNKNOWN = 1e-3
"""Weight of a vertex that has no place on the surface: it follows those around it."""


@dataclass(frozen=True, eq=False)
class Registered:
    """Our head, bent onto another.

    Attributes
    ----------
    bent : (V, 3) float64
        Our vertices there; canonical frame, metres.
    stance : Similarity
        From the canonical frame to the other head's own.
    identity : (K,) float64
        Who of our population it is.
    distance : (V,) float64
        Metres from the other's surface; NaN of vertices that are not drawn to it.
    """

    bent: Points
    stance: Similarity
    identity: np.ndarray
    distance: np.ndarray


def landmarks_on(ours: HeadModel, layout: UVLayout) -> Places:
    """The 68 landmarks as places on our head's skin."""
    triangles = ours.triangles
    triangles = triangles[np.isfinite(ours.texel[triangles]).all((1, 2))]
    corners = ours.texel[triangles].astype(np.float64)
    marks = layout.landmark_texels[:, ::-1].astype(np.float64)  # column, row
    flat = np.c_[corners.reshape(-1, 2), np.zeros(3 * len(corners))]
    # Nearest in the layout's plane, on triangles of which each has corners of its own.
    surface = Surface(flat, np.arange(len(flat)).reshape(-1, 3))
    found = surface.nearest(np.c_[marks, np.zeros(len(marks))])
    return Places(triangles.reshape(-1)[found.corners], found.bary)


def register(
    ours: HeadModel,
    layout: UVLayout,
    points: Points,
    triangles: np.ndarray,
    marks: Points,
    rims: Points | None = None,
    sure: float = 1.0,
) -> Registered:
    """Bend our mean head onto another head.

    Parameters
    ----------
    ours : HeadModel
    layout : UVLayout
        That of `ours`.
    points : (n, 3) float
        Of the other's skin, in its own frame.
    triangles : (m, 3) int
        Counter-clockwise from outside.
    marks : (68, 3) float
        Where its landmarks lie.
    rims : (k, 3) float, optional
        Places along the margins of its lids, where they are known: ours are drawn there.
    sure : float
        0..1: how far the landmarks are trusted. Those that were seen lie some millimetres off.

    Returns
    -------
    Registered
    """
    on_ours = landmarks_on(ours, layout)
    first = fit_similarity(
        on_ours.of(ours.mean.astype(np.float64))[INNER], np.asarray(marks, np.float64)[INNER]
    )
    trust = sure * _trust()
    trust[_BROWS] *= sure  # of which clay shows nothing
    stance, linear, identity = _linear(ours, on_ours, first, points, triangles, marks, trust, rims)
    there = Surface(stance.invert(points.astype(np.float64)), triangles)
    at_marks = stance.invert(np.asarray(marks, np.float64))
    at_rims = None if rims is None else stance.invert(np.asarray(rims, np.float64))
    bent, distance = _closed(ours, on_ours, linear, there, at_marks, trust, at_rims)
    return Registered(bent, stance, identity, distance)


def drawn(ours: HeadModel) -> np.ndarray:
    """Vertices of our skin that may be drawn to another's: ears have folds of their own, and necks
    end where they like."""
    left_out = [ours.groups[n] for n in ("left_ear", "right_ear", "neck_end") if n in ours.groups]
    skin = np.zeros(ours.count, bool)
    skin[ours.of_part("skin")] = True
    for group in left_out:
        skin &= ~group
    return np.flatnonzero(skin)


def _trust() -> np.ndarray:
    """(68,) weights of landmarks."""
    trust = np.zeros(68)
    trust[INNER] = 1
    trust[[_CHIN, *_BROWS]] = _UNSURE
    return trust


def _linear(
    ours: HeadModel,
    on_ours: Places,
    stance: Similarity,
    points: Points,
    triangles: np.ndarray,
    marks: Points,
    trust: np.ndarray,
    rims: Points | None,
) -> tuple[Similarity, Points, np.ndarray]:
    """Fit identity, smooth fields and place; returns the place, the head and the identity."""
    used = drawn(ours)
    used = used[:: max(1, len(used) // _SAMPLE)]
    k, m = len(ours.modes), len(ours.smooth)
    mean = ours.mean.astype(np.float64)
    modes, smooth = ours.modes.astype(np.float64), ours.smooth.astype(np.float64)
    spread = _FIELD / (1 + ours.slopes.astype(np.float64) * _LENGTH**2)
    prior = np.r_[np.ones(k), np.repeat(1 / spread**2, 3)] * _NOISE**2

    def directions(of: np.ndarray | Places) -> _Directions:
        if isinstance(of, Places):
            return _Directions(of.of(modes.transpose(1, 2, 0).copy()), of.of(smooth.T.copy()))
        return _Directions(modes[:, of].transpose(1, 2, 0).copy(), smooth[:, of].T.copy())

    at_vertices, at_marks = directions(used), directions(on_ours)
    theirs, x = Surface(points, triangles), np.zeros(k + 3 * m)
    our_triangles = ours.triangles
    margins = np.concatenate([ours.left_lids, ours.right_lids])
    at_margins = directions(margins)
    for step, weight in enumerate(_PRIORS):
        head = mean + np.tensordot(x[:k], modes, 1) + smooth.T @ x[k:].reshape(m, 3)
        places = theirs.nearest(stance.apply(head[used]))
        target = stance.invert(places.of(theirs.points))
        normal = places.of(theirs.normals) @ stance.rotation
        pull = target - head[used]
        apart = np.linalg.norm(pull, axis=1)
        alike = (vertex_normals(head, our_triangles)[used] * normal).sum(1) > _ALIKE
        w = (alike & (apart < _REACH)) / (1 + (apart / _SURE) ** 2)
        lead = trust * (_LEAD if step < _LED else _LOOSE)
        mark_pull = stance.invert(np.asarray(marks, np.float64)) - on_ours.of(head)
        across = normal[:, :, None] * normal[:, None] + _ALONG**2 * np.eye(3)
        parts = [
            at_vertices.equations(head[used], w[:, None, None] * across, pull),
            at_marks.equations(on_ours.of(head), lead[:, None, None] * np.eye(3), mark_pull),
        ]
        if rims is not None:
            to_rim = _nearest_along(head[margins], stance.invert(rims))
            alone = np.broadcast_to(_RIM_LEAD * np.eye(3), (len(margins), 3, 3))
            parts.append(at_margins.equations(head[margins], alone, to_rim))
        matrix = np.sum([part[0] for part in parts], 0)
        side = np.sum([part[1] for part in parts], 0)
        fixed = np.r_[weight * prior, np.full(6, 1e-12)]
        matrix[np.diag_indices(len(fixed))] += fixed
        side[: len(x)] -= weight * prior * x
        found = solve_normal(matrix, side)
        placed = head + _placing(head) @ found[-6:]
        shift = fit_similarity(head, placed)
        there = placed.mean(0) - shift.rotation @ head.mean(0)
        stance = _after(stance, Similarity(1.0, shift.rotation, there))
        x = x + found[: len(x)]
    head = mean + np.tensordot(x[:k], modes, 1) + smooth.T @ x[k:].reshape(m, 3)
    return stance, head, x[:k]


@dataclass(frozen=True, eq=False)
class _Directions:
    """How n places move with each of K modes and M smooth fields.

    Attributes
    ----------
    modes : (n, 3, K) float64
    fields : (n, M) float64
        Alike along each axis.
    """

    modes: np.ndarray
    fields: np.ndarray

    def equations(
        self, at: Points, weights: np.ndarray, pull: Points
    ) -> tuple[np.ndarray, np.ndarray]:
        """Normal equations of drawing the places, in blocks: no rows of mostly zeros are written.

        Parameters
        ----------
        at : (n, 3) float64
            Where they are.
        weights : (n, 3, 3) float64
            Of a miss in each direction; symmetric.
        pull : (n, 3) float64
            How far each is to go.

        Returns
        -------
        matrix : (P, P) float64
            P is K + 3 M + 6: modes, fields with their three axes, and the place: a move and a turn
            of what the head is drawn to, as further unknowns.
        side : (P,) float64
        """
        k, m = self.modes.shape[2], self.fields.shape[1]
        matrix, side = np.zeros((k + 3 * m + 6, k + 3 * m + 6)), np.zeros(k + 3 * m + 6)
        whole = np.r_[:k, k + 3 * m : k + 3 * m + 6]
        moves = np.concatenate([self.modes, _placing(at)], 2)
        weighed = weights @ moves
        due = (weights @ pull[:, :, None])[..., 0]
        flat = moves.reshape(-1, len(whole))
        matrix[np.ix_(whole, whole)] = flat.T @ weighed.reshape(-1, len(whole))
        side[whole] = flat.T @ due.ravel()
        for c in range(3):
            mine = slice(k + c, k + 3 * m, 3)
            matrix[mine, whole] = self.fields.T @ weighed[:, c]
            matrix[whole, mine] = matrix[mine, whole].T
            side[mine] = self.fields.T @ due[:, c]
            for d in range(c + 1):
                block = self.fields.T @ (weights[:, c, d, None] * self.fields)
                matrix[mine, k + d : k + 3 * m : 3] = block
                matrix[k + d : k + 3 * m : 3, mine] = block.T
        return matrix, side


def _placing(points: Points) -> np.ndarray:
    """(n, 3, 6): how points move when they are shifted and turned a little.

    Not when they grow: small heads and large faces are hard to tell apart, and landmarks tell.
    """
    count = len(points)
    result = np.zeros((count, 3, 6))
    result[:, :, :3] = np.eye(3)
    for axis in range(3):
        result[:, :, 3 + axis] = np.cross(np.eye(3)[axis], points)
    return result


def _after(stance: Similarity, first: Similarity) -> Similarity:
    """The similarity that does `first`, and then `stance`."""
    return Similarity(
        stance.scale * first.scale,
        stance.rotation @ first.rotation,
        stance.scale * stance.rotation @ first.translation + stance.translation,
    )


def _closed(
    ours: HeadModel,
    on_ours: Places,
    head: Points,
    there: Surface,
    marks: Points,
    trust: np.ndarray,
    rims: Points | None,
) -> tuple[Points, np.ndarray]:
    """Draw a head (V, 3) onto a surface, more and more locally; and how far it is off, metres."""
    used, bent = drawn(ours), head.copy()
    a, b, starts, degree = ours.neighbours
    near = a[starts]
    margins = np.concatenate([ours.left_lids, ours.right_lids])
    distance = np.full(ours.count, np.nan)
    for rings in _RINGS:
        places = there.nearest(bent[used])
        pull, normal = places.of(there.points) - bent[used], places.of(there.normals)
        apart = np.linalg.norm(pull, axis=1)
        alike = (vertex_normals(bent, ours.triangles)[used] * normal).sum(1) > _ALIKE
        w = (alike & (apart < _REACH)) / (1 + (apart / _SURE) ** 2)
        across = (pull * normal).sum(1, keepdims=True) * normal
        move = across + _ALONG * (pull - across)
        total = np.zeros((ours.count, 4))
        total[:, 3] = _UNKNOWN
        total[used] = np.c_[w[:, None] * move, w + _UNKNOWN]
        if rims is not None and len(margins):
            to_rim = _nearest_along(bent[margins], rims)
            total[margins] = np.c_[_RIM_WEIGHT * to_rim, np.full(len(margins), _RIM_WEIGHT)]
        if rings >= _MARKED:
            for corner in range(3):
                weight = _MARK_WEIGHT * trust * on_ours.bary[:, corner]
                left = marks - on_ours.of(bent)
                np.add.at(total, on_ours.corners[:, corner], np.c_[weight[:, None] * left, weight])
        for _ in range(rings):
            total[near] = (total[near] + np.add.reduceat(total[b], starts, axis=0)) / degree
        bent = bent + total[:, :3] / total[:, 3:]
        distance[used] = np.where(alike, apart, np.nan)
    return bent, distance


def _nearest_along(points: Points, rims: Points) -> Points:
    """(n, 3): the way from points to the nearest of some dense places."""
    apart = np.linalg.norm(points[:, None] - rims[None], axis=2)
    return rims[apart.argmin(1)] - points
