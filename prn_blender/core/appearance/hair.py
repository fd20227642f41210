"""How hair is told from skin: what hangs into a face from above, and beards."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..geometry.landmarks import BROWS, LIP_OUTLINES, NOSE_BASE, RIGHT_MOUTH_CORNER, UPPER_LIP_TOP
from ..geometry.parts import part_mask, within_landmarks
from ..geometry.uv_layout import UVLayout
from ..image.colour import LUMA, log_ratio
from ..image.filters import disc, ramp, smoothstep, square
from ..texture.texel_maps import TexelMaps
from ..typed import TexelMap, TexelMask
from .illumination import Illumination
from .skin import FEATURE_MARGIN, free_skin

# Per cent of the map's side: half the width of hair's blurred edge; brows are as thin.
_EDGE_PERCENT = 2
# Share of the map's side: this far above a brow there is forehead, or a fringe.
_FRINGE = 0.1
# Share of that place that is hair where there is a fringe.
_COVERED = 0.6

# Eye distances above the brows: from the first on hair grows on a head's side, and from the second
# on everywhere.
_SCALP = (-0.2, 0.3)

# Logarithm of light: a beard is darker than the cheeks by this.
_DARKER = 0.3
# Share of what lies below the nose that is darker if there is a beard. Of 60 clean faces four had
# more, and the first three of those were beards.
_GROWS = 0.22
# Shares of the map's side: lips with their edge; single hairs are finer than the second; gaps in a
# beard are smaller than the third.
_LIPS = 0.015
_FINE = 0.012
_GAPS = 0.03


def hair_region(layout: UVLayout, skin: TexelMap, seen: TexelMask) -> TexelMask:
    """Find hair, or a hat, that reaches into a face from its upper border.

    Parameters
    ----------
    layout : UVLayout
    skin : (S, S) float32
        Likeness to skin, 0..1, see `skin_likeness`.
    seen : (S, S) bool

    Returns
    -------
    (S, S) bool
        With its edge, which is half skin.

    Notes
    -----
    Hair is what does not look like skin, lies above the nose's base and is joined to the border of
    the face. Below that line, what differs from skin is a beard, see `beard`.
    """
    size = layout.size
    edge = _EDGE_PERCENT * size // 100
    soft = part_mask(layout, ("face",), feather=0)
    inner = part_mask(layout, ("eyes", "nose", "mouth"), feather=0) > 0
    # Hair at the end of a brow is not the brow.
    brows = part_mask(layout, "brows", feather=0).astype(np.uint8)
    brows = cv2.erode(brows, np.ones((edge,) * 2, np.uint8)) > 0
    strange = seen & (skin < 0.5)
    features = inner | (brows & ~under_fringe(brows, strange))
    upper = layout.canonical[..., 2] > layout.canonical_landmarks[NOSE_BASE, 2]
    strange = strange & upper & ~features & layout.mask
    # What is as thin as a brow is one, and its end may reach the border.
    strange = cv2.morphologyEx(strange.astype(np.uint8), cv2.MORPH_OPEN, disc(edge - 1)) > 0
    outside = (soft <= 0) | strange
    _, labels = cv2.connectedComponents(outside.astype(np.uint8), connectivity=4)
    border = np.unique(labels[soft <= 0])
    hair = strange & np.isin(labels, border[border > 0])
    # Its edge is half skin: as the border of a Poisson blend it would brighten the whole face.
    return (cv2.dilate(hair.astype(np.uint8), square(edge)) > 0) & ~features


def under_fringe(brows: np.ndarray, strange: np.ndarray) -> np.ndarray:
    """(S, S) bool: places right below hair, where a brow would have skin above it."""
    high = round(_FRINGE * len(brows))
    side, anchor = (5, high), (2, high - 1)  # from a texel upwards
    free = (~brows).astype(np.float32)
    hair, everything = (
        cv2.boxFilter(values, -1, side, anchor=anchor, normalize=False)
        for values in (free * strange, free)
    )
    return hair > _COVERED * np.maximum(everything, 1)


def beard(maps: TexelMaps, light: Illumination) -> TexelMask:
    """Find where a face has a beard.

    Parameters
    ----------
    maps : TexelMaps
    light : Illumination
        On the face; its cast shadows are not used.

    Returns
    -------
    (S, S) bool
        Without the lips; False everywhere if there is no beard. A shadow over mouth and chin
        counts as one.
    """
    layout, size = maps.layout, maps.size
    level = log_ratio(maps.light @ LUMA, light.shade(maps.smooth_normals) @ LUMA)
    level = cv2.GaussianBlur(level, (0, 0), _FINE * size)
    height = layout.canonical[..., 2] - layout.canonical_landmarks[NOSE_BASE, 2]
    lips = cv2.dilate(within_landmarks(layout, LIP_OUTLINES), disc(_LIPS * size)) > 0
    seen = maps.visibility & (part_mask(layout, "face", feather=0) > 0)
    below = seen & (height < -FEATURE_MARGIN * layout.eye_distance) & ~lips
    cheeks = seen & (part_mask(layout, "cheeks", feather=0) > 0) & (height > 0)
    cheeks &= free_skin(layout) > 0.5
    if not (below.any() and cheeks.any()):
        return np.zeros(layout.mask.shape, bool)
    grows = below & (level < np.median(level[cheeks]) - _DARKER)
    if grows.sum() < _GROWS * below.sum():
        return np.zeros(layout.mask.shape, bool)
    # In half shadow or half hidden, it is a beard all the same.
    grows |= layout.mirrored(grows)
    # What is between nose and lips goes with the rest, however fair it is.
    corner = layout.canonical_landmarks[RIGHT_MOUTH_CORNER]
    top = layout.canonical_landmarks[UPPER_LIP_TOP]
    narrow = np.abs(layout.canonical[..., 0]) < abs(corner[0])
    grows |= below & narrow & (layout.canonical[..., 2] > top[2])
    grows = cv2.morphologyEx(grows.astype(np.uint8), cv2.MORPH_OPEN, disc(_FINE * size))
    return (cv2.morphologyEx(grows, cv2.MORPH_CLOSE, disc(_GAPS * size)) > 0) & ~lips


@lru_cache(maxsize=4)
def scalp(layout: UVLayout) -> TexelMap:
    """(S, S) float32: 1 above the brows, where hair that ends is not seen to end; 0 below."""
    height = layout.canonical[..., 2] - layout.canonical_landmarks[BROWS, 2].max()
    return smoothstep(np.asarray(ramp(height / layout.eye_distance, _SCALP), np.float32))
