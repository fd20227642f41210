"""`python scripts/front_picture.py`: the picture of README and docs, by the present program.

The public-domain portrait of Eileen Collins (NASA) that scikit-image carries, her head turned, and
the same as clay; rendered by Cycles, without a window.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path
from typing import Any

import bpy
import cv2
import numpy as np
from mathutils import Euler, Matrix, Vector

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.outputs.thumbnails import crop_around_face
from prn_blender.core.photo.photo import read_photo, write_image
from prn_blender.scene import SceneOptions, build_scene
from prn_blender.scene.head.materials import lets_through
from scripts.demo import sample

OUTPUT = Path(__file__).resolve().parents[1] / "docs" / "images" / "astronaut.png"
SIDE = 512
GREY = 0.06
"""The background, linear."""
AROUND = 0.45
"""What is shown around the face, in its size."""
TURNS = (("texture", -38.0), ("clay", 38.0))
SAMPLES = 96
# Direction from which a light falls, and its strength.
SUNS = (((-0.6, -1.0, 0.9), 2.6), ((1.0, -0.5, 0.3), 0.7))


def main() -> None:
    """Reconstruct, render, put side by side."""
    photo = read_photo(sample())
    face = FaceReconstructor.load()(photo)[0]
    crop, _corner, _scale = crop_around_face(face, AROUND, SIDE)
    short = min(crop.shape[:2])
    top, left = ((side - short) // 2 for side in crop.shape[:2])
    square = crop[top : top + short, left : left + short]
    panels = [cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    item = build_scene([face], SceneOptions(texture_size=2048)).faces[0]
    prepare(bpy.context.scene, item)
    for kind, degrees in TURNS:
        if kind == "clay":
            of_clay = clay()
            for index, material in enumerate(item.data.materials):
                if not lets_through(material):  # lashes would be solid sheets
                    item.data.materials[index] = of_clay
        item.matrix_world = Matrix.Rotation(math.radians(degrees), 4, "Z")
        panels.append(rendered(bpy.context.scene))
    write_image(OUTPUT, np.hstack(panels))


def prepare(scene: Any, item: Any) -> None:
    """A camera in front of the face, lights, a plain background; what else there is goes."""
    for other in list(bpy.data.objects):
        if other != item:
            bpy.data.objects.remove(other)
    item.parent = None
    corners = np.array([corner[:] for corner in item.bound_box])
    middle = Vector(((corners.min(0) + corners.max(0)) / 2).tolist())
    # It turns about its own middle.
    item.data.transform(Matrix.Translation(-middle))
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (0, -2, 0), Euler((math.pi / 2, 0, 0))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 0.31
    scene.collection.objects.link(camera)
    scene.camera = camera
    for number, (towards, strength) in enumerate(SUNS):
        sun = bpy.data.objects.new(f"Sun {number}", bpy.data.lights.new(f"Sun {number}", "SUN"))
        sun.data.energy, sun.data.angle = strength, 0.3
        sun.rotation_euler = Vector(towards).to_track_quat("Z", "Y").to_euler()
        scene.collection.objects.link(sun)
    scene.world = bpy.data.worlds.new("World")
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs[0].default_value = (GREY, GREY, GREY, 1)
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", SAMPLES
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = SIDE
    scene.render.film_transparent = False
    scene.view_settings.view_transform = "Standard"


def clay() -> Any:
    """A material that shows nothing but the shape."""
    material = bpy.data.materials.new("Clay")
    material.use_nodes = True
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (0.5, 0.42, 0.37, 1)
    surface.inputs["Roughness"].default_value = 0.6
    return material


def rendered(scene: Any) -> np.ndarray:
    """(SIDE, SIDE, 3) uint8 sRGB: the scene through its camera."""
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder) / "panel.png")
        bpy.ops.render.render(write_still=True)
        return read_photo(Path(scene.render.filepath)).pixels


if __name__ == "__main__":
    main()
