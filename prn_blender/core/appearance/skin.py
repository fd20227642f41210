"""How much each texel looks like the face's own skin, and where a face has free skin at all."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..geometry.landmarks import NOSTRILS
from ..geometry.parts import feathered, part_mask, skin_region
from ..geometry.uv_layout import UVLayout
from ..image.colour import log_ratio
from ..image.filters import disc, ramp
from ..texture.texel_maps import TexelMaps
from ..typed import TexelMap
from .illumination import Illumination

STRANGE_TO_SKIN = (5.0, 3.0)
"""Robust standard deviations from lit skin: beyond the first is none, within the second all is."""
# Standard deviations per median absolute deviation of a normal distribution, and the least
# deviation, logarithm of light.
_PER_MAD = 1.4826
_LEAST_SPREAD = 0.05

FEATURE_MARGIN = 0.06
"""Eye distances: around features skin is not free."""
# Eye distances: around nostrils it is not free either.
_NOSTRIL_MARGIN = 0.09
# Share of the map's side: how far free skin goes on past the face's border.
_PAST_BORDER = 0.04


def skin_likeness(maps: TexelMaps, light: Illumination) -> TexelMap:
    """How much each texel of a face looks like its skin in its light.

    Parameters
    ----------
    maps : TexelMaps
    light : Illumination
        On the face; its cast shadows are not used.

    Returns
    -------
    (S, S) float32
        1 for what differs from the lit skin no more than skin does, 0 for hair, cloth, background
        and what the photo does not show.
    """
    return likeness_within(maps, skin_distance(maps, light), STRANGE_TO_SKIN)


def likeness_within(
    maps: TexelMaps, distance: TexelMap, strange_to_skin: tuple[float, float]
) -> TexelMap:
    """(S, S) float32, 0..1: likeness to skin by `skin_distance` (S, S), within other bounds."""
    seen = maps.texture[..., 3].astype(np.float32) / 255
    return seen * ramp(distance, strange_to_skin)


def skin_distance(maps: TexelMaps, light: Illumination) -> TexelMap:
    """(S, S) float32: how far each texel is from skin in its light, robust standard deviations."""
    ratio = log_ratio(maps.light, light.shade(maps.smooth_normals))
    ratio = cv2.GaussianBlur(ratio, (0, 0), maps.size / 128)
    skin = (skin_region(maps.layout) > 0) & maps.known
    middle = np.median(ratio[skin], axis=0)
    spread = _PER_MAD * np.median(np.abs(ratio[skin] - middle), axis=0) + _LEAST_SPREAD
    # The channel that differs most counts; a dark strand of hair is much darker in all of them.
    return np.maximum.reduce(cv2.split(np.abs(ratio - middle) / spread))


@lru_cache(maxsize=4)
def free_skin(layout: UVLayout) -> TexelMap:
    """(S, S) float32: 1 on skin away from features, fading towards them."""
    features = part_mask(layout, ("eyes", "brows", "mouth"), feather=0) > 0
    features |= nostril_distance(layout) < _NOSTRIL_MARGIN
    # Past the border of the face, too: what is swapped ends there, what is repaired must not.
    inner = (part_mask(layout, "face", feather=0) > 0).astype(np.uint8)
    inner = cv2.dilate(inner, disc(_PAST_BORDER * layout.size)) > 0
    return feathered(layout, inner & ~features, FEATURE_MARGIN)


@lru_cache(maxsize=4)
def nostril_distance(layout: UVLayout) -> TexelMap:
    """(S, S) float32: how far each texel is from the nostrils, eye distances."""
    nostrils = layout.canonical_landmarks[NOSTRILS]
    apart = np.linalg.norm(layout.canonical[:, :, None] - nostrils, axis=-1).min(axis=-1)
    return (apart / layout.eye_distance).astype(np.float32)
