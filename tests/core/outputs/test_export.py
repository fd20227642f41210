"""Files for other programs, read back by another program."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import trimesh

from prn_blender.core.choices import PROFILES
from prn_blender.core.errors import OptionError, OutputError
from prn_blender.core.face.face import Face
from prn_blender.core.outputs.export import write_obj
from prn_blender.core.outputs.options import OutputOptions
from prn_blender.core.outputs.outputs import write_outputs


def statements(path: Path, word: str) -> list[str]:
    lines = path.read_text(encoding="utf-8").split("\n")
    return [line[len(word) + 1 :] for line in lines if line.startswith(word + " ")]


@pytest.fixture(scope="module")
def folder(face: Face, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("obj")
    assert write_obj(face, folder, "a", 2, 256) == ["a.obj", "a.mtl", "a_texture.png"]
    return folder


def test_only_the_three_files_named_are_written(folder: Path) -> None:
    assert sorted(p.name for p in folder.iterdir()) == ["a.mtl", "a.obj", "a_texture.png"]


def test_trimesh_reads_the_mesh_with_its_texture(folder: Path, face: Face) -> None:
    mesh = trimesh.load(folder / "a.obj", process=False, force="mesh")
    quads = face.layout.quads(2)
    assert len(mesh.vertices) == len(np.unique(quads[quads >= 0]))
    assert len(mesh.faces) == len(quads) + (quads[:, 3] >= 0).sum()
    uv = mesh.visual.uv
    assert uv.shape == (len(mesh.vertices), 2)
    assert 0 <= uv.min() < 0.05
    assert 0.95 < uv.max() <= 1
    image = np.asarray(mesh.visual.material.image)
    assert image.shape == (256, 256, 4)
    assert np.array_equal(image, face.texture(256))


def test_the_mesh_stands_upright_in_metres_and_looks_along_z(folder: Path, face: Face) -> None:
    mesh = trimesh.load(folder / "a.obj", process=False, force="mesh")
    height = np.ptp(mesh.vertices[:, 1])
    assert 0.1 < height < 0.35
    # Y up, along +Z: the nose's texel has the largest z of the upper half.
    used = np.unique(face.layout.quads(2))
    row, column = face.layout.landmark_texels[30]
    texel = np.argmin(np.abs(used // 256 - row) + np.abs(used % 256 - column))
    nose = mesh.vertices[texel]
    assert nose[2] > np.percentile(mesh.vertices[:, 2], 98)
    assert abs(nose[0]) < 0.02
    # Most triangles look away from the middle: the winding survived the change of axes.
    assert (mesh.face_normals * (mesh.triangles_center - mesh.centroid)).sum(axis=1).mean() > 0


def test_each_vertex_has_the_texture_coordinate_of_its_texel(folder: Path, face: Face) -> None:
    vertices = np.array([line.split() for line in statements(folder / "a.obj", "v")], float)
    uv = np.array([line.split() for line in statements(folder / "a.obj", "vt")], float)
    used = np.unique(face.layout.quads(2))
    used = used[used >= 0]
    assert len(vertices) == len(uv) == len(used)
    assert np.allclose(uv[:, 0], (used % 256 + 0.5) / 256, atol=1e-6)
    assert np.allclose(uv[:, 1], 1 - (used // 256 + 0.5) / 256, atol=1e-6)
    corners = [
        [part.split("/") for part in line.split()] for line in statements(folder / "a.obj", "f")
    ]
    assert all(len(c) in (3, 4) and all(v == t for v, t in c) for c in corners)
    index = np.array([int(v) for c in corners for v, _ in c])
    assert index.min() == 1
    assert index.max() == len(used)


def test_the_vertices_are_the_canonical_face_in_metres(folder: Path, face: Face) -> None:
    vertices = np.array([line.split() for line in statements(folder / "a.obj", "v")], float)
    blender = np.stack([vertices[:, 0], -vertices[:, 2], vertices[:, 1]], axis=1)
    used = np.unique(face.layout.quads(2))
    canonical = face.layout.canonical.reshape(-1, 3)[used[used >= 0]]
    assert np.sqrt(((blender - canonical) ** 2).sum(axis=1).mean()) < 0.006


def test_names_in_the_files_are_relative(folder: Path) -> None:
    assert statements(folder / "a.obj", "mtllib") == ["a.mtl"]
    assert statements(folder / "a.mtl", "map_Kd") == ["a_texture.png"]
    assert statements(folder / "a.obj", "usemtl") == statements(folder / "a.mtl", "newmtl")


NAMES = [
    "with space", "Gesicht-Ä-顔", "100%", "new\nline", "a.b.c", "a#1", "-s 1 1 1", "C\\x",
    "it's \"me\"", "tab\there", "no\u00a0break", "e\u0301", "a&b?c=d", " leading",
]  # fmt: skip


# PRNet's meshes are large, and their files are named by the same code.
@pytest.mark.parametrize(
    ("name", "front", "profile"),
    [
        *((name, "similarity", "prn") for name in NAMES),
        *(("with space", front, profile) for front in (None, "affine") for profile in PROFILES),
    ],
)
def test_any_name_gives_files_that_find_each_other(
    face: Face, tmp_path: Path, name: str, front: Any, profile: Any
) -> None:
    options = OutputOptions(obj=True, front=front, stride=4, texture_size=16, profile=profile)
    files = write_outputs(face, tmp_path, name, options)
    assert sorted(files) == sorted(p.name for p in tmp_path.iterdir())
    for mesh in (tmp_path / file for file in files if file.endswith(".obj")):
        # As MeshLab, Assimp and tinyobjloader read: comments go, a name ends at the first space,
        # and a statement may have options before it.
        (material,) = first_words(mesh, "mtllib")
        (texture,) = first_words(tmp_path / material, "map_Kd")
        assert (tmp_path / texture).is_file()
        assert not {*material, *texture} & set("-#\\\"'%?&") - {"-"}
        assert not material.startswith("-") and not texture.startswith("-")
        loaded = trimesh.load(mesh, process=False, force="mesh")
        assert loaded.visual.material.image.size == (16, 16)


def first_words(path: Path, word: str) -> list[str]:
    """What simple parsers see: no comments, no continued lines, words between white space."""
    rows = [line.partition("#")[0].split() for line in path.read_text("utf-8").split("\n")]
    return [row[1] for row in rows if row and row[0] == word]


def test_blender_s_own_importer_finds_the_texture(face: Face, tmp_path: Path) -> None:
    bpy = pytest.importorskip("bpy")
    write_outputs(
        face, tmp_path, "two words #1", OutputOptions(obj=True, stride=4, texture_size=16)
    )
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.obj_import(filepath=str(tmp_path / "two_words__1.obj"))
    (image,) = [image for image in bpy.data.images if image.type == "IMAGE"]
    assert tuple(image.size) == (16, 16)


def test_meshes_without_materials_hold_no_name_at_all(face: Face, tmp_path: Path) -> None:
    files = write_outputs(face, tmp_path, "two words", OutputOptions(colors=True, stride=4))
    assert files == ["two words_colors.obj", "two words_colors.ply"]
    assert all(b"two" not in (tmp_path / file).read_bytes() for file in files)


def test_doubled_positions_become_triangles_of_the_obj(face: Face, tmp_path: Path) -> None:
    layout = face.layout
    canonical = layout.canonical.copy()
    canonical[50:150, 60:200:3] = canonical[50:150, 61:201:3]
    doubled = type(layout)("d", layout.mask, layout.landmark_texels, canonical)
    joined = Face(face.photo, doubled, face.position_map, face.crop, 1.0)
    write_obj(joined, tmp_path, "a", 1, 16)
    quads = doubled.quads(1)
    assert (quads[:, 3] < 0).any()
    lines = [line.split() for line in statements(tmp_path / "a.obj", "f")]
    assert sum(len(line) == 3 for line in lines) == (quads[:, 3] < 0).sum()
    assert sum(len(line) == 4 for line in lines) == (quads[:, 3] >= 0).sum()
    used = np.unique(quads)
    vertices = np.array([line.split() for line in statements(tmp_path / "a.obj", "v")], float)
    assert len(vertices) == (used >= 0).sum()
    index = [[int(c.split("/")[0]) - 1 for c in line] for line in lines]
    own = used[used >= 0].tolist()
    texels = {frozenset(own[i] for i in face) for face in index}
    assert texels == {frozenset(i for i in quad if i >= 0) for quad in quads.tolist()}


@pytest.mark.parametrize(("stride", "size"), [(3, 64), (1, 9), (1, "big")])
def test_options_that_make_no_sense_write_nothing(
    face: Face, tmp_path: Path, stride: int, size: Any
) -> None:
    with pytest.raises(OptionError):
        write_obj(face, tmp_path, "a", stride, size)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(face: Face, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_obj(face, tmp_path / "gone", "a", 4, 16)


def test_the_texture_file_is_what_the_face_gives(folder: Path, face: Face) -> None:
    back = cv2.imread(str(folder / "a_texture.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(back[..., [2, 1, 0, 3]], face.texture(256))
