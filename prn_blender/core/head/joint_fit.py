"""Fits one head to the position maps of several photos of a person.

Identity is shared; expression, size and place are each photo's own. All is one system of normal
equations. What belongs to a photo alone is eliminated photo by photo (Schur's complement), so a
photo is a term of a sum: with it or without it, nothing of the others has to be found again.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..geometry.pose import Similarity
from ..typed import PositionMap
from .fit import EXPRESSION, STEPS, HeadFit, HeadFitter, PhotoEquations, moved, placed
from .normal_equations import solve_normal

# Share of the error of what the network's features tell of identity that all photos of a person
# have in common: skin and features mislead in the same way each time.
_SHARED = 0.6
# Least information, in terms of the population's, of a direction of identity: where the network is
# as unsure as one who has seen nothing, what it says is no more than the mean person.
_LEAST = 0.02


@dataclass(frozen=True, eq=False)
class Evidence:
    """What one photo says of a head.

    Attributes
    ----------
    position_map : (S, S, 3) float32
        Photo pixels.
    identity : (K,) float
    expression : (E,) float
        Both as the network tells them.
    stance : Similarity
        From the canonical frame to photo pixels in Blender's axes.
    weight : float
        Above 0: how much the photo counts, 1 for the best one.
    """

    position_map: PositionMap
    identity: np.ndarray
    expression: np.ndarray
    stance: Similarity
    weight: float = 1.0


def fit_together(fitter: HeadFitter, photos: Sequence[Evidence]) -> list[HeadFit]:
    """Fit one person to photos.

    Parameters
    ----------
    fitter : HeadFitter
    photos : sequence of Evidence
        At least one.

    Returns
    -------
    list of HeadFit
        One for each photo, all with the same identity.

    Notes
    -----
    What the features tell is a mean of the posterior under the population's normal distribution,
    so it lies nearer to the mean person than the truth does. With the population taken off, once
    for each photo, the photos' information adds up, and the population is counted once.
    """
    weights = np.array([photo.weight for photo in photos], np.float64)
    share = _effective(weights) / weights.sum()
    information, prior = _population(fitter, photos, weights, share)
    own = [
        _Photo(fitter, photo, prior, share * weight)
        for photo, weight in zip(photos, weights, strict=True)
    ]
    identity = prior.copy()
    for _ in range(STEPS):
        normal, right = information.copy(), information @ (prior - identity)
        for photo in own:
            photo.add_to(normal, right, identity)
        step = solve_normal(normal, right)
        identity = identity + step
        for photo in own:
            photo.follow(step)
    # What several photos tell is held back the less, the more they are.
    identity = fitter.shape.set_apart(identity, min(1, 1 / (share * weights.sum())))
    return [
        fitter.result(photo.position_map, np.concatenate([identity, mine.expression]), mine.stance)
        for photo, mine in zip(photos, own, strict=True)
    ]


def _effective(weights: np.ndarray) -> float:
    """How many independent photos say as much as these, whose errors are partly the same."""
    total = float(weights.sum())
    return total / (1 + max(total - 1, 0) * _SHARED)


def _population(
    fitter: HeadFitter, photos: Sequence[Evidence], weights: np.ndarray, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Inverse covariance (K, K) and mean (K,) of identity, as all photos' features tell it."""
    precision = fitter.shape.precision.astype(np.float64)
    values, axes = np.linalg.eigh((precision + precision.T) / 2)
    values = np.maximum(values, 1 + _LEAST)
    told = sum(w * photo.identity for w, photo in zip(weights, photos, strict=True))
    count = share * weights.sum()
    information = 1 + count * (values - 1)
    mean = axes @ (share * values * (axes.T @ told) / information)
    return (axes * information) @ axes.T, mean


class _Photo:
    """The unknowns of one photo: size and place (3), then the expression (E,)."""

    def __init__(
        self, fitter: HeadFitter, photo: Evidence, identity: np.ndarray, weight: float
    ) -> None:
        self._fitter, self._weight = fitter, weight
        self.told = fitter.above_calm(photo.expression).astype(np.float64)
        self.expression = self.told.copy()
        self._equations: PhotoEquations = fitter.equations(photo.position_map, photo.stance)
        self._head = fitter.head(np.concatenate([identity, self.expression]))
        self.stance = placed(photo.stance, self._head, self._equations.seen)
        self._products = self._equations.rows.T @ self._equations.rows  # the same in each step
        self._answer = np.zeros(0)

    def add_to(self, normal: np.ndarray, right: np.ndarray, identity: np.ndarray) -> None:
        """Add this photo's equations of identity, its own unknowns eliminated, in place."""
        k, rows = len(identity), self._equations.rows
        head = self._fitter.head(np.concatenate([identity, self.expression]))
        placing, left = self._equations.at(head, self.stance)
        both = (placing.T @ rows).astype(np.float64)
        products = self._products.astype(np.float64)
        count = len(self.expression)
        own = np.empty((3 + count, 3 + count))
        own[:3, :3] = placing.T @ placing
        own[:3, 3:], own[3:, :3] = both[:, k:], both[:, k:].T
        own[3:, 3:] = products[k:, k:] + np.eye(count) / EXPRESSION**2
        asked = np.concatenate([placing.T @ left, rows[:, k:].T @ left]).astype(np.float64)
        asked[3:] += (self.told - self.expression) / EXPRESSION**2
        coupling = np.concatenate([both[:, :k], products[k:, :k]])
        # What the photo's own unknowns answer to each change of identity, and to none.
        self._answer = solve_normal(own, np.column_stack([coupling, asked]))
        normal += self._weight * (products[:k, :k] - coupling.T @ self._answer[:, :k])
        gradient = rows[:, :k].T @ left
        right += self._weight * (gradient - coupling.T @ self._answer[:, k])

    def follow(self, step: np.ndarray) -> None:
        """Let the photo's own unknowns follow a change of identity (K,)."""
        own = self._answer[:, -1] - self._answer[:, :-1] @ step
        self.stance = moved(self.stance, own[:3])
        self.expression = np.clip(self.expression + own[3:], 0, 1)
