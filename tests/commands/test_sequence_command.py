"""The command `sequence`: what it writes, and what it says of bad input."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import complaints, names
from photo_files import write_movie

from prn_blender.cli import main
from prn_blender.core import Photo, read_photo
from prn_blender.core.outputs.live_link import read_live_link
from prn_blender.core.photo.frames import open_shot
from prn_blender.core.photo.photo import write_image

pytestmark = pytest.mark.usefixtures("one_model")


def run(shot: Path, folder: Path, *arguments: str) -> int:
    return main(["sequence", str(shot), "-o", str(folder), *arguments])


@pytest.fixture(scope="module")
def shot(astronaut: Photo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """She is carried to the right, four pixels a frame."""
    frames = [np.roll(astronaut.pixels[:320, 60:460], 4 * k, axis=1) for k in range(6)]
    return write_movie(tmp_path_factory.mktemp("shot") / "my shot.avi", frames, 24.0)


def test_json_and_live_link_say_what_moves(
    shot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shot, tmp_path) == 0
    assert names(tmp_path) == ["my_shot.csv", "my_shot.json"]
    assert capsys.readouterr().out.splitlines() == [
        str(tmp_path / "my_shot.json"), str(tmp_path / "my_shot.csv"),
    ]  # fmt: skip
    about = json.loads((tmp_path / "my_shot.json").read_text())
    assert (about["shot"], about["size"], about["rate"]) == ("my shot.avi", [400, 320], 24)
    (person,) = about["people"]
    assert person["frames"] == [1, 2, 3, 4, 5, 6]
    matrices = np.array(person["pose"]["matrix"])
    assert np.diff(matrices[:, 0, 3]) == pytest.approx([4] * 5, abs=0.7)
    world = np.array(person["matrix_world"])
    assert np.allclose(np.linalg.det(world[:, :3, :3]), 1, atol=0.01)  # perspective: real size
    assert (np.diff(world[:, 0, 3]) > 0).all()
    assert set(person["expression"]) >= {"jawOpen", "eyeBlinkLeft"}
    curves = read_live_link(tmp_path / "my_shot.csv")
    told = person["expression"]["mouthSmileLeft"]
    assert curves.curve("mouthSmileLeft") == pytest.approx(told, abs=1e-4)
    assert len(curves.seconds) == 6


def test_a_range_of_the_frames_and_one_of_the_results(shot: Path, tmp_path: Path) -> None:
    asked = ("--start", "2", "--end", "6", "--step", "2", "--json", "--camera", "ortho")
    assert run(shot, tmp_path, *asked) == 0
    assert names(tmp_path) == ["my_shot.json"]
    (person,) = json.loads((tmp_path / "my_shot.json").read_text())["people"]
    assert person["frames"] == [2, 4, 6]
    assert person["seconds"] == pytest.approx([1 / 24, 3 / 24, 5 / 24], abs=1e-6)
    assert person["camera"]["type"] == "ortho"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--person", "2", "--end", "2"), "shows 1 person"),
        (("--person", "0"), "counted from 1"),
        (("--start", "9"), "no frame 9"),
        (("--start", "0"), "counted from 1"),
        (("--rate", "-1"), "frame rate"),
        (("--focal", "0", "--end", "1"), "focal length"),
    ],
)
def test_bad_arguments_get_one_sentence(
    arguments: tuple[str, ...], says: str, shot: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert run(shot, tmp_path, *arguments) in (1, 2)  # the shot or the options
    (line,) = complaints(capsys)
    assert says in line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--topology", "head"), "--topology does nothing without --blend."),
        (("--fewer-keys",), "--fewer-keys does nothing without --blend."),
        (
            ("--mouth", "donor", "--donor-face", "2"),
            "--mouth, --donor-face do nothing without --swap DONOR.",
        ),
    ],
)
def test_arguments_that_do_nothing_are_refused(
    arguments: tuple[str, ...],
    says: str,
    shot: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(shot, tmp_path, *arguments) == 2
    assert says in capsys.readouterr().err
    assert names(tmp_path) == []


def test_another_face_in_the_frames(
    shot: Path, tmp_path: Path, astronaut: Photo, capsys: pytest.CaptureFixture[str]
) -> None:
    donor = tmp_path / "donor.png"
    write_image(donor, astronaut.pixels[:320, 60:460][:, ::-1])
    asked = ("--swap", str(donor), "--json", "--texture-size", "64", "--end", "3")
    out = tmp_path / "out"
    assert run(shot, out, *asked) == 0
    assert names(out) == ["my_shot.json", "my_shot_swap"]
    pictures = out / "my_shot_swap"
    assert names(pictures) == [*(f"my_shot_000{k}.png" for k in (1, 2, 3)), "swap.json"]
    assert capsys.readouterr().out.splitlines()[-1] == str(pictures)
    first = read_photo(pictures / "my_shot_0001.png").pixels
    plain = next(open_shot(shot).frames()).photo.pixels
    changed = (first != plain).any(axis=-1)
    assert 0.02 < changed.mean() < 0.5
    # The same again does what is missing, and nothing else.
    (pictures / "my_shot_0003.png").unlink()
    before = (pictures / "my_shot_0001.png").stat().st_mtime_ns
    assert run(shot, out, *asked) == 0
    assert (pictures / "my_shot_0003.png").is_file()
    assert run(shot, out, *asked) == 0
    assert read_photo(pictures / "my_shot_0001.png").pixels.tobytes() == first.tobytes()
    assert (pictures / "my_shot_0001.png").stat().st_mtime_ns >= before


def test_a_donor_without_a_face_is_said_before_the_work(
    shot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = tmp_path / "blank.png"
    write_image(blank, np.full((64, 64, 3), 128, np.uint8))
    assert run(shot, tmp_path / "out", "--swap", str(blank)) == 1
    assert "No face was found" in complaints(capsys)[0]
    assert names(tmp_path / "out") == []
