"""Nodes that an artist has added to a texture, evaluated by Cycles.

Our own formulas are evaluated in numpy (`bake`); any other node is left to Blender's own renderer,
in a temporary scene.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy
import numpy as np

from ...core.errors import OptionError
from ..images.image import float_pixels, mark_data
from ..names import UV_MAP

_MARGIN = 1 / 64
"""Of the texture's side: how far colours are continued beyond the mesh's border in UV space."""


def baked_output(
    material: bpy.types.Material,
    choose: Callable[[bpy.types.NodeTree], bpy.types.NodeSocket],
    number: bool,
    size: int,
) -> np.ndarray:
    """What a node of a material gives at each texel of the mesh that has the material.

    Parameters
    ----------
    material : bpy.types.Material
    choose : callable
        Called with a copy of the material's node tree, which it may change; returns the output to
        be baked.
    number : bool
        Convert colours to numbers, their luminance, as an input for numbers does.
    size : int
        Side in texels.

    Returns
    -------
    (size, size, 4) float32, rows from the top
        Linear light or data, as the node gives it, continued a little beyond the mesh's border.
        The last channel is 1.

    Raises
    ------
    OptionError
        No mesh has the material, or Blender cannot bake it.
    """
    with _stage(material) as (scene, copy, name):
        tree = copy.node_tree
        source = choose(tree)
        if number:
            as_number = tree.nodes.new("ShaderNodeMath")
            as_number.operation, as_number.inputs[1].default_value = "ADD", 0.0
            tree.links.new(source, as_number.inputs[0])
            source = as_number.outputs[0]
        glow = tree.nodes.new("ShaderNodeEmission")
        tree.links.new(source, glow.inputs["Color"])
        ends = [n for n in tree.nodes if n.type == "OUTPUT_MATERIAL"]
        for end in ends:
            tree.nodes.remove(end)
        tree.links.new(
            glow.outputs[0], tree.nodes.new("ShaderNodeOutputMaterial").inputs["Surface"]
        )
        image = bpy.data.images.new("PRN Bake", size, size, alpha=True, float_buffer=True)
        try:
            mark_data(image)
            goal = tree.nodes.new("ShaderNodeTexImage")
            goal.image, tree.nodes.active = image, goal
            _bake(scene, name, size)
            return float_pixels(image)
        finally:
            bpy.data.images.remove(image)


@contextmanager
def _stage(
    material: bpy.types.Material,
) -> Iterator[tuple[bpy.types.Scene, bpy.types.Material, str]]:
    """A temporary scene with a copy of the mesh that has the material, and a copy of that.

    Yields the scene, the copied material and the name of the copied object.
    """
    owner = next(
        (
            item
            for item in bpy.data.objects
            if item.type == "MESH" and material in [slot.material for slot in item.material_slots]
        ),
        None,
    )
    if owner is None:
        raise OptionError(
            "No mesh has the material {material!r}; give it to the face again.",
            material=material.name,
        )
    made: list[tuple[Any, Any]] = []

    def keep(collection: Any, block: Any) -> Any:
        made.append((collection, block))
        return block

    try:
        scene = keep(bpy.data.scenes, bpy.data.scenes.new("PRN Bake"))
        copy = keep(bpy.data.materials, material.copy())
        mesh = keep(bpy.data.meshes, owner.data.copy())
        item = keep(bpy.data.objects, owner.copy())
        item.data = mesh
        for slot in item.material_slots:
            slot.link = "OBJECT"
            slot.material = copy
        item.hide_render = item.hide_viewport = False
        scene.collection.objects.link(item)
        if not hasattr(scene, "cycles"):
            raise OptionError(
                "Nodes of your own are baked by Cycles, which is off; enable it in Preferences > "
                "Add-ons."
            )
        scene.render.engine = "CYCLES"
        scene.cycles.device, scene.cycles.samples = "CPU", 1
        scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
        yield scene, copy, item.name
    finally:
        for collection, block in reversed(made):
            collection.remove(block)


def _bake(scene: bpy.types.Scene, name: str, size: int) -> None:
    item = scene.objects[name]
    layer = scene.view_layers[0]
    item.select_set(True, view_layer=layer)
    layer.objects.active = item
    context = bpy.context.temp_override(
        scene=scene, view_layer=layer, object=item, active_object=item,
        selected_objects=[item], selected_editable_objects=[item],
    )  # fmt: skip
    try:
        with context:
            bpy.ops.object.bake(
                type="EMIT", target="IMAGE_TEXTURES", save_mode="INTERNAL", use_clear=True,
                margin=max(1, round(_MARGIN * size)), margin_type="EXTEND", uv_layer=UV_MAP,
            )  # fmt: skip
    except RuntimeError as error:
        raise OptionError(
            "Blender cannot bake the nodes of this material: {why}",
            why=str(error).strip().splitlines()[-1],
        ) from None
