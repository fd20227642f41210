"""Tone curves between lights: a face evenly lit, relit, mirrored, or on another's base of skin."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..appearance.base_detail import LASHES, BaseDetail
from ..appearance.illumination import Illumination
from ..geometry.face_geometry import FaceGeometry
from ..image.colour import GAMMA, stored
from ..image.tone_curve import ToneCurve

# A gain of sRGB values: smooth shading that exceeds it has not been told right.
_MOST_SHADING = 1.8
# Cosine between normal and line of sight from which on a photo tells how a place is lit.
_SURE = 0.5
# Logarithms of light: how dark and how bright an eye socket may be over the skin around it. A
# quarter of all clean faces have darker sockets than the first, which in other places is rare.
_SOCKET = (-0.6, 0.05)


def delight_curve(face: FaceGeometry, light: Illumination, strength: float = 1.0) -> ToneCurve:
    """The curve that makes a face's skin equally bright everywhere.

    Parameters
    ----------
    face : FaceGeometry
    light : Illumination
        On it.
    strength : float
        0..1.
    """
    smooth = light.shade(face.smooth_normals)
    return _curve(smooth, light.mean, np.ones(3), strength, shadows=light.cast_shadows)


def relight_curve(
    face: FaceGeometry,
    light: Illumination,
    goal: Illumination,
    goal_face: FaceGeometry | None = None,
    strength: float = 1.0,
) -> ToneCurve:
    """The curve that brings a face's texture from its light into another.

    Parameters
    ----------
    face : FaceGeometry
        On which `light` shines.
    light, goal : Illumination
    goal_face : FaceGeometry, optional
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
    return _curve(shade, goal_shade, tone, strength, seen, light.cast_shadows, goal.cast_shadows)


def mirror_curve(face: FaceGeometry, light: Illumination) -> ToneCurve:
    """The curve that brings the mirror image of a face's texture into the light of its own side."""
    shade = light.shade(face.smooth_normals)
    shadows = np.broadcast_to(np.float32(light.cast_shadows), shade.shape)
    mirrored = face.layout.mirrored
    return _curve(
        mirrored(shade), shade, np.ones(3), 1.0, shadows=mirrored(shadows), goal_shadows=shadows
    )


def tone_curve(face: FaceGeometry, light: Illumination, goal: Illumination) -> ToneCurve:
    """The curve that gives a face's skin the mean colour of another's; its shading stays."""
    shade = light.shade(face.smooth_normals)
    tone = goal.mean / light.mean
    return _curve(shade, shade * tone.astype(np.float32), tone, 1.0)


def base_curve(source: BaseDetail, goal: BaseDetail) -> ToneCurve:
    """The curve that gives a face the smooth base of another's skin; its detail stays.

    Parameters
    ----------
    source, goal : BaseDetail

    Returns
    -------
    ToneCurve

    Notes
    -----
    How deep an eye socket is, and how it is made up, is a face's own. That its light leaves it
    black is not, unless the other's does so too.
    """
    own = source.sockets
    low, high = np.minimum(goal.sockets, _SOCKET[0]), np.maximum(goal.sockets, _SOCKET[1])
    change = cv2.GaussianBlur(own.clip(low, high) - own, (0, 0), LASHES * len(own))
    before, after = source.base * np.exp(own), goal.base * np.exp(own + change)
    return ToneCurve.between(stored(before), stored(after))


def _curve(
    shade: np.ndarray,
    goal: np.ndarray,
    tone: np.ndarray,
    strength: float,
    sure: np.ndarray | float = 1.0,
    shadows: np.ndarray | float = 1.0,
    goal_shadows: np.ndarray | float = 1.0,
) -> ToneCurve:
    """From one shading to another, linear light, and from one map of cast shadows to another.

    The shadings' ratio about `tone` (3,) is bounded, and counts as far as it is `sure` (S, S, 1).
    """
    power = np.float32(1 / GAMMA)
    most = np.float32(np.log(_MOST_SHADING))
    tone = np.asarray(tone, np.float32)
    # Bounded smoothly: an edge of the bound would show as an edge in the skin.
    shading = most * np.tanh(np.log(goal / shade / tone) * power / most) * sure
    change = tone**power * np.exp(shading) * (goal_shadows / np.asarray(shadows)) ** power
    source = stored(shade * np.float32(shadows))
    return ToneCurve.between(source, source * change**strength)
