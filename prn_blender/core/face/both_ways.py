"""Whether a face stands the way it was read: the detector looks at it again, this way up and that.

The network that reads the shape is trained on upright faces and sees one in most pictures of an
upside-down face, too: mouth for eyes, chin for forehead. Two looks at it agree about that as well
as they do about real faces. The detector tells the two apart when it sees the face turned upright
by what was read: it likes a face that stands better than the same face upside down.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..photo.crop import Crop
from ..photo.photo import Photo
from .blazeface import SIDE, BlazeFace
from .face_box import FaceBox, box_in_crop

# Score of a face, turned upright as it was read, from which on it stands so. Right readings have
# 0.93 in the median, upside-down ones 0.85 at most; ...
_STANDS = 0.87
# ... then the face is not looked at upside down. Most have less than this there.
_USUAL_OPPOSED = 0.65
# Else radians by which the crop is turned to look at it upside down. BlazeFace likes faces leaning
# by an eighth nearly as well, and an upside-down reading is seldom turned by half a turn exactly.
_OPPOSED = (0.75 * math.pi, math.pi, -0.75 * math.pi)
# Least score of a detection that is compared. Less is what has no face in it.
_LEAST = 0.2
# Detections further from the middle, as a share of the crop's side, are of another face: an
# upside-down reading lies up to 0.8 face sizes, half of the crop's side, from the right one.
_MIDDLE = 0.31


@dataclass(frozen=True, eq=False)
class BothWays:
    """What the detector says of a face that was read.

    Attributes
    ----------
    upright, opposed : float
        Its score, 0..1, for the face standing as it was read and for the face upside down; 0 if
        it sees none. Where the first leaves no doubt the second is a usual value.
    other_way : FaceBox or None
        What it sees upside down, in the photo.
    """

    upright: float
    opposed: float
    other_way: FaceBox | None

    @property
    def margin(self) -> float:
        """How much better the face stands as it was read. Less than 0: rather upside down."""
        return self.upright - self.opposed


def look_both_ways(
    network: BlazeFace, photo: Photo, readings: Sequence[tuple[Crop, float]]
) -> list[BothWays]:
    """Ask the detector whether faces stand as they were read.

    Parameters
    ----------
    network : BlazeFace
    photo : Photo
    readings : sequence of (Crop, float)
        For each face the crop that it was read from, and its lean in radians (`landmarks.lean_of`).

    Returns
    -------
    list of BothWays

    Raises
    ------
    ModelError
        The network fails.
    """
    upright = _best_faces(network, photo, [Crop(c.centre, c.size, lean) for c, lean in readings])
    doubtful = [i for i, (_, row) in enumerate(upright) if _score(row) < _STANDS]
    turned = [
        Crop(readings[i][0].centre, readings[i][0].size, readings[i][1] + turn)
        for i in doubtful
        for turn in _OPPOSED
    ]
    opposed = _best_faces(network, photo, turned)
    ways = [BothWays(_score(row), _USUAL_OPPOSED, None) for _, row in upright]
    for k, i in enumerate(doubtful):
        crop, row = max(
            opposed[k * len(_OPPOSED) : (k + 1) * len(_OPPOSED)], key=lambda pair: _score(pair[1])
        )
        other_way = None if row is None else box_in_crop(crop, row)
        ways[i] = BothWays(ways[i].upright, _score(row), other_way)
    return ways


def _best_faces(
    network: BlazeFace, photo: Photo, crops: Sequence[Crop]
) -> list[tuple[Crop, np.ndarray | None]]:
    """Each crop at the network's size, and the best face in its middle, a row of `BlazeFace`."""
    small = [Crop(crop.centre, crop.size, crop.roll, SIDE) for crop in crops]
    found = network([crop.extract(photo) for crop in small], _LEAST)
    return [(crop, _middle_face(rows)) for crop, rows in zip(small, found, strict=True)]


def _middle_face(rows: np.ndarray) -> np.ndarray | None:
    """The best of the detections (n, 17) that lie in the middle of the crop."""
    away = np.abs((rows[:, 1:3] + rows[:, 3:5]) / 2 - SIDE / 2).max(axis=1)
    rows = rows[away < _MIDDLE * SIDE]
    return rows[0] if len(rows) else None  # they come by falling score


def _score(row: np.ndarray | None) -> float:
    return 0.0 if row is None else float(row[0])
