"""Texture groups of earlier versions: brought up to date where a face is changed, nothing lost."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from record_files import OLD_FILES, activate, opened, opened_old

from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.bake import bake
from prn_blender.scene.layers.group_version import is_changed, is_old
from prn_blender.scene.layers.layers import editable_layers, layers_of
from prn_blender.scene.names import is_head

pytestmark = pytest.mark.usefixtures("addon")

SIDE = 224
"""Pixels of a render."""


def rendered(scene: bpy.types.Scene, item: bpy.types.Object, path: Path) -> np.ndarray:
    """The photo's camera on this face alone, one sample of Cycles; alpha where it is."""
    for other in scene.objects:
        other.hide_render = other != item
    scene.render.engine, scene.cycles.samples, scene.cycles.max_bounces = "CYCLES", 1, 0
    scene.render.film_transparent = True
    scene.render.resolution_x = scene.render.resolution_y = SIDE
    scene.render.image_settings.file_format, scene.render.filepath = "PNG", str(path)
    scene.render.image_settings.color_mode = "RGBA"
    scene.view_settings.view_transform = "Standard"
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    pixels = image_pixels(image).astype(float)
    bpy.data.images.remove(image)
    return pixels


def sockets(group: bpy.types.Node) -> dict[str, Any]:
    """What is linked to each input, or its value."""
    found = {}
    for socket in group.inputs:
        value = socket.default_value
        value = [round(v, 6) for v in value] if hasattr(value, "__len__") else round(value, 6)
        links = [(link.from_node.name, link.from_socket.name) for link in socket.links]
        found[socket.name] = links or value
    return found


@pytest.mark.parametrize("name", OLD_FILES)
def test_an_old_face_becomes_a_head(name: str, tmp_path: Path) -> None:
    faces = list(opened_old(name))
    item = bpy.data.objects[faces[-1]]
    activate(item)
    item.select_set(True)
    bpy.ops.prn.update_face()  # the model of then knew no heads
    scene, layers = bpy.context.scene, layers_of(item)
    before, baked = sockets(layers.group), bake(layers, 64)
    images = {node.name: node.image.name for node in layers.material.node_tree.nodes
              if node.type == "TEX_IMAGE"}  # fmt: skip
    picture = rendered(scene, item, tmp_path / "before.png")
    assert bpy.ops.prn.rebuild(topology="head") == {"FINISHED"}
    assert is_head(item) and len(item.data.shape_keys.key_blocks) > 50
    layers = layers_of(item)
    tree = layers.group.node_tree
    assert not is_old(tree) and not is_changed(tree) and tree[names.KEY]["version"] == names.VERSION
    after = sockets(layers.group)
    assert {key: after[key] for key in before} | {
        key: before[key] for key in (names.SKIN, names.FACE_SHOWN, names.FACE_INSIDE)
        if key in before
    } == before  # fmt: skip
    nodes = layers.material.node_tree.nodes
    assert {node: nodes[node].image.name for node in images if node in nodes} == images
    assert np.array_equal(bake(layers, 64), baked)
    # What a head shows is what the lattice has shown, as far as its face can be trusted.
    now = rendered(scene, item, tmp_path / "after.png")
    both = (picture[..., 3] > 250) & (now[..., 3] > 250)
    assert both.sum() > 0.9 * (picture[..., 3] > 250).sum()
    off = np.abs(now - picture)[both][:, :3].max(axis=1)
    assert np.median(off) <= 4 and np.percentile(off, 75) < 25
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "head.blend"))
    item = opened(tmp_path / "head.blend")[faces[-1]]
    assert sockets(layers_of(item).group) == after


def test_all_users_of_an_old_group_get_it_with_what_was_linked_driven_and_animated() -> None:
    """The other face of the group looks as before, drivers and keys still mean their sliders."""
    faces = opened_old("group")
    first, second = faces["pair"], faces["pair_2"]
    layers, other = layers_of(first), layers_of(second)
    tree, group = layers.material.node_tree, layers.group
    assert other.group.node_tree == group.node_tree
    seen = bake(other, 64)
    group.inputs[names.LIT].driver_add("default_value").driver.expression = "0.25"
    strength = group.inputs[names.PAINT_STRENGTH]
    for frame, value in ((1, 0.0), (11, 1.0)):
        strength.default_value = value
        strength.keyframe_insert("default_value", frame=frame)
    bright = tree.nodes.new("ShaderNodeBrightContrast")  # between the photo and its socket
    (link,) = group.inputs[names.PHOTO].links
    tree.links.new(link.from_socket, bright.inputs["Color"])
    tree.links.new(bright.outputs[0], group.inputs[names.PHOTO])
    group.inputs[names.ROUGHNESS].default_value = 0.125
    activate(first)
    bpy.ops.ed.undo_push(message="before")
    bpy.context.scene.frame_set(1)
    before, nodes = sockets(group), group.node_tree.name
    layers = editable_layers(first)
    bpy.ops.ed.undo_push(message="after")
    assert not is_old(layers.group.node_tree) and layers.group.node_tree.name == nodes
    after = sockets(layers.group)
    assert {key: after[key] for key in before} == before
    new = {key: after[key] for key in after if key not in before}
    assert new == {
        names.SKIN: [0, 0, 0, 1], names.FACE_SHOWN: 1, names.FACE_INSIDE: 1,
        names.DETAIL: [0.5, 0.5, 1, 1], names.DETAIL_STRENGTH: 1,
    }  # fmt: skip
    assert {key: v for key, v in sockets(other.group).items() if key in new} == new
    assert np.array_equal(bake(other, 64), seen)
    bpy.context.scene.frame_set(6)
    evaluated = layers.group.inputs
    assert evaluated[names.LIT].default_value == pytest.approx(0.25)
    assert evaluated[names.PAINT_STRENGTH].default_value == pytest.approx(0.5)
    assert evaluated[names.ROUGHNESS].default_value == 0.125
    bpy.ops.ed.undo()
    assert is_old(layers_of(bpy.data.objects["pair"]).group.node_tree)
    assert sockets(layers_of(bpy.data.objects["pair"]).group) == before
    bpy.ops.ed.redo()
    assert not is_old(layers_of(bpy.data.objects["pair_2"]).group.node_tree)


def test_an_old_group_that_was_changed_by_hand_stays_and_says_so() -> None:
    (item,) = opened_old("plain").values()
    item.select_set(True)
    assert bpy.ops.prn.update_face() == {"FINISHED"}
    tree = layers_of(item).group.node_tree
    assert not is_old(tree)  # renewed where the face was changed
    (item,) = opened_old("plain").values()
    item.select_set(True)
    tree = layers_of(item).group.node_tree
    lit = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    lit.inputs["Metallic"].default_value = 0.5
    assert bpy.ops.prn.update_face() == {"FINISHED"}
    assert is_old(tree) and lit.inputs["Metallic"].default_value == 0.5
    before = [material.name for material in item.data.materials], len(item.data.vertices)
    for change in (
        lambda: bpy.ops.prn.rebuild(topology="head"),
        bpy.ops.prn.fine_detail,
    ):
        with pytest.raises(RuntimeError, match="changed by hand, so it cannot be brought up"):
            change()
    assert ([m.name for m in item.data.materials], len(item.data.vertices)) == before
    assert item.data.shape_keys is None and is_old(tree)
    assert len([t for t in bpy.data.node_groups if names.KEY in t]) == 1


def test_an_old_group_of_another_file_is_copied_and_left(tmp_path: Path) -> None:
    """Only the objects were made local: material and group are still the other file's."""
    opened_old("plain")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"), copy=True)
    new_file()
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, here):
        here.objects = ["portrait"]
    item = here.objects[0].make_local()
    item.data.make_local()
    bpy.context.scene.collection.objects.link(item)
    linked = layers_of(item)
    assert linked.material.library is not None and is_old(linked.group.node_tree)
    before = bake(linked, 64)
    layers = editable_layers(item)
    assert layers.material.library is None and layers.group.node_tree.library is None
    assert not is_old(layers.group.node_tree) and is_old(linked.group.node_tree)
    assert np.array_equal(bake(layers, 64), before)
    assert layers.image(names.PHOTO).library is None
