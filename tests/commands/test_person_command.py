"""The command `person`."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import names
from PIL import Image

from prn_blender.cli import main
from prn_blender.core import Photo

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "face.schema.json"
pytestmark = pytest.mark.usefixtures("one_model")


@pytest.fixture
def two(astronaut: Photo, tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    for path, share in zip(paths, (1.0, 0.7), strict=True):
        Image.fromarray((astronaut.pixels * share).astype(np.uint8)).save(path)
    return paths


def run(*words: object) -> int:
    return main(["person", *map(str, words)])


def test_photos_become_one_set_of_files(
    two: list[Path], out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.png"
    Image.fromarray(np.full((90, 90, 3), 80, np.uint8)).save(empty)
    words = ("-o", out, "--obj", "--json", "--stride", "4", "--texture-size", "128")
    assert run(*two, empty, *words) == 0
    assert names(out) == ["one.json", "one.mtl", "one.obj", "one_texture.png"]
    about = json.loads((out / "one.json").read_text())
    assert [p["photo"] for p in about["person"]["photos"]] == ["one.png", "two.png"]
    assert [p["photo"] for p in about["person"]["left_out"]] == ["empty.png"]
    assert len(about["faces"]) == 1
    said = capsys.readouterr()
    assert "empty.png was left out: No face was found" in said.err
    assert sorted(said.out.splitlines()) == sorted(str(path) for path in out.iterdir())
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    jsonschema.validate(about, json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_a_name_for_results(two: list[Path], out: Path) -> None:
    assert run(*two, "-o", out, "--name", "Eileen", "--json") == 0
    assert names(out) == ["Eileen.json"]
    assert run(*two, "-o", out, "--name", "../x", "--json") == 2
    assert names(out) == ["Eileen.json"]


def test_no_usable_photo_is_one_sentence(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "gone.png", "-o", out, "--json") == 1
    assert "gone.png" in capsys.readouterr().err and names(out) == []


def test_a_scene_has_all_cameras(two: list[Path], out: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")
    assert run(*two, "-o", out, "--blend", "--stride", "4", "--texture-size", "128") == 0
    bpy.ops.wm.open_mainfile(filepath=str(out / "one.blend"))
    assert len([item for item in bpy.data.objects if item.type == "CAMERA"]) == 2
