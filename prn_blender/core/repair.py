"""What a donor's skin shows that is no skin: edges of shadows, burnt spots, hands, strands."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .face import Face
from .illumination import FLOOR, GAMMA, LUMA
from .parts import EYE_MARKS, LIP_MARKS, feathered, part_mask, within_landmarks
from .uv_layout import UVLayout

# Logarithms of linear light: what deviates from the skin around by less stays, by more than the
# second goes; where the donor's light is hard or its colours made up, this much less of it.
_STAYS, _GOES, _STRICTER = 0.5, 0.9, 0.65
# How many times a deviation of hue counts, one that the other half of the face has not, and one
# that it has.
_HUE, _ONE_SIDED, _ALIKE = 2.0, 1.5, 0.3
# Most that is left of the light is changed; and how much of its coarse hue is in soft light.
_MOST, _TINT = 1.0, 0.7
# Of the map's side: the skin around, from coarse to fine; what is finer is the skin's own; the
# edge of what is replaced; how far the halves of a face are out of step; moles are smaller.
_AROUND, _FINE, _EDGE, _NEAR, _MOLE = (0.16, 0.1, 0.05), 0.006, 0.016, 0.02, 0.035
_PAST = 0.04
_SHADES = 0.008
# How many times as much a nose deviates, whose light is not that of smooth normals.
_NOSE = 4.0
# Median difference, logarithms, from which on two photos are not of the same face in one light.
_SAME = 0.03, 0.08
# Logarithms by which chin and upper lip are darker than the cheeks where there is a beard.
_BEARD = 0.15, 0.35
# Logarithm of light by which lids and brows may be brighter than the skin around.
_LID = 0.25
# Logarithm by which a beard may be darker than skin; a dark photo's is black.
_DEEP = 0.9
# Eye distances: features and around them; nostrils.
_MARGIN, _NOSTRILS = 0.06, 0.09


@dataclass(frozen=True, eq=False)
class Repair:
    """What makes skin of a donor's texture, texel by texel.

    Attributes
    ----------
    values : (S, S, 7) float32
        A gain of sRGB red, green and blue that makes the skin even; skin, sRGB 0..255; and 0..1,
        how far that is to be put in place of what is there.
    """

    values: np.ndarray

    def apply(self, texture: np.ndarray) -> np.ndarray:
        """A texture (N, N, 3) uint8 sRGB repaired."""
        return self.apply_values(texture, cv2.resize(self.values, texture.shape[1::-1]))

    @staticmethod
    def apply_values(colour: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Colours (h, w, 3) uint8 repaired, with the values (h, w, 7) at each pixel."""
        gain, skin, share = (np.ascontiguousarray(values[..., part]) for part in _PARTS)
        even = cv2.multiply(colour, gain, dtype=cv2.CV_8U)
        return cv2.blendLinear(even, cv2.add(skin, 0, dtype=cv2.CV_8U), 1 - share, share)


_PARTS = np.s_[:3], np.s_[3:6], 6


def repair(
    layout: UVLayout,
    colour: np.ndarray,
    skin: np.ndarray,
    own: np.ndarray,
    known: np.ndarray,
    strictness: float,
    strength: float = 1.0,
) -> Repair:
    """Find what of a donor's skin is none.

    Parameters
    ----------
    layout : UVLayout
    colour : (S, S, 3) uint8 sRGB
        A donor's texture in the target's light.
    skin : (S, S, 3) float32 sRGB, 0..1
        What skin would be in that light.
    own : (S, S, 4) uint8 sRGB
        The target's texture: what it shows as well may stay, and what it does not show.
    known : (S, S) float32
        0..1: how far a texel is the donor's photo's, not made up.
    strictness : float
        0..1: how little the donor's photo is to be trusted.
    strength : float
        0..1.

    Returns
    -------
    Repair

    Notes
    -----
    Logarithms of what the texture shows over what skin would be are constant on ideal skin. What
    is smooth in them is light that has not been told right; what deviates from it by more than
    skin does is replaced by the skin around, the sooner if the other half of the face has nothing
    like it near the same place. Folds, moles and beards stay.
    """
    size = layout.size
    expected = _light(skin * 255)
    ratio = np.log(_light(colour) / expected)
    differs = cv2.GaussianBlur(ratio, (0, 0), _FINE * size)
    free = free_skin(layout)
    around, even = _skin_around(differs, free, size)
    apart = differs - around
    level = dark = apart @ LUMA
    bearded = beard(layout, differs @ LUMA)
    lone = one_sided(layout, level, known)
    lone -= bearded * lone.clip(max=0)
    level = level - bearded * level.clip(max=0)
    # What is dark has a hue of chance.
    hue = np.abs(apart - dark[..., None]).max(axis=-1) * np.exp(dark.clip(max=0))
    # What both halves have (folds, glasses) stays where the photo is to be trusted.
    relief = _relief(layout)
    counts = _ALIKE + (1 - _ALIKE) * strictness
    distance = np.maximum(counts * np.hypot(level, _HUE * hue), _ONE_SIDED * np.abs(lone))
    # Nor does it matter what the target has there too.
    same = differs - cv2.GaussianBlur(np.log(_light(own[..., :3]) / expected), (0, 0), _FINE * size)
    darker = np.where(own[..., 3] > 0, same @ LUMA, -np.inf).clip(-_MOST, 0).astype(np.float32)
    same = np.abs(same).max(axis=-1) * (own[..., 3] > 0)
    distance = np.minimum(distance, same)
    other_face = (
        float(np.median(same[(free > 0.5) & (known > 0.5)])) if (known > 0.5).any() else 1.0
    )
    stays, goes = (x * (1 - _STRICTER * strictness) for x in (_STAYS, _GOES))
    distance /= relief
    wrong = ((distance - stays) / (goes - stays)).clip(0, 1)
    wrong = _without_moles(wrong, _MOLE * (1 - strictness) * size)
    edge = 2 * round(_EDGE * size) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (edge, edge))
    wrong = cv2.GaussianBlur(cv2.dilate(wrong, kernel), (0, 0), _EDGE * size / 2) * free
    wrong *= np.float32(strength)
    # What is left of a hard light is in all but the finest of the skin.
    share = np.clip((other_face - _SAME[0]) / (_SAME[1] - _SAME[0]), 0, 1)
    other_photo = np.float32(strength * share) * (1 - bearded)[..., None]
    trust = np.float32(strictness) * other_photo
    light = (around - even).clip(-_MOST, _MOST)
    # Its coarse hue even where it is soft: one skin has one.
    tint = light - (light @ LUMA)[..., None]
    light = trust * light + (np.float32(_TINT) * other_photo - trust).clip(0) * tint
    shades = cv2.GaussianBlur(apart * free[..., None], (0, 0), _SHADES * size)
    shades *= trust * (free * (_NOSE - relief) / (_NOSE - 1))[..., None]
    # No beard is lightened beyond what the target is there, and its own not at all.
    deep, darker = (cv2.GaussianBlur(x, (0, 0), _SHADES * size) for x in (dark, darker))
    deep = np.maximum((deep + _DEEP).clip(max=0), darker)
    deep *= bearded * _off_lips(layout) * np.float32(strength)
    light = light + deep[..., None]
    # Where a light has not been told, lids and brows show it.
    light = light + other_photo * _glare(layout, differs @ LUMA - around @ LUMA)[..., None]
    gain = np.exp(-(light + shades).clip(-_MOST, _MOST) / np.float32(GAMMA))
    fill = (np.exp(around - light) * expected).clip(0, 1) ** np.float32(1 / GAMMA) * 255
    return Repair(np.dstack([gain, fill, wrong]).astype(np.float32))


def _light(colour: np.ndarray) -> np.ndarray:
    """sRGB 0..255 to linear light, not black."""
    return ((colour / np.float32(255)) ** np.float32(GAMMA) + np.float32(FLOOR)).astype(np.float32)


def _skin_around(ratio: np.ndarray, free: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The ratio without what deviates, smooth, (S, S, 3); and its middle (3,)."""
    even = np.median(ratio[free > 0.5], axis=0).astype(np.float32)
    result = np.broadcast_to(even, ratio.shape)
    for scale in _AROUND:
        distance = np.abs(ratio - result).max(axis=-1)
        weight = free * (1 - (distance / np.float32(_GOES)).clip(0, 1) ** 2) ** 2
        total = cv2.GaussianBlur(weight, (0, 0), scale * size)[..., None] + 1e-3
        before = cv2.GaussianBlur(result, (0, 0), scale * size)
        result = cv2.GaussianBlur(ratio * weight[..., None], (0, 0), scale * size)
        result = (result + 1e-3 * before) / total
    return result, even


def _glare(layout: UVLayout, level: np.ndarray) -> np.ndarray:
    """(S, S) float32: by how much lids and brows, `level`, are brighter than they may be."""
    excess = cv2.GaussianBlur((level - _LID).clip(0, _MOST), (0, 0), _SHADES * layout.size)
    return excess * (1 - free_skin(layout)) * _off_lips(layout) * _off_eyes(layout)


def _off_lips(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: 0 on the lips and between them."""
    return 1 - within_landmarks(layout, LIP_MARKS, _SHADES)


def _off_eyes(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: 0 between the lids."""
    return 1 - within_landmarks(layout, EYE_MARKS, _SHADES)


def skin_ratio(face: Face) -> np.ndarray:
    """(S, S, 3) float32: logarithms of what the photo shows over what skin in smooth light is."""
    size = face.layout.size
    expected = face.illumination.shade(face.smooth_normals) + np.float32(FLOOR)
    ratio = np.log(_light(face.texture(size)[..., :3]) / expected)
    return cv2.GaussianBlur(ratio, (0, 0), _FINE * size)


def one_sided(layout: UVLayout, level: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(S, S) float32: what of a level (S, S) about 0 the other half has not near the same place.

    A half that is not `known`, 0..1, says nothing.
    """
    reach = np.ones((2 * round(_NEAR * layout.size) + 1,) * 2, np.uint8)
    other = layout.mirrored(level)
    both = known * layout.mirrored(known) > 0.5
    low = np.where(both, cv2.erode(other, reach), level).clip(max=0)
    return level - level.clip(low, np.where(both, cv2.dilate(other, reach), level).clip(min=0))


def beard(layout: UVLayout, level: np.ndarray) -> np.ndarray:
    """(S, S) float32: 1 where a beard grows if there is one: all around the mouth it is darker."""
    mouth = part_mask(layout, "mouth", feather=0) > 0
    z, marks = layout.canonical, layout.canonical_landmarks
    cheeks = part_mask(layout, "cheeks", feather=0) > 0
    free = free_skin(layout) > 0.5
    cheeks &= (z[..., 2] > marks[33, 2]) & free
    below = (part_mask(layout, "chin", feather=0) > 0) & free & ~mouth
    above = (z[..., 2] < marks[33, 2]) & (z[..., 2] > marks[51, 2]) & free
    above &= np.abs(z[..., 0]) < abs(marks[48, 0])
    if not (cheeks.any() and below.any() and above.any()):
        return np.zeros(level.shape, np.float32)
    darker = np.median(level[cheeks]) - max(np.median(level[below]), np.median(level[above]))
    share = np.clip((darker - _BEARD[0]) / (_BEARD[1] - _BEARD[0]), 0, 1)
    height = (z[..., 2] - marks[33, 2]) / (0.3 * layout.eye_distance)
    return (share * (1 - height).clip(0, 1)).astype(np.float32)


def _without_moles(wrong: np.ndarray, size: float) -> np.ndarray:
    """Only what is larger than a mole of `size` texels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((wrong > 0.2).astype(np.uint8))
    small = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) < size
    small[0] = True  # not in any
    return wrong * ~small[labels]


@lru_cache(maxsize=4)
def free_skin(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: skin, fading towards features."""
    marks, z = layout.canonical_landmarks, layout.canonical
    features = part_mask(layout, ("eyes", "brows", "mouth"), feather=0) > 0
    nostrils = np.linalg.norm(z[:, :, None] - marks[[31, 32, 34, 35]], axis=-1).min(axis=-1)
    features |= nostrils < _NOSTRILS * layout.eye_distance
    # Past the border of the face: what is swapped ends there, what is repaired must not.
    inner = (part_mask(layout, "face", feather=0) > 0).astype(np.uint8)
    reach = 2 * round(_PAST * layout.size) + 1
    inner = cv2.dilate(inner, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))) > 0
    return feathered(layout, inner & ~features, _MARGIN)


@lru_cache(maxsize=4)
def _relief(layout: UVLayout) -> np.ndarray:
    """(S, S) float32: how many times as much skin may deviate: a nose has shades of its own."""
    nose = part_mask(layout, "nose", feather=0.1)
    return 1 + (_NOSE - 1) * nose
