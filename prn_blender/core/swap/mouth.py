"""Open and closed mouths: whose teeth show."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.landmarks import INNER_LIP_MARKS, mouth_opening
from ..geometry.parts import within_landmarks
from ..geometry.uv_layout import UVLayout
from ..image.filters import fading
from ..texture.render import Surface

# An open mouth: distance between the inner lips over the mouth's width. Width of its soft edge,
# of the face's size.
_OPEN, _LIP = 0.06, 0.015


def is_open(face: Face, other: Face) -> bool:
    """Whether a face shows its teeth and another does not."""
    opened = mouth_opening(face)
    return opened > _OPEN and mouth_opening(other) < 0.5 * opened


def between_lips(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: 1 for the texels between the lips, which a closed mouth hides."""
    inside = within_landmarks(layout, INNER_LIP_MARKS)
    return cv2.blur(cv2.dilate(inside, np.ones((3, 3), np.uint8)), (3, 3))


def around_mouth(face: Face, surface: Surface) -> np.ndarray:
    """(h, w) float32: 0 between the lips, 1 outside, soft at the lips' inner edge."""
    points = face.landmarks[60:68, :2] - surface.region[:2]
    outside = np.ones(surface.coverage.shape, np.uint8)
    cv2.fillPoly(outside, [np.rint(points).astype(np.int32)], 0)
    return fading(outside > 0, _LIP * face.size)
