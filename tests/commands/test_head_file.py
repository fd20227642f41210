"""Blender's own importer opens NAME_head.glb, and its shape keys do what they say."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prn_blender.core.face.face import Face
from prn_blender.core.head.placed_head import DETAIL
from prn_blender.core.outputs.options import OutputOptions
from prn_blender.core.outputs.outputs import write_outputs

bpy = pytest.importorskip("bpy")


def test_blender_reads_54_shape_keys(face: Face, tmp_path: Path) -> None:
    head = face.head
    assert head is not None
    write_outputs(face, tmp_path, "a", OutputOptions(head=True, texture_size=256))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=str(tmp_path / "a_head.glb"))
    (item,) = [o for o in bpy.data.objects if o.type == "MESH"]
    keys = item.data.shape_keys.key_blocks
    assert [key.name for key in keys] == ["Basis", *head.model.move_names, DETAIL]
    values = np.array([key.value for key in keys])[1:]
    assert values[:-1] == pytest.approx(head.expression, abs=1e-4)
    assert values[-1] == 1
    assert [slot.material.name for slot in item.material_slots] == [
        *("Skin", "Eyes", "Mouth", "Teeth", "Tongue", "Lashes", "Lids")
    ]
    # As the photo shows it: the evaluated mesh is the fitted head, vertex for vertex.
    seen = item.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    found = np.empty((len(seen.vertices), 3), np.float32)
    seen.vertices.foreach_get("co", found.ravel())
    basis = np.empty_like(found)
    item.data.vertices.foreach_get("co", basis.ravel())
    apart = np.linalg.norm(basis[:, None] - head.neutral[None, ::7], axis=2)
    near = apart.argmin(0)
    assert apart.min(0).max() < 1e-5
    assert np.linalg.norm(found[near] - head.vertices[::7], axis=1).max() < 2e-4
    item.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh_clear()
