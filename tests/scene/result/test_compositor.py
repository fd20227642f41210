"""The live compositor: it renders the photo with the edited face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built, draw_dot

from prn_blender.core import Face, FaceReconstructor
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap
from prn_blender.scene import SceneOptions
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.record import find_result
from prn_blender.scene.result.swap import build_swap_scene

pytestmark = pytest.mark.usefixtures("addon")


@pytest.mark.parametrize(
    ("parts", "blend", "topology"),
    [(("face",), "poisson", "lattice"), (("eyes", "nose"), "feather", "head")],
)
def test_composite_renders_the_one_shot_result(
    parts: tuple[str, ...],
    blend: str,
    topology: str,
    face: Face,
    donor_path: Path,
    reconstructor: FaceReconstructor,
    tmp_path: Path,
) -> None:
    donor = reconstructor(donor_path, max_faces=1)[0]
    options = SwapOptions(parts=parts, blend=blend)
    build_swap_scene([(face, donor)], options, SceneOptions(topology=topology))
    scene = bpy.data.scenes["astronaut Composite"]
    scene.render.engine = "CYCLES"
    scene.render.filepath = str(tmp_path / "composite.png")
    bpy.ops.render.render(write_still=True, scene=scene.name)
    rendered = np.asarray(Image.open(tmp_path / "composite.png").convert("RGB")).astype(int)
    once = swap(face, donor, options)
    inside = once.matte > 127
    difference = np.abs(rendered - once.picture)
    assert np.median(difference[inside]) <= 2
    assert np.percentile(difference[inside], 95) <= 10
    # Not because nothing was swapped, and the rest is the photo itself.
    assert np.median(np.abs(rendered - face.photo.pixels)[inside]) > 4
    assert np.median(difference[once.matte == 0]) == 0
    assert np.percentile(difference[once.matte == 0], 99.9) <= 2


def test_composite_is_live_and_made_once(
    photo_path: Path, donor_path: Path, face: Face, tmp_path: Path
) -> None:
    item = built(photo_path)
    bpy.ops.prn.swap(filepath=str(donor_path), parts={"nose"})
    for _ in range(2):
        bpy.ops.prn.compositor()
        bpy.context.view_layer.objects.active = item
    assert [s.name for s in bpy.data.scenes if "Composite" in s.name] == ["astronaut Composite"]
    assert len([i for i in bpy.data.images if "Matte" in i.name]) == 1
    scene = bpy.data.scenes["astronaut Composite"]
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 4
    scene.render.filepath = str(tmp_path / "composite.png")
    pictures = []
    for strength in (1.0, 0.0):
        item.active_material.prn_donor_strength = strength
        bpy.ops.render.render(write_still=True, scene=scene.name)
        rendered = np.asarray(Image.open(scene.render.filepath).convert("RGB")).astype(int)
        pictures.append(np.abs(rendered - face.photo.pixels))
    assert (pictures[0] > 8).sum() > 300
    assert pictures[1].max() <= 1


def test_paint_on_the_photo_s_own_layer_reaches_the_photo(
    photo_path: Path, face: Face, tmp_path: Path
) -> None:
    item = built(photo_path)
    bpy.ops.prn.compositor()
    bpy.context.view_layer.objects.active = item
    scene = bpy.data.scenes["astronaut Composite"]
    scene.render.engine, scene.cycles.samples = "CYCLES", 4
    row, column = face.layout.landmark_texels[30] * 2
    draw_dot(layers_of(item).image(names.PHOTO), row, column, 12)
    scene.render.filepath = str(tmp_path / "composite.png")
    bpy.ops.render.render(write_still=True, scene=scene.name)
    live = np.asarray(Image.open(scene.render.filepath).convert("RGB")).astype(int)
    bpy.ops.prn.apply_to_photo()
    applied = image_pixels(find_result(item))[..., :3].astype(int)
    x, y = face.landmarks[30, :2].round().astype(int)
    for picture in (live, applied):
        assert np.abs(picture[y, x] - (0, 255, 0)).max() <= 2
        changed = np.abs(picture - face.photo.pixels).max(axis=-1) > 2
        assert 50 < changed.sum() < 500
        rows, columns = np.nonzero(changed)
        assert np.hypot(rows - y, columns - x).max() < 20
