"""Textures and parts for other programs: baked, edited outside, as vertex groups."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built, draw_dot, reopened
from job_window import ESC, App, Window, job_threads_end, play, stand_in

from prn_blender.core import Face
from prn_blender.core.choices import PARTS
from prn_blender.interface import jobs
from prn_blender.operators.texture import PRN_OT_reload
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.bake import bake
from prn_blender.scene.layers.layers import layers_of

pytestmark = pytest.mark.usefixtures("addon")


def test_bake_makes_an_image_that_is_saved(photo_path: Path, tmp_path: Path) -> None:
    built(photo_path)
    bpy.ops.prn.bake(size="1024", filepath=str(tmp_path / "baked.png"))
    expected = bake(layers_of(bpy.data.objects["astronaut"]), 1024)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "baked.png")), expected)
    reopened(tmp_path / "face.blend")
    assert np.array_equal(image_pixels(bpy.data.images["astronaut Baked"]), expected)


def test_a_node_of_the_artists_own_is_baked(photo_path: Path) -> None:
    item = built(photo_path)
    layers = layers_of(item)
    tree = layers.material.node_tree
    hue = tree.nodes.new("ShaderNodeHueSaturation")
    hue.inputs["Saturation"].default_value = 0.0
    tree.links.new(layers.node(names.PHOTO).outputs["Color"], hue.inputs["Color"])
    tree.links.new(hue.outputs["Color"], layers.group.inputs[names.PHOTO])
    scene, active = bpy.context.scene, bpy.context.active_object
    assert bpy.ops.prn.bake(size="512") == {"FINISHED"}
    assert (bpy.context.scene, bpy.context.active_object) == (scene, active)
    baked = image_pixels(bpy.data.images["astronaut Baked"])
    seen = baked[..., 3] == 255
    assert seen.mean() > 0.1
    assert np.ptp(baked[seen][:, :3].astype(int), axis=-1).max() <= 2


def test_a_layer_edited_outside_is_read_back_and_packed(photo_path: Path, tmp_path: Path) -> None:
    item = built(photo_path)
    item = reopened(tmp_path / "face.blend")
    assert not bpy.ops.prn.reload_external.poll()
    bpy.ops.prn.edit_externally(layer="Paint", open_editor=False)
    (path,) = (tmp_path / "textures").glob("*Paint.png")
    drawn = np.asarray(Image.open(path)).copy()
    assert drawn.shape[2] == 4
    drawn[100:120, 200:220] = (10, 200, 30, 255)
    Image.fromarray(drawn).save(path)
    assert bpy.ops.prn.reload_external() == {"FINISHED"}
    assert np.array_equal(image_pixels(layers_of(item).image(names.PAINT)), drawn)
    path.unlink()
    item = reopened(tmp_path / "face.blend")
    assert np.array_equal(image_pixels(layers_of(item).image(names.PAINT)), drawn)
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.prn.reload_external()
    for content, said in (
        (Image.new("RGB", (64, 32)), "64 x 32 texels; it has to be square"),
        (None, "is not a picture that can be read"),
    ):
        content.save(path) if content else path.write_bytes(b"no picture")
        with pytest.raises(RuntimeError, match=said):
            bpy.ops.prn.reload_external()
    assert np.array_equal(image_pixels(layers_of(item).image(names.PAINT)), drawn)


def test_a_layer_is_reloaded_as_a_job(
    photo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(photo_path)
    item = reopened(tmp_path / "face.blend")
    bpy.ops.prn.paint()
    bpy.ops.object.mode_set(mode="OBJECT")
    image = layers_of(item).image(names.PAINT)
    bpy.ops.prn.edit_externally(layer="Paint", open_editor=False)
    (path,) = (tmp_path / "textures").glob("*Paint.png")
    drawn = np.asarray(Image.open(path)).copy()
    drawn[100:120, 200:220] = (10, 200, 30, 255)
    Image.fromarray(drawn).save(path)
    draw_dot(image, 50, 50, 3)  # a stroke that is not in the file: Blender asks first
    window, operator = Window(), stand_in(PRN_OT_reload)
    monkeypatch.setattr(bpy, "app", App())
    assert operator.invoke(window, None) == {"RUNNING_MODAL"}
    assert (window.browsers, jobs.current_job()) == (1, None)
    assert operator.execute(window) == {"RUNNING_MODAL"}  # as the question does
    assert image_pixels(layers_of(item).image(names.PAINT))[110, 210, 3] == 0
    assert play(operator, window) == {"FINISHED"}
    assert np.array_equal(image_pixels(layers_of(item).image(names.PAINT)), drawn)
    # Now the file has all there is, and nobody is asked.
    assert operator.invoke(window, None) == {"RUNNING_MODAL"}
    assert window.browsers == 1
    assert operator.modal(window, ESC) == {"CANCELLED"}
    job_threads_end()


@pytest.mark.parametrize("layer", ["Photo", "Fill Mask"])
def test_a_layer_written_as_it_is_comes_back_as_it_was(
    layer: str, photo_path: Path, tmp_path: Path
) -> None:
    built(photo_path)
    bpy.ops.prn.complete()
    item = reopened(tmp_path / "face.blend")
    before = image_pixels(layers_of(item).image(layer))
    bpy.ops.prn.edit_externally(layer=layer, open_editor=False)
    bpy.ops.prn.reload_external()
    assert np.array_equal(image_pixels(layers_of(item).image(layer)), before)


def test_parts_become_vertex_groups_and_face_sets(photo_path: Path, face: Face) -> None:
    item = built(photo_path, stride="2")
    bpy.ops.prn.part_groups()
    bpy.ops.prn.part_groups()  # again: replaced, not doubled
    assert {*PARTS, *face.layout.parts, "photo_visible"} == {g.name for g in item.vertex_groups}
    position = np.empty(len(item.data.vertices) * 3, np.float32)
    item.data.attributes["photo_position"].data.foreach_get("vector", position)
    position = position.reshape(-1, 3)[:, :2]
    group = item.vertex_groups["nose"].index
    weight = np.array(
        [next((g.weight for g in v.groups if g.group == group), 0.0) for v in item.data.vertices]
    )
    tip = np.linalg.norm(position - face.landmarks[30, :2], axis=1).argmin()
    eye = np.linalg.norm(position - face.landmarks[36:42, :2].mean(axis=0), axis=1).argmin()
    assert weight[tip] > 0.9
    assert weight[eye] == 0
    assert ((weight > 0.1) & (weight < 0.9)).any()
    sets = np.empty(len(item.data.polygons), np.int32)
    item.data.attributes[".sculpt_face_set"].data.foreach_get("value", sets)
    assert len(np.unique(sets)) >= len(PARTS) - 1
