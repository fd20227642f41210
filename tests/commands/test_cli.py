"""The command line: what it writes, and what it says meanwhile."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from command_line import FAST, complaints, names, run
from PIL import Image

from prn_blender.core.face.detection import FaceDetector
from prn_blender.core.photo import picture_file
from prn_blender.core.photo.photo import Photo

pytestmark = pytest.mark.usefixtures("one_model")


# What is written -------------------------------------------------------------------------------


def test_results_are_named_after_the_photo_and_listed(
    photos: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos / "me.png", "-o", out, "--obj", "--json", *FAST) == 0
    assert names(out) == ["me.json", "me.mtl", "me.obj", "me_texture.png"]
    said = capsys.readouterr()
    assert sorted(said.out.splitlines()) == sorted(str(path) for path in out.iterdir())
    assert said.err == ""


def test_the_json_follows_the_specification(photos: Path, out: Path) -> None:
    assert run(photos / "me.png", "-o", out, "--obj", "--json", *FAST) == 0
    content = json.loads((out / "me.json").read_text())
    assert content["photo"] == "me.png"
    assert content["size"] == [512, 512]
    (record,) = content["faces"]
    x0, y0, x1, y1 = record["box"]
    landmarks = np.array(record["landmarks"])
    assert landmarks.shape == (68, 3)
    assert np.allclose(landmarks[:, :2].min(axis=0), (x0, y0), atol=1e-3)
    assert np.allclose(landmarks[:, :2].max(axis=0), (x1, y1), atol=1e-3)
    assert all(abs(record["pose"][angle]) < 20 for angle in ("yaw", "pitch", "roll"))
    assert max(abs(record["pose"][angle]) for angle in ("yaw", "pitch", "roll")) > 1  # degrees
    assert np.array(record["pose"]["matrix"]).shape == (3, 4)
    assert 0.5 < record["confidence"] <= 1
    assert sorted(record["files"]) == ["me.mtl", "me.obj", "me_texture.png"]


@pytest.mark.parametrize(("stride", "count"), [(1, 55800), (2, 13950), (4, 3490)])
def test_stride_sets_the_density(photos: Path, out: Path, stride: int, count: int) -> None:
    assert run(photos, "-o", out, "--obj", "--texture-size", "16", "--stride", str(stride)) == 0
    faces = (out / "me.obj").read_text().count("\nf ")
    assert faces == pytest.approx(count, rel=0.07)


def test_one_look_leaves_lids_and_lips_where_the_first_network_has_them(
    photos: Path, out: Path
) -> None:
    landmarks = []
    for options in ((), ("--one-look",)):
        assert run(photos, "-o", out, "--json", *options) == 0
        landmarks.append(json.loads((out / "me.json").read_text())["faces"][0]["landmarks"])
    apart = np.linalg.norm(np.subtract(*landmarks), axis=1)
    assert apart[48:].max() > 0.5 > apart[:17].max()


@pytest.mark.parametrize(("size", "expected"), [("16", 16), ("100", 100), ("auto", 512)])
def test_texture_size_sets_the_texture(photos: Path, out: Path, size: str, expected: int) -> None:
    assert run(photos, "-o", out, "--obj", "--stride", "4", "--texture-size", size) == 0
    assert cv2.imread(str(out / "me_texture.png"), -1).shape == (expected, expected, 4)


def test_output_folders_are_made_and_files_of_the_last_run_replaced(
    photos: Path, tmp_path: Path
) -> None:
    deep = tmp_path / "a" / "b ä"
    for _ in range(2):
        assert run(photos, "-o", deep, "--json") == 0
        assert names(deep) == ["me.json"]


def test_with_a_box_no_face_is_looked_for(
    photos: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The detector is only asked whether what the box shows stands or is upside down."""

    def never(*_: Any) -> None:
        raise AssertionError("faces were looked for")

    for search in ("__call__", "thorough"):
        monkeypatch.setattr(FaceDetector, search, never)
    box = ["176", "87", "278", "178"]
    assert run(photos, "-o", out, "--json", "--box", *box) == 0
    (record,) = json.loads((out / "me.json").read_text())["faces"]
    assert np.abs(np.array(record["box"]) - np.array(box, float)).max() < 6


def two_faces(astronaut: Photo) -> Image.Image:
    canvas = np.full((260, 700, 3), 120, np.uint8)
    canvas[20:220, 20:240] = astronaut.pixels[0:200, 110:330]
    canvas[:240, 400:640] = cv2.resize(astronaut.pixels[0:200, 110:310], (240, 240))
    return Image.fromarray(canvas)


def test_further_faces_are_numbered(photos: Path, out: Path, astronaut: Photo) -> None:
    two_faces(astronaut).save(photos / "us.png")
    assert run(photos / "us.png", "-o", out, "--obj", "--json", "--all-faces", *FAST) == 0
    one, two = (["mtl", "obj", "texture.png"] for _ in range(2))
    expected = ["us.json", *[f"us{'_' if 'tex' in n else '.'}{n}" for n in one]]
    expected += [f"us_2{'_' if 'tex' in n else '.'}{n}" for n in two]
    assert names(out) == sorted(expected)
    records = json.loads((out / "us.json").read_text())["faces"]
    assert len(records) == 2
    assert records[0]["box"][0] > 400 > records[1]["box"][2]  # the largest first
    assert sorted(records[1]["files"]) == ["us_2.mtl", "us_2.obj", "us_2_texture.png"]


def test_without_all_faces_only_the_largest_comes(
    photos: Path, out: Path, astronaut: Photo
) -> None:
    two_faces(astronaut).save(photos / "us.png")
    assert run(photos / "us.png", "-o", out, "--json") == 0
    (record,) = json.loads((out / "us.json").read_text())["faces"]
    assert record["box"][0] > 400


def test_two_boxes_give_two_faces_in_their_order(photos: Path, out: Path) -> None:
    boxes = ["--box", "300", "300", "400", "400", "--box", "176", "87", "278", "178"]
    assert run(photos, "-o", out, "--json", *boxes) == 0
    records = json.loads((out / "me.json").read_text())["faces"]
    assert len(records) == 2
    assert records[1]["box"][0] == pytest.approx(176, abs=6)


def test_a_further_face_never_takes_another_photo_s_name(
    photos: Path, out: Path, astronaut: Photo
) -> None:
    two_faces(astronaut).save(photos / "us.png")
    Image.fromarray(astronaut.pixels).save(photos / "US_2.png")
    assert run(photos, "-o", out, "--obj", "--json", "--all-faces", *FAST) == 0
    assert {"us.obj", "us_3.obj", "US_2.obj", "me.obj"} <= set(names(out))
    assert "us_2.obj" not in names(out)


def test_photos_of_one_name_do_not_overwrite_each_other(
    photos: Path, out: Path, astronaut: Photo, tmp_path: Path
) -> None:
    image = Image.fromarray(astronaut.pixels)
    image.save(photos / "me.jpg")
    other = tmp_path / "other"
    other.mkdir()
    image.save(other / "ME.png")
    assert run(photos, other, photos / "me.png", "-o", out, "--json") == 0
    found = names(out)
    assert len(found) == 4
    assert len({name.lower() for name in found}) == 4
    assert "me.json" in found
    sources = [json.loads((out / name).read_text())["photo"] for name in found]
    assert sorted(sources) == ["ME.png", "me.jpg", "me.png", "me.png"]


def test_names_that_an_obj_cannot_tell_apart_do_not_overwrite_each_other(
    photos: Path, out: Path, astronaut: Photo
) -> None:
    for name in ("a b", "a_b", "a#b"):
        two_faces(astronaut).save(photos / f"{name}.png")
    two_faces(astronaut).save(photos / "a b 2.png")
    assert run(photos, "-o", out, "--obj", "--all-faces", *FAST) == 0
    assert len(names(out)) == 3 * (1 + 4 * 2)


@pytest.mark.parametrize(
    ("photo", "name"),
    [("two words.png", "two_words"), ("Ä-顔-😀.png", "Ä-顔-😀"), ("new\nline.png", "new_line"),
     ("quote's \"x\".png", "quote_s__x_"), ("\udcff.png", "_"), ("a.b.png", "a.b")],
)  # fmt: skip
def test_any_photo_name_works(
    photos: Path, out: Path, photo: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.rename(photos / "me.png", photos / photo)  # noqa: PTH104 - Path.rename is the same
    assert run(photos / photo, "-o", out, "--obj", *FAST) == 0
    assert names(out) == sorted([f"{name}.obj", f"{name}.mtl", f"{name}_texture.png"])
    assert len(capsys.readouterr().out.splitlines()) == 3


# Several photos --------------------------------------------------------------------------------


def test_one_failure_does_not_stop_the_rest(
    photos: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "bad.jpg").write_bytes(b"no picture")
    (photos / "empty.png").write_bytes(b"")
    Image.new("RGB", (200, 200), "white").save(photos / "nobody.png")
    (photos / "notes.txt").write_text("not a photo, not looked at")
    assert run(photos, "-o", out, "--obj", *FAST) == 1
    assert names(out) == ["me.mtl", "me.obj", "me_texture.png"]
    lines = complaints(capsys)
    assert len(lines) == 4
    assert all(any(name in line for line in lines) for name in ("bad", "empty", "nobody"))
    assert lines[-1] == "prn: 3 of 4 photos failed."


@pytest.mark.parametrize("bad", ["gone.jpg", "none", "x" * 300, "line\nend.jpg"])
def test_a_bad_argument_does_not_stop_the_rest(
    photos: Path, out: Path, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "none").mkdir()
    assert run(photos / bad, photos / "me.png", "-o", out, "--json") == 1
    assert names(out) == ["me.json"]
    assert len(complaints(capsys)) == 2


def test_hidden_files_of_a_folder_are_left_out(
    photos: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "._me.png").write_bytes(b"what macOS leaves on other disks")
    assert run(photos, "-o", out, "--json") == 0
    assert names(out) == ["me.json"]
    assert complaints(capsys) == []


def test_a_folder_without_photos_is_said(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none").mkdir()
    assert run(tmp_path / "none", "-o", out, "--json") == 1
    assert complaints(capsys) == ['prn: There is no photo in the folder "none".']


# The progress bar ------------------------------------------------------------------------------


def test_a_terminal_sees_a_bar_and_a_log_does_not(
    photos: Path, out: Path, astronaut: Photo, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    Image.fromarray(astronaut.pixels).save(photos / "you.png")
    assert run(photos, "-o", out, "--json") == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert run(photos, "-o", out, "--json") == 0
    said = capsys.readouterr().err
    assert "0/2" in said
    assert '1/2 "you.png"' in said
    assert "[########################] 2/2" in said


# As a program ----------------------------------------------------------------------------------


def program(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "prn_blender", *map(str, arguments)],
        capture_output=True, text=True, timeout=300, env={**os.environ, **environment},
    )  # fmt: skip


def test_the_program_writes_its_files_and_ends_with_0(photos: Path, out: Path) -> None:
    done = program("reconstruct", photos, "-o", out, "--obj", "--json", *FAST)
    assert (done.returncode, done.stderr) == (0, "")
    assert names(out) == ["me.json", "me.mtl", "me.obj", "me_texture.png"]
    assert len(done.stdout.splitlines()) == 4


def test_the_program_s_failures_are_one_line_each_in_any_terminal(photos: Path, out: Path) -> None:
    (photos / "顔.jpg").write_bytes(b"no picture")
    os.rename(photos / "me.png", photos / "Gesicht-ä-顔.png")  # noqa: PTH104
    done = program("reconstruct", photos, "-o", out, "--json", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr
    assert done.stdout.strip().endswith(r"Gesicht-\xe4-\u9854.json")
    assert names(out) == ["Gesicht-ä-顔.json"]


FULL_DISK = """
import resource, sys
from prn_blender.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
def test_a_full_disk_ends_with_1_a_sentence_and_nothing_half_written(
    photos: Path, out: Path
) -> None:
    arguments = ["reconstruct", str(photos), "-o", str(out), "--obj", "--json", *FAST]
    command = [sys.executable, "-c", FULL_DISK, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ['prn: "me_texture.png" cannot be written: File too large.']
    assert names(out) == []


def test_a_large_photo_is_built_from_at_half_its_size_and_boxes_are_the_file_s(
    photos: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_file, "MAX_PIXELS", 200_000)
    box = ["--box", "176", "87", "278", "178"]
    assert run(photos / "me.png", "-o", out, "--json", *box) == 0
    assert 'me.png" is large and was read at 256 x 256 pixels' in capsys.readouterr().err
    content = json.loads((out / "me.json").read_text())
    assert content["size"] == [256, 256]
    assert content["faces"][0]["box"][0] == pytest.approx(88, abs=4)
