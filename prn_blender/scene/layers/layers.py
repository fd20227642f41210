"""The layers of a face's texture: image nodes that meet in one node group.

The image node that is linked to a socket of the group *is* the layer; nothing else stores which one
it is, so an artist can relink nodes at will. Layers are added when they are first needed: a new
face has the photo's texture only. `texture_group` makes the group itself.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import bpy

from ...core.errors import OptionError, Sentence
from ..names import COMPOSED, HEAD_UV, UV_MAP, is_face
from ..record import result_texture
from .group_version import renew_group
from .texture_group import (
    COMPLETED,
    DETAIL,
    DETAIL_STRENGTH,
    DONOR,
    DONOR_MASK,
    DONOR_MATCH,
    FACE_INSIDE,
    FACE_SHOWN,
    FILL_MASK,
    GROUP,
    KEY,
    LIT,
    PAINT,
    PAINT_ALPHA,
    PHOTO,
    SKIN,
    VISIBLE,
)

FACE_LAYER = "Face"
"""The layer of a whole head that says where its face shows: in grey what the photo has of it, in
alpha what other layers may have."""

DETAIL_NODE = "prn_detail"
"""The custom property of the node that shows fine detail to exporters."""

SKIN_LAYER = "Skin"
"""The layer of a whole head with the skin around its face, in the head's own UV tile."""

SURFACE = "prn_head_surface"
"""The custom property by which the node group of a head's parts is known."""

_LAYERS = {
    PHOTO: (PHOTO, VISIBLE),
    COMPLETED: (COMPLETED, None),
    FILL_MASK: (FILL_MASK, None),
    DONOR: (DONOR, None),
    DONOR_MATCH: (DONOR_MATCH, None),
    DONOR_MASK: (DONOR_MASK, None),
    PAINT: (PAINT, PAINT_ALPHA),
    FACE_LAYER: (FACE_SHOWN, FACE_INSIDE),
    DETAIL: (DETAIL, None),
    SKIN_LAYER: (SKIN, None),
}
"""For each layer the sockets that its image's colour and alpha are linked to."""
PAINTABLE = (PAINT, SKIN_LAYER, DONOR_MASK, FILL_MASK, COMPLETED, DONOR, PHOTO)
"""Layers that an artist may draw on; the others are computed."""


@dataclass(frozen=True, eq=False)
class TextureLayers:
    """The texture layers of one material.

    Attributes
    ----------
    material : bpy.types.Material
    group : bpy.types.Node
        The group node in which they meet.
    """

    material: bpy.types.Material
    group: bpy.types.Node

    @property
    def parts(self) -> list[str]:
        """Names of the face's parts that the group can mix, in the order of their masks."""
        return list(self.group.node_tree[KEY]["parts"])

    def image(self, layer: str) -> bpy.types.Image | None:
        """The image of a layer, None where there is none.

        Raises
        ------
        OptionError
            The socket is linked to something else than an image node.
        """
        node = self.node(layer)
        return node.image if node is not None else None

    def node(self, layer: str) -> bpy.types.Node | None:
        """The image node of a layer, None where there is none.

        Raises
        ------
        OptionError
            The socket is linked to something else.
        """
        return self.source(_sockets(layer)[0])[0]

    def source(self, socket: str) -> tuple[bpy.types.Node | None, str]:
        """The image node that an input is linked to, and the name of that node's output.

        Without a link, None and an empty name.

        Raises
        ------
        OptionError
            The input is linked to something else.
        """
        output = self.feeding(socket)
        if output is None:
            return None, ""
        node = output.node
        if node.type != "TEX_IMAGE" or node.mute:
            raise OptionError(
                "The texture's input {socket!r} comes from the node {node!r} and not from an "
                "image; bake the texture and link the baked image there.",
                socket=socket,
                node=node.name,
            )
        return node, output.name

    def shown_source(self, socket: str) -> tuple[bpy.types.Node | None, str]:
        """As `source`, where the node's pixels are needed.

        Raises
        ------
        OptionError
            Or the node's image was deleted: Blender would show the layer as black.
        """
        node, output = self.source(socket)
        if node is not None and node.image is None:
            raise OptionError(
                "The image of the texture layer {layer} was deleted; undo that, make the layer "
                "again, or build the face again.",
                layer=Sentence(node.name),
            )
        return node, output

    def feeding(self, socket: str) -> bpy.types.NodeSocket | None:
        """The output, of any kind of node, that an input is linked to; None without a link."""
        own = self.group.inputs.get(socket)
        if own is None:
            raise OptionError(
                "The node group of the texture has lost its input {socket!r}; build the face "
                "again.",
                socket=socket,
            )
        return _linked(own)

    def is_plain(self, socket: str) -> bool:
        """Whether an input is a constant, or an image mapped as its layer is."""
        output = self.feeding(socket)
        if output is None:
            return True
        node = output.node
        if node.type != "TEX_IMAGE" or node.mute:
            return False
        place = _linked(node.inputs["Vector"])
        own = (HEAD_UV,) if socket == SKIN else ("", UV_MAP)
        return place is None or (place.node.type == "UVMAP" and place.node.uv_map in own)

    def set_image(self, layer: str, image: bpy.types.Image) -> bpy.types.Node:
        """Give a layer another image, and the layer a node if it has none; returns the node."""
        node = self.node(layer)
        tree = self.material.node_tree
        if node is None:
            node = tree.nodes.new("ShaderNodeTexImage")
            node.name = node.label = layer
            # Blender repeats textures, and so would mix texels of opposite borders.
            node.extension = "EXTEND"
            rank = len(texture_nodes(self))
            node.location = (-600, 300 - 320 * (rank - 1))
            node.hide = rank > 1
            of_tile = layer == SKIN_LAYER
            maps = [n for n in tree.nodes if n.type == "UVMAP" and (n.uv_map == HEAD_UV) == of_tile]
            uv = maps[0] if maps else tree.nodes.new("ShaderNodeUVMap")
            if not maps:
                uv.uv_map = HEAD_UV if of_tile else UV_MAP
                uv.location = (-850, -160 * of_tile)
            tree.links.new(uv.outputs["UV"], node.inputs["Vector"])
            colour, alpha = _sockets(layer)
            tree.links.new(node.outputs["Color"], self.group.inputs[colour])
            if alpha is not None:
                tree.links.new(node.outputs["Alpha"], self.group.inputs[alpha])
        node.image = image
        return node

    def remove_image(self, layer: str) -> None:
        """Remove a layer's node; its image stays in the file while something else uses it."""
        node = self.node(layer)
        if node is not None:
            self.material.node_tree.nodes.remove(node)

    def value(self, socket: str) -> float:
        """The number in an unlinked input."""
        return float(self.group.inputs[socket].default_value)

    def set_value(self, socket: str, value: float) -> None:
        """Put a number into an input.

        Eyes and teeth of a whole head are lit as its skin is, and exporters get the same detail.
        """
        self.group.inputs[socket].default_value = value
        if socket == LIT:
            for mesh in bpy.data.meshes:
                if self.material in list(mesh.materials):
                    for node in filter(None, map(surface_node, mesh.materials)):
                        node.inputs[LIT].default_value = value
        if socket == DETAIL_STRENGTH:
            for node in self.material.node_tree.nodes:
                if node.type == "NORMAL_MAP" and node.get(DETAIL_NODE):
                    node.inputs["Strength"].default_value = value

    @property
    def of_head(self) -> bool:
        """Whether it is the material of a whole head, with plain skin around the face."""
        own = self.group.inputs.get(FACE_SHOWN)  # groups of before have no such input
        return own is not None and _linked(own) is not None

    def set_skin(self, colour: Sequence[float]) -> None:
        """Set the colour around the face: red, green, blue in linear light."""
        self.group.inputs[SKIN].default_value = (*map(float, colour), 1.0)

    def images(self) -> Iterator[bpy.types.Image]:
        """Every image of the material, the composed one apart."""
        for node in texture_nodes(self):
            if node.image is not None:
                yield node.image


def surface_node(material: bpy.types.Material | None) -> bpy.types.Node | None:
    """The node that lights a part of a whole head, as eyes and teeth; None in other materials."""
    if material is None or material.node_tree is None or material.library is not None:
        return None
    nodes = material.node_tree.nodes
    return next((n for n in nodes if n.type == "GROUP" and SURFACE in (n.node_tree or ())), None)


def texture_nodes(layers: TextureLayers) -> list[bpy.types.Node]:
    """Every image node of the material but the one that shows the composed image."""
    nodes = layers.material.node_tree.nodes
    return [node for node in nodes if node.type == "TEX_IMAGE" and COMPOSED not in node]


def texture_fingerprint(item: bpy.types.Object) -> str:
    """What the texture of a face is made of, as a text: two that differ are different textures.

    It names the values of all sliders, the images of all layers, and whether something was drawn on
    them since they were stored. Further strokes on an image change nothing in it.
    """
    layers = find_layers(item)
    if layers is None:
        return ""
    parts = []
    for socket in layers.group.inputs:
        output = _linked(socket)
        if socket.name == DETAIL:  # shades the scene's light, and not the photo
            continue
        if output is not None:
            image = getattr(output.node, "image", None)
            parts.append(f"{image.name} {image.is_dirty}" if image is not None else "")
        elif socket.type == "VALUE" and socket.name not in (LIT, DETAIL_STRENGTH):
            parts.append(f"{socket.default_value:.3f}")
    return "|".join(parts)


def result_is_old(item: bpy.types.Object) -> bool:
    """Whether the texture has changed since the face's result was made; see `scene.record`."""
    made_of = result_texture(item)
    return made_of is not None and made_of != texture_fingerprint(item)


def _linked(socket: bpy.types.NodeSocket) -> bpy.types.NodeSocket | None:
    """The output that an input is linked to, through reroute nodes."""
    while socket.links:
        output = socket.links[0].from_socket
        if output.node.type != "REROUTE":
            return output
        socket = output.node.inputs[0]
    return None


def find_layers(item: bpy.types.Object | None) -> TextureLayers | None:
    """The layers of the first material of an object that has any; None without one."""
    if item is None or item.type != "MESH":
        return None
    found = (layers_of_material(slot.material) for slot in item.material_slots)
    return next((layers for layers in found if layers is not None), None)


def layers_of_material(material: bpy.types.Material | None) -> TextureLayers | None:
    """The layers of a material, None where it has none."""
    if material is not None and material.node_tree is not None:
        for node in material.node_tree.nodes:
            if node.type == "GROUP" and node.node_tree is not None and KEY in node.node_tree:
                return TextureLayers(material, node)
    return None


def editable_layers(item: bpy.types.Object) -> TextureLayers:
    """As `layers_of`, for what is about to be changed.

    A duplicate of a face shares its material and images, and a face that was made local may share
    them with the file it was linked from. This object gets copies of what it shares, so that only
    its own texture changes. A node group of an earlier version is brought up to date
    (`group_version`).

    Raises
    ------
    OptionError
        It has no layers.
    """
    layers = layers_of(item)
    linked = layers.material.library or layers.material.override_library
    shared = any(
        material == layers.material and mesh != item.data
        for mesh in bpy.data.meshes
        for material in mesh.materials
    )
    if linked or shared:
        material = layers.material.copy()
        for slot in item.material_slots:
            if slot.material == layers.material:
                slot.material = material
        layers = layers_of(item)
    renew_group(layers.group)
    for layer in (*PAINTABLE, DONOR_MATCH, DETAIL):
        # A socket that is linked to other nodes has no image to copy.
        socket = layers.group.inputs.get(_sockets(layer)[0])
        output = _linked(socket) if socket is not None else None
        node = output.node if output is not None else None
        image = getattr(node, "image", None)
        if (
            node is not None
            and image is not None
            and (image.library or _is_elsewhere(image, layers.material))
        ):
            if image.is_dirty and not image.library:
                image.pack()
            node.image = image.copy()
    return layers


def _is_elsewhere(image: bpy.types.Image, own: bpy.types.Material) -> bool:
    """Whether the layers of another material use this image."""
    return any(
        image in layers.images()
        for layers in map(layers_of_material, bpy.data.materials)
        if layers is not None and layers.material != own
    )


def layers_of(item: bpy.types.Object) -> TextureLayers:
    """The layers of the first material of an object that has any.

    Raises
    ------
    OptionError
        There is none.
    """
    layers = find_layers(item)
    if layers is None:
        raise OptionError(
            "{item!r} has no material with the group {group!r}; build the face again.",
            item=item.name,
            group=GROUP,
        )
    return layers


@bpy.app.handlers.persistent  # others are removed when a file is loaded
def pack_changed(*_: object) -> None:
    """Pack strokes on the images of faces, before the .blend file is saved (a `save_pre` handler).

    Blender itself saves the file without them.
    """
    for item in bpy.data.objects:
        if is_face(item):
            layers = find_layers(item)
            for image in layers.images() if layers is not None else ():
                # An image that the artist has unpacked to a file is left to Blender.
                outside = image.source == "FILE" and image.packed_file is None
                if image.is_dirty and image.has_data and not outside:
                    image.pack()


def _sockets(layer: str) -> tuple[str, str | None]:
    return _LAYERS.get(layer, (layer, None))
