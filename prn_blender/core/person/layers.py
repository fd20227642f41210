"""What each photo gives to a person's texture: brought into one light, laid onto one place."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..appearance.illumination import Illumination
from ..editing.relight import relight_curve
from ..errors import NoFaceError
from ..face.face import Face
from ..image.filters import ramp
from ..typed import TexelColours, TexelMap
from .registration import flow_between, moved_map

LIGHT = 1 / 48
"""Share of the map's side, standard deviation: what is coarser is light, not detail."""
COVERED = 0.03
"""What a photo counts where hair lies over the face, or where it differs from what others show."""
GAINS = (0.4, 2.5)
"""Bounds of the gain that brings a photo's light into the first one's."""
# Cosine between normal and line of sight: from the first to the second a texel counts more.
_FACING = (0.15, 0.75)


@dataclass(frozen=True, eq=False)
class Layer:
    """What a photo gives: its face, moved onto the first one, and maps of the layout's size.

    Attributes
    ----------
    face : Face
    known : (S, S) float32, 0..1
    colour : (S, S, 3) float32, levels
        In the first one's light.
    gain : (S, S, 3) float32
        What the photo's own colours are multiplied by for it.
    score : (S, S) float32
        How well the photo shows each texel.
    quality : float
        How good the photo is, 1 for the best one.
    """

    face: Face
    known: TexelMap
    colour: TexelColours
    gain: TexelColours
    score: TexelMap
    quality: float


def layers_of(faces: Sequence[Face], weights: Sequence[float]) -> list[Layer]:
    """Bring the photos of a person into the light, and onto the texels, of the first one.

    Parameters
    ----------
    faces : sequence of Face
    weights : sequence of float
        How good each photo is, above 0.
    """
    first, best = faces[0], max(weights)
    return [_layer(first, face, weight / best) for face, weight in zip(faces, weights, strict=True)]


def _layer(first: Face, face: Face, weight: float) -> Layer:
    """A photo's colours in the first one's light and place, and how well it shows each texel."""
    gain = _gain(first, face)
    colour = face.maps.texture[..., :3].astype(np.float32) * gain
    if face is not first:
        own = np.clip(colour, 0, 255).astype(np.uint8)
        known = [f.maps.texture[..., 3].astype(np.float32) / 255 for f in (first, face)]
        flow = flow_between(first.maps.texture[..., :3], known[0], own, known[1])
        place = moved_map(face.extended_position_map, flow)
        face = replace(face, position_map=place)
        gain = moved_map(gain, flow)
        colour = face.maps.texture[..., :3].astype(np.float32) * gain
    return Layer(
        face,
        face.maps.texture[..., 3].astype(np.float32) / 255,
        colour,
        gain,
        np.asarray(weight * _score(face), np.float32),
        weight,
    )


def _gain(first: Face, face: Face) -> TexelColours:
    """(S, S, 3) float32: what brings a photo's light into the first one's."""
    size = face.layout.size
    if face is first:
        return np.ones((size, size, 3), np.float32)
    light, goal = _light(face), _light(first)
    if light is None or goal is None:
        return np.ones((size, size, 3), np.float32)
    own = np.ascontiguousarray(face.maps.texture[..., :3])
    curve = relight_curve(face.geometry, light, goal, first.geometry)
    there, here = (
        cv2.GaussianBlur(v.astype(np.float32), (0, 0), LIGHT * size)
        for v in (curve.apply(own), own)
    )
    return np.asarray(np.clip((there + 1) / (here + 1), *GAINS), np.float32)


def _light(face: Face) -> Illumination | None:
    try:
        return face.illumination
    except NoFaceError:  # too little skin is visible to tell
        return None


def _score(face: Face) -> TexelMap:
    """(S, S) float32: how well a photo shows each texel."""
    # Where no photo can be trusted, the one that looks there most directly still counts most.
    trust = np.maximum(face.texel_confidence(), COVERED) * (0.02 + ramp(face.facing, _FACING))
    return np.asarray(trust * (face.maps.texture[..., 3] / np.float32(255)), np.float32)
