"""The values that flow into a face's texture group, taken so that another thread can use them.

Reading them needs Blender and its main thread; what takes long, decoding images and evaluating the
formulas of the group, does not.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import bpy
import numpy as np

from ..images.image import encode_srgb
from ..images.texels import Texels, side_of
from ..stepwise import Stepwise
from .cycles_bake import baked_output
from .group_version import is_changed
from .layers import SKIN_LAYER, TextureLayers, find_layers
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
    SKIN,
    VISIBLE,
    mix_socket,
    parts_layer,
)

_BAND_TEXELS = 2**20
"""Texels that are evaluated at once: a dozen layers of 8192 x 8192 floats would take gigabytes."""


@dataclass(frozen=True, eq=False)
class SocketValue:
    """What one input of the group gets: a constant, an image, or what Cycles baked.

    Attributes
    ----------
    constant : (3,) float32 or float
        The input's own value, in linear light; it counts where there is neither image nor bake.
    image : str
        Name of the linked image in `LayerValues.images`; or empty.
    from_alpha : bool
        The image's alpha is linked, not its colour.
    baked : (size, size, 4) float32 or None
        What other nodes that are linked give, baked by Cycles; linear light or data.
    """

    constant: np.ndarray | float = 0.0
    image: str = ""
    from_alpha: bool = False
    baked: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class LayerValues:
    """The layers of one material at one size; needs nothing of Blender any more.

    Attributes
    ----------
    size : int
        Side of the texture in texels.
    parts : list of str
        As `TextureLayers.parts`.
    inputs : mapping of str to SocketValue
        By the name of the socket. Inputs that cannot show are left out and count as 0.
    images : mapping of str to Texels
        By the image's name.
    painted : bool
        There is a paint layer.
    whole : mapping of bool to (size, size, 4) float32
        Only where the artist has changed the formulas of the group: what the group gives, baked,
        with paint (True) and without (False); sRGB.
    """

    size: int
    parts: list[str]
    inputs: Mapping[str, SocketValue]
    images: Mapping[str, Texels]
    painted: bool
    whole: Mapping[bool, np.ndarray] = field(default_factory=dict)

    def bands(self) -> Iterator[slice]:
        """Slices of rows, each small enough to be evaluated at once."""
        height = max(1, _BAND_TEXELS // self.size)
        for top in range(0, self.size, height):
            yield slice(top, min(top + height, self.size))

    def colour(self, socket: str, rows: slice) -> np.ndarray:
        """(h, w, 3) float32 of some rows, or (1, 1, 3) where it is constant.

        Colours in sRGB; the values of inputs that are data as they are.
        """
        found = self.inputs.get(socket, SocketValue())
        data = socket == DONOR_MATCH or socket.startswith("Parts ")
        if found.image:
            return self._band(found.image, rows)[..., :3]
        values = (
            np.broadcast_to(np.float32(found.constant), (1, 1, 3))
            if found.baked is None
            else found.baked[rows, :, :3]
        )
        return values if data else encode_srgb(values)

    def picture(self, socket: str) -> np.ndarray:
        """As `colour`, all of it, an image in its own size."""
        name = self.inputs.get(socket, SocketValue()).image
        if not name:
            return self.colour(socket, slice(0, self.size))
        side = max(self.images[name].width, self.images[name].height)
        return replace(self, size=side)._band(name, slice(0, side))[..., :3]

    def number(self, socket: str, rows: slice) -> np.ndarray:
        """(h, w) float32 of some rows, or (1, 1) where it is constant."""
        found = self.inputs.get(socket, SocketValue())
        if found.image:
            # The shader takes a colour's luminance; masks are grey, so any channel is that.
            return self._band(found.image, rows)[..., 3 if found.from_alpha else 0]
        if found.baked is not None:
            return found.baked[rows, :, 0]
        return np.full((1, 1), found.constant, np.float32)

    def _band(self, image: str, rows: slice) -> np.ndarray:
        """Some rows of an image, sampled as the shader does at each texel's centre."""
        band = self.images[image].resized(self.size, rows)
        return band.astype(np.float32) * np.float32(1 / np.iinfo(band.dtype).max)


def layers_side(layers: TextureLayers) -> int:
    """The longer side of the largest image, 0 without any.

    That of the skin around a face does not count: it shows the whole head.
    """
    skin = layers.image(SKIN_LAYER) if layers.of_head else None
    return max((side_of(image) for image in layers.images() if image != skin), default=0)


def read_layers(
    layers: TextureLayers, size: int, with_unpainted: bool = False
) -> Stepwise[LayerValues]:
    """Take the values of all layers from Blender; see `stepwise`.

    Parameters
    ----------
    layers : TextureLayers
        Nothing may change them in a pause, or values of before and after would be mixed.
    size : int
        Side in texels.
    with_unpainted : bool
        Bake a changed group without paint, too: `LayerValues.whole` then has both.
    """
    painted = layers.feeding(PAINT) is not None
    whole = {}
    if is_changed(layers.group.node_tree):
        for paint in (True, False) if with_unpainted else (True,):
            yield
            whole[paint] = _as_changed(layers, size, paint)
    inputs: dict[str, SocketValue] = {}
    images: dict[str, Texels] = {}
    for socket in _showing(layers):
        node = _image_node(layers, socket)
        if node is not None and node.image.name not in images:
            yield
            images[node.image.name] = Texels(node.image)
        inputs[socket] = _input(layers, socket, size)
    return LayerValues(size, layers.parts, inputs, images, painted, whole)


def _showing(layers: TextureLayers) -> Iterator[str]:
    """The inputs that can show: a strength of 0 hides the layers that it belongs to."""

    def shows(strength: str) -> bool:
        return layers.feeding(strength) is not None or layers.value(strength) > 0

    yield from (PHOTO, VISIBLE)
    if shows(HIDDEN_FILL):
        yield from (HIDDEN_FILL, FILL_MASK, COMPLETED)
    if shows(DONOR_STRENGTH):
        yield from (DONOR_STRENGTH, DONOR_MASK, DONOR, COLOUR_MATCH, DONOR_MATCH, mix_socket(ALL))
        masks = set()
        for number, part in enumerate(layers.parts):
            if shows(mix_socket(part)):
                yield mix_socket(part)
                masks.add(parts_layer(number))
        yield from sorted(masks)
    if layers.of_head:
        yield from (SKIN, FACE_SHOWN, FACE_INSIDE)
    if shows(PAINT_STRENGTH):
        yield from (PAINT_STRENGTH, PAINT_ALPHA, PAINT)


def _image_node(layers: TextureLayers, socket: str) -> bpy.types.Node | None:
    return layers.shown_source(socket)[0] if layers.is_plain(socket) else None


def _input(layers: TextureLayers, socket: str, size: int) -> SocketValue:
    colour = layers.group.inputs[socket].type == "RGBA"
    if not layers.is_plain(socket):
        output = layers.feeding(socket)
        assert output is not None
        choose = partial(_output, output.node.name, output.identifier)
        return SocketValue(baked=baked_output(layers.material, choose, not colour, size))
    node, output_name = layers.shown_source(socket)
    if node is not None:
        return SocketValue(image=node.image.name, from_alpha=output_name == "Alpha")
    if colour:
        return SocketValue(np.array(layers.group.inputs[socket].default_value[:3], np.float32))
    return SocketValue(layers.value(socket))


def _output(node: str, identifier: str, tree: bpy.types.NodeTree) -> bpy.types.NodeSocket:
    return next(o for o in tree.nodes[node].outputs if o.identifier == identifier)


def _as_changed(layers: TextureLayers, size: int, painted: bool) -> np.ndarray:
    """(size, size, 4) float32 sRGB: what a group gives that the artist has changed, by Cycles."""
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
    return np.dstack([encode_srgb(colour[..., :3]), alpha[..., 0]])


def photo_texels(item: bpy.types.Object) -> Texels | None:
    """The pixels of a face's photo layer, for another thread; None where it has none."""
    layers = find_layers(item)
    image = layers.image(PHOTO) if layers is not None else None
    return Texels(image) if image is not None else None
