"""The skin of a whole head around what the photo shows: its colour and broad shading run on.

What the photo's skin has beyond one plain colour is carried over the head in its smooth fields, as
shape is (`head.whole_head`), and what those leave fades out within a few edges of where the photo
ends: so neither a step of colour nor one of light shows there. The scalp is shaded as if shaved.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..head.head_model import HeadModel
from ..head.smooth_fields import carried_on
from ..head.tile.texels import tile_texels
from ..image.diffusion import push_pull
from ..image.filters import ramp
from ..typed import TexelMap

SIDE = 256
"""Texels of a picture of such skin: it has nothing finer than some millimetres."""
# Share of the layout's side, standard deviation: what is finer is no shading but pores and hairs.
_BROAD = 1 / 40
# Share of the skin around a place that the photo has to show: none counts up to the first, all from
# the second on.
_KNOWN = (0.15, 0.6)
# How far a shaved scalp has the colour of hair, and over how many edges that begins.
_SHAVED, _RINGS = 0.3, 4
# Factors of plain skin within which light and colour may run on: photos have black shadows, and
# lights that are white.
_RANGE = (0.45, 1.35)


def skin_colours(
    head: HeadModel,
    texture: np.ndarray,
    trust: TexelMap,
    plain: np.ndarray,
    hair: np.ndarray,
) -> np.ndarray:
    """The colour of each of a head's vertices, were it bare skin.

    Parameters
    ----------
    head : HeadModel
    texture : (S, S, 3) uint8 sRGB
        Of the face, in the head's layout.
    trust : (S, S) float32
        0..1: how surely a texel shows bare skin.
    plain : (3,) float32
        Colour of the skin that is far from what the photo shows, sRGB 0..255.
    hair : (3,) float32
        Colour of hair, sRGB 0..255.

    Returns
    -------
    (V, 3) float32 sRGB 0..255
    """
    sigma = _BROAD * len(trust)
    known = cv2.GaussianBlur(trust, (0, 0), sigma)
    colour = cv2.GaussianBlur(texture.astype(np.float32) * trust[..., None], (0, 0), sigma)
    colour /= np.maximum(known, 1e-3)[..., None]
    at = head.texel[head.shown][:, None]
    weight = np.zeros(head.count, np.float32)
    weight[head.shown] = ramp(cv2.remap(known, at, None, cv2.INTER_LINEAR)[:, 0], _KNOWN)
    found = cv2.remap(colour, at, None, cv2.INTER_LINEAR)[:, 0] - plain
    result = plain + carried_on(head, found, weight)
    result = np.clip(result, _RANGE[0] * plain, _RANGE[1] * plain)
    share = _SHAVED * _scalp(head)[:, None]
    return np.asarray(result + share * (hair - result), np.float32)


@lru_cache(maxsize=4)
def _scalp(head: HeadModel) -> np.ndarray:
    """(V,) float32, 0..1: the scalp with a soft border."""
    a, b, starts, degree = head.neighbours
    near = a[starts]
    share = head.groups["scalp"].astype(np.float32)
    for _ in range(_RINGS):
        share[near] = (share[near] + np.add.reduceat(share[b], starts)) / degree[:, 0]
    return share


def skin_tile(head: HeadModel, colours: np.ndarray) -> np.ndarray:
    """A picture of the colours of a head's skin, in its own UV tile.

    Parameters
    ----------
    head : HeadModel
    colours : (V, 3) float32 sRGB 0..255
        Of its vertices.

    Returns
    -------
    (SIDE, SIDE, 3) uint8 sRGB
        Past the skin its colours are continued.
    """
    corners, weights, inside = _raster(head)
    known = np.zeros((SIDE, SIDE, 4), np.float32)
    known[inside, :3] = (colours[corners] * weights[..., None]).sum(1)
    known[inside, 3] = 1
    return np.clip(np.rint(push_pull(known)), 0, 255).astype(np.uint8)


@lru_cache(maxsize=4)
def _raster(head: HeadModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the texels of the tile that show skin, (SIDE, SIDE) bool: the three vertices (n, 3) around
    each, and their weights (n, 3)."""
    texels = tile_texels(head, head.part == head.part_names.index("skin"), SIDE)
    inside = np.zeros((SIDE, SIDE), bool)
    inside[texels.row, texels.column] = True
    return texels.corners, texels.weights, inside
