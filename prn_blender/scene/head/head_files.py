"""The pictures of a whole head, computed without Blender, so that a job's thread can do it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.face.face import Face
from ...core.head.head_model import HeadModel
from ...core.head.whole_head import Head
from ...core.outputs.head.surround import face_shares
from ...core.outputs.head.texture import HeadColours, head_tile
from ...core.photo.photo import encode_image
from ..layers.complete import face_file


@dataclass(frozen=True, eq=False)
class HeadFiles:
    """What `dress` dresses a head in.

    Attributes
    ----------
    face : bytes
        A PNG of where the head shows its face, see `layers.layers.FACE_LAYER`.
    skin : bytes
        A PNG of the skin around the face, in the head's own tile.
    tile : bytes
        A PNG of the whole texture, in the same tile.
    colours : HeadColours
    model : HeadModel
    """

    face: bytes
    skin: bytes
    tile: bytes
    colours: HeadColours
    model: HeadModel


def head_files(face: Face, head: Head, texture: np.ndarray, delight: float = 0.0) -> HeadFiles:
    """Compute a head's pictures.

    Parameters
    ----------
    face : Face
    head : Head
        Fitted to it.
    texture : (N, N, 3 or 4) uint8 sRGB
        Of the face, in its UV layout.
    delight : float
        0..1: how much of the photo's light is taken out of the skin around the face.
    """
    shown, inside = face_shares(face)
    colours = HeadColours.of(face, head, delight)
    tile = head_tile(head.model, texture, shown, colours)
    skin = encode_image(colours.skin)
    return HeadFiles(face_file(shown, inside), skin, encode_image(tile), colours, head.model)
