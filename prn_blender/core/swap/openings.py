"""Open and closed mouths and eyes: whose teeth, and whose eyeballs, show."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..geometry.face_geometry import FaceGeometry
from ..geometry.landmarks import INNER_LIP_OUTLINES, mouth_aspect_ratio
from ..geometry.parts import within_landmarks
from ..geometry.uv_layout import UVLayout
from ..image.filters import soft_inside
from ..texture.fragments import Fragments
from ..typed import Matte, TexelMap

# Aspect ratio (opening over width) from which on a mouth is open.
_OPEN = 0.06
# Share of its opening that another mouth has at most if it is closed beside that one.
_CLOSED_BESIDE = 0.5
# Share of the face's size: the soft edge between lips and teeth, lids and eyeballs.
_EDGE = 0.015


def shows_teeth(face: FaceGeometry) -> bool:
    """Whether a mouth is open."""
    return mouth_aspect_ratio(face.landmarks) > _OPEN


def is_open(face: FaceGeometry, other: FaceGeometry) -> bool:
    """Whether a face shows its teeth and another does not."""
    opened = mouth_aspect_ratio(face.landmarks)
    return shows_teeth(face) and mouth_aspect_ratio(other.landmarks) < _CLOSED_BESIDE * opened


def between_lips(layout: UVLayout) -> TexelMap:
    """(S, S) float32: 1 for the texels between the lips, which a closed mouth hides."""
    inside = within_landmarks(layout, INNER_LIP_OUTLINES)
    return cv2.blur(cv2.dilate(inside, np.ones((3, 3), np.uint8)), (3, 3))


def outside_openings(
    face: FaceGeometry, fragments: Fragments, outlines: Sequence[tuple[int, int]]
) -> Matte:
    """(h, w) float32: 0 within outlines of landmarks, 1 outside, soft at their edge.

    Parameters
    ----------
    face : FaceGeometry
    fragments : Fragments
    outlines : sequence of (int, int)
        As in `geometry.landmarks`: the lips' inner edge, the lids.
    """
    outside = np.ones(fragments.coverage.shape, np.uint8)
    for first, end in outlines:
        points = face.landmarks[first:end, :2] - fragments.region[:2]
        cv2.fillPoly(outside, [np.rint(points).astype(np.int32)], 0)
    return soft_inside(outside > 0, _EDGE * face.size)
