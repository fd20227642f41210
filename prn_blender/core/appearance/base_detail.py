"""The coarse of a face's skin: what light, shadows and all that is smooth make of it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.landmarks import EYE_MARKS, LIP_MARKS
from ..geometry.parts import part_mask, within_landmarks
from ..geometry.uv_layout import UVLayout
from ..image.colour import FLOOR, GAMMA, LUMA
from ..image.diffusion import membrane
from ..image.filters import disc, without_detail
from ..texture.texel_maps import at_layout_size
from .illumination import Illumination
from .skin import free_skin, from_nostrils

# Of the map's side: what is finer is the skin's own; skin between strands is narrower; lashes.
_REACH, _ISLAND, _LASHES = 0.03, 0.015, 0.012
# How far a texel is free skin, 0..1, to tell about it. Eye distances from the nostrils: the base of
# a nose, whose shades are its own.
_FREE, _BASE = 0.3, 0.18
# Logarithm of light: what no shadow and no highlight exceeds; and of the channels, what no skin's
# hue exceeds; of the map's side, over what it is told.
_MOST, _COLOURED, _FINE = 2.0, 0.7, 0.006


@dataclass(frozen=True, eq=False)
class Ground:
    """What is smooth in a face's skin, and what is not.

    Attributes
    ----------
    skin : (S, S, 3) float32
        Linear light of smooth skin, everywhere; under features as it is around.
    sockets : (S, S, 3) float32
        Logarithm: what lids, and all that lies between them and the brows, are over that in the
        coarse; 0 elsewhere.
    coarse : (S, S, 3) float32
        Logarithm: what `skin` is over skin under a distant light.
    detail : (S, S, 3) float32
        Logarithm: what the texture is over `skin`.
    """

    skin: np.ndarray
    sockets: np.ndarray
    coarse: np.ndarray
    detail: np.ndarray


def ground(
    face: Face, light: Illumination, seen: np.ndarray, texture: np.ndarray | None = None
) -> Ground:
    """Tell the coarse of a face's skin from its detail.

    Parameters
    ----------
    face : Face
    light : Illumination
        On it; of that only what is smooth.
    seen : (S, S) bool
        Which texels tell.
    texture : (N, N, 4) uint8 sRGB, optional
        Another one than the photo's.

    Returns
    -------
    Ground

    Notes
    -----
    Edges of large shadows belong to the coarse: they stay where they are.
    """
    layout = face.layout
    linear = (at_layout_size(face, texture)[..., :3] / np.float32(255)) ** np.float32(GAMMA)
    smooth = light.shade(face.smooth_normals)
    ratio = np.log((linear + FLOOR) / (smooth + FLOOR)).astype(np.float32)
    seen = seen & ~_coloured(ratio, seen & (free_skin(layout) > _FREE))
    skin, lids = _skin_and_lids(layout)
    coarse = _coarse(ratio, seen & skin)
    sockets = _coarse(ratio, seen & (skin | lids)) - coarse
    sockets *= _about_eyes(layout)[..., None]
    return Ground(np.exp(coarse) * smooth, sockets, coarse, ratio - coarse)


def _coloured(ratio: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """(S, S) bool: what is of no skin's hue: beads, paint, a pen. Its light is not the skin's."""
    if not skin.any():
        return skin
    size = len(ratio)
    hue = cv2.GaussianBlur(ratio - (ratio @ LUMA)[..., None], (0, 0), _FINE * size)
    apart = np.abs(hue - np.median(hue[skin], axis=0)).max(axis=-1)
    return cv2.dilate((apart > _COLOURED).astype(np.uint8), disc(_LASHES * size)) > 0


def _coarse(ratio: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """(S, S, 3) float32: a ratio without detail, continued from skin (S, S) bool to all else."""
    size = len(ratio)
    # Skin between strands of hair would lend their shadow to all of them.
    islands = np.ones((2 * round(_ISLAND * size) + 1,) * 2, np.uint8)
    weight = cv2.morphologyEx(skin.astype(np.float32), cv2.MORPH_OPEN, islands)
    low = without_detail(ratio, weight, _REACH * size)
    low = membrane(low * weight[..., None], weight > 0)
    return cv2.GaussianBlur(low, (0, 0), _REACH * size / 4).clip(-_MOST, _MOST)


@lru_cache(maxsize=4)
def _skin_and_lids(layout: UVLayout) -> tuple[np.ndarray, np.ndarray]:
    """(S, S) bool twice: skin; skin around the eyes, without lashes and brows."""
    kernel = disc(_LASHES * layout.size)
    eyes, lips = (
        cv2.dilate((within_landmarks(layout, marks) > 0).astype(np.uint8), kernel) > 0
        for marks in (EYE_MARKS, LIP_MARKS)
    )
    brows, sockets, mouth = (
        part_mask(layout, part, feather=0) > 0 for part in ("brows", "eyes", "mouth")
    )
    skin = ((free_skin(layout) > _FREE) | (mouth & ~lips)) & (from_nostrils(layout) > _BASE)
    return skin, sockets & ~eyes & ~brows


@lru_cache(maxsize=4)
def _about_eyes(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: 1 about the eyes and brows, fading into the skin."""
    upper = layout.canonical[..., 2] > layout.canonical_landmarks[30, 2]
    return cv2.GaussianBlur(1 - free_skin(layout), (0, 0), _LASHES * layout.size) * upper
