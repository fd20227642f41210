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
    # One array per coordinate and corner: contiguous numbers take a third of the time.
    corners = np.ascontiguousarray(triangles.T)
    x, y, z = (np.ascontiguousarray(points[:, k], np.float32)[corners] for k in range(3))
    area = (x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])
    low_x, columns = _span(x, width)
    low_y, rows = _span(y, height)
    drawn = np.flatnonzero((np.abs(area) > 1e-12) & (columns > 0) & (rows > 0))
    if len(drawn) == 0:
        return Raster(depth.reshape(height, width), owner.reshape(height, width))
    low_x, low_y, columns, rows = (v[drawn] for v in (low_x, low_y, columns, rows))
    # Each triangle's depth and barycentric coordinates are linear in x and y:
    # value = at_low + along_x * column + along_y * row, column and row counted from its box.
    x, y, z = (np.ascontiguousarray(v[:, drawn]) for v in (x, y, z))
    planes = _Planes.of(x, y, z, area[drawn], low_x, low_y)
    first_pixel = low_y * width + low_x
    for part, index, column, row in _fragments(columns, rows):
        w1 = planes.at(1, part, index, column, row)
        w2 = planes.at(2, part, index, column, row)
        inside = np.flatnonzero((w1 >= -_EDGE) & (w2 >= -_EDGE) & (w1 + w2 <= 1 + _EDGE))
        index, column, row = index[inside], column[inside], row[inside]
        depths = planes.at(0, part, index, column, row)
        pixel = first_pixel[part][index] + row * width + column
        nearer = np.flatnonzero(depths > depth[pixel])
        # Of several fragments on one pixel numpy's assignment keeps the last: the nearest.
        order = nearer[np.argsort(depths[nearer])]
        depth[pixel[order]] = depths[order]
        owner[pixel[order]] = drawn[part][index[order]]
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
        cls,
        x: np.ndarray,
        y: np.ndarray,
        z: np.ndarray,
        area: np.ndarray,
        low_x: np.ndarray,
        low_y: np.ndarray,
    ) -> _Planes:
        """From coordinates (3 corners, n), twice the areas (n,), and the boxes' corners (n,)."""
        inverse = np.float32(1) / area
        x1, y1 = (y[2] - y[0]) * inverse, (x[0] - x[2]) * inverse
        x2, y2 = (y[0] - y[1]) * inverse, (x[1] - x[0]) * inverse
        dx, dy = low_x.astype(np.float32) - x[0], low_y.astype(np.float32) - y[0]
        w1, w2 = x1 * dx + y1 * dy, x2 * dx + y2 * dy
        z1, z2 = z[1] - z[0], z[2] - z[0]
        depth = z[0] + w1 * z1 + w2 * z2
        zx, zy = x1 * z1 + x2 * z2, y1 * z1 + y2 * z2
        return cls(np.stack([depth, w1, w2]), np.stack([zx, x1, x2]), np.stack([zy, y1, y2]))

    def at(
        self, which: int, part: slice, index: np.ndarray, column: np.ndarray, row: np.ndarray
    ) -> np.ndarray:
        value = self.at_low[which, part][index]
        value += self.along_x[which, part][index] * column
        value += self.along_y[which, part][index] * row
        return value


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _span(values: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """First pixel and number of pixels, int32, that triangles reach along one axis.

    Parameters
    ----------
    values : (3, n) float32
        The corners' coordinates.
    size : int
        Of the buffer.
    """
    low = np.ceil(np.minimum(np.minimum(values[0], values[1]), values[2]) - np.float32(_EDGE))
    high = np.floor(np.maximum(np.maximum(values[0], values[1]), values[2]) + np.float32(_EDGE))
    first = np.clip(low, 0, size).astype(np.int32)
    last = np.clip(high, -1, size - 1).astype(np.int32)
    return first, last - first + 1


def _fragments(
    columns: np.ndarray, rows: np.ndarray
) -> Iterator[tuple[slice, np.ndarray, np.ndarray, np.ndarray]]:
    """All pixels of all triangles' boxes, in parts: (triangles, index in part, column, row)."""
    counts = columns.astype(np.int64) * rows
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
        row, column = np.divmod(number, columns[part][index])
        yield part, index, column, row
        start = stop
