"""Plausible colours for a face whose photo has none, or is too dark to tell them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.landmarks import EYE_OUTLINES, LIP_OUTLINES, eye_aspect_ratios
from ..geometry.parts import within_landmarks
from ..geometry.uv_layout import UVLayout
from ..image.bands import bands
from ..image.colour import LUMA, stored
from ..image.filters import ramp
from ..typed import Pixels, TexelColours, TexelMap
from .openings import between_lips

# Logarithms of sRGB: how lips differ from the skin around, in the hue of red, green and blue, and
# in brightness. Medians of a hundred faces of all tones of skin, but two thirds of the hue: on lips
# that are lighter than most all of it looks painted.
_LIP_HUE = np.array([0.1, -0.053, 0.02], np.float32)
_LIP_LEVEL = -0.38
# Power of the skin's hue (which is also the light's) that eyes and teeth have.
_NEUTRAL = 0.5
# Share of the map's side: the soft edge of lips and lids.
_EDGE = 0.004
# Aspect ratio of an eye, closed and open.
_OPEN = (0.2, 0.27)
# Brightness over the skin's, of lips and of teeth.
_TEETH = (0.85, 1.05)


def lit_skin(face: Face) -> TexelColours:
    """(S, S, 3) float32 sRGB, 0..1: what skin in a face's light would be, everywhere on it."""
    light = face.illumination
    return stored(light.shade(face.smooth_normals) * np.float32(light.cast_shadows))


def plausible_colours(layout: UVLayout, skin: TexelColours, neutral: TexelMap) -> TexelColours:
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
    lips = within_landmarks(layout, LIP_OUTLINES, _EDGE)[..., None]
    red = hue * np.exp(lips * _LIP_HUE)
    red *= level * np.exp(lips * np.float32(_LIP_LEVEL)) / np.maximum(red @ LUMA, 1e-3)[..., None]
    pale = hue ** np.float32(_NEUTRAL)
    pale /= pale.max(axis=-1, keepdims=True)
    return (red + neutral[..., None] * (pale - red)).astype(np.float32)


def eyes_and_teeth(face: Face) -> TexelMap:
    """(S, S) float32, 0..1: where a face's photo shows eyes, unless closed, or bright teeth."""
    layout = face.layout
    neutral = np.zeros(layout.mask.shape, np.float32)
    for eye, opened in zip(EYE_OUTLINES, eye_aspect_ratios(face.landmarks), strict=True):
        neutral += within_landmarks(layout, (eye,), _EDGE) * np.float32(ramp(opened, _OPEN))
    level = face.maps.texture[..., :3] @ LUMA / (255 * lit_skin(face) @ LUMA)
    neutral = np.maximum(neutral, between_lips(layout) * ramp(level, _TEETH))
    return cv2.GaussianBlur(neutral, (0, 0), _EDGE * layout.size).astype(np.float32)


def with_hue_of(colour: Pixels, goal: np.ndarray) -> Pixels:
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
    for rows in bands(*colour.shape[:2]):
        band = np.ascontiguousarray(goal[rows])
        hue = band / np.maximum(cv2.transform(band, LUMA[None]), 0.02)[..., None]
        level = cv2.cvtColor(colour[rows], cv2.COLOR_RGB2GRAY)
        result[rows] = cv2.multiply(cv2.merge([level] * 3), hue, dtype=cv2.CV_8U)
    return result
