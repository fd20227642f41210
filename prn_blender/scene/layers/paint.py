"""Layers that an artist draws on."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from ...core.errors import OptionError, Sentence
from ..images.image import blank_image, blank_value
from .layers import TextureLayers, editable_layers, find_layers
from .texture_group import COMPLETED, DONOR, DONOR_MASK, FILL_MASK, PAINT, PAINT_STRENGTH

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
        side, value = _empty(layers, layer)
        image = blank_image(f"{item.name} {layer}", side, value, layer == DONOR_MASK)
        layers.set_image(layer, image)
    node = layers.node(layer)
    layers.material.node_tree.nodes.active = node
    slot = next(k for k, s in enumerate(item.material_slots) if s.material == layers.material)
    item.active_material_index = slot
    return image


def is_painted(item: bpy.types.Object) -> bool:
    """Whether something was drawn on the layer for paint, and shows."""
    layers = find_layers(item)
    image = layers.image(PAINT) if layers is not None else None
    if layers is None or image is None or blank_value(image) is not None:
        return False
    return layers.value(PAINT_STRENGTH) > 0


def choose_slot(layers: TextureLayers, image: bpy.types.Image) -> None:
    """Make an image the one that strokes go to; Blender lists the images in Texture Paint."""
    images = list(layers.material.texture_paint_images)
    if image in images:
        layers.material.paint_active_slot = images.index(image)


def _empty(layers: TextureLayers, layer: str) -> tuple[int, float]:
    """Side and value of a layer on which nothing was drawn."""
    sides = [max(image.size) for image in layers.images()]
    side = max(sides, default=1024) or 1024
    if layer == PAINT:
        return side, 0.0
    layers.shown_source(layer)
    if layer == DONOR_MASK and layers.image(DONOR) is not None:
        return min(side, _MASK_SIZE), 1.0
    first = Sentence("Complete Hidden Side" if layer in (FILL_MASK, COMPLETED) else "Swap")
    raise OptionError(
        "There is no layer {layer} to paint on yet; use {first} first.",
        layer=Sentence(layer),
        first=first,
    )
