"""The light on a face as a few distant lamps, which any renderer has."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..image.colour import LUMA
from ..typed import TexelColours

# Lamps, evenly spread around the head: about 50 degrees apart, so that no edge of one lamp's light
# is seen, and enough for what nine spherical harmonics can be.
_LAMPS = 20
# Normals of the face that the lamps are fitted on; as many tell as much as all.
_NORMALS = 1500
# What a lamp costs that differs from the mean of all, relative to the data: those behind the head
# light little of what is seen.
_RIDGE = 1e-3
# Times the weights are refined; they hardly change any more.
_ROUNDS = 400
# Share of all light: a weaker lamp is left out.
_LEAST = 0.004
# Share of the mean light: no place is darker, so that nothing is divided by next to nothing.
_DARKEST = 0.1


@dataclass(frozen=True, eq=False)
class SunLights:
    """Distant lamps without shadows.

    Attributes
    ----------
    directions : (n, 3) float32
        Unit vectors towards the lamps, photo's frame in Blender's axes: x right, y away from the
        viewer, z up.
    colours : (n, 3) float32
        Linear light that white matte skin sends back which faces the lamp.
    """

    directions: np.ndarray
    colours: np.ndarray

    def shade(self, normals: np.ndarray) -> TexelColours:
        """Unit normals (..., 3) to the linear light (..., 3) float32 that white skin sends back."""
        facing = np.maximum(normals @ self.directions.T, 0)
        mean = self.colours.sum(axis=0).mean() / 4  # over all directions a lamp gives a quarter
        return np.maximum(facing @ self.colours, _DARKEST * mean).astype(np.float32)


def fit_suns(shade: TexelColours, normals: np.ndarray, albedo: np.ndarray) -> SunLights:
    """Fit lamps to how skin is lit.

    Parameters
    ----------
    shade : (n, 3) float32
        Linear light of skin, without cast shadows.
    normals : (n, 3) float32
        Unit normals there.
    albedo : (3,) float
        Of the skin.

    Returns
    -------
    SunLights

    Notes
    -----
    Weights of lamps in fixed directions, none of them negative, by multiplicative updates (D. Lee,
    H. Seung, "Algorithms for Non-negative Matrix Factorization", NIPS 2000, with one factor held):
    they need no solver.
    """
    step = max(1, len(normals) // _NORMALS)
    normals, wanted = normals[::step].astype(np.float64), shade[::step] / albedo
    directions = _directions()
    colours = _weights(np.maximum(normals @ directions.T, 0), wanted)
    level = colours @ LUMA
    kept = level > _LEAST * level.sum()
    return SunLights(directions[kept].astype(np.float32), colours[kept].astype(np.float32))


def _weights(facing: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(m, k): what makes facing (n, m) @ weights nearest to `wanted` (n, k), none negative."""
    ridge = _RIDGE * len(facing)
    gram = facing.T @ facing + ridge * np.eye(facing.shape[1])
    mean = wanted.mean(axis=0) / facing.mean(axis=0).sum()
    goal = facing.T @ np.maximum(wanted, 0) + ridge * np.maximum(mean, 0)
    weights = np.full(goal.shape, max(float(wanted.mean()), 1e-6))
    for _ in range(_ROUNDS):
        weights *= goal / np.maximum(gram @ weights, 1e-12)
    return weights


@lru_cache(maxsize=1)
def _directions() -> np.ndarray:
    """(_LAMPS, 3) unit vectors, evenly spread (Fibonacci's lattice)."""
    number = np.arange(_LAMPS) + 0.5
    up = 1 - 2 * number / _LAMPS
    turn = np.pi * (1 + 5**0.5) * number
    across = np.sqrt(1 - up * up)
    return np.stack([across * np.cos(turn), across * np.sin(turn), up], axis=-1)
