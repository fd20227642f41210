"""A rig goes along when its head becomes another one."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core.face.adjust import Pin
from prn_blender.scene.build.adjust import adjust, plan_adjustment
from prn_blender.scene.head.armature import edited, find_rig
from prn_blender.scene.record import face_of

pytestmark = pytest.mark.usefixtures("addon", "one_model")

EXACT = 2e-6  # metres
ROOM = 0.003
"""Metres: where a joint was moved by hand."""


def rigged(path: Path) -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(path), texture_size="256", topology="head")
    bpy.ops.prn.rig()
    return bpy.context.view_layer.objects.active


def rig_of(item: bpy.types.Object) -> bpy.types.Object:
    rig = find_rig(item)
    assert rig is not None
    return rig


def joints(item: bpy.types.Object) -> dict[str, np.ndarray]:
    """Head and tail of each bone at rest, and what the eyes look at."""
    rig = rig_of(item)
    found = {b.name: np.array([b.head_local, b.tail_local]) for b in rig.data.bones}
    (look,) = rig.children
    return {**found, "": np.array([look.location] * 2)}


def test_another_photo_takes_the_bones_along(photo_path: Path, donor_path: Path) -> None:
    wanted, item = joints(rigged(donor_path)), rigged(photo_path)
    rig = rig_of(item)
    with edited(rig):
        bones = rig.data.edit_bones
        bones["head"].tail.z += ROOM
        beard, free = bones.new("beard"), bones.new("free")
        beard.parent = bones["jaw"]
        beard.head, beard.tail = bones["jaw"].tail, bones["jaw"].tail + bones["jaw"].vector
        free.tail = (0.0, 0.0, 0.1)
    before = joints(item)
    jaw = rig.pose.bones["jaw"]
    jaw.rotation_mode, jaw.rotation_euler = "XYZ", (0.2, 0.0, 0.0)
    rig.hide_set(True)
    rig.hide_viewport = True
    assert bpy.ops.prn.other_photo(filepath=str(donor_path)) == {"FINISHED"}
    assert (rig.hide_get(), rig.hide_viewport) == (True, True)
    assert bpy.context.view_layer.objects.active == item and bpy.context.mode == "OBJECT"
    assert rig.pose.bones["jaw"].rotation_euler.x == pytest.approx(0.2)
    after = joints(item)
    assert max(np.abs(after[n] - before[n]).max() for n in wanted) > 1e-3
    wanted["head"][1, 2] += ROOM
    for name, place in wanted.items():
        assert after[name] == pytest.approx(place, abs=EXACT), name
    assert after["free"] == pytest.approx(before["free"], abs=EXACT)
    # The beard goes on from the jaw's tail in the jaw's direction, as long as it was.
    along = np.diff(after["jaw"], axis=0)[0]
    there, old = np.diff(after["beard"], axis=0)[0], np.diff(before["beard"], axis=0)[0]
    assert np.linalg.norm(there) == pytest.approx(np.linalg.norm(old), abs=EXACT)
    assert np.cross(along / np.linalg.norm(along), there) == pytest.approx(0, abs=EXACT)


def test_adjusting_takes_the_bones_along(photo_path: Path) -> None:
    item = rigged(photo_path)
    face, before = face_of(item), joints(item)
    x, y = face.landmarks[8, :2].tolist()
    chin = int(face.layout.landmark_texels[8] @ [face.layout.size, 1])
    adjust(item, plan_adjustment(item)([Pin(chin, (x, y + 0.1 * face.size))]))
    again = rigged_anew(item)
    after = joints(item)
    assert np.abs(after["jaw"] - before["jaw"]).max() > 1e-3
    for name, place in again.items():
        assert after[name] == pytest.approx(place, abs=EXACT), name


def rigged_anew(item: bpy.types.Object) -> dict[str, np.ndarray]:
    """The joints that the head would get if it had no rig yet."""
    (modifier,) = [m for m in item.modifiers if m.type == "ARMATURE"]
    rig = modifier.object
    modifier.object = None
    bpy.ops.prn.rig()
    found = joints(item)
    (modifier,) = [m for m in item.modifiers if m.type == "ARMATURE"]
    modifier.object = rig
    return found
