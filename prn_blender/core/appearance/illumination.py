"""The light on a face, by spherical harmonics."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..errors import NoFaceError
from ..face.face import Face
from ..geometry.parts import skin_region
from ..geometry.uv_layout import UVLayout
from ..image.colour import FLOOR, GAMMA, LUMA
from ..texture.texel_maps import at_layout_size

# What each coefficient costs, relative to the data: half a face, or one under a fringe, leaves some
# of them undetermined. Light of several colours is rarer than light from one side.
_RIDGE = np.array([0, 3, 3, 3, 20, 20, 20, 20, 20]) * 1e-4
_COLOUR_RIDGE = np.array([0, 5, 5, 5, 20, 20, 20, 20, 20]) * 1e-2
_ROUNDS = 8
# What is no skin of the face (hair, hats, hands, spots, highlights): logarithms of brightness and
# differences of the channels' shares, from which on a texel counts for nothing. Before any light
# is known, a shadow has to pass; then it is so many robust deviations, within bounds.
_FIRST_APART, _FIRST_HUE = 1.2, 0.12
_OUTLIER = 2.5
_APART, _HUE = (0.12, 0.7), (0.03, 0.12)
# How much more of hue passes where the whole face counts.
_WIDER = 1.6
# Weight of skin that hair often covers, beside the middle of the face.
_ASIDE = 0.4
# Its half width and upper border, eye distances from between the eyes.
_MIDDLE = 0.75, 0.25
_FEWEST = 25


@dataclass(frozen=True, eq=False)
class Illumination:
    """Skin under a distant light of any shape, the skin's mean colour included.

    Attributes
    ----------
    coefficients : (9, 3) float64
        Linear light, 1 for white; of the real spherical harmonics up to the second order, for
        red, green and blue. Normals in the photo's frame in Blender's axes: x right, y away from
        the viewer, z up.
    mean : (3,) float64
        Of the shade over the skin it was fitted on.
    cast : (S, S, 3) float32, or 1
        What shadows that are cast and highlights make of it at each texel of that face: a factor,
        see `cast`.
    """

    coefficients: np.ndarray
    mean: np.ndarray
    cast: np.ndarray | float = 1.0

    def shade(self, normals: np.ndarray) -> np.ndarray:
        """Normals (..., 3) to linear light (..., 3), float32, above 0."""
        light = _basis(normals) @ self.coefficients
        return np.maximum(light, 0.1 * self.mean).astype(np.float32)


def fit_illumination(
    face: Face, texture: np.ndarray | None = None, whole: bool = False
) -> Illumination:
    """The light that explains how a face's skin is shaded.

    Parameters
    ----------
    face : Face
        Its geometry; and its photo, unless a texture is given.
    texture : (N, N, 4) uint8 sRGB, optional
        Another texture on that geometry; alpha 0 is left out.
    whole : bool
        Whether cheeks, temples and forehead count as much as the middle of the face, in whatever
        hue they are lit. They tell the two sides' light apart best, and hair bends it most.

    Returns
    -------
    Illumination

    Notes
    -----
    R. Ramamoorthi, P. Hanrahan, "An Efficient Representation for Irradiance Environment Maps",
    SIGGRAPH 2001: nine coefficients describe the shading of a matte surface within one per
    cent. Skin of one colour is assumed; brows, eyes and mouth are left out, and what fits badly
    (beards, spots, highlights) counts less in each of a few rounds (Tukey's biweight). The rounds
    start from the middle of the face, which hair seldom covers.
    """
    texture = at_layout_size(face, texture)
    weight = skin_region(face.layout) * (texture[..., 3].astype(np.float32) / 255)
    chosen = weight > 0.5
    chosen[1::2], chosen[:, 1::2] = False, False  # a quarter of the texels tells as much
    if chosen.sum() < _FEWEST:
        raise NoFaceError("Too little of the face's skin is visible to tell how it is lit.")
    linear = (texture[..., :3][chosen] / 255.0) ** GAMMA
    basis = _basis(face.smooth_normals[chosen])
    middle = _middle(face.layout)[chosen]
    often = np.where(middle, 1.0, 1.0 if whole else _ASIDE)
    wider = _WIDER if whole else 1.0
    luma = linear @ LUMA
    level, hue = _level_and_hue(linear)
    seeds = middle if middle.any() and not whole else np.ones_like(middle)
    apart = np.abs(level - np.median(level[seeds]))
    differs = np.linalg.norm(hue - np.median(hue[seeds], axis=0), axis=1)
    trust = _trust(often, apart / _FIRST_APART)
    trust = _trust(trust, differs / (wider * _FIRST_HUE))
    coefficients = np.zeros((9, 3))
    for _ in range(_ROUNDS):
        bright = _solve(basis, luma[:, None], trust, _RIDGE)
        tone = (trust @ linear) / max(float(trust @ luma), 1e-9)
        coefficients = bright * tone
        coefficients += _solve(basis, linear - basis @ coefficients, trust, _COLOUR_RIDGE)
        found, tint = _level_and_hue(np.maximum(basis @ coefficients, 0))
        apart, differs = np.abs(level - found), np.linalg.norm(hue - tint, axis=1)
        trust = _trust(often, apart / _bound(apart, trust, _APART))
        trust = _trust(trust, differs / (wider * _bound(differs, trust, _HUE)))
    mean = np.maximum((basis @ coefficients).mean(axis=0), 1e-3)
    return Illumination(coefficients, mean)


def _level_and_hue(linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the brightness (n,), and the channels' shares (n, 3); black has none."""
    luma = linear @ LUMA + FLOOR
    return np.log(luma), linear / luma[:, None]


def _solve(basis: np.ndarray, values: np.ndarray, weight: np.ndarray, ridge: np.ndarray) -> Any:
    """(9, k) weighted least squares that keeps coefficients small, `ridge` (9,) of them."""
    weighted = basis * weight[:, None]
    gram = weighted.T @ basis + np.diag(ridge + 1e-9) * weight.sum()
    # Not numpy's: its threads cost more than these nine equations.
    return cv2.solve(gram, weighted.T @ values, flags=cv2.DECOMP_CHOLESKY)[1]


def _trust(before: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Weights (n,) without outliers; as before where that would leave none."""
    # Under light of several hues there may be nothing that is near the middle of all.
    after = before * _tukey(distance)
    return after if after.any() else before


def _tukey(distance: np.ndarray) -> np.ndarray:
    """Weights of Tukey's biweight; 0 from a distance of 1 on."""
    return (1 - distance.clip(0, 1) ** 2) ** 2


def _bound(distance: np.ndarray, trust: np.ndarray, within: tuple[float, float]) -> float:
    """Where outliers begin: some robust deviations of what is trusted, within bounds."""
    return float(np.clip(_OUTLIER * 1.4826 * np.median(distance[trust > 0]), *within))


def _middle(layout: UVLayout) -> np.ndarray:
    """(S, S) bool: from the brows down, between the outer corners of the eyes."""
    centre = layout.canonical_landmarks[36:48].mean(axis=0)
    place = (layout.canonical - centre) / layout.eye_distance
    return layout.mask & (np.abs(place[..., 0]) < _MIDDLE[0]) & (place[..., 2] < _MIDDLE[1])


def _basis(normals: np.ndarray) -> np.ndarray:
    """(..., 3) unit normals to (..., 9) real spherical harmonics."""
    x, y, z = np.moveaxis(np.asarray(normals, np.float64), -1, 0)
    return np.stack(
        [
            np.full_like(x, 0.282095),
            0.488603 * x,
            0.488603 * y,
            0.488603 * z,
            1.092548 * x * y,
            1.092548 * y * z,
            1.092548 * x * z,
            0.315392 * (3 * z * z - 1),
            0.546274 * (x * x - y * y),
        ],
        axis=-1,
    )
