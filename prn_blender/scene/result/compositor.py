"""The live compositor: a scene whose render is the photo with the edited face in it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...core.face.face import Face
from ...core.photo.photo import encode_image
from ..build.built_with import BuiltWith, built_with
from ..build.camera import match_render
from ..build.rebuild import camera_as_built
from ..images.image import array_image
from ..images.texels import side_of
from ..layers.edited_pass import EDITED_PASS, add_edited_pass
from ..layers.layers import layers_of
from ..layers.texture_group import PHOTO
from ..names import is_head
from ..record import camera_of, photo_block, photo_size_of
from .apply import edit_matte, swap_matte
from .compositor_nodes import add_node, compositor_tree, mix_node, multiply_node, output_node
from .stand_in import StandIn, add_stand_in, remove_stand_ins, stand_in

_SAMPLES = 16
"""Of Cycles for each pixel: a shadeless face has no noise, only an outline to be smoothed."""

_EDITED_GAIN = 8.0
"""What the pass `prn_edited` is multiplied by, see `_build_nodes`."""

_KEY = "prn_composite"
"""The custom property by which our scene is known: its name is the user's."""


@dataclass(frozen=True, eq=False)
class CompositeInputs:
    """What of a face object is needed to compute its files for a composite.

    Attributes
    ----------
    swap_matte : (H, W) uint8 or None
        See `apply.swap_matte`.
    side : int
        Of the photo's layer in texels; 0 where there is none.
    now : BuiltWith or None
        What all faces of the photo are like, for a whole head; None for a lattice.
    """

    swap_matte: np.ndarray | None
    side: int
    now: BuiltWith | None = None


@dataclass(frozen=True, eq=False)
class CompositeFiles:
    """The images of a composite as PNG files.

    Attributes
    ----------
    matte : bytes
        Where edits of the faces may show in the photo.
    as_built : list of bytes or None
        For each face the photo's texture as it was built; None where it has no such layer.
    stand_ins : list of StandIn or None
        For each face what is rendered in place of a whole head; None for a lattice.
    """

    matte: bytes
    as_built: list[bytes | None]
    stand_ins: list[StandIn | None]


def composite_inputs(
    items: Sequence[bpy.types.Object], scene: bpy.types.Scene | None = None
) -> list[CompositeInputs]:
    """Take from face objects what `composite_files` needs.

    Parameters
    ----------
    items : sequence of bpy.types.Object
        Faces of one photo.
    scene : bpy.types.Scene, optional
        Theirs; by default the context's.

    Raises
    ------
    PRNError
        What a face remembers is damaged or gone.
    """
    now = None
    if any(map(is_head, items)):
        now = built_with(items, camera_of(items[0]), scene or bpy.context.scene)
    taken = []
    for item in items:
        photo, _ = layers_of(item).shown_source(PHOTO)
        width, height = photo_size_of(item)
        side = 0 if photo is None else side_of(photo.image)
        own = now if is_head(item) else None
        taken.append(CompositeInputs(swap_matte(item, (height, width)), side, own))
    return taken


def composite_files(faces: Sequence[Face], taken: Sequence[CompositeInputs]) -> CompositeFiles:
    """Compute mattes and textures; takes long, and needs nothing of Blender.

    Parameters
    ----------
    faces : sequence of Face
        Of one photo.
    taken : sequence of CompositeInputs
        Of the same faces' objects.
    """
    pairs = list(zip(faces, taken, strict=True))
    mattes = [edit_matte(face, own.swap_matte) for face, own in pairs]
    textures = [face.texture_png(own.side) if own.side else None for face, own in pairs]
    stand_ins = [
        None if own.now is None else stand_in(face, camera_as_built(faces, own.now))
        for face, own in pairs
    ]
    return CompositeFiles(encode_image(np.maximum.reduce(mattes)), textures, stand_ins)


def build_compositor(
    items: Sequence[bpy.types.Object], camera: bpy.types.Object, files: CompositeFiles
) -> bpy.types.Scene:
    """Make, or update, a scene with the faces, the photo's camera and a compositor tree.

    It is a scene of its own, so that nothing that the artist has in the present one (other objects,
    lights, a compositor) changes, or shows. It shares the objects and their materials: the next
    render shows whatever was changed in a texture, strengths of layers included. In place of a
    whole head it renders its stand-in, see `stand_in`; the head itself is there to be painted on.

    Parameters
    ----------
    items : sequence of bpy.types.Object
        Faces of one photo.
    camera : bpy.types.Object
        The photo's.
    files : CompositeFiles
        Of the same faces.

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
    remove_stand_ins(scene)
    for place in (scene.collection, *_not_rendered(scene)):
        for item in [o for o in place.objects if o.type in {"MESH", "CAMERA"}]:
            place.objects.unlink(item)
    for item, texture, own in zip(items, files.as_built, files.stand_ins, strict=True):
        if own is None:
            scene.collection.objects.link(item)
        else:
            _link_unrendered(scene, item)
            scene.collection.objects.link(add_stand_in(item, own))
        add_edited_pass(layers_of(item), texture)
    scene.collection.objects.link(camera)
    scene.camera = camera
    match_render(scene, width, height)
    scene.render.engine = present.render.engine
    scene.render.film_transparent = True
    scene.render.dither_intensity = 0.0  # dither would change the photo's values by a level
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
    tree = compositor_tree(scene)
    tree.nodes.clear()
    _build_nodes(tree, scene, photo, matte)
    return scene


def _not_rendered(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """The collection of a composite that shows in the window and not in the render, if any."""
    return [found for found in scene.collection.children if _KEY in found]


def _link_unrendered(scene: bpy.types.Scene, item: bpy.types.Object) -> None:
    if not (found := _not_rendered(scene)):
        found = [bpy.data.collections.new(f"{scene.name} Heads")]
        found[0][_KEY] = found[0].hide_render = True
        scene.collection.children.link(found[0])
    found[0].objects.link(item)


def _build_nodes(
    tree: bpy.types.NodeTree,
    scene: bpy.types.Scene,
    photo: bpy.types.Image,
    matte: bpy.types.Image,
) -> None:
    output = output_node(tree)
    output.location = (1000, 0)
    picture = add_node(tree, "CompositorNodeImage", "Photo", (-200, 300))
    picture.image = photo
    rendered = add_node(tree, "CompositorNodeRLayers", "Edited Face", (-200, 0))
    rendered.scene = scene
    mask = add_node(tree, "CompositorNodeImage", "Matte", (-200, -400))
    mask.image = matte
    colour = mix_node(tree, "Colour Match", "MULTIPLY", (150, 0))
    over = add_node(tree, "CompositorNodeAlphaOver", "Face over Photo", (400, 150))
    below, above = (s for s in over.inputs if s.type == "RGBA")
    edited = multiply_node(tree, "Where Edited", (150, -250))
    shown = multiply_node(tree, "Matte where Edited", (400, -250))
    final = mix_node(tree, "Photo and Face", "MIX", (700, 0))
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
    # At the soft rim of an edit the render is a mix with the photo's texture already; mixing it
    # with the photo once more would make the edit fainter. The gain lets the whole rim count.
    edited.inputs[1].default_value = _EDITED_GAIN
