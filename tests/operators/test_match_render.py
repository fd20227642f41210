"""Whose render settings they are: a start-up file's are matched, somebody's own are left alone."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Face, Photo
from prn_blender.scene import SceneOptions, build_scene

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


def test_match_render_leaves_nothing_that_changes_colours(
    astronaut: Photo, face: Face, tmp_path: Path
) -> None:
    """Whatever was set in the scene before, a render has the photo's pixels, and it is said."""
    scene = bpy.context.scene
    view, render = scene.view_settings, scene.render
    view.exposure, view.gamma, view.use_curve_mapping = 1.5, 1.4, True
    curve = view.curve_mapping.curves[3]
    curve.points.new(0.5, 0.2)
    view.curve_mapping.update()
    if hasattr(view, "use_white_balance"):
        view.use_white_balance, view.white_balance_temperature = True, 3000.0
    render.engine, scene.cycles.film_exposure, scene.cycles.samples = "CYCLES", 2.0, 1
    render.use_border = render.use_crop_to_border = True
    render.border_max_x = 0.5
    built = build_scene([face], SceneOptions(2, 1024))  # a lattice, which shows hair as well
    said = " ".join(map(str, built.matched))
    for what in ("render size", "render region", "colour management", "film exposure"):
        assert what in said
    scene.cycles.use_denoising, render.film_transparent = False, True
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGBA"
    render.filepath = str(tmp_path / "render.png")
    bpy.ops.render.render(write_still=True)
    shown = np.asarray(Image.open(tmp_path / "render.png")).astype(int)
    assert shown.shape[:2] == (astronaut.height, astronaut.width)
    inside = shown[..., 3] == 255
    assert inside.sum() > 5000
    apart = np.abs(shown[..., :3] - astronaut.pixels)[inside]
    assert np.median(apart) <= 3
    again = build_scene([face], SceneOptions(4, 64))
    assert again.matched == [], "nothing had to be set any more"
