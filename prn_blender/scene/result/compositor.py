"""A scene whose render is the photo with the edited face in it, live."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...core.face.face import Face
from ...core.photo.photo import encode_image
from ..build.camera import match_render
from ..images.image import array_image
from ..images.texels import side_of
from ..layers.edited_pass import EDITED_PASS, add_edited_pass
from ..layers.layers import layers_of
from ..layers.texture_group import PHOTO
from ..record import photo_block, photo_size_of
from .apply import edit_matte, swap_matte

_SAMPLES = 16
_EDITED_GAIN = 8.0
_KEY = "prn_composite"


@dataclass(frozen=True, eq=False)
class CompositeInputs:
    """What a face object has that its composite depends on.

    Attributes
    ----------
    used : (H, W) uint8 or None
        See `swap_matte`.
    side : int
        Of the photo's layer in texels; 0 where there is none.
    """

    used: np.ndarray | None
    side: int


@dataclass(frozen=True, eq=False)
class CompositeFiles:
    """What takes long to compute for a composite, as PNG files.

    Attributes
    ----------
    matte : bytes
        Where the photo's camera sees the faces.
    as_built : list of bytes or None
        The photo's texture of each face as it was built; None where it has no such layer.
    """

    matte: bytes
    as_built: list[bytes | None]


def composite_inputs(items: Sequence[bpy.types.Object]) -> list[CompositeInputs]:
    """Take from face objects what `composite_files` needs."""
    taken = []
    for item in items:
        photo, _ = layers_of(item).shown_source(PHOTO)
        width, height = photo_size_of(item)
        side = 0 if photo is None else side_of(photo.image)
        taken.append(CompositeInputs(swap_matte(item, (height, width)), side))
    return taken


def composite_files(faces: Sequence[Face], taken: Sequence[CompositeInputs]) -> CompositeFiles:
    """Compute mattes and textures; needs nothing of Blender.

    Parameters
    ----------
    faces : sequence of Face
        Of one photo.
    taken : sequence of CompositeInputs
        Of their objects.
    """
    pairs = list(zip(faces, taken, strict=True))
    mattes = [edit_matte(face, own.used) for face, own in pairs]
    textures = [face.texture_png(own.side) if own.side else None for face, own in pairs]
    return CompositeFiles(encode_image(np.maximum.reduce(mattes)), textures)


def build_compositor(
    items: Sequence[bpy.types.Object], camera: bpy.types.Object, files: CompositeFiles
) -> bpy.types.Scene:
    """A scene of its own with the faces, the matched camera and a compositor tree.

    In a scene of its own, so that nothing the artist has in the present one (other objects,
    lights, a compositor) changes or shows. It shares the objects and their materials: whatever is
    changed in a texture, its strengths included, is in the next render.

    Parameters
    ----------
    items : sequence of bpy.types.Object
        Faces of one photo.
    camera : bpy.types.Object
        The photo's.
    files : CompositeFiles
        Theirs.

    Returns
    -------
    bpy.types.Scene
        `NAME Composite`: where the texture differs from the photo's, the render lies over the
        photo, by a matte that fades at the faces' outline. The photo's own pixels stay elsewhere.

    Raises
    ------
    PRNError
        The photo is not in the file.
    """
    photo = photo_block(items[0])
    width, height = photo_size_of(items[0])
    name = f"{items[0].name} Composite"
    present = bpy.context.scene
    scene = bpy.data.scenes.get(name)
    if scene is None or _KEY not in scene:
        scene = bpy.data.scenes.new(name)
        scene[_KEY] = True
        scene.unit_settings.system = present.unit_settings.system
        scene.unit_settings.scale_length = present.unit_settings.scale_length
    for item in [o for o in scene.collection.objects if o.type in {"MESH", "CAMERA"}]:
        scene.collection.objects.unlink(item)
    for item, texture in zip(items, files.as_built, strict=True):
        scene.collection.objects.link(item)
        add_edited_pass(layers_of(item), texture)
    scene.collection.objects.link(camera)
    scene.camera = camera
    match_render(scene, width, height)
    scene.render.engine = present.render.engine
    scene.render.film_transparent = True
    scene.render.dither_intensity = 0.0  # it would spread the photo's own values by a level
    if hasattr(scene, "cycles"):
        scene.cycles.samples, scene.cycles.use_denoising = _SAMPLES, False
    old = bpy.data.images.get(f"{name} Matte")
    matte = array_image(f"{name} Matte", files.matte, data=True)
    if old is not None:
        bpy.data.images.remove(old)
        matte.name = f"{name} Matte"
    view_layer = scene.view_layers[0]
    if EDITED_PASS not in view_layer.aovs:
        view_layer.aovs.add().name = EDITED_PASS
    view_layer.aovs[EDITED_PASS].type = "VALUE"
    _draw(_tree(scene), scene, photo, matte)
    return scene


def _tree(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    """The scene's compositor tree, empty but for its output."""
    if bpy.app.version < (5, 0, 0):
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        tree.nodes.new("CompositorNodeComposite")
        return tree
    tree = scene.compositing_node_group
    if tree is None:
        tree = bpy.data.node_groups.new(scene.name, "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
    tree.nodes.clear()
    tree.nodes.new("NodeGroupOutput")
    return tree


def _draw(
    tree: bpy.types.NodeTree,
    scene: bpy.types.Scene,
    photo: bpy.types.Image,
    matte: bpy.types.Image,
) -> None:
    output = tree.nodes[0]
    output.location = (1000, 0)
    picture = _node(tree, "CompositorNodeImage", "Photo", (-200, 300))
    picture.image = photo
    rendered = _node(tree, "CompositorNodeRLayers", "Edited Face", (-200, 0))
    rendered.scene = scene
    mask = _node(tree, "CompositorNodeImage", "Matte", (-200, -400))
    mask.image = matte
    colour = _mix(tree, "Colour Match", "MULTIPLY", (150, 0))
    over = _node(tree, "CompositorNodeAlphaOver", "Face over Photo", (400, 150))
    below, above = (s for s in over.inputs if s.type == "RGBA")
    edited = _multiply(tree, "Where Edited", (150, -250))
    shown = _multiply(tree, "Matte where Edited", (400, -250))
    final = _mix(tree, "Photo and Face", "MIX", (700, 0))
    for start, end in (
        (rendered.outputs["Image"], colour[1]),
        (picture.outputs["Image"], below),
        (colour[3], above),
        (rendered.outputs[EDITED_PASS], edited.inputs[0]),
        (edited.outputs[0], shown.inputs[0]),
        (mask.outputs["Image"], shown.inputs[1]),
        (shown.outputs[0], final[0]),
        (picture.outputs["Image"], final[1]),
        (over.outputs[0], final[2]),
        (final[3], output.inputs[0]),
    ):
        tree.links.new(start, end)
    colour[0].default_value = 1.0
    colour[2].default_value = (1.0, 1.0, 1.0, 1.0)  # white changes nothing
    # The render holds the soft rims of edits already, mixed with the photo's texture.
    edited.inputs[1].default_value = _EDITED_GAIN


def _node(
    tree: bpy.types.NodeTree, kind: str, label: str, location: tuple[int, int]
) -> bpy.types.Node:
    node = tree.nodes.new(kind)
    node.name = node.label = label
    node.location = location
    return node


def _multiply(tree: bpy.types.NodeTree, label: str, location: tuple[int, int]) -> bpy.types.Node:
    old = bpy.app.version < (5, 0, 0)
    node = _node(tree, "CompositorNodeMath" if old else "ShaderNodeMath", label, location)
    node.operation, node.use_clamp = "MULTIPLY", True
    return node


def _mix(
    tree: bpy.types.NodeTree, label: str, how: str, location: tuple[int, int]
) -> tuple[Any, Any, Any, Any]:
    """A colour mix: its factor, first and second input, and its output."""
    old = bpy.app.version < (5, 0, 0)
    node = _node(tree, "CompositorNodeMixRGB" if old else "ShaderNodeMix", label, location)
    node.blend_type = how
    if old:
        return (*node.inputs[:3], node.outputs[0])
    node.data_type = "RGBA"
    sockets = {socket.identifier: socket for socket in node.inputs}
    result = next(s for s in node.outputs if s.identifier == "Result_Color")
    return sockets["Factor_Float"], sockets["A_Color"], sockets["B_Color"], result
