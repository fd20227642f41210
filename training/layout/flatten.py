"""Flattens the chart into a square.

The chart is a disc, so it has a Tutte embedding: with its rim fixed on a convex outline and springs
of positive strength along its edges, the equilibrium has no folds, whatever ears and nostrils do in
3D. A projection of the head onto a cylinder or sphere cannot promise that. The strengths are those
of a nearly harmonic map, so that shapes keep their proportions; eyes, nose and mouth are enlarged
afterwards.

Source: W. T. Tutte, "How to draw a graph", Proceedings of the London Mathematical Society 13, 1963.
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
    """Vertices of a disc's rim, in order.

    Raises
    ------
    ValueError
        The mesh has a hole: it is no disc.
    """
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
    """Place the rim's vertices (L,) on a rounded square in [-1, 1]^2; (L, 2).

    x is to the subject's left, y up. A vertex goes where its direction points, seen from the head's
    middle, averaged with its share of the rim's length, so that no two fall together. Both are
    symmetric, so the outline is.

    Raises
    ------
    ValueError
        The vertices' order on the outline is not that on the rim.
    """
    azimuth, elevation = angles(head, chart.mean[loop])
    direction = np.unwrap(np.arctan2(elevation / 56, azimuth / 112))
    step = np.linalg.norm(np.diff(chart.mean[loop], axis=0, append=chart.mean[loop[:1]]), axis=1)
    length = np.concatenate([[0], np.cumsum(step)])
    turn = np.sign(direction[-1] - direction[0])
    # The share of the length counts from the vertex on top of the head, which stays at the top.
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
    """Edges (E, 2) of the quads, and the strengths (E,) of their springs.

    The quads' diagonals are left out: they would break the symmetry. A strength is the distance
    between the middles of the adjacent faces over the edge's length. Like the cotangent weights of
    triangles it makes the map nearly harmonic; unlike them it is never negative.
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
    """Enlarge eyes, nose and mouth in a map (W, 2) by how much `config` says.

    Each is pushed outward from its middle, fading like a Gaussian. At such strengths the push is
    one-to-one, so nothing folds.
    """
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
    """Flatten the chart into a square.

    Parameters
    ----------
    chart
    head
    config
        Which parts are enlarged.

    Returns
    -------
    (W, 2) float64
        Place of each vertex in [-1, 1]^2, x to the subject's left, y up; NaN for vertices that the
        chart does not use.
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
    # The middle of the face gets more columns, the ears fewer.
    uv[:, 0] *= 1 + config.wider * (1 - uv[:, 0] ** 2)
    return _magnify(uv, head, chart, config)
