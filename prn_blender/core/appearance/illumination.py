"""The light on a face: nine spherical harmonics fitted to its skin."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..errors import NoFaceError
from ..geometry.landmarks import EYES
from ..geometry.parts import skin_region
from ..geometry.uv_layout import UVLayout
from ..image.colour import FLOOR, LUMA, linear_light
from ..texture.texel_maps import TexelMaps
from ..typed import TexelColours

# What each coefficient costs, relative to the data: half a face, or one under a fringe, leaves some
# of them undetermined. Light of several colours is rarer than light from one side.
_RIDGE = np.array([0, 3, 3, 3, 20, 20, 20, 20, 20]) * 1e-4
_COLOUR_RIDGE = np.array([0, 5, 5, 5, 20, 20, 20, 20, 20]) * 1e-2
# Times the fit is repeated with outliers counting less.
_ROUNDS = 8

# Texels that are not skin of the face (hair, hats, hands, spots, highlights) count for nothing from
# these differences on: of the logarithm of brightness, and of the channels' shares. In the first
# round no light is known and a whole shadow has to pass ...
_FIRST_APART = 1.2
_FIRST_HUE = 0.12
# ... then it is this many robust standard deviations, within these bounds.
_OUTLIER = 2.5
_APART_BOUNDS = (0.12, 0.7)
_HUE_BOUNDS = (0.03, 0.12)
# Standard deviations per median absolute deviation of a normal distribution.
_PER_MAD = 1.4826

# Weight of skin beside the middle of the face, which hair often covers.
_ASIDE = 0.4
# Eye distances from between the eyes: half width and upper border of the middle.
_MIDDLE_WIDTH = 0.75
_MIDDLE_TOP = 0.25

# Texels of skin: with fewer nothing can be fitted.
_FEWEST = 25


@dataclass(frozen=True, eq=False)
class Illumination:
    """Skin under a distant light of any shape; the skin's mean colour is part of it.

    Attributes
    ----------
    coefficients : (9, 3) float64
        Linear light, 1 for white; of the real spherical harmonics up to the second order, for
        red, green and blue. Normals in the photo's frame in Blender's axes: x right, y away from
        the viewer, z up.
    mean : (3,) float64
        Of the shading over the skin it was fitted on, linear light.
    cast_shadows : (S, S, 3) float32, or 1
        What cast shadows and highlights multiply it by at each texel of that face, see
        `cast_shadows`.
    """

    coefficients: np.ndarray
    mean: np.ndarray
    cast_shadows: TexelColours | float = 1.0

    def shade(self, normals: np.ndarray) -> np.ndarray:
        """Unit normals (..., 3) to linear light (..., 3), float32, above 0; no cast shadows."""
        light = _basis(normals, np.float32) @ self.coefficients.astype(np.float32)
        return np.maximum(light, np.float32(0.1) * self.mean.astype(np.float32))

    def slope(self, normals: np.ndarray) -> np.ndarray:
        """How the logarithm of the brightness changes as a unit normal (..., 3) is turned.

        Returns
        -------
        (..., 3) float32
            Its gradient, per radian, along the surface; no cast shadows.
        """
        c = self.coefficients @ LUMA
        linear = 0.488603 * c[1:4]
        square = 1.092548 * np.array([[0, c[4], c[6]], [c[4], 0, c[5]], [c[6], c[5], 0]])
        square += np.diag([2 * 0.546274 * c[8], -2 * 0.546274 * c[8], 6 * 0.315392 * c[7]])
        turned = normals @ square.astype(np.float32) + linear.astype(np.float32)
        outward = np.einsum("...k,...k->...", turned, normals)[..., None]
        turned = turned - outward * normals
        return np.asarray(turned / (self.shade(normals) @ LUMA)[..., None], np.float32)


def fit_illumination(maps: TexelMaps) -> Illumination:
    """Fit the light that explains how a face's skin is shaded.

    Parameters
    ----------
    maps : TexelMaps
        Where alpha is 0 a texel is left out.

    Returns
    -------
    Illumination

    Raises
    ------
    NoFaceError
        Too little skin is visible.

    Notes
    -----
    R. Ramamoorthi, P. Hanrahan, "An Efficient Representation for Irradiance Environment Maps",
    SIGGRAPH 2001: nine coefficients describe the shading of a matte surface within one per
    cent. Skin of one colour is assumed; brows, eyes and mouth are left out, and what fits badly
    (beards, spots, highlights) counts less in each of a few rounds (Tukey's biweight). The rounds
    start from the middle of the face, which hair seldom covers.
    """
    layout, texture = maps.layout, maps.texture
    weight = skin_region(layout) * (texture[..., 3].astype(np.float32) / 255)
    chosen = weight > 0.5
    chosen[1::2], chosen[:, 1::2] = False, False  # a quarter of the texels tells as much
    if chosen.sum() < _FEWEST:
        raise NoFaceError("Too little of the face's skin is visible to tell how it is lit.")
    linear = linear_light(texture[..., :3][chosen], np.float64)
    basis = _basis(maps.smooth_normals[chosen])
    middle = _middle(layout)[chosen]
    prior = np.where(middle, 1.0, _ASIDE)
    luma = linear @ LUMA
    level, hue = _level_and_hue(linear)
    seeds = middle if middle.any() else np.ones_like(middle)
    apart = np.abs(level - np.median(level[seeds]))
    differs = np.linalg.norm(hue - np.median(hue[seeds], axis=0), axis=1)
    trust = _without_outliers(prior, apart / _FIRST_APART)
    trust = _without_outliers(trust, differs / _FIRST_HUE)
    coefficients = np.zeros((9, 3))
    for _ in range(_ROUNDS):
        bright = _solve(basis, luma[:, None], trust, _RIDGE)
        tone = (trust @ linear) / max(float(trust @ luma), 1e-9)
        coefficients = bright * tone
        coefficients += _solve(basis, linear - basis @ coefficients, trust, _COLOUR_RIDGE)
        found, tint = _level_and_hue(np.maximum(basis @ coefficients, 0))
        apart, differs = np.abs(level - found), np.linalg.norm(hue - tint, axis=1)
        trust = _without_outliers(prior, apart / _bound(apart, trust, _APART_BOUNDS))
        trust = _without_outliers(trust, differs / _bound(differs, trust, _HUE_BOUNDS))
    mean = np.maximum((basis @ coefficients).mean(axis=0), 1e-3)
    return Illumination(coefficients, mean)


def _level_and_hue(linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the brightness (n,), and the channels' shares (n, 3); black has no hue."""
    luma = linear @ LUMA + FLOOR
    return np.log(luma), linear / luma[:, None]


def _solve(basis: np.ndarray, values: np.ndarray, weight: np.ndarray, ridge: np.ndarray) -> Any:
    """(9, k) weighted least squares; `ridge` (9,) keeps coefficients small."""
    weighted = basis * weight[:, None]
    gram = weighted.T @ basis + np.diag(ridge + 1e-9) * weight.sum()
    # Not numpy's solver: its threads cost more than these nine equations.
    return cv2.solve(gram, weighted.T @ values, flags=cv2.DECOMP_CHOLESKY)[1]


def _without_outliers(trust: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Weights (n,) that fall with the distance (Tukey's biweight) and are 0 from 1 on."""
    less = trust * (1 - distance.clip(0, 1) ** 2) ** 2
    # Under light of several hues it may be that no texel is near the middle of all.
    return less if less.any() else trust


def _bound(distance: np.ndarray, trust: np.ndarray, within: tuple[float, float]) -> float:
    """Where outliers begin: some robust deviations of what is trusted, within bounds."""
    return float(np.clip(_OUTLIER * _PER_MAD * np.median(distance[trust > 0]), *within))


def _middle(layout: UVLayout) -> np.ndarray:
    """(S, S) bool: from the brows down, between the outer corners of the eyes."""
    centre = layout.canonical_landmarks[EYES].mean(axis=0)
    place = (layout.canonical - centre) / layout.eye_distance
    return layout.mask & (np.abs(place[..., 0]) < _MIDDLE_WIDTH) & (place[..., 2] < _MIDDLE_TOP)


def _basis(normals: np.ndarray, dtype: type = np.float64) -> np.ndarray:
    """(..., 3) unit normals to (..., 9) real spherical harmonics."""
    x, y, z = np.moveaxis(np.asarray(normals, dtype), -1, 0)
    basis: np.ndarray = np.empty((*x.shape, 9), dtype)
    basis[..., 0] = 0.282095
    basis[..., 1] = 0.488603 * x
    basis[..., 2] = 0.488603 * y
    basis[..., 3] = 0.488603 * z
    basis[..., 4] = 1.092548 * x * y
    basis[..., 5] = 1.092548 * y * z
    basis[..., 6] = 1.092548 * x * z
    basis[..., 7] = 0.315392 * (3 * z * z - 1)
    basis[..., 8] = 0.546274 * (x * x - y * y)
    return basis
