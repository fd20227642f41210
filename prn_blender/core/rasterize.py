"""A z-buffer in numpy: which surface the viewer sees at each pixel, and how deep it lies."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# Fragments worked on at once: bounds memory (about 60 bytes each) without costing speed.
_CHUNK = 1_000_000
_EDGE = 1e-6  # pixels on an edge belong to both its triangles, so no crack opens between them


@dataclass(frozen=True, eq=False)
class Raster:
    """What a z-buffer holds.

    Attributes
    ----------
    depth : (H, W) float32
        Largest z (nearest the viewer) at each pixel centre; -inf where nothing is.
    triangle : (H, W) int32
        Index of the triangle seen; -1 where none is.
    """

    depth: np.ndarray
    triangle: np.ndarray


def rasterize(points: np.ndarray, triangles: np.ndarray, width: int, height: int) -> Raster:
    """Draw triangles into a z-buffer.

    Parameters
    ----------
    points : (n, 3) float
        x right, y down in pixels, centres at integers; z toward the viewer.
    triangles : (k, 3) int
        Indices into `points`; both sides are drawn.
    width, height : int
        Size of the buffer.

    Returns
    -------
    Raster
        Depth is interpolated within each triangle, at pixel centres.
    """
    depth = np.full(height * width, -np.inf, np.float32)
    owner = np.full(height * width, -1, np.int32)
    a, b, c = (points[triangles[:, k]].astype(np.float32) for k in range(3))
    area = _cross(b - a, c - a)
    low = np.ceil(np.minimum(np.minimum(a, b), c)[:, :2] - _EDGE)
    high = np.floor(np.maximum(np.maximum(a, b), c)[:, :2] + _EDGE)
    low = low.clip(0, [width, height]).astype(np.int32)
    high = high.clip(-1, [width - 1, height - 1]).astype(np.int32)
    extent = (high - low + 1).clip(0)
    drawn = np.flatnonzero((np.abs(area) > 1e-12) & (extent.min(axis=1) > 0))
    if len(drawn) == 0:
        return Raster(depth.reshape(height, width), owner.reshape(height, width))
    # Each triangle's depth and barycentric coordinates are linear in x and y:
    # value = at_low + along_x * column + along_y * row, column and row counted from its box.
    planes = _Planes.of(a[drawn], b[drawn], c[drawn], area[drawn], low[drawn])
    for part, index, column, row in _fragments(extent[drawn]):
        w1 = planes.at(1, part, index, column, row)
        w2 = planes.at(2, part, index, column, row)
        inside = np.flatnonzero((w1 >= -_EDGE) & (w2 >= -_EDGE) & (w1 + w2 <= 1 + _EDGE))
        index, column, row = index[inside], column[inside], row[inside]
        z = planes.at(0, part, index, column, row)
        triangle = drawn[part][index]
        corner = low[triangle]
        pixel = (corner[:, 1] + row) * width + corner[:, 0] + column
        nearer = np.flatnonzero(z > depth[pixel])
        # Of several fragments on one pixel numpy's assignment keeps the last: the nearest.
        order = nearer[np.argsort(z[nearer])]
        depth[pixel[order]] = z[order]
        owner[pixel[order]] = triangle[order]
    return Raster(depth.reshape(height, width), owner.reshape(height, width))


def barycentric(points: np.ndarray, triangles: np.ndarray, raster: Raster) -> np.ndarray:
    """Barycentric coordinates of the triangle seen at each covered pixel.

    Parameters
    ----------
    points, triangles
        As given to `rasterize`.
    raster : Raster

    Returns
    -------
    (m, 3) float32
        For the m pixels with ``raster.triangle >= 0``, in row order.
    """
    y, x = np.nonzero(raster.triangle >= 0)
    corners = points[triangles[raster.triangle[y, x]]][..., :2].astype(np.float64)
    a, b, c = np.moveaxis(corners, 1, 0)
    p = np.stack([x, y], axis=-1) - a
    area = _cross(b - a, c - a)
    w1, w2 = _cross(p, c - a) / area, _cross(b - a, p) / area
    return np.stack([1 - w1 - w2, w1, w2], axis=-1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Planes:
    """Depth (0) and two barycentric coordinates (1, 2) of triangles, linear in x and y."""

    at_low: np.ndarray  # (3, n)
    along_x: np.ndarray
    along_y: np.ndarray

    @classmethod
    def of(
        cls, a: np.ndarray, b: np.ndarray, c: np.ndarray, area: np.ndarray, low: np.ndarray
    ) -> _Planes:
        ab, ac = b - a, c - a
        x1, y1 = ac[:, 1] / area, -ac[:, 0] / area
        x2, y2 = -ab[:, 1] / area, ab[:, 0] / area
        dx, dy = (low - a[:, :2]).T
        w1, w2 = x1 * dx + y1 * dy, x2 * dx + y2 * dy
        z = a[:, 2] + w1 * ab[:, 2] + w2 * ac[:, 2]
        zx, zy = x1 * ab[:, 2] + x2 * ac[:, 2], y1 * ab[:, 2] + y2 * ac[:, 2]
        return cls(np.stack([z, w1, w2]), np.stack([zx, x1, x2]), np.stack([zy, y1, y2]))

    def at(
        self, which: int, part: slice, index: np.ndarray, column: np.ndarray, row: np.ndarray
    ) -> np.ndarray:
        value = self.at_low[which, part][index]
        value += self.along_x[which, part][index] * column
        value += self.along_y[which, part][index] * row
        return value


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _fragments(
    extent: np.ndarray,
) -> Iterator[tuple[slice, np.ndarray, np.ndarray, np.ndarray]]:
    """All pixels of all triangles' boxes, in parts: (triangles, index in part, column, row)."""
    counts = extent[:, 0].astype(np.int64) * extent[:, 1]
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + _CHUNK, side="right")))
        part = slice(start, stop)
        inner = counts[part]
        index = np.repeat(np.arange(stop - start, dtype=np.int32), inner)
        first = np.cumsum(inner) - inner
        number = (np.arange(inner.sum()) - first[index]).astype(np.int32)
        row, column = np.divmod(number, extent[part, 0][index])
        yield part, index, column, row
        start = stop
