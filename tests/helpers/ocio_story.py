"""A whole way through the add-on under another OCIO configuration; run as a program of its own.

Blender reads `$OCIO` once, when it starts. Arguments: a photo, a donor, a folder. What was seen is
written there, as seen.json.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from PIL import Image

import prn_blender
from prn_blender.core.texture.render import visible_matte
from prn_blender.scene.build.camera import view_notice
from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import image_pixels, is_data
from prn_blender.scene.record import face_of, find_result


def differences(rendered: Path, item: Any) -> float:
    """The median difference of levels between a render and the photo, where it shows the face."""
    pixels = np.asarray(Image.open(rendered).convert("RGBA")).astype(int)
    face = face_of(item)
    shown = (pixels[..., 3] == 255) & (visible_matte(face.geometry) == 255)
    return float(np.median(np.abs(pixels[..., :3] - face.photo.pixels)[shown]))


def main(photo: str, donor: str, folder: Path) -> dict[str, Any]:
    new_file()
    prn_blender.register()
    ops = bpy.ops.prn
    ops.reconstruct(filepath=photo, texture_size="512", depth=True, overlay=True, colors=True)
    item, scene = bpy.context.object, bpy.context.scene
    name = item.name
    seen: dict[str, Any] = {"view": scene.view_settings.view_transform}
    notice = view_notice(scene)
    seen["notice"] = None if notice is None else str(notice)
    seen["data"] = sorted(i.name for i in bpy.data.images if i.size[0] and is_data(i))
    scene.render.engine, scene.render.film_transparent = "CYCLES", True
    scene.cycles.samples, scene.cycles.use_denoising = 4, False
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.filepath = str(folder / "render.png")
    bpy.ops.render.render(write_still=True)
    seen["render"] = differences(folder / "render.png", item)
    # Colours of a float image are kept in Blender's own primaries.
    red = bpy.data.images.new("Red", 4, 4, float_buffer=True)
    srgb = (0.8, 0.3, 0.2)
    from mathutils import Color

    linear = tuple(Color(srgb).from_srgb_to_scene_linear())
    red.pixels.foreach_set(np.tile(np.array([*linear, 1], np.float32), 16))
    seen["float"] = (image_pixels(red)[0, 0, :3] / 255 - srgb).tolist()
    for step in (
        lambda: ops.complete(),
        lambda: ops.swap(filepath=donor),
        lambda: ops.apply_to_photo(),
        lambda: ops.bake(),
        lambda: ops.part_groups(),
        lambda: ops.landmarks(),
        lambda: ops.compositor(),
    ):
        assert step() == {"FINISHED"}
    result = image_pixels(find_result(item))[..., :3].astype(int)
    seen["swap"] = float(np.abs(result - face_of(item).photo.pixels).mean())
    np.save(folder / "result.npy", result.astype(np.uint8))
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(folder / "a.blend"))
    assert find_result(bpy.data.objects[name]) is not None
    prn_blender.unregister()
    return seen


if __name__ == "__main__":
    folder = Path(sys.argv[3])
    (folder / "seen.json").write_text(json.dumps(main(sys.argv[1], sys.argv[2], folder)), "utf-8")
