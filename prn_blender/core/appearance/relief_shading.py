"""What of a texture's fine detail is shading by relief: not pigment, hair, shadow's edge, or noise.

Of one photo that cannot be told for sure. Each rule here takes off what relief does not look like,
softly, and what is left in doubt is left out.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..geometry.tangent_frame import TangentFrame
from ..image.colour import FLOOR, GAMMA, LUMA
from ..image.filters import ramp, smoothstep, weighted_blur
from ..texture.texel_maps import TexelMaps, at_layout_size
from ..typed import TexelMap, Texture
from .illumination import Illumination

# Share of the map's side, standard deviation: what is coarser is the shape's and the light's, not
# detail. About 1.5 mm.
COARSE = 0.006
# Shares of the map's side, standard deviation: places whose detail is judged together.
_TOGETHER = 0.014
# Rise of the logarithm of coarse light per millimetre, beyond what the mesh explains: no skin from
# the first on, where shadows, lips and make-up end; skin up to the second.
_EDGE = (0.14, 0.05)
# Logarithm of a channel over another one: detail so coloured is pigment, half of it at this.
_COLOURED = 0.08
# Skewness of detail's brightness: hair, moles and glints are darker or brighter than what is around
# them, to one side; relief has a lit slope for each that is in the shade.
_ONE_SIDED = (1.6, 0.7)
# Logarithm of light: detail so strong is no skin's; half of it is left at this.
_STRONG = 0.45
# Per cent of a face's skin, from its smoothest on, that has no detail but noise.
_SMOOTHEST = 10
# Standard deviation of noise, logarithm of light, that is assumed at most, in the finest octave: a
# face that is rough all over is no noise.
_MOST_NOISE = 0.03
# Times the noise's power that is taken off.
_NOISE_TAKEN = 1.5
# Side of the maps in which colour is looked at, over the texture's: JPEG files have no finer.
_CHROMA = 2


@dataclass(frozen=True, eq=False)
class ReliefShading:
    """Shading by relief.

    Attributes
    ----------
    shading : (M, M) float32
        Logarithm of light over that of smooth skin.
    trust : (S, S) float32
        0..1: how far it is relief's; already in `shading`.
    """

    shading: np.ndarray
    trust: TexelMap


def relief_shading(
    maps: TexelMaps,
    light: Illumination,
    frame: TangentFrame,
    skin: TexelMap,
    texture: Texture,
    blocks: float = 0.0,
) -> ReliefShading:
    """Tell shading by relief from everything else that is fine in a texture.

    Parameters
    ----------
    maps : TexelMaps
    light : Illumination
        On the face; its cast shadows are not used.
    frame : TangentFrame
    skin : (S, S) float32
        0..1: plain skin that the photo shows well.
    texture : (M, M, 3 or 4) uint8 sRGB
        As fine as the photo, and not finer.
    blocks : float
        Standard deviation of compression's errors, levels.

    Returns
    -------
    ReliefShading

    Notes
    -----
    Colour: relief changes brightness alone, pigment changes colour with it (as in N. Tsumura et
    al., "Image-based skin color and texture analysis/synthesis by extracting hemoglobin and melanin
    information in the skin", SIGGRAPH 2003); what of the brightness follows colour, on this face
    and in this octave, is taken off by least squares. Sides: shading by relief is a slope, lit on
    one side and in shade on the other, so its skewness is low. Noise: Wiener's gain in each octave,
    the noise read off the smoothest skin.
    """
    size = maps.size
    logs = cv2.LUT(np.ascontiguousarray(texture[..., :3]), _LOGARITHM)
    level = cv2.transform(logs, LUMA[None])
    expected = np.log(light.shade(frame.normals) @ LUMA + FLOOR)
    coarse = weighted_blur(at_layout_size(level, size) - expected, skin, COARSE * size)
    trust = skin * _off_edges(coarse, frame)
    detail = level - _at_size(coarse + expected, len(level))
    pigment, coloured = _pigment(logs, detail, skin, size)
    detail -= _at_size(pigment, len(detail))
    detail /= 1 + (detail / np.float32(_STRONG)) ** 2
    trust = trust * (1 - coloured) * _two_sided(detail, skin, size)
    detail = _without_noise(detail, skin, size, blocks, light)
    return ReliefShading(detail * _at_size(trust, len(detail)), trust)


# Logarithm of each stored value as linear light.
_LOGARITHM = np.log((np.arange(256) / 255) ** GAMMA + FLOOR).astype(np.float32)


def _at_size(values: np.ndarray, side: int) -> np.ndarray:
    """A map (s, s) stretched bilinearly to another size."""
    return cv2.resize(values, (side, side), interpolation=cv2.INTER_LINEAR)


def _off_edges(coarse: TexelMap, frame: TangentFrame) -> TexelMap:
    """(S, S) float32: 0 where the light changes from one side of a place to the other."""
    down, right = np.gradient(coarse)
    millimetre = np.float32(1e-3)
    rise = np.hypot(right / frame.width, down / frame.height) * millimetre
    return smoothstep(np.asarray(ramp(rise, _EDGE), np.float32))


def _pigment(
    logs: np.ndarray, detail: np.ndarray, skin: TexelMap, size: int
) -> tuple[np.ndarray, TexelMap]:
    """What of detail (M, M) goes with colour (m, m), and how coloured it is (S, S), 0..1."""
    side = max(size, len(logs) // _CHROMA)
    small = at_layout_size(logs, side)
    there = at_layout_size(detail, side)
    colours = [cv2.subtract(*cv2.split(small)[k : k + 2][::-1]) for k in (0, 1)]
    colours = [
        c - _at_size(weighted_blur(at_layout_size(c, size), skin, COARSE * size), side)
        for c in colours
    ]
    weight = _at_size(skin, side)
    pigment = np.zeros_like(there)
    # In octaves, because colour is noise in the finest.
    while True:
        coarser = max(size, len(there) // 2)
        lower = [at_layout_size(x, coarser) for x in (there, *colours)]
        if coarser < len(there):
            fine = [x - _at_size(y, len(x)) for x, y in zip((there, *colours), lower, strict=True)]
        else:
            fine = [there, *colours]
        found = _explained(fine[0], fine[1:], weight)
        pigment += _at_size(found, side)
        if coarser == len(there):
            break
        there, colours, weight = lower[0], lower[1:], at_layout_size(weight, coarser)
    strength = sum(cv2.GaussianBlur(c * c, (0, 0), 1.0) for c in colours) / _COLOURED**2
    strength = cv2.GaussianBlur(cv2.dilate(strength, np.ones((3, 3), np.uint8)), (0, 0), 1.0)
    strength *= strength
    return pigment, strength / (1 + strength)


def _explained(level: np.ndarray, colours: list[np.ndarray], weight: np.ndarray) -> np.ndarray:
    """What of `level` (m, m) two others explain, where the weight is high: least squares."""
    where = weight > 0.5
    if where.sum() < 25:
        return np.zeros_like(level)
    a = np.stack([c[where] for c in colours], axis=1).astype(np.float64)
    gram = a.T @ a + 1e-6 * len(a) * np.eye(2)
    share = np.linalg.solve(gram, a.T @ level[where])
    return np.asarray(colours[0] * np.float32(share[0]) + colours[1] * np.float32(share[1]))


def _two_sided(detail: np.ndarray, skin: TexelMap, size: int) -> TexelMap:
    """(S, S) float32: 1 where detail is as often brighter as darker, 0 where it is one-sided."""
    square = detail * detail
    moments = [at_layout_size(x, size) for x in (square, square * detail)]
    second, third = (weighted_blur(m, skin, _TOGETHER * size) for m in moments)
    skew = third / np.maximum(second, 1e-8) ** 1.5
    return smoothstep(np.asarray(ramp(np.abs(skew), _ONE_SIDED), np.float32))


def _without_noise(
    detail: np.ndarray, skin: TexelMap, size: int, blocks: float, light: Illumination
) -> np.ndarray:
    """Detail (M, M) as far as it is stronger than noise, octave by octave."""
    relative = blocks / 255 / max(float(light.mean @ LUMA) ** (1 / GAMMA), 0.1) * GAMMA
    octaves, here = [], detail
    while len(here) > size:
        lower = at_layout_size(here, max(size, len(here) // 2))
        octaves.append(here - _at_size(lower, len(here)))
        here = lower
    power = [
        weighted_blur(at_layout_size(o * o, size), skin, _TOGETHER / 2 * size) for o in octaves
    ]
    told = skin > 0.5
    noise = _MOST_NOISE**2
    if octaves and told.any():
        noise = min(noise, float(np.percentile(power[0][told], _SMOOTHEST)))
    result = here
    for octave, strength in zip(reversed(octaves), reversed(power), strict=True):
        # White noise has a quarter of its power left in the next coarser octave.
        own = noise / 4 ** round(np.log2(len(detail) / len(octave))) + relative**2
        gain = (1 - _NOISE_TAKEN * own / np.maximum(strength, 1e-9)).clip(0, 1)
        gain = gain.astype(np.float32)
        result = _at_size(result, len(octave)) + octave * _at_size(gain, len(octave))
    return result
