"""One texture of a person from all photos: where each shows the face best, in one light.

Each photo is brought into the light of the first one, its low frequencies into the mean of all, and
its texels onto those of the others. Then two bands are mixed: light softly, detail nearly always
from one photo, and an eye or a mouth as a whole from one. Texels that no photo shows are continued.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..appearance.illumination import Illumination
from ..editing.completion import trusted
from ..editing.relight import relight_curve
from ..errors import NoFaceError
from ..face.face import Face
from ..geometry.parts import part_mask
from ..geometry.uv_layout import UVLayout
from ..image.bands import bands
from ..image.diffusion import membrane
from ..image.filters import ramp
from ..texture.unwrap import BAND_TEXELS, fill_hidden, stretch, unwrap
from ..typed import TexelColours, TexelMap, Texture
from .registration import flow_between, moved_map

# Cosine between normal and line of sight: from the first to the second a texel counts more.
_FACING = (0.15, 0.75)
# Share of the face's size from its outline on which a photo shows the face for sure.
_INSIDE = (0.015, 0.09)
# What a photo counts where hair lies over the face, or where it differs from what others show.
_COVERED = 0.03
# Natural logarithm of light: more than this off the median of three photos or more is no skin.
_ODD = (0.25, 0.6)
_FLOOR = 12.0  # levels that are added before logarithms are taken
# Share of the map's side, standard deviation: what is light, not detail.
_LIGHT = 1 / 48
# ... and how softly the details of one photo give way to those of another.
_SEAM = 1 / 128
# Powers of the scores: light is mixed from all, detail comes from the best.
_SOFT, _SHARP = 2.0, 10.0
# Bounds of the gain that brings a photo's light into the first one's.
_GAINS = (0.4, 2.5)
# How much more than all others the first photo counts for the level of light.
_RULES = 20.0
# Features that come from one photo each, and how much more the first photo counts there: mesh and
# expression are its own.
_WHOLE = (("eyes", "brows"), ("mouth",))
_AT_HOME = 2.0
# Share of such a feature that has to be seen.
_SHOWN = 0.9
# Eye distances: how softly a feature's own choice ends.
_FEATHER = 0.12


@dataclass(frozen=True, eq=False)
class _Layer:
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
    """

    face: Face
    known: TexelMap
    colour: TexelColours
    gain: TexelColours
    score: TexelMap


def blended_texture(faces: Sequence[Face], weights: Sequence[float], size: int) -> Texture:
    """Blend the textures of several photos of a face.

    Parameters
    ----------
    faces : sequence of Face
        Of one person, the one that says light and place first.
    weights : sequence of float
        How good each photo is, above 0.
    size : int
        Side in texels.

    Returns
    -------
    (size, size, 4) uint8 sRGB, straight alpha, read-only
        Alpha is 0 where no photo shows the face; colours are continued there.
    """
    first = faces[0]
    layers = [_layer(first, face, weight) for face, weight in zip(faces, weights, strict=True)]
    layers = _without_odd(_level(layers))
    layout = first.layout
    scores = np.stack([layer.score for layer in layers])
    for group in _WHOLE:
        _choose_whole(layout, scores, layers, group)
    soft, sharp = _shares(scores, _SOFT, _LIGHT), _shares(scores, _SHARP, _SEAM)
    light = sum(
        (share_of_light - share)[..., None] * _blurred(layer.colour, layer.known)
        for layer, share_of_light, share in zip(layers, soft, sharp, strict=True)
    )
    texture = np.empty((size, size, 4), np.uint8)
    textures = [
        unwrap(layer.face.photo, layer.face.geometry, size) if share.any() else None
        for layer, share in zip(layers, sharp, strict=True)
    ]
    for rows in bands(size, size, BAND_TEXELS // 4):
        total = stretch(np.asarray(light, np.float32), size, rows)
        alpha = np.zeros(total.shape[:2], np.float32)
        for layer, share, own in zip(layers, sharp, textures, strict=True):
            if own is None:
                continue
            factor = stretch(layer.gain * share[..., None], size, rows)
            colour, shown = np.ascontiguousarray(own[rows][..., :3]), own[rows][..., 3]
            total += cv2.multiply(colour, factor, dtype=cv2.CV_32F)
            alpha = np.maximum(alpha, shown * stretch(ramp(share, (0.0, 0.3)), size, rows))
        texture[rows][..., :3] = np.clip(total + 0.5, 0, 255)
        texture[rows][..., 3] = np.clip(alpha + 0.5, 0, 255)
    fill_hidden(texture)
    texture.flags.writeable = False
    return texture


def _layer(first: Face, face: Face, weight: float) -> _Layer:
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
    return _Layer(
        face,
        face.maps.texture[..., 3].astype(np.float32) / 255,
        colour,
        gain,
        np.asarray(weight * _score(face), np.float32),
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
        cv2.GaussianBlur(v.astype(np.float32), (0, 0), _LIGHT * size)
        for v in (curve.apply(own), own)
    )
    return np.asarray(np.clip((there + 1) / (here + 1), *_GAINS), np.float32)


def _light(face: Face) -> Illumination | None:
    try:
        return face.illumination
    except NoFaceError:  # too little skin is visible to tell
        return None


def _score(face: Face) -> TexelMap:
    """(S, S) float32: how well a photo shows each texel."""
    texture = face.maps.texture
    seen = (texture[..., 3].astype(np.float32) / 255) * trusted(face)
    seen *= 0.02 + ramp(face.facing, _FACING)
    seen *= ramp(face.depth_inside / face.size, _INSIDE) + np.float32(1e-3)
    with contextlib.suppress(NoFaceError):  # too little skin is visible to tell hair from it
        seen[face.hair] *= _COVERED
    return np.asarray(seen, np.float32)


def _level(layers: Sequence[_Layer]) -> list[_Layer]:
    """Bring the light of all photos into their mean, continued to where only one shows the face."""
    if len(layers) < 2:
        return list(layers)
    blurred = [_blurred(layer.colour, layer.known) for layer in layers]
    weight = [layer.known * (layer.score + np.float32(1e-4)) for layer in layers]
    total = np.maximum(sum(weight), 1e-6)
    # Where the first one shows the face it says what light there is.
    weight[0] = weight[0] + _RULES * total * (layers[0].known > 0.5)
    mean = sum(w[..., None] * b for w, b in zip(weight, blurred, strict=True))
    mean = mean / np.maximum(sum(weight), 1e-6)[..., None]
    others = sum((layer.known > 0.5).astype(np.float32) for layer in layers)
    result = []
    for layer, own in zip(layers, blurred, strict=True):
        both = (layer.known > 0.5) & (others > 1)
        ratio = np.log((mean + _FLOOR) / (own + _FLOOR))
        ratio = np.clip(ratio, *np.log(_GAINS))
        change = np.exp(membrane(np.asarray(ratio, np.float32), both)) if both.any() else 1.0
        gain = np.asarray(layer.gain * change, np.float32)
        colour = np.asarray(layer.colour * change, np.float32)
        result.append(replace(layer, gain=gain, colour=colour))
    return result


def _without_odd(layers: Sequence[_Layer]) -> list[_Layer]:
    """Let photos count less where they differ from the median of at least three."""
    if len(layers) < 3:
        return list(layers)
    level = np.stack([np.log(_blurred(v.colour, v.known, 0.5).mean(2) + _FLOOR) for v in layers])
    known = np.stack([layer.known > 0.5 for layer in layers])
    level = np.where(known, level, np.nan)
    enough = known.sum(0) >= 3
    middle = np.zeros(enough.shape, np.float32)
    middle[enough] = np.nanmedian(level[:, enough], axis=0)
    result = []
    for layer, own in zip(layers, level, strict=True):
        odd = np.where(enough & np.isfinite(own), ramp(np.abs(own - middle), _ODD), 0)
        score = layer.score * (1 - (1 - _COVERED) * odd.astype(np.float32))
        result.append(replace(layer, score=np.asarray(score, np.float32)))
    return result


def _choose_whole(
    layout: UVLayout, scores: np.ndarray, layers: Sequence[_Layer], parts: tuple[str, ...]
) -> None:
    """Give a feature one score in each photo, in place, so that it comes from one photo."""
    inside = part_mask(layout, parts, feather=0) > 0
    if not inside.any():
        return
    reach = max(1, round(_FEATHER * layout.size / 4))
    wide = cv2.dilate(inside.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    soft = cv2.blur(wide.astype(np.float32), (reach, reach))
    for number, layer in enumerate(layers):
        shown = float(layer.known[inside].mean())
        own = float(scores[number][inside].mean()) * (_AT_HOME if number == 0 else 1)
        own *= 1 if shown > _SHOWN else _COVERED
        scores[number] += soft * (own * layer.known - scores[number])


def _shares(scores: np.ndarray, power: float, blur: float) -> np.ndarray:
    """(n, S, S) float32: shares of the photos, which add up to 1."""
    best = np.maximum(scores.max(0), 1e-6)
    share = np.maximum(scores / best, 1e-3) ** power
    share = np.stack([cv2.GaussianBlur(v, (0, 0), blur * scores.shape[1]) for v in share])
    return np.asarray(share / share.sum(0), np.float32)


def _blurred(colour: TexelColours, known: TexelMap, scale: float = 1.0) -> TexelColours:
    """(S, S, 3) float32: the light of a texture, of what is known around each texel."""
    sigma = scale * _LIGHT * len(known)
    total = cv2.GaussianBlur(known, (0, 0), sigma)[..., None]
    light = cv2.GaussianBlur(colour * known[..., None], (0, 0), sigma)
    plain = cv2.GaussianBlur(colour, (0, 0), sigma)
    some = np.minimum(total * 20, 1)
    return np.asarray(some * light / np.maximum(total, 1e-3) + (1 - some) * plain, np.float32)
