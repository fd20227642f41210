"""The command `transfer`."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from command_line import names
from PIL import Image

from prn_blender.cli import main
from prn_blender.core import Photo

pytestmark = pytest.mark.usefixtures("one_model")


@pytest.fixture
def two(astronaut: Photo, tmp_path: Path) -> Path:
    """A folder with her mirror image and nobody."""
    folder = tmp_path / "two"
    folder.mkdir()
    Image.fromarray(np.ascontiguousarray(astronaut.pixels[:, ::-1])).save(folder / "laugh.png")
    Image.fromarray(np.full((90, 90, 3), 80, np.uint8)).save(folder / "wall.png")
    return folder


def run(*words: object) -> int:
    return main(["transfer", *map(str, words)])


def test_heads_and_values(
    two: Path, astronaut_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--onto", astronaut_path, "-o", out, "--glb", "--json", "--strength", "1.5")
    assert run(two, *words) == 0
    assert names(out) == ["astronaut.json", "astronaut_laugh_head.glb"]
    assert "wall.png was left out: No face was found" in capsys.readouterr().err
    (photo,) = json.loads((out / "astronaut.json").read_text())["photos"]
    assert photo["photo"] == "laugh" and photo["expression"]["mouthSmileLeft"] > 0.1
    data = (out / "astronaut_laugh_head.glb").read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    (mesh,) = json.loads(data[20 : 20 + length])["meshes"]
    weights = dict(zip(mesh["extras"]["targetNames"], mesh["weights"], strict=True))
    assert weights["mouthSmileLeft"] == photo["expression"]["mouthSmileLeft"]
    assert weights["Photo Detail"] == 1


def test_a_scene_has_a_pose_for_each_photo(two: Path, astronaut_path: Path, out: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")
    words = ("--onto", astronaut_path, "-o", out, "--blend", "--turn", "--no-gaze")
    assert run(two / "laugh.png", *words) == 0
    assert names(out) == ["astronaut.blend"]
    bpy.ops.wm.open_mainfile(filepath=str(out / "astronaut.blend"))
    (head,) = [item for item in bpy.data.objects if item.type == "MESH"]
    markers = head.data.shape_keys.animation_data.action.pose_markers
    assert [marker.name for marker in markers] == ["laugh"]


def test_nonsense_is_one_sentence(
    two: Path, astronaut_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    onto = ("--onto", astronaut_path, "-o", out)
    assert run(two / "wall.png", *onto) == 1
    assert "No face was found" in capsys.readouterr().err
    assert run(two, *onto, "--strength", "3") == 2
    assert "The strength is 3; it can be 0 to 2." in capsys.readouterr().err
    assert run(two, *onto, "--topology", "lattice", "--turn") == 2
    assert "--topology, --turn do nothing without --blend." in capsys.readouterr().err
    assert run(two / "laugh.png", *onto, "--face", "2") == 1
    assert "laugh.png has no face 2" in capsys.readouterr().err
    assert names(out) == []
