"""Smooth fields over a head: what is known where the photo shows it is carried on to the rest.

They are the slowest vibrations of the head's skin, lips and lids tied together. Shape, and the
colour of skin, are split by them into what runs on and what fades out within a few edges.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..typed import Points
from .head_model import HeadModel
from .normal_equations import solve_normal

# Metres: standard deviation of what a head has beyond identity in the broadest field, ...
_BROAD = 4e-3
# ... the length from which on finer fields have less, ...
_LENGTH = 0.025
# ... and how far places are off the fields. Neighbours are off together, as if they were far fewer.
_NOISE = 8e-3
# Metres: fields of longer waves than this are the person's, shorter ones are details of the photo.
_PERSON = 0.08
# Weight, in the fields, of places that do not follow the map: they stay where identity has them.
_STILL = 0.1
# Over how many edges what is seen fades out.
_RINGS = 8


@dataclass(frozen=True, eq=False)
class SmoothBasis:
    """The smooth fields at the vertices that the layout shows.

    Attributes
    ----------
    fields : (n, M) float32
    area : (n,) float32
        Of the skin around each vertex, over their mean.
    still : (M, M) float64
        The fields' products where the layout shows nothing, and inverse variances of the fields;
        all over the variance of a vertex's error.
    broad, fine : slice
        Which fields are the person's, and which are details.
    """

    fields: np.ndarray
    area: np.ndarray
    still: np.ndarray
    broad: slice
    fine: slice

    def normal(self, weight: np.ndarray) -> np.ndarray:
        """Left side of the fields' normal equations, (M, M) float64.

        Parameters
        ----------
        weight : (n,)
            Of what the fields are to follow, 0..1; where there is none they stay at 0.
        """
        weighted = self.fields * (self.area * (weight + _STILL * (1 - weight)))[:, None]
        return (self.fields.T @ weighted).astype(np.float64) + self.still

    def solve(self, residual: np.ndarray, weight: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """Find the fields that follow residuals.

        Parameters
        ----------
        residual : (n, 3)
        weight : (n,)
        normal : (M, M)
            Of these weights.

        Returns
        -------
        (M, 3) float32
            Coefficients.
        """
        pull = (self.area * weight)[:, None] * residual.astype(np.float32)
        right = (self.fields.T @ pull).astype(np.float64)
        return solve_normal(normal, right).astype(np.float32)


@lru_cache(maxsize=4)
def smooth_basis(head: HeadModel) -> SmoothBasis:
    """The smooth fields of a head, ready to be fitted."""
    mean = head.areas[head.shown].mean()
    spread = _BROAD / (1 + head.slopes.astype(np.float64) * _LENGTH**2)
    still = np.diag(_NOISE**2 / spread**2)
    skin = head.of_part("skin")
    elsewhere = np.setdiff1d(skin, head.shown)
    fields = head.smooth[:, elsewhere].astype(np.float64)
    still += _STILL * (fields * (head.areas[elsewhere] / mean)) @ fields.T
    count = int(np.searchsorted(head.slopes, (2 * np.pi / _PERSON) ** 2))
    return SmoothBasis(
        np.ascontiguousarray(head.smooth[:, head.shown].T),
        (head.areas[head.shown] / mean).astype(np.float32),
        still,
        slice(count),
        slice(count, None),
    )


def faded(head: HeadModel, rest: Points, seen: np.ndarray) -> Points:
    """What fields leave, in full where it is seen, from there on fading out smoothly.

    Parameters
    ----------
    head : HeadModel
    rest : (V, 3) float
    seen : (V,) float
        0..1.

    Returns
    -------
    (V, 3) float
    """
    total = averaged(head, np.c_[seen[:, None] * rest, seen + _STILL * (1 - seen)], _RINGS)
    around = total[:, :3] / np.maximum(total[:, 3:], 1e-9)
    return np.asarray(seen[:, None] * rest + (1 - seen[:, None]) * around)


def averaged(head: HeadModel, values: np.ndarray, rings: int) -> np.ndarray:
    """Values (V,) or (V, k) of a head's vertices, averaged with their neighbours' so many times."""
    a, b, starts, degree = head.neighbours
    near = a[starts]
    result = values.reshape(len(values), -1).astype(np.float32)
    for _ in range(rings):
        result[near] = (result[near] + np.add.reduceat(result[b], starts, axis=0)) / degree
    return result.reshape(values.shape)


def carried_on(head: HeadModel, found: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Carry values that are known in places on to the whole head; far away they become 0.

    Parameters
    ----------
    head : HeadModel
    found : (n, 3) float
        At the vertices that the layout shows, in the order of `head.shown`.
    weight : (V,) float32
        0..1: how far they are known; 0 where the layout shows nothing.

    Returns
    -------
    (V, 3) float32
        Where they are fully known they are as found.
    """
    basis, seen = smooth_basis(head), weight[head.shown]
    fields = head.smooth.T @ basis.solve(found, seen, basis.normal(seen))
    rest = np.zeros_like(fields)
    rest[head.shown] = found - fields[head.shown]
    return np.asarray(fields + faded(head, rest, weight), np.float32)
