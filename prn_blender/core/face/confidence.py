"""How far a reconstruction can be trusted, and which of several candidates are faces."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..geometry.landmarks import lean_of
from ..typed import Landmarks
from .detection import SURE
from .face import Face
from .face_box import FaceBox, overlap

# Mean distance of the landmarks of the two passes, as a share of the face's size, at which the
# confidence is one half. In good reconstructions it is 0.01 to 0.03.
_HALF_SHIFT = 0.08
MIN_AGREEMENT = 0.4
"""With less agreement a reading of a given box, or by one look, is unclear.

In 100 photos hands, ears and backs of heads stayed below 0.35, faces of all poses above 0.5."""
MIN_AGREEMENT_SETTLED = 0.6
"""With less agreement after all looks a detection is no face, but a pattern that looks like one.

It is more than above because each further look brings what is no face closer to one, too."""
UPSIDE_DOWN = 2.0
"""Radians: a face that leans further than this is upside down."""
OVERTURNED = 0.15
"""By how much the agreement for a face upside down has to exceed that for one that is not."""
# The trust in a reading is the detector's margin (`BothWays.margin`) plus this share of the
# agreement. Of 142 photos, turned or in profile, none was read wrongly with 0.1 to 0.5; the right
# reading leads by 0.4 at least.
_AGREEMENT_COUNTS = 0.5
# The margin of a face of which the detector was sure at once, in the photo as it is: it need not be
# asked again. Half of 732 right readings have more.
_SURE_MARGIN = 0.23
# With less margin a reading is upside down, whether or not the right one was found. Right ones, in
# profile, have -0.23 at least.
_LEAST_MARGIN = -0.25
# Trust from which on a reading is taken for a face. With less, this many other detections must have
# led to nearly the same landmarks: mean distance over the face's size. Where there is no face, what
# the network agrees with itself about has a trust of 0.23 to 0.49, and hardly two detections lead
# to the same; the right readings of hard profiles have 0.4 to 0.7, and 3 to 14 others.
_TRUSTED = 0.5
# The same for a face upside down to which no other detection led. Most right ones have others.
_TRUSTED_ALONE = 0.7
_SUPPORT = 2
# ... and the trust be this.
_TRUSTED_BY_OTHERS = 0.25
# Agreement of a face found upright at once that the detector need not like better so: of profiles
# it hardly knows which way up they are.
_AGREED = 0.75
# What each of these, up to so many, adds to the trust where readings are ranked.
_SUPPORT_COUNTS = 0.05
_MOST_SUPPORT = 6
_SAME = 0.12
OPPOSED = 0.05
"""With less margin the reading by the other way up is looked at, too."""
_STANDING = math.pi / 3
"""Radians: of a face that leans less the detector can be sure in the photo as it is."""
# Overlap of two bounding boxes from which on they are of the same head ...
_SAME_HEAD = 0.5
# ... or, if one is upside down as seen by the other, the distance of their middles over their mean
# size: chin is taken for forehead, so they are apart by 0.4 to 0.8 and may not overlap by half. Two
# people cheek to cheek, or one's chin on the other's hair, are further apart.
_SAME_HEAD_TURNED = 0.85


@dataclass(frozen=True, eq=False)
class Reading:
    """A reconstruction that may be a face.

    Attributes
    ----------
    face : Face
    box : FaceBox
        The detection that it was made from.
    margin : float
        How much better the detector likes it this way up than upside down, see `BothWays`.
    """

    face: Face
    box: FaceBox
    margin: float = _SURE_MARGIN

    @property
    def trust(self) -> float:
        """How far the detector and the two looks of the network vouch for it; 0.2 to 0.9."""
        return self.margin + _AGREEMENT_COUNTS * agreement_of(self.face)

    @property
    def is_upside_down(self) -> bool:
        """Whether the face is upside down in the photo as it is."""
        return abs(lean_of(self.face.landmarks)) > UPSIDE_DOWN

    def is_clear(self, least: float) -> bool:
        """Whether it is a face at all, by that agreement, and not clearly upside down."""
        return agreement_of(self.face) >= least and self.margin >= _LEAST_MARGIN

    def is_same(self, other: Reading) -> bool:
        """Whether another reading came to all but the same landmarks."""
        difference = (self.face.landmarks - other.face.landmarks)[:, :2]
        return float(np.linalg.norm(difference, axis=1).mean()) < _SAME * self.face.size


def is_sure(face: Face, box: FaceBox) -> bool:
    """Whether the detector was sure of a face at once, in the photo as it is, and it stands so."""
    return (
        box.score >= SURE
        and not box.sought
        and not box.given
        and abs(lean_of(face.landmarks)) < _STANDING
    )


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


def distinct_faces(readings: list[Reading], least: float) -> list[Reading]:
    """Choose the readings that are faces, each head once.

    Of several readings of one head the one wins that detector and network trust most. One that
    they do not trust much counts if it was found at once and stands, or if other detections led to
    the same landmarks.

    Parameters
    ----------
    readings : list of Reading
    least : float
        Least agreement of a face.

    Returns
    -------
    list of Reading
        Largest face first.
    """

    def rank(reading: Reading) -> float:
        return reading.trust + _SUPPORT_COUNTS * min(_support(reading, readings), _MOST_SUPPORT)

    ranked = sorted(readings, key=rank, reverse=True)
    # Beside a trusted face a doubtful one is a pattern more often than a face.
    trusted = [r for r in ranked if r.trust >= _TRUSTED and r.is_clear(least)]
    if any(_counts(reading, readings, least) for reading in trusted):
        ranked = trusted
    kept: list[Reading] = []
    for reading in ranked:
        same = any(_of_one_head(reading.face, other.face) for other in kept)
        if not same and reading.is_clear(least) and _counts(reading, readings, least):
            kept.append(reading)
    return sorted(kept, key=lambda reading: -reading.face.size)


def _counts(reading: Reading, readings: list[Reading], least: float) -> bool:
    """Whether a reading, if it is of no head before, is trusted enough by itself or by others."""
    support = _support(reading, readings)
    if not reading.is_upside_down:
        stands = reading.margin >= -OPPOSED or agreement_of(reading.face) >= _AGREED
        at_once = stands and not reading.box.sought
        least = _TRUSTED_BY_OTHERS if support >= _SUPPORT else _TRUSTED
        return at_once or reading.trust >= least
    # Photos are rarely upside down. Of a mask with feathers detector and network may think so; but
    # of faces that are, the detector likes no upright reading.
    if any(
        other.is_clear(least)
        and other.margin >= 0
        and not other.is_upside_down
        and _of_one_head(reading.face, other.face)
        for other in readings
    ):
        return False
    return reading.trust >= (_TRUSTED if support else _TRUSTED_ALONE)


def _support(reading: Reading, readings: list[Reading]) -> int:
    """How many other readings came to the same."""
    return sum(
        agreement_of(other.face) >= MIN_AGREEMENT and reading.is_same(other)
        for other in readings
        if other is not reading
    )


def _of_one_head(a: Face, b: Face) -> bool:
    """Whether two readings are of the same head."""
    if overlap(FaceBox(*a.box), FaceBox(*b.box)) >= _SAME_HEAD:
        return True
    middles = np.array([a.box, b.box]).reshape(2, 2, 2).mean(axis=1)
    apart = float(np.linalg.norm(middles[0] - middles[1]))
    return is_opposed(a, b) and apart < _SAME_HEAD_TURNED * (a.size + b.size) / 2


def is_opposed(a: Face, b: Face) -> bool:
    """Whether one face is upside down as seen by the other."""
    turn = math.remainder(lean_of(a.landmarks) - lean_of(b.landmarks), math.tau)
    return abs(turn) > math.pi / 2
