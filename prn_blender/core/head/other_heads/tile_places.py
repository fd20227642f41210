"""Where each texel of a head's UV tile is in the UV layout, and the other way round.

For heads with a tile of their own.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ...geometry.nearest import nearest_points
from ..head_model import HeadModel
from ..tile.texels import tile_texels


@lru_cache(maxsize=2)
def tile_places(model: HeadModel, side: int) -> np.ndarray:
    """UV of the layout (side, side, 2) float32 at each texel's middle, v up; NaN beyond it."""
    shown = np.isfinite(model.layout_uv).all((1, 2))
    result = np.full((side, side, 2), np.nan, np.float32)
    if shown.any():
        texels = tile_texels(model, shown, side)
        result[texels.row, texels.column] = texels.of_faces(model.layout_uv)
    result.flags.writeable = False
    return result


def in_own_tile(model: HeadModel, uv: np.ndarray) -> np.ndarray:
    """Where the tile has places (n, 2) of the layout's UV, v up: (n, 2) float32.

    What the head does not show, within lids and lips, lies where the nearest that it shows does.
    """
    if model.face_rect[2] > 0:
        left, bottom, share = model.face_rect
        return np.asarray(uv * share + np.array([left, bottom]), np.float32)
    side, shown = model.layout_size, np.isfinite(model.layout_uv).all((1, 2))
    if not shown.any():
        return np.zeros((len(uv), 2), np.float32)
    texels = tile_texels(model, shown, side, model.layout_uv)
    found = texels.of_faces(model.uv).astype(np.float32)
    middles = np.stack([texels.column, texels.row, np.zeros(len(found))], 1)
    asked = np.c_[uv[:, 0] * side - 0.5, (1 - uv[:, 1]) * side - 0.5, np.zeros(len(uv))]
    return found[nearest_points(middles, asked)[0][:, 0]]


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
