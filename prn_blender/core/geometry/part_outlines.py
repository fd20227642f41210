"""Outlines of the parts of a face, drawn from its landmarks on the mean face.

A new part needs a function here, an entry in `_OUTLINES`, and its name in `choices.PARTS`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

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

# Side, in pixels, of the picture of the canonical face in which outlines are drawn.
_PICTURE = 768
# Pixels of that picture per eye distance.
_UNIT = 160.0

# Landmarks around a cheek: jaw, mouth corner, wing of the nose; and the lower lid above it.
_RIGHT_CHEEK = [1, 2, 3, 4, 48, 31]
_RIGHT_LOWER_LID = [36, 41, 40]
_LEFT_CHEEK = [15, 14, 13, 12, 54, 35]
_LEFT_LOWER_LID = [45, 46, 47]
# The jaw's middle, and the edge of the lower lip above it.
_CHIN = slice(5, 12)
_LOWER_LIP_EDGE = [59, 57, 55]


def part_from_landmarks(layout: UVLayout, part: str) -> np.ndarray:
    """(S, S) bool: a part of `PARTS`, outlined by the landmarks on the canonical face.

    Outlines are drawn in the front view, x to the subject's left and z up, from between the
    eyes, in eye distances; a texel belongs to the part whose outline its canonical place is in.
    """
    marks = layout.canonical_landmarks.astype(np.float64)
    centre = marks[EYES].mean(axis=0)
    points = (marks[:, [0, 2]] - centre[[0, 2]]) / layout.eye_distance
    picture = _OUTLINES[part](points) > 0
    place = (layout.canonical[..., [0, 2]] - centre[[0, 2]]) / layout.eye_distance
    column, row = np.moveaxis(np.rint(_pixels(place)).astype(int), -1, 0)
    seen = (column >= 0) & (column < _PICTURE) & (row >= 0) & (row < _PICTURE) & layout.mask
    return seen & picture[row.clip(0, _PICTURE - 1), column.clip(0, _PICTURE - 1)]


def _pixels(points: np.ndarray) -> np.ndarray:
    """Eye distances from between the eyes to pixels of the picture."""
    return points * [_UNIT, -_UNIT] + [_PICTURE / 2, 0.35 * _PICTURE]


def _hull(points: np.ndarray, grow: float = 0.0) -> np.ndarray:
    """(P, P) uint8: the convex hull of points, grown."""
    picture = np.zeros((_PICTURE, _PICTURE), np.uint8)
    outline = cv2.convexHull(np.rint(_pixels(points)).astype(np.int32))
    cv2.fillConvexPoly(picture, outline, 1)
    return _grown(picture, grow)


def _grown(picture: np.ndarray, grow: float) -> np.ndarray:
    reach = 2 * round(abs(grow) * _UNIT) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    return (cv2.dilate if grow >= 0 else cv2.erode)(picture, kernel)


def _both(points: np.ndarray, sides: Sequence[Sequence[int] | slice], grow: float) -> np.ndarray:
    return np.maximum(*(_hull(points[side], grow) for side in sides))


def _face(points: np.ndarray) -> np.ndarray:
    """Within the jaw line and up to the middle of the forehead: where faces have skin."""
    brows = points[BROWS]
    # The jaw's ends lie at the ears; a smaller ellipse closes the outline over the brows.
    top = brows[:, 1].max() + 0.6
    side = np.abs(points[JAW_ENDS, 0]).mean()
    turn = np.radians(np.arange(0, 181, 10))
    low = points[JAW_ENDS, 1].mean()
    arch = np.stack([side * np.cos(turn), low + (top - low) * np.sin(turn)], axis=-1)
    return _grown(_hull(np.concatenate([points[JAW], arch])), -0.1)


def _brows(points: np.ndarray) -> np.ndarray:
    picture = np.zeros((_PICTURE, _PICTURE), np.uint8)
    for side in (RIGHT_BROW, LEFT_BROW):
        line = np.rint(_pixels(points[side])).astype(np.int32)
        cv2.polylines(picture, [line], False, 1, 1)
    return _grown(picture, 0.17)


def _lips(points: np.ndarray) -> np.ndarray:
    return _hull(points[OUTER_LIPS], 0.1) & ~_hull(points[INNER_LIPS])


def _cheeks(points: np.ndarray) -> np.ndarray:
    below_eye = [0, -0.28]
    right = np.concatenate([points[_RIGHT_CHEEK], points[_RIGHT_LOWER_LID] + below_eye])
    left = np.concatenate([points[_LEFT_CHEEK], points[_LEFT_LOWER_LID] + below_eye])
    cheeks = np.maximum(_hull(right), _hull(left))
    return cheeks & _face(points) & ~_mouth(points) & ~_nose(points)


def _mouth(points: np.ndarray) -> np.ndarray:
    return _hull(points[OUTER_LIPS], 0.16)


def _nose(points: np.ndarray) -> np.ndarray:
    return _hull(points[[NOSE_ROOT, *NOSE_LOWER_EDGE]], 0.14)


def _forehead(points: np.ndarray) -> np.ndarray:
    rows = np.arange(_PICTURE)[:, None]
    brows = _pixels(points[BROWS])[:, 1]
    return _face(points) & (rows < brows.mean()).astype(np.uint8) & ~_brows(points)


def _chin(points: np.ndarray) -> np.ndarray:
    below_lip = points[_LOWER_LIP_EDGE] - [0, 0.12]
    return _hull(np.concatenate([points[_CHIN], below_lip])) & _face(points)


_OUTLINES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "face": _face,
    "eyes": lambda points: _both(points, (RIGHT_EYE, LEFT_EYE), 0.22),
    "brows": _brows,
    "nose": _nose,
    "lips": _lips,
    "mouth": _mouth,
    "cheeks": _cheeks,
    "forehead": _forehead,
    "chin": _chin,
}
