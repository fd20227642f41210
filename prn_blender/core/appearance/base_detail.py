"""A face's skin in two layers: a smooth base, which holds all light and shadow, and the detail."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ..geometry.landmarks import EYE_OUTLINES, LIP_OUTLINES, NOSE_TIP
from ..geometry.parts import part_mask, within_landmarks
from ..geometry.uv_layout import UVLayout
from ..image.colour import LUMA, log_ratio
from ..image.diffusion import membrane
from ..image.filters import disc, guided_filter, square
from ..texture.texel_maps import TexelMaps
from ..typed import TexelColours, TexelMask
from .illumination import Illumination
from .skin import free_skin, nostril_distance

# Shares of the map's side.
# Detail is finer than this.
_REACH = 0.03
# Islands of skin between strands of hair are narrower than this.
_ISLAND = 0.015
LASHES = 0.012
"""Width of lashes and of the soft edge of lids, share of the map's side."""
# Hue is judged at this scale.
_FINE = 0.006

# Free skin, 0..1, from which on a texel tells about the base.
_FREE = 0.3
# Eye distances from the nostrils: the base of the nose, whose shading is its own.
_NOSE_BASE = 0.18

# Logarithm of light: no shadow and no highlight exceeds this.
_MOST = 2.0
# Logarithm of a channel over the brightness: no hue of skin is further from the median hue.
_COLOURED = 0.7


@dataclass(frozen=True, eq=False)
class BaseDetail:
    """The smooth base of a face's skin, and what the texture has over it.

    Attributes
    ----------
    base : (S, S, 3) float32
        Linear light of smooth skin, everywhere; under features as it is around them.
    sockets : (S, S, 3) float32
        Logarithm: how lids, and all between them and the brows, differ from the base at a coarse
        scale; 0 elsewhere.
    coarse : (S, S, 3) float32
        Logarithm of the base over skin under a distant light: shadows and highlights.
    detail : (S, S, 3) float32
        Logarithm of the texture over the base.
    """

    base: TexelColours
    sockets: TexelColours
    coarse: TexelColours
    detail: TexelColours


def split_base_detail(maps: TexelMaps, light: Illumination, seen: TexelMask) -> BaseDetail:
    """Split a face's texture into a smooth base of skin and its detail.

    Parameters
    ----------
    maps : TexelMaps
    light : Illumination
        On the face; its cast shadows are not used.
    seen : (S, S) bool
        Texels that may tell about the skin.

    Returns
    -------
    BaseDetail

    Notes
    -----
    Edges of large shadows belong to the base: they stay where they are.
    """
    layout = maps.layout
    smooth = light.shade(maps.smooth_normals)
    ratio = log_ratio(maps.light, smooth)
    seen = seen & ~_no_skin_hue(ratio, seen & (free_skin(layout) > _FREE))
    skin, lids = _skin_and_lids(layout)
    coarse = _coarse(ratio, seen & skin)
    sockets = _coarse(ratio, seen & (skin | lids)) - coarse
    sockets *= _about_eyes(layout)[..., None]
    return BaseDetail(np.exp(coarse) * smooth, sockets, coarse, ratio - coarse)


def _no_skin_hue(ratio: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """(S, S) bool: places of no skin's hue (beads, paint), which tell nothing of its light."""
    if not skin.any():
        return skin
    size = len(ratio)
    hue = cv2.GaussianBlur(ratio - (ratio @ LUMA)[..., None], (0, 0), _FINE * size)
    apart = np.abs(hue - np.median(hue[skin], axis=0)).max(axis=-1)
    return cv2.dilate((apart > _COLOURED).astype(np.uint8), disc(LASHES * size)) > 0


def _coarse(ratio: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """(S, S, 3) float32: a ratio without detail, continued from skin (S, S) bool to all else."""
    size = len(ratio)
    # Skin between strands of hair would lend their shadow to all of them.
    weight = cv2.morphologyEx(skin.astype(np.float32), cv2.MORPH_OPEN, square(_ISLAND * size))
    low = guided_filter(ratio, weight, _REACH * size)
    low = membrane(low * weight[..., None], weight > 0)
    return cv2.GaussianBlur(low, (0, 0), _REACH * size / 4).clip(-_MOST, _MOST)


@lru_cache(maxsize=4)
def _skin_and_lids(layout: UVLayout) -> tuple[np.ndarray, np.ndarray]:
    """(S, S) bool twice: skin; skin around the eyes, without lashes and brows."""
    kernel = disc(LASHES * layout.size)
    eyes, lips = (
        cv2.dilate((within_landmarks(layout, outlines) > 0).astype(np.uint8), kernel) > 0
        for outlines in (EYE_OUTLINES, LIP_OUTLINES)
    )
    brows, sockets, mouth = (
        part_mask(layout, part, feather=0) > 0 for part in ("brows", "eyes", "mouth")
    )
    skin = (free_skin(layout) > _FREE) | (mouth & ~lips)
    skin &= nostril_distance(layout) > _NOSE_BASE
    return skin, sockets & ~eyes & ~brows


@lru_cache(maxsize=4)
def _about_eyes(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: 1 about the eyes and brows, fading into the skin."""
    upper = layout.canonical[..., 2] > layout.canonical_landmarks[NOSE_TIP, 2]
    return cv2.GaussianBlur(1 - free_skin(layout), (0, 0), LASHES * layout.size) * upper
