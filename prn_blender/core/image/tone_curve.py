"""Tone curves, one for each texel: they bring a face from one light into another."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..typed import Pixels, TexelColours, Texture
from .bands import bands
from .colour import LUMA

# Bounds of k. At black the slope of the curve is 1 / (1 + k): from 7 down to 1/2.8.
_K_BOUNDS = (-0.85, 1.8)
# Largest k that a curve fitted to white may have, and how much larger it may be for each unit
# (sRGB 0..1) that the fitted value is darker. A larger k would spread small differences near white
# too far; with this bound contrast grows by two thirds at most.
_K_AT_WHITE = 0.5
_K_PER_DARKNESS = 5.0
# Largest gain of a channel.
_MOST_GAIN = 1.6
# Largest loss of a channel, as a divisor.
_MOST_LOSS = 6.0
# `near_skin`: limit of the difference of a pixel's hue from that of lit skin, in the ratio of a
# channel to the brightness, ...
_NEAR_HUE = 0.1
# ... and limit of the excess of its brightness, as a share of the skin's.
_NEAR_LEVEL = 0.2
# sRGB 0..1: curves are fitted to values within these bounds. Darker and brighter ones are noise,
# or burnt out.
_KNOWN = (0.02, 0.95)
# sRGB 0..1: least brightness to divide by.
_LEAST_LIGHT = 0.02


@dataclass(frozen=True, eq=False)
class ToneCurve:
    """A tone curve for each texel and channel, that brings skin from one light into another.

    It maps a stored value c, 0..1, to g / (1 + k (1 - g)) with g = gain c, where g is at most 1.
    k changes the brightness. Black stays black and white stays white, so pupils and teeth keep
    their contrast and no highlight is clipped. The gain changes the hue of all tones alike. Where
    it would be large, in coloured light, it is bounded, and each channel's own k does the rest.

    Source: C. Schlick, "Fast alternatives to Perlin's bias and gain functions", Graphics Gems IV,
    1994.

    Attributes
    ----------
    values : (S, S, 6) float32
        Gains of red, green and blue, then their k, which are above -1. (1, 1, 1, 0, 0, 0) changes
        nothing.
    """

    values: np.ndarray

    def apply(self, texture: Texture) -> Texture:
        """Apply the curves to a texture.

        Parameters
        ----------
        texture : (N, N, 3) uint8 sRGB
            Of any size; the curves are interpolated to it.

        Returns
        -------
        (N, N, 3) uint8 sRGB
        """
        return self.apply_values(texture, cv2.resize(self.values, texture.shape[1::-1]))

    @staticmethod
    def apply_values(colour: Pixels, values: np.ndarray) -> Pixels:
        """Apply a curve to each pixel of a picture.

        Parameters
        ----------
        colour : (h, w, 3) uint8 sRGB
        values : (h, w, 6) float32
            As the attribute `values`, but one for each pixel.

        Returns
        -------
        (h, w, 3) uint8 sRGB
        """
        result = np.empty_like(colour)
        for rows in bands(*colour.shape[:2]):
            band = values[rows]
            gain, k = (np.ascontiguousarray(band[..., part]) for part in (np.s_[:3], np.s_[3:]))
            above = cv2.multiply(colour[rows], gain, dtype=cv2.CV_32F)
            above = cv2.min(above, (255.0,) * 4)
            below = cv2.add(cv2.scaleAdd(cv2.multiply(above, k), -1 / 255, k), (1.0,) * 4)
            result[rows] = cv2.divide(above, below, dtype=cv2.CV_8U)
        return result

    @classmethod
    def between(cls, source: TexelColours, goal: TexelColours) -> ToneCurve:
        """Fit the curves that map one set of colours to another.

        Parameters
        ----------
        source, goal : (S, S, 3) float32 sRGB, 0..1
        """
        source, goal = source.clip(*_KNOWN), goal.clip(*_KNOWN)
        k = _fit_k(source @ LUMA, goal @ LUMA)[..., None]
        gain = (goal * (1 + k) / (1 + k * goal) / source).clip(1 / _MOST_LOSS, _MOST_GAIN)
        # Where the gain is bounded each channel's own k does the rest.
        k = _fit_k((gain * source).clip(*_KNOWN), goal)
        return cls(np.concatenate([gain, k], -1).astype(np.float32))


def _fit_k(source: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """The k with which a curve of gain 1 maps `source` to `goal`, sRGB 0..1, within bounds."""
    most = np.minimum(_K_BOUNDS[1], _K_AT_WHITE + _K_PER_DARKNESS * (1 - source))
    return np.clip((source / goal - 1) / (1 - source), _K_BOUNDS[0], most)


def near_skin(colour: Pixels, skin: np.ndarray) -> Pixels:
    """Bring the colours of a dark or strongly coloured photo nearer to those of lit skin.

    Such a photo shows how bright each place is, but its hues are unreliable.

    Parameters
    ----------
    colour : (h, w, 3) uint8 sRGB
        A part of the photo.
    skin : (h, w, 3) float32 sRGB, 0..1
        What skin would look like there.

    Returns
    -------
    (h, w, 3) uint8 sRGB
        Hues differ little from the skin's, and no highlight is much brighter than the skin.
    """
    result = np.empty_like(colour)
    for rows in bands(*colour.shape[:2]):
        band, goal = colour[rows], np.ascontiguousarray(skin[rows])
        light = np.maximum(cv2.transform(goal, LUMA[None]), _LEAST_LIGHT)[..., None]
        level = cv2.cvtColor(band, cv2.COLOR_RGB2GRAY)[..., None] / np.float32(255)
        # Both differences are squeezed by x / (1 + x / limit), which approaches the limit.
        away = band / np.float32(255) / np.maximum(level, 1e-3) - goal / light
        distance = np.sqrt(np.einsum("ijk,ijk->ij", away, away))[..., None]
        hue = goal / light + away * (_NEAR_HUE / (_NEAR_HUE + distance))
        above = np.maximum(level / light - 1, 0)
        level = np.minimum(level, light * (1 + above * (_NEAR_LEVEL / (_NEAR_LEVEL + above))))
        result[rows] = (level * hue * 255 + 0.5).clip(0, 255)
    return result
