"""The material slots of a whole head: the face's layers are its skin; eyes, teeth and so on.

The skin's material is the one that every face has, with plain skin around the face. Each other part
has a small material of its own: lit as the skin is, and with an output for exporters.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bpy
from mathutils import Color

from ...core.head.lashes import lash_picture
from ...core.outputs.head.surfaces import Surface, surfaces_of
from ..images.image import array_image, mark_made
from ..layers.export_nodes import add_export_output, composed_image, composed_node, set_uv_map
from ..layers.group_version import check_renewable, is_old
from ..layers.head_tile import set_eyes, set_head
from ..layers.layers import FACE_LAYER, SKIN_LAYER, SURFACE, TextureLayers, surface_node
from ..layers.texture_group import FACE_INSIDE, FACE_SHOWN, LIT, SKIN
from ..names import HEAD_UV, UV_MAP
from ..nodes import empty_tree
from .head_files import HeadFiles

_LASHES = "prn_lashes"
"""The custom property by which the picture of lashes is known; all heads in a file share it."""


def check_takes_head(layers: TextureLayers | None) -> None:
    """See whether `as_skin` can do its work, before anything is changed.

    Raises
    ------
    OptionError
        Somebody has changed the node group of an earlier version, or taken inputs of today's away.
    """
    if layers is None:
        return
    check_renewable(layers.group.node_tree)
    if not is_old(layers.group.node_tree):
        for socket in (SKIN, FACE_SHOWN, FACE_INSIDE):
            layers.feeding(socket)


def as_skin(
    layers: TextureLayers, name: str, files: HeadFiles, skin: bool = True
) -> list[bpy.types.Image]:
    """Have the material of a face show bare skin around it.

    Parameters
    ----------
    layers : TextureLayers
    name : str
        Of the face.
    files : HeadFiles
    skin : bool
        With the layer of the skin itself; otherwise the present one stays.

    Returns
    -------
    list of bpy.types.Image
        The new ones, `NAME Face` and `NAME Skin`. They are called otherwise if these names are
        taken: who has older ones lets the new ones take their place (`images.image.take_place`).
    """
    face = array_image(f"{name} {FACE_LAYER}", files.face, data=True)
    layers.set_image(FACE_LAYER, face)
    made = [face]
    if skin:
        around = array_image(f"{name} {SKIN_LAYER}", files.skin)
        mark_made(around)
        layers.set_image(SKIN_LAYER, around)
        made.append(around)
    plain = Color((files.colours.plain / 255).tolist()).from_srgb_to_scene_linear()
    layers.set_skin(plain)
    set_eyes(layers, files.colours)
    set_head(layers, files.model)
    node = composed_node(layers.material)
    if node is not None:
        set_uv_map(layers.material.node_tree, node, HEAD_UV)
    return made


def as_face_only(layers: TextureLayers) -> None:
    """Take back `as_skin`: the material of a lattice shows nothing but the face."""
    layers.remove_image(FACE_LAYER)
    layers.remove_image(SKIN_LAYER)
    node = composed_node(layers.material)
    if node is not None:
        set_uv_map(layers.material.node_tree, node, UV_MAP)


def dress(
    mesh: bpy.types.Mesh, layers: TextureLayers, name: str, files: HeadFiles
) -> list[bpy.types.Material]:
    """Give a head's mesh the materials of its other parts, in slots after the skin's.

    Parameters
    ----------
    mesh : bpy.types.Mesh
        Its first slot has the skin.
    layers : TextureLayers
        Of the skin, with a composed image.
    name : str
        Of the head.
    files : HeadFiles

    Returns
    -------
    list of bpy.types.Material
        The new ones.
    """
    made = []
    for part, surface in list(surfaces_of(files.model, files.colours.colourless).items())[1:]:
        material = _material(f"{name} {part}", surface, composed_image(layers.material))
        mesh.materials.append(material)
        made.append(material)
    layers.set_value(LIT, layers.value(LIT))  # which lights the new ones, too
    return made


def undress(mesh: bpy.types.Mesh) -> None:
    """Remove the slots of a head's other parts from a mesh; their materials if nobody has them."""
    for index in reversed(range(len(mesh.materials))):
        material = mesh.materials[index]
        if surface_node(material) is not None:
            mesh.materials.pop(index=index)
            if material.users == 0:
                bpy.data.materials.remove(material)


def lets_through(material: bpy.types.Material | None) -> bool:
    """Whether a head's part, or some of it, does not show: lashes beside their hairs, corneas."""
    node = surface_node(material)
    if node is None:
        return False
    opacity = node.inputs.get("Opacity")
    return opacity is not None and bool(opacity.is_linked or opacity.default_value < 1)


def _material(name: str, surface: Surface, texture: bpy.types.Image | None) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    tree = empty_tree(material)
    lit = tree.nodes.new("ShaderNodeGroup")
    lit.node_tree = _surface_group()
    lit.inputs["Roughness"].default_value = surface.roughness
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.location = (250, 0)
    tree.links.new(lit.outputs[0], output.inputs["Surface"])
    exported = add_export_output(tree, lit.location, surface.roughness, HEAD_UV)
    shader = exported.outputs["Color"].links[0].to_node
    if surface.colour is not None:
        material.diffuse_color = (*surface.colour, 1.0)  # the solid view's
    if surface.textured or surface.hairs:
        exported.image = lash_image() if surface.hairs else texture
        tree.links.new(exported.outputs["Color"], lit.inputs["Color"])
        tree.nodes.active = exported
    if surface.hairs:
        exported.extension = "REPEAT"  # they lie beside the tile
        tree.links.new(exported.outputs["Alpha"], lit.inputs["Opacity"])
        tree.links.new(exported.outputs["Alpha"], shader.inputs["Alpha"])
        material.surface_render_method = "DITHERED"  # which needs no order from back to front
    elif surface.textured:
        lit.inputs["Coat"].default_value = surface.coat
        shader.inputs["Coat Weight"].default_value = surface.coat
    elif surface.colour is not None:
        tree.nodes.remove(exported)
        for node in [n for n in tree.nodes if n.type == "UVMAP"]:
            tree.nodes.remove(node)
        colour = (*surface.colour, 1.0)
        lit.inputs["Color"].default_value = shader.inputs["Base Color"].default_value = colour
        if surface.clear:
            material.diffuse_color = (*surface.colour, 0.0)
            lit.inputs["Opacity"].default_value = shader.inputs["Alpha"].default_value = 0.0
            material.surface_render_method = "DITHERED"
    return material


def lash_image() -> bpy.types.Image:
    """The picture of lashes: the one in the file, or a new one."""
    for image in bpy.data.images:
        if _LASHES in image and image.library is None:
            return image
    image = array_image("PRN Lashes", lash_picture())
    image[_LASHES] = True
    return image


def _surface_group() -> bpy.types.NodeTree:
    """The node group that lights a part as a face's skin is lit: by the scene, or not at all."""
    for tree in bpy.data.node_groups:
        if SURFACE in tree and tree.library is None:
            return tree
    tree = bpy.data.node_groups.new("PRN Head Surface", "ShaderNodeTree")
    tree[SURFACE] = 1
    for name, kind, value in (
        ("Color", "NodeSocketColor", (0.8, 0.8, 0.8, 1.0)),
        ("Roughness", "NodeSocketFloat", 0.5),
        ("Coat", "NodeSocketFloat", 0.0),
        ("Opacity", "NodeSocketFloat", 1.0),
        (LIT, "NodeSocketFloat", 0.0),
    ):
        socket = tree.interface.new_socket(name, in_out="INPUT", socket_type=kind)
        socket.default_value = value
        if kind == "NodeSocketFloat":
            socket.subtype, socket.min_value, socket.max_value = "FACTOR", 0.0, 1.0
    tree.interface.new_socket("Surface", in_out="OUTPUT", socket_type="NodeSocketShader")
    nodes, links = tree.nodes, tree.links
    start, end = nodes.new("NodeGroupInput"), nodes.new("NodeGroupOutput")
    shadeless, lit = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeBsdfPrincipled")
    clear = nodes.new("ShaderNodeBsdfTransparent")
    by_light, whole = nodes.new("ShaderNodeMixShader"), nodes.new("ShaderNodeMixShader")
    for k, node in enumerate((shadeless, lit, clear, by_light, whole, end)):
        node.location = (200 + 200 * max(0, k - 2), -150 * min(k, 2))
    for source, target in (
        (start.outputs["Color"], shadeless.inputs["Color"]),
        (start.outputs["Color"], lit.inputs["Base Color"]),
        (start.outputs["Roughness"], lit.inputs["Roughness"]),
        (start.outputs["Coat"], lit.inputs["Coat Weight"]),
        (start.outputs[LIT], by_light.inputs[0]),
        (shadeless.outputs[0], by_light.inputs[1]),
        (lit.outputs[0], by_light.inputs[2]),
        (start.outputs["Opacity"], whole.inputs[0]),
        (clear.outputs[0], whole.inputs[1]),
        (by_light.outputs[0], whole.inputs[2]),
        (whole.outputs[0], end.inputs[0]),
    ):
        links.new(source, target)
    return tree
