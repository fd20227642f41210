"""The texture of a whole head: the face as photographed, its skin run on around it, and eyes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ..appearance.head_skin import skin_colours, skin_tile
from ..errors import NoFaceError
from ..face.face import Face
from ..geometry.parts import part_mask, skin_region
from ..head.eyeballs import eyeballs, sphere
from ..head.head_model import HeadModel
from ..head.other_heads.tile_places import in_tile, size_in_tile
from ..head.tile.mouth import BRIGHT, ENAMEL, paint_mouth
from ..head.tile.texels import TileTexels, tile_texels
from ..head.whole_head import Head
from ..image.colour import LUMA
from ..image.filters import disc, ramp
from ..typed import Texture

# Sides of a head's texture, texels.
_SMALLEST, _LARGEST = 512, 8192
# Texels of the layout from its rim over which the photo gives way to plain skin: there it shows
# hair, or what is behind the head.
_RIM = (3.0, 16.0)
# Share of the layout's side: smaller holes in what the photo shows are not filled with plain skin.
_HOLES = 0.03
# How much around a place is seen: none of the photo up to the first, all of it from the second.
_SEEN = (0.2, 0.7)
# Share of the visible skin, from its darkest and its lightest end, that does not tell its colour.
_SHADOWS, _LIGHTS = 0.4, 0.8
# Degrees from the middle of the eye: edges of the pupil, the iris, and the dark ring around it.
_PUPIL, _IRIS, _LIMBUS = 10.0, 24.0, 27.0
# Degrees: from the first on lids shade the white of the eye, fully from the second on; how light it
# is there.
_SHADED, _SHADE = (35.0, 65.0), 0.6
# How far the white of the eyes is brought from what shows between the lids to a clean one.
_CLEAN = 0.75
# Levels by which the channels of the skin differ at most in a photo without colours.
_GREY = 3.0
# Share of the mouth's texels, from the darkest on, beyond which teeth are if it shows any; how much
# their channels differ at most, of the largest.
_TEETH, _TINT = 0.75, 0.2
_WHITE, _BROWN, _BLACK = (232, 226, 222), (90, 62, 44), (12, 10, 10)
# Share of an eye's width, around its middle, in which its iris is looked for; and the share of
# those texels that are dark enough. Of all texels of an eye, the share that is its white.
_LOOKED, _DARK, _BRIGHT = 0.3, (0.1, 0.6), (0.7, 0.95)

# Share of a layout from which on hair over a face tells hair's colour, and of the brows' texels,
# from the darkest on, that are hair.
_HAIR, _BROWS = 0.01, 0.4
# Texels of a layout of 256 around hair that are no bare skin.
_BESIDE_HAIR = 4.0
# What stays as photographed whatever lies over it, and eye distances over which that ends.
_FEATURES, _BESIDE_FEATURES = ("eyes", "brows", "nose", "mouth"), 0.1


def head_texture(face: Face, head: Head, texture: Texture) -> np.ndarray:
    """Paint the texture of a head.

    Parameters
    ----------
    face : Face
    head : Head
        Fitted to it.
    texture : (N, N, 4) uint8 sRGB
        Of the face, in its UV layout.

    Returns
    -------
    (M, M, 3) uint8 sRGB
        In the head's own UV tile; the face has as many texels as in `texture`, as far as a texture
        of 8192 has room for them.
    """
    return head_tile(head.model, texture, face_shares(face)[0], HeadColours.of(face, head))


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
    """

    skin: np.ndarray
    iris: np.ndarray
    white: np.ndarray
    bright: np.ndarray | None = None

    @classmethod
    def of(cls, face: Face, head: Head) -> HeadColours:
        """Those of a face in a photo, and of the head that was fitted to it."""
        skin = skin_tile(head.model, bare_skin(face, head))
        white = white_colour(face)
        return cls(skin, iris_colour(face), white, white_at_teeth(face, white))

    @property
    def plain(self) -> np.ndarray:
        """(3,) float32: the skin as one colour."""
        return self.skin.reshape(-1, 3).mean(axis=0, dtype=np.float32)

    @property
    def grey(self) -> bool:
        """Whether the photo has no colours: skin that has some is never grey."""
        return bool(np.ptp(self.plain) < _GREY)


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
    left, bottom, share_of_side = model.face_rect.astype(float)
    own_tile = share_of_side <= 0
    if own_tile:
        share_of_side = size_in_tile(model)
    side = int(np.clip(round(len(texture) / share_of_side), _SMALLEST, _LARGEST))
    pixels = np.ascontiguousarray(texture[..., :3])
    if own_tile:
        face, weight = in_tile(model, pixels, share, side)
        return _around(model, face, weight, colours)
    # From texels of the tile to those of the face's texture, whose rows count from the top.
    scale = len(texture) / (share_of_side * side)
    corner = np.array([left, 1 - bottom - share_of_side]) * side
    shift = 0.5 * scale - 0.5 - scale * corner
    there = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    how, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (side, side)
    face = cv2.warpAffine(pixels, there, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.resize(share, texture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    weight = cv2.warpAffine(weight, there, size, flags=how)
    return _around(model, face, weight, colours)


def _around(
    model: HeadModel, face: np.ndarray, weight: np.ndarray, colours: HeadColours
) -> np.ndarray:
    """The tile (M, M, 3) with a face (M, M, 3), by its share (M, M), and what is around it."""
    size = face.shape[1::-1]
    skin = np.rint(colours.skin).clip(0, 255).astype(np.uint8)
    skin = skin if skin.ndim > 1 else skin.reshape(1, 1, 3)
    skin = cv2.resize(skin, size, interpolation=cv2.INTER_LINEAR)
    result = cv2.blendLinear(face, skin, weight, 1 - weight)
    _paint_eyes(result, model, colours)
    bright = colours.white if colours.bright is None else colours.bright
    paint_mouth(result, model, bright, colours.grey)
    return np.asarray(result)


def skin_colour(face: Face) -> np.ndarray:
    """(3,) float32 sRGB: the colour of a face's skin, between its shadows and its highlights."""
    layout = face.layout
    texture = face.texture(layout.size)
    shown = (skin_region(layout) > 0) & face.visibility
    pixels = texture[shown if shown.any() else layout.mask][:, :3].astype(np.float32)
    light = pixels.sum(1)
    low, high = np.quantile(light, (_SHADOWS, _LIGHTS))
    return np.asarray(pixels[(light >= low) & (light <= high)].mean(0), np.float32)


def bare_skin(face: Face, head: Head) -> np.ndarray:
    """(V, 3) float32 sRGB: each vertex of a head as bare skin, see `appearance.head_skin`."""
    layout = face.layout
    trust = skin_region(layout) * face.texel_confidence() * face.visibility
    texture = face.texture(layout.size)[..., :3]
    return skin_colours(
        head.model, texture, trust.astype(np.float32), skin_colour(face), hair_colour(face)
    )


def hair_colour(face: Face) -> np.ndarray:
    """(3,) float32 sRGB: the colour of the hair over a face; without any, of its brows."""
    layout = face.layout
    pixels = face.texture(layout.size)[..., :3].astype(np.float32)
    hair = _hair_of(face)
    if hair.mean() > _HAIR:
        return np.asarray(np.median(pixels[hair], axis=0), np.float32)
    brows = pixels[part_mask(layout, ("brows",), feather=0) > 0]
    light = brows.sum(axis=1)
    return np.asarray(brows[light <= np.quantile(light, _BROWS)].mean(axis=0), np.float32)


def iris_colour(face: Face) -> np.ndarray:
    """(3,) float32 sRGB: the colour of a face's irises; a brown where the layout has no eyes."""
    return _of_eyes(face, _LOOKED, _DARK, _BROWN)


def white_colour(face: Face) -> np.ndarray:
    """(3,) float32 sRGB: the colour of the whites of a face's eyes, about as light as the photo's.

    What shows between the lids is small, and shaded and reddened by them.
    """
    seen = _of_eyes(face, 1.0, _BRIGHT, _WHITE)
    white = np.array(_WHITE, np.float32)
    clean = white * (1 + seen.mean() / white.mean()) / 2
    return np.asarray(seen + _CLEAN * (clean - seen), np.float32)


def white_at_teeth(face: Face, white: np.ndarray) -> np.ndarray:
    """(3,) float32 sRGB: what the white of the eyes would be in the light of the teeth.

    Where the mouth shows something brighter than teeth would be in the light of the eyes, and
    without much colour, these are the teeth. Else it is as the white of the eyes.
    """
    layout = face.layout
    if "mouth" not in layout.parts:
        return white
    pixels = face.texture(layout.size)[layout.parts["mouth"], :3].astype(np.float32)
    light = pixels.sum(1)
    seen = pixels[light >= np.quantile(light, _TEETH)].mean(0)
    there = seen * (np.float32(BRIGHT) / np.array(ENAMEL, np.float32))
    tinted = np.ptp(seen) > _TINT * seen.max()
    return white if tinted or there.mean() <= white.mean() else np.asarray(there, np.float32)


def _of_eyes(
    face: Face,
    reach: float,
    share: tuple[float, float],
    otherwise: tuple[int, int, int],
) -> np.ndarray:
    """Mean colour (3,) of a share of the texels of both eyes, ordered from dark to light.

    `reach`: how far from the middle, in widths of an eye. `otherwise`: where a layout has no eyes.
    """
    layout, found = face.layout, []
    texture = face.texture(layout.size)
    for name in ("left_eye", "right_eye"):
        if name not in layout.parts:
            continue
        row, column = np.nonzero(layout.parts[name])
        middle = np.array([row.mean(), column.mean()])
        near = np.hypot(row - middle[0], column - middle[1]) < reach * np.ptp(column)
        pixels = texture[row[near], column[near], :3].astype(np.float32)
        light = pixels.sum(1)
        low, high = np.quantile(light, share)
        found.append(pixels[(light >= low) & (light <= high)].mean(0))
    return np.asarray(np.mean(found, axis=0) if found else otherwise, np.float32)


def face_shares(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Where a head shows the texture of a face, (S, S) float32 each, 0..1.

    Returns
    -------
    shown : where the photo has it, and no hair from above or from the sides lies over it, which
        would end in the middle of the skin; small holes stay in it, for what is continued into
        nostrils and corners of the mouth fits there.
    inside : where it could have it: fades out at the layout's rim only.
    """
    mask = np.pad(face.layout.mask.astype(np.uint8), 1)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)[1:-1, 1:-1]
    inside = np.asarray(ramp(depth * (256 / face.layout.size), _RIM), np.float32)
    seen = face.texture(face.layout.size)[..., 3].astype(np.float32) / 255
    soft = cv2.GaussianBlur(seen, (0, 0), _HOLES * face.layout.size)
    bare = inside * np.asarray(ramp(soft, _SEEN), np.float32)
    return bare * (1 - _hair_share(face)), inside


def _hair_share(face: Face) -> np.ndarray:
    """(S, S) float32, 0..1: where hair lies over a face, with a soft border beyond its own.

    None on features: a fringe that reaches a brow would take half of the brow along.
    """
    texel = face.layout.size / 256
    hair = _hair_of(face).astype(np.uint8)
    wide = cv2.dilate(hair, disc(_BESIDE_HAIR * texel)).astype(np.float32)
    soft = cv2.GaussianBlur(wide, (0, 0), _BESIDE_HAIR / 2 * texel)
    return soft * (1 - part_mask(face.layout, _FEATURES, feather=_BESIDE_FEATURES))


def _hair_of(face: Face) -> np.ndarray:
    """(S, S) bool: `Face.hair` that the photo shows; none where too little skin tells."""
    try:
        return np.asarray(face.hair & face.visibility)
    except NoFaceError:
        return np.zeros(face.layout.mask.shape, bool)


def _paint_eyes(pixels: np.ndarray, model: HeadModel, colours: HeadColours) -> None:
    """Paint pupil, iris and white of both eyes into a texture (M, M, 3) uint8, in place."""
    side, iris, white = len(pixels), colours.iris, colours.white
    if colours.grey:
        white = np.full(3, white @ LUMA, np.float32)
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
