"""All texture layers as one array, at any size: the formulas of `texture_group` in numpy."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from ...core.errors import OptionError
from ...core.texture.unwrap import MAX_SIZE, MIN_SIZE
from ..stepwise import at_once
from .layer_values import LayerValues, layers_side, read_layers
from .layers import TextureLayers
from .texture_group import (
    ALL,
    COLOUR_MATCH,
    COMPLETED,
    DONOR,
    DONOR_MASK,
    DONOR_MATCH,
    DONOR_STRENGTH,
    FACE_INSIDE,
    FACE_SHOWN,
    FILL_MASK,
    HIDDEN_FILL,
    PAINT,
    PAINT_ALPHA,
    PAINT_STRENGTH,
    PHOTO,
    VISIBLE,
    mix_socket,
    parts_layer,
)


def bake_size(layers: TextureLayers, size: int | None = None) -> int:
    """The size of a bake: the one asked for, else that of the layers' largest image.

    Raises
    ------
    OptionError
        The size asked for is out of bounds.
    """
    if size is None:
        return min(MAX_SIZE, layers_side(layers) or 1024)
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise OptionError(
            "The texture size is {size}; it can be {min_size} to {max_size}.",
            size=size,
            min_size=MIN_SIZE,
            max_size=MAX_SIZE,
        )
    return size


def bake(layers: TextureLayers, size: int | None = None) -> np.ndarray:
    """What the texture's node group shows, as an array.

    Parameters
    ----------
    layers : TextureLayers
    size : int, optional
        Side in texels; by default that of the largest image, at which no layer loses detail.

    Returns
    -------
    (size, size, 4) uint8 sRGB, RGBA
        The group's outputs `Color`, without any light of the scene, and `Alpha`.

    Raises
    ------
    OptionError
        The size makes no sense.

    Notes
    -----
    An input that is linked to other nodes than an image is baked by Cycles; so is the whole group
    where the artist has changed its formulas.
    """
    return evaluate(at_once(read_layers(layers, bake_size(layers, size))))


def evaluate(values: LayerValues, paint: bool = True) -> np.ndarray:
    """As `bake`, of layers whose values were taken; needs nothing of Blender.

    Parameters
    ----------
    values : LayerValues
        For one without paint, taken `with_unpainted`.
    paint : bool
        Whether the paint layer shows.
    """
    if values.whole:
        return (values.whole[paint].clip(0, 1) * 255 + np.float32(0.5)).astype(np.uint8)
    result = np.empty((values.size, values.size, 4), np.uint8)
    for rows in values.bands():
        colour, alpha = _evaluate(values, rows, paint)
        result[rows, :, :3] = colour.clip(0, 1) * 255 + np.float32(0.5)
        result[rows, :, 3] = np.broadcast_to(alpha, result[rows, :, 3].shape) * 255 + 0.5
    return result


def donor_share(values: LayerValues) -> np.ndarray:
    """(size, size) float32, 0..1: how much of the donor shows at each texel, beneath the paint."""
    result = np.empty((values.size, values.size), np.float32)
    for rows in values.bands():
        result[rows] = _donor_share(values, rows)
    return result


def face_share(values: LayerValues) -> np.ndarray:
    """(size, size) float32, 0..1: how much of the face's layers a whole head shows."""
    result = np.empty((values.size, values.size), np.float32)
    for rows in values.bands():
        edits = np.maximum(_fill(values, rows), _donor_share(values, rows))
        shown = np.maximum(
            values.number(FACE_SHOWN, rows), edits * values.number(FACE_INSIDE, rows)
        )
        result[rows] = np.maximum(shown, _paint(values, rows))
    return result


def _fill(values: LayerValues, rows: slice) -> np.ndarray:
    return values.number(HIDDEN_FILL, rows) * values.number(FILL_MASK, rows)


def _paint(values: LayerValues, rows: slice) -> np.ndarray:
    return values.number(PAINT_STRENGTH, rows) * values.number(PAINT_ALPHA, rows)


def _evaluate(values: LayerValues, rows: slice, painted: bool) -> tuple[np.ndarray, np.ndarray]:
    """The formulas of `texture_group`: colour (h, w, 3) sRGB and alpha (h, w)."""
    fill, share = _fill(values, rows), _donor_share(values, rows)
    paint = _paint(values, rows) * painted
    colour = values.colour(PHOTO, rows)
    if fill.any():
        colour = _mix(fill, colour, values.colour(COMPLETED, rows))
    if share.any():
        shift = 2 * values.number(COLOUR_MATCH, rows)[..., None]
        shift = shift * (values.colour(DONOR_MATCH, rows) - np.float32(0.5))
        donor = (values.colour(DONOR, rows) + shift).clip(0, 1)
        colour = _mix(share, colour, donor)
    if paint.any():
        colour = _mix(paint, colour, values.colour(PAINT, rows))
    alpha = np.maximum(np.maximum(values.number(VISIBLE, rows), fill), np.maximum(share, paint))
    return colour, alpha


def _donor_share(values: LayerValues, rows: slice) -> np.ndarray:
    overall = values.number(DONOR_STRENGTH, rows) * values.number(DONOR_MASK, rows)
    share = values.number(mix_socket(ALL), rows)
    for number, part in enumerate(values.parts):
        strength = values.number(mix_socket(part), rows)
        if strength.any() and overall.any():
            masks = values.colour(parts_layer(number), rows)
            share = np.maximum(share, strength * masks[..., number % 3])
    return share * overall


def _mix(share: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first + (second - first) * share.clip(0, 1)[..., None]
