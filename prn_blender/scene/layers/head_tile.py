"""The one texture of a whole head, as files get it: the face's layers, skin around them, eyes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.head.head_model import HeadModel, bundled_head
from ...core.outputs.head.texture import HeadColours, head_tile
from ...core.photo.photo import encode_image
from ..record.known_head import named_head
from .bake import evaluate, face_share
from .layer_values import LayerValues
from .layers import TextureLayers
from .texture_group import SKIN

_EYES = "prn_eyes"
"""The custom property of a head's material that holds the colours of irises and whites, and of
whites in the light of the teeth: red, green and blue of each, sRGB 0..255; then 1 for a photo
without colours of its own, else 0."""
_HEAD = "prn_head"
"""The custom property of the material of an imported head: its file's path and digest."""
_USUAL = (90.0, 62.0, 44.0, 200.0, 195.0, 190.0)
"""Those colours where somebody has removed it."""


@dataclass(frozen=True, eq=False)
class HeadTile:
    """What a head's texture is painted with besides its layers; needs nothing of Blender.

    Attributes
    ----------
    iris, white : (3,) float32
        Of the eyes, sRGB 0..255.
    bright : (3,) float32 or None
        See `HeadColours`.
    toned : bool
        See `HeadColours`.
    model : HeadModel
    """

    iris: np.ndarray
    white: np.ndarray
    bright: np.ndarray | None
    toned: bool
    model: HeadModel


def set_eyes(layers: TextureLayers, colours: HeadColours) -> None:
    """Remember the colours of a head's eyes."""
    bright = colours.white if colours.bright is None else colours.bright
    told = (*colours.iris, *colours.white, *bright, colours.toned)
    layers.material[_EYES] = [float(v) for v in told]


def set_head(layers: TextureLayers, model: HeadModel) -> None:
    """Remember what a head is made of; nothing for the one that comes with the add-on."""
    if model.path is not None:
        layers.material[_HEAD] = [str(model.path.absolute()), model.sha256]
    elif _HEAD in layers.material:
        del layers.material[_HEAD]


def _head_of(layers: TextureLayers) -> HeadModel:
    """What a head with this material is made of; ModelError if its file is gone."""
    stored = layers.material.get(_HEAD)
    if stored is None:
        return bundled_head()
    words = [str(word) for word in stored] if hasattr(stored, "__len__") else []
    return named_head(*words) if len(words) == 2 else bundled_head()


def tile_of(layers: TextureLayers) -> HeadTile | None:
    """What the texture of a whole head is painted with; None for the material of a lattice."""
    if not layers.of_head:
        return None
    stored = layers.material.get(_EYES)
    numbers = list(stored) if hasattr(stored, "__len__") else []
    # Heads of before knew nothing of teeth, or of photos without colours.
    usable = len(numbers) in (6, 9, 10) and all(isinstance(v, float) for v in numbers)
    told = np.array(numbers if usable else _USUAL, np.float32)
    bright = told[6:9] if len(told) > 6 else None
    toned = len(told) > 9 and bool(told[9])
    return HeadTile(told[:3], told[3:6], bright, toned, _head_of(layers))


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
    skin = np.float32(255) * values.picture(SKIN).astype(np.float32)
    skin = skin if skin.shape[0] > 1 else skin.reshape(3)
    colours = HeadColours(skin, tile.iris, tile.white, tile.bright, tile.toned)
    return head_tile(tile.model, texture, face_share(values), colours)


def composed_png(texture: np.ndarray) -> bytes:
    """A composed image's file: a texture (s, s, 3 or 4) uint8 as an RGB PNG.

    Without alpha, because programs that import a model take it for holes.
    """
    return encode_image(np.ascontiguousarray(texture[..., :3]))
