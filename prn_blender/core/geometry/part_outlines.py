"""TODO docstring."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from .uv_layout import UVLayout

# iBUG landmark numbers, from 0; the subject's right side has the lower ones.
_JAW = slice(0, 17)


_BROWS = slice(17, 22), slice(22, 27)


_EYES = slice(36, 42), slice(42, 48)


_INNER_LIPS, _OUTER_LIPS = slice(60, 68), slice(48, 60)


# The picture of the canonical face in which outlines are drawn: side, pixels per eye distance.
_PICTURE, _UNIT = 768, 160.0


def _from_landmarks(layout: UVLayout, part: str) -> np.ndarray:
    """(S, S) bool: a part of `PARTS`, outlined by the landmarks on the canonical face.

    Outlines are drawn in the front view, x to the subject's left and z up, from between the
    eyes, in eye distances; a texel belongs to the part whose outline its canonical place is in.
    """
    marks = layout.canonical_landmarks.astype(np.float64)
    centre = marks[36:48].mean(axis=0)
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
    brows = points[17:27]
    # The jaw's ends lie at the ears; a smaller ellipse closes the outline over the brows.
    top = brows[:, 1].max() + 0.6
    side = np.abs(points[[0, 16], 0]).mean()
    turn = np.radians(np.arange(0, 181, 10))
    low = points[[0, 16], 1].mean()
    arch = np.stack([side * np.cos(turn), low + (top - low) * np.sin(turn)], axis=-1)
    return _grown(_hull(np.concatenate([points[_JAW], arch])), -0.1)


def _brows(points: np.ndarray) -> np.ndarray:
    picture = np.zeros((_PICTURE, _PICTURE), np.uint8)
    for side in _BROWS:
        line = np.rint(_pixels(points[side])).astype(np.int32)
        cv2.polylines(picture, [line], False, 1, 1)
    return _grown(picture, 0.17)


def _lips(points: np.ndarray) -> np.ndarray:
    return _hull(points[_OUTER_LIPS], 0.1) & ~_hull(points[_INNER_LIPS])


def _cheeks(points: np.ndarray) -> np.ndarray:
    below_eye = [0, -0.28]
    right = np.concatenate([points[[1, 2, 3, 4, 48, 31]], points[[36, 41, 40]] + below_eye])
    left = np.concatenate([points[[15, 14, 13, 12, 54, 35]], points[[45, 46, 47]] + below_eye])
    cheeks = np.maximum(_hull(right), _hull(left))
    return cheeks & _face(points) & ~_mouth(points) & ~_nose(points)


def _mouth(points: np.ndarray) -> np.ndarray:
    return _hull(points[_OUTER_LIPS], 0.16)


def _nose(points: np.ndarray) -> np.ndarray:
    return _hull(points[[27, 31, 32, 33, 34, 35]], 0.14)


def _forehead(points: np.ndarray) -> np.ndarray:
    rows = np.arange(_PICTURE)[:, None]
    brows = _pixels(points[17:27])[:, 1]
    return _face(points) & (rows < brows.mean()).astype(np.uint8) & ~_brows(points)


def _chin(points: np.ndarray) -> np.ndarray:
    below_lip = points[[59, 57, 55]] - [0, 0.12]
    return _hull(np.concatenate([points[5:12], below_lip])) & _face(points)


_OUTLINES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "face": _face,
    "eyes": lambda points: _both(points, _EYES, 0.22),
    "brows": _brows,
    "nose": _nose,
    "lips": _lips,
    "mouth": _mouth,
    "cheeks": _cheeks,
    "forehead": _forehead,
    "chin": _chin,
}
