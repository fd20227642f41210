"""How far a reconstruction can be trusted, and which of several readings of a photo are faces."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from .detection import FaceBox, overlap
from .face import Face

# Share of the face's size: mean distance of the landmarks between the two passes at which the
# confidence has fallen to a half. Faces that were found well move by 0.01 to 0.03.
_HALF_SHIFT = 0.08
MIN_AGREEMENT = 0.4
"""Agreement below which a detection is no face, but a pattern that looks like one at first sight.

On 100 photos hands, ears and backs of heads stayed below 0.35, faces of every pose above 0.5."""
MIN_AGREEMENT_TURNED = 0.55
"""The same for a face found only in a turned photo, or by looking in many directions.

So many looks find something in what is no face, too: looked for leaning, of 13 false detections
one has 0.63, the others at most 0.54; a cup of coffee has 0.43. Of 362 detections in photos that
had been turned, 318 were right, two of them below this."""
UPSIDE_DOWN = 2.0
"""Radians: a face that leans further stands on its head."""
OVERTURNED = 0.15
"""How much better the two looks at a face upside down have to agree than at one that is not."""
# Trust in a face: the detector's score, plus this much of the agreement, less this where the photo
# had to be turned. From profiles and upside-down faces of 140 photos: 2 % of profiles come out
# turned wrongly, and 90 to 98 % of upside-down faces are recognised.
_AGREEMENT_COUNTS = 0.5
_TURNED_COSTS = 0.15
# Overlap of two boxes from which on they are readings of the same head.
_SAME_HEAD = 0.5


def confidence(first: np.ndarray, second: np.ndarray, outside: float) -> float:
    """How far a reconstruction can be trusted.

    Parameters
    ----------
    first, second : (68, 3) float
        Landmarks of two looks, photo pixels: of the two passes or, with one pass, of the crop and
        its mirror image.
    outside : float
        Share of the second crop that lies outside the photo, 0..1.

    Returns
    -------
    float
        0..1. In a face the network sees the same thing in both crops. The confidence halves with
        every 0.08 of the face's size that the landmarks move on average, and falls with the share
        of the crop that lies outside the photo.
    """
    size = float(np.ptp(second[:, :2], axis=0).mean())
    shift = float(np.linalg.norm(second - first, axis=1).mean()) / max(size, 1e-6)
    return float(0.5 ** (shift / _HALF_SHIFT) * (1 - outside))


def agreement_of(face: Face) -> float:
    """How well the two looks at a face agree: its confidence without the photo's border.

    A border that cuts a face off makes it uncertain, but no less of a face.
    """
    return face.confidence / max(1 - face.crop.fraction_outside(face.photo), 1e-6)


def distinct_faces(faces: list[Face], boxes: list[FaceBox]) -> list[Face]:
    """Those reconstructions that are faces, each head once, largest first.

    Of several readings of one head the one that detector and network trust most wins; one that
    needed no turning has an advantage.
    """
    trusted = []
    for face, box in zip(faces, boxes, strict=True):
        agreement = agreement_of(face)
        if agreement >= (MIN_AGREEMENT_TURNED if box.turned else MIN_AGREEMENT):
            trusted.append(
                (box.score + _AGREEMENT_COUNTS * agreement - _TURNED_COSTS * box.turned, face)
            )
    kept: list[Face] = []
    for _, face in sorted(trusted, key=lambda pair: -pair[0]):
        if all(overlap(FaceBox(*face.box), FaceBox(*other.box)) < _SAME_HEAD for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.size)
