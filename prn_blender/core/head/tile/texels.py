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
    corner_of_face : (n, 3) int
        Which corner of which face each of them is, an index into `quads.ravel()`.
    weights : (n, 3) float32
        Theirs; they add up to 1.
    box : (4,) int
        Left, top, right and bottom of the faces in the tile, the latter two past the end.
    """

    row: np.ndarray
    column: np.ndarray
    corners: np.ndarray
    corner_of_face: np.ndarray
    weights: np.ndarray
    box: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """Values (V, k) of a head's vertices at the texels, (n, k)."""
        found: np.ndarray = (values[self.corners] * self.weights[..., None]).sum(1)
        return found

    def of_faces(self, values: np.ndarray) -> np.ndarray:
        """Values (Q, 4, k) of the faces' corners at the texels, (n, k)."""
        flat = values.reshape(-1, values.shape[-1])
        found: np.ndarray = (flat[self.corner_of_face] * self.weights[..., None]).sum(1)
        return found


def tile_texels(
    model: HeadModel, faces: np.ndarray, side: int, uv: np.ndarray | None = None
) -> TileTexels:
    """Find the texels of a tile that show some faces.

    Parameters
    ----------
    model : HeadModel
    faces : (Q,) bool
        Of `model.quads`.
    side : int
        Of the tile, texels.
    uv : (Q, 4, 2) float32, optional
        Of the faces' corners in another tile, such as `model.layout_uv`.
    """
    places = (model.uv if uv is None else uv)[faces].reshape(-1, 2) * side
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
    number = np.arange(model.quads.size).reshape(model.quads.shape)[faces].reshape(-1)
    corner = number[triangles[raster.triangle[row, column]]]
    box = np.concatenate([low, high])
    vertices = model.quads.reshape(-1)[corner]
    return TileTexels(row + low[1], column + low[0], vertices, corner, weights, box)
