"""A whole head as a file for another program: its format, axes, unit, and names of expressions."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix

from ..core.choices import KeyNames
from ..core.errors import OptionError
from ..core.files.safe import replacing
from ..core.head.key_names import key_name
from .files import _blender_errors, _only_selected
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
    "axis_forward": "-Z",
    "axis_up": "Y",
}

_TRANSFORM = (
    *("location", "rotation_euler", "rotation_quaternion", "rotation_axis_angle", "scale"),
)

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

    It stands upright in the origin, in metres; the scene is as before afterwards.

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
    rig = find_rig(item)
    exporter = bpy.ops.export_scene.gltf if preset.suffix == ".glb" else bpy.ops.export_scene.fbx
    with (
        replacing(path) as temporary,
        _blender_errors(path),
        _upright(item),
        _renamed(item, preset.key_names),
        _only_selected([o for o in (item, rig) if o is not None]),
        contextlib.redirect_stderr(io.StringIO()),  # the exporter's traceback
    ):
        exporter(filepath=str(temporary), **preset.options)


@contextlib.contextmanager
def _upright(item: bpy.types.Object) -> Iterator[None]:
    """Within the block an object stands in the origin, a metre a metre, whatever its pose is."""
    layer = bpy.context.view_layer
    parent = item.matrix_world @ item.matrix_basis.inverted_safe()
    # A matrix would come back with rounding errors.
    before = {name: tuple(getattr(item, name)) for name in _TRANSFORM}
    item.matrix_basis = parent.inverted_safe() @ Matrix()
    layer.update()
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(item, name, value)
        layer.update()


@contextlib.contextmanager
def _renamed(item: bpy.types.Object, style: KeyNames) -> Iterator[None]:
    """Within the block the expressions have another program's names."""
    keys = item.data.shape_keys
    before = [key.name for key in keys.key_blocks] if keys is not None else []
    for key, name in zip(keys.key_blocks if before else (), before, strict=True):
        key.name = key_name(name, style)
    try:
        yield
    finally:
        for key, name in zip(keys.key_blocks if before else (), before, strict=True):
            key.name = name
