"""Materials that show the texture."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy

from ..core.errors import OptionError
from .mesh import UV_MAP

KINDS = ("shadeless", "lit")


def build_material(name: str, texture: bpy.types.Image, kind: str) -> bpy.types.Material:
    """A material with the photo's texture.

    Parameters
    ----------
    name : str
    texture : bpy.types.Image
    kind : {"shadeless", "lit"}
        As photographed, or lit by the scene (Principled BSDF).

    Raises
    ------
    OptionError
        Another kind.
    """
    if kind not in KINDS:
        raise OptionError(f"The material is {kind!r}; it can be shadeless or lit.")
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True  # always so from 5.0 on, and setting it is deprecated
    tree = material.node_tree
    tree.nodes.clear()
    nodes, links = tree.nodes, tree.links

    uv = nodes.new("ShaderNodeUVMap")
    uv.uv_map, uv.location = UV_MAP, (-500, 0)
    image = nodes.new("ShaderNodeTexImage")
    image.image, image.location, image.label = texture, (-300, 0), "Photo Texture"
    # The texture ends at its border; repeating it would bleed the opposite side in.
    image.extension = "EXTEND"
    links.new(uv.outputs["UV"], image.inputs["Vector"])
    if kind == "shadeless":
        shader = nodes.new("ShaderNodeEmission")
        links.new(image.outputs["Color"], shader.inputs["Color"])
        surface = shader.outputs["Emission"]
    else:
        shader = nodes.new("ShaderNodeBsdfPrincipled")
        shader.inputs["Roughness"].default_value = 0.6
        links.new(image.outputs["Color"], shader.inputs["Base Color"])
        surface = shader.outputs["BSDF"]
    output = nodes.new("ShaderNodeOutputMaterial")
    output.location = (350, 0)
    links.new(surface, output.inputs["Surface"])
    nodes.active = image  # what Texture Paint and the solid view's texture mode take
    return material
