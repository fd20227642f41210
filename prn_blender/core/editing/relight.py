"""Skin from one light into another: tone curves."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..appearance.base_detail import _LASHES, Ground
from ..appearance.illumination import Illumination
from ..face.face import Face
from ..image.colour import GAMMA
from ..image.tone_curve import ToneCurve

# A gain of sRGB values: smooth shading that exceeds it has not been told right.
_MOST_SHADING = 1.8
# Cosine between normal and line of sight from which on a photo tells how a place is lit.
_SURE = 0.5


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
    cast = np.broadcast_to(np.float32(light.cast), shade.shape)
    mirrored = face.layout.mirrored
    return _curve(mirrored(shade), shade, np.ones(3), 1.0, cast=mirrored(cast), goal_cast=cast)


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
    power = np.float32(1 / GAMMA)
    most = np.float32(np.log(_MOST_SHADING))
    tone = np.asarray(tone, np.float32)
    # Bounded smoothly: an edge of the bound would show as an edge in the skin.
    shading = most * np.tanh(np.log(goal / shade / tone) * power / most) * sure
    change = tone**power * np.exp(shading) * (goal_cast / np.asarray(cast)) ** power
    source = np.minimum(shade * np.float32(cast), 1) ** power
    return ToneCurve.between(source, source * change**strength)


# Logarithms of light: what a socket may be over the skin around. A quarter of a clean face's
# sockets is darker than the first, seldom in other places than another's.
_SOCKET = -0.6, 0.05


def ground_curve(source: Ground, goal: Ground) -> ToneCurve:
    """What gives a face the coarse of another's skin.

    Parameters
    ----------
    source, goal : Ground

    Returns
    -------
    ToneCurve

    Notes
    -----
    How deep a socket is, and how it is made up, is a face's own; not that its light leaves it
    black, unless the other's does so too.
    """
    own = source.sockets
    low, high = np.minimum(goal.sockets, _SOCKET[0]), np.maximum(goal.sockets, _SOCKET[1])
    change = cv2.GaussianBlur(own.clip(low, high) - own, (0, 0), _LASHES * len(own))
    before, after = source.skin * np.exp(own), goal.skin * np.exp(own + change)
    power = np.float32(1 / GAMMA)
    return ToneCurve.between(*(np.minimum(skin, 1) ** power for skin in (before, after)))
