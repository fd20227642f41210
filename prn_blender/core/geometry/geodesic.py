"""Distances along the surface of a position map."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..typed import PositionMap, TexelMap, TexelMask

# Most passes over the map, down and up again. Two find all but paths that wind about holes.
_PASSES = 4
# A pass that shortens no distance by more than this share of `reach` is the last one.
_SETTLED = 1e-3
# Steps from one row to the next but one, and to the next: rows down, columns right. With these and
# the steps along a row no way is more than 3 % longer than a straight one.
_STEPS = ((1, 0), (1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1))


def surface_distance(
    points: PositionMap, mask: TexelMask, texel: int, reach: float, least: float = 0.0
) -> TexelMap:
    """How far it is along the surface from one texel to the others.

    Parameters
    ----------
    points : (S, S, 3) float32
        Where the texels are, in any unit.
    mask : (S, S) bool
        Texels of the surface; no way leads through others.
    texel : int
        Flat index v * S + u; of the mask.
    reach : float
        What is farther away than this is not looked for.
    least : float
        A step from a texel to the next one counts at least this much, however close they lie:
        lips touch, but the way from one to the other is long.

    Returns
    -------
    (S, S) float32
        In the unit of `points`; at least `reach` where it is farther.
    """
    size = len(mask)
    row, column = divmod(texel, size)
    straight = np.linalg.norm(points - points[row, column], axis=-1)
    near = mask & (straight < reach)
    near[row, column] = True
    rows, columns = (np.flatnonzero(near.any(axis=1 - axis)) for axis in (0, 1))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    result = np.full((size, size), reach, np.float32)
    result[part] = np.minimum(
        _window(points[part], near[part], (row - rows[0], column - columns[0]), reach, least), reach
    )
    return result


def _window(
    points: np.ndarray, near: np.ndarray, start: tuple[int, int], reach: float, least: float
) -> np.ndarray:
    """`surface_distance` in a part of the map."""
    far = np.float32(4 * reach)
    points = np.where(near[..., None], points, np.float32(np.nan))
    steps = [_lengths(points, down, right, least, far) for down, right in _STEPS]
    along = _lengths(points, 0, 1, least, far)
    ways = np.concatenate([np.zeros_like(along[:, :1]), along.cumsum(1, dtype=np.float64)], 1)
    distance = np.full(near.shape, far, np.float64)
    distance[start] = 0
    for _ in range(_PASSES):
        before = distance.copy()
        for down in (True, False):
            _sweep(distance, steps, ways, down)
        changed = np.minimum(before, reach) - np.minimum(distance, reach)
        if changed.max() <= _SETTLED * reach:
            break
    return np.where(near, distance, far)


def _lengths(
    points: np.ndarray, down: int, right: int, least: float, far: np.float32
) -> np.ndarray:
    """Lengths of one kind of step, from the upper texel of each pair; `far` off the surface."""
    height, width = points.shape[:2]
    left = max(-right, 0)
    one = points[: height - down, left : width - max(right, 0)]
    other = points[down:, left + right : width - max(right, 0) + right]
    length = np.maximum(np.linalg.norm(other - one, axis=-1), least * np.hypot(down, right))
    return np.nan_to_num(length.astype(np.float32), nan=float(far), copy=False)


def _sweep(distance: np.ndarray, steps: list[np.ndarray], ways: np.ndarray, down: bool) -> None:
    """Carry distances from row to row, and along each row both ways."""
    height, width = distance.shape
    for row in range(height) if down else range(height - 1, -1, -1):
        here = distance[row]
        for (rows, right), length in zip(_STEPS, steps, strict=True):
            other = row - rows if down else row + rows
            if not 0 <= other < height or abs(right) >= width:
                continue
            shift = right if down else -right
            cost = length[min(row, other)]
            to = slice(max(shift, 0), width + min(shift, 0))
            came = slice(max(-shift, 0), width + min(-shift, 0))
            np.minimum(here[to], distance[other, came] + cost, out=here[to])
        way = ways[row]
        np.minimum(here, np.minimum.accumulate(here - way) + way, out=here)
        back = np.minimum.accumulate((here + way)[::-1])[::-1]
        np.minimum(here, back - way, out=here)
