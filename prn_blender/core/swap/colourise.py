"""What hue each place of a face has whose photo tells none."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.landmarks import EYE_MARKS, LIP_MARKS, eye_openings
from ..geometry.parts import within_landmarks
from ..geometry.uv_layout import UVLayout
from ..image.colour import GAMMA, LUMA
from ..image.filters import rise
from .mouth import between_lips

# What lips are over the skin around, logarithms of sRGB: hue of red, green and blue, and
# brightness. Medians of a hundred faces of all tones of skin; two thirds of the hue, as where lips
# are lighter than most all of it looks painted.
_LIPS, _DARKER = np.array([0.1, -0.053, 0.02], np.float32), -0.38
# How much of the skin's hue, which is the light's as well, eyes and teeth have.
_NEUTRAL = 0.5
# Of the map's side: the soft edge of lips and lids.
_EDGE = 0.004
# An eye's height over its width, closed and open; brightness of lips and of teeth over the skin's.
_OPEN, _TEETH = (0.2, 0.27), (0.85, 1.05)
# Pixels worked on at once, to bound memory.
_BAND = 2**18


def lit_skin(face: Face) -> np.ndarray:
    """(S, S, 3) float32 sRGB, 0..1: what skin in a face's light would be, everywhere on it."""
    light = face.illumination
    skin = light.shade(face.smooth_normals) * np.float32(light.cast)
    return np.minimum(skin, 1) ** np.float32(1 / GAMMA)


def plausible_colours(layout: UVLayout, skin: np.ndarray, neutral: np.ndarray) -> np.ndarray:
    """The colours of a face of which only the skin is known.

    Parameters
    ----------
    layout : UVLayout
    skin : (S, S, 3) float32 sRGB, 0..1
        Lit skin everywhere.
    neutral : (S, S) float32
        0..1: eyes and teeth, see `eyes_and_teeth`.

    Returns
    -------
    (S, S, 3) float32 sRGB, 0..1
        Skin; lips redder and darker than that; eyes and teeth nearly neutral, and as bright as
        can be.
    """
    level = np.maximum(skin @ LUMA, 0.02)[..., None]
    hue = skin / level
    lips = within_landmarks(layout, LIP_MARKS, _EDGE)[..., None]
    red = hue * np.exp(lips * _LIPS)
    red *= level * np.exp(lips * np.float32(_DARKER)) / np.maximum(red @ LUMA, 1e-3)[..., None]
    pale = hue ** np.float32(_NEUTRAL)
    pale /= pale.max(axis=-1, keepdims=True)
    return (red + neutral[..., None] * (pale - red)).astype(np.float32)


def eyes_and_teeth(face: Face) -> np.ndarray:
    """(S, S) float32, 0..1: where a face's photo shows eyes, unless closed, or bright teeth."""
    layout = face.layout
    neutral = np.zeros(layout.mask.shape, np.float32)
    for eye, opened in zip(EYE_MARKS, eye_openings(face), strict=True):
        neutral += within_landmarks(layout, (eye,), _EDGE) * rise(opened, _OPEN)
    level = face.texture(layout.size)[..., :3] @ LUMA / (255 * lit_skin(face) @ LUMA)
    neutral = np.maximum(neutral, between_lips(layout) * rise(level, _TEETH))
    return cv2.GaussianBlur(neutral, (0, 0), _EDGE * layout.size).astype(np.float32)


def with_hue_of(colour: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Colours as bright as they are, in others' hue.

    Parameters
    ----------
    colour : (h, w, 3) uint8 sRGB
    goal : (h, w, 3) float32 sRGB, 0..1

    Returns
    -------
    (h, w, 3) uint8
    """
    result = np.empty_like(colour)
    rows = max(1, _BAND // max(1, colour.shape[1]))
    for top in range(0, len(colour), rows):
        band = np.ascontiguousarray(goal[top : top + rows])
        hue = band / np.maximum(cv2.transform(band, LUMA[None]), 0.02)[..., None]
        level = cv2.cvtColor(colour[top : top + rows], cv2.COLOR_RGB2GRAY)
        result[top : top + rows] = cv2.multiply(cv2.merge([level] * 3), hue, dtype=cv2.CV_8U)
    return result
