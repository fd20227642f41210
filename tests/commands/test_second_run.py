"""A second run over a folder that has the first one's results in it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import FAST, complaints, names, run
from PIL import Image

from prn_blender.cli import main
from prn_blender.core.photo.photo import Photo

pytestmark = [
    pytest.mark.usefixtures("one_model"),
    pytest.mark.once,  # long, and about files alone
]

PICTURES = ["--obj", "--show", "--depth", "--front", "similarity", *FAST]


def test_the_same_command_writes_the_same_files(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(photos, "-o", photos, *PICTURES) == 0
    assert complaints(capsys) == []
    first = {path: path.stat().st_mtime_ns for path in photos.iterdir()}
    assert run(photos, "-o", photos, *PICTURES) == 0
    (line,) = complaints(capsys)
    assert line == (
        'prn: left out of the folder "photos", as results of earlier runs: "me_depth.png", '
        '"me_depth_view.png", "me_front_texture.png", 2 more.'
    )
    assert set(photos.iterdir()) == set(first)
    assert (photos / "me.png").stat().st_mtime_ns == first[photos / "me.png"]


def test_the_original_s_names_too(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        pytest.importorskip("scipy")
        assert run(photos, "-o", photos, "--obj", "--depth", "--compat", "prnet", *FAST) == 0
    assert names(photos) == [
        "me.mtl", "me.obj", "me.png", "me_depth.jpg", "me_depth.mat", "me_texture.png"
    ]  # fmt: skip


def test_a_render_of_blender_too(photos: Path, rough_renders: None) -> None:
    pytest.importorskip("bpy")
    for _ in range(2):
        assert run(photos, "-o", photos, "--render", *FAST) == 0
    assert names(photos) == ["me.png", "me_render.png"]


def test_swaps_and_their_companions(photos: Path, donor_path: Path, astronaut: Photo) -> None:
    Image.fromarray(astronaut.pixels[:, ::-1]).save(photos / "second.jpg")
    arguments = ["swap", photos, donor_path, photos / "second.jpg", "-o", photos]
    options = ["--texture", "--matte", "--texture-size", "32"]
    seen = []
    for _ in range(2):
        assert main([*map(str, arguments), *options]) == 0
        seen.append(names(photos))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 2 + 2 * 2 * 3


def test_a_contact_sheet_is_no_photo_of_the_next(
    photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(photos)
    for name in ([], ["-o", "all of them.png"]):
        sizes = []
        for _ in range(2):
            assert main(["sheet", ".", *name]) == 0
            with Image.open(capsys.readouterr().out.strip()) as sheet:
                sizes.append(sheet.size)
        assert sizes[0] == sizes[1]


def test_a_result_that_is_named_is_read(
    photos: Path, out: Path, astronaut: Photo, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(astronaut.pixels).save(photos / "me_swap.png")
    assert run(photos / "me_swap.png", "-o", out, "--json") == 0
    assert names(out) == ["me_swap.json"]
    assert complaints(capsys) == []


def test_a_folder_of_results_alone_is_one_of_photos(
    photos: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "me.png").rename(photos / "me_swap.png")
    assert run(photos, "-o", out, "--json") == 0
    assert names(out) == ["me_swap.json"]
    assert complaints(capsys) == []


def test_pictures_that_are_not_read_are_counted(
    photos: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.HEIC", "b.heic", "c.dng", "notes.txt", ".hidden.heic"):
        (photos / name).write_bytes(b"x")
    assert run(photos, "-o", photos, "--depth", "--depth-format", "exr", *FAST) == 0
    said = (
        'prn: left out of the folder "photos", as pictures of kinds that are not read: 1 .dng, '
        "2 .heic; save them as JPEG or PNG."
    )
    assert complaints(capsys) == [said]
    assert run(photos, "-o", out, "--json", *FAST) == 0
    assert said in complaints(capsys)  # and nothing of me_depth.exr, which is ours


def test_a_folder_of_pictures_that_are_not_read_says_both(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.heic").write_bytes(b"x")
    assert run(tmp_path, "-o", out, "--json") == 1
    first, second = complaints(capsys)
    assert "1 .heic" in first
    assert "There is no photo" in second
