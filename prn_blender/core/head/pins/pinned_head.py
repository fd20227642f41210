"""How a fitted head changes if some of its places lie elsewhere in the photo than it was fitted.

Identity, expression and pose are known as well as the fit tells them: the population's and the
network's prior, and what the position map says of the whole face. A change costs what it costs in
that measure, so what pins leave open changes least: a pin at the jaw widens the face, and hardly
moves the eyes, which the photo shows.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ...geometry.pose import PHOTO_TO_BLENDER, Similarity
from ...typed import Points, PositionMap
from ..face_shape import FaceShape
from ..fit import EXPRESSION, HeadFitter

POSE = 6
"""How many coefficients the pose has: a move in the picture (2), growth, a turn (3)."""
# Standard deviations of what pins may change of the pose: metres, a share, radians. As much as the
# fit errs, or less: a pin at one side of the jaw is to widen it, not to turn the head.
_PLACE, _GROWTH, _TURN = 1e-3, 0.01, 0.015
# How much is added to the price of a change, in times of it, that is not mirror-symmetric.
_ASYMMETRIC = 15.0
_PLANE = [0, 2]  # of Blender's axes


@dataclass(frozen=True, eq=False)
class Change:
    """What changes of a head.

    Attributes
    ----------
    identity : (K,) float64
    expression : (E,) float64
    pose : (6,) float64
        Moves right and up in the picture, metres; growth, a share; a turn about each axis of the
        canonical frame, radians.
    """

    identity: np.ndarray
    expression: np.ndarray
    pose: np.ndarray


class PinnedHead:
    """A head that was fitted to a face, and how dear its changes are.

    Coefficients of a change are identity (K), expression (E), pose (6), one after the other.

    Parameters
    ----------
    shape : FaceShape
    position_map : (S, S, 3) float32
        Photo pixels.
    expression : (E,) float
        As fitted, 0..1.
    stance : Similarity
        From the canonical frame to photo pixels in Blender's axes.
    """

    def __init__(
        self,
        shape: FaceShape,
        position_map: PositionMap,
        expression: np.ndarray,
        stance: Similarity,
    ) -> None:
        self._shape, self._stance = shape, stance
        self.expression = np.asarray(expression, np.float64)
        seen = position_map.reshape(-1, 3).astype(np.float64) @ PHOTO_TO_BLENDER.T
        self._places = stance.invert(seen)  # of all texels; beyond the mask they mean nothing
        self._precision = self._posterior(position_map)
        self._covariances: dict[bool, np.ndarray] = {}

    @property
    def split(self) -> tuple[int, int]:
        """Where expression and pose begin among the coefficients."""
        return self._shape.identities, self._shape.identities + len(self.expression)

    def _posterior(self, position_map: PositionMap) -> np.ndarray:
        """(m, m): inverse covariance of what the fit has found."""
        k, e = self.split
        count = e + POSE
        result = np.zeros((count, count))
        result[:k, :k] = self._shape.precision
        result[range(k, e), range(k, e)] = 1 / EXPRESSION**2
        spread = np.array([_PLACE, _PLACE, _GROWTH, _TURN, _TURN, _TURN])
        result[range(e, count), range(e, count)] = 1 / spread**2
        photo = _fitter(self._shape).equations(position_map, self._stance)
        moves = self._pose(self._stance.invert(photo.seen))[..., _PLANE]  # (6, P, 2)
        pose = (moves * photo.weight[:, None]).reshape(POSE, -1).T
        rows = np.concatenate([photo.rows, pose.astype(np.float32)], axis=1)
        result += (rows.T @ rows).astype(np.float64)
        return result

    def covariance(self, symmetric: bool) -> np.ndarray:
        """(m, m): how far coefficients may change, and which go along with which.

        Parameters
        ----------
        symmetric : bool
            Whether changes of the head itself are mirror-symmetric as far as may be.
        """
        if symmetric not in self._covariances:
            precision = self._precision
            if symmetric:
                precision = precision + self._dearer()
            unit = np.eye(len(precision))
            found = cv2.solve(precision, unit, flags=cv2.DECOMP_CHOLESKY)[1]
            self._covariances[symmetric] = (found + found.T) / 2
        return self._covariances[symmetric]

    def _dearer(self) -> np.ndarray:
        """(m, m): added to the precision, holds back what is not mirror-symmetric."""
        k, e = self.split
        result = np.zeros_like(self._precision)
        sides = np.flatnonzero(self._shape.sign < 0)
        result[sides, sides] = _ASYMMETRIC
        swap = np.eye(e - k)[self._shape.partner]
        result[k:e, k:e] = (np.eye(e - k) - swap) * (_ASYMMETRIC / 2 / EXPRESSION**2)
        return result

    def directions(self, texels: np.ndarray) -> np.ndarray:
        """What coefficients do at some texels.

        Parameters
        ----------
        texels : (P,) int
            Flat indices v * S + u.

        Returns
        -------
        (m, P, 3) float64
            Metres of the face, in Blender's axes.
        """
        moves = self._shape.directions(texels) @ self._stance.rotation.T
        return np.concatenate([moves, self._pose(self._places[texels])])

    def _pose(self, places: Points) -> np.ndarray:
        """(6, P, 3): what the pose does at places (P, 3) of the canonical frame, Blender's axes."""
        result = np.zeros((POSE, len(places), 3))
        result[2] = places
        for axis in range(3):
            result[3 + axis] = np.cross(np.eye(3)[axis], places)
        result[2:] = result[2:] @ self._stance.rotation.T
        result[0, :, 0] = result[1, :, 2] = 1
        return result

    def change(self, coefficients: np.ndarray) -> Change:
        """What coefficients (m,) of a change mean."""
        k, e = self.split
        return Change(coefficients[:k], coefficients[k:e], coefficients[e:])

    def moves(self, change: Change) -> Points:
        """What a change does to all places of the face.

        Returns
        -------
        (n, 3) float32
            Metres in Blender's axes, in `layout.texels` order.
        """
        found = self._shape.moved(change.expression, change.identity)
        places = self._places[self._shape.layout.texels]
        growth, turn = change.pose[2], change.pose[3:]
        found += places * growth + np.cross(turn, places)
        found = found @ self._stance.rotation.T
        found[:, _PLANE] += change.pose[:2]
        return found.astype(np.float32)

    def stance(self, change: Change) -> Similarity:
        """The head's stance after a change."""
        turn = cv2.Rodrigues(np.asarray(change.pose[3:], np.float64))[0]
        translation = self._stance.translation.copy()
        translation[_PLANE] += self._stance.scale * change.pose[:2]
        return Similarity(
            self._stance.scale * (1 + change.pose[2]), self._stance.rotation @ turn, translation
        )


@lru_cache(maxsize=2)
def _fitter(shape: FaceShape) -> HeadFitter:
    return HeadFitter(shape)
