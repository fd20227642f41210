"""Faces to edit, a brush, and what was changed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers.layers import find_layers
from prn_blender.scene.layers.paint import paint_layer
from prn_blender.scene.layers.texture_group import PAINT
from prn_blender.scene.names import COMPOSED


def built(photo: Path, stride: str = "4", texture: str = "512") -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(photo), stride=stride, texture_size=texture)
    return bpy.context.view_layer.objects.active


def reopened(path: Path, name: str = "astronaut") -> bpy.types.Object:
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    item = bpy.data.objects[name]
    bpy.context.view_layer.objects.active = item
    return item


def draw_dot(image: bpy.types.Image, row: int, column: int, radius: int) -> None:
    """As a brush does: pixels change, the packed file does not."""
    width, height = image.size
    pixels = np.empty((height, width, 4), np.float32)
    image.pixels.foreach_get(pixels.reshape(-1))
    y, x = np.mgrid[:height, :width]
    inside = (x - column) ** 2 + (height - 1 - y - row) ** 2 <= radius**2
    pixels[inside] = (0, 1, 0, 1)
    image.pixels.foreach_set(pixels.reshape(-1))
    image.update()


def painted_face(photo: Path) -> bpy.types.Object:
    """A small face with a dot painted on it."""
    item = built(photo, texture="256")
    image = paint_layer(item, PAINT)
    pixels = np.zeros((256, 256, 4), np.float32)
    pixels[100:110, 100:140] = (0, 1, 0, 1)
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    return item


def everything() -> dict[str, Any]:
    """All that these operators can change: images with their pixels, the layers' numbers, meshes,
    cameras, nodes and scenes."""
    found: dict[str, Any] = {}
    for image in bpy.data.images:
        # The composed image follows the layers by itself, a moment later.
        if image.type == "IMAGE" and image.size[0] and COMPOSED not in image:
            found[image.name] = image_pixels(image).copy()
    for item in bpy.data.objects:
        layers = find_layers(item)
        if layers is not None:
            inputs = layers.group.inputs
            found[item.name] = np.array([s.default_value for s in inputs if s.type == "VALUE"])
            found[f"nodes {item.name}"] = sorted(layers.material.node_tree.nodes.keys())
    for mesh in bpy.data.meshes:
        found[f"mesh {mesh.name}"] = [tuple(v.co) for v in mesh.vertices]
    for item in bpy.data.objects:
        found[f"groups {item.name}"] = item.vertex_groups.keys()
    for camera in bpy.data.cameras:
        found[f"camera {camera.name}"] = (camera.type, camera.lens, camera.ortho_scale)
    for scene in bpy.data.scenes:
        if scene.objects:
            found[f"scene {scene.name}"] = sorted(scene.objects.keys())
    return found


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)
