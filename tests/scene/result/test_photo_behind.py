"""A render with the photo behind the face: what the camera view shows, and back again."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built

from prn_blender.core import Face
from prn_blender.scene.record import camera_of
from prn_blender.scene.result.compositor_nodes import (
    add_node,
    compositor_tree,
    find_compositor,
    output_node,
)
from prn_blender.scene.result.photo_behind import shows_photo

pytestmark = pytest.mark.usefixtures("addon")


def rendered(path: Path, percentage: int = 100) -> np.ndarray:
    """(H, W, 4) int: what F12 shows of the scene."""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 4
    scene.render.resolution_percentage = percentage
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.filepath = str(path / "render.png")
    bpy.ops.render.render(write_still=True)
    return np.asarray(Image.open(path / "render.png")).astype(int)


def test_renders_show_the_photo_by_one_switch(photo_path: Path, face: Face, tmp_path: Path) -> None:
    built(photo_path)
    scene = bpy.context.scene
    assert not shows_photo(scene)
    assert bpy.ops.prn.photo_behind() == {"FINISHED"}
    assert shows_photo(scene)
    picture = rendered(tmp_path)
    assert picture[..., 3].min() == 255
    difference = np.abs(picture[..., :3] - face.photo.pixels).max(axis=-1)
    x0, y0, x1, y1 = np.concatenate([face.vertices.min(0)[:2], face.vertices.max(0)[:2]]).round()
    outside = np.ones(difference.shape, bool)
    outside[int(y0) - 2 : int(y1) + 3, int(x0) - 2 : int(x1) + 3] = False
    assert difference[outside].max() <= 1
    assert np.median(difference) <= 1
    # The photo is as large as the render, whatever its percentage.
    half = rendered(tmp_path, 50)[..., :3]
    smaller = Image.fromarray(face.photo.pixels).resize(half.shape[1::-1], Image.Resampling.BOX)
    assert np.median(np.abs(half - np.asarray(smaller).astype(int))) <= 2
    assert bpy.ops.prn.photo_behind() == {"FINISHED"}
    assert not shows_photo(scene)
    assert find_compositor(scene) is None
    assert not scene.render.film_transparent


def test_what_the_artist_composites_stays(photo_path: Path) -> None:
    built(photo_path)
    scene = bpy.context.scene
    tree = compositor_tree(scene)
    tree.nodes.clear()
    layers = add_node(tree, "CompositorNodeRLayers", "Mine", (0, 0))
    blur = add_node(tree, "CompositorNodeBlur", "My Blur", (200, 0))
    tree.links.new(layers.outputs["Image"], blur.inputs[0])
    tree.links.new(blur.outputs[0], output_node(tree).inputs[0])
    scene.render.film_transparent = True
    names = {node.name for node in tree.nodes}
    bpy.ops.prn.photo_behind()
    over = output_node(tree).inputs[0].links[0].from_node
    assert blur in {link.from_node for s in over.inputs for link in s.links}
    bpy.ops.prn.photo_behind()
    assert {node.name for node in tree.nodes} == names
    assert output_node(tree).inputs[0].links[0].from_node == blur
    assert find_compositor(scene) == tree
    assert scene.render.film_transparent


def test_a_node_that_was_deleted_by_hand_is_put_back(photo_path: Path) -> None:
    built(photo_path)
    scene = bpy.context.scene
    bpy.ops.prn.photo_behind()
    tree = find_compositor(scene)
    tree.nodes.remove(output_node(tree).inputs[0].links[0].from_node)
    assert not shows_photo(scene)
    bpy.ops.prn.photo_behind()
    assert shows_photo(scene)
    bpy.ops.prn.photo_behind()
    assert find_compositor(scene) is None
    assert not scene.render.film_transparent


def test_another_camera_is_said(photo_path: Path) -> None:
    item = built(photo_path)
    scene = bpy.context.scene
    other = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
    scene.collection.objects.link(other)
    scene.camera = other
    assert bpy.ops.prn.photo_behind() == {"FINISHED"}
    assert shows_photo(scene)
    assert scene.camera == other != camera_of(item)
