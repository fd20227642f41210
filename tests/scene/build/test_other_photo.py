"""Another photo for a face that is there: it becomes that photo's face, what was made stays."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import draw_dot

from prn_blender.core import Photo
from prn_blender.core.photo.photo import write_image
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.layers.paint import paint_layer
from prn_blender.scene.mesh.carry import coordinates
from prn_blender.scene.record import camera_of, face_of, photo_block, photo_record_of

pytestmark = pytest.mark.usefixtures("addon", "one_model")

EXACT = 2e-6  # metres


def build(path: Path, topology: str, **options: object) -> bpy.types.Object:
    bpy.ops.prn.reconstruct(
        filepath=str(path), stride="4", texture_size="512", topology=topology, **options
    )
    return bpy.context.view_layer.objects.active


def shapes(item: bpy.types.Object) -> dict[str, np.ndarray]:
    """Where the mesh is, and its shape keys."""
    keys = item.data.shape_keys.key_blocks if item.data.shape_keys is not None else ()
    return {"": coordinates(item.data.vertices), **{k.name: coordinates(k.data) for k in keys}}


def photo_texture(item: bpy.types.Object) -> np.ndarray:
    return image_pixels(layers_of(item).image(names.PHOTO)).astype(int)


@pytest.mark.parametrize("topology", ["lattice", "head"])
def test_it_becomes_what_the_other_photo_would_have_been_built_into(
    topology: str, photo_path: Path, donor_path: Path
) -> None:
    wanted = build(donor_path, topology, neutral=True)
    item = build(photo_path, topology, neutral=True)
    sculpted = shapes(item)[""] * 0
    sculpted[len(sculpted) // 2] = (0.0, -0.004, 0.002)
    for elements in (item.data.vertices, *(k.data for k in item.data.shape_keys.key_blocks)):
        elements.foreach_set("co", (coordinates(elements) + sculpted).ravel())
    before = photo_texture(item)
    draw_dot(layers_of(item).image(names.PHOTO), 256, 256, 10)
    paint = paint_layer(item, names.PAINT)
    material, group = item.active_material, item.vertex_groups.new(name="mine")
    group.add([0, 3], 0.5, "REPLACE")
    assert bpy.ops.prn.other_photo(filepath=str(donor_path)) == {"FINISHED"}
    assert bpy.context.view_layer.objects.active == item
    for name, there in shapes(wanted).items():
        assert np.abs(shapes(item)[name] - sculpted - there).max() < EXACT, name
    assert np.allclose(item.matrix_basis, wanted.matrix_basis, atol=1e-6)
    mine, theirs = camera_of(item), camera_of(wanted)
    assert mine != theirs
    assert mine.data.ortho_scale == pytest.approx(theirs.data.ortho_scale)
    assert np.allclose(mine.location, theirs.location, atol=1e-6)
    assert photo_block(item) == mine.data.background_images[0].image
    record, other = photo_record_of(item), photo_record_of(wanted)
    assert record.path == other.path and record.expression == other.expression
    assert np.array_equal(face_of(item).position_map, face_of(wanted).position_map)
    for name in ("photo_position", "visible"):
        values = [
            [getattr(v, "vector", None) or v.value for v in each.data.attributes[name].data]
            for each in (item, wanted)
        ]
        assert np.allclose(*values, atol=1e-3), name
    # The photo's own layer is the other photo's, but for what was drawn on it.
    texture, new = photo_texture(item), photo_texture(wanted)
    assert (texture[250:262, 250:262, :3] == (0, 255, 0)).all()
    changed = np.abs(texture - new).max(axis=-1) > 1
    assert changed.sum() < 1000
    assert (np.abs(before - new).max(axis=-1) > 6).sum() > 50_000
    assert item.active_material == material
    assert layers_of(item).image(names.PAINT) == paint
    assert item.vertex_groups["mine"].weight(3) == 0.5
    if topology == "head":
        values = [[k.value for k in each.data.shape_keys.key_blocks] for each in (item, wanted)]
        assert np.allclose(*values)


def test_a_face_beside_others_gets_a_camera_of_its_own(
    pair: Photo, donor_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "pair.png"
    write_image(path, pair.pixels)
    bpy.ops.prn.reconstruct(filepath=str(path), stride="4", texture_size="256", faces="ALL")
    item = bpy.context.view_layer.objects.active
    beside = next(
        o for o in bpy.context.scene.objects if o.type == "MESH" and o != item and "_2" in o.name
    )
    shared, there = camera_of(item), beside.matrix_basis.copy()
    assert bpy.ops.prn.other_photo(filepath=str(donor_path)) == {"FINISHED"}
    assert camera_of(item) != shared == camera_of(beside)
    assert beside.matrix_basis == there
    assert photo_block(item) != photo_block(beside)


def test_a_photo_without_that_face_changes_nothing(photo_path: Path, donor_path: Path) -> None:
    item = build(photo_path, "lattice")
    before, record = shapes(item)[""], photo_record_of(item)
    with pytest.raises(RuntimeError, match="There is no face 2: one face was found in the photo"):
        bpy.ops.prn.other_photo(filepath=str(donor_path), number=2)
    assert np.array_equal(shapes(item)[""], before)
    assert photo_record_of(item) == record
