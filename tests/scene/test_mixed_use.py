"""Faces that were duplicated, moved, linked or lost something: nothing of one reaches another."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from editing import built, draw_dot

from prn_blender.interface.views.occluders import occluders_of
from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.record import change_photo, faces_of_photo, photo_record_of

pytestmark = pytest.mark.usefixtures("addon")


def duplicate(item: bpy.types.Object) -> bpy.types.Object:
    """As Shift+D does, with a material of its own: it shares the images."""
    copy = item.copy()
    copy.data = item.data.copy()
    copy.data.materials[0] = item.data.materials[0].copy()
    bpy.context.collection.objects.link(copy)
    return copy


def activate(item: bpy.types.Object) -> None:
    bpy.context.view_layer.objects.active = item


def test_images_that_two_materials_share_are_parted_before_they_change(
    photo_path: Path, donor_path: Path
) -> None:
    item = built(photo_path)
    bpy.ops.prn.swap(filepath=str(donor_path))
    bpy.ops.prn.paint()
    bpy.ops.object.mode_set(mode="OBJECT")
    before = {
        layer: image_pixels(layers_of(item).image(layer)) for layer in (names.DONOR, names.PAINT)
    }
    copy = duplicate(item)
    activate(copy)
    bpy.ops.prn.swap(filepath=str(donor_path), color_match="none", parts={"lips"})
    bpy.ops.prn.paint()
    draw_dot(layers_of(copy).image(names.PAINT), 300, 300, 40)
    for layer, pixels in before.items():
        assert layers_of(copy).image(layer) != layers_of(item).image(layer)
        assert np.array_equal(image_pixels(layers_of(item).image(layer)), pixels)


def test_a_duplicate_is_left_alone_by_what_works_on_a_photo_s_faces(photo_path: Path) -> None:
    item = built(photo_path)
    copy = duplicate(item)
    copy.location.x += 0.3
    place, count = copy.matrix_basis.copy(), len(copy.data.vertices)
    activate(item)
    assert faces_of_photo(item, bpy.context.scene) == [item]
    assert faces_of_photo(copy, bpy.context.scene) == [copy]
    bpy.ops.prn.rebuild(stride="2")
    assert copy.matrix_basis == place and len(copy.data.vertices) == count
    assert len(item.data.vertices) > count


def test_another_mesh_keeps_where_the_user_has_put_the_face(photo_path: Path) -> None:
    item = built(photo_path)
    plain = np.array(item.matrix_basis)
    bpy.ops.prn.rebuild(stride="2")
    assert np.allclose(np.array(item.matrix_basis), plain, atol=1e-6)
    item.scale = item.scale * 2
    item.location.x += 0.5
    moved = np.array(item.matrix_basis)
    bpy.ops.prn.rebuild(stride="4")
    assert np.allclose(np.array(item.matrix_basis), moved, atol=1e-5)
    bpy.ops.prn.front_view()
    bpy.ops.prn.rebuild(stride="2")
    bpy.ops.prn.front_view()
    assert np.allclose(np.array(item.matrix_basis), moved, atol=1e-5)


def test_a_group_of_the_user_s_asks_for_no_groups_of_ours(photo_path: Path) -> None:
    item = built(photo_path)
    item.vertex_groups.new(name="Hair")
    bpy.ops.prn.rebuild(stride="2")
    assert "nose" not in item.vertex_groups
    bpy.ops.prn.part_groups()
    bpy.ops.prn.rebuild(stride="4")
    assert "nose" in item.vertex_groups


def test_our_own_objects_are_not_in_the_way(astronaut_path: Path) -> None:
    bpy.ops.prn.reconstruct(
        filepath=str(astronaut_path), stride="4", texture_size="256", landmarks="points"
    )
    item = bpy.context.active_object
    assert occluders_of(bpy.context, item) == []
    assert bpy.ops.prn.clear_view() == {"CANCELLED"}
    item.data.attributes.remove(item.data.attributes["photo_position"])
    assert occluders_of(bpy.context, item) == []


def test_without_its_uv_map_a_face_is_left_as_it_is(photo_path: Path, donor_path: Path) -> None:
    item = built(photo_path)
    item.data.uv_layers["UVMap"].name = "mine"
    with pytest.raises(RuntimeError, match="has lost what says where its points are"):
        bpy.ops.prn.part_groups()
    with pytest.raises(RuntimeError, match="has lost what says where its points are"):
        bpy.ops.prn.swap(filepath=str(donor_path), donor_shape=True)
    assert layers_of(item).image(names.DONOR) is None


def test_a_bake_leaves_an_image_of_that_name_alone(photo_path: Path) -> None:
    item = built(photo_path)
    mine = bpy.data.images.new(f"{item.name} Baked", 8, 8)
    bpy.ops.prn.bake(size="512")
    bpy.ops.prn.bake(size="512")
    assert tuple(mine.size) == (8, 8) and mine.name == f"{item.name} Baked"
    assert sum("Baked" in image.name for image in bpy.data.images) == 2


def test_a_face_that_viewports_do_not_show_is_not_painted(photo_path: Path) -> None:
    item = built(photo_path)
    item.hide_viewport = True
    with pytest.raises(RuntimeError, match="disabled in viewports"):
        bpy.ops.prn.paint()
    assert layers_of(item).image(names.PAINT) is None


def test_a_socket_that_is_gone_is_one_sentence(photo_path: Path) -> None:
    item = built(photo_path)
    tree = layers_of(item).group.node_tree
    socket = next(s for s in tree.interface.items_tree if s.name == names.PAINT)
    socket.name = "Mine"
    with pytest.raises(RuntimeError, match="has lost its input 'Paint'"):
        bpy.ops.prn.paint()


def test_strokes_on_a_face_made_local_are_kept(photo_path: Path, tmp_path: Path) -> None:
    built(photo_path)
    bpy.ops.prn.paint()
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    new_file()
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (there, here):
        here.objects = [name for name in there.objects if name == photo_path.stem]
    (item,) = here.objects
    bpy.context.collection.objects.link(item)
    activate(item)
    item.select_set(True)
    bpy.ops.object.make_local(type="SELECT_OBDATA_MATERIAL")
    item = bpy.context.active_object
    assert layers_of(item).image(names.PAINT).library is not None
    bpy.ops.prn.paint()
    image = layers_of(item).image(names.PAINT)
    assert image.library is None
    draw_dot(image, 100, 100, 30)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "mine.blend"))
    item = bpy.data.objects[photo_path.stem]
    assert image_pixels(layers_of(item).image(names.PAINT)).any()


def test_linked_partners_of_a_photo_stay_as_they_are(photo_path: Path, tmp_path: Path) -> None:
    item = built(photo_path)
    copy = item.copy()
    copy.data = item.data.copy()
    change_photo(copy, position_map=photo_record_of(item).position_map.copy())
    bpy.context.collection.objects.link(copy)
    assert faces_of_photo(item, bpy.context.scene) == [item, copy]
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    new_file()
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (there, here):
        here.objects = [name for name in there.objects if name.startswith(photo_path.stem)]
    faces = [o for o in here.objects if o.type == "MESH"]
    for face in faces:
        bpy.context.collection.objects.link(face)
        face.select_set(face == faces[0])
    activate(faces[0])
    bpy.ops.object.make_local(type="SELECT_OBDATA")
    mine = bpy.context.active_object
    assert mine.library is None
    assert faces_of_photo(mine, bpy.context.scene) == [mine]
    with pytest.raises(RuntimeError, match="camera of this photo is linked"):
        bpy.ops.prn.rebuild(stride="2")


def test_a_node_of_the_user_s_in_one_layer_leaves_the_others_usable(photo_path: Path) -> None:
    item = built(photo_path)
    layers = layers_of(item)
    tree = layers.material.node_tree
    noise = tree.nodes.new("ShaderNodeTexNoise")
    tree.links.new(noise.outputs[0], layers.group.inputs[names.COMPLETED])
    assert bpy.ops.prn.paint() == {"FINISHED"}
