"""The layer with a face's fine detail: a normal map for lit skin, a displacement for modifiers."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import NamedTuple

import bpy

from ...core.appearance.fine_detail import RANGE, ZERO
from ...core.choices import TextureSize
from ...core.face.face import Face
from ...core.photo.photo import encode_image
from ..images.image import renewed_image
from ..names import UV_MAP
from .export_nodes import composed_node
from .group_version import check_renewable
from .layers import DETAIL_NODE, TextureLayers, editable_layers, find_layers, layers_of
from .texture_group import DETAIL, DETAIL_STRENGTH, LIT

DISPLACEMENT = "Fine Detail"
"""Name of the modifier and of its texture."""


class DetailFiles(NamedTuple):
    """Two PNG files with 16 bits, and how much a photo tells of detail at all.

    Attributes
    ----------
    normal, displacement : bytes
    told : float
        0..1, see `core.appearance.fine_detail.FineDetail.told`.
    """

    normal: bytes
    displacement: bytes
    told: float


def detail_files(face: Face, size: TextureSize = "auto") -> DetailFiles:
    """What `put_detail` shows; takes long, and needs nothing of Blender."""
    found = face.fine_detail(size)
    return DetailFiles(
        encode_image(found.normal_map()), encode_image(found.displacement()), found.told
    )


def put_detail(item: bpy.types.Object, files: DetailFiles, displace: bool = False) -> None:
    """Give a face's lit skin its fine detail, and exporters its normal map.

    Parameters
    ----------
    item : bpy.types.Object
    files : DetailFiles
    displace : bool
        Add a Displace modifier as well, which moves the vertices of a finely divided mesh. One that
        is there gets the new detail in any case.

    Raises
    ------
    OptionError
        The face's node group is of an earlier version, and was changed by hand.
    """
    check_renewable(layers_of(item).group.node_tree)
    layers = editable_layers(item)
    old = layers.image(DETAIL)
    image = renewed_image(old, f"{item.name} {DETAIL}", files.normal, data=True)
    node = layers.set_image(DETAIL, image)
    _show_to_exporters(layers, node)
    layers.set_value(LIT, 1.0)
    if displace or any(_is_ours(modifier) for modifier in item.modifiers):
        _displace(item, files.displacement)


def has_detail(item: bpy.types.Object) -> bool:
    """Whether a face has a layer with fine detail."""
    layers = find_layers(item)
    if layers is None or layers.group.inputs.get(DETAIL) is None:
        return False
    return layers.feeding(DETAIL) is not None


def remove_detail(item: bpy.types.Object) -> bool:
    """Take fine detail away that is another photo's; returns whether there was any."""
    if not has_detail(item):
        return False
    layers = editable_layers(item)
    layers.remove_image(DETAIL)
    for node in [n for n in layers.material.node_tree.nodes if n.get(DETAIL_NODE)]:
        layers.material.node_tree.nodes.remove(node)
    for modifier in [m for m in item.modifiers if _is_ours(m)]:
        item.modifiers.remove(modifier)
    return True


def _show_to_exporters(layers: TextureLayers, image: bpy.types.Node) -> None:
    """Link the normal map to the output that exporters take."""
    tree = layers.material.node_tree
    colour = composed_node(layers.material)
    if colour is None or not colour.outputs["Color"].links:
        return
    shader = colour.outputs["Color"].links[0].to_node
    if "Normal" not in shader.inputs:
        return
    node = next((n for n in tree.nodes if n.get(DETAIL_NODE)), None)
    if node is None:
        node = tree.nodes.new("ShaderNodeNormalMap")
        node[DETAIL_NODE], node.uv_map, node.hide = True, UV_MAP, True
        node.location = (shader.location[0], shader.location[1] - 60)
        tree.links.new(node.outputs["Normal"], shader.inputs["Normal"])
    tree.links.new(image.outputs["Color"], node.inputs["Color"])
    node.inputs["Strength"].default_value = layers.value(DETAIL_STRENGTH)


def _displace(item: bpy.types.Object, file: bytes) -> None:
    """Add, or renew, the modifier that moves the skin by its detail."""
    modifier = next((m for m in item.modifiers if _is_ours(m)), None)
    if modifier is None:
        modifier = item.modifiers.new(DISPLACEMENT, "DISPLACE")
        modifier.texture = bpy.data.textures.new(f"{item.name} {DISPLACEMENT}", "IMAGE")
        modifier.texture[DETAIL_NODE] = True
        modifier.texture.extension = "EXTEND"
    elif modifier.texture.users > 1:  # a duplicate of the face keeps its own
        modifier.texture = modifier.texture.copy()
    old = modifier.texture.image
    image = renewed_image(old, f"{item.name} Displacement", file, data=True, everywhere=False)
    modifier.texture.image = image
    modifier.texture_coords, modifier.uv_layer = "UV", UV_MAP
    # Mesh data are in metres, whatever the scene's unit is.
    modifier.strength, modifier.mid_level = RANGE, ZERO


def _is_ours(modifier: bpy.types.Modifier) -> bool:
    texture = modifier.texture if modifier.type == "DISPLACE" else None
    return texture is not None and DETAIL_NODE in texture
