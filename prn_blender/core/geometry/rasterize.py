"""A z-buffer in numpy: which triangle the viewer sees at each pixel, and how deep it lies.

Three steps. `_span` finds the box of pixels of each triangle; `_fragments` lists all pixels of all
boxes, some million at a time; `rasterize` keeps those inside their triangle and, of several at one
pixel, the nearest.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..typed import Points, Triangles

# Fragments (pixels of one triangle) that are worked on at once. This bounds the memory, at about 60
# bytes for each, and costs no time.
_CHUNK = 1_000_000
# Barycentric coordinate, and pixels: a pixel this close to an edge belongs to both its triangles,
# so that no crack opens between them.
_EDGE = 1e-6
# Square pixels, twice: triangles of less area are not drawn.
_LEAST_AREA = 1e-12


@dataclass(frozen=True, eq=False)
class Raster:
    """The content of a z-buffer.

    Attributes
    ----------
    depth : (H, W) float32
        z of the surface that is seen at each pixel centre, the largest there; -inf where nothing
        is drawn.
    triangle : (H, W) int32
        Index of the triangle that is seen; -1 where none is.
    """

    depth: np.ndarray
    triangle: np.ndarray


def rasterize(points: Points, triangles: Triangles, width: int, height: int) -> Raster:
    """Draw triangles into a z-buffer.

    Parameters
    ----------
    points : (n, 3) float
        x right and y down in pixels, pixel centres at integers; z toward the viewer.
    triangles : (k, 3) int
        Indices into `points`; both sides of a triangle are drawn.
    width, height : int
        Size of the buffer, pixels.

    Returns
    -------
    Raster
        Depth is interpolated within each triangle, at pixel centres.
    """
    depth = np.full(height * width, -np.inf, np.float32)
    triangle = np.full(height * width, -1, np.int32)
    # One contiguous array for each coordinate, (3 corners, k): that takes a third of the time.
    corners = np.ascontiguousarray(triangles.T)
    x, y, z = (np.ascontiguousarray(points[:, k], np.float32)[corners] for k in range(3))
    area = (x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])
    low_x, columns = _span(x, width)
    low_y, rows = _span(y, height)
    drawn = np.flatnonzero((np.abs(area) > _LEAST_AREA) & (columns > 0) & (rows > 0))
    if len(drawn) == 0:
        return Raster(depth.reshape(height, width), triangle.reshape(height, width))
    low_x, low_y, columns, rows = (v[drawn] for v in (low_x, low_y, columns, rows))
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
        # In ascending order: of several assignments to one pixel numpy keeps the last, so the
        # nearest fragment wins.
        order = nearer[np.argsort(depths[nearer])]
        depth[pixel[order]] = depths[order]
        triangle[pixel[order]] = drawn[part][index[order]]
    return Raster(depth.reshape(height, width), triangle.reshape(height, width))


def barycentric(points: Points, triangles: Triangles, raster: Raster) -> np.ndarray:
    """Barycentric coordinates of each covered pixel in the triangle that is seen there.

    Parameters
    ----------
    points, triangles
        As given to `rasterize`.
    raster : Raster
        Its result.

    Returns
    -------
    (m, 3) float32
        For the m pixels with ``raster.triangle >= 0``, row by row.
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
    """Depth and barycentric coordinates of n triangles as linear functions of x and y.

    Attributes
    ----------
    at_low : (3, n) float32
        Depth, second and third barycentric coordinate at the first pixel of a triangle's box.
    along_x, along_y : (3, n) float32
        By how much they change from one pixel to the next.
    """

    at_low: np.ndarray
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
        """From coordinates (3 corners, n), twice the areas (n,), the boxes' first pixels (n,)."""
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
        """One of the three functions at fragments, see `_fragments`; `which` is 0, 1 or 2."""
        value = self.at_low[which, part][index]
        value += self.along_x[which, part][index] * column
        value += self.along_y[which, part][index] * row
        return value


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross products of vectors (..., 2) in the plane."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _span(values: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels triangles reach along one axis.

    Parameters
    ----------
    values : (3, n) float32
        Coordinate of the three corners.
    size : int
        Of the buffer along that axis.

    Returns
    -------
    first, count : (n,) int32
        The first pixel and the number of pixels, which is 0 or less outside the buffer.
    """
    low = np.ceil(np.minimum(np.minimum(values[0], values[1]), values[2]) - np.float32(_EDGE))
    high = np.floor(np.maximum(np.maximum(values[0], values[1]), values[2]) + np.float32(_EDGE))
    first = np.clip(low, 0, size).astype(np.int32)
    last = np.clip(high, -1, size - 1).astype(np.int32)
    return first, last - first + 1


def _fragments(
    columns: np.ndarray, rows: np.ndarray
) -> Iterator[tuple[slice, np.ndarray, np.ndarray, np.ndarray]]:
    """List all pixels of the triangles' boxes, about `_CHUNK` at a time.

    Parameters
    ----------
    columns, rows : (n,) int32
        Sizes of the boxes.

    Yields
    ------
    part : slice
        Some of the n triangles.
    index : (f,) int32
        For each fragment its triangle, counted from the start of `part`.
    column, row : (f,) int32
        The fragment's place in the box.
    """
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
