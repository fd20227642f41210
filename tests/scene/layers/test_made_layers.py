"""Layers that are made of a photo: whoever makes one anew makes all alike, lit or without light."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import draw_dot
from record_files import activate, opened

from prn_blender.scene.images.image import image_pixels, is_as_made
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.layers import SKIN_LAYER, layers_of
from prn_blender.scene.names import FACE, is_head
from prn_blender.scene.record import VERSION, face_of, read_record

pytestmark = pytest.mark.usefixtures("addon", "one_model")


def build(path: Path, topology: str = "head") -> bpy.types.Object:
    bpy.ops.prn.reconstruct(filepath=str(path), stride="4", texture_size="256", topology=topology)
    return bpy.context.view_layer.objects.active


def layer(item: bpy.types.Object, name: str) -> np.ndarray:
    return image_pixels(layers_of(item).image(name)).astype(int)[..., :3]


def off(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference of two layers, levels."""
    return float(np.abs(one - other).mean())


def test_another_photo_of_a_face_without_light_is_without_light(
    photo_path: Path, donor_path: Path, tmp_path: Path
) -> None:
    """The file is saved in between: the face itself says what its layers are made with."""
    item = build(donor_path)
    lit = {name: layer(item, name) for name in (SKIN_LAYER, names.PHOTO)}
    bpy.ops.prn.complete(delight=1.0, mirror=False)
    made = (names.COMPLETED, names.FILL_MASK, SKIN_LAYER)
    wanted = {name: layer(item, name) for name in made}
    name = build(photo_path).name
    item = bpy.data.objects[name]
    bpy.ops.prn.complete(delight=1.0, mirror=False)
    before = {name: layer(item, name) for name in made}
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    item = opened(tmp_path / "face.blend")[name]
    activate(item)
    assert bpy.ops.prn.other_photo(filepath=str(donor_path)) == {"FINISHED"}
    for each in made:
        assert np.array_equal(layer(item, each), wanted[each]), each
        assert is_as_made(layers_of(item).image(each))
    assert off(wanted[names.COMPLETED], before[names.COMPLETED]) > 5
    assert off(wanted[SKIN_LAYER], lit[SKIN_LAYER]) > 1
    assert read_record(item).completed == {
        "mirror": 0, "fill": "smooth", "keep_hair": 0.0, "delight": 1.0
    }  # fmt: skip


def test_a_head_that_was_a_lattice_meanwhile_has_skin_without_light(photo_path: Path) -> None:
    item = build(photo_path)
    photographed = layer(item, SKIN_LAYER)
    bpy.ops.prn.complete(delight=1.0)
    without, completed = layer(item, SKIN_LAYER), layer(item, names.COMPLETED)
    assert off(without, photographed) > 1
    bpy.ops.prn.rebuild(topology="lattice")
    assert not is_head(item)
    bpy.ops.prn.rebuild(topology="head")
    assert np.array_equal(layer(item, SKIN_LAYER), without)
    assert np.array_equal(layer(item, names.COMPLETED), completed)


def test_what_was_painted_on_made_layers_comes_along(photo_path: Path, donor_path: Path) -> None:
    item = build(donor_path)
    bpy.ops.prn.complete()
    wanted = {name: layer(item, name) for name in (names.COMPLETED, SKIN_LAYER)}
    item = build(photo_path)
    bpy.ops.prn.complete()
    layers = layers_of(item)
    draw_dot(layers.image(names.COMPLETED), 128, 128, 8)
    draw_dot(layers.image(SKIN_LAYER), 100, 100, 8)
    dots = {name: (layer(item, name) == (0, 255, 0)).all(-1) for name in wanted}
    assert all(150 < dot.sum() < 300 for dot in dots.values())
    for _ in range(2):  # the strokes are still known to be strokes
        assert bpy.ops.prn.other_photo(filepath=str(donor_path)) == {"FINISHED"}
        for name, new in wanted.items():
            now = layer(item, name)
            assert (now[dots[name]] == (0, 255, 0)).mean() > 0.95, name
            assert (np.abs(now - new).max(-1) > 8).sum() < 3 * dots[name].sum(), name


def test_pins_move_the_completed_texture_with_the_face(photo_path: Path) -> None:
    item = build(photo_path)
    bpy.ops.prn.complete(delight=1.0)
    before = {name: layer(item, name) for name in (names.COMPLETED, SKIN_LAYER)}
    face = face_of(item)
    x, y = face.landmarks[48, :2].tolist()
    texel = int(face.layout.landmark_texels[48] @ [face.layout.size, 1])
    bpy.ops.prn.adjust(pins=[{"name": "", "texel": texel, "at": (x + 6, y + 6)}])
    pinned = {name: layer(item, name) for name in before}
    assert off(pinned[names.COMPLETED], before[names.COMPLETED]) > 0.5
    bpy.ops.prn.complete(delight=1.0)
    for name, pixels in pinned.items():
        assert np.array_equal(layer(item, name), pixels), name


@pytest.mark.parametrize("button", ["complete", "update_face"])
def test_a_skin_whose_image_was_deleted_is_made_again(photo_path: Path, button: str) -> None:
    item = build(photo_path)
    skin = layer(item, SKIN_LAYER)
    bpy.data.images.remove(layers_of(item).image(SKIN_LAYER))
    if button == "update_face":
        bpy.data.images.remove(layers_of(item).image(names.PHOTO))
    assert getattr(bpy.ops.prn, button)() == {"FINISHED"}
    assert off(layer(item, SKIN_LAYER), skin) < 2  # the model may look a little differently
    assert layer(item, names.PHOTO).std() > 10


def test_a_record_that_does_not_know_leaves_the_layer(photo_path: Path, donor_path: Path) -> None:
    """Of version 2; what it says of everything else is read."""
    item = build(photo_path, "lattice")
    bpy.ops.prn.complete(delight=1.0)
    group = item.data[FACE].to_dict()
    del group["completed"]
    item.data[FACE] = {**group, "version": 2}
    before = layer(item, names.COMPLETED)
    assert read_record(item).completed is None and read_record(item).version == VERSION
    assert bpy.ops.prn.other_photo(filepath=str(donor_path)) == {"FINISHED"}
    assert np.array_equal(layer(item, names.COMPLETED), before)
    assert item.data[FACE]["version"] == VERSION
