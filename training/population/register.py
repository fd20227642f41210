"""Carries a scanned population onto our head: the same people, with our vertices.

Our head is bent onto the mean scan (non-rigid ICP: landmarks and lids lead, then each vertex of the
skin is drawn to the surface near it, while the bending gets less stiff). Then every vertex of the
skin is a place on the scanned mesh, and takes mean and modes from there. What the scans do not
show in a comparable way (ears, eyeballs, the inside of the mouth, the lower neck) follows smoothly.

Source of the method: B. Amberg et al., "Optimal step nonrigid ICP algorithms for surface
registration", CVPR 2007.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.geometry.pose import fit_similarity

from ..geometry import closest_on_mesh, on_triangles, vertex_normals
from ..head.head_model import PARTS, HeadModel
from ..head.landmarks import load_places
from ..layout.chart import ChartMesh, build_chart
from .scanned_heads import LANDMARKS, Array, Ints, ScannedHeads, outward

INNER = np.arange(17, 68)
"""Landmarks without the jaw, whose points slide along an edge that is not sharp."""
_CHIN, _EYES = 8, {"right_eye": (36, 39), "left_eye": (42, 45)}
# Weights of landmarks: half as sure on the brows as elsewhere; the chin guides the lower face.
_UNSURE = 0.3
# Stiffness of the bending: from one that moves the head as a whole to one that follows pores, and
# the share of the steps in which landmarks lead rather than the surface.
_STIFFNESS = np.geomspace(60, 0.4, 24)
_LED = 14
_LED_WEIGHT, _LOOSE_WEIGHT = 3.0, 0.9
_RIM_WEIGHT = 2.0
# Share of a pull along the surface; the rest is across it only, so that vertices may slide.
_ALONG = 0.15
# Millimetres: vertices further from the scan are not drawn to it, ...
_REACH = 12.0
# ... and the distance from which on they are trusted less; in the end all have to lie this near.
_SURE, _AT_LAST = 4.0, 2.5
# Cosine between the normals of two places that may be the same.
_ALIKE, _ALIKE_AT_LAST = 0.6, 0.4
# Places that are looked at on every triangle of the scan.
_PLACES = np.array([(i + 1 / 3, j + 1 / 3) for i in range(3) for j in range(3 - i)]) / 3


@dataclass(frozen=True)
class Registered:
    """A scanned population with the V vertices of our head.

    Attributes
    ----------
    mean : (V, 3) float64, modes : (M, V, 3) float64
        Head frame, head units of the head model.
    matched : (V,) bool
        Vertices that lie on the scans' surface; the others follow smoothly.
    distance : (V,) float64
        Millimetres by which the last step moved matched vertices onto the surface; NaN elsewhere.
    """

    mean: Array
    modes: Array
    matched: NDArray[np.bool_]
    distance: Array


def register(head: HeadModel, scans: ScannedHeads) -> Registered:
    """Carry scanned heads onto our head's vertices."""
    mm = head.metres_per_unit * 1000
    start = head.mean.astype(np.float64) * mm
    corners, bary = load_places()
    ours = on_triangles(start, corners, bary)
    fit = fit_similarity(scans.mean[LANDMARKS][INNER], ours[INNER])
    scans = scans.moved(fit.scale, fit.rotation.T, fit.translation)
    chart = build_chart(head)
    triangles = outward(start, head.triangles, int(start[:, 1].argmin()))
    bent, candidates = _bend(head, chart, scans, start, triangles)
    on, bary_on = closest_on_mesh(bent[candidates], scans.mean, scans.triangles)
    places = on_triangles(scans.mean, on, bary_on)
    distance = np.linalg.norm(places - bent[candidates], axis=1)
    normals = on_triangles(vertex_normals(scans.mean, scans.triangles), on, bary_on)
    alike = (vertex_normals(bent, triangles)[candidates] * normals).sum(1) > _ALIKE_AT_LAST
    good = (distance < _AT_LAST) & alike
    index = candidates[good]
    known = np.concatenate(
        [(places - start[candidates])[None], on_triangles(scans.modes, on, bary_on)]
    )[:, good]
    spread = _extend(head, index, known, start)
    matched, away = np.zeros(len(start), bool), np.full(len(start), np.nan)
    matched[index], away[index] = True, distance[good]
    return Registered((start + spread[0]) / mm, spread[1:] / mm, matched, away)


def skin_graph(head: HeadModel) -> tuple[Any, Any, NDArray[np.float64]]:
    """Laplacian (V, V) of the skin's edges, their adjacency, and each vertex's count of them."""
    from scipy.sparse import coo_matrix, diags, identity

    quads = head.quads[head.quad_part == PARTS.index("skin")]
    edges = np.concatenate([quads[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 3), (3, 0))])
    a, b = np.unique(np.sort(edges, 1), axis=0).T
    count = len(head.mean)
    both = (np.r_[a, b], np.r_[b, a])
    beside = coo_matrix((np.ones(2 * len(a)), both), shape=(count, count)).tocsr()
    degree = np.maximum(np.asarray(beside.sum(1)).ravel(), 1)
    return identity(count) - diags(1 / degree) @ beside, beside, degree


def _candidates(chart: ChartMesh, start: Array, landmarks: Array) -> Ints:
    """Vertices of the chart's skin without ears, which differ too much to be matched."""
    skin = np.unique(chart.quads[chart.kind == 0])
    skin = skin[skin < len(start)]
    side = np.abs(start[:, 0])
    ear = (side > 0.85 * side[skin].max()) & (start[:, 1] > landmarks[[0, 16], 1].mean() - 12)
    return skin[~ear[skin]]


def _lids(chart: ChartMesh, scans: ScannedHeads, start: Array, ours: Array) -> tuple[Ints, Array]:
    """Vertices of the lids' margins, and the place on the scan's margin that each belongs to."""
    marks = scans.mean[LANDMARKS]
    vertices, places = [], []
    for name, (first, last) in _EYES.items():
        ring, rim = chart.rings[name], scans.eye_rim(marks[[first, last]].mean(0))
        mine = _arcs(ring, start, ours[first], ours[last])
        theirs = _arcs(rim, scans.mean, marks[first], marks[last])
        for own, other in zip(mine, theirs, strict=True):
            vertices.append(own)
            places.append(_along(scans.mean[other], _lengths(start[own])))
    return np.concatenate(vertices), np.concatenate(places)


def _arcs(loop: Ints, points: Array, first: Array, last: Array) -> tuple[Ints, Ints]:
    """Cut a loop at the vertices nearest to two corners: the upper and the lower arc."""
    at = points[loop]
    a, b = (int(np.linalg.norm(at - corner, axis=1).argmin()) for corner in (first, last))
    turned, k = np.roll(loop, -a), (b - a) % len(loop)
    one, two = turned[: k + 1], np.r_[turned[k:], turned[:1]][::-1]
    return (one, two) if points[one][:, 2].mean() > points[two][:, 2].mean() else (two, one)


def _lengths(path: Array) -> Array:
    """(n,) 0 to 1: how far along a path (n, 3) each of its points lies."""
    way = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    return np.asarray(way / way[-1])


def _along(path: Array, share: Array) -> Array:
    """Points (n, 3) on a path (m, 3) at these shares of its length."""
    way = _lengths(path)
    return np.stack([np.interp(share, way, path[:, k]) for k in range(3)], 1)


def _bend(
    head: HeadModel, chart: ChartMesh, scans: ScannedHeads, start: Array, triangles: Ints
) -> tuple[Array, Ints]:
    """Bend our mean head onto the mean scan; its vertices (V, 3), and those that were matched."""
    from scipy.interpolate import RBFInterpolator
    from scipy.sparse import coo_matrix, diags, eye, kron, vstack
    from scipy.sparse.linalg import splu
    from scipy.spatial import cKDTree

    count = len(start)
    corners, bary = load_places()
    ours, marks = on_triangles(start, corners, bary), scans.mean[LANDMARKS]
    laplacian = skin_graph(head)[0]
    candidates = _candidates(chart, start, ours)
    lids, lid_places = _lids(chart, scans, start, ours)
    free = np.setdiff1d(candidates, lids)
    used = np.r_[_CHIN, INNER]
    trust = np.where(used < 27, _UNSURE, 1.0) * np.where(used == _CHIN, _UNSURE, 1.0)
    columns = (np.repeat(np.arange(len(used)), 3), corners[used].ravel())
    at_marks = coo_matrix((bary[used].ravel(), columns), shape=(len(used), count)).tocsr()
    sure = used > 26
    warp = RBFInterpolator(
        ours[used][sure], (marks - ours)[used][sure], kernel="thin_plate_spline", smoothing=5
    )
    first = warp(start)
    weights = np.c_[_PLACES, 1 - _PLACES.sum(1)]
    cloud = np.einsum("wk,tkc->twc", weights, scans.mean[scans.triangles]).reshape(-1, 3)
    normals = vertex_normals(scans.mean, scans.triangles)[scans.triangles]
    normals = np.einsum("wk,tkc->twc", weights, normals).reshape(-1, 3)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    tree = cKDTree(cloud)
    each, three = eye(count, format="csr"), eye(3, format="csr")
    x = start + first
    for step, stiff in enumerate(_STIFFNESS):
        distance, near = tree.query(x[free])
        alike = (vertex_normals(x, triangles)[free] * normals[near]).sum(1) > _ALIKE
        ok = (distance < _REACH) & alike
        rows, near, distance = free[ok], near[ok], distance[ok]
        pull, n = cloud[near] - x[rows], normals[near]
        w = 1 / np.hypot(1, distance / _SURE)
        places = (np.repeat(np.arange(len(rows)), 3), (3 * rows[:, None] + np.arange(3)).ravel())
        across = coo_matrix((n.ravel(), places), shape=(len(rows), 3 * count))
        led = (_LED_WEIGHT if step < _LED else _LOOSE_WEIGHT) * trust
        terms = [
            (diags(w) @ across, w * (pull * n).sum(1)),
            (_ALONG * kron(diags(w) @ each[rows], three), (_ALONG * w[:, None] * pull).ravel()),
            (kron(diags(led) @ at_marks, three), (led[:, None] * (marks[used] - at_marks @ x))),
            (_RIM_WEIGHT * kron(each[lids], three), _RIM_WEIGHT * (lid_places - x[lids])),
            (stiff * kron(laplacian, three), -stiff * (laplacian @ (x - start - first))),
        ]
        a = vstack([term for term, _ in terms]).tocsc()
        right = np.concatenate([np.ravel(r) for _, r in terms])
        normal = (a.T @ a + 1e-6 * eye(3 * count)).tocsc()
        x = x + splu(normal).solve(a.T @ right).reshape(count, 3)
    return x, candidates


def _extend(head: HeadModel, index: Ints, known: Array, start: Array) -> Array:
    """Continue fields (F, n, 3), known at n of the skin's vertices, to all V vertices.

    Over the skin as smoothly as can be; other pieces (eyeballs, teeth) follow the skin near them.
    """
    from scipy.sparse import diags, eye
    from scipy.sparse.linalg import splu
    from scipy.spatial import cKDTree

    laplacian, beside, degree = skin_graph(head)
    count = len(start)
    hold = np.zeros(count)
    hold[index] = 100.0
    smooth = laplacian.T @ laplacian + 0.05 * (diags(degree) - beside)
    solve = splu((diags(hold) + smooth + 1e-7 * eye(count)).tocsc()).solve
    field = np.zeros((count, known.shape[0] * 3))
    field[index] = known.transpose(1, 0, 2).reshape(len(index), -1)
    out = solve(hold[:, None] * field)
    out[index] = field[index]
    skin = np.unique(head.quads[head.quad_part == PARTS.index("skin")])
    rest = np.setdiff1d(np.arange(count), skin)
    distance, near = cKDTree(start[skin]).query(start[rest], 8)
    weight = 1 / (distance + 0.5) ** 2
    weight /= weight.sum(1, keepdims=True)
    out[rest] = np.einsum("rk,rkf->rf", weight, out[skin[near]])
    return out.reshape(count, -1, 3).transpose(1, 0, 2)
