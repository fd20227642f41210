"""Parts of the face (nose, lips, ...) as mask images, vertex groups and face sets."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping

import bpy
import numpy as np

from ...core.choices import PRESETS
from ...core.geometry.parts import part_mask, part_names
from ...core.geometry.uv_layout import UVLayout
from ..images.image import array_image
from ..mesh.mesh import texel_of_vertices
from .layers import TextureLayers
from .texture_group import parts_layer

_KEY = "prn_parts"
"""The custom property of a mask image that names its layout and parts: faces share such images."""

_FACE_SET = ".sculpt_face_set"
"""Blender's name of the attribute that holds a polygon's face set."""

_WEIGHT_STEPS = 32
"""Different weights in a vertex group of a part: finer than a brush paints."""


PartMasks = Mapping[str, np.ndarray]
"""For each part how much each texel belongs to it, (S, S) float32 0..1, with soft rims."""


def part_masks(layout: UVLayout) -> PartMasks:
    """The masks of all parts, for `add_part_masks`; takes long, and needs nothing of Blender."""
    return {name: part_mask(layout, name) for name in part_names(layout) if name not in PRESETS}


def add_part_masks(layers: TextureLayers, layout: UVLayout, masks: PartMasks) -> None:
    """Give the node group the masks of the parts, three to an image, in its channels.

    Faces of one layout share these images.

    Parameters
    ----------
    layers : TextureLayers
    layout : UVLayout
    masks : PartMasks
        Of that layout. A part that the layout does not have shows nowhere.
    """
    names = layers.parts
    for first in range(0, len(names), 3):
        layer = parts_layer(first)
        if layers.image(layer) is None:
            layers.set_image(layer, _masks_image(layout, names[first : first + 3], layer, masks))


Shares = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""For each part how much each texel belongs to it, (S, S) float32 0..1: with soft rims, without."""


def part_shares(layout: UVLayout) -> Shares:
    """The shares of all parts, for `add_part_groups`; takes long, needs nothing of Blender."""
    return {
        name: (soft, part_mask(layout, name, feather=0.0))
        for name, soft in part_masks(layout).items()
    }


def add_part_groups(item: bpy.types.Object, layout: UVLayout, shares: Shares) -> list[str]:
    """Add a vertex group with a soft rim for each part, and face sets of the parts.

    Parameters
    ----------
    item : bpy.types.Object
        A face object; groups of these names are replaced.
    layout : UVLayout
    shares : Shares
        Of that layout.

    Returns
    -------
    list of str
        The names of the groups.
    """
    mesh = item.data
    texel = texel_of_vertices(mesh, layout)
    sets = np.ones(len(mesh.polygons), np.int32)
    corner = np.empty(len(mesh.loops), np.int32)
    mesh.attributes[".corner_vert"].data.foreach_get("value", corner)
    start = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("loop_start", start)
    for number, (name, (soft, sharp)) in enumerate(shares.items()):
        weights = soft.ravel()[texel]
        old = item.vertex_groups.get(name)
        if old is not None:
            item.vertex_groups.remove(old)
        group = item.vertex_groups.new(name=name)
        # A call for each weight, not for each vertex.
        steps = np.rint(weights * _WEIGHT_STEPS).astype(int)
        for step in range(1, _WEIGHT_STEPS + 1):
            weight = step / _WEIGHT_STEPS
            group.add(np.flatnonzero(steps == step).tolist(), weight, "REPLACE")
        if name != "face":
            hard = sharp.ravel()[texel] > 0
            sets[np.add.reduceat(hard[corner], start) >= 3] = number + 2
    attribute = mesh.attributes.get(_FACE_SET)
    if attribute is not None and (attribute.data_type, attribute.domain) != ("INT", "FACE"):
        mesh.attributes.remove(attribute)
        attribute = None
    if attribute is None:
        attribute = mesh.attributes.new(_FACE_SET, "INT", "FACE")
    attribute.data.foreach_set("value", sets)
    mesh.update()
    return list(shares)


def _masks_image(
    layout: UVLayout, names: list[str], layer: str, masks: PartMasks
) -> bpy.types.Image:
    mark = f"{layout.sha256} {' '.join(names)}"
    for image in bpy.data.images:
        if image.get(_KEY) == mark and image.library is None:
            return image
    pixels = np.zeros((layout.size, layout.size, 3), np.uint8)
    for channel, name in enumerate(names):
        if name in masks:
            pixels[..., channel] = masks[name] * 255 + 0.5
    image = array_image(f"{layout.name} {layer}", pixels, data=True)
    image[_KEY] = mark
    return image
