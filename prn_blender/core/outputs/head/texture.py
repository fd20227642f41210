"""The texture of a whole head: the face as photographed, its skin run on around it, and eyes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...appearance.monochrome import Toning
from ...errors import ModelError
from ...face.face import Face
from ...head.eyeballs import eyeballs, sphere
from ...head.head_model import HeadModel
from ...head.tile.mouth import paint_mouth
from ...head.tile.texels import TileTexels, tile_texels
from ...head.whole_head import Head
from ...image.colour import LUMA
from ...typed import Texture
from .photo_colours import iris_colour, lens_colour, white_at_teeth, white_colour
from .surround import around_photo, face_shares
from .tile import with_face

# Degrees from the middle of the eye: edges of the pupil, the iris, and the dark ring around it.
_PUPIL, _IRIS, _LIMBUS = 10.0, 24.0, 27.0
# Degrees: from the first on lids shade the white of the eye, fully from the second on; how light it
# is there.
_SHADED, _SHADE = (35.0, 65.0), 0.6
# Levels by which the channels of the skin differ at most in a photo without colours.
_GREY = 3.0
_BLACK = (12, 10, 10)


def checked_head(face: Face) -> Head:
    """The whole head of a face.

    Raises
    ------
    ModelError
        It has none.
    """
    if face.head is None:
        raise ModelError(
            "There is no whole head for this face: its model does not tell identity in the way of "
            "the model that comes with the add-on."
        )
    return face.head


def head_texture(face: Face, head: Head, texture: Texture, delight: float = 0.0) -> np.ndarray:
    """Paint the texture of a head.

    Parameters
    ----------
    face : Face
    head : Head
        Fitted to it.
    texture : (N, N, 4) uint8 sRGB
        Of the face, in its UV layout.
    delight : float
        0..1: how much of the photo's light has been taken out of `texture`.

    Returns
    -------
    (M, M, 3) uint8 sRGB
        In the head's own UV tile; the face has as many texels as in `texture`, as far as a texture
        of 8192 has room for them.
    """
    return head_tile(head.model, texture, face_shares(face)[0], HeadColours.of(face, head, delight))


@dataclass(frozen=True, eq=False)
class HeadColours:
    """Colours of a head where the photo does not paint it, sRGB 0..255.

    Attributes
    ----------
    skin : (n, n, 3) uint8, or (3,) float32
        In the head's tile; or all over it.
    iris, white : (3,) float32
        `white` is that of the eyes.
    bright : (3,) float32 or None
        What such a white would be in the light of the teeth; None: as that of the eyes.
    toned : bool
        The photo is grey, or toned in one colour: nothing has colours of its own.
    """

    skin: np.ndarray
    iris: np.ndarray
    white: np.ndarray
    bright: np.ndarray | None = None
    toned: bool = False

    @classmethod
    def of(cls, face: Face, head: Head, delight: float = 0.0) -> HeadColours:
        """Those of a face in a photo, and of the head that was fitted to it.

        `delight`: 0..1, how much of the photo's light is taken out of the skin.
        """
        skin = around_photo(face, head, delight)
        white, iris, toning = white_colour(face), iris_colour(face), face.toning
        bright = white_at_teeth(face, white)
        if toning is not None:
            white, bright, iris = (_toned(toning, colour) for colour in (white, bright, iris))
        lens = lens_colour(face)
        # Behind dark glasses there is nothing but their colour.
        white, iris = (white, iris) if lens is None else (lens, lens)
        return cls(skin, iris, white, bright, toning is not None)

    @property
    def plain(self) -> np.ndarray:
        """(3,) float32: the skin as one colour."""
        return self.skin.reshape(-1, 3).mean(axis=0, dtype=np.float32)

    @property
    def colourless(self) -> bool:
        """Whether the photo has no colours of its own: skin that has some is never grey."""
        return self.toned or bool(np.ptp(self.plain) < _GREY)


def head_tile(
    model: HeadModel, texture: Texture, share: np.ndarray, colours: HeadColours
) -> np.ndarray:
    """Paint the texture of a head around a texture of its face.

    Parameters
    ----------
    model : HeadModel
    texture : (N, N, 3 or more) uint8 sRGB
        Of the face, in its UV layout.
    share : (n, n) float32
        0..1, in the layout: how much of that texture shows; bare skin elsewhere.
    colours : HeadColours

    Returns
    -------
    (M, M, 3) uint8 sRGB
        As of `head_texture`.
    """
    result = with_face(model, texture, share, colours.skin)
    _paint_eyes(result, model, colours)
    bright = colours.white if colours.bright is None else colours.bright
    bright = _grey(bright) if colours.colourless and not colours.toned else bright
    paint_mouth(result, model, bright, colours.colourless)
    return result


def _grey(colour: np.ndarray) -> np.ndarray:
    return np.full(3, colour @ LUMA, np.float32)


def _toned(toning: Toning, colour: np.ndarray) -> np.ndarray:
    """A colour (3,) float32 in those of a photo that is toned."""
    pixel = np.rint(colour).clip(0, 255).astype(np.uint8).reshape(1, 1, 3)
    return toning.apply(pixel)[0, 0].astype(np.float32)


def _paint_eyes(pixels: np.ndarray, model: HeadModel, colours: HeadColours) -> None:
    """Paint pupil, iris and white of both eyes into a texture (M, M, 3) uint8, in place."""
    side, iris, white = len(pixels), colours.iris, colours.white
    if colours.colourless and not colours.toned:
        white = _grey(white)
    rings = np.array([_BLACK, iris, 0.4 * iris, white, white, _SHADE * white], np.float32)
    edges = np.array([_PUPIL, _PUPIL + 1.5, _IRIS, _LIMBUS, *_SHADED])
    for texels, angle in _eye_angles(model, side):
        colour = np.stack([np.interp(angle, edges, rings[:, k]) for k in range(3)], 1)
        left, top, right, bottom = texels.box
        # Past the seams, too: there a mip level would show what is around the eyes.
        pixels[top:bottom, left:right] = np.rint(_SHADE * white)
        pixels[texels.row, texels.column] = np.rint(colour).clip(0, 255)


@lru_cache(maxsize=2)
def _eye_angles(model: HeadModel, side: int) -> list[tuple[TileTexels, np.ndarray]]:
    """Of each eye its texels in the tile, and how many degrees (n,) they are from its middle."""
    quads = model.part == model.part_names.index("eyes")
    found = []
    for eye in eyeballs(model):
        texels = tile_texels(model, quads & np.isin(model.quads, eye.ball).all(1), side)
        middle, _ = sphere(model.mean[eye.ball])
        away = texels.of(model.mean) - middle
        angle = np.degrees(np.arccos(-away[:, 1] / np.linalg.norm(away, axis=1)))
        found.append((texels, angle))
    return found
