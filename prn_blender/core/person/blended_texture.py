"""One texture of a person from all photos: where each shows the face best, in one light.

Each photo is brought into the light of the first one, its low frequencies into the mean of all, and
its texels onto those of the others. Then two bands are mixed: light softly, detail nearly always
from one photo, and an eye or a mouth as a whole from one. Texels that no photo shows are continued.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.parts import part_mask
from ..geometry.uv_layout import UVLayout
from ..image.bands import bands
from ..image.diffusion import membrane
from ..image.filters import ramp, square
from ..texture.unwrap import column_tiles, fill_hidden, photo_source, stretch
from ..typed import TexelColours, TexelMap, Texture
from .layers import COVERED, GAINS, LIGHT, Layer, layers_of
from .quality import quality_of

# Natural logarithm of light: more than this off the median of three photos or more is no skin.
_ODD = (0.25, 0.6)
# Levels that are added before logarithms are taken.
_FLOOR = 12.0
# Share of the map's side, standard deviation: how softly the details of one photo give way to those
# of another.
_SEAM = 1 / 128
# Powers of the scores: light is mixed from all, detail comes from the best.
_SOFT, _SHARP = 2.0, 10.0
# How much more than others the first photo counts for the level of light, where it shows the face;
# and the score of what no photo shows, so that there is a level everywhere.
_RULES = 20.0
_LEAST = 1e-5
# Features that come from one photo each, and how much more the first photo counts there: mesh and
# expression are its own.
_WHOLE = (("eyes", "brows"), ("mouth",))
_AT_HOME = 2.0
# Share of such a feature that has to be seen.
_SHOWN = 0.9
# Texels along the side of what is blended at once: most of it comes from one photo or two, and the
# others are not sampled there.
_TILE = 256
# Shares up to this are none, and others are as much less: a few levels of the light of a tenth of
# the detail, which nobody sees, would cost as much as all of it.
_NOTHING = 0.03
# A photo with a larger share somewhere is sampled as a texture of its own is. Where several mix,
# nobody sees how each was sampled, and linear sampling takes a quarter of the time of cubic.
_RULING = 0.5
# Eye distances: how softly a feature's own choice ends.
_FEATHER = 0.12


def blended_texture(layers: Sequence[Layer], size: int) -> Texture:
    """Blend the textures of several photos of a face.

    Parameters
    ----------
    layers : sequence of Layer
        From `layers_of`.
    size : int
        Side in texels.

    Returns
    -------
    (size, size, 4) uint8 sRGB, straight alpha, read-only
        Alpha is 0 where no photo shows the face; colours are continued there.
    """
    layers = _without_odd(_level(layers))
    layout = layers[0].face.layout
    scores = np.stack([layer.score for layer in layers])
    for group in _WHOLE:
        _choose_whole(layout, scores, layers, group)
    soft, sharp = _shares(scores, _SOFT, LIGHT), _few(_shares(scores, _SHARP, _SEAM))
    light = sum(
        (share_of_light - share)[..., None] * _blurred(layer.colour, layer.known)
        for layer, share_of_light, share in zip(layers, soft, sharp, strict=True)
    )
    texture = np.empty((size, size, 4), np.uint8)
    sources = [photo_source(v.face.photo, v.face.geometry, size, v.place) for v in layers]
    light = np.asarray(light, np.float32)
    factors = [layer.gain * share[..., None] for layer, share in zip(layers, sharp, strict=True)]
    alphas = [
        layer.shown * ramp(share, (0.0, 0.3)) for layer, share in zip(layers, sharp, strict=True)
    ]
    for rows in bands(size, size, _TILE * size):
        for columns in column_tiles(size, layout.size, _TILE):
            total = stretch(light, size, rows, columns)
            seen = np.zeros(total.shape[:2], np.float32)
            for share, factor, alpha, source in zip(sharp, factors, alphas, sources, strict=True):
                most = float(_part(np.minimum(share, alpha), size, rows, columns).max())
                if most <= 0:
                    continue
                how = cv2.INTER_CUBIC if most > _RULING else cv2.INTER_LINEAR
                region, positions = source
                at = stretch(positions, size, rows, columns)
                colour = cv2.remap(region, at, None, how, borderMode=cv2.BORDER_REPLICATE)
                counts = stretch(factor, size, rows, columns)
                total += cv2.multiply(colour, counts, dtype=cv2.CV_32F)
                np.maximum(seen, stretch(alpha, size, rows, columns), out=seen)
            tile = cv2.merge([*cv2.split(total), seen * 255])
            texture[rows, columns] = cv2.add(tile, 0.0, dtype=cv2.CV_8U)  # rounds and clips
    fill_hidden(texture)
    texture.flags.writeable = False
    return texture


def _part(values: TexelMap, size: int, rows: slice, columns: slice) -> TexelMap:
    """What of a map the texels of a tile are made of."""
    scale = len(values) / size
    down, right = (
        slice(max(int(v.start * scale) - 1, 0), math.ceil(v.stop * scale) + 1)
        for v in (rows, columns)
    )
    return values[down, right]


def texture_of_faces(faces: Sequence[Face], size: int) -> Texture:
    """The texture of a person whose faces are known: no shape is fitted to them.

    Parameters
    ----------
    faces : sequence of Face
        In each photo; the first one says light and expression.
    size : int
        Side in texels.

    Returns
    -------
    (size, size, 4) uint8 sRGB, straight alpha, read-only
        See `blended_texture`.
    """
    return blended_texture(layers_of(faces, [quality_of(face).weight for face in faces]), size)


def _level(layers: Sequence[Layer]) -> list[Layer]:
    """Bring the light of all photos to one level, that of the first one where it shows the face."""
    if len(layers) < 2:
        return list(layers)
    blurred = [_blurred(layer.colour, layer.known) for layer in layers]
    # Scores fade out where a photo ends: so do their light's say and what it changes.
    sigma = LIGHT * len(layers[0].score)
    weight = [cv2.GaussianBlur(v.score, (0, 0), sigma) + np.float32(_LEAST) for v in layers]
    weight[0] = weight[0] * _RULES
    mean = sum(w[..., None] * b for w, b in zip(weight, blurred, strict=True))
    mean = mean / np.maximum(sum(weight), 1e-6)[..., None]
    others = sum((layer.known > 0.5).astype(np.float32) for layer in layers)
    result = [layers[0]]
    for layer, own in zip(layers[1:], blurred[1:], strict=True):
        both = (layer.known > 0.5) & (others > 1)
        ratio = np.log((mean + _FLOOR) / (own + _FLOOR))
        ratio = np.clip(ratio, *np.log(GAINS))
        change = np.exp(membrane(np.asarray(ratio, np.float32), both)) if both.any() else 1.0
        gain = np.asarray(layer.gain * change, np.float32)
        colour = np.asarray(layer.colour * change, np.float32)
        result.append(replace(layer, gain=gain, colour=colour))
    return result


def _without_odd(layers: Sequence[Layer]) -> list[Layer]:
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
        score = layer.score * (1 - (1 - COVERED) * odd.astype(np.float32))
        result.append(replace(layer, score=np.asarray(score, np.float32)))
    return result


def _choose_whole(
    layout: UVLayout, scores: np.ndarray, layers: Sequence[Layer], parts: tuple[str, ...]
) -> None:
    """Give a feature one score in each photo, in place, so that it comes from one photo."""
    inside = part_mask(layout, parts, feather=0) > 0
    if not inside.any():
        return
    reach = max(1, round(_FEATHER * layout.size / 4))
    wide = cv2.dilate(inside.astype(np.uint8), square(reach))
    soft = cv2.blur(wide.astype(np.float32), (reach, reach))
    for number, layer in enumerate(layers):
        shown = float(layer.known[inside].mean())
        own = float(scores[number][inside].mean()) * (_AT_HOME if number == 0 else 1)
        own *= 1 if shown > _SHOWN else COVERED
        scores[number] += soft * (own * layer.known - scores[number])


def _shares(scores: np.ndarray, power: float, blur: float) -> np.ndarray:
    """(n, S, S) float32: shares of the photos, which add up to 1."""
    best = np.maximum(scores.max(0), 1e-6)
    share = np.maximum(scores / best, 1e-3) ** power
    share = np.stack([cv2.GaussianBlur(v, (0, 0), blur * scores.shape[1]) for v in share])
    return np.asarray(share / share.sum(0), np.float32)


def _few(shares: np.ndarray) -> np.ndarray:
    """Shares (n, S, S) that add up to 1 without the smallest ones; no less smooth than before."""
    left = np.maximum(shares - np.float32(_NOTHING), 0)
    return np.asarray(left / left.sum(0), np.float32)


def _blurred(colour: TexelColours, known: TexelMap, scale: float = 1.0) -> TexelColours:
    """(S, S, 3) float32: the light of a texture, of what is known around each texel."""
    sigma = scale * LIGHT * len(known)
    total = cv2.GaussianBlur(known, (0, 0), sigma)[..., None]
    light = cv2.GaussianBlur(colour * known[..., None], (0, 0), sigma)
    plain = cv2.GaussianBlur(colour, (0, 0), sigma)
    some = np.minimum(total * 20, 1)
    return np.asarray(some * light / np.maximum(total, 1e-3) + (1 - some) * plain, np.float32)
