"""A whole head as a file for another program: its format, axes, unit, and names of expressions."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix

from ..core.choices import KeyNames
from ..core.errors import OptionError
from ..core.files.safe import replacing
from ..core.head.key_names import key_name
from ..core.outputs.live_link import SHAPES
from .files import blender_errors, only_selected
from .head.armature import find_rig
from .layers.composed import compose
from .names import is_head


@dataclass(frozen=True)
class ExportPreset:
    """What a program reads.

    Attributes
    ----------
    label : str
    suffix : {".fbx", ".glb"}
    key_names : {"arkit", "perfect_sync", "l_r"}
    options : mapping
        Of Blender's exporter.
    """

    label: str
    suffix: str
    key_names: KeyNames
    options: Mapping[str, Any] = field(default_factory=dict)


_FBX = {
    "use_selection": True,
    "object_types": {"MESH", "ARMATURE", "EMPTY"},
    "use_mesh_modifiers": False,  # with them applied there would be no shape keys
    "mesh_smooth_type": "FACE",
    "add_leaf_bones": False,
    "bake_anim": False,
    "path_mode": "COPY",
    "embed_textures": True,
    "apply_unit_scale": False,  # a head's mesh is in metres, whatever the scene's unit is
    "axis_forward": "-Z",
    "axis_up": "Y",
}

EXPORT_PRESETS: dict[str, ExportPreset] = {
    # Unreal counts in centimetres, and so does a file whose unit says nothing else; its Live Link
    # has ARKit's names.
    "unreal": ExportPreset(
        "Unreal Engine", ".fbx", "arkit", {**_FBX, "apply_scale_options": "FBX_SCALE_NONE"}
    ),
    # Unity counts in metres. With the unit in the file, objects have a scale of 1 there.
    "unity": ExportPreset("Unity", ".fbx", "l_r", {**_FBX, "apply_scale_options": "FBX_SCALE_ALL"}),
    # A VRM is a GLB with more in it, which programs such as UniVRM add; metres, Y up.
    "vrm": ExportPreset(
        "VRM",
        ".glb",
        "perfect_sync",
        {"export_format": "GLB", "use_selection": True, "export_animations": False},
    ),
}
"""By name."""


def export_head(path: Path, item: bpy.types.Object, preset: ExportPreset) -> None:
    """Write a whole head, with its rig if it has one, completely or not at all.

    It stands upright in the origin, in metres, without its rig's pose; also what is hidden, moves
    or hangs on something else. The scene is as before afterwards.

    Parameters
    ----------
    path : Path
    item : bpy.types.Object
        In Object Mode.
    preset : ExportPreset

    Raises
    ------
    OptionError
        It is a lattice, or a layer's image is gone.
    OutputError
        The file cannot be written.
    """
    if not is_head(item):
        raise OptionError(
            "{item!r} is a lattice; Mesh and Camera..., Topology: Head, makes a whole head of it.",
            item=item.name,
        )
    compose(item)
    exporter = bpy.ops.export_scene.gltf if preset.suffix == ".glb" else bpy.ops.export_scene.fbx
    with (
        replacing(path) as temporary,
        blender_errors(path),
        _copied(item, preset.key_names) as objects,
        only_selected(objects),
        bpy.context.temp_override(selected_objects=objects),  # also where a view shows others only
        contextlib.redirect_stderr(io.StringIO()),  # the exporter's traceback
    ):
        exporter(filepath=str(temporary), **preset.options)


@contextlib.contextmanager
def _copied(item: bpy.types.Object, style: KeyNames) -> Iterator[list[bpy.types.Object]]:
    """Within the block a head and its rig are there again, at rest in the origin, and seen.

    The copies have the names of what they are copies of; the expressions have another program's.
    No parent, constraint, animation, unit or hiding of the user's, and no pose, has a say in them.
    """
    rig = find_rig(item)
    originals = [item] if rig is None else [item, rig]
    copies: list[bpy.types.Object] = []
    before: list[tuple[bpy.types.ID, str]] = []
    try:
        for original in originals:
            copies.append(_at_rest(original))
            for old, new in ((original, copies[-1]), (original.data, copies[-1].data)):
                before.append((old, old.name))
                old.name = f"(0) {old.name}"
                new.name = before[-1][1]
            bpy.context.scene.collection.objects.link(copies[-1])
        for modifier in copies[0].modifiers:
            if modifier.type == "ARMATURE" and modifier.object is rig and rig is not None:
                modifier.object = copies[1]
        if copies[0].data.shape_keys is not None:
            _rename(copies[0].data.shape_keys.key_blocks, style)
        yield copies
    finally:
        keys = [o.data.shape_keys for o in copies[:1] if o.data.shape_keys is not None]
        bpy.data.batch_remove([*copies, *(o.data for o in copies), *keys])
        for old, name in before:
            old.name = name


def _at_rest(original: bpy.types.Object) -> bpy.types.Object:
    """A copy of an object and its data, in the origin; an armature's bones are not posed."""
    result = original.copy()
    result.data = original.data.copy()
    for block in (result, result.data, getattr(result.data, "shape_keys", None)):
        if block is not None:
            block.animation_data_clear()
    result.constraints.clear()
    result.parent = None
    result.delta_location, result.delta_rotation_euler = (0.0,) * 3, (0.0,) * 3
    result.delta_rotation_quaternion, result.delta_scale = (1.0, 0.0, 0.0, 0.0), (1.0,) * 3
    result.matrix_basis = Matrix()
    result.hide_viewport = result.hide_select = False
    if result.type == "ARMATURE":
        result.data.pose_position = "REST"
    return result


def _rename(blocks: Sequence[bpy.types.ShapeKey], style: KeyNames) -> None:
    """Give expressions another program's names, ahead of the user's own keys of these names."""
    names = [block.name for block in blocks]
    expressions = [name in SHAPES for name in names]
    for number, block in enumerate(blocks):
        block.name = f"{number} (0)"
    for first in (True, False):
        for block, name, expression in zip(blocks, names, expressions, strict=True):
            if expression == first:
                block.name = key_name(name, style) if expression else name
