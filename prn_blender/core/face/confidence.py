"""How far a reconstruction can be trusted, and which of several candidates are faces."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ..typed import Landmarks
from .detection import FaceBox, overlap
from .face import Face

# Mean distance of the landmarks of the two passes, as a share of the face's size, at which the
# confidence is one half. In good reconstructions it is 0.01 to 0.03.
_HALF_SHIFT = 0.08
MIN_AGREEMENT = 0.4
"""With less agreement a detection is no face, but a pattern that looks like one at first sight.

In 100 photos hands, ears and backs of heads stayed below 0.35, faces of all poses above 0.5."""
MIN_AGREEMENT_TURNED = 0.55
"""The same for a face that is found only in a turned photo, or by looking in many directions.

With so many tries something is found in what is no face, too. Of 13 false detections that were
looked for leaning, one has 0.63 and the others at most 0.54; a cup of coffee has 0.43. Of 362
detections in photos that had been turned, 318 were right, two of them below this."""
UPSIDE_DOWN = 2.0
"""Radians: a face that leans further than this is upside down."""
OVERTURNED = 0.15
"""By how much the agreement for a face upside down has to exceed that for one that is not."""
# The rank of a candidate is the detector's score, plus this share of the agreement, ...
_AGREEMENT_COUNTS = 0.5
# ... less this if the photo had to be turned. Chosen on profiles and upside-down faces in 140
# photos: 2 % of the profiles come out upside down, and 90 to 98 % of the upside-down faces are
# recognised as such.
_TURNED_COSTS = 0.15
# Overlap of two bounding boxes from which on they are of the same head.
_SAME_HEAD = 0.5


def confidence(first: Landmarks, second: Landmarks, outside: float) -> float:
    """Tell how far a reconstruction can be trusted.

    The network is run twice, on slightly different crops. In a face it sees the same both times.

    Parameters
    ----------
    first, second : (68, 3) float
        Landmarks of both runs, photo pixels: of the two passes or, with one pass, of the crop and
        its mirror image.
    outside : float
        Share of the second crop that lies outside the photo, 0..1.

    Returns
    -------
    float
        0..1. It halves with every 0.08 of the face's size by which the landmarks differ on
        average, and falls with the share of the crop outside the photo.
    """
    size = float(np.ptp(second[:, :2], axis=0).mean())
    shift = float(np.linalg.norm(second - first, axis=1).mean()) / max(size, 1e-6)
    return float(0.5 ** (shift / _HALF_SHIFT) * (1 - outside))


def agreement_of(face: Face) -> float:
    """Agreement of the two runs of the network on a face, 0..1.

    This is the confidence, but for the share of the crop outside the photo: a face that the
    photo's border cuts is uncertain, but still a face.
    """
    return face.confidence / max(1 - face.crop.fraction_outside(face.photo), 1e-6)


def distinct_faces(faces: list[Face], boxes: list[FaceBox]) -> list[Face]:
    """Choose the reconstructions that are faces, each head once.

    Of several candidates for one head the one wins that detector and network trust most. One for
    which the photo was not turned has an advantage.

    Parameters
    ----------
    faces : list of Face
    boxes : list of FaceBox
        The detection that each of them was made from.

    Returns
    -------
    list of Face
        Largest first.
    """
    ranked = []
    for face, box in zip(faces, boxes, strict=True):
        agreement = agreement_of(face)
        if agreement >= (MIN_AGREEMENT_TURNED if box.turned else MIN_AGREEMENT):
            rank = box.score + _AGREEMENT_COUNTS * agreement - _TURNED_COSTS * box.turned
            ranked.append((rank, face))
    kept: list[Face] = []
    for _, face in sorted(ranked, key=lambda pair: -pair[0]):
        if all(overlap(FaceBox(*face.box), FaceBox(*other.box)) < _SAME_HEAD for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.size)
