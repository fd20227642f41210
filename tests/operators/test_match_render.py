"""Whose render settings they are: a start-up file's are matched, somebody's own are left alone."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

pytestmark = pytest.mark.usefixtures("addon")


def build(path: Path, **options: object) -> None:
    bpy.ops.prn.reconstruct(filepath=str(path), stride="4", texture_size="256", **options)


def size() -> tuple[int, int]:
    render = bpy.context.scene.render
    return render.resolution_x, render.resolution_y


def own_file(folder: Path) -> None:
    """A scene that somebody has set up and saved."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 333, 222
    scene.view_settings.exposure = 0.7
    scene.camera = bpy.data.objects.new("Own", bpy.data.cameras.new("Own"))
    scene.collection.objects.link(scene.camera)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "own.blend"))


def test_a_start_up_file_is_matched(astronaut_path: Path) -> None:
    build(astronaut_path)
    assert size() == (512, 512)


def test_a_scene_of_ones_own_is_left_alone(astronaut_path: Path, tmp_path: Path) -> None:
    own_file(tmp_path)
    build(astronaut_path)
    scene = bpy.context.scene
    assert size() == (333, 222) and scene.camera.name == "Own"
    assert scene.view_settings.exposure == pytest.approx(0.7)
    bpy.context.view_layer.objects.active = bpy.data.objects["astronaut"]
    bpy.ops.prn.photo_view()
    assert size() == (333, 222) and scene.camera.name == "astronaut Camera"


def test_what_was_chosen_is_remembered(astronaut_path: Path, tmp_path: Path) -> None:
    own_file(tmp_path)
    build(astronaut_path, match_render=True)
    assert size() == (512, 512) and bpy.context.scene.view_settings.exposure == 0.0
    bpy.context.scene.render.resolution_x = 99
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "own.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "own.blend"))
    build(astronaut_path)
    assert size() == (512, 512)
    build(astronaut_path, match_render=False)
    bpy.context.scene.render.resolution_x = 99
    build(astronaut_path)
    assert size() == (99, 512)
