"""Names for the 68 landmarks, and how wide eyes and mouth are open.

The landmarks are iBUG's 68 points (300-W), counted from 0. The subject's right side comes first:
in a photo taken from the front it is on the left.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import numpy as np

from ..typed import Landmarks

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

# Single landmarks and small groups.
CHIN = 8
"""The lowest point of the jaw line."""
JAW_ENDS = [0, 16]
"""The two ends of the jaw line, beside the ears."""
INNER_BROW_ENDS = [21, 22]
NOSE_ROOT = 27
"""Between the eyes."""
NOSE_BRIDGE = slice(27, 31)
"""From the root down to the tip."""
NOSE_BRIDGE_END = 29
"""The last point of the bridge above the tip."""
NOSE_TIP = 30
NOSE_BASE = 33
"""Where the nose meets the upper lip."""
NOSTRILS = [31, 32, 34, 35]
"""Around the two nostrils."""
NOSE_LOWER_EDGE = [31, 32, 33, 34, 35]
"""From wing to wing of the nose."""
RIGHT_MOUTH_CORNER = 48
UPPER_LIP_TOP = 51
"""The middle of the upper lip's upper edge."""

# Closed outlines, for `parts.within_landmarks`: the first landmark and one past the last of each.
EYE_OUTLINES = ((36, 42), (42, 48))
"""The right eye, the left eye."""
LIP_OUTLINES = ((48, 60),)
"""The outer edge of the lips."""
INNER_LIP_OUTLINES = ((60, 68),)
"""The inner edge of the lips."""

# The six points of an eye, counted within the eye: its corners, ...
_EYE_CORNERS = [0, 3]
# ... and two points of the upper lid with those of the lower lid that lie below them.
_UPPER_LID = [1, 2]
_LOWER_LID = [5, 4]
# The inner edge of the lips: its corners, ...
_INNER_CORNERS = [60, 64]
# ... and three points of the upper lip with those of the lower lip below them.
_INNER_UPPER = [61, 62, 63]
_INNER_LOWER = [67, 66, 65]


def lean_of(landmarks: Landmarks) -> float:
    """Radians by which a face is turned clockwise: the direction from its chin to its brows."""
    up = landmarks[BROWS, :2].mean(axis=0) - landmarks[CHIN, :2]
    return math.atan2(float(up[0]), -float(up[1]))


def bounds(landmarks: Landmarks) -> tuple[float, float, float, float]:
    """(x0, y0, x1, y1): the bounding box of landmarks (68, 3), photo pixels."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def mouth_aspect_ratio(landmarks: Landmarks) -> float:
    """Measure how far a mouth is open.

    Parameters
    ----------
    landmarks : (68, 3) float
        In any unit and frame.

    Returns
    -------
    float
        Mean distance of the lips' inner edges over the distance of their corners.
    """
    return _aspect_ratio(landmarks, _INNER_UPPER, _INNER_LOWER, _INNER_CORNERS)


def eye_aspect_ratios(landmarks: Landmarks) -> tuple[float, float]:
    """Measure how far the eyes are open.

    Parameters
    ----------
    landmarks : (68, 3) float
        In any unit and frame.

    Returns
    -------
    right, left : float
        Mean distance of the lids over the distance of the eye's corners.

    Notes
    -----
    T. Soukupova, J. Cech, "Real-Time Eye Blink Detection using Facial Landmarks", CVWW 2016.
    """
    right, left = (
        _aspect_ratio(landmarks[eye], _UPPER_LID, _LOWER_LID, _EYE_CORNERS)
        for eye in (RIGHT_EYE, LEFT_EYE)
    )
    return right, left


def _aspect_ratio(
    points: np.ndarray, upper: list[int], lower: list[int], corners: list[int]
) -> float:
    """Mean distance of pairs of points over the distance of the two corners."""
    points = points.astype(np.float64)
    height = np.linalg.norm(points[upper] - points[lower], axis=1).mean()
    width = np.linalg.norm(points[corners[0]] - points[corners[1]])
    return float(height / max(width, 1e-6))
