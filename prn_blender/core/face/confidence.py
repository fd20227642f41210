"""TODO docstring."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from .detection import FaceBox, overlap
from .face import Face

# Mean distance of the landmarks between the two passes, over the face's size, at which the
# confidence has fallen to a half: faces that were found well move by 0.01 to 0.03.
_HALF_SHIFT = 0.08


# A detection with less is a pattern that looked like a face until it was looked at twice: on 100
# photos hands, ears and backs of heads stayed below 0.35, faces of every pose above 0.5.
_MIN_AGREEMENT = 0.4


# It may also have been drawn a little too high, low, large or small (parts of its sides). A face
# upside down has to agree that much better than one that is not.
_OVERTURNED, UPSIDE_DOWN = 0.15, 2.0  # radians


# So many looks, and those at a photo turned by quarters, find something in what is no face, too:
# leaning, of 13 false detections one has 0.63, the others at most 0.54; a cup of coffee has 0.43.
# Of 362 detections in photos that had been turned, 318 were right, two of them below this.
_MIN_AGREEMENT_TURNED = 0.55


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
        0..1. A face is where the network sees the same thing in both crops: the confidence
        halves with every 0.08 of the face's size that the landmarks move on average, and falls
        with the part of the crop that the photo does not show.
    """
    size = float(np.ptp(second[:, :2], axis=0).mean())
    shift = float(np.linalg.norm(second - first, axis=1).mean()) / max(size, 1e-6)
    return float(0.5 ** (shift / _HALF_SHIFT) * (1 - outside))


def _agreement(face: Face) -> float:
    # What the photo's border cuts off lowers the confidence, but makes it no less of a face.
    return face.confidence / max(1 - face.crop.fraction_outside(face.photo), 1e-6)


def _distinct(faces: list[Face], boxes: list[FaceBox]) -> list[Face]:
    """Faces that are faces, each once, largest first.

    Of reconstructions that cover each other the one wins that detector and network trust most;
    one that stands upright needs less trust (both numbers from profiles and upside-down faces of
    140 photos: 2 % of profiles turned wrongly, 90 to 98 % of upside-down faces recognised).
    """
    trusted = []
    for face, box in zip(faces, boxes, strict=True):
        agreement = _agreement(face)
        if agreement >= (_MIN_AGREEMENT_TURNED if box.turned else _MIN_AGREEMENT):
            trusted.append((box.score + 0.5 * agreement - 0.15 * box.turned, face))
    kept: list[Face] = []
    for _, face in sorted(trusted, key=lambda pair: -pair[0]):
        if all(overlap(FaceBox(*face.box), FaceBox(*other.box)) < 0.5 for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda face: -face.size)
