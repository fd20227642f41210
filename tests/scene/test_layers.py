"""Texture layers: the node group, its bake, what a face remembers of its photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Face
from prn_blender.core.errors import OptionError
from prn_blender.scene import SceneOptions, build_scene
from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import array_image, image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.bake import bake, donor_share, evaluate
from prn_blender.scene.layers.group_version import is_changed
from prn_blender.scene.layers.layer_values import read_layers
from prn_blender.scene.layers.layers import TextureLayers, layers_of
from prn_blender.scene.layers.texture_group import mix_socket
from prn_blender.scene.stepwise import at_once

SMALL = SceneOptions(stride=4, texture_size=64)


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    new_file()
    yield


def noise(seed: int, size: int, channels: int, kind: type = np.uint8) -> np.ndarray:
    values = np.random.default_rng(seed).integers(0, np.iinfo(kind).max, (size, size, channels))
    return values.astype(kind)


def all_layers(face: Face, size: int) -> TextureLayers:
    """A face with something in every layer."""
    layers = layers_of(build_scene([face], SceneOptions(4, size)).faces[0])
    for seed, (layer, channels, data) in enumerate(
        [
            (names.PHOTO, 4, False),
            (names.COMPLETED, 3, False),
            (names.FILL_MASK, 1, True),
            (names.DONOR, 3, False),
            (names.DONOR_MASK, 1, True),
            (names.PAINT, 4, False),
            *((f"Parts {k + 1}", 3, True) for k in range((len(layers.parts) + 2) // 3)),
        ]
    ):
        pixels = noise(seed, size, channels).squeeze()
        layers.set_image(layer, array_image(layer, pixels, data))
    match = noise(99, size, 3, np.uint16)
    layers.set_image(names.DONOR_MATCH, array_image("match", match, data=True))
    for k, part in enumerate(layers.parts):
        layers.set_value(mix_socket(part), (k + 1) / len(layers.parts))
    for k, socket in enumerate(
        (names.HIDDEN_FILL, names.COLOUR_MATCH, names.DONOR_STRENGTH, names.PAINT_STRENGTH)
    ):
        layers.set_value(socket, 0.6 + 0.1 * k)
    return layers


def shown_by_shader(layers: TextureLayers, size: int, path: Path) -> np.ndarray:
    """(size, size, 4) uint8: the material on a square, rendered by Cycles texel for pixel."""
    mesh = bpy.data.meshes.new("square")
    corners = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    uv = mesh.uv_layers.new(name="UVMap")
    uv.data.foreach_set("uv", [c for corner in corners for c in corner[:2]])
    mesh.materials.append(layers.material)
    scene = bpy.data.scenes.new("square")
    scene.collection.objects.link(bpy.data.objects.new("square", mesh))
    camera = bpy.data.cameras.new("square")
    camera.type, camera.ortho_scale = "ORTHO", 1.0
    view = bpy.data.objects.new("camera", camera)
    view.location = (0.5, 0.5, 1.0)
    scene.collection.objects.link(view)
    scene.camera = view
    scene.view_settings.view_transform = "Standard"
    render = scene.render
    render.engine, render.resolution_x, render.resolution_y = "CYCLES", size, size
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.filter_width = 0.01  # the texel under the pixel's centre, nothing around it
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGB"
    render.filepath, render.dither_intensity = str(path), 0.0
    bpy.ops.render.render(write_still=True, scene=scene.name)
    return np.asarray(Image.open(path))


@pytest.mark.parametrize("size", [32, 96])
def test_bake_is_what_the_shader_shows(size: int, face: Face, tmp_path: Path) -> None:
    layers = all_layers(face, 32)
    # At another size than the images' the texels between are compared too.
    expected = shown_by_shader(layers, size, tmp_path / "square.png")
    assert expected.std() > 20
    difference = np.abs(bake(layers, size)[..., :3].astype(int) - expected)
    assert np.median(difference) <= 1
    assert np.percentile(difference, 99) <= 2


def test_nodes_of_the_artists_own_are_baked_by_cycles(face: Face) -> None:
    """A colour, a number and an image laid otherwise; what is not touched stays exact."""
    layers = all_layers(face, 64)
    before = bake(layers, 64).astype(int)
    blocks = {name: len(getattr(bpy.data, name)) for name in ("images", "materials", "objects")}
    tree = layers.material.node_tree

    def between(socket: str, kind: str) -> bpy.types.Node:
        node = tree.nodes.new(kind)
        tree.links.new(layers.feeding(socket), node.inputs["Color"])
        tree.links.new(node.outputs[0], layers.group.inputs[socket])
        return node

    # A node that changes nothing: Cycles and our own evaluation agree.
    gamma = between(names.PHOTO, "ShaderNodeGamma")
    invert = between(names.DONOR_MASK, "ShaderNodeInvert")
    invert.inputs["Fac" if "Fac" in invert.inputs else "Factor"].default_value = 0.0
    shown = cv2.resize(face.layout.mask.astype(np.uint8), (64, 64), interpolation=cv2.INTER_AREA)
    inside = cv2.erode(shown, np.ones((5, 5), np.uint8)) > 0
    same = np.abs(bake(layers, 64).astype(int) - before)[inside]
    assert inside.sum() > 500 and np.percentile(same, 99) <= 2
    # One that does change something shows.
    gamma.inputs["Gamma"].default_value = 3.0
    assert (bake(layers, 64)[inside, :3] < before[inside, :3] - 5).mean() > 0.2
    with pytest.raises(OptionError, match="comes from the node 'Gamma"):
        layers.image(names.PHOTO)
    gamma.inputs["Gamma"].default_value = 1.0
    layers.set_value(names.DONOR_STRENGTH, 1.0)
    invert.inputs[0].default_value = 1.0
    for part in layers.parts:
        layers.set_value(mix_socket(part), 0.0)
    layers.set_value(mix_socket(names.ALL), 1.0)
    mask = image_pixels(tree.nodes[names.DONOR_MASK].image)[..., 0] / 255
    share = donor_share(at_once(read_layers(layers, 64)))
    assert np.percentile(np.abs(share - (1 - mask))[inside], 99) < 0.01
    after = {name: len(getattr(bpy.data, name)) for name in blocks}
    assert {k: after[k] - v for k, v in blocks.items() if k != "images"} == {
        "materials": 0, "objects": 0,
    }  # fmt: skip
    assert not [i for i in bpy.data.images if i.name.startswith("PRN Bake")]
    assert not [s for s in bpy.data.scenes if s.name.startswith("PRN Bake")]


def test_a_group_that_the_artist_has_changed_is_baked_as_it_is(face: Face) -> None:
    layers = all_layers(face, 64)
    groups = len(bpy.data.node_groups)
    tree = layers.group.node_tree
    assert not is_changed(tree)
    before = bake(layers, 64).astype(int)
    # Other names and bends of links are no change.
    for node in tree.nodes:
        node.name = f"My {node.name}"
    end = next(n for n in tree.nodes if n.type == "GROUP_OUTPUT")
    bend = tree.nodes.new("NodeReroute")
    tree.links.new(end.inputs["Color"].links[0].from_socket, bend.inputs[0])
    tree.links.new(bend.outputs[0], end.inputs["Color"])
    assert not is_changed(tree)
    dark = tree.nodes.new("ShaderNodeGamma")
    dark.inputs["Gamma"].default_value = 2.0
    tree.links.new(bend.outputs[0], dark.inputs["Color"])
    tree.links.new(dark.outputs[0], end.inputs["Color"])
    assert is_changed(tree)
    found = bake(layers, 64).astype(int)
    shown = cv2.resize(face.layout.mask.astype(np.uint8), (64, 64), interpolation=cv2.INTER_AREA)
    inside = cv2.erode(shown, np.ones((5, 5), np.uint8)) > 0
    linear = (((before / 255 + 0.055) / 1.055) ** 2.4)[inside, :3] ** 2
    expected = (1.055 * linear ** (1 / 2.4) - 0.055) * 255
    bright = expected > 20  # the curve's straight part aside
    assert np.percentile(np.abs(found[inside, :3] - expected)[bright], 95) <= 3
    assert np.abs(found - before)[inside, 3].max() <= 1
    taken = at_once(read_layers(layers, 64, with_unpainted=True))
    without = evaluate(taken, paint=False)
    assert (np.abs(without - found)[inside, :3] > 5).mean() > 0.3
    assert len(bpy.data.node_groups) == groups
