"""Whole heads as Blender objects: the photo's pixels, keys, materials, and every tool on them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Face
from prn_blender.core.errors import OptionError
from prn_blender.core.face.adjust import Pin
from prn_blender.core.face.face import IDENTITY
from prn_blender.core.head.eyeballs import eyeballs
from prn_blender.core.head.lashes import with_lashes
from prn_blender.core.head.placed_head import DETAIL
from prn_blender.core.outputs.head.surround import colours_around
from prn_blender.core.outputs.head.texture import head_texture
from prn_blender.scene import FaceScene, SceneOptions, build_scene
from prn_blender.scene.build.adjust import adjust, plan_adjustment
from prn_blender.scene.files import new_file
from prn_blender.scene.head import add_rig
from prn_blender.scene.images.image import array_image, image_pixels
from prn_blender.scene.layers import texture_group as names
from prn_blender.scene.layers.complete import add_completed
from prn_blender.scene.layers.composed import compose
from prn_blender.scene.layers.export_nodes import composed_image
from prn_blender.scene.layers.layers import FACE_LAYER, SKIN_LAYER, layers_of, surface_node
from prn_blender.scene.marks import LANDMARKS, show_marks
from prn_blender.scene.mesh import texel_of_vertices, uv_of_vertices
from prn_blender.scene.mesh.mesh import on_layout
from prn_blender.scene.mesh.shape_keys import DONOR_SHAPE, set_shape
from prn_blender.scene.names import HEAD_UV, UV_MAP, VISIBLE, is_head
from prn_blender.scene.record import face_of

SIZE = 256
SEEN = 0.5
"""How far a vertex follows the position map, from which on it counts as seen."""
PARTS = ["Eyes", "Mouth", "Teeth", "Tongue", "Lashes", "Lids"]


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    new_file()
    yield


def built(face: Face, **options: object) -> FaceScene:
    return build_scene([face], SceneOptions(1, SIZE, topology="head", **options))


def shown(item: bpy.types.Object) -> np.ndarray:
    """(n, 3): the vertices as Blender shows them, keys and modifiers included; object's frame."""
    bpy.context.view_layer.update()
    mesh = item.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    values = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", values)
    return values.reshape(-1, 3)


def in_photo(scene: FaceScene, item: bpy.types.Object, points: np.ndarray) -> np.ndarray:
    """(n, 2) photo pixels: where the camera sees points (n, 3) of an object's frame."""
    matrix = np.array(item.matrix_world)
    return scene.view.project(points @ matrix[:3, :3].T + matrix[:3, 3])


def off_the_photo(scene: FaceScene, item: bpy.types.Object, face: Face) -> np.ndarray:
    """(n,): pixels between seen vertices in the camera's picture and the map at their texels."""
    seen = in_photo(scene, item, shown(item))
    head = face.head
    assert head is not None
    at = head.model.texel[head.model.shown][:, None]
    there = cv2.remap(face.extended_position_map, at, None, cv2.INTER_LINEAR)[:, 0, :2]
    apart = np.linalg.norm(seen[head.model.shown] - there, axis=1)
    return np.asarray(apart[head.seen[head.model.shown] > SEEN])


@pytest.mark.parametrize("camera", ["ortho", "persp"])
def test_seen_vertices_lie_on_their_pixels(face: Face, camera: str) -> None:
    scene = built(face, camera=camera)
    (item,) = scene.faces
    apart = off_the_photo(scene, item, face)
    assert len(apart) > 1000
    assert apart.max() < 0.5
    keys, head = item.data.shape_keys.key_blocks, face.head
    assert head is not None
    assert [key.name for key in keys] == ["Basis", *head.model.move_names, DETAIL]
    assert [key.value for key in keys[1:]] == pytest.approx([*head.expression, 1], abs=1e-6)
    assert {(key.slider_min, key.slider_max) for key in keys} == {(0, 1)}
    keys[DETAIL].value = 0
    assert off_the_photo(scene, item, face).max() > apart.max()


def test_keys_move_the_person_and_jaw_open_closes_the_mouth(face: Face) -> None:
    (item,) = built(face).faces
    keys, head = item.data.shape_keys.key_blocks, face.head
    assert head is not None
    for key in keys[1:]:
        key.value = 0
    assert shown(item) == pytest.approx(head.neutral, abs=1e-6)
    lips = head.model.lips
    closed = np.ptp(shown(item)[lips, 2])
    keys["jawOpen"].value = 1
    assert np.ptp(shown(item)[lips, 2]) > closed + 0.02
    weights = np.zeros(len(head.model.move_names))
    weights[head.model.move_names.index("jawOpen")] = 1
    assert shown(item) == pytest.approx(head.shape(weights, 0), abs=1e-6)


def test_what_the_mesh_has(face: Face) -> None:
    (item,) = built(face, colors=True).faces
    mesh, head = item.data, face.head
    assert head is not None
    model = head.model
    assert is_head(item)
    assert {len(p.vertices) for p in mesh.polygons} == {4}
    assert [m.name for m in mesh.materials] == [item.name, *(f"{item.name} {p}" for p in PARTS)]
    material = np.array([p.material_index for p in mesh.polygons])
    for number, part in enumerate(PARTS[1:4], 2):
        vertices = {v for p in mesh.polygons if p.material_index == number for v in p.vertices}
        name = {"Mouth": "mouth_bag"}.get(part, part.lower())
        assert vertices == set(model.of_part(name).tolist())
    assert set(material) == set(range(7))
    for name, members in model.groups.items():
        group = item.vertex_groups[name].index
        found = [any(g.group == group for g in v.groups) for v in mesh.vertices]
        assert found == members.tolist()
    tile = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers[HEAD_UV].uv.foreach_get("vector", tile)
    assert tile.reshape(-1, 4, 2) == pytest.approx(with_lashes(model), abs=1e-7)
    assert mesh.uv_layers.active.name == HEAD_UV and mesh.uv_layers[HEAD_UV].active_render
    # Where the layout shows a vertex, the layout's map says so; seams and all.
    uv = uv_of_vertices(mesh)
    both = on_layout(uv) & (model.follow > 0)
    assert both.sum() == (model.follow > 0).sum()
    size = face.layout.size
    there = np.c_[uv[:, 0] * size - 0.5, (1 - uv[:, 1]) * size - 0.5]
    elsewhere = np.abs(there - model.texel).max(axis=1) > 1e-3
    assert (both & elsewhere).sum() <= 12, "but for a few at the very rim"
    assert not on_layout(uv)[model.of_part("eyes", "teeth", "tongue", "lashes")].any()
    visible = np.array([v.value for v in mesh.attributes[VISIBLE].data])
    texel = texel_of_vertices(mesh, face.layout)
    both &= ~elsewhere
    assert (visible[both] == face.visibility.ravel()[texel[both]]).mean() > 0.99
    assert not visible[model.groups["scalp"]].any()
    colours = mesh.color_attributes["photo_color"]
    assert np.isfinite([c.color_srgb[0] for c in colours.data]).all()


def test_other_models_give_the_lattice(face: Face) -> None:
    foreign = replace(
        face, coefficients={k: v for k, v in face.coefficients.items() if k != IDENTITY}
    )
    scene = built(foreign)
    assert scene.headless == 1
    assert not is_head(scene.faces[0])
    assert built(face).headless == 0
    # Nobody has asked for a head by name.
    scene = build_scene([foreign], SceneOptions(texture_size=SIZE))
    assert scene.headless == 0
    assert not is_head(scene.faces[0])


@pytest.mark.parametrize(
    ("options", "whole"),
    [
        ({}, True),
        ({"stride": 4}, False),  # of which a head has none
        ({"stride": 4, "topology": "head"}, True),
        ({"topology": "lattice"}, False),
    ],
)
def test_what_a_face_becomes(face: Face, options: dict[str, Any], whole: bool) -> None:
    item = build_scene([face], SceneOptions(texture_size=SIZE, **options)).faces[0]
    assert is_head(item) == whole


def composed(item: bpy.types.Object) -> np.ndarray:
    compose(item)
    image = composed_image(layers_of(item).material)
    assert image is not None
    return image_pixels(image)[..., :3]


def test_exporters_get_the_whole_head_with_all_layers(face: Face) -> None:
    (item,) = built(face).faces
    head = face.head
    assert head is not None
    as_built = head_texture(face, head, face.texture(SIZE))
    assert np.abs(composed(item).astype(int) - as_built).max() <= 2
    layers = layers_of(item)
    green = np.zeros((SIZE, SIZE, 4), np.uint8)
    green[100:140, 100:140] = 20, 220, 60, 255
    layers.set_image(names.PAINT, array_image("paint", green))
    painted, side = composed(item), len(as_built)
    left, bottom, share = head.model.face_rect
    column, row = left + share * 120 / SIZE, 1 - bottom - share * (1 - 120 / SIZE)
    assert painted[int(row * side), int(column * side)] == pytest.approx([20, 220, 60], abs=2)
    changed = np.abs(painted.astype(int) - as_built).max(-1) > 3
    assert 0.5 < changed.sum() / (40 * share * side / SIZE) ** 2 < 1.5
    layers.remove_image(names.PAINT)
    add_completed(item, face)
    assert (np.abs(composed(item).astype(int) - as_built).max(-1) > 3).mean() > 0.002


def test_a_renderer_shows_what_exporters_get(face: Face) -> None:
    """Cycles and numpy mix the face into the skin by the same formula."""
    from prn_blender.scene.layers.cycles_bake import baked_output

    (item,) = built(face).faces
    layers = layers_of(item)

    def surface(tree: bpy.types.NodeTree) -> bpy.types.NodeSocket:
        group = tree.nodes[layers.group.name]
        inner = group.node_tree = group.node_tree.copy()
        mixed = next(n for n in inner.nodes if n.type == "EMISSION").inputs["Color"].links[0]
        inner.links.new(
            mixed.from_socket,
            next(n for n in inner.nodes if n.type == "GROUP_OUTPUT").inputs["Color"],
        )
        return group.outputs["Color"]

    found = baked_output(layers.material, surface, False, SIZE)[..., :3]
    srgb = np.where(found > 0.0031308, 1.055 * found.clip(0) ** (1 / 2.4) - 0.055, 12.92 * found)
    whole, head = composed(item), face.head
    assert head is not None
    left, bottom, share = head.model.face_rect * len(whole)
    top = len(whole) - bottom - share
    there = whole[round(top) : round(top + share), round(left) : round(left + share)]
    there = cv2.resize(there, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    baked = found.any(axis=-1)  # the head has holes where lids and lips part
    inside = cv2.erode((face.layout.mask & baked).astype(np.uint8), np.ones((9, 9))) > 0
    assert inside.mean() > 0.3
    assert np.abs(255 * srgb - there)[inside].mean() < 3


def test_all_parts_are_lit_together(face: Face) -> None:
    (item,) = built(face, material="lit").faces
    lights = [surface_node(m).inputs["Lit"] for m in item.data.materials[1:]]
    assert {light.default_value for light in lights} == {1.0}
    layers_of(item).set_value(names.LIT, 0.0)
    assert {light.default_value for light in lights} == {0.0}


def test_heads_in_a_file_share_the_picture_of_their_lashes(face: Face) -> None:
    first, second = (built(face).faces[0] for _ in range(2))
    images = {
        next(n.image for n in item.data.materials[5].node_tree.nodes if n.type == "TEX_IMAGE")
        for item in (first, second)
    }
    assert len(images) == 1
    group = surface_node(first.data.materials[5])
    assert group.inputs["Opacity"].links, "where no hair is they are clear"


def test_skin_runs_on_where_the_photo_ends(face: Face) -> None:
    """No step of colour along the layout's rim, on either side of the face."""
    head = face.head
    assert head is not None
    model, colours = head.model, colours_around(face, head)
    photo = face.texture(face.layout.size)[..., :3].astype(np.float32)
    light = cv2.GaussianBlur(photo, (0, 0), face.layout.size / 40)
    for part in ("left_cheek", "right_cheek", "chin"):
        inside = model.groups.get(part, np.zeros(model.count, bool)) & (head.seen > 0.99)
        if not inside.any():
            continue
        there = cv2.remap(light, model.texel[inside][:, None], None, cv2.INTER_LINEAR)[:, 0]
        assert np.median(np.abs(colours[inside] - there)) < 12
    a, b, _, _ = model.neighbours
    skin = np.isin(np.arange(model.count), model.of_part("skin"))
    outside = skin[a] & skin[b] & (np.minimum(head.seen[a], head.seen[b]) < 0.99)
    step = np.abs(colours[a] - colours[b]).max(axis=1)[outside]
    assert np.quantile(step, 0.9) < 10
    assert np.quantile(step, 0.99) < 20
    layers = layers_of(built(face).faces[0])
    assert layers.image(SKIN_LAYER) is not None and layers.is_plain(names.SKIN)


def test_landmarks_lie_where_the_face_has_them(face: Face) -> None:
    scene = built(face)
    (item,) = scene.faces
    count = len(item.data.vertices)
    show_marks(item, LANDMARKS, True)
    balls = shown(item)[count:].reshape(68, -1, 3).mean(axis=1)
    seen = in_photo(scene, item, balls)  # visible ones come first
    apart = np.linalg.norm(seen - face.landmarks[:, None, :2], axis=2).min(axis=1)
    assert np.median(apart[17:]) < 0.5
    assert apart.max() < 0.06 * face.size


def test_adjusting_takes_the_whole_head_along(face: Face) -> None:
    scene = built(face)
    (item,) = scene.faces
    head = face.head
    assert head is not None
    crown = head.model.mean[:, 2].argmax()
    before, keys = shown(item), item.data.shape_keys.key_blocks
    smile = [np.array(p.co) for p in keys["mouthSmileLeft"].data]
    opened = np.array(smile) - [np.array(p.co) for p in keys["Basis"].data]
    x, y = face.landmarks[8, :2].tolist()
    chin = Pin(int(face.layout.landmark_texels[8] @ [face.layout.size, 1]), (x, y + 4))
    adjust(item, plan_adjustment(item)([chin]))
    again = face_of(item)
    assert off_the_photo(scene, item, again).max() < 0.7
    moved = np.linalg.norm(shown(item) - before, axis=1)
    assert moved.max() > 0.002
    assert moved[crown] < 0.5 * moved.max()
    now = np.array([np.array(p.co) for p in keys["mouthSmileLeft"].data])
    assert now - [np.array(p.co) for p in keys["Basis"].data] == pytest.approx(opened, abs=1e-3)
    assert layers_of(item).image(FACE_LAYER) is not None


def test_a_donors_shape_stays_on_the_face(face: Face) -> None:
    (item,) = built(face).faces
    moved = face.position_map.copy()
    moved[..., 0] += 5
    moved[~face.layout.mask] = 1e6  # outside the mask maps mean nothing
    before = shown(item)
    set_shape(item, face, moved)
    apart = np.linalg.norm(shown(item) - before, axis=1) * face.pose.scale
    head = face.head
    assert head is not None
    assert item.data.shape_keys.key_blocks[DONOR_SHAPE].value == 1
    nose = head.model.groups["nose"]
    assert np.median(apart[nose]) == pytest.approx(5, abs=0.1)
    assert apart.max() < 6
    assert apart[head.model.mean[:, 2].argmax()] < 0.5, "the crown stays"


def test_a_head_is_kept_in_a_file(face: Face, tmp_path: Path) -> None:
    (item,) = built(face).faces
    before = shown(item)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "head.blend"))
    new_file()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "head.blend"))
    (item,) = [o for o in bpy.data.objects if is_head(o)]
    assert shown(item) == pytest.approx(before, abs=1e-7)
    again = face_of(item).head
    assert again is not None and face.head is not None
    assert again.vertices == pytest.approx(face.head.vertices, abs=1e-5)
    assert layers_of(item).of_head and UV_MAP in item.data.uv_layers


def test_the_rig_turns_jaw_and_eyes(face: Face) -> None:
    (item,) = built(face).faces
    before, head = shown(item), face.head
    assert head is not None
    rig = add_rig(item, face.layout)
    assert np.abs(shown(item) - before).max() < 1e-5, "at rest nothing moves"
    weights = np.array(
        [
            [sum(g.weight for g in v.groups if g.group == index) for v in item.data.vertices]
            for index in (item.vertex_groups[name].index for name in head.model.bone_names)
        ]
    )
    assert weights == pytest.approx(head.model.weights, abs=0.02)
    rig.pose.bones["jaw"].rotation_mode = "XYZ"
    rig.pose.bones["jaw"].rotation_euler.x = 0.2
    moved = np.linalg.norm(shown(item) - before, axis=1)
    chin, crown = head.model.groups["chin"], head.model.mean[:, 2].argmax()
    assert moved[chin].min() > 0.005
    assert moved[crown] < 1e-5
    rig.pose.bones["jaw"].rotation_euler.x = 0.0
    look = bpy.data.objects[f"{item.name} Look"]
    look.location.x += 0.1
    turned = shown(item) - before
    iris = [eye.ball[head.model.mean[eye.ball, 1].argmin()] for eye in eyeballs(head.model)]
    assert (turned[iris, 0] > 0.001).all()
    assert np.abs(turned[head.model.groups["nose"]]).max() < 1e-5
    with pytest.raises(OptionError, match="has a rig already"):
        add_rig(item, face.layout)
    (lattice,) = build_scene([face], SceneOptions(4, SIZE)).faces
    with pytest.raises(OptionError, match="is a lattice"):
        add_rig(lattice, face.layout)
