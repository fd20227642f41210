"""Fine detail as a layer of the lit skin: a slider, undo, files, exporters, another photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built

from prn_blender.core.appearance.fine_detail import RANGE
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.detail import has_detail, remove_detail
from prn_blender.scene.layers.layers import DETAIL_NODE, layers_of, texture_fingerprint

pytestmark = pytest.mark.usefixtures("addon")


def test_a_layer_with_a_slider_that_is_saved_and_exported(photo_path: Path, tmp_path: Path) -> None:
    item = built(photo_path, "1")
    assert not has_detail(item)
    before = texture_fingerprint(item)
    assert bpy.ops.prn.fine_detail() == {"FINISHED"}
    layers, material = layers_of(item), item.active_material
    image = layers.image(names.DETAIL)
    assert image.colorspace_settings.name == "Non-Color"
    assert layers.value(names.LIT) == 1.0
    assert texture_fingerprint(item) == before  # the photo does not change by it
    material.prn_detail_strength = 0.5
    assert layers.value(names.DETAIL_STRENGTH) == pytest.approx(0.5)
    bpy.ops.export_scene.gltf(filepath=str(tmp_path / "a.glb"), export_animations=False)
    assert exported(tmp_path / "a.glb")["normalTexture"]["scale"] == pytest.approx(0.5)
    # Again: renewed, not doubled; and with a modifier if one wants that.
    images = len(bpy.data.images)
    assert bpy.ops.prn.fine_detail(displace=True) == {"FINISHED"}
    assert bpy.ops.prn.fine_detail(displace=True) == {"FINISHED"}
    assert len(bpy.data.images) == images + 1
    (modifier,) = [m for m in item.modifiers if m.type == "DISPLACE"]
    assert modifier.strength == pytest.approx(RANGE)
    assert modifier.mid_level == pytest.approx(0.5)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    item = bpy.context.active_object
    assert has_detail(item)
    assert item.active_material.prn_detail_strength == pytest.approx(0.5)
    assert item.modifiers["Fine Detail"].texture.image.packed_file is not None
    assert remove_detail(item)
    assert not has_detail(item)
    assert not item.modifiers
    assert not any(n.get(DETAIL_NODE) for n in item.active_material.node_tree.nodes)


def test_a_displace_modifier_gets_new_detail_and_a_duplicate_keeps_its_own(
    photo_path: Path,
) -> None:
    item = built(photo_path)
    bpy.ops.prn.fine_detail(displace=True)
    first = item.modifiers["Fine Detail"].texture.image
    other = item.copy()
    other.data = item.data.copy()
    bpy.context.collection.objects.link(other)
    bpy.context.view_layer.objects.active = other
    # Without the option: what is there must not keep the detail of before.
    assert bpy.ops.prn.fine_detail() == {"FINISHED"}
    assert other.modifiers["Fine Detail"].texture.image != first
    assert item.modifiers["Fine Detail"].texture.image == first


def exported(path: Path) -> dict:
    """The first material of a GLB."""
    data = path.read_bytes()
    (length,) = struct.unpack("<I", data[12:16])
    return json.loads(data[20 : 20 + length])["materials"][0]
