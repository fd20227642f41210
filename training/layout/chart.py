"""The part of the head that a position map shows: one piece of skin without holes.

The mouth is closed where the lips touch, by faces from lip to lip; each eye is closed by a patch
that hangs in the lids' margin and bulges like the eyeball. So no texel ever falls into the mouth
bag or behind an eyelid, and closing eyes fold nothing.
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

EYE_RINGS = 4
AZIMUTH, UP, DOWN = 116.0, 50.0, 63.0
"""Degrees seen from the head's middle: to behind the ears, to the hairline, to under the chin."""

OUTER_EYE_CORNERS = [36, 45]
BEHIND_EYES = np.array([0, 0.7189, -0.3155])
"""The head's middle, head units from between the outer corners of the eyes."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ChartMesh:
    """Head vertices and patch vertices, and the chart's faces.

    Attributes
    ----------
    mean : (W, 3) float64
        Head frame. The first V are the head's own.
    basis : (K + E, W, 3) float32
    mirror : (W,) int64
    quads : (Q, 4) int64
        Triangles repeat their last vertex.
    kind : (Q,) int64
        0 skin, 1 and 2 patch of the left and right eye, 3 between the lips.
    rings : dict of str to int64 arrays
        Loops of vertices: `mouth` (closing line), `lips` (outer edge), `left_eye`, `right_eye`.
    """

    mean: NDArray[np.float64]
    basis: NDArray[np.float32]
    mirror: Ints
    quads: Ints
    kind: Ints
    rings: dict[str, Ints]

    @property
    def triangles(self) -> Ints:
        """(T, 3); `triangle_kind` and `triangle_quad` go with it."""
        return self._cut()[0]

    @property
    def triangle_kind(self) -> Ints:
        return self.kind[self._cut()[1]]

    def _cut(self) -> tuple[Ints, Ints]:
        q = self.quads
        t = np.stack([q[:, [0, 1, 2]], q[:, [0, 2, 3]]], 1).reshape(-1, 3)
        owner = np.repeat(np.arange(len(q)), 2)
        good = (t[:, 0] != t[:, 1]) & (t[:, 1] != t[:, 2]) & (t[:, 0] != t[:, 2])
        return t[good], owner[good]


class _Skin:
    """Neighbourhoods of a quad mesh."""

    def __init__(self, quads: Ints) -> None:
        self.quads = quads
        self.neighbours: dict[int, set[int]] = defaultdict(set)
        self.faces: dict[tuple[int, int], list[int]] = defaultdict(list)
        for f, q in enumerate(quads.tolist()):
            for a, b in zip(q, [*q[1:], q[0]], strict=True):
                self.neighbours[a].add(b)
                self.neighbours[b].add(a)
                self.faces[min(a, b), max(a, b)].append(f)

    def ahead(self, a: int, b: int) -> int | None:
        """The vertex straight on after the edge a -> b, through a vertex of four edges."""
        if len(self.neighbours[b]) != 4:
            return None
        beside = set(self.faces[min(a, b), max(a, b)])
        options = [
            c
            for c in self.neighbours[b]
            if c != a and not beside & set(self.faces[min(b, c), max(b, c)])
        ]
        return options[0] if len(options) == 1 else None

    def loop(self, a: int, b: int) -> list[int] | None:
        """The closed edge loop that begins with a -> b, without repeating a."""
        path = [a, b]
        while len(path) < 200:
            c = self.ahead(path[-2], path[-1])
            if c is None:
                return None
            if c == a:
                return path
            path.append(c)
        return None

    def line(self, a: int, b: int, longest: int) -> list[int]:
        """Straight on from a -> b."""
        path = [a, b]
        while len(path) < longest:
            c = self.ahead(path[-2], path[-1])
            if c is None or c in path:
                break
            path.append(c)
        return path

    def inside(self, ring: list[int], seed: int) -> set[int]:
        """Faces on the seed vertex's side of a ring."""
        wall = {(min(a, b), max(a, b)) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)}
        of_vertex: dict[int, list[int]] = defaultdict(list)
        for f, q in enumerate(self.quads.tolist()):
            for v in q:
                of_vertex[v].append(f)
        todo = list(of_vertex[seed])
        found = set(todo)
        while todo:
            q = self.quads[todo.pop()].tolist()
            for a, b in zip(q, [*q[1:], q[0]], strict=True):
                edge = (min(a, b), max(a, b))
                if edge in wall:
                    continue
                for f in self.faces[edge]:
                    if f not in found:
                        found.add(f)
                        todo.append(f)
        return found


def _mouth_rings(head: HeadModel, skin: _Skin) -> tuple[list[int], list[int], int]:
    """Closing ring, outer lip ring (both start at the upper lip's middle), a bag vertex."""
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
    # Upper and lower middle of each ring; the lips touch in the first ring where they all but meet.
    gap = [float(np.linalg.norm(head.mean[r[0]] - head.mean[r[len(r) // 2]])) for r in rings]
    closing = int(np.argmin(gap[:8]))
    for k in range(1, 8):
        if gap[k] < 0.03:
            closing = k
            break
    return rings[closing], rings[0], line[-1]


def _eye_ring(head: HeadModel, skin: _Skin) -> list[int]:
    """The left upper lid's margin: the last ring before the lid turns inwards."""
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
    """Vertices and faces that close an eye: mean, basis, quads (numbered from `first`)."""
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
        # Flush with the lids at the margin, on the eyeball inside, flat when the eye is shut.
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
    """Azimuth and elevation in degrees, seen from the head's middle; (0, 0) is straight ahead."""
    v = points - (anchor_positions(head.mean)[OUTER_EYE_CORNERS].mean(0) + BEHIND_EYES)
    return (
        np.degrees(np.arctan2(v[..., 0], -v[..., 1])),
        np.degrees(np.arctan2(v[..., 2], np.hypot(v[..., 0], v[..., 1]))),
    )


def extent(head: HeadModel, points: NDArray[Any]) -> NDArray[np.float64]:
    """Below 1 where a point (..., 3) belongs to the face: hairline, ears and neck are its ends."""
    azimuth, elevation = angles(head, points)
    upward = np.where(elevation > 0, elevation / UP, elevation / DOWN)
    return np.asarray(np.abs(azimuth / AZIMUTH) ** 6 + np.abs(upward) ** 6)


def _region(quads: Ints, extent: NDArray[Any]) -> NDArray[np.bool_]:
    """Faces of the chart: touched by the extent, one piece, holes filled, nothing dangling."""
    keep = extent[quads].min(1) < 1
    for _ in range(4):
        skin = _Skin(quads[keep])
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
    """All faces turned like face 0, whose neighbours they are."""
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
    """Close mouth and eyes, and cut the face out of the head."""
    skin_quads = head.quads[head.quad_part == PARTS.index("skin")]
    skin = _Skin(skin_quads)
    mouth, lips, bag = _mouth_rings(head, skin)
    left = _eye_ring(head, skin)
    right = [int(head.mirror[v]) for v in left]
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
