"""Open and closed mouths: whose teeth show."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..geometry.face_geometry import FaceGeometry
from ..geometry.landmarks import INNER_LIP_OUTLINES, INNER_LIPS, mouth_aspect_ratio
from ..geometry.parts import within_landmarks
from ..geometry.uv_layout import UVLayout
from ..image.filters import soft_inside
from ..texture.fragments import Fragments
from ..typed import Matte, TexelMap

# Aspect ratio (opening over width) from which on a mouth is open.
_OPEN = 0.06
# Share of its opening that another mouth has at most if it is closed beside that one.
_CLOSED_BESIDE = 0.5
# Share of the face's size: the soft edge between lips and teeth.
_LIP_EDGE = 0.015


def is_open(face: FaceGeometry, other: FaceGeometry) -> bool:
    """Whether a face shows its teeth and another does not."""
    opened = mouth_aspect_ratio(face.landmarks)
    return opened > _OPEN and mouth_aspect_ratio(other.landmarks) < _CLOSED_BESIDE * opened


def between_lips(layout: UVLayout) -> TexelMap:
    """(S, S) float32: 1 for the texels between the lips, which a closed mouth hides."""
    inside = within_landmarks(layout, INNER_LIP_OUTLINES)
    return cv2.blur(cv2.dilate(inside, np.ones((3, 3), np.uint8)), (3, 3))


def outside_mouth(face: FaceGeometry, fragments: Fragments) -> Matte:
    """(h, w) float32: 0 between the lips, 1 outside, soft at the lips' inner edge."""
    points = face.landmarks[INNER_LIPS, :2] - fragments.region[:2]
    outside = np.ones(fragments.coverage.shape, np.uint8)
    cv2.fillPoly(outside, [np.rint(points).astype(np.int32)], 0)
    return soft_inside(outside > 0, _LIP_EDGE * face.size)
