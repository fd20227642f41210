"""`swap` and `render-texture`: what they write, what they say, how they end."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from prn_blender.cli import main
from prn_blender.core import Face, Photo, read_photo
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.photo import picture_file
from prn_blender.core.photo.photo import read_texture, write_image
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap

FAST = ["--texture-size", "64"]


pytestmark = pytest.mark.usefixtures("one_model")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, astronaut: Photo) -> Path:
    """Photos: one face, the same mirrored and blue, both side by side, none."""
    folder = tmp_path_factory.mktemp("photos")
    me = astronaut.pixels[:256, 96:352]
    blue = (cv2.flip(me, 1) * [0.7, 0.85, 1.0]).astype(np.uint8)
    write_image(folder / "me.png", me)
    write_image(folder / "blue.png", blue)
    write_image(folder / "both.png", np.hstack([me, blue]))
    write_image(folder / "none.png", np.full((200, 200, 3), 128, np.uint8))
    return folder


@pytest.fixture(scope="module")
def plain(folder: Path, reconstructor: FaceReconstructor) -> np.ndarray:
    """The swap without any option."""
    me, blue = (reconstructor(folder / name, max_faces=1)[0] for name in ("me.png", "blue.png"))
    return swap(me, blue, SwapOptions(texture_size=64)).picture


def run(*arguments: object) -> int:
    return main([str(a) for a in arguments])


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("prn: ")
    return lines[0]


def difference(a: Path, b: Path) -> np.ndarray:
    return np.abs(read_photo(a).pixels.astype(int) - read_photo(b).pixels).max(axis=-1)


def test_one_donor_one_target(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.png"
    options = [*FAST, "--texture", "--matte"]
    assert run("swap", folder / "me.png", folder / "blue.png", "-o", out, *options) == 0
    assert sorted(p.name for p in out.parent.iterdir()) == [
        "out.png", "out_matte.png", "out_texture.png",
    ]  # fmt: skip
    matte = read_photo(out.with_name("out_matte.png")).pixels[..., 0]
    changed = difference(out, folder / "me.png")
    assert changed[matte == 0].max() == 0
    assert np.median(changed[matte == 255]) > 2
    assert read_texture(out.with_name("out_texture.png")).shape == (64, 64, 4)


def test_what_stayed_is_drawn_and_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A face in whose photo a mask covers the mouth."""
    photo = read_photo(folder / "me.png").pixels.copy()
    (face,) = FaceReconstructor.load()(read_photo(folder / "me.png"), max_faces=1)
    x, y = face.landmarks[48:68, :2].mean(axis=0).round().astype(int)
    reach = int(0.12 * face.size)
    photo[y - reach : y + reach, x - reach : x + reach : 4] = 30
    photo[y - reach : y + reach, x - reach + 1 : x + reach : 4] = 220
    write_image(tmp_path / "masked.png", photo)
    out = tmp_path / "out.png"
    donor = folder / "blue.png"
    assert run("swap", tmp_path / "masked.png", donor, "-o", out, *FAST, "--left-out") == 0
    picture = read_photo(tmp_path / "out_left_out.png").pixels
    assert max(picture.shape) <= 1024
    said = capsys.readouterr().err
    assert "red is covered eyes, nose or mouth (" in said
    assert "Less caution" in said
    careless = [*FAST, "--left-out", "--caution", "0"]
    again = tmp_path / "again.png"
    assert run("swap", tmp_path / "masked.png", donor, "-o", again, *careless) == 0
    assert not (tmp_path / "again_left_out.png").exists()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "options",
    [
        ["--part", "prnet-eyes"],
        ["--part", "nose", "--part", "lips", "--blend", "feather", "--color-match", "none"],
        ["--blend", "laplacian", "--shape", "donor", "--strength", "0.5", "--caution", "0.5"],
        ["--no-mirror", "--fill", "inpaint", "--mouth", "donor", "--feather", "0.3"],
    ],
)
def test_every_option_works(
    folder: Path, tmp_path: Path, plain: np.ndarray, options: list[str]
) -> None:
    out = tmp_path / "out.jpg"
    assert run("swap", folder / "me.png", folder / "blue.png", "-o", out, *FAST, *options) == 0
    assert np.abs(read_photo(out).pixels.astype(int) - plain).max() > 20


def test_one_donor_to_a_folder_and_many_donors_to_one(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("swap", folder, folder / "blue.png", "-o", tmp_path, *FAST) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["blue_swap.png", "me_swap.png"]
    said = capsys.readouterr().err
    assert "both.png" in said
    assert "none.png" in said
    many = tmp_path / "many"
    donors = [folder / "me.png", folder / "none.png", folder / "blue.png"]
    assert run("swap", folder / "me.png", *donors, "-o", many, *FAST) == 1
    assert sorted(p.name for p in many.iterdir()) == ["me_blue_swap.png", "me_me_swap.png"]
    assert difference(many / "me_me_swap.png", folder / "me.png").max() <= 2
    assert '"none.png"' in complaint(capsys)


def test_faces_of_one_photo_each_their_donor(folder: Path, tmp_path: Path) -> None:
    both, out = folder / "both.png", tmp_path / "out.png"
    donors = [folder / "blue.png", folder / "me.png"]
    assert run("swap", both, *donors, "-o", out, "--all-faces", *FAST) == 0
    changed = difference(out, both)
    halves = [(changed[:, h] > 2).sum() for h in (np.s_[:256], np.s_[256:])]
    one, two = tmp_path / "1.png", tmp_path / "2.png"
    for number, path in ((1, one), (2, two)):
        assert run("swap", both, donors[0], "-o", path, "--face", number, *FAST) == 0
    sides = [(difference(p, both)[:, :256] > 2).sum() > 100 for p in (one, two)]
    assert sorted(sides) == [False, True]
    assert min(halves) >= 0
    assert max(halves) > 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.png", "me.png"], 'No face was found in "none.png"'),
        (["me.png", "none.png"], 'No face was found in "none.png"'),
        (["both.png", "me.png"], '"both.png" shows 2 faces of about one size; choose with --face'),
        (["me.png", "both.png"], '"both.png" shows 2 faces of about one size; choose with --donor'),
        (["both.png", "me.png", "--face", "3"], "there is no face 3"),
        (["me.png", "gone.png"], 'The photo "gone.png" does not exist'),
        (["me.png", "me.png", "--part", "ear"], "no part 'ear'"),
        (["me.png", "me.png", "--strength", "7"], "strength is 7"),
        (["me.png", "me.png", "--mask", "wide.png"], "it has to be square"),
        (["me.png", "me.png", "--mask", "me.json"], "does not exist"),
        (["me.png", "me.png", "blue.png", "-o", "x.png"], "several results"),
        (["me.png", "me.png", "--texture-size", "7"], "texture size is 7"),
    ],
)
def test_bad_input_gets_one_sentence(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    message: str,
) -> None:
    write_image(folder.parent / "wide.png", np.full((40, 80, 3), 255, np.uint8))
    monkeypatch.chdir(tmp_path)
    paths = [
        str(folder / a) if a.endswith(".png") and a not in ("x.png", "wide.png") else a
        for a in arguments
    ]
    paths = [str(folder.parent / a) if a == "wide.png" else a for a in paths]
    assert run("swap", *paths) in (1, 2)  # the photos or the options
    assert message in complaint(capsys)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("over", ["me.png", "blue.png"])
def test_photos_are_not_written_over(
    folder: Path, capsys: pytest.CaptureFixture[str], over: str
) -> None:
    photos = [folder / "me.png", folder / "blue.png"]
    before = [photo.read_bytes() for photo in photos]
    assert run("swap", *photos, "-o", folder / over, *FAST) == 2
    assert f'"{over}" would be written over' in complaint(capsys)
    assert run("render-texture", *photos, "-o", folder / over) == 2
    assert f'"{over}" would be written over' in complaint(capsys)
    assert run("sheet", *photos, "-o", folder / over) == 2
    assert f'"{over}" would be written over' in complaint(capsys)
    assert [photo.read_bytes() for photo in photos] == before


@pytest.fixture
def rich(folder: Path, tmp_path: Path) -> Path:
    """The photo as a cut-out of 16 bits, lying on its side, with what a camera writes."""
    me = read_photo(folder / "me.png").pixels
    alpha = np.full(me.shape[:2], 255, np.uint8)
    alpha[:, :20] = 0
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Nikon"
    stored = np.rot90(np.dstack([me[..., ::-1], alpha])).astype(np.uint16) * 257
    stored[..., :3] -= (stored[..., :3] > 9) * np.uint16(9)  # finer than 8 bits
    data = cv2.imencode(".png", stored)[1].tobytes()

    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + name + body + check

    chunks = chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)) + chunk(
        b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")
    )
    (tmp_path / "rich.png").write_bytes(data[:33] + chunks + data[33:])
    return tmp_path / "rich.png"


@pytest.mark.parametrize("command", ["swap", "render-texture"])
def test_what_the_target_had_is_still_there(
    rich: Path, folder: Path, tmp_path: Path, reconstructor: FaceReconstructor, command: str
) -> None:
    out = tmp_path / "out.png"
    if command == "swap":
        assert run("swap", rich, folder / "blue.png", "-o", out, *FAST) == 0
    else:
        texture = reconstructor(rich, max_faces=1)[0].texture(512).copy()
        texture[200:300, 200:300] = 0, 255, 0, 255
        write_image(tmp_path / "painted.png", texture)
        assert run("render-texture", rich, tmp_path / "painted.png", "-o", out) == 0
    before = np.rot90(cv2.imread(str(rich), cv2.IMREAD_UNCHANGED), -1)
    after = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    assert after.dtype == np.uint16
    assert np.array_equal(after[..., 3], before[..., 3])
    changed = difference(out, rich) > 0
    assert 1000 < changed.sum() < changed.size / 2
    assert np.array_equal(after[~changed], before[~changed])
    with Image.open(out) as image:
        assert image.getexif()[0x010F] == "Nikon"
        assert image.getexif()[0x0112] == 1
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("command", ["swap", "render-texture"])
def test_a_photo_too_large_to_be_drawn_into_is_one_sentence(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setattr(picture_file, "MAX_PIXELS", 50_000)
    assert run(command, folder / "me.png", folder / "none.png", "-o", tmp_path / "out.png") == 1
    assert "megapixels; the limit" in complaint(capsys)
    assert not (tmp_path / "out.png").exists()


def test_a_painted_texture_comes_back_into_the_photo(
    folder: Path, tmp_path: Path, reconstructor: FaceReconstructor
) -> None:
    face: Face = reconstructor(folder / "me.png", max_faces=1)[0]
    texture = face.texture(512).copy()
    write_image(tmp_path / "own.png", texture)
    row, column = face.layout.landmark_texels[30] * 2
    texture[row - 8 : row + 8, column - 8 : column + 8] = 0, 255, 0, 255
    write_image(tmp_path / "painted.png", texture)
    out = tmp_path / "out.png"
    assert run("render-texture", folder / "me.png", tmp_path / "own.png", "-o", out) == 0
    assert difference(out, folder / "me.png").max() == 0
    assert run("render-texture", folder / "me.png", tmp_path / "painted.png", "-o", out) == 0
    y, x = np.nonzero(difference(out, folder / "me.png") > 40)
    assert np.hypot(x.mean() - face.landmarks[30, 0], y.mean() - face.landmarks[30, 1]) < 2.5
    options = ["--everything", "--part", "eyes", "--blend", "poisson", "--strength", "0.5"]
    photo, painted = folder / "me.png", tmp_path / "painted.png"
    assert run("render-texture", photo, painted, "-o", tmp_path / "eyes.png", *options) == 0
    x, y = face.landmarks[30, :2].astype(int)
    assert difference(tmp_path / "eyes.png", photo)[y, x] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["me.png", "wide.png", "-o", "x.png"], "texels; it has to be square"),
        (["me.png", "gone.png", "-o", "x.png"], 'texture "gone.png" does not exist'),
        (["me.png", "me.png", "-o", "x.tif"], ".png or .jpg"),
        (["none.png", "me.png", "-o", "x.png"], "No face was found"),
        (["both.png", "me.png", "-o", "x.png"], "2 faces"),
        (["me.png", "me.png", "-o", "x.png", "--part", "nose", "--mask", "m"], "exclude"),
    ],
)
def test_bad_textures_get_one_sentence(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    message: str,
) -> None:
    Image.new("RGBA", (80, 40)).save(folder.parent / "wide.png")
    monkeypatch.chdir(tmp_path)
    places = {"wide.png": folder.parent}
    photo, texture, *rest = arguments
    paths = [str(places.get(a, folder) / a) for a in (photo, texture)]
    assert run("render-texture", *paths, *rest) in (1, 2)  # the photos or the options
    assert message in complaint(capsys)
    assert not list(tmp_path.iterdir())


def test_transparency_of_textures_is_kept(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 40), (10, 20, 30, 40)).save(tmp_path / "a.png")
    Image.new("L", (40, 40), 99).save(tmp_path / "b.png")
    assert read_texture(tmp_path / "a.png")[5, 5].tolist() == [10, 20, 30, 40]
    assert read_texture(tmp_path / "b.png")[5, 5].tolist() == [99, 99, 99, 255]


@pytest.mark.parametrize("name", ["out.webp", "out.TIF", "out.bmp", "out.gif", "out.psd"])
def test_a_picture_of_another_format_becomes_no_folder(
    folder: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("swap", folder / "me.png", folder / "blue.png", "-o", tmp_path / name, *FAST) == 2
    assert name in complaint(capsys)
    assert list(tmp_path.iterdir()) == []
