"""The inside of a head's mouth in its texture: teeth with gums, tongue, and the dark behind them.

No photo shows it whole, so it is painted, in the light of the photo. The deeper a place lies, the
darker it is: a face that is shown as photographed has no light of the scene to do that.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ...image.colour import LUMA
from ...image.filters import ramp
from ..head_model import HeadModel
from ..other_heads.pieces import pieces
from .texels import tile_texels

_MM = 1000.0
# Widths of teeth from the middle of the arch, mm (means of adults, Wheeler's Dental Anatomy), above
# and below; the head's arch is as much wider.
_UPPER = (8.5, 6.5, 7.5, 7.0, 7.0, 10.0, 9.0)
_LOWER = (5.0, 5.5, 7.0, 7.0, 7.0, 11.0, 10.5)
_WIDER = 1.15
# Where the arch bends around, metres behind the front teeth, and its radius there.
_BEND, _RADIUS = 0.055, 0.05
# Length of a crown, mm, how much shorter it is between two teeth, and how soft its end is.
_CROWN, _SCALLOP, _SOFT = 10.5, 2.0, 0.7
# The dark line between two teeth: how dark, and its width, mm.
_LINE, _LINE_WIDTH = 0.3, 0.5
ENAMEL = (228, 219, 201)
"""sRGB of teeth in bright light."""
# The same of gums, tongue, the inside of cheeks and throat.
_GUMS, _TONGUE, _CHEEKS = (188, 110, 106), (184, 100, 96), (165, 72, 70)
# From how many mm behind the lips it becomes darker, over how many by e; the darkest. Teeth count
# from the foremost: where they show they are lit as the face is.
_FADING = {"teeth": (1.0, 22.0), "tongue": (12.0, 35.0), "mouth_bag": (2.0, 16.0)}
_DARKEST = 0.10
BRIGHT = 222.0
"""The white of the eyes in bright light: what the photo's is darker, the mouth is, too."""
_BESIDE = 3
"""Texels around each part that get its colours, which mip levels and seams would show."""


def paint_mouth(
    pixels: np.ndarray, model: HeadModel, white: np.ndarray, toned: bool = False
) -> None:
    """Paint teeth, tongue and the inside of the mouth into a head's texture, in place.

    Parameters
    ----------
    pixels : (M, M, 3) uint8 sRGB
    model : HeadModel
    white : (3,) float32 sRGB
        What the white of the eyes is there: tells how bright the photo is, and its tint.
    toned : bool
        Without colours but the tint of `white`, as in a grey or a sepia photo.
    """
    light = np.clip(np.asarray(white, np.float32) / np.float32(BRIGHT), 0.3, 1.1)
    for box, known, colour in _painted(model, len(pixels)):
        x0, y0, x1, y1 = box
        part = pixels[y0:y1, x0:x1]
        shown = colour[known] * light
        if toned:
            shown = (colour[known] @ LUMA)[:, None] * light
        part[known] = np.rint(shown).clip(0, 255)


def _number(model: HeadModel, name: str) -> int:
    return model.part_names.index(name) if name in model.part_names else -1


@lru_cache(maxsize=2)
def _painted(model: HeadModel, side: int) -> list[tuple[list[int], np.ndarray, np.ndarray]]:
    """Of each part its box in the tile, what of it is the part's (h, w) bool, colours (h, w, 3)."""
    mouth = model.lips
    if not len(mouth):  # of a head whose mouth has no rim
        mouth = np.unique(model.quads[np.isin(model.part, [_number(model, n) for n in _FADING])])
    if not len(mouth):
        return []
    front = model.mean[mouth, 1].min()
    result = []
    for name, (start, length) in _FADING.items():
        faces = model.part == _number(model, name)
        if not faces.any():
            continue
        texels = tile_texels(model, faces, side)
        place = texels.of(model.mean)
        first = place[:, 1].min() if name == "teeth" else front
        deep = (place[:, 1] - first) * _MM - start
        shade = np.maximum(np.exp(-np.maximum(deep, 0) / length), _DARKEST)
        colour = np.array([_TONGUE if name == "tongue" else _CHEEKS], np.float32)
        if name == "teeth":
            colour = _teeth(model, place, _above(model)[texels.corners[:, 0]])
        x0, y0 = np.maximum(texels.box[:2] - _BESIDE, 0)
        x1, y1 = np.minimum(texels.box[2:] + _BESIDE, side)
        found = np.zeros((y1 - y0, x1 - x0, 4), np.float32)
        found[texels.row - y0, texels.column - x0, :3] = colour * shade[:, None]
        found[texels.row - y0, texels.column - x0, 3] = 1
        wide = cv2.blur(found, (2 * _BESIDE + 1,) * 2)
        beside = (found[..., 3] == 0) & (wide[..., 3] > 0)
        found[beside] = wide[beside] / wide[beside][:, 3:]
        result.append(([x0, y0, x1, y1], found[..., 3] > 0, found[..., :3]))
    return result


def _above(model: HeadModel) -> np.ndarray:
    """(V,) bool: vertices of the upper row of teeth, a piece of the mesh that lies above others."""
    quads = model.quads[model.part == model.part_names.index("teeth")]
    piece, teeth = pieces(quads, model.count), np.unique(quads)
    above = np.zeros(model.count, bool)
    for first in np.unique(piece[teeth]):
        mine = teeth[piece[teeth] == first]
        above[mine] = model.mean[mine, 2].mean() > model.mean[teeth, 2].mean()
    return above


def _teeth(model: HeadModel, place: np.ndarray, above: np.ndarray) -> np.ndarray:
    """(n, 3): enamel and gums at places (n, 3) of both rows of teeth of the mean head.

    `above` (n,) bool: in the upper row.
    """
    rows = model.mean[model.of_part("teeth")]
    # Where they meet: the line between both rows, which rises towards the back.
    rise, at_zero = np.polyfit(rows[:, 1], rows[:, 2], 1)
    height = (place[:, 2] - at_zero - rise * place[:, 1]) * _MM
    behind = place[:, 1] - rows[:, 1].min()
    along = _RADIUS * np.arctan2(np.abs(place[:, 0]), _BEND - behind) * _MM
    gums, gap = np.empty(len(place)), np.empty(len(place))
    for mine, widths in ((above, _UPPER), (~above, _LOWER)):
        ends = np.cumsum((0.0, *widths)) * _WIDER
        tooth = np.clip(np.searchsorted(ends, along[mine]) - 1, 0, len(widths) - 1)
        half = (ends[tooth + 1] - ends[tooth]) / 2
        beside = np.clip(np.abs(along[mine] - ends[tooth] - half) / half, 0, 1)
        crown = _CROWN - _SCALLOP * beside**2
        gums[mine] = ramp(np.abs(height[mine]) - crown, (-_SOFT, _SOFT))
        gap[mine] = _LINE * np.exp(-(((1 - beside) * half / _LINE_WIDTH) ** 2))
    enamel = np.array(ENAMEL, np.float32) * (1 - gap)[:, None]
    return np.asarray(enamel + gums[:, None] * (np.array(_GUMS, np.float32) - enamel), np.float32)
