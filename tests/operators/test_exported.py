"""Through the add-on: what is exported after a click, a slider, saving, in files of before."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from record_files import OLD_FILES, opened_old

from prn_blender import glTF2_pre_export_callback
from prn_blender.scene.images.image import array_image, image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.bake import bake
from prn_blender.scene.layers.export_nodes import composed_image
from prn_blender.scene.layers.layers import layers_of

pytestmark = pytest.mark.usefixtures("addon")


@pytest.fixture
def item(astronaut_path: Path) -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(astronaut_path), stride="4", texture_size="256")
    return bpy.context.view_layer.objects.active


def exported(folder: Path) -> np.ndarray:
    """What Blender's OBJ exporter gives another program right now."""
    bpy.ops.wm.obj_export(filepath=str(folder / "a.obj"), path_mode="COPY")
    (line,) = [s for s in (folder / "a.mtl").read_text().splitlines() if "map_Kd" in s]
    return np.asarray(Image.open(folder / line.split(" ", 1)[1])).astype(int)


def seen(item: bpy.types.Object) -> np.ndarray:
    return bake(layers_of(item))[..., :3].astype(int)


def stroke(item: bpy.types.Object) -> None:
    """Something on the paint layer; painting itself needs a window (tests/gui)."""
    pixels = np.zeros((256, 256, 4), np.uint8)
    pixels[60:120, 90:170] = (20, 220, 60, 255)
    layers_of(item).set_image(names.PAINT, array_image("paint", pixels))


def test_after_each_operator_and_slider_the_export_is_what_is_seen(
    item: bpy.types.Object, donor_path: Path, tmp_path: Path
) -> None:
    plain = exported(tmp_path)
    assert (plain == seen(item)).all()
    bpy.ops.prn.complete()
    completed = exported(tmp_path)
    assert (completed == seen(item)).all() and (completed != plain).any()
    bpy.ops.prn.swap(filepath=str(donor_path))
    swapped = exported(tmp_path)
    assert (swapped == seen(item)).all() and (np.abs(swapped - completed) > 10).any()
    stroke(item)
    item.active_material.prn_paint_strength = 0.5
    painted = exported(tmp_path)
    assert (painted == seen(item)).all() and (painted != swapped).any()


def test_gltf_asks_for_what_changed_in_the_same_moment(item: bpy.types.Object) -> None:
    """Blender's exporter calls this of each add-on before it looks at materials."""
    stroke(item)
    assert (image_pixels(composed_image(item.active_material))[..., :3] != seen(item)).any()
    glTF2_pre_export_callback({})
    assert (image_pixels(composed_image(item.active_material))[..., :3] == seen(item)).all()


def test_saving_stores_what_is_seen_and_goes_on(item: bpy.types.Object, tmp_path: Path) -> None:
    stroke(item)
    expected = seen(item)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    assert composed_image(item.active_material).packed_file is None
    (beside,) = (tmp_path / "textures").iterdir()
    assert (np.asarray(Image.open(beside)) == expected).all()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    again = bpy.data.objects["astronaut"]
    assert Path(composed_image(again.active_material).filepath_raw) == beside
    assert (exported(tmp_path) == expected).all()


def test_a_blend_that_is_sent_alone_is_complete(item: bpy.types.Object, tmp_path: Path) -> None:
    """Also where the add-on is not installed: it is the handlers' absence that is tested."""
    import prn_blender

    expected = seen(item)
    (tmp_path / "sent").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    (tmp_path / "a.blend").rename(tmp_path / "sent" / "a.blend")
    prn_blender.unregister()
    try:
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "sent" / "a.blend"))
        image = composed_image(bpy.data.objects["astronaut"].active_material)
        assert image.packed_file is not None
        assert (image_pixels(image)[..., :3] == expected).all()
    finally:
        prn_blender.register()


def test_disabling_the_add_on_packs_the_image(item: bpy.types.Object) -> None:
    import prn_blender

    prn_blender.unregister()
    try:
        image = composed_image(item.active_material)
        assert image.packed_file is not None
        assert (image_pixels(image)[..., :3] == seen(item)).all()
    finally:
        prn_blender.register()


@pytest.mark.parametrize("name", OLD_FILES)
def test_a_face_of_before_gets_the_material_when_it_changes(name: str, tmp_path: Path) -> None:
    item = next(iter(opened_old(name).values()))
    material = item.active_material
    assert composed_image(material) is None, "opening a file changes nothing"
    for engine in ("EEVEE", "CYCLES"):
        before = material.node_tree.get_output_node(engine).inputs[0].links[0].from_node.name
    bpy.ops.prn.complete()
    assert composed_image(item.active_material) is not None
    for other in set(bpy.context.view_layer.objects) - {item}:
        other.select_set(False)
    item.select_set(True)
    bpy.ops.wm.obj_export(
        filepath=str(tmp_path / "a.obj"), path_mode="COPY", export_selected_objects=True
    )
    (line,) = [s for s in (tmp_path / "a.mtl").read_text().splitlines() if "map_Kd" in s]
    texture = np.asarray(Image.open(tmp_path / line.split(" ", 1)[1])).astype(int)
    assert (texture == seen(item)).all()
    tree = item.active_material.node_tree
    for engine in ("EEVEE", "CYCLES"):
        assert tree.get_output_node(engine).inputs[0].links[0].from_node.name == before


def test_nodes_of_ones_own_are_exported_once_they_are_baked(
    item: bpy.types.Object, tmp_path: Path
) -> None:
    layers = layers_of(item)
    tree = layers.material.node_tree
    gamma = tree.nodes.new("ShaderNodeGamma")
    gamma.inputs["Gamma"].default_value = 2.0
    tree.links.new(layers.feeding(names.PHOTO), gamma.inputs["Color"])
    tree.links.new(gamma.outputs[0], layers.group.inputs[names.PHOTO])
    before = exported(tmp_path)
    bpy.ops.prn.bake()
    after = exported(tmp_path)
    assert after.mean() < before.mean() - 10
    baked = image_pixels(bpy.data.images["astronaut Baked"])[..., :3].astype(int)
    assert np.abs(after - baked).max() <= 1


def test_write_files_writes_what_is_seen(item: bpy.types.Object, tmp_path: Path) -> None:
    import trimesh

    stroke(item)
    bpy.ops.prn.write_outputs(directory=str(tmp_path), glb=True, colors=True, show=False)
    assert {"astronaut.obj", "astronaut.glb"} <= {p.name for p in tmp_path.iterdir()}
    texture = np.asarray(Image.open(tmp_path / "astronaut_texture.png"))[..., :3].astype(int)
    assert (texture == seen(item)).all()
    (mesh,) = trimesh.load(tmp_path / "astronaut.glb").geometry.values()
    glb = np.asarray(mesh.visual.material.baseColorTexture)[..., :3]
    assert (glb == seen(item)).all()
    coloured = trimesh.load(tmp_path / "astronaut_colors.ply").visual.vertex_colors
    green = (coloured[:, 1] > coloured[:, 0].astype(int) + 100).mean()
    assert green > 0.03, "the stroke is in the vertices' colours, too"


def test_the_choices_begin_with_what_most_people_want() -> None:
    shown = [p.identifier for p in bpy.ops.prn.write_outputs.get_rna_type().properties][1:]
    kinds = [name for name in shown if name in {"obj", "glb", "landmarks", "show", "mat"}]
    assert kinds == ["obj", "glb", "landmarks", "show", "mat"]
    properties = bpy.ops.prn.write_outputs.get_rna_type().properties
    assert properties["obj"].default and not properties["mat"].default
