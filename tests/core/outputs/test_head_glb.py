"""NAME_head.glb, the whole head: read by another reader, against the head itself."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from prn_blender.core import FaceReconstructor, Photo
from prn_blender.core.errors import ModelError
from prn_blender.core.face.face import Face
from prn_blender.core.head.placed_head import DETAIL
from prn_blender.core.outputs.head.photo_colours import iris_colour, skin_colour, white_colour
from prn_blender.core.outputs.head.texture import head_texture
from prn_blender.core.outputs.options import OutputOptions
from prn_blender.core.outputs.outputs import write_outputs


@pytest.fixture(scope="module")
def written(face: Face, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("head")
    options = OutputOptions(head=True, texture_size=256)
    assert write_outputs(face, folder, "somebody", options) == ["somebody_head.glb"]
    return (folder / "somebody_head.glb").read_bytes()


def content(data: bytes) -> dict[str, Any]:
    magic, version, length, size, kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, length, kind) == (b"glTF", 2, len(data), b"JSON")
    found: dict[str, Any] = json.loads(data[20 : 20 + size])
    return found


def test_the_targets_are_the_expressions_with_the_photos_values(face: Face, written: bytes) -> None:
    head = face.head
    assert head is not None
    (mesh,) = content(written)["meshes"]
    names, weights = mesh["extras"]["targetNames"], mesh["weights"]
    assert names == [*head.model.move_names, DETAIL]
    assert weights[:-1] == pytest.approx(head.expression, abs=1e-4)
    assert weights[-1] == 1
    assert all(len(p["targets"]) == len(names) for p in mesh["primitives"])
    assert [m["name"] for m in content(written)["materials"]] == [
        *("Skin", "Eyes", "Mouth", "Teeth", "Tongue", "Lashes", "Lids")
    ]


def test_a_foreign_reader_finds_the_neutral_head(face: Face, written: bytes) -> None:
    trimesh = pytest.importorskip("trimesh")
    head = face.head
    assert head is not None
    scene = trimesh.load(io.BytesIO(written), file_type="glb")
    found = np.concatenate([g.vertices for g in scene.geometry.values()])
    blender = found[:, [0, 2, 1]] * [1, -1, 1]  # the file has (x, z, -y) of Blender's
    for low_high in (np.min, np.max):
        assert low_high(blender, axis=0) == pytest.approx(low_high(head.neutral, axis=0), abs=1e-5)
    area = sum(g.area for g in scene.geometry.values())
    a, b, c = (head.neutral[head.model.triangles[:, k]].astype(float) for k in range(3))
    assert area == pytest.approx(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2, rel=1e-4)
    skin = next(iter(scene.geometry.values()))
    assert np.asarray(skin.visual.material.baseColorTexture).shape[:2] == (512, 512)
    # Faces look outwards: their normals point away from the middle of the skull.
    top = skin.triangles_center[:, 1] > 0.06
    middle = skin.triangles_center[top].mean(0) * [1, 0, 1]
    assert ((skin.triangles_center[top] - middle) * skin.face_normals[top]).sum(1).min() > 0


def test_the_texture_has_the_face_skin_and_eyes(face: Face) -> None:
    head = face.head
    assert head is not None
    texture = face.texture(512)
    painted = head_texture(face, head, texture)
    left, bottom, share = head.model.face_rect
    side = len(painted)
    assert side == pytest.approx(512 / share, abs=1)
    # The face: the cheeks and the nose are where the tile has the layout.
    for v, u in ((250, 256), (330, 180), (330, 330)):
        x, y = left * side + u, (1 - bottom - share) * side + v
        there = painted[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].mean((0, 1))
        assert there == pytest.approx(
            texture[v - 2 : v + 3, u - 2 : u + 3, :3].mean((0, 1)), abs=12
        )
    # Neck and skull are skin; the skull is shaved.
    skin, shaved = skin_colour(face), painted[10, side // 2].astype(int)
    assert skin[0] > skin[1] > skin[2]
    assert shaved[0] > shaved[1] > shaved[2]
    assert (shaved < skin).all()
    # Eyes: white behind, a black pupil ahead, the iris around it.
    balls = head.model.uv[head.model.part == head.model.part_names.index("eyes")].reshape(-1, 2)
    x, y = (balls * [side, -side] + [0, side]).astype(int).T
    eyes = painted[y.min() : y.max(), x.min() : x.max()].reshape(-1, 3).astype(int)
    white = white_colour(face)
    assert white.min() > 150
    assert np.ptp(white) < 20, "it is no skin"
    assert (np.abs(eyes - white).max(1) < 2).any()
    assert (eyes.min(1) > 0.5 * white.min()).mean() > 0.5
    assert (eyes.max(1) < 30).any()
    assert (np.abs(eyes - iris_colour(face)).max(1) < 12).any()


def test_lashes_are_hairs_on_sheets_that_are_clear(written: bytes) -> None:
    about = content(written)
    (lashes,) = [m for m in about["materials"] if m["name"] == "Lashes"]
    assert lashes["alphaMode"] == "BLEND" and lashes["doubleSided"]
    texture = about["textures"][lashes["pbrMetallicRoughness"]["baseColorTexture"]["index"]]
    view = about["bufferViews"][about["images"][texture["source"]]["bufferView"]]
    start = len(written) - about["buffers"][0]["byteLength"]
    png = written[start + view["byteOffset"] :][: view["byteLength"]]
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture[..., 3].max() == 255
    assert 0.02 < (picture[..., 3] > 128).mean() < 0.4
    assert picture[..., :3].max() < 40, "dark past the hairs, too: no bright fringe"


def test_who_has_no_head_gets_one_sentence(face: Face, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no whole head"):
        write_outputs(replace(face, expression={}), tmp_path, "x", OutputOptions(head=True))
    assert not list(tmp_path.iterdir())


def test_a_photo_without_colours_gives_a_head_without(
    reconstructor: FaceReconstructor, astronaut: Photo, tmp_path: Path
) -> None:
    grey = cv2.cvtColor(astronaut.pixels, cv2.COLOR_RGB2GRAY)
    (face,) = reconstructor(Photo.from_pixels(np.dstack([grey] * 3)), max_faces=1)
    head = face.head
    assert head is not None
    texture = head_texture(face, head, face.texture(256))
    assert np.ptp(texture.astype(int), axis=2).max() <= 2  # of the pupils' black
    write_outputs(face, tmp_path, "grey", OutputOptions(head=True, texture_size=256))
    materials = content((tmp_path / "grey_head.glb").read_bytes())["materials"]
    (lids,) = (m for m in materials if m["name"] == "Lids")
    assert np.ptp(lids["pbrMetallicRoughness"]["baseColorFactor"][:3]) == 0
