"""The one texture of a whole head, as files get it: the face's layers, skin around them, eyes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.head.head_model import bundled_head
from ...core.outputs.head_texture import HeadColours, head_tile
from .bake import evaluate, face_share
from .layer_values import LayerValues
from .layers import TextureLayers
from .texture_group import SKIN

_IRIS = "prn_iris"
"""The custom property of a head's material that holds the colour of its irises, sRGB 0..255."""
_BROWN = (90.0, 62.0, 44.0)
"""Irises where somebody has removed it."""


@dataclass(frozen=True, eq=False)
class HeadTile:
    """What a head's texture is painted with besides its layers; needs nothing of Blender.

    Attributes
    ----------
    iris : (3,) float32
        sRGB 0..255.
    """

    iris: np.ndarray


def set_iris(layers: TextureLayers, colour: np.ndarray) -> None:
    """Remember the colour of a head's irises, (3,) sRGB 0..255."""
    layers.material[_IRIS] = [float(value) for value in colour]


def tile_of(layers: TextureLayers) -> HeadTile | None:
    """What the texture of a whole head is painted with; None for the material of a lattice."""
    if not layers.of_head:
        return None
    stored = layers.material.get(_IRIS)
    numbers = list(stored) if hasattr(stored, "__len__") else []
    usable = len(numbers) == 3 and all(isinstance(v, float) for v in numbers)
    return HeadTile(np.array(numbers if usable else _BROWN, np.float32))


def whole_texture(values: LayerValues, tile: HeadTile | None) -> np.ndarray:
    """All layers as one texture: in the layout, or in a head's own tile.

    Parameters
    ----------
    values : LayerValues
    tile : HeadTile or None
        See `tile_of`.

    Returns
    -------
    (size, size, 4) uint8 sRGB, or of a head (M, M, 3), see `head_tile`
    """
    texture = evaluate(values)
    if tile is None:
        return texture
    skin = values.colour(SKIN, slice(0, values.size)).reshape(-1, 3).mean(axis=0)
    colours = HeadColours(np.float32(255) * skin.astype(np.float32), tile.iris)
    return head_tile(bundled_head(), texture, face_share(values), colours)
