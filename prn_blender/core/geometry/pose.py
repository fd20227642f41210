"""Head pose: the similarity that brings the canonical face closest to a face in its photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..typed import Points

PHOTO_TO_BLENDER = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
"""(3, 3): the photo's frame (x right, y down, z toward the viewer; left-handed) to Blender's axes
(X right, Y away from the viewer, Z up; right-handed)."""

# An expression that seems to scale a face by less than this, or by more than its inverse, is none.
# A wide open mouth scales it by 1.03.
_LEAST_SCALE = 0.7


@dataclass(frozen=True, eq=False)
class Similarity:
    """A rotation with uniform scale and translation: y = scale * rotation @ x + translation.

    Attributes
    ----------
    scale : float
    rotation : (3, 3) float64
        Orthogonal with determinant +1.
    translation : (3,) float64
    """

    scale: float
    rotation: np.ndarray
    translation: np.ndarray

    @property
    def matrix(self) -> np.ndarray:
        """(4, 4) float64: as a homogeneous matrix."""
        result = np.eye(4)
        result[:3, :3] = self.scale * self.rotation
        result[:3, 3] = self.translation
        return result

    def apply(self, points: Points) -> Points:
        """Transform points (..., 3); the result has their type."""
        linear = (self.scale * self.rotation.T).astype(points.dtype)
        return points @ linear + self.translation.astype(points.dtype)

    def without(self, first: Similarity) -> Similarity:
        """The similarity that, applied after `first`, gives the same as this one alone."""
        scale, rotation = self.scale / first.scale, self.rotation @ first.rotation.T
        shift = self.translation - scale * rotation @ first.translation
        return Similarity(scale, rotation, shift)

    def invert(self, points: Points) -> Points:
        """Apply the inverse to points (..., 3); the result has their type."""
        linear = (self.rotation / self.scale).astype(points.dtype)
        return (points - self.translation.astype(points.dtype)) @ linear


def fit_similarity(source: Points, target: Points, weights: np.ndarray | None = None) -> Similarity:
    """Find the similarity that brings points closest to others, by least squares.

    Parameters
    ----------
    source, target : (n, 3) float
        Corresponding points, n >= 3, not all on one line.
    weights : (n,) float, optional
        How much each pair counts, not negative; by default all the same.

    Returns
    -------
    Similarity
        From `source` to `target`.

    Notes
    -----
    S. Umeyama, "Least-squares estimation of transformation parameters between two point
    patterns", PAMI 13(4), 1991, eqs. 40 to 42.
    """
    return SimilarityFit(source, weights)(target)


class SimilarityFit:
    """`fit_similarity` for a source that is fitted again and again.

    Parameters
    ----------
    source, weights
        As for `fit_similarity`.
    """

    def __init__(self, source: Points, weights: np.ndarray | None = None) -> None:
        source = np.asarray(source, np.float64)
        share = np.ones(len(source)) if weights is None else weights
        self._share = share / share.sum()
        # Matrix products in place of `mean` and `sum` over axis 0, which take ten times as long.
        self._mean = self._share @ source
        away = source - self._mean
        self._weighted = self._share[:, None] * away
        self._variance = float(np.vdot(self._weighted, away))

    def __call__(self, target: Points) -> Similarity:
        """The similarity that brings the source closest to a target (n, 3)."""
        target = np.asarray(target, np.float64)
        mean = self._share @ target
        covariance = (target - mean).T @ self._weighted
        return _from_moments(self._mean, mean, covariance, self._variance)


def _from_moments(
    source_mean: np.ndarray, target_mean: np.ndarray, covariance: np.ndarray, variance: float
) -> Similarity:
    """`fit_similarity` from the moments of the points.

    Parameters
    ----------
    source_mean, target_mean : (3,) float64
    covariance : (3, 3) float64
        Of target (rows) and source (columns).
    variance : float
        Mean squared distance of the source from its mean.
    """
    u, d, vt = np.linalg.svd(covariance)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * sign) @ vt
    scale = float((d * sign).sum() / variance)
    return Similarity(scale, rotation, target_mean - scale * rotation @ source_mean)


def expression_pull(canonical: Points, moments: np.ndarray) -> Similarity:
    """Find how a face's expression biases the pose that is fitted to its vertices.

    An open mouth moves the lower third of the face down, and the closest similarity follows: the
    head would seem to nod. What follows from the expression alone can be taken off a fitted pose
    by `Similarity.without`.

    Parameters
    ----------
    canonical : (n, 3) float
        Canonical positions, metres.
    moments : (12,) float
        Moments of the displacements by which the expression moves the vertices, metres: their
        mean (3,), then their covariance (3, 3) with the canonical positions, row by row.

    Returns
    -------
    Similarity
        The fit from the canonical face to the canonical face with that expression.

    Raises
    ------
    ValueError
        No expression has such moments.
    """
    return pull_of(*spread_of(canonical), moments)


def spread_of(canonical: Points) -> tuple[np.ndarray, np.ndarray]:
    """Mean (3,) and covariance (3, 3) of canonical positions (n, 3), float64 metres."""
    points = np.asarray(canonical, np.float64)
    mean = points.mean(axis=0)
    away = points - mean
    return mean, away.T @ away / len(away)


def pull_of(mean: np.ndarray, covariance: np.ndarray, moments: np.ndarray) -> Similarity:
    """`expression_pull` from the canonical positions' `spread_of`."""
    variance = float(np.trace(covariance))
    shift, change = np.split(np.asarray(moments, np.float64), [3])
    if not (np.abs(shift) < np.sqrt(np.trace(covariance))).all() or not np.isfinite(change).all():
        raise ValueError("the expression moves the face by more than its size")
    pull = _from_moments(mean, mean + shift, covariance + change.reshape(3, 3), variance)
    if not _LEAST_SCALE < pull.scale < 1 / _LEAST_SCALE:
        raise ValueError(f"the expression scales the face by {pull.scale:g}")
    return pull


def without_expression(closest: Similarity, canonical: Points, moments: np.ndarray) -> Similarity:
    """Take off a fitted pose what the face's expression does to it.

    Parameters
    ----------
    closest : Similarity
        From the canonical frame, fitted to the vertices.
    canonical, moments
        See `expression_pull`.

    Returns
    -------
    Similarity
        `closest` itself if no expression has such moments.
    """
    try:
        return closest.without(expression_pull(canonical, moments))
    except ValueError:
        return closest


@dataclass(frozen=True, eq=False)
class Pose:
    """Where the canonical face stands in the photo.

    Attributes
    ----------
    similarity : Similarity
        From the canonical frame, metres, to photo pixels in Blender's axes (x, -z, -y).
    """

    similarity: Similarity

    @property
    def matrix(self) -> np.ndarray:
        """(3, 4) float64: from the canonical frame, metres, to photo pixels (x, y, z)."""
        return PHOTO_TO_BLENDER.T @ self.similarity.matrix[:3]

    @property
    def scale(self) -> float:
        """Photo pixels per metre of the face."""
        return self.similarity.scale

    @property
    def rotation(self) -> np.ndarray:
        """(3, 3) float64: the rotation in the photo's frame (y down), as PRNet writes it."""
        return PHOTO_TO_BLENDER.T @ self.similarity.rotation @ PHOTO_TO_BLENDER

    @property
    def yaw(self) -> float:
        """Radians, by PRNet's definition asin R20."""
        return math.asin(float(np.clip(self.rotation[2, 0], -1, 1)))

    @property
    def pitch(self) -> float:
        """Radians, by PRNet's definition atan2(R21, R22)."""
        return math.atan2(self.rotation[2, 1], self.rotation[2, 2])

    @property
    def roll(self) -> float:
        """Radians, by PRNet's definition atan2(R10, R00)."""
        return math.atan2(self.rotation[1, 0], self.rotation[0, 0])

    @property
    def lean(self) -> float:
        """Radians by which the face's up axis is turned clockwise in the photo.

        For a face seen from the front this is `roll`. In profile `roll` means nothing, because
        the axis that it follows points along the line of sight; the up axis never does.
        """
        return math.atan2(-self.rotation[0, 1], self.rotation[1, 1])


def fit_pose(canonical: Points, positions: Points) -> Pose:
    """Fit a pose to the vertices of a face, its expression included.

    Parameters
    ----------
    canonical : (n, 3) float
        Canonical positions, metres.
    positions : (n, 3) float
        The same vertices in photo pixels.
    """
    return Pose(fit_similarity(canonical, positions @ PHOTO_TO_BLENDER.T))
