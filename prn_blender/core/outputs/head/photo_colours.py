"""Colours of a head that are read off a photo: skin, hair, irises, the whites of eyes and teeth."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ...appearance.eye_occlusion import EYE_FEATURES
from ...appearance.feature_likeness import is_covered
from ...errors import NoFaceError
from ...face.face import Face
from ...geometry.parts import part_mask, skin_region
from ...head.tile.mouth import BRIGHT, ENAMEL
from ...image.colour import LUMA
from ...image.filters import disc
from ...typed import TexelMap, Texture

# Share of the visible skin, from its darkest and its lightest end, that does not tell its colour.
_SHADOWS, _LIGHTS = 0.4, 0.8
# How far the white of the eyes is brought from what shows between the lids to a clean one.
_CLEAN = 0.75
# Share of the mouth's texels, from the darkest on, beyond which teeth are if it shows any; how much
# their channels differ at most, of the largest, and of how much those of the skin do.
_TEETH, _TINT, _LIKE_SKIN = 0.75, 0.2, 0.65
# Times the skin's brightness: of three quarters of an eye's texels everything is darker behind dark
# glasses only. Whites of eyes are brighter, also in faces that are dark.
_LENS, _OF_EYE = 0.55, 0.75
_WHITE, _BROWN = (232, 226, 222), (90, 62, 44)
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


def skin_colour(face: Face, texture: Texture | None = None) -> np.ndarray:
    """(3,) float32 sRGB: the colour of a face's skin, between its shadows and its highlights.

    Parameters
    ----------
    face : Face
    texture : (S, S, 3 or 4) uint8 sRGB, optional
        Of the layout's size; by default the photo's.
    """
    layout = face.layout
    texture = face.texture(layout.size) if texture is None else texture
    shown = (skin_region(layout) > 0) & face.visibility
    pixels = texture[shown if shown.any() else layout.mask][:, :3].astype(np.float32)
    light = pixels.sum(1)
    low, high = np.quantile(light, (_SHADOWS, _LIGHTS))
    return np.asarray(pixels[(light >= low) & (light <= high)].mean(0), np.float32)


def has_hair(face: Face) -> bool:
    """Whether hair over a face, or at its sides, tells of the hair on its head."""
    return bool(_hair_of(face).mean() > _HAIR)


def hair_share(face: Face) -> TexelMap:
    """(S, S) float32, 0..1: where hair lies over a face, with a soft border beyond its own.

    None on features: a fringe that reaches a brow would take half of the brow along.
    """
    texel = face.layout.size / 256
    hair = _hair_of(face).astype(np.uint8)
    wide = cv2.dilate(hair, disc(_BESIDE_HAIR * texel)).astype(np.float32)
    soft = cv2.GaussianBlur(wide, (0, 0), _BESIDE_HAIR / 2 * texel)
    return soft * (1 - part_mask(face.layout, _FEATURES, feather=_BESIDE_FEATURES))


def hair_colour(face: Face) -> np.ndarray:
    """(3,) float32 sRGB: the colour of the hair over a face; without any, of its brows."""
    layout = face.layout
    pixels = face.texture(layout.size)[..., :3].astype(np.float32)
    if has_hair(face):
        return np.asarray(np.median(pixels[_hair_of(face)], axis=0), np.float32)
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
    skin = skin_colour(face)
    most = max(_TINT, _LIKE_SKIN * float(np.ptp(skin) / max(skin.max(), 1)))
    tinted = np.ptp(seen) > most * seen.max()
    return white if tinted or there.mean() <= white.mean() else np.asarray(there, np.float32)


def lens_colour(face: Face) -> np.ndarray | None:
    """(3,) float32 sRGB: of the dark glasses before a face's eyes; None if there are none."""
    layout = face.layout
    eyes = part_mask(layout, ("eyes",), feather=0) > 0
    pixels = face.texture(layout.size)[eyes, :3].astype(np.float32)
    if not eyes.any() or not (
        np.quantile(pixels @ LUMA, _OF_EYE) < _LENS * float(skin_colour(face) @ LUMA)
        and all(is_covered("eye", face.likeness[eye]) for eye in EYE_FEATURES)
    ):
        return None
    return np.asarray(np.median(pixels, axis=0), np.float32)


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


def _hair_of(face: Face) -> np.ndarray:
    """(S, S) bool: `Face.hair` that the photo shows; none where too little skin tells."""
    try:
        return np.asarray(face.hair & face.visibility)
    except NoFaceError:
        return np.zeros(face.layout.mask.shape, bool)
