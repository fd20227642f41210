"""What a photo's file had beside 8-bit colours is in the picture that was made from it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from photo_files import levels, written
from PIL import Image, ImageCms
from test_colour_profile import display_p3
from test_colour_spaces import LINEAR, SRGB_CURVE, gama, linear, profile, with_profile
from test_sound_files import png_with

from prn_blender.core.photo.edited import write_edited
from prn_blender.core.photo.photo import Photo, read_photo

ORIENTATION, MAKE, EXIF_IFD, ISO, WIDTH = 0x0112, 0x010F, 0x8769, 0x8827, 0xA002
ARTIST, GPS, GPS_LATITUDE = 0x013B, 0x8825, 2
MAKER_NOTE, X_RESOLUTION = 0x927C, 282


def brightened(photo: Photo) -> np.ndarray:
    """The photo with a patch that is something else."""
    picture = photo.pixels.copy()
    picture[30:60, 40:80] = 255 - picture[30:60, 40:80] // 2
    return picture


def edited(tmp_path: Path, source: Path, name: str = "out.png") -> tuple[Path, Photo, np.ndarray]:
    photo = read_photo(source)
    picture = brightened(photo)
    write_edited(tmp_path / name, picture, photo)
    return tmp_path / name, photo, picture


def camera(orientation: int = 1, note: int = 0) -> Any:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE], exif[ARTIST] = orientation, "Nikon", "Jörg"
    exif[EXIF_IFD] = {ISO: 400, WIDTH: 120} | ({MAKER_NOTE: bytes(note)} if note else {})
    exif[GPS] = {GPS_LATITUDE: (52.0, 30.0, 0.0)}
    return exif


# EXIF and resolution ---------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("result", ["out.jpg", "out.png", "out.JPEG"])
def test_exif_is_kept(tmp_path: Path, picture: np.ndarray, suffix: str, result: str) -> None:
    source = written(tmp_path / f"a.{suffix}", Image.fromarray(picture), exif=camera().tobytes())
    out, _, wanted = edited(tmp_path, source, result)
    with Image.open(out) as image:
        exif = image.getexif()
        assert exif[MAKE] == "Nikon"
        assert exif[ORIENTATION] == 1
        assert exif.get_ifd(EXIF_IFD)[ISO] == 400
        assert float(exif.get_ifd(GPS)[GPS_LATITUDE][0]) == 52
        assert not {256, 257, 273, 279, 513} & set(exif)  # how the other file stored its pixels
    assert levels(read_photo(out).pixels, wanted) < 3


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("result", ["out.jpg", "out.png"])
def test_a_turned_photo_is_not_turned_twice(
    tmp_path: Path, picture: np.ndarray, suffix: str, result: str
) -> None:
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(picture, 1)))
    source = written(tmp_path / f"a.{suffix}", stored, exif=camera(6).tobytes(), dpi=(300, 150))
    out, photo, wanted = edited(tmp_path, source, result)
    assert photo.pixels.shape == picture.shape
    assert levels(read_photo(out).pixels, wanted) < 3
    with Image.open(out) as image:
        assert image.getexif()[ORIENTATION] == 1
        assert image.getexif().get_ifd(EXIF_IFD)[WIDTH] == 120
        assert image.info["dpi"] == pytest.approx((150, 300), abs=0.1)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "bmp"])
@pytest.mark.parametrize("result", ["out.jpg", "out.png"])
def test_the_resolution_is_kept(
    tmp_path: Path, picture: np.ndarray, suffix: str, result: str
) -> None:
    source = written(tmp_path / f"a.{suffix}", Image.fromarray(picture), dpi=(240, 240))
    out, _, _ = edited(tmp_path, source, result)
    with Image.open(out) as image:
        assert image.info["dpi"] == pytest.approx((240, 240), abs=0.1)


def test_a_camera_s_notes_that_do_not_fit_are_left_away(
    tmp_path: Path, picture: np.ndarray
) -> None:
    source = written(
        tmp_path / "a.png", Image.fromarray(picture), exif=camera(note=70_000).tobytes()
    )
    for name, notes in (("out.jpg", False), ("out.png", True)):
        out, _, _ = edited(tmp_path, source, name)
        with Image.open(out) as image:
            inner = image.getexif().get_ifd(EXIF_IFD)
            assert inner[ISO] == 400
            assert (MAKER_NOTE in inner) == notes


def test_damaged_exif_costs_nothing_but_itself(tmp_path: Path, picture: np.ndarray) -> None:
    noise = np.random.default_rng(5)
    good = camera().tobytes()
    for _ in range(60):
        bad = bytearray(good)
        for at in noise.integers(6, len(bad), 5):
            bad[at] = noise.integers(256)
        source = written(tmp_path / "a.png", Image.fromarray(picture), exif=bytes(bad))
        for name in ("out.png", "out.jpg"):
            out, photo, wanted = edited(tmp_path, source, name)
            assert read_photo(out).pixels.shape == wanted.shape
            assert read_photo(out).width == photo.width


# Colour profiles -------------------------------------------------------------------------------


@pytest.mark.parametrize("result", ["out.jpg", "out.png"])
def test_a_wide_gamut_stays_wide(tmp_path: Path, picture: np.ndarray, result: str) -> None:
    source = written(tmp_path / "a.png", Image.fromarray(picture), icc_profile=display_p3())
    out, _, wanted = edited(tmp_path, source, result)
    with Image.open(out) as image:
        assert image.info["icc_profile"] == display_p3()
        stored = np.asarray(image.convert("RGB"))
    untouched = np.ones(picture.shape[:2], bool)
    untouched[30:60, 40:80] = False
    if result == "out.png":
        assert np.array_equal(stored[untouched], picture[untouched])
    # Grey-green patches leave the gamut nowhere; what was drawn is seen as it was drawn.
    assert levels(read_photo(out).pixels[32:58, 42:78], wanted[32:58, 42:78]) < 3


def test_a_profile_that_is_as_good_as_srgb_is_kept(tmp_path: Path, picture: np.ndarray) -> None:
    icc = profile("Camera", SRGB_CURVE)
    source = written(tmp_path / "a.png", Image.fromarray(picture), icc_profile=icc)
    out, _, wanted = edited(tmp_path, source)
    with Image.open(out) as image:
        assert image.info["icc_profile"] == icc
    assert np.array_equal(read_photo(out).pixels, wanted)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_profile_that_does_not_fit_rgb_is_left_away(
    tmp_path: Path, picture: np.ndarray, mode: str
) -> None:
    icc = profile("Grey", LINEAR, b"GRAY")
    source = written(tmp_path / "a.jpg", Image.fromarray(picture).convert(mode), icc_profile=icc)
    out, _, wanted = edited(tmp_path, source)
    with Image.open(out) as image:
        assert "icc_profile" not in image.info
    assert np.array_equal(read_photo(out).pixels, wanted)


def test_linear_light_without_a_profile_is_written_as_srgb(
    tmp_path: Path, picture: np.ndarray
) -> None:
    stored = (linear(picture, 255) + 0.5).astype(np.uint8)
    (tmp_path / "a.png").write_bytes(png_with(stored, gama(1.0)))
    out, _, wanted = edited(tmp_path, tmp_path / "a.png")
    assert np.array_equal(read_photo(out).pixels, wanted)
    assert read_photo(out).as_stored


# Alpha -----------------------------------------------------------------------------------------


def cut_out(picture: np.ndarray) -> np.ndarray:
    alpha = np.zeros(picture.shape[:2], np.uint8)
    alpha[:, 20:] = 100
    alpha[:, 50:] = 255
    return np.dstack([picture, alpha])


def test_a_cut_out_stays_cut_out(tmp_path: Path, picture: np.ndarray) -> None:
    rgba = cut_out(picture)
    out, _, wanted = edited(tmp_path, written(tmp_path / "a.png", Image.fromarray(rgba)))
    with Image.open(out) as image:
        stored = np.asarray(image)
    assert stored.shape == rgba.shape
    assert np.array_equal(stored[..., 3], rgba[..., 3])
    assert np.array_equal(stored[:30], rgba[:30])  # colours where nothing shows, too
    assert np.array_equal(stored[30:60, 50:80, :3], wanted[30:60, 50:80])
    shown = read_photo(out).pixels.astype(int)
    assert np.abs(shown - wanted)[:, 50:].max() == 0
    # At 100 of 255 nothing is darker than 155 on white.
    assert np.abs(shown - np.maximum(wanted, 155))[:, 40:50].max() <= 1


def test_a_jpeg_of_a_cut_out_is_on_white(tmp_path: Path, picture: np.ndarray) -> None:
    source = written(tmp_path / "a.png", Image.fromarray(cut_out(picture)))
    out, _, wanted = edited(tmp_path, source, "out.jpg")
    assert levels(read_photo(out).pixels, wanted) < 3


def test_a_transparent_colour_stays_transparent(tmp_path: Path, picture: np.ndarray) -> None:
    image = Image.fromarray(picture).quantize(16)
    index = int(np.asarray(image)[5, 5])
    out, _, wanted = edited(tmp_path, written(tmp_path / "a.png", image, transparency=index))
    with Image.open(out) as found:
        assert found.mode == "RGBA"
        assert np.array_equal(np.asarray(found)[..., 3] == 0, np.asarray(image) == index)
    hidden = np.asarray(image) == index
    assert np.array_equal(read_photo(out).pixels[~hidden], wanted[~hidden])


# 16 bits ---------------------------------------------------------------------------------------


def deep(picture: np.ndarray) -> np.ndarray:
    """16 bits, of which the lower ones matter."""
    fine = np.random.default_rng(2).integers(-120, 121, picture.shape)
    return (picture.astype(int) * 257 + fine).clip(0, 65535).astype(np.uint16)


@pytest.mark.parametrize("kind", ["png", "tif", "alpha", "linear"])
def test_16_bits_stay_16_bits(tmp_path: Path, picture: np.ndarray, kind: str) -> None:
    values = deep(picture)
    source = tmp_path / ("a.tif" if kind == "tif" else "a.png")
    stored = values[..., ::-1]
    if kind == "alpha":
        stored = np.dstack([stored, cut_out(picture)[..., 3].astype(np.uint16) * 257])
    data = cv2.imencode(source.suffix, stored)[1].tobytes()
    if kind == "linear":
        data = with_profile(data, profile("Linear sRGB", LINEAR))
    source.write_bytes(data)
    out, photo, wanted = edited(tmp_path, source)
    back = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    assert back.dtype == np.uint16
    assert back.shape[2] == (4 if kind == "alpha" else 3)
    if kind == "alpha":
        assert np.array_equal(back[..., 3], stored[..., 3])
    same = (wanted == photo.pixels).all(axis=2)
    assert np.array_equal(back[same], stored[same])
    again = read_photo(out)
    assert np.abs(again.pixels[:, 50:].astype(int) - wanted[:, 50:]).max() <= 1
    if kind == "linear":
        with Image.open(out) as image:
            assert image.info["icc_profile"] == profile("Linear sRGB", LINEAR)


def test_deep_grey_becomes_deep_colour(tmp_path: Path, picture: np.ndarray) -> None:
    values = deep(picture)[..., 0]
    assert cv2.imwrite(str(tmp_path / "a.png"), values)
    out, photo, wanted = edited(tmp_path, tmp_path / "a.png")
    back = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    same = (wanted == photo.pixels).all(axis=2)
    assert np.array_equal(back[same], np.repeat(values[same][:, None], 3, axis=1))


# Without the file ------------------------------------------------------------------------------


def test_without_its_file_a_photo_is_written_as_it_is(tmp_path: Path, picture: np.ndarray) -> None:
    source = written(tmp_path / "a.png", Image.fromarray(cut_out(picture)))
    photo = read_photo(source)
    for change in (
        lambda: source.write_bytes(b"no picture"),
        lambda: written(source, Image.fromarray(cut_out(255 - picture))),
        lambda: written(source, Image.fromarray(picture).resize((200, 100))),
        source.unlink,
    ):
        change()
        write_edited(tmp_path / "out.png", brightened(photo), photo)
        assert np.array_equal(read_photo(tmp_path / "out.png").pixels, brightened(photo))
    of_pixels = Photo.from_pixels(picture)
    write_edited(tmp_path / "out.png", picture, of_pixels)
    assert np.array_equal(read_photo(tmp_path / "out.png").pixels, picture)


def test_a_photo_may_be_written_over_itself(tmp_path: Path, picture: np.ndarray) -> None:
    source = written(tmp_path / "a.png", Image.fromarray(cut_out(picture)), dpi=(300, 300))
    photo = read_photo(source)
    write_edited(source, brightened(photo), photo)
    with Image.open(source) as image:
        assert image.mode == "RGBA"
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_profiles_written_are_profiles(tmp_path: Path, picture: np.ndarray) -> None:
    """One of 100 KB needs two segments of a JPEG."""
    icc = display_p3() + bytes(100_000)
    icc = len(icc).to_bytes(4, "big") + icc[4:]
    source = written(tmp_path / "a.png", Image.fromarray(picture), icc_profile=icc)
    out, _, _ = edited(tmp_path, source, "out.jpg")
    with Image.open(out) as image:
        assert image.info["icc_profile"] == icc
        ImageCms.getOpenProfile(io.BytesIO(image.info["icc_profile"]))
