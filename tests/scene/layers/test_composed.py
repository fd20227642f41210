"""What leaves Blender: every exporter gets the texture with all edits, as the camera shows it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Face
from prn_blender.core.editing.completion import CompletionOptions
from prn_blender.scene import SceneOptions, build_scene
from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import array_image, image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.bake import bake
from prn_blender.scene.layers.complete import add_completed
from prn_blender.scene.layers.composed import (
    compose,
    store_composed,
    take_out_composed,
)
from prn_blender.scene.layers.export_nodes import composed_image, composed_node
from prn_blender.scene.layers.layers import editable_layers, layers_of

SIZE = 128


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    new_file()
    yield


def built(face: Face, **options: object) -> bpy.types.Object:
    return build_scene([face], SceneOptions(4, SIZE, **options)).faces[0]


def paint_all(item: bpy.types.Object, colour: tuple[int, int, int, int]) -> None:
    """A stroke with a soft rim over the upper half of the texture."""
    pixels = np.full((SIZE, SIZE, 4), colour, np.uint8)
    rim = np.interp(np.arange(SIZE), [SIZE * 0.3, SIZE * 0.7], [255, 0])
    pixels[..., 3] = rim[:, None]
    layers_of(item).set_image(names.PAINT, array_image("paint", pixels))


def edited(face: Face) -> bpy.types.Object:
    """A completed and painted face."""
    item = built(face)
    add_completed(item, face, CompletionOptions())
    paint_all(item, (40, 200, 90, 255))
    compose(item)
    return item


def gltf(folder: Path) -> Image.Image:
    bpy.ops.export_scene.gltf(filepath=str(folder / "a.glb"), export_format="GLB")
    data = (folder / "a.glb").read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    found = json.loads(data[20 : 20 + length])
    (material,) = found["materials"]
    texture = material["pbrMetallicRoughness"]["baseColorTexture"]["index"]
    image = found["images"][found["textures"][texture]["source"]]
    view = found["bufferViews"][image["bufferView"]]
    start = 20 + length + 8 + view.get("byteOffset", 0)
    return Image.open(io.BytesIO(data[start : start + view["byteLength"]]))


def obj(folder: Path) -> Image.Image:
    import trimesh

    bpy.ops.wm.obj_export(filepath=str(folder / "a.obj"), path_mode="COPY")
    return trimesh.load(folder / "a.obj", process=False).visual.material.image


def fbx(folder: Path) -> Image.Image:
    path = folder / "a.fbx"
    bpy.ops.export_scene.fbx(filepath=str(path), path_mode="COPY", embed_textures=True)
    data = path.read_bytes()
    return Image.open(io.BytesIO(data[data.index(b"\x89PNG") :]))


def usd(folder: Path) -> Image.Image:
    bpy.ops.wm.usd_export(filepath=str(folder / "a.usda"), export_materials=True)
    text = (folder / "a.usda").read_text()
    assert "inputs:diffuseColor.connect" in text
    (name,) = {line.split("@")[1] for line in text.splitlines() if "asset inputs:file" in line}
    return Image.open(folder / name)


EXPORTERS: dict[str, tuple[Callable[[Path], Image.Image], Callable[[], bool]]] = {
    "glTF": (gltf, lambda: hasattr(bpy.types, "EXPORT_SCENE_OT_gltf")),
    "OBJ": (obj, lambda: "obj_export" in dir(bpy.ops.wm)),
    "FBX": (fbx, lambda: hasattr(bpy.types, "EXPORT_SCENE_OT_fbx")),
    "USD": (usd, lambda: "usd_export" in dir(bpy.ops.wm)),
}


def seen_by_camera(item: bpy.types.Object, path: Path) -> np.ndarray:
    """(H, W, 4) uint8: a render through the photo's camera, one sample a pixel."""
    scene = bpy.context.scene
    scene.render.engine, scene.render.film_transparent = "CYCLES", True
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.filter_width, scene.render.dither_intensity = 0.01, 0.0
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode, scene.render.filepath = "RGBA", str(path)
    bpy.ops.render.render(write_still=True)
    return np.asarray(Image.open(path))


def seen_with(texture: np.ndarray, item: bpy.types.Object, path: Path) -> np.ndarray:
    """The same render where the exported picture is all there is to the material."""
    image = array_image("exported", np.ascontiguousarray(texture))
    material = bpy.data.materials.new("exported")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    picture, glow = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeEmission")
    picture.image, picture.extension = image, "EXTEND"
    links.new(picture.outputs[0], glow.inputs[0])
    links.new(glow.outputs[0], nodes.new("ShaderNodeOutputMaterial").inputs[0])
    item.data.materials[0] = material
    return seen_by_camera(item, path)


@pytest.mark.parametrize("kind", EXPORTERS)
def test_an_exporter_writes_the_texture_that_the_camera_shows(
    kind: str, face: Face, tmp_path: Path
) -> None:
    export, is_there = EXPORTERS[kind]
    if not is_there():
        pytest.skip("This Blender has no such exporter.")
    item = edited(face)
    shown = seen_by_camera(item, tmp_path / "shown.png")
    texture = np.asarray(export(tmp_path))
    assert texture.shape == (SIZE, SIZE, 3), "alpha would be taken for holes"
    assert (np.abs(texture.astype(int) - bake(layers_of(item))[..., :3]) <= 1).all()
    again = seen_with(texture, item, tmp_path / "again.png")
    inside = shown[..., 3] == 255
    assert inside.sum() > 5000
    apart = np.abs(shown[inside].astype(int) - again[inside]).max(axis=-1)
    # Between texels of very different colours Blender mixes linear light of each layer.
    assert np.percentile(apart, 99.5) <= 3, (apart > 3).mean()


@pytest.mark.parametrize("kind", EXPORTERS)
def test_a_face_without_edits_is_exported_with_its_texture(
    kind: str, face: Face, tmp_path: Path
) -> None:
    export, is_there = EXPORTERS[kind]
    if not is_there():
        pytest.skip("This Blender has no such exporter.")
    compose(built(face))
    texture = np.asarray(export(tmp_path))
    assert (texture == face.texture(SIZE)[..., :3]).all()


def test_the_texture_comes_back_by_blenders_own_importers(face: Face, tmp_path: Path) -> None:
    item = edited(face)
    expected = bake(layers_of(item))[..., :3].astype(int)
    bpy.ops.export_scene.gltf(filepath=str(tmp_path / "a.glb"), export_format="GLB")
    new_file()
    bpy.ops.import_scene.gltf(filepath=str(tmp_path / "a.glb"))
    (image,) = [i for i in bpy.data.images if tuple(i.size) == (SIZE, SIZE)]
    assert np.abs(image_pixels(image)[..., :3] - expected).max() <= 1


def test_renderers_still_get_the_live_layers(face: Face) -> None:
    """A slider shows at once in EEVEE and Cycles; only exporters get the composed image."""
    tree = layers_of(built(face)).material.node_tree
    for engine in ("EEVEE", "CYCLES"):
        assert tree.get_output_node(engine).inputs[0].links[0].from_node.type == "GROUP"
    end = tree.get_output_node("ALL")
    assert end.target == "ALL" and end.is_active_output
    assert end.inputs[0].links[0].from_node.type == "BSDF_PRINCIPLED"


def test_solid_view_shows_all_layers(face: Face) -> None:
    """The active image of the material is what Solid view draws."""
    layers = layers_of(edited(face))
    active = layers.material.node_tree.nodes.active
    assert active == composed_node(layers.material)
    assert (image_pixels(active.image) == np.asarray(bake(layers))).mean() > 0.7
    assert not layers.material.node_tree.nodes.active.image.is_dirty


def test_a_copied_material_has_a_composed_image_of_its_own(face: Face) -> None:
    item = edited(face)
    twin = item.copy()
    twin.data = item.data.copy()
    bpy.context.scene.collection.objects.link(twin)
    before = image_pixels(composed_image(layers_of(item).material))
    editable_layers(twin).set_value(names.PAINT_STRENGTH, 0.0)
    compose(twin)
    assert composed_image(layers_of(twin).material) != composed_image(layers_of(item).material)
    assert (image_pixels(composed_image(layers_of(item).material)) == before).all()
    assert (image_pixels(composed_image(layers_of(twin).material)) != before).any()


def test_a_saved_file_has_the_image_in_it(face: Face, tmp_path: Path) -> None:
    """As the handlers of the add-on have it: packed in the .blend, a file while it is open."""
    item = edited(face)
    name = composed_image(layers_of(item).material).name
    expected = image_pixels(bpy.data.images[name])
    store_composed()
    assert bpy.data.images[name].packed_file is not None
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "my face.blend"))
    take_out_composed(saved=True)
    (beside,) = (tmp_path / "textures").iterdir()
    assert " " not in beside.name and beside.name.startswith("my_face")
    assert bpy.data.images[name].packed_file is None
    beside.unlink()  # the .blend is sent to somebody, alone
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "my face.blend"))
    take_out_composed()
    image = bpy.data.images[name]
    assert image.packed_file is None and (image_pixels(image) == expected).all()
    assert not beside.exists(), "opening a file writes nothing beside it"
