"""Outlines of the parts of a face, drawn around its landmarks on the canonical face.

A new part needs a function here, an entry in `_OUTLINES`, and its name in `choices.PARTS`. All
functions take the 68 landmarks as (68, 2) float64, in eye distances to the subject's left and up
from between the eyes, and draw a picture (P, P) uint8 that is 1 inside the part.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from ..image.filters import disc
from ..typed import TexelMask
from .landmarks import (
    BROWS,
    EYES,
    INNER_LIPS,
    JAW,
    JAW_ENDS,
    LEFT_BROW,
    LEFT_EYE,
    NOSE_LOWER_EDGE,
    NOSE_ROOT,
    OUTER_LIPS,
    RIGHT_BROW,
    RIGHT_EYE,
)
from .uv_layout import UVLayout

# P, the side of the picture of the canonical face in which outlines are drawn, pixels.
_PICTURE = 768
# Pixels of that picture per eye distance.
_UNIT = 160.0
# Share of the picture's side above the eyes.
_EYE_LEVEL = 0.35

# Landmarks that no other module needs.
# Around a cheek: jaw, corner of the mouth, wing of the nose.
_RIGHT_CHEEK = [1, 2, 3, 4, 48, 31]
_LEFT_CHEEK = [15, 14, 13, 12, 54, 35]
# The outer half of the lower lid, above the cheek.
_RIGHT_LOWER_LID = [36, 41, 40]
_LEFT_LOWER_LID = [45, 46, 47]
# The middle of the jaw.
_CHIN = slice(5, 12)
# The lower edge of the lower lip.
_LOWER_LIP_EDGE = [59, 57, 55]

# Eye distances by which a part is larger than the outline of its landmarks.
# A little inside the jaw line: there every face has skin.
_FACE_GROWS = -0.1
_EYES_GROW = 0.22
# Half the height of a brow, whose landmarks form a line.
_BROWS_GROW = 0.17
_LIPS_GROW = 0.1
_MOUTH_GROWS = 0.16
_NOSE_GROWS = 0.14

# Eye distances.
# From the highest point of the brows up to the top of the face.
_FOREHEAD_HEIGHT = 0.6
# From the lower lid down to the cheek.
_BELOW_LID = 0.28
# From the lower lip down to the chin.
_BELOW_LIP = 0.12


# Drawn once: a swap asks for more combinations of parts than `parts` keeps as soft masks, and one
# outline takes up to 0.1 s. A layout's outlines are 1 MB.
@lru_cache(maxsize=64)
def part_from_landmarks(layout: UVLayout, part: str) -> TexelMask:
    """Find the texels of a part.

    The outline is drawn in the front view of the canonical face. A texel belongs to the part if
    its canonical position lies inside.

    Parameters
    ----------
    layout : UVLayout
    part : str
        Of `choices.PARTS`.

    Returns
    -------
    (S, S) bool
        Read-only.
    """
    marks = layout.canonical_landmarks.astype(np.float64)
    centre = marks[EYES].mean(axis=0)
    points = (marks[:, [0, 2]] - centre[[0, 2]]) / layout.eye_distance
    picture = _OUTLINES[part](points) > 0
    place = (layout.canonical[..., [0, 2]] - centre[[0, 2]]) / layout.eye_distance
    column, row = np.moveaxis(np.rint(_pixels(place)).astype(int), -1, 0)
    seen = (column >= 0) & (column < _PICTURE) & (row >= 0) & (row < _PICTURE) & layout.mask
    inside: TexelMask = seen & picture[row.clip(0, _PICTURE - 1), column.clip(0, _PICTURE - 1)]
    inside.flags.writeable = False
    return inside


def _pixels(points: np.ndarray) -> np.ndarray:
    """Points (..., 2) in eye distances to pixels of the picture."""
    return points * [_UNIT, -_UNIT] + [_PICTURE / 2, _EYE_LEVEL * _PICTURE]


def _hull(points: np.ndarray, grow: float = 0.0) -> np.ndarray:
    """The convex hull of points, grown."""
    picture = np.zeros((_PICTURE, _PICTURE), np.uint8)
    outline = cv2.convexHull(np.rint(_pixels(points)).astype(np.int32))
    cv2.fillConvexPoly(picture, outline, 1)
    return _grown(picture, grow)


def _grown(picture: np.ndarray, grow: float) -> np.ndarray:
    """A region grown by some eye distances, or shrunk if they are negative."""
    kernel = disc(abs(grow) * _UNIT)
    return (cv2.dilate if grow >= 0 else cv2.erode)(picture, kernel)


def _face(points: np.ndarray) -> np.ndarray:
    """Within the jaw line and up to the middle of the forehead: where all faces have skin."""
    brows = points[BROWS]
    # Half an ellipse over the jaw's ends, which lie at the ears, closes the outline above.
    top = brows[:, 1].max() + _FOREHEAD_HEIGHT
    side = np.abs(points[JAW_ENDS, 0]).mean()
    turn = np.radians(np.arange(0, 181, 10))
    low = points[JAW_ENDS, 1].mean()
    arch = np.stack([side * np.cos(turn), low + (top - low) * np.sin(turn)], axis=-1)
    return _grown(_hull(np.concatenate([points[JAW], arch])), _FACE_GROWS)


def _eyes(points: np.ndarray) -> np.ndarray:
    return np.maximum(*(_hull(points[eye], _EYES_GROW) for eye in (RIGHT_EYE, LEFT_EYE)))


def _brows(points: np.ndarray) -> np.ndarray:
    picture = np.zeros((_PICTURE, _PICTURE), np.uint8)
    for side in (RIGHT_BROW, LEFT_BROW):
        line = np.rint(_pixels(points[side])).astype(np.int32)
        cv2.polylines(picture, [line], False, 1, 1)
    return _grown(picture, _BROWS_GROW)


def _lips(points: np.ndarray) -> np.ndarray:
    return _hull(points[OUTER_LIPS], _LIPS_GROW) & ~_hull(points[INNER_LIPS])


def _cheeks(points: np.ndarray) -> np.ndarray:
    """Between jaw, mouth, nose and lower lid."""
    below_eye = [0, -_BELOW_LID]
    right = np.concatenate([points[_RIGHT_CHEEK], points[_RIGHT_LOWER_LID] + below_eye])
    left = np.concatenate([points[_LEFT_CHEEK], points[_LEFT_LOWER_LID] + below_eye])
    cheeks = np.maximum(_hull(right), _hull(left))
    return cheeks & _face(points) & ~_mouth(points) & ~_nose(points)


def _mouth(points: np.ndarray) -> np.ndarray:
    """The lips with what is between them, and a margin of skin."""
    return _hull(points[OUTER_LIPS], _MOUTH_GROWS)


def _nose(points: np.ndarray) -> np.ndarray:
    return _hull(points[[NOSE_ROOT, *NOSE_LOWER_EDGE]], _NOSE_GROWS)


def _forehead(points: np.ndarray) -> np.ndarray:
    """The face above the brows."""
    rows = np.arange(_PICTURE)[:, None]
    brows = _pixels(points[BROWS])[:, 1]
    return _face(points) & (rows < brows.mean()).astype(np.uint8) & ~_brows(points)


def _chin(points: np.ndarray) -> np.ndarray:
    below_lip = points[_LOWER_LIP_EDGE] - [0, _BELOW_LIP]
    return _hull(np.concatenate([points[_CHIN], below_lip])) & _face(points)


_OUTLINES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "face": _face,
    "eyes": _eyes,
    "brows": _brows,
    "nose": _nose,
    "lips": _lips,
    "mouth": _mouth,
    "cheeks": _cheeks,
    "forehead": _forehead,
    "chin": _chin,
}
