"""A whole head for other programs and for the Asset Browser."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core.head.key_names import key_name
from prn_blender.scene.exports import EXPORT_PRESETS
from prn_blender.scene.files import new_file
from prn_blender.scene.head.armature import find_rig
from prn_blender.scene.mesh.carry import coordinates

pytestmark = pytest.mark.usefixtures("addon", "one_model")

_UNITS = {"unreal": b"\x00\x00\x00\x00\x00\x00\xf0?", "unity": b"\x00\x00\x00\x00\x00\x00Y@"}
"""The double after `UnitScaleFactor` in an FBX: centimetres in its unit, 1 or 100."""


def unit_of(data: bytes) -> bytes:
    """The eight bytes of an FBX's unit: after the name come three more texts, then the number."""
    at = data.index(b"UnitScaleFactor")
    return data[data.index(b"D", data.index(b"Number", at + 20)) + 1 :][:8]


def test_programs_get_what_they_read(photo_path: Path, tmp_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(photo_path), texture_size="256", topology="head")
    item = bpy.context.view_layer.objects.active
    bpy.ops.prn.rig()
    place = item.matrix_basis.copy()
    keys = item.data.shape_keys.key_blocks
    names, values = [k.name for k in keys], [k.value for k in keys]
    rest = coordinates(keys[0].data)
    opened = coordinates(keys["jawOpen"].data) - rest
    for program in EXPORT_PRESETS:
        assert bpy.ops.prn.export_head(directory=str(tmp_path), program=program) == {"FINISHED"}
    assert [k.name for k in keys] == names and [k.value for k in keys] == values
    assert item.matrix_basis == place and item.select_get()
    for program, preset in EXPORT_PRESETS.items():
        path = tmp_path / f"astronaut_{program}{preset.suffix}"
        if program in _UNITS:
            assert unit_of(path.read_bytes()) == _UNITS[program]
        new_file()
        fbx = preset.suffix == ".fbx"
        read = bpy.ops.import_scene.fbx if fbx else bpy.ops.import_scene.gltf
        read(filepath=str(path))
        (there,) = [o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys]
        (rig,) = [o for o in bpy.data.objects if o.type == "ARMATURE"]
        assert {"neck", "head", "jaw", "left_eye", "right_eye"} <= set(rig.data.bones.keys())
        blocks = there.data.shape_keys.key_blocks
        assert [k.name for k in blocks] == [key_name(n, preset.key_names) for n in names]
        world = np.array(there.matrix_world)
        moved = [
            coordinates(blocks[key].data) @ world[:3, :3].T + world[:3, 3]
            for key in (0, key_name("jawOpen", preset.key_names))
        ]
        assert moved[0].min(0) == pytest.approx(rest.min(0), abs=1e-4)
        assert moved[0].max(0) == pytest.approx(rest.max(0), abs=1e-4)
        step = np.linalg.norm(moved[1] - moved[0], axis=1).max()
        assert step == pytest.approx(np.linalg.norm(opened, axis=1).max(), abs=1e-4)
        assert any(i.size[0] > 256 and i.packed_file for i in bpy.data.images), "embedded"


def lay(item: bpy.types.Object) -> None:
    """Hang a head on something, and have it and its rig moved, posed, and hidden."""
    holder = bpy.data.objects.new("Holder", None)
    bpy.context.scene.collection.objects.link(holder)
    holder.location, holder.scale = (1.0, 2.0, 3.0), (2.0, 2.0, 2.0)
    item.parent = holder
    item.constraints.new("COPY_LOCATION").target = holder
    item.keyframe_insert("location", frame=1)
    rig = find_rig(item)
    assert rig is not None
    rig.pose.bones["head"].rotation_mode = "XYZ"
    rig.pose.bones["head"].rotation_euler[0] = 0.5
    rig.hide_viewport = True
    item.hide_set(True)
    bpy.context.scene.unit_settings.scale_length = 0.01
    bpy.context.view_layer.update()


@pytest.mark.parametrize("program", ["unreal", "vrm"])
def test_where_a_head_hangs_and_whether_it_is_seen_says_nothing(
    photo_path: Path, tmp_path: Path, program: str
) -> None:
    bpy.ops.prn.reconstruct(filepath=str(photo_path), texture_size="256", topology="head")
    item = bpy.context.view_layer.objects.active
    bpy.ops.prn.rig()
    rest = coordinates(item.data.shape_keys.key_blocks[0].data)
    mine = item.shape_key_add(name="BrowDownRight", from_mix=False)
    own = key_name("browDownRight", EXPORT_PRESETS[program].key_names)
    mine.name = own if own != "browDownRight" else "Mine"
    item.shape_key_add(name="lower", from_mix=False)
    lay(item)
    item.name = "a/b: c?"
    before = everything(item)
    assert bpy.ops.prn.export_head(directory=str(tmp_path), program=program) == {"FINISHED"}
    assert everything(item) == before
    (path,) = tmp_path.glob("a_b_ c__*")
    new_file()
    read = bpy.ops.import_scene.fbx if path.suffix == ".fbx" else bpy.ops.import_scene.gltf
    read(filepath=str(path))
    (there,) = [o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys]
    (rig,) = [o for o in bpy.data.objects if o.type == "ARMATURE"]
    assert "head" in rig.data.bones
    blocks = there.data.shape_keys.key_blocks
    moves = coordinates(blocks[own].data) - coordinates(blocks[0].data)
    assert np.abs(moves).max() > 1e-3, "the expression has the name, not the user's key"
    assert "lower" in blocks
    world = np.array(there.matrix_world)
    found = coordinates(blocks[0].data) @ world[:3, :3].T + world[:3, 3]
    assert found.min(0) == pytest.approx(rest.min(0), abs=1e-4)
    assert found.max(0) == pytest.approx(rest.max(0), abs=1e-4)
    assert np.array(rig.pose.bones["head"].matrix_basis) == pytest.approx(np.eye(4), abs=1e-4)


def everything(item: bpy.types.Object) -> list[object]:
    """What an export could have left behind, or changed."""
    rig = find_rig(item)
    assert rig is not None
    blocks = [*bpy.data.objects, *bpy.data.meshes, *bpy.data.armatures, *bpy.data.shape_keys]
    return [
        [block.name for block in (*blocks, *item.data.shape_keys.key_blocks)],
        [o.select_get() for o in bpy.context.view_layer.objects],
        [np.array(o.matrix_world).tolist() for o in (item, rig)],
        [rig.hide_viewport, item.hide_get(), rig.data.pose_position],
        [np.array(bone.matrix_basis).tolist() for bone in rig.pose.bones],
    ]


def test_a_hidden_face_is_not_left_out_silently(photo_path: Path, tmp_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(photo_path), texture_size="256", stride="4")
    item = bpy.context.view_layer.objects.active
    item.hide_set(True)
    with pytest.raises(RuntimeError, match="'astronaut' is hidden"):
        bpy.ops.prn.write_outputs(directory=str(tmp_path), glb=True)
    assert not list(tmp_path.glob("*.glb"))
    item.hide_set(False)
    item.name = "CON"
    assert bpy.ops.prn.write_outputs(directory=str(tmp_path), glb=True) == {"FINISHED"}
    assert (tmp_path / "_CON.glb").is_file(), "Windows keeps CON for itself"


def test_only_heads_are_exported(photo_path: Path, tmp_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(photo_path), texture_size="256", stride="4")
    assert not bpy.ops.prn.export_head.poll()
    bpy.ops.prn.rebuild(topology="head")
    with pytest.raises(RuntimeError, match="Choose an existing folder"):
        bpy.ops.prn.export_head(directory=str(tmp_path / "nowhere"))
    with pytest.raises(RuntimeError, match="Choose an existing folder"):
        bpy.ops.prn.export_head(directory="//")  # beside a .blend file that was never saved
    assert not list(tmp_path.glob("*.fbx"))


@pytest.mark.parametrize("topology", ["head", "lattice"])
def test_an_asset_shows_the_face(photo_path: Path, tmp_path: Path, topology: str) -> None:
    bpy.ops.prn.reconstruct(
        filepath=str(photo_path), texture_size="256", stride="4", topology=topology
    )
    assert bpy.ops.prn.mark_asset() == {"FINISHED"}
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    item = bpy.data.objects["astronaut"]
    assert item.asset_data is not None
    assert tuple(item.preview.image_size) == (256, 256)
    shown = np.empty(256 * 256 * 4, np.float32)
    item.preview.image_pixels_float.foreach_get(shown)
    shown = shown.reshape(256, 256, 4)
    assert (shown[..., 3] == 1).all()
    assert 0.3 < shown[128, 128, :3].mean() < 0.95
    assert shown[90:170, 90:170, :3].std() > 0.05
    red, _, blue = shown[100:156, 100:156, :3].mean((0, 1))
    assert red > blue + 0.05, "skin, with red where red belongs"
