"""A face's texture as layers that meet in one node group, so that every decision stays editable.

Each layer is an image node beside the group; what is linked to a socket *is* the layer, and
nothing else remembers it. Layers are added when they are first needed: a new face has the photo's
texture only. The group itself: `texture_group`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy

from ...core.errors import OptionError, Sentence
from ..names import UV_MAP, is_face
from ..record import result_texture
from .texture_group import (
    COMPLETED,
    DONOR,
    DONOR_MASK,
    DONOR_MATCH,
    FILL_MASK,
    GROUP,
    KEY,
    LIT,
    PAINT,
    PAINT_ALPHA,
    PHOTO,
    VISIBLE,
)

# Layer -> sockets its image's colour and alpha go to.
_LAYERS = {
    PHOTO: (PHOTO, VISIBLE),
    COMPLETED: (COMPLETED, None),
    FILL_MASK: (FILL_MASK, None),
    DONOR: (DONOR, None),
    DONOR_MATCH: (DONOR_MATCH, None),
    DONOR_MASK: (DONOR_MASK, None),
    PAINT: (PAINT, PAINT_ALPHA),
}
# What an artist draws on; the rest is computed.
PAINTABLE = (PAINT, DONOR_MASK, FILL_MASK, COMPLETED, DONOR, PHOTO)


@dataclass(frozen=True, eq=False)
class TextureLayers:
    """The layers of one material.

    Attributes
    ----------
    material : bpy.types.Material
    group : bpy.types.Node
        The group node that they meet in.
    """

    material: bpy.types.Material
    group: bpy.types.Node

    @property
    def parts(self) -> list[str]:
        """Names of the parts that the group knows, in the order of their masks."""
        return list(self.group.node_tree[KEY]["parts"])

    def image(self, layer: str) -> bpy.types.Image | None:
        """The image of a layer, None where there is none.

        Raises
        ------
        OptionError
            The socket's link comes from something else than an image node.
        """
        node = self.node(layer)
        return node.image if node is not None else None

    def node(self, layer: str) -> bpy.types.Node | None:
        """The image node of a layer, None where there is none.

        Raises
        ------
        OptionError
            The socket's link comes from something else.
        """
        return self.source(_sockets(layer)[0])[0]

    def source(self, socket: str) -> tuple[bpy.types.Node | None, str]:
        """The image node an input comes from, and which of its outputs.

        Raises
        ------
        OptionError
            The link comes from something else.
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
        """As `source`, for what is looked at: there has to be an image in the node.

        Raises
        ------
        OptionError
            It was deleted: the layer would count as black, wherever it shows.
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
        """The output, of whatever node, that an input comes from; None without a link."""
        own = self.group.inputs.get(socket)
        if own is None:
            raise OptionError(
                "The node group of the texture has lost its input {socket!r}; build the face "
                "again.",
                socket=socket,
            )
        return _linked(own)

    def is_plain(self, socket: str) -> bool:
        """Whether an input is a constant, or an image as it lies on the face."""
        output = self.feeding(socket)
        if output is None:
            return True
        node = output.node
        if node.type != "TEX_IMAGE" or node.mute:
            return False
        place = _linked(node.inputs["Vector"])
        return place is None or (place.node.type == "UVMAP" and place.node.uv_map in ("", UV_MAP))

    def set_image(self, layer: str, image: bpy.types.Image) -> bpy.types.Node:
        """Give a layer another image; its node is made if needed."""
        node = self.node(layer)
        tree = self.material.node_tree
        if node is None:
            node = tree.nodes.new("ShaderNodeTexImage")
            node.name = node.label = layer
            # The texture ends at its border; repeating it would bleed the opposite side in.
            node.extension = "EXTEND"
            rank = sum(n.type == "TEX_IMAGE" for n in tree.nodes)
            node.location = (-600, 300 - 320 * (rank - 1))
            node.hide = rank > 1
            uv = next((n for n in tree.nodes if n.type == "UVMAP"), None)
            if uv is None:
                uv = tree.nodes.new("ShaderNodeUVMap")
                uv.uv_map, uv.location = UV_MAP, (-850, 0)
            tree.links.new(uv.outputs["UV"], node.inputs["Vector"])
            colour, alpha = _sockets(layer)
            tree.links.new(node.outputs["Color"], self.group.inputs[colour])
            if alpha is not None:
                tree.links.new(node.outputs["Alpha"], self.group.inputs[alpha])
        node.image = image
        return node

    def remove_image(self, layer: str) -> None:
        """Take a layer away; its image stays in the file while something uses it."""
        node = self.node(layer)
        if node is not None:
            self.material.node_tree.nodes.remove(node)

    def value(self, socket: str) -> float:
        """The number in an unlinked input."""
        return float(self.group.inputs[socket].default_value)

    def set_value(self, socket: str, value: float) -> None:
        """Put a number into an input."""
        self.group.inputs[socket].default_value = value

    def images(self) -> Iterator[bpy.types.Image]:
        """Every image of the material."""
        for node in self.material.node_tree.nodes:
            if node.type == "TEX_IMAGE" and node.image is not None:
                yield node.image


def texture_fingerprint(item: bpy.types.Object) -> str:
    """What the texture of a face is made of: its sliders, its images and whether they were drawn
    on since they were stored. Two that differ are different textures."""
    layers = find_layers(item)
    if layers is None:
        return ""
    parts = []
    for socket in layers.group.inputs:
        output = _linked(socket)
        if output is not None:
            image = getattr(output.node, "image", None)
            parts.append(f"{image.name} {image.is_dirty}" if image is not None else "")
        elif socket.type == "VALUE" and socket.name != LIT:
            parts.append(f"{socket.default_value:.3f}")
    return "|".join(parts)


def result_is_old(item: bpy.types.Object) -> bool:
    """Whether the texture was changed since the face's result was made of it."""
    made_of = result_texture(item)
    return made_of is not None and made_of != texture_fingerprint(item)


def _linked(socket: bpy.types.NodeSocket) -> bpy.types.NodeSocket | None:
    """The output that an input is linked to, behind the points where links only bend."""
    while socket.links:
        output = socket.links[0].from_socket
        if output.node.type != "REROUTE":
            return output
        socket = output.node.inputs[0]
    return None


def find_layers(item: bpy.types.Object | None) -> TextureLayers | None:
    """The layers of an object's first material that has any."""
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
    """As `layers_of`, of this object's own: it stops sharing what is to be changed, with
    duplicates or with the file it was linked from.

    Raises
    ------
    OptionError
    """
    layers = layers_of(item)
    shared = any(
        material == layers.material and mesh != item.data
        for mesh in bpy.data.meshes
        for material in mesh.materials
    )
    if shared:
        material = layers.material.copy()
        for slot in item.material_slots:
            if slot.material == layers.material:
                slot.material = material
        layers = layers_of(item)
    for layer in (*PAINTABLE, DONOR_MATCH):
        # Whatever else feeds a socket is no image of ours, and in nobody's way here.
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
    """Whether a layer of another face's material is this image."""
    return any(
        image in layers.images()
        for layers in map(layers_of_material, bpy.data.materials)
        if layers is not None and layers.material != own
    )


def layers_of(item: bpy.types.Object) -> TextureLayers:
    """As `find_layers`, but one has to be there.

    Raises
    ------
    OptionError
    """
    layers = find_layers(item)
    if layers is None:
        raise OptionError(
            "{item!r} has no material with the group {group!r}; build the face again.",
            item=item.name,
            group=GROUP,
        )
    return layers


@bpy.app.handlers.persistent  # or it would go with the first file that is loaded
def pack_changed(*_: object) -> None:
    """Store unsaved changes to images of faces in the .blend file that is about to be saved.

    Blender itself saves a file without them.
    """
    for item in bpy.data.objects:
        if is_face(item):
            layers = find_layers(item)
            for image in layers.images() if layers is not None else ():
                # One that the artist has moved to a file of its own is saved as Blender does it.
                outside = image.source == "FILE" and image.packed_file is None
                if image.is_dirty and image.has_data and not outside:
                    image.pack()


def _sockets(layer: str) -> tuple[str, str | None]:
    return _LAYERS.get(layer, (layer, None))
