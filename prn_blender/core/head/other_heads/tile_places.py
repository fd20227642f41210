"""Where each texel of a head's UV tile is in the UV layout, for heads with a tile of their own."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ...geometry.rasterize import barycentric, rasterize
from ..head_model import HeadModel


@lru_cache(maxsize=2)
def tile_places(model: HeadModel, side: int) -> np.ndarray:
    """UV of the layout (side, side, 2) float32 at each texel's middle, v up; NaN beyond it."""
    layout_uv = model.layout_uv
    shown = np.isfinite(layout_uv).all((1, 2))
    places = model.uv[shown].reshape(-1, 2) * side
    points = np.c_[places[:, 0] - 0.5, side - places[:, 1] - 0.5, np.zeros(len(places))]
    points = points.astype(np.float32)
    first = 4 * np.arange(int(shown.sum()))[:, None]
    triangles = np.concatenate([first + np.array(half) for half in ([0, 1, 2], [0, 2, 3])])
    raster = rasterize(points, triangles, side, side)
    weights = barycentric(points, triangles, raster)
    inside = raster.triangle >= 0
    corners = layout_uv[shown].reshape(-1, 2)[triangles[raster.triangle[inside]]]
    result = np.full((side, side, 2), np.nan, np.float32)
    result[inside] = (corners * weights[..., None]).sum(1)
    result.flags.writeable = False
    return result


@lru_cache(maxsize=4)
def size_in_tile(model: HeadModel) -> float:
    """Side of the layout's square in the tile, on average, over the tile's."""
    shown = np.isfinite(model.layout_uv).all((1, 2))
    if not shown.any():
        return 1.0
    there, here = _area(model.layout_uv[shown]), _area(model.uv[shown])
    return float(np.sqrt(here / max(there, 1e-12)))


def _area(uv: np.ndarray) -> float:
    """Area of faces (n, 4, 2), by their diagonals."""
    a, b = uv[:, 2] - uv[:, 0], uv[:, 3] - uv[:, 1]
    return float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / 2)


def in_tile(
    model: HeadModel, texture: np.ndarray, share: np.ndarray, side: int
) -> tuple[np.ndarray, np.ndarray]:
    """A texture of the layout and the share of it that shows, in a head's own tile.

    Parameters
    ----------
    model : HeadModel
    texture : (N, N, 3) uint8
    share : (n, n) float32
    side : int

    Returns
    -------
    (side, side, 3) uint8 and (side, side) float32
    """
    places = np.nan_to_num(tile_places(model, side))
    inside = np.isfinite(tile_places(model, side)).all(2)
    found = []
    for picture in (texture, share):
        size = len(picture)
        x, y = places[..., 0] * size - 0.5, (1 - places[..., 1]) * size - 0.5
        found.append(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    return found[0], found[1] * inside
