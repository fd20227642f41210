"""From a face's UV layout into a head's own UV tile."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ...head.head_model import HeadModel
from ...head.other_heads.tile_places import in_tile, size_in_tile
from ...typed import Texture

# Sides of a head's texture, texels.
_SMALLEST, _LARGEST = 512, 8192


def _side(model: HeadModel, face_side: int) -> int:
    """Texels along the side of a tile in which a face has about as many as in its own texture."""
    return int(np.clip(round(face_side / _share_of_side(model)), _SMALLEST, _LARGEST))


def with_face(
    model: HeadModel, texture: Texture, share: np.ndarray, around: np.ndarray
) -> np.ndarray:
    """Bring a face into a head's tile.

    Parameters
    ----------
    model : HeadModel
    texture : (N, N, 3 or more) uint8 sRGB
        Of the face, in its UV layout.
    share : (n, n) float32
        0..1, in the layout: how much of that texture shows.
    around : (m, m, 3) or (3,)
        What shows elsewhere, in the tile.

    Returns
    -------
    (M, M, 3) uint8 sRGB
        As many texels as the face needs to have as many there as in its own texture.
    """
    side, pixels = _side(model, len(texture)), np.ascontiguousarray(texture[..., :3])
    left, bottom, share_of_side = model.face_rect.astype(float)
    if share_of_side <= 0:
        face, weight = in_tile(model, pixels, share, side)
    else:
        # From texels of the tile to those of the face's texture, whose rows count from the top.
        scale = len(texture) / (share_of_side * side)
        corner = np.array([left, 1 - bottom - share_of_side]) * side
        shift = 0.5 * scale - 0.5 - scale * corner
        there = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        how, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (side, side)
        face = cv2.warpAffine(pixels, there, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        weight = cv2.resize(share, texture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        weight = cv2.warpAffine(weight, there, size, flags=how)
    skin = np.rint(around).clip(0, 255).astype(np.uint8)
    skin = skin if skin.ndim > 1 else skin.reshape(1, 1, 3)
    skin = cv2.resize(skin, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.blendLinear(face, skin, weight, 1 - weight))


def _share_of_side(model: HeadModel) -> float:
    rect = float(model.face_rect[2])
    return rect if rect > 0 else size_in_tile(model)
