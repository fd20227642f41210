"""Tone curves that bring a face from its light into another's."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..appearance.base_detail import LASHES, BaseDetail
from ..appearance.illumination import Illumination
from ..geometry.face_geometry import FaceGeometry
from ..image.colour import GAMMA, stored
from ..image.filters import ramp
from ..image.tone_curve import ToneCurve
from ..typed import TexelColours

# Gain of stored sRGB values: a stronger ratio of two smooth shadings is an error of the fits.
_MOST_SHADING = 1.8
# Cosine between normal and line of sight from which on a photo shows how a place is lit.
_SURE = 0.5
# Natural logarithms of light: bounds of an eye socket's brightness over that of the skin around. A
# quarter of all clean faces have darker sockets than the lower bound; elsewhere on a face that is
# rare.
_SOCKET = (-0.6, 0.05)


def relight_curve(
    face: FaceGeometry,
    light: Illumination,
    goal: Illumination,
    goal_face: FaceGeometry | None = None,
    strength: float = 1.0,
) -> ToneCurve:
    """Find the curve that brings a face's texture from its light into another.

    Parameters
    ----------
    face : FaceGeometry
        The face, on which `light` shines.
    light, goal : Illumination
    goal_face : FaceGeometry, optional
        The face on which `goal` shines; by default the same one.
    strength : float
        0..1: how far the light is changed.

    Returns
    -------
    ToneCurve
    """
    shade = light.shade(face.smooth_normals)
    goal_face = goal_face or face
    goal_shade = goal.shade(goal_face.smooth_normals)
    # Places that the goal's photo hardly shows have told little about its light.
    sure = ramp(-goal_face.smooth_normals[..., 1], (0, _SURE))[..., None]
    tone = goal.mean / light.mean
    return _curve(shade, goal_shade, tone, strength, sure, light.cast_shadows, goal.cast_shadows)


def tone_curve(face: FaceGeometry, light: Illumination, goal: Illumination) -> ToneCurve:
    """Find the curve that gives a face's skin the mean colour of another's; its shading stays.

    Parameters
    ----------
    face : FaceGeometry
        The face, on which `light` shines.
    light, goal : Illumination

    Returns
    -------
    ToneCurve
    """
    shade = light.shade(face.smooth_normals)
    tone = goal.mean / light.mean
    return _curve(shade, shade * tone.astype(np.float32), tone, 1.0)


def base_curve(source: BaseDetail, goal: BaseDetail) -> ToneCurve:
    """Find the curve that gives a face the base layer of another's skin; its detail stays.

    Parameters
    ----------
    source, goal : BaseDetail
        Of the face, and of the other one.

    Returns
    -------
    ToneCurve

    Notes
    -----
    The depth of its eye sockets, and their make-up, belong to the face and stay. If its light
    leaves them black they are brightened, unless those of the other face are as black.
    """
    sockets = source.sockets
    low, high = np.minimum(goal.sockets, _SOCKET[0]), np.maximum(goal.sockets, _SOCKET[1])
    sigma = LASHES * len(sockets)
    change = cv2.GaussianBlur(sockets.clip(low, high) - sockets, (0, 0), sigma)
    before, after = source.base * np.exp(sockets), goal.base * np.exp(sockets + change)
    return ToneCurve.between(stored(before), stored(after))


def _curve(
    shade: TexelColours,
    goal: TexelColours,
    tone: np.ndarray,
    strength: float,
    sure: np.ndarray | float = 1.0,
    shadows: np.ndarray | float = 1.0,
    goal_shadows: np.ndarray | float = 1.0,
) -> ToneCurve:
    """Find the curve from one smooth shading, with its cast shadows, to another.

    Parameters
    ----------
    shade, goal : (S, S, 3) float32 or (3,)
        Smooth shadings, linear light.
    tone : (3,) float
        The ratio of their mean colours, which is applied as it is. The rest of their ratio is
        bounded.
    strength : float
        0..1: power of the whole change.
    sure : (S, S, 1) float32 or float
        0..1: power of the bounded rest.
    shadows, goal_shadows : (S, S, 3) float32 or float
        Factors of the two shadings, see `Illumination.cast_shadows`.
    """
    power = np.float32(1 / GAMMA)
    most = np.float32(np.log(_MOST_SHADING))
    tone = np.asarray(tone, np.float32)
    # Bounded by a smooth function: a kink would show as an edge in the skin.
    shading = most * np.tanh(np.log(goal / shade / tone) * power / most) * sure
    change = tone**power * np.exp(shading) * (goal_shadows / np.asarray(shadows)) ** power
    source = stored(shade * np.float32(shadows))
    return ToneCurve.between(source, source * change**strength)
