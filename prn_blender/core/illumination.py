"""The light on a face, by spherical harmonics: fit it, take it away, give another."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .errors import PRNError
from .face import Face
from .parts import part_mask

# sRGB to linear light and back by a power: a gain of light is a gain of the stored values.
_GAMMA = 2.2
# A gain beyond this brings out noise and the photo's compression, not skin.
_MOST_GAIN = 2.0
# What the second order costs, relative to the data: half a face leaves some of it undetermined.
_RIDGE = np.array([0, 1, 1, 1, 4, 4, 4, 4, 4]) * 2e-3
_ROUNDS = 8
# Residuals beyond this many robust deviations are spots, hair, highlights.
_OUTLIER = 2.5
_FEWEST = 100


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
    """

    coefficients: np.ndarray
    mean: np.ndarray

    def shade(self, normals: np.ndarray) -> np.ndarray:
        """Normals (..., 3) to linear light (..., 3), float32, above 0."""
        light = _basis(normals) @ self.coefficients
        return np.maximum(light, 0.1 * self.mean).astype(np.float32)


def fit_illumination(face: Face, texture: np.ndarray | None = None) -> Illumination:
    """The light that explains how a face's skin is shaded.

    Parameters
    ----------
    face : Face
        Its geometry; and its photo, unless a texture is given.
    texture : (N, N, 4) uint8 sRGB, optional
        Another texture on that geometry; alpha 0 is left out.

    Returns
    -------
    Illumination

    Notes
    -----
    R. Ramamoorthi, P. Hanrahan, "An Efficient Representation for Irradiance Environment Maps",
    SIGGRAPH 2001: nine coefficients describe the shading of a matte surface within one per
    cent. Skin of one colour is assumed; brows, eyes and mouth are left out, and what fits badly
    (beards, spots, highlights) counts less in each of a few rounds (Tukey's biweight).
    """
    size = face.layout.size
    if texture is None:
        texture = face.texture(size)
    elif texture.shape[0] != size:
        texture = cv2.resize(texture, (size, size), interpolation=cv2.INTER_AREA)
    weight = _skin(face) * (texture[..., 3].astype(np.float32) / 255)
    chosen = weight > 0.5
    if chosen.sum() < _FEWEST:
        raise PRNError("Too little of the face's skin is visible to tell how it is lit.")
    linear = (texture[..., :3][chosen] / 255.0) ** _GAMMA
    basis = _basis(face.normals[chosen])
    trust = np.ones(len(basis))
    coefficients = np.zeros((9, 3))
    for _ in range(_ROUNDS):
        weighted = basis * trust[:, None]
        gram = weighted.T @ basis + np.diag(_RIDGE) * trust.sum()
        coefficients = np.linalg.solve(gram, weighted.T @ linear)
        residual = np.abs(linear - basis @ coefficients).sum(axis=1)
        deviation = 1.4826 * np.median(residual) + 1e-6
        trust = (1 - (residual / (_OUTLIER * deviation)).clip(0, 1) ** 2) ** 2
    mean = np.maximum((basis @ coefficients).mean(axis=0), 1e-3)
    return Illumination(coefficients, mean)


def delight_gain(face: Face, light: Illumination, strength: float = 1.0) -> np.ndarray:
    """What to multiply a texture by so that its skin is lit the same everywhere.

    Returns
    -------
    (S, S, 3) float32
        Per texel of the position map, for sRGB values.
    """
    return _gain(light.mean.astype(np.float32) / light.shade(face.normals), strength)


def relight_gain(
    face: Face,
    light: Illumination,
    goal: Illumination,
    goal_face: Face | None = None,
    strength: float = 1.0,
) -> np.ndarray:
    """What to multiply a face's texture by to bring it from its light into another.

    Parameters
    ----------
    face : Face
        Whose normals `light` shines on.
    light, goal : Illumination
    goal_face : Face, optional
        Whose normals `goal` shines on; by default the same.
    strength : float
        0..1.

    Returns
    -------
    (S, S, 3) float32
        Per texel of the position map, for sRGB values.
    """
    normals = face.normals if goal_face is None else goal_face.normals
    return _gain(goal.shade(normals) / light.shade(face.normals), strength)


def apply_gain(colour: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 times a gain (h, w, 3) float32, rounded."""
    return cv2.multiply(colour, gain, dtype=cv2.CV_8U)


def _gain(linear: np.ndarray, strength: float) -> np.ndarray:
    gain = linear ** np.float32(strength / _GAMMA)
    return gain.clip(1 / _MOST_GAIN, _MOST_GAIN).astype(np.float32)


def _skin(face: Face) -> np.ndarray:
    """(S, S) float32: skin of one colour, more or less."""
    layout = face.layout
    others = part_mask(layout, ("eyes", "brows", "mouth"), feather=0)
    return part_mask(layout, ("face",), feather=0) * (1 - others)


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
