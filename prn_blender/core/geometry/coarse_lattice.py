"""A coarser lattice whose rim follows the outline of the finest one.

Every n-th row and column of a position map, cut off where the face ends, has a rim of steps as
large as a cell. Here the cells that lie mostly on the face are kept, the vertices of their rim are
laid onto the finest lattice's rim, in even distances, and a corner that is left between two steps
is cut off. All vertices stay texels.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..typed import PositionMap, TexelMask
from .lattice import lattice_lines

# Share of a cell that has to lie on the face. At a half, cells at the rim become at most half as
# high, or half as high again, as the others.
_COVERED = 0.5
# A cell at a corner of the rim becomes a triangle where the outline turns by less than this there.
_CORNER = np.cos(np.radians(135.0))
# How often the rim's vertices are moved toward the middle between their neighbours.
_EVENINGS = 8
# How much being off the outline counts against being off the even distances.
_ALONG = 0.25
# Times the stride: farther away from its place in the lattice no vertex of the rim goes.
_FARTHEST = 2
# How often what has folded over is put back, which can fold its neighbours.
_MENDINGS = 5
# Texels: decides between places that are equally near, alike in both halves of a face.
_TIE = 1e-4


def coarse_lattice(
    mask: TexelMask, canonical: PositionMap, inside: np.ndarray, stride: int
) -> np.ndarray:
    """The cells of the lattice with a vertex at about every n-th texel.

    Parameters
    ----------
    mask : (S, S) bool
        Texels of the face. A cell of the finest lattice belongs to it with all four corners.
    canonical : (S, S, 3) float32
        The mean face: decides which distances along the rim are even. Any unit.
    inside : (S * S,) int64
        For each texel the flat index of the nearest one of the face.
    stride : int
        At least 2.

    Returns
    -------
    (m, 4) int64
        Flat texel indices: upper left, lower left, lower right, upper right corner. A cell whose
        corner is cut off has a repeated one.
    """
    size = len(mask)
    covered = mask[:-1, :-1] & mask[1:, :-1] & mask[1:, 1:] & mask[:-1, 1:]
    lines = lattice_lines(size, stride)
    kept = _kept(covered, lines)
    columns = len(lines)
    grid = np.arange(columns * columns).reshape(columns, columns)
    corners = np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], -1)
    cells = corners[kept]
    texel = inside[(lines[:, None] * size + lines).ravel()]
    plain, whole = texel.copy(), cells.copy()
    finest = [np.array(loop) for loop in _loops(covered)]
    if not len(cells) or not finest:
        return texel[cells]
    at = np.stack(np.meshgrid(lines, lines, indexing="ij"), -1).reshape(-1, 2)
    sharp = _cut_corners(kept)
    for loop in _loops(kept):
        _follow(np.array(loop), finest, at, canonical, stride, texel, cells, sharp)
    moved = np.abs(np.stack(np.divmod(texel, size), 1) - at).max(1) > _FARTHEST * stride
    texel[moved] = plain[moved]
    for _ in range(_MENDINGS):
        bad = _folded(texel[cells], size)
        if not bad.any():
            break
        # Where the outline is finer than the cells: these stay as the lattice has them.
        texel[whole[bad]] = plain[whole[bad]]
        cells[bad] = whole[bad]
    cells = texel[cells]
    return cells[~_folded(cells, size) & ~_empty(cells, size)]


def _kept(covered: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """(n - 1, n - 1) bool: the cells that lie mostly on the face, without a corner in common only.

    Where two cells share nothing but a corner, the rim would go through it twice.
    """
    sums = np.zeros((len(covered) + 1, len(covered) + 1), np.int64)
    sums[1:, 1:] = covered.cumsum(0).cumsum(1)
    area = np.diff(np.diff(sums[np.ix_(lines, lines)], axis=0), axis=1)
    step = np.diff(lines)
    share = area / (step[:, None] * step)
    kept = np.asarray(share >= _COVERED)
    while True:
        a, b, c, d = kept[:-1, :-1], kept[:-1, 1:], kept[1:, :-1], kept[1:, 1:]
        falling = np.argwhere(a & d & ~b & ~c)
        rising = np.argwhere(b & c & ~a & ~d)
        if not len(falling) and not len(rising):
            return kept
        for pairs, first, second in ((falling, (0, 0), (1, 1)), (rising, (0, 1), (1, 0))):
            one, other = (tuple((pairs + offset).T) for offset in (first, second))
            kept[one] &= share[one] > share[other]
            kept[other] &= share[other] > share[one]


def _loops(kept: np.ndarray) -> list[list[int]]:
    """The closed rims of the kept cells: vertices v * (columns + 1) + u, the cells on one side."""
    rows, columns = kept.shape
    padded = np.pad(kept, 1)
    middle = padded[1:-1, 1:-1]
    grid = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    a, b, c, d = grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]
    following: dict[int, list[int]] = {}
    for start, end, beyond in (
        (a, b, padded[1:-1, :-2]),
        (b, c, padded[2:, 1:-1]),
        (c, d, padded[1:-1, 2:]),
        (d, a, padded[:-2, 1:-1]),
    ):
        edge = middle & ~beyond
        for one, other in zip(start[edge].tolist(), end[edge].tolist(), strict=True):
            following.setdefault(one, []).append(other)
    loops = []
    while following:
        loop = [next(iter(following))]
        while True:
            ways = following[loop[-1]]
            vertex = ways.pop()
            if not ways:
                del following[loop[-1]]
            if vertex == loop[0]:
                break
            loop.append(vertex)
        loops.append(loop)
    return loops


def _cut_corners(kept: np.ndarray) -> dict[int, tuple[int, int]]:
    """Vertices that belong to one cell only, whose two other edges lie inside.

    Returns
    -------
    dict of int to (int, int)
        For each such vertex its cell's number among the kept ones, and which corner of it it is.
    """
    padded = np.pad(kept, 1)
    number = np.full(kept.shape, -1)
    number[kept] = np.arange(kept.sum())
    left, below = padded[1:-1, :-2], padded[2:, 1:-1]
    right, above = padded[1:-1, 2:], padded[:-2, 1:-1]
    columns = kept.shape[1] + 1
    result = {}
    for corner, (row, column), free, held in (
        (0, (0, 0), (above, left), (below, right)),
        (1, (1, 0), (left, below), (right, above)),
        (2, (1, 1), (below, right), (above, left)),
        (3, (0, 1), (right, above), (left, below)),
    ):
        found = kept & ~free[0] & ~free[1] & held[0] & held[1]
        for v, u in np.argwhere(found).tolist():
            result[(v + row) * columns + u + column] = (int(number[v, u]), corner)
    return result


def _follow(
    rim: np.ndarray,
    finest: list[np.ndarray],
    at: np.ndarray,
    canonical: PositionMap,
    stride: int,
    texel: np.ndarray,
    cells: np.ndarray,
    sharp: dict[int, tuple[int, int]],
) -> None:
    """Lay one rim of the coarse lattice onto the rim of the finest one that is nearest to it.

    `texel`, where the vertices lie, and `cells` change: corners of `sharp` are cut off where the
    outline has none.
    """
    size = len(canonical)
    outline, nearest = _nearest_outline(at[rim], finest, size)
    points = canonical.reshape(-1, 3)[outline].astype(np.float64)
    smooth = _smoothed(points, stride)
    step = np.linalg.norm(np.roll(smooth, -1, 0) - smooth, axis=1)
    total = float(step.sum())
    step += 1e-6 * total / len(step)  # repeated places are in an order, too
    along = np.concatenate([[0.0], step.cumsum()])
    total = float(along[-1])
    place = _ascending(along[nearest], total)
    if place is None:  # it runs there and back, as round a slit
        texel[rim] = outline[nearest]
        return
    here, reach = _smoothed(points, 1.0), 1.5 * total / len(rim)
    ends = [_on_line(here, along, place + offset) for offset in (-reach, 0.0, reach)]
    before, after = ends[0] - ends[1], ends[2] - ends[1]
    turn = (before * after).sum(1) / np.maximum(
        np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1), 1e-30
    )
    flat = turn < _CORNER
    corner = np.array([vertex in sharp for vertex in rim.tolist()])
    cut = corner & flat
    if len(rim) - cut.sum() < 4:  # of a hole of a few cells nothing would be left
        cut[:] = False
    for vertex in rim[cut].tolist():
        cell, which = sharp[vertex]
        cells[cell, which] = cells[cell, which - 1]
    rim, place = rim[~cut], place[~cut]
    held = (corner & ~flat)[~cut]
    texel[rim] = outline[_evenly(place, total, held, along, points, smooth, outline, size)]


def _folded(cells: np.ndarray, size: int) -> np.ndarray:
    """(m,) bool: cells that are turned over in whole or in part, or overlap a neighbour.

    Parameters
    ----------
    cells : (m, 4) int64
        Flat texel indices; corners may be repeated, empty cells are no fault.
    size : int
    """
    after = np.roll(np.arange(4), -1)
    corner = _areas(cells, size)
    three = (cells == cells[:, after]).any(1)
    one, other = (corner[:, [1, 3]] > 0).all(1), (corner[:, [0, 2]] > 0).all(1)
    fine = np.where(three, (corner >= 0).all(1), one | other)
    empty = _empty(cells, size)
    edges = cells * size**2 + cells[:, after]
    edges[cells == cells[:, after]] = -1
    _, which, times = np.unique(edges, return_inverse=True, return_counts=True)
    twice = (times[which].reshape(edges.shape) > 1) & (edges >= 0) & ~empty[:, None]
    return np.asarray(~(fine | empty) | twice.any(1))


def _areas(cells: np.ndarray, size: int) -> np.ndarray:
    """(m, 4): twice the area, texels, of the triangle at each corner; > 0 if not turned over."""
    row, column = np.divmod(cells, size)
    after, before = np.roll(np.arange(4), -1), np.roll(np.arange(4), 1)
    right = (row[:, after] - row) * (column[:, before] - column)
    return np.asarray(right - (column[:, after] - column) * (row[:, before] - row))


def _empty(cells: np.ndarray, size: int) -> np.ndarray:
    """(m,) bool: cells whose corners lie on one line of the map."""
    return np.asarray(~_areas(cells, size).any(1))


def _nearest_outline(
    at: np.ndarray, finest: list[np.ndarray], size: int
) -> tuple[np.ndarray, np.ndarray]:
    """The finest rim on which most of the places `at` (n, 2) lie, and where on it each lies."""
    vertices = np.concatenate(finest)
    owner = np.repeat(np.arange(len(finest)), [len(loop) for loop in finest])
    row, column = np.divmod(vertices, size)
    distance = np.square(at[:, :1] - row) + np.square(at[:, 1:] - column).astype(np.float64)
    distance += _tie(vertices, size)
    chosen = int(np.bincount(owner[distance.argmin(1)]).argmax())
    return finest[chosen], distance[:, owner == chosen].argmin(1)


def _tie(texels: np.ndarray, size: int) -> np.ndarray:
    """Small numbers that differ for all texels but those which mirror each other."""
    row, column = np.divmod(texels, size)
    return np.asarray(_TIE * (np.abs(column - (size - 1) / 2) + row / size) / size)


def _smoothed(points: np.ndarray, sigma: float) -> np.ndarray:
    """A closed line (n, 3) without steps of single texels."""
    reach = min(int(3 * sigma), (len(points) - 1) // 2)
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * np.square(offsets / sigma))
    weights /= weights.sum()
    return np.asarray(
        sum(w * np.roll(points, k, axis=0) for k, w in zip(offsets.tolist(), weights, strict=True))
    )


def _ascending(place: np.ndarray, total: float) -> np.ndarray | None:
    """Places (n,) on a closed line of that length, made to ascend; None if they turn back."""
    steps = (np.roll(place, -1) - place + total / 2) % total - total / 2
    if round(steps.sum() / total) != 1:
        return None
    n = len(place)
    place = place[0] + np.concatenate([[0.0], steps[:-1].cumsum()])
    thrice = np.concatenate([place - total, place, place + total])
    up = np.maximum.accumulate(thrice)
    down = np.minimum.accumulate(thrice[::-1])[::-1]
    return np.asarray(((up + down) / 2)[n : 2 * n])


def _on_line(points: np.ndarray, along: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(n, 3): the points of a closed line at places (n,) along it."""
    closed = np.concatenate([points, points[:1]])
    at = place % along[-1]
    return np.stack([np.interp(at, along, closed[:, k]) for k in range(3)], axis=1)


def _evenly(
    place: np.ndarray,
    total: float,
    held: np.ndarray,
    along: np.ndarray,
    points: np.ndarray,
    smooth: np.ndarray,
    outline: np.ndarray,
    size: int,
) -> np.ndarray:
    """(n,) int: a vertex of the outline for each of the ascending places, in even distances.

    Places that are `held` stay. Of the vertices that lie between a place's neighbours it gets the
    one that is nearest to the smooth outline there.
    """
    for _ in range(_EVENINGS):
        before, after = np.roll(place, 1), np.roll(place, -1)
        before[0] -= total
        after[-1] += total
        place = np.where(held, place, place / 2 + (before + after) / 4)
    after = np.roll(place, -1)
    after[-1] += total
    ends = (place + after) / 2  # where each place's stretch ends
    around = (along[:-1] - ends[-1]) % total + ends[-1]  # from the last stretch's end on
    around = np.where(around >= ends[-1], around - total, around)
    mine = np.searchsorted(ends, around, side="right") % len(place)
    offset = around - place[mine]
    tangent = np.roll(smooth, -1, 0) - np.roll(smooth, 1, 0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-30)
    away = points - smooth
    aside = (away * tangent).sum(1)
    off = np.square(away).sum(1) - np.square(aside)
    unit = np.square(total / len(points))
    cost = off + _ALONG * np.square(offset + aside) + unit * _tie(outline, size)
    order = np.lexsort((cost, mine))
    first = np.searchsorted(mine[order], np.arange(len(place)))
    found = first < len(order)
    found[found] = mine[order[first[found]]] == np.flatnonzero(found)
    # Between the middles of the outline's edges: a vertex itself would be either's by rounding.
    nearest = np.searchsorted((along[:-1] + along[1:]) / 2, place % total) % len(points)
    best = np.where(found, order[np.minimum(first, len(order) - 1)], nearest)
    return np.where(held, nearest, best)
