"""How far a face opens its eyes and its mouth."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..face.face import Face


def mouth_opening(face: Face) -> float:
    """Distance between the inner lips over the mouth's width."""
    marks = face.landmarks.astype(np.float64)
    gap = np.linalg.norm(marks[[61, 62, 63]] - marks[[67, 66, 65]], axis=1).mean()
    return float(gap / max(np.linalg.norm(marks[60] - marks[64]), 1e-6))


def eye_openings(face: Face) -> tuple[float, float]:
    """Distance between the lids over the eye's width, of the right and the left eye."""
    right, left = (_eye_opening(face.landmarks[slice(*eye)]) for eye in EYE_MARKS)
    return right, left


def _eye_opening(marks: np.ndarray) -> float:
    points = marks.astype(np.float64)
    height = np.linalg.norm(points[[1, 2]] - points[[5, 4]], axis=1).mean()
    return float(height / max(np.linalg.norm(points[0] - points[3]), 1e-6))


EYE_MARKS, LIP_MARKS, INNER_LIP_MARKS = ((36, 42), (42, 48)), ((48, 60),), ((60, 68),)
"""Outlines for `within_landmarks`."""
