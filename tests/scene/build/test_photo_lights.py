"""The photo's light as lamps: they make albedo the photo again, and can be had twice or undone."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built

from prn_blender.core.geometry.parts import skin_region
from prn_blender.core.photo.photo import read_photo
from prn_blender.core.texture import rasterize_face
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.record import face_of

pytestmark = pytest.mark.usefixtures("addon")


def rendered(folder: Path) -> np.ndarray:
    """(h, w, 3) uint8: what the scene's camera sees, at half the size."""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 4
    scene.cycles.use_denoising = False
    scene.render.resolution_percentage = 50
    scene.render.filepath = str(folder / "render.png")
    bpy.ops.render.render(write_still=True)
    return read_photo(scene.render.filepath).pixels


def test_under_the_photo_s_light_the_face_is_the_photo(photo_path: Path, tmp_path: Path) -> None:
    item = built(photo_path, "1")
    lamps = len(bpy.data.lights)
    assert bpy.ops.prn.photo_light() == {"FINISHED"}
    added = len(bpy.data.lights) - lamps
    assert added >= 4
    assert layers_of(item).value(names.LIT) == 1.0
    face = face_of(item)
    picture = rendered(tmp_path)
    fragments = rasterize_face(face.geometry)
    skin = np.zeros(face.photo_size[::-1], np.float32)
    x0, y0, x1, y1 = fragments.region
    well = face.texel_confidence() * (skin_region(face.layout) > 0.9)
    skin[y0:y1, x0:x1] = fragments.interpolate(well) * fragments.coverage
    size = picture.shape[1::-1]
    where = cv2.resize(skin, size, interpolation=cv2.INTER_AREA) > 0.9
    photo = cv2.resize(face.photo.pixels, size, interpolation=cv2.INTER_AREA)
    apart = np.abs(picture.astype(int) - photo)[where]
    assert where.sum() > 100
    assert np.median(apart) <= 6
    # Again: replaced, not doubled; the world is the scene's if one wants that.
    world = bpy.data.worlds.new("Own")
    bpy.context.scene.world = world
    bpy.ops.prn.photo_light(dark=False)
    assert len(bpy.data.lights) - lamps == added
    assert bpy.context.scene.world == world
