"""What each photo gives to a person's texture: brought into one light, laid onto one place."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from ..appearance.illumination import Illumination
from ..appearance.texel_confidence import shown
from ..editing.relight import relight_curve
from ..errors import NoFaceError
from ..face.face import Face
from ..image.filters import ramp
from ..typed import PositionMap, TexelColours, TexelMap
from .registration import flow_between, moved_map

LIGHT = 1 / 48
"""Share of the map's side, standard deviation: what is coarser is light, not detail."""
COVERED = 0.03
"""What a photo counts where hair lies over the face, or where it differs from what others show."""
GAINS = (0.4, 2.5)
"""Bounds of the gain that brings a photo's light into the first one's."""
# The maps of a layer that flow moves.
_MOVED = ("place", "shown", "facing", "known", "colour", "gain", "score")
# Cosine between normal and line of sight: from the first to the second a texel counts more.
_FACING = (0.15, 0.75)


@dataclass(frozen=True, eq=False)
class Layer:
    """What a photo gives: maps of the layout's size, moved onto the first one's texels.

    Attributes
    ----------
    face : Face
        As its own photo has it.
    place : (S, S, 3) float32
        Where the photo has each texel, photo pixels.
    shown : (S, S) float32, 0..1
        See `appearance.texel_confidence.shown`.
    facing : (S, S) float32
        See `Face.facing`.
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
    place: PositionMap
    shown: TexelMap
    facing: TexelMap
    known: TexelMap
    colour: TexelColours
    gain: TexelColours
    score: TexelMap
    quality: float


def layers_of(
    faces: Sequence[Face], weights: Sequence[float], known: Sequence[Layer] = ()
) -> list[Layer]:
    """Bring the photos of a person into the light, and onto the texels, of the first one.

    Parameters
    ----------
    faces : sequence of Face
    weights : sequence of float
        How good each photo is, above 0.
    known : sequence of Layer
        What this has given before, for other photos of the person: they are taken where the first
        one is the same.
    """
    first, best = faces[0], max(weights)
    same = {id(v.face): v for v in known} if known and known[0].face is first else {}
    return [
        _of_quality(same[id(face)], weight / best)
        if id(face) in same
        else _layer(first, face, weight / best)
        for face, weight in zip(faces, weights, strict=True)
    ]


def _of_quality(layer: Layer, quality: float) -> Layer:
    """A layer beside other photos: the best of them has 1."""
    score = layer.score * np.float32(quality / layer.quality)
    return replace(layer, score=score, quality=quality)


def _layer(first: Face, face: Face, weight: float) -> Layer:
    """A photo's colours in the first one's light and place, and how well it shows each texel."""
    gain, texture = _gain(first, face), face.maps.texture
    layer = Layer(
        face,
        face.extended_position_map,
        shown(face.geometry),
        face.facing,
        _alpha(face),
        texture[..., :3].astype(np.float32) * gain,
        gain,
        np.asarray(weight * _score(face), np.float32),
        weight,
    )
    if face is first:
        return layer
    own = np.clip(layer.colour, 0, 255).astype(np.uint8)
    flow = flow_between(first.maps.texture[..., :3], _alpha(first), own, layer.known)
    # Everything moves at once: the moved face need not be looked at anew.
    moved: dict[str, Any] = {name: moved_map(getattr(layer, name), flow) for name in _MOVED}
    return replace(layer, **moved)


def _alpha(face: Face) -> TexelMap:
    """(S, S) float32, 0..1: where the colours of `Face.maps` are known."""
    return face.maps.texture[..., 3].astype(np.float32) / 255


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
