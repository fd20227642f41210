"""Head pose from all vertices."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# Photo frame (x right, y down, z toward the viewer: left-handed) to Blender's axes
# (X right, Y away from the viewer, Z up: right-handed).
PHOTO_TO_BLENDER = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]])

_LEAST_SCALE = 0.7
"""Of a face whose expression only changes; a wide open mouth makes 1.03 of it."""


@dataclass(frozen=True, eq=False)
class Similarity:
    """Rotation, uniform scale, translation: y = scale * rotation @ x + translation.

    Attributes
    ----------
    scale : float
    rotation : (3, 3) float64
        Proper, determinant +1.
    translation : (3,) float64
    """

    scale: float
    rotation: np.ndarray
    translation: np.ndarray

    @property
    def matrix(self) -> np.ndarray:
        """(4, 4) float64."""
        result = np.eye(4)
        result[:3, :3] = self.scale * self.rotation
        result[:3, 3] = self.translation
        return result

    def apply(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) to (..., 3), in the type of `points`."""
        linear = (self.scale * self.rotation.T).astype(points.dtype)
        return points @ linear + self.translation.astype(points.dtype)

    def without(self, first: Similarity) -> Similarity:
        """What has to follow `first` to end where this one does."""
        scale, rotation = self.scale / first.scale, self.rotation @ first.rotation.T
        shift = self.translation - scale * rotation @ first.translation
        return Similarity(scale, rotation, shift)

    def invert(self, points: np.ndarray) -> np.ndarray:
        """The inverse of `apply`."""
        linear = (self.rotation / self.scale).astype(points.dtype)
        return (points - self.translation.astype(points.dtype)) @ linear


def fit_similarity(source: np.ndarray, target: np.ndarray) -> Similarity:
    """The similarity that brings `source` closest to `target`, least squares.

    Parameters
    ----------
    source, target : (n, 3) float
        Corresponding points, n >= 3, not all on one line.

    Returns
    -------
    Similarity

    Notes
    -----
    S. Umeyama, "Least-squares estimation of transformation parameters between two point
    patterns", PAMI 13(4), 1991, eqs. 40 to 42.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    # Products in place of `mean` and `sum` over axis 0, which take ten times as long.
    share = np.full(len(source), 1 / len(source))
    middle, goal = share @ source, share @ target
    a, b = source - middle, target - goal
    return _closest(middle, goal, b.T @ a / len(a), float(np.vdot(a, a)) / len(a))


def _closest(
    middle: np.ndarray, goal: np.ndarray, covariance: np.ndarray, variance: float
) -> Similarity:
    """From the means (3,), the covariance (3, 3) of target and source, the source's variance."""
    u, d, vt = np.linalg.svd(covariance)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * sign) @ vt
    scale = float((d * sign).sum() / variance)
    return Similarity(scale, rotation, goal - scale * rotation @ middle)


def expression_pull(canonical: np.ndarray, moments: np.ndarray) -> Similarity:
    """How an expression alone would seem to move and turn the canonical face.

    Parameters
    ----------
    canonical : (n, 3) float
        Canonical positions, metres.
    moments : (12,) float
        Of what the expression moves each vertex by, metres: its mean (3,); its covariance (3, 3)
        with the canonical positions, row by row.

    Returns
    -------
    Similarity
        Of the canonical frame. A vertex set that turns takes a fitted similarity along, so a pose
        fitted to the face as it looks is the head's after this one.

    Raises
    ------
    ValueError
        No expression does that.
    """
    points = np.asarray(canonical, np.float64)
    middle = points.mean(axis=0)
    a = points - middle
    own = a.T @ a / len(a)
    shift, changed = np.split(np.asarray(moments, np.float64), [3])
    if not (np.abs(shift) < np.sqrt(np.trace(own))).all() or not np.isfinite(changed).all():
        raise ValueError("the expression moves the face by more than its size")
    pull = _closest(middle, middle + shift, own + changed.reshape(3, 3), float(np.trace(own)))
    if not _LEAST_SCALE < pull.scale < 1 / _LEAST_SCALE:
        raise ValueError(f"the expression scales the face by {pull.scale:g}")
    return pull


@dataclass(frozen=True, eq=False)
class Pose:
    """Where the canonical face stands in the photo.

    Attributes
    ----------
    similarity : Similarity
        Canonical frame (metres) to the photo's pixels in Blender's axes (x, -z, -y).
    """

    similarity: Similarity

    @property
    def matrix(self) -> np.ndarray:
        """(3, 4) float64: canonical frame (Blender axes, metres) to photo pixels (x, y, z)."""
        return PHOTO_TO_BLENDER.T @ self.similarity.matrix[:3]

    @property
    def scale(self) -> float:
        """Photo pixels per metre of the face."""
        return self.similarity.scale

    @property
    def rotation(self) -> np.ndarray:
        """(3, 3) rotation between photo frames (y down), as PRNet writes it."""
        return PHOTO_TO_BLENDER.T @ self.similarity.rotation @ PHOTO_TO_BLENDER

    @property
    def yaw(self) -> float:
        """Radians, PRNet's definition: asin R20."""
        return math.asin(float(np.clip(self.rotation[2, 0], -1, 1)))

    @property
    def pitch(self) -> float:
        """Radians, PRNet's definition: atan2(R21, R22)."""
        return math.atan2(self.rotation[2, 1], self.rotation[2, 2])

    @property
    def roll(self) -> float:
        """Radians, PRNet's definition: atan2(R10, R00)."""
        return math.atan2(self.rotation[1, 0], self.rotation[0, 0])

    @property
    def lean(self) -> float:
        """Radians the face's up axis is turned clockwise in the photo.

        Equal to `roll` for a face seen from the front; in profile the axis that `roll` follows
        points along the line of sight, this one does not.
        """
        return math.atan2(-self.rotation[0, 1], self.rotation[1, 1])


def fit_pose(canonical: np.ndarray, positions: np.ndarray) -> Pose:
    """Pose from all vertices.

    Parameters
    ----------
    canonical : (n, 3) float
        Canonical positions, metres.
    positions : (n, 3) float
        The same vertices in photo pixels.
    """
    return Pose(fit_similarity(canonical, positions @ PHOTO_TO_BLENDER.T))
