"""A head's own UV tile: which vertices are around each texel of some of its faces."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...geometry.rasterize import barycentric, rasterize
from ..head_model import HeadModel


@dataclass(frozen=True, eq=False)
class TileTexels:
    """The n texels of a tile that show some faces of a head.

    Attributes
    ----------
    row, column : (n,) int
        From the tile's upper left corner.
    corners : (n, 3) int
        The vertices around each texel.
    weights : (n, 3) float32
        Theirs; they add up to 1.
    box : (4,) int
        Left, top, right and bottom of the faces in the tile, the latter two past the end.
    """

    row: np.ndarray
    column: np.ndarray
    corners: np.ndarray
    weights: np.ndarray
    box: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """Values (V, k) of a head's vertices at the texels, (n, k)."""
        found: np.ndarray = (values[self.corners] * self.weights[..., None]).sum(1)
        return found


def tile_texels(model: HeadModel, faces: np.ndarray, side: int) -> TileTexels:
    """Find the texels of a tile that show some faces.

    Parameters
    ----------
    model : HeadModel
    faces : (Q,) bool
        Of `model.quads`.
    side : int
        Of the tile, texels.
    """
    places = model.uv[faces].reshape(-1, 2) * side
    points = np.c_[places[:, 0] - 0.5, side - places[:, 1] - 0.5, np.zeros(len(places))]
    low = np.floor(points[:, :2].min(0)).astype(int)
    high = np.ceil(points[:, :2].max(0)).astype(int) + 1
    points[:, :2] -= low
    points = points.astype(np.float32)
    first = 4 * np.arange(len(places) // 4)[:, None]
    triangles = np.concatenate([first + np.array(half) for half in ([0, 1, 2], [0, 2, 3])])
    raster = rasterize(points, triangles, *(high - low).tolist())
    row, column = np.nonzero(raster.triangle >= 0)
    weights = barycentric(points, triangles, raster)
    corners = model.quads[faces].reshape(-1)[triangles[raster.triangle[row, column]]]
    box = np.concatenate([low, high])
    return TileTexels(row + low[1], column + low[0], corners, weights, box)
