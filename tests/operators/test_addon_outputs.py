"""Outputs and the front view through the add-on's operators."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.interface import recent_faces
from prn_blender.scene.files import new_file

pytestmark = pytest.mark.usefixtures("addon")


def test_outputs_are_written_for_the_active_face(astronaut_path: Path, tmp_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    out = tmp_path / "out"
    out.mkdir()
    bpy.ops.prn.write_outputs(
        directory=str(out),
        obj=False,
        landmarks=True,
        pose=True,
        depth=True,
        show=False,
        colors=True,
    )
    assert sorted(p.name for p in out.iterdir()) == [
        "astronaut_camera_matrix.txt", "astronaut_colors.obj", "astronaut_colors.ply",
        "astronaut_depth.png", "astronaut_depth_view.png", "astronaut_landmarks.txt",
        "astronaut_pose.txt",
    ]  # fmt: skip
    face = recent_faces.faces_of_file(astronaut_path, False, recent_faces.Engine())[0]
    assert np.allclose(np.loadtxt(out / "astronaut_landmarks.txt"), face.landmarks, rtol=1e-6)
    with pytest.raises(RuntimeError, match=r"Error: Choose an existing folder for the files\."):
        bpy.ops.prn.write_outputs(directory=str(out / "gone"))
    nothing = {"obj": False, "landmarks": False, "pose": False, "show": False}
    with pytest.raises(RuntimeError, match=r"Error: Nothing was chosen to be written\."):
        bpy.ops.prn.write_outputs(directory=str(out), **nothing)


def test_the_face_knows_its_photo_after_saving(astronaut_path: Path, tmp_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    new_file()
    assert not bpy.ops.prn.write_outputs.poll()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    recent_faces.forget()
    bpy.context.view_layer.objects.active = bpy.data.objects["astronaut"]
    bpy.ops.prn.write_outputs(directory=str(tmp_path), show=False)
    assert (tmp_path / "astronaut_pose.txt").is_file()


def test_front_view_and_back(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    item = bpy.context.view_layer.objects.active
    posed = np.array(item.matrix_basis)
    bpy.ops.prn.front_view()
    front = np.array(item.matrix_basis)
    assert np.allclose(front[:3, :3], np.eye(3) * front[0, 0], atol=1e-6)
    assert np.allclose(front[:, 3], posed[:, 3])
    assert not np.allclose(front, posed, atol=1e-3)
    bpy.ops.prn.front_view()
    assert np.allclose(np.array(item.matrix_basis), posed, atol=1e-6)


def test_reconstruct_adds_what_was_asked_for(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(
        filepath=str(astronaut_path), stride="4", texture_size="256",
        landmarks="empties", colors=True, depth=True, overlay=True, mask_hidden=True,
    )  # fmt: skip
    item = bpy.context.view_layer.objects.active
    assert len(item.children) == 68
    assert "photo_color" in item.data.color_attributes
    assert {"astronaut Depth", "astronaut Alignment"} <= {i.name for i in bpy.data.images}
    texture = bpy.data.images["astronaut Texture"]
    values = np.empty(256 * 256 * 4, np.float32)
    texture.pixels.foreach_get(values)
    values = values.reshape(-1, 4)
    assert not values[values[:, 3] == 0].any()
