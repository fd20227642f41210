"""Tone curves: what takes a face from one light into another, place by place."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .bands import bands
from .colour import LUMA

# Least and most k: they bound the curve's slope at black to 7 and to 1/2.8.
_K_BOUNDS = (-0.85, 1.8)
# Most k for white itself, and how much more for each step towards black. Bent further, small
# differences of what is nearly white would become large; so contrast grows by two thirds at most.
_K_AT_WHITE = 0.5
_K_PER_DARKNESS = 5.0
# Largest gain of a channel, and the largest loss, as a divisor.
_MOST_GAIN = 1.6
_MOST_LOSS = 6.0
# How many times as steep at black one channel's curve may be as the common one: more would give
# what is dark a colour.
_MOST_TINT = 1.5
# Shares of the channels, and of brightness: differences from lit skin are squeezed to at most this.
_NEAR_HUE = 0.1
_NEAR_LEVEL = 0.2
# Values between which curves are fitted, sRGB 0..1: outside, stored colours tell little.
_KNOWN = (0.02, 0.95)


@dataclass(frozen=True, eq=False)
class ToneCurve:
    """What takes the skin from one light into another, per texel.

    It maps c, 0..1, to g / (1 + k (1 - g)) with g = gain c. k changes the brightness: black stays
    black and white stays white, so that pupils and teeth keep their contrast and no highlight is
    clipped. The gain changes the hue of all tones alike; where it would be large (coloured light)
    it is bounded, and each channel's own k does the rest.

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
        for rows in bands(*colour.shape[:2]):
            band = values[rows]
            gain, k = (np.ascontiguousarray(band[..., part]) for part in (np.s_[:3], np.s_[3:]))
            above = cv2.multiply(colour[rows], gain, dtype=cv2.CV_32F)
            above = cv2.min(above, (255.0,) * 4)
            below = cv2.add(cv2.scaleAdd(cv2.multiply(above, k), -1 / 255, k), (1.0,) * 4)
            result[rows] = cv2.divide(above, below, dtype=cv2.CV_8U)
        return result

    @classmethod
    def between(cls, source: np.ndarray, goal: np.ndarray) -> ToneCurve:
        """The curve that maps sRGB values `source` to `goal`, (S, S, 3), both 0..1."""
        source, goal = source.clip(*_KNOWN), goal.clip(*_KNOWN)
        k = _bend(source @ LUMA, goal @ LUMA)[..., None]
        gain = (goal * (1 + k) / (1 + k * goal) / source).clip(1 / _MOST_LOSS, _MOST_GAIN)
        # Where the gain is bounded each channel's own k does the rest.
        own = _bend((gain * source).clip(*_KNOWN), goal)
        k = (1 + k) * ((1 + own) / (1 + k)).clip(1 / _MOST_TINT, _MOST_TINT) - 1
        return cls(np.concatenate([gain, k], -1).astype(np.float32))


def _bend(source: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """The k that takes `source` to `goal`, within bounds."""
    most = np.minimum(_K_BOUNDS[1], _K_AT_WHITE + _K_PER_DARKNESS * (1 - source))
    return np.clip((source / goal - 1) / (1 - source), _K_BOUNDS[0], most)


def near_skin(colour: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Bring the colours of a dark or strongly coloured photo nearer to those of lit skin.

    Such a photo tells how bright each place is, and little else.

    Parameters
    ----------
    colour : (h, w, 3) uint8 sRGB
    skin : (h, w, 3) float32 sRGB, 0..1
        What skin would look like there.

    Returns
    -------
    (h, w, 3) uint8
        Differences of hue are small, and no highlight is much brighter than the skin.
    """
    result = np.empty_like(colour)
    for rows in bands(*colour.shape[:2]):
        band, goal = colour[rows], np.ascontiguousarray(skin[rows])
        light = np.maximum(cv2.transform(goal, LUMA[None]), 0.02)[..., None]
        level = cv2.cvtColor(band, cv2.COLOR_RGB2GRAY)[..., None] / np.float32(255)
        apart = band / np.float32(255) / np.maximum(level, 1e-3) - goal / light
        far = np.sqrt(np.einsum("ijk,ijk->ij", apart, apart))[..., None]
        hue = goal / light + apart * (_NEAR_HUE / (_NEAR_HUE + far))
        above = np.maximum(level / light - 1, 0)
        level = np.minimum(level, light * (1 + above * (_NEAR_LEVEL / (_NEAR_LEVEL + above))))
        result[rows] = (level * hue * 255 + 0.5).clip(0, 255)
    return result
