"""Layers that an artist draws on."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
import numpy as np

from ..core.errors import OptionError, Sentence
from .image import array_image
from .layers import TextureLayers, editable_layers
from .texture_group import COMPLETED, DONOR, DONOR_MASK, FILL_MASK, PAINT

_MASK_SIZE = 1024


def paint_layer(item: bpy.types.Object, layer: str) -> bpy.types.Image:
    """The image of a layer, made where it is missing and can be made, ready to be drawn on.

    Parameters
    ----------
    item : bpy.types.Object
    layer : str
        Of `layers.PAINTABLE`.

    Returns
    -------
    bpy.types.Image
        Its node is the active one and its slot the one that Texture Paint draws on.

    Raises
    ------
    OptionError
        There is no such layer, and no empty one would make sense.
    """
    layers = editable_layers(item)
    image = layers.image(layer)
    if image is None:
        image = array_image(f"{item.name} {layer}", _empty(layers, layer), layer == DONOR_MASK)
        layers.set_image(layer, image)
    node = layers.node(layer)
    layers.material.node_tree.nodes.active = node
    slot = next(k for k, s in enumerate(item.material_slots) if s.material == layers.material)
    item.active_material_index = slot
    return image


def choose_slot(layers: TextureLayers, image: bpy.types.Image) -> None:
    """Make an image the one that strokes go to; Blender lists the images in Texture Paint."""
    images = list(layers.material.texture_paint_images)
    if image in images:
        layers.material.paint_active_slot = images.index(image)


def _empty(layers: TextureLayers, layer: str) -> np.ndarray:
    sides = [max(image.size) for image in layers.images()]
    side = max(sides, default=1024) or 1024
    if layer == PAINT:
        return np.zeros((side, side, 4), np.uint8)
    layers.shown_source(layer)
    if layer == DONOR_MASK and layers.image(DONOR) is not None:
        side = min(side, _MASK_SIZE)
        return np.full((side, side), 255, np.uint8)
    first = Sentence("Complete Hidden Side" if layer in (FILL_MASK, COMPLETED) else "Swap")
    raise OptionError(
        "There is no layer {layer} to paint on yet; use {first} first.",
        layer=Sentence(layer),
        first=first,
    )
