"""A head of somebody else in Blender: its own faces and keys, and the face remembers its file."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from photo_files import write_movie
from synthetic import write_synthetic

from prn_blender.cli import main
from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.core.errors import ModelError
from prn_blender.core.face.other_heads import bring_head
from prn_blender.core.head.head_model import HeadModel, bundled_head, kept_head
from prn_blender.core.head.other_heads import write_head
from prn_blender.core.head.other_heads.tile_places import tile_places
from prn_blender.core.outputs.head.surfaces import surfaces_of
from prn_blender.scene import SceneOptions, build_scene
from prn_blender.scene.files import new_file
from prn_blender.scene.head import add_rig
from prn_blender.scene.layers.head_tile import tile_of, whole_texture
from prn_blender.scene.layers.layer_values import read_layers
from prn_blender.scene.layers.layers import layers_of
from prn_blender.scene.mesh.shape_keys import head_of
from prn_blender.scene.names import HEAD_UV, UV_MAP
from prn_blender.scene.record import camera_of, face_of
from prn_blender.scene.result.compositor import (
    build_compositor,
    composite_files,
    composite_inputs,
)
from prn_blender.scene.stepwise import at_once


@pytest.fixture(scope="module")
def model(reconstructor: FaceReconstructor, tmp_path_factory: pytest.TempPathFactory) -> HeadModel:
    folder = tmp_path_factory.mktemp("other") / "somebody"
    write_synthetic(folder, bundled_head(), reconstructor.layout)
    write_head(bring_head(folder, reconstructor).model, folder / "head.npz")
    return kept_head(folder / "head.npz")


@pytest.fixture
def item(face: Face, model: HeadModel) -> bpy.types.Object:
    new_file()
    theirs = replace(face, head_model=model)
    return build_scene([theirs], SceneOptions(1, 256, topology="head")).faces[0]


def test_it_is_built_with_its_own_faces_and_keys(item: bpy.types.Object, model: HeadModel) -> None:
    mesh = item.data
    assert len(mesh.vertices) == model.count
    assert len(mesh.polygons) == len(model.quads)
    assert {len(polygon.vertices) for polygon in mesh.polygons} == {3}
    assert not mesh.validate()
    keys = mesh.shape_keys.key_blocks
    assert len(keys) == 2 + len(model.moves)
    assert len(mesh.materials) == len(surfaces_of(model))


def test_the_face_remembers_its_head(item: bpy.types.Object, model: HeadModel) -> None:
    face = face_of(item)
    assert face.head is not None and face.head.model is model
    assert head_of(item, face) is model
    add_rig(item, face.layout)
    layers = layers_of(item)
    tile = whole_texture(at_once(read_layers(layers, 256)), tile_of(layers))
    assert tile.shape[2] == 3 and np.ptp(tile) > 100


def test_what_the_compositor_renders_finds_the_skin_in_the_heads_own_tile(
    item: bpy.types.Object, model: HeadModel
) -> None:
    face = face_of(item)
    files = composite_files([face], composite_inputs([item]))
    composite = build_compositor([item], camera_of(item), files)
    (own,) = [o for o in composite.collection.objects if o.parent == item]
    layers = own.data.uv_layers
    there, here = (
        np.array([corner.vector for corner in layers[name].uv]) for name in (HEAD_UV, UV_MAP)
    )
    side = 1024
    column, row = (there * [side, -side] + [0, side]).astype(int).clip(0, side - 1).T
    back = tile_places(model, side)[row, column]
    known = np.isfinite(back).all(1)
    assert known.mean() > 0.7
    # But for holes, and the layout's rim, where the nearest place that the head shows counts.
    assert np.median(np.abs(back - here)[known]) < 2 / face.layout.size


def test_a_head_whose_file_is_gone_is_said(
    item: bpy.types.Object, model: HeadModel, tmp_path: Path
) -> None:
    assert model.path is not None
    away = tmp_path / "away.npz"
    model.path.rename(away)
    try:
        with pytest.raises(ModelError, match="not where it was"):
            face_of(item)
    finally:
        away.rename(model.path)


@pytest.mark.once
@pytest.mark.usefixtures("one_model")
def test_every_command_with_scenes_takes_it(
    model: HeadModel, astronaut: Photo, photos: Path, donor_path: Path, tmp_path: Path
) -> None:
    me, out = photos / "me.png", tmp_path / "out"
    pictures = [np.roll(astronaut.pixels[:320, 60:460], 4 * k, axis=1) for k in range(3)]
    movie = write_movie(tmp_path / "walk.avi", pictures, 25.0)
    head = ["--head-model", str(model.path)]
    for asked, name in (
        (["sequence", str(movie), "-o", str(out), "--blend", "--positions"], "walk"),
        (["swap", str(me), str(donor_path), "-o", str(out), "--blend-file"], "me_swap"),
        (["batch", str(photos), "-o", str(out), "--blend", "--jobs", "1"], "me"),
    ):
        assert main([*asked, *head]) == 0
        bpy.ops.wm.open_mainfile(filepath=str(out / f"{name}.blend"))
        (item,) = (o for o in bpy.context.scene.objects if o.type == "MESH")
        assert len(item.data.vertices) == model.count, name
        assert face_of(item).head_model is model
