"""Layers that an artist draws on in Texture Paint."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
import cv2

from ...core.errors import OptionError, Sentence
from ..images.image import blank_image, blank_value, image_pixels, renewed_image
from ..images.texels import side_of
from .layers import SKIN_LAYER, TextureLayers, editable_layers, find_layers
from .texture_group import COMPLETED, DONOR, DONOR_MASK, FILL_MASK, PAINT, PAINT_STRENGTH

_MASK_SIZE = 1024
"""Texels of a side of a new donor mask, at most: strokes on it have soft rims."""


def paint_layer(item: bpy.types.Object, layer: str) -> bpy.types.Image:
    """The image of a layer, ready to be drawn on; an empty one is made if there is none.

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
        The layer is missing, and an empty one would make no sense.
    """
    layers = editable_layers(item)
    if layer == SKIN_LAYER and not layers.of_head:
        raise OptionError(
            "Only a whole head has skin around its face: Mesh and Camera..., Topology."
        )
    image = layers.image(layer)
    if layer == SKIN_LAYER and image is not None:
        image = _to_draw_on(image, max(map(side_of, layers.images())))
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
    """Whether something was drawn on the paint layer, and the layer shows."""
    layers = find_layers(item)
    image = layers.image(PAINT) if layers is not None else None
    if layers is None or image is None or blank_value(image) is not None:
        return False
    return layers.value(PAINT_STRENGTH) > 0


def choose_slot(layers: TextureLayers, image: bpy.types.Image) -> None:
    """Make an image of the material the one that strokes in Texture Paint go to."""
    images = list(layers.material.texture_paint_images)
    if image in images:
        layers.material.paint_active_slot = images.index(image)


def _to_draw_on(skin: bpy.types.Image, side: int) -> bpy.types.Image:
    """The skin around a face, as fine as the other layers: as it is built it is small."""
    if side_of(skin) >= side:
        return skin
    pixels = image_pixels(skin)[..., :3]
    fine = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_LINEAR)
    return renewed_image(skin, skin.name, fine)


def _empty(layers: TextureLayers, layer: str) -> tuple[int, float]:
    """Side in texels, and value, of a new layer on which nothing was drawn yet."""
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
