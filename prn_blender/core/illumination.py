"""The light on a face, by spherical harmonics: fit it, take it away, give another."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from .blend import membrane
from .errors import NoFaceError
from .face import Face
from .parts import part_mask
from .uv_layout import UVLayout

# sRGB to linear light and back by a power: a gain of light is a gain of the stored values.
_GAMMA = 2.2
# A gain of sRGB values: shading that exceeds it is a cast shadow or a highlight, which no smooth
# light is.
_MOST_SHADING = 1.8
# Of a curve from skin to skin: k, which bounds its slope at black to 1/4 .. 7, and the gain.
_STEEPEST = -0.85, 3.0
_MOST_HUE = 2.5
# Cosine between normal and line of sight from which on a photo tells how a place is lit.
_SURE = 0.5
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
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
# Weight of skin that hair often covers, beside the middle of the face.
_ASIDE = 0.4
# Its half width and upper border, eye distances from between the eyes.
_MIDDLE = 0.75, 0.25
# Linear light: darker, colours are noise.
_FLOOR = 0.01
_FEWEST = 100
# Shadows that are cast, of the map's side: what is finer is the skin's; how far the halves of a
# face are out of step. Logarithms: what may be the skin's where the other half is not seen; what
# no shadow exceeds; variance of an edge.
_CAST_REACH, _CAST_NEAR = 0.03, 0.02
_ALIKE, _MOST_CAST, _EDGE = 0.4, 2.0, 0.02
# Pixels worked on at once, to bound memory.
_BAND = 2**18
# Of the map's side: the mesh's facets and folds are smaller.
_SMOOTH = 0.03
# Robust deviations from the lit skin within which it is skin, beyond which it is none.
_STRANGE = 3.0, 5.0


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
        What shadows that are cast and highlights make of it at each texel of that face: a factor.
    """

    coefficients: np.ndarray
    mean: np.ndarray
    cast: np.ndarray | float = 1.0

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
    (beards, spots, highlights) counts less in each of a few rounds (Tukey's biweight). The rounds
    start from the middle of the face, which hair seldom covers.
    """
    size = face.layout.size
    if texture is None:
        texture = face.texture(size)
    elif texture.shape[0] != size:
        texture = cv2.resize(texture, (size, size), interpolation=cv2.INTER_AREA)
    weight = skin_region(face) * (texture[..., 3].astype(np.float32) / 255)
    chosen = weight > 0.5
    if chosen.sum() < _FEWEST:
        raise NoFaceError("Too little of the face's skin is visible to tell how it is lit.")
    linear = (texture[..., :3][chosen] / 255.0) ** _GAMMA
    basis = _basis(face.smooth_normals[chosen])
    often = np.where(_middle(face.layout)[chosen], 1.0, _ASIDE)
    luma = linear @ _LUMA
    level, hue = _level_and_hue(linear)
    seeds = often == often.max()
    apart = np.abs(level - np.median(level[seeds]))
    differs = np.linalg.norm(hue - np.median(hue[seeds], axis=0), axis=1)
    trust = often * _tukey(apart / _FIRST_APART) * _tukey(differs / _FIRST_HUE)
    coefficients = np.zeros((9, 3))
    for _ in range(_ROUNDS):
        bright = _solve(basis, luma[:, None], trust, _RIDGE)
        tone = (trust @ linear) / max(float(trust @ luma), 1e-9)
        coefficients = bright * tone
        coefficients += _solve(basis, linear - basis @ coefficients, trust, _COLOUR_RIDGE)
        found, tint = _level_and_hue(np.maximum(basis @ coefficients, 0))
        apart, differs = np.abs(level - found), np.linalg.norm(hue - tint, axis=1)
        trust = often * _tukey(apart / _bound(apart, trust, _APART))
        trust *= _tukey(differs / _bound(differs, trust, _HUE))
    mean = np.maximum((basis @ coefficients).mean(axis=0), 1e-3)
    light = Illumination(coefficients, mean)
    return replace(light, cast=_cast(face, texture, light))


def _cast(face: Face, texture: np.ndarray, light: Illumination) -> np.ndarray:
    """(S, S, 3) float32: shadows that are cast and highlights, as a factor of smooth light.

    A shadow seldom falls on both halves of a face alike; a beard, a blush, sunken eyes are on
    both. So it is light what, in the coarse, the other half does not have near the same place.
    """
    layout = face.layout
    size = layout.size
    linear = (texture[..., :3] / np.float32(255)) ** np.float32(_GAMMA)
    smooth = light.shade(face.smooth_normals)
    ratio = np.log((linear + _FLOOR) / (smooth + _FLOOR)).astype(np.float32)
    features = part_mask(layout, ("eyes", "brows", "mouth"), feather=0) > 0
    weight = ((texture[..., 3] == 255) & layout.mask & ~features).astype(np.float32)
    ratio = _without_detail(ratio, weight, _CAST_REACH * size)
    reach = np.ones((2 * round(_CAST_NEAR * size) + 1,) * 2, np.uint8)
    both = layout.mirrored(weight) > 0
    other = np.where(both[..., None], layout.mirrored(ratio), 0)
    low, high = (np.where(both[..., None], f(other, reach), bound)
                 for f, bound in ((cv2.erode, -_ALIKE), (cv2.dilate, _ALIKE)))  # fmt: skip
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    # Beards grow lower; higher up, what is darker by more is in the shadow of brows or a hat.
    upper = (layout.canonical[..., 2] > _marks(layout)[33, 2])[..., None]
    low, high = (np.where(upper, bound.clip(-_ALIKE, _ALIKE), bound) for bound in (low, high))
    cast = ratio - ratio.clip(low, high)
    cast = cast.clip(-_MOST_CAST, _MOST_CAST) * weight[..., None]
    # What is not skin at all is left alone; between, shadows go on.
    known = (weight > 0) & (np.abs(ratio).max(axis=-1) < _MOST_CAST)
    known |= ~layout.mask
    return np.exp(membrane(cast, known)).astype(np.float32)


def _without_detail(values: np.ndarray, weight: np.ndarray, reach: float) -> np.ndarray:
    """Values (h, w, k) smoothed where their weight (h, w) allows, but for their large edges.

    K. He, J. Sun, X. Tang, "Guided Image Filtering", ECCV 2010, the image being its own guide.
    """
    side = (2 * round(reach) + 1,) * 2
    weight = weight[..., None]
    total = np.maximum(cv2.blur(weight, side), 1e-6)[..., None]

    def mean(what: np.ndarray) -> np.ndarray:
        return cv2.blur(what * weight, side) / total

    values = cv2.GaussianBlur(values * weight, (0, 0), 1.5)
    values /= np.maximum(cv2.GaussianBlur(weight, (0, 0), 1.5), 1e-6)[..., None]
    middle = mean(values)
    spread = np.maximum(mean(values * values) - middle * middle, 0)
    edge = spread / (spread + np.float32(_EDGE))
    return mean(edge) * values + mean((1 - edge) * middle)


def _level_and_hue(linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the brightness (n,), and the channels' shares (n, 3); black has none."""
    luma = linear @ _LUMA + _FLOOR
    return np.log(luma), linear / luma[:, None]


def _solve(basis: np.ndarray, values: np.ndarray, weight: np.ndarray, ridge: np.ndarray) -> Any:
    """(9, k) weighted least squares that keeps coefficients small, `ridge` (9,) of them."""
    weighted = basis * weight[:, None]
    gram = weighted.T @ basis + np.diag(ridge + 1e-9) * weight.sum()
    return np.linalg.solve(gram, weighted.T @ values)


def _tukey(distance: np.ndarray) -> np.ndarray:
    """Weights of Tukey's biweight; 0 from a distance of 1 on."""
    return (1 - distance.clip(0, 1) ** 2) ** 2


def _bound(distance: np.ndarray, trust: np.ndarray, within: tuple[float, float]) -> float:
    """Where outliers begin: some robust deviations of what is trusted, within bounds."""
    return float(np.clip(_OUTLIER * 1.4826 * np.median(distance[trust > 0]), *within))


def _marks(layout: UVLayout) -> np.ndarray:
    """(68, 3) float32 landmarks of the canonical face."""
    return layout.canonical[tuple(layout.landmark_texels.T)]


def _middle(layout: UVLayout) -> np.ndarray:
    """(S, S) bool: from the brows down, between the outer corners of the eyes."""
    centre = _marks(layout)[36:48].mean(axis=0)
    place = (layout.canonical - centre) / layout.eye_distance
    return layout.mask & (np.abs(place[..., 0]) < _MIDDLE[0]) & (place[..., 2] < _MIDDLE[1])


def skin_likeness(face: Face, light: Illumination) -> np.ndarray:
    """How much each texel of a face looks like its skin in its light.

    Returns
    -------
    (S, S) float32
        1 for what differs from the lit skin no more than skin does, 0 for hair, cloth, background
        and what the photo does not show.
    """
    size = face.layout.size
    texture = face.texture(size)
    linear = (texture[..., :3] / np.float32(255)) ** np.float32(_GAMMA)
    # Per channel how many times as bright as expected; a dark strand is much darker.
    ratio = np.log((linear + 0.01) / (light.shade(face.smooth_normals) + 0.01))
    ratio = cv2.GaussianBlur(ratio.astype(np.float32), (0, 0), size / 128)
    skin = (skin_region(face) > 0) & (texture[..., 3] == 255)
    middle = np.median(ratio[skin], axis=0)
    spread = 1.4826 * np.median(np.abs(ratio[skin] - middle), axis=0) + 0.05
    distance = np.maximum.reduce(cv2.split(np.abs(ratio - middle) / spread))
    seen = texture[..., 3].astype(np.float32) / 255
    return seen * ((_STRANGE[1] - distance) / (_STRANGE[1] - _STRANGE[0])).clip(0, 1)


@dataclass(frozen=True, eq=False)
class ToneCurve:
    """What takes the skin from one light into another, per texel.

    It maps c, 0..1, to g / (1 + k (1 - g)) with g = gain c, each channel by its own gain and k. As
    far as k can, it does the work, and black stays black and white stays white, so that pupils and
    teeth keep their contrast, no highlight is clipped, and shadows in coloured light get no hue.
    The gain does the rest.

    C. Schlick, "Fast alternatives to Perlin's bias and gain functions", Graphics Gems IV, 1994.

    Attributes
    ----------
    values : (S, S, 6) float32
        Gain of red, green and blue, and their k, above -1; 1, 1, 1, 0, 0, 0 changes nothing.
    """

    values: np.ndarray

    def apply(self, texture: np.ndarray) -> np.ndarray:
        """A texture (N, N, 3) uint8 sRGB under the curve."""
        return self.apply_values(texture, cv2.resize(self.values, texture.shape[1::-1]))

    @staticmethod
    def apply_values(colour: np.ndarray, values: np.ndarray) -> np.ndarray:
        """`apply` with the curve (h, w, 6) at each pixel."""
        result = np.empty_like(colour)
        rows = max(1, _BAND // max(1, colour.shape[1]))
        for top in range(0, len(colour), rows):
            band = values[top : top + rows]
            gain, k = (np.ascontiguousarray(band[..., part]) for part in (np.s_[:3], np.s_[3:]))
            above = cv2.multiply(colour[top : top + rows], gain, dtype=cv2.CV_32F)
            above = cv2.min(above, (255.0,) * 4)
            below = cv2.add(cv2.scaleAdd(cv2.multiply(above, k), -1 / 255, k), (1.0,) * 4)
            result[top : top + rows] = cv2.divide(above, below, dtype=cv2.CV_8U)
        return result

    @classmethod
    def between(cls, source: np.ndarray, goal: np.ndarray) -> ToneCurve:
        """The curve that maps sRGB values `source` to `goal`, (S, S, 3), both 0..1."""
        source, goal = source.clip(0.02, 0.95), goal.clip(0.02, 0.95)
        k = ((source / goal - 1) / (1 - source)).clip(*_STEEPEST)
        gain = goal * (1 + k) / (1 + k * goal) / source
        return cls(np.concatenate([gain.clip(1 / _MOST_HUE, _MOST_HUE), k], -1).astype(np.float32))


def delight_curve(face: Face, light: Illumination, strength: float = 1.0) -> ToneCurve:
    """What makes a face's skin equally bright everywhere.

    Parameters
    ----------
    face : Face
    light : Illumination
        Of it.
    strength : float
        0..1.
    """
    smooth = light.shade(face.smooth_normals)
    return _curve(smooth, light.mean, np.ones(3), strength, cast=light.cast)


def relight_curve(
    face: Face,
    light: Illumination,
    goal: Illumination,
    goal_face: Face | None = None,
    strength: float = 1.0,
) -> ToneCurve:
    """What brings a face's texture from its light into another.

    Parameters
    ----------
    face : Face
        On which `light` shines.
    light, goal : Illumination
    goal_face : Face, optional
        On which `goal` shines; by default the same.
    strength : float
        0..1.
    """
    shade = light.shade(face.smooth_normals)
    goal_face = goal_face or face
    goal_shade = goal.shade(goal_face.smooth_normals)
    # What the goal's photo hardly shows has told little about its light.
    seen = (-goal_face.smooth_normals[..., 1] / _SURE).clip(0, 1)[..., None]
    tone = goal.mean / light.mean
    return _curve(shade, goal_shade, tone, strength, seen, light.cast, goal.cast)


def mirror_curve(face: Face, light: Illumination) -> ToneCurve:
    """What brings the mirror image of a face's texture into the light of its own side."""
    shade = light.shade(face.smooth_normals)
    return _curve(face.layout.mirrored(shade), shade, np.ones(3), 1.0)


def tone_curve(face: Face, light: Illumination, goal: Illumination) -> ToneCurve:
    """What gives a face's skin the mean colour of another's; its shading stays."""
    shade = light.shade(face.smooth_normals)
    tone = goal.mean / light.mean
    return _curve(shade, shade * tone.astype(np.float32), tone, 1.0)


def _curve(
    shade: np.ndarray,
    goal: np.ndarray,
    tone: np.ndarray,
    strength: float,
    sure: np.ndarray | float = 1.0,
    cast: np.ndarray | float = 1.0,
    goal_cast: np.ndarray | float = 1.0,
) -> ToneCurve:
    """From one shade to another, linear light, and what is cast on both.

    The shades' ratio about `tone` (3,) is bounded, and counts as far as it is `sure` (S, S, 1).
    """
    power = np.float32(1 / _GAMMA)
    most = np.float32(np.log(_MOST_SHADING))
    tone = np.asarray(tone, np.float32)
    # Bounded smoothly: an edge of the bound would show as an edge in the skin.
    shading = most * np.tanh(np.log(goal / shade / tone) * power / most) * sure
    change = tone**power * np.exp(shading) * (goal_cast / np.asarray(cast)) ** power
    source = np.minimum(shade * np.float32(cast), 1) ** power
    return ToneCurve.between(source, source * change**strength)


def smooth_normals(face: Face) -> np.ndarray:
    """(S, S, 3) float32 unit normals of the face without its folds: light changes slowly."""
    size = face.layout.size
    weight = np.maximum(skin_region(face), 0.01)[..., None]
    normals = cv2.GaussianBlur(face.normals * weight, (0, 0), _SMOOTH * size)
    length = np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))
    return normals / np.maximum(length, 1e-6)[..., None]


def skin_region(face: Face) -> np.ndarray:
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
