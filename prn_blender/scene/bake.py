"""One image of all texture layers: what the shader shows, at any size."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import bpy
import cv2
import numpy as np

from ..core.errors import OptionError
from ..core.texture import MAX_SIZE, MIN_SIZE
from .cycles_bake import baked_output
from .image import NON_COLOR, encode_srgb, float_pixels
from .layers import TextureLayers
from .texture_group import (
    ALL,
    COLOUR_MATCH,
    COMPLETED,
    DONOR,
    DONOR_MASK,
    DONOR_MATCH,
    DONOR_STRENGTH,
    FILL_MASK,
    HIDDEN_FILL,
    PAINT,
    PAINT_ALPHA,
    PAINT_STRENGTH,
    PHOTO,
    VISIBLE,
    is_changed,
    mix_socket,
    parts_layer,
)

# Texels worked on at once: at 8192 x 8192 a dozen layers of floats would take gigabytes.
_BAND_TEXELS = 2**20


def bake_size(layers: TextureLayers) -> int:
    """The side at which no layer loses detail: that of the largest image."""
    found = [max(image.size) for image in layers.images() if max(image.size) > 0]
    return int(min(MAX_SIZE, max(found, default=1024)))


def bake(layers: TextureLayers, size: int | None = None, paint: bool = True) -> np.ndarray:
    """Evaluate the node group.

    Parameters
    ----------
    layers : TextureLayers
    size : int, optional
        Side in texels; by default that of the largest layer.
    paint : bool
        With the paint layer.

    Returns
    -------
    (size, size, 4) uint8 sRGB, RGBA
        Colour as in the group's output `Color` (whatever light falls on it), and `Alpha`.

    Raises
    ------
    OptionError
        The size makes no sense.

    Notes
    -----
    An input that comes from other nodes than an image is what Cycles bakes of them. So is all of
    it where the artist has changed the group itself.
    """
    size = bake_size(layers) if size is None else size
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise OptionError(
            "The texture size is {size}; it can be {min_size} to {max_size}.",
            size=size,
            min_size=MIN_SIZE,
            max_size=MAX_SIZE,
        )
    if is_changed(layers.group.node_tree):
        return _as_changed(layers, size, paint)
    inputs = _Inputs(layers, size)
    result = np.empty((size, size, 4), np.uint8)
    for rows in inputs.bands():
        colour, alpha = _evaluate(inputs, rows, paint)
        result[rows, :, :3] = colour.clip(0, 1) * 255 + np.float32(0.5)
        result[rows, :, 3] = np.broadcast_to(alpha, result[rows, :, 3].shape) * 255 + 0.5
    return result


def _as_changed(layers: TextureLayers, size: int, painted: bool) -> np.ndarray:
    """`bake` of a group that is no longer as it was made."""
    name = layers.group.name

    def output(which: str, tree: bpy.types.NodeTree) -> bpy.types.NodeSocket:
        group = tree.nodes[name]
        if not painted:
            strength = group.inputs[PAINT_STRENGTH]
            for link in strength.links:
                tree.links.remove(link)
            strength.default_value = 0.0
        return group.outputs[which]

    colour, alpha = (
        baked_output(layers.material, partial(output, which), which == "Alpha", size)
        for which in ("Color", "Alpha")
    )
    result = np.dstack([encode_srgb(colour[..., :3]), alpha[..., 0]])
    return (result.clip(0, 1) * 255 + np.float32(0.5)).astype(np.uint8)


def donor_share(layers: TextureLayers, size: int) -> np.ndarray:
    """(size, size) float32, 0..1: how much of the donor shows at each texel."""
    inputs = _Inputs(layers, size)
    result = np.empty((size, size), np.float32)
    for rows in inputs.bands():
        result[rows] = _donor_share(inputs, rows)
    return result


def _evaluate(inputs: _Inputs, rows: slice, painted: bool) -> tuple[np.ndarray, np.ndarray]:
    """The formulas of `layers`: colour (h, w, 3) sRGB and alpha (h, w)."""
    fill = inputs.number(HIDDEN_FILL, rows) * inputs.number(FILL_MASK, rows)
    share = _donor_share(inputs, rows)
    paint = inputs.number(PAINT_STRENGTH, rows) * inputs.number(PAINT_ALPHA, rows) * painted
    colour = inputs.colour(PHOTO, rows)
    if fill.any():
        colour = _mix(fill, colour, inputs.colour(COMPLETED, rows))
    if share.any():
        shift = 2 * inputs.number(COLOUR_MATCH, rows)[..., None]
        shift = shift * (inputs.colour(DONOR_MATCH, rows) - np.float32(0.5))
        donor = (inputs.colour(DONOR, rows) + shift).clip(0, 1)
        colour = _mix(share, colour, donor)
    if paint.any():
        colour = _mix(paint, colour, inputs.colour(PAINT, rows))
    alpha = np.maximum(np.maximum(inputs.number(VISIBLE, rows), fill), np.maximum(share, paint))
    return colour, alpha


def _donor_share(inputs: _Inputs, rows: slice) -> np.ndarray:
    overall = inputs.number(DONOR_STRENGTH, rows) * inputs.number(DONOR_MASK, rows)
    share = inputs.number(mix_socket(ALL), rows)
    for number, part in enumerate(inputs.layers.parts):
        strength = inputs.number(mix_socket(part), rows)
        if strength.any() and overall.any():
            masks = inputs.colour(parts_layer(number), rows)
            share = np.maximum(share, strength * masks[..., number % 3])
    return share * overall


def _mix(share: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first + (second - first) * share.clip(0, 1)[..., None]


class _Inputs:
    """What flows into the group, at the size asked for."""

    def __init__(self, layers: TextureLayers, size: int) -> None:
        self.layers = layers
        self.size = size
        self._images: dict[str, np.ndarray] = {}
        self._baked: dict[str, np.ndarray] = {}

    def bands(self) -> Iterator[slice]:
        height = max(1, _BAND_TEXELS // self.size)
        for top in range(0, self.size, height):
            yield slice(top, min(top + height, self.size))

    def colour(self, socket: str, rows: slice) -> np.ndarray:
        """(h, w, 3) float32: sRGB of a colour, a data image's values; or (1, 1, 3)."""
        data = socket == DONOR_MATCH or socket.startswith("Parts ")
        if not self.layers.is_plain(socket):
            values = self._cycles(socket, number=False)[rows, :, :3]
            return values if data else encode_srgb(values)
        node, _ = self.layers.source(socket)
        if node is None or node.image is None:
            value = np.array(self.layers.group.inputs[socket].default_value[:3], np.float32)
            return (value if data else encode_srgb(value)).reshape(1, 1, 3)
        return self._band(node.image, rows)[..., :3]

    def number(self, socket: str, rows: slice) -> np.ndarray:
        """(h, w) float32, or (1, 1)."""
        if not self.layers.is_plain(socket):
            return self._cycles(socket, number=True)[rows, :, 0]
        node, output = self.layers.source(socket)
        if node is None or node.image is None:
            return np.full((1, 1), self.layers.value(socket), np.float32)
        band = self._band(node.image, rows)
        # A grey mask: the three are the same; the shader takes their luminance.
        return band[..., 3] if output == "Alpha" else band[..., 0]

    def _cycles(self, socket: str, number: bool) -> np.ndarray:
        """(size, size, 4) float32: what nodes of the artist's own give to an input."""
        output = self.layers.feeding(socket)
        assert output is not None
        # As a colour and as a number its values differ.
        key = f"{output.node.name} {output.identifier} {number}"
        if key not in self._baked:
            name, identifier = output.node.name, output.identifier
            self._baked[key] = baked_output(
                self.layers.material,
                lambda tree: next(
                    o for o in tree.nodes[name].outputs if o.identifier == identifier
                ),
                number,
                self.size,
            )
        return self._baked[key]

    def _band(self, image: bpy.types.Image, rows: slice) -> np.ndarray:
        """Some rows of an image as the shader samples it at each texel's centre."""
        if image.name not in self._images:
            self._images[image.name] = _resized(image, self.size)
        band = self._images[image.name][rows]
        scale = 1 / np.iinfo(band.dtype).max
        return band.astype(np.float32) * np.float32(scale)


def _resized(image: bpy.types.Image, size: int) -> np.ndarray:
    """(size, size, 4) uint8 or, of an image with more than 8 bits, uint16."""
    values = float_pixels(image)
    if image.size[0] != size or image.size[1] != size:
        smaller = min(image.size) > size
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        values = cv2.resize(np.ascontiguousarray(values), (size, size), interpolation=how)
    depth = np.uint16 if image.is_float or image.colorspace_settings.name == NON_COLOR else np.uint8
    return (values.clip(0, 1) * np.float32(np.iinfo(depth).max) + np.float32(0.5)).astype(depth)
