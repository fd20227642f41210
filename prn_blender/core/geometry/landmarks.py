"""The 68 landmarks by name, and how wide eyes and mouth are open.

iBUG's 68 points (300-W), numbered from 0. The subject's right side comes first: in a photo taken
from the front it is on the left.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

# Runs of landmarks.
JAW = slice(0, 17)
RIGHT_BROW = slice(17, 22)
LEFT_BROW = slice(22, 27)
BROWS = slice(17, 27)
RIGHT_EYE = slice(36, 42)
LEFT_EYE = slice(42, 48)
EYES = slice(36, 48)
OUTER_LIPS = slice(48, 60)
INNER_LIPS = slice(60, 68)

# Single landmarks.
JAW_ENDS = [0, 16]
"""Beside the ears."""
INNER_BROW_ENDS = [21, 22]
NOSE_ROOT = 27
"""Between the eyes."""
NOSE_BRIDGE_END = 29
"""Above the tip."""
NOSE_TIP = 30
NOSE_BASE = 33
"""Where the nose meets the upper lip."""
NOSTRILS = [31, 32, 34, 35]
NOSE_LOWER_EDGE = [31, 32, 33, 34, 35]
RIGHT_MOUTH_CORNER = 48
UPPER_LIP_TOP = 51

# Closed outlines, for `parts.within_landmarks`: the first landmark of each and one past its last.
EYE_OUTLINES = ((36, 42), (42, 48))
"""The right eye, the left eye."""
LIP_OUTLINES = ((48, 60),)
INNER_LIP_OUTLINES = ((60, 68),)

# Within an eye's six points: corners, and lids from above and from below, in pairs.
_EYE_CORNERS = [0, 3]
_UPPER_LID = [1, 2]
_LOWER_LID = [5, 4]
# The inner lips: corners, and the upper and the lower lip in pairs.
_INNER_CORNERS = [60, 64]
_INNER_UPPER = [61, 62, 63]
_INNER_LOWER = [67, 66, 65]


def mouth_aspect_ratio(landmarks: np.ndarray) -> float:
    """How far a mouth is open: the distance between the inner lips over the mouth's width.

    Parameters
    ----------
    landmarks : (68, 3) float
        In any unit.
    """
    return _aspect_ratio(landmarks, _INNER_UPPER, _INNER_LOWER, _INNER_CORNERS)


def eye_aspect_ratios(landmarks: np.ndarray) -> tuple[float, float]:
    """How far the right and the left eye are open: the lids' distance over the eye's width.

    Parameters
    ----------
    landmarks : (68, 3) float
        In any unit.
    """
    right, left = (
        _aspect_ratio(landmarks[eye], _UPPER_LID, _LOWER_LID, _EYE_CORNERS)
        for eye in (RIGHT_EYE, LEFT_EYE)
    )
    return right, left


def _aspect_ratio(
    points: np.ndarray, upper: list[int], lower: list[int], corners: list[int]
) -> float:
    points = points.astype(np.float64)
    height = np.linalg.norm(points[upper] - points[lower], axis=1).mean()
    width = np.linalg.norm(points[corners[0]] - points[corners[1]])
    return float(height / max(width, 1e-6))
