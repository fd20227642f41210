"""TODO docstring."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.landmarks import LIP_MARKS
from ..geometry.parts import part_mask, within_landmarks
from ..geometry.uv_layout import UVLayout
from ..image.colour import FLOOR, GAMMA, LUMA
from ..image.filters import disc
from .illumination import Illumination
from .skin import _MARGIN, free_skin

# Per cent of the map's side: half the blurred edge of hair.
_HAIR = 2


# Of the map's side: this far above a brow there is forehead, or a fringe; its share of hair.
_FRINGE, _COVERED = 0.1, 0.6


# The same: half as wide as a tongue of skin may be that hair leaves.
_TONGUE = 0.03


# Logarithm of light by which a beard is darker than the cheeks; the share of what lies below the
# nose that is, if there is one: of 60 clean faces four had more, the first three being beards.
_DARKER, _GROWS = 0.3, 0.22


# Of the map's side: lips and their edge; hairs are finer, gaps in a beard smaller.
_LIPS, _FINE, _GAPS = 0.015, 0.012, 0.03


def hair_region(layout: UVLayout, skin: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Hair, or a hat, that reaches into a face from its upper border.

    Parameters
    ----------
    layout : UVLayout
    skin : (S, S) float32
        Likeness to skin, 0..1.
    seen : (S, S) bool

    Returns
    -------
    (S, S) bool
        With its edge, which is half skin.
    """
    size = layout.size
    soft = part_mask(layout, ("face",), feather=0)
    # Above the nostrils: below them what differs from skin is a beard. Features are no hair.
    inner = part_mask(layout, ("eyes", "nose", "mouth"), feather=0) > 0
    # Hair at the end of a brow is no brow.
    brows = part_mask(layout, "brows", feather=0).astype(np.uint8)
    brows = cv2.erode(brows, np.ones((_HAIR * size // 100,) * 2, np.uint8)) > 0
    strange = seen & (skin < 0.5)
    features = inner | (brows & ~_under_fringe(brows, strange))
    upper = layout.canonical[..., 2] > layout.canonical_landmarks[33, 2]
    strange = strange & upper & ~features & layout.mask
    # What is as thin as a brow is one; its end may reach the border.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * (_HAIR * size // 100) - 1,) * 2)
    strange = cv2.morphologyEx(strange.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
    outside = (soft <= 0) | strange
    _, labels = cv2.connectedComponents(outside.astype(np.uint8), connectivity=4)
    border = np.unique(labels[soft <= 0])
    hair = strange & np.isin(labels, border[border > 0])
    # Its edge is half skin: as the border of a Poisson blend it would brighten all of the face.
    reach = 2 * (_HAIR * size // 100) + 1
    hair = (cv2.dilate(hair.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0) & ~features
    # A brow's end that sticks out into hair goes with it.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(_TONGUE * size) + 1,) * 2)
    return (cv2.morphologyEx(hair.astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0) & ~inner


def _under_fringe(brows: np.ndarray, strange: np.ndarray) -> np.ndarray:
    """(S, S) bool: where there is no skin right above a brow, but hair."""
    high = round(_FRINGE * len(brows))
    side, anchor = (5, high), (2, high - 1)  # from a texel upwards
    free = (~brows).astype(np.float32)
    hair, all_of_it = (
        cv2.boxFilter(values, -1, side, anchor=anchor, normalize=False)
        for values in (free * strange, free)
    )
    return hair > _COVERED * np.maximum(all_of_it, 1)


def beard(face: Face, light: Illumination) -> np.ndarray:
    """Where a face has a beard.

    Parameters
    ----------
    face : Face
    light : Illumination
        On it; of that only what is smooth.

    Returns
    -------
    (S, S) bool
        Without the lips. Nowhere if there is none. A shadow over mouth and chin counts as one.
    """
    layout, size = face.layout, face.layout.size
    linear = (face.texture(size)[..., :3] / np.float32(255)) ** np.float32(GAMMA)
    level = np.log((linear @ LUMA + FLOOR) / (light.shade(face.smooth_normals) @ LUMA + FLOOR))
    level = cv2.GaussianBlur(level.astype(np.float32), (0, 0), _FINE * size)
    height = layout.canonical[..., 2] - layout.canonical_landmarks[33, 2]
    lips = cv2.dilate(within_landmarks(layout, LIP_MARKS), disc(_LIPS * size)) > 0
    seen = face.visibility & (part_mask(layout, "face", feather=0) > 0)
    below = seen & (height < -_MARGIN * layout.eye_distance) & ~lips
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
    corner, top = layout.canonical_landmarks[48], layout.canonical_landmarks[51]
    narrow = np.abs(layout.canonical[..., 0]) < abs(corner[0])
    grows |= below & narrow & (layout.canonical[..., 2] > top[2])
    grows = cv2.morphologyEx(grows.astype(np.uint8), cv2.MORPH_OPEN, disc(_FINE * size))
    return (cv2.morphologyEx(grows, cv2.MORPH_CLOSE, disc(_GAPS * size)) > 0) & ~lips
