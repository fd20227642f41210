"""Photos as people have them: file formats, depths, transparency; arrays and writing."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_files import levels, written
from PIL import Image

from prn_blender.core.errors import OutputError, PhotoError
from prn_blender.core.photo.photo import Photo, encode_image, read_photo, write_image


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.TIFF", "a.bmp"])
def test_lossless_formats_give_the_same_pixels(
    tmp_path: Path, picture: np.ndarray, name: str
) -> None:
    photo = read_photo(written(tmp_path / name, Image.fromarray(picture)))
    assert np.array_equal(photo.pixels, picture)
    assert photo.as_stored
    assert (photo.width, photo.height, photo.stem) == (120, 90, "a")


@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.webp"])
def test_lossy_formats_give_nearly_the_same_pixels(
    tmp_path: Path, picture: np.ndarray, name: str
) -> None:
    options = {"quality": 95, "subsampling": 0} if "j" in name else {"quality": 95}
    photo = read_photo(written(tmp_path / name, Image.fromarray(picture), **options))
    assert levels(photo.pixels, picture) < 4
    assert photo.as_stored


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_has_the_pixels_pillow_gives_it(
    tmp_path: Path, picture: np.ndarray, mode: str, progressive: bool, subsampling: int
) -> None:
    path = tmp_path / "a.jpg"
    stored = Image.fromarray(picture).resize((67, 45)).convert(mode)
    stored.save(path, quality=80, progressive=progressive, subsampling=subsampling)
    with Image.open(path) as expected:
        np.testing.assert_array_equal(read_photo(path).pixels, np.asarray(expected.convert("RGB")))


def test_the_suffix_does_not_matter(tmp_path: Path, picture: np.ndarray) -> None:
    path = written(tmp_path / "really a png.jpg", Image.fromarray(picture), format="PNG")
    assert np.array_equal(read_photo(path).pixels, picture)


def test_a_multi_picture_jpeg_of_a_phone_gives_its_first_picture(
    tmp_path: Path, picture: np.ndarray
) -> None:
    image = Image.fromarray(picture)
    second = Image.fromarray(255 - picture)
    path = written(tmp_path / "a.jpg", image, format="MPO", save_all=True, append_images=[second])
    assert levels(read_photo(path).pixels, picture) < 6


def test_grey_becomes_rgb(tmp_path: Path, picture: np.ndarray) -> None:
    grey = picture[..., 1].copy()
    photo = read_photo(written(tmp_path / "a.png", Image.fromarray(grey)))
    assert np.array_equal(photo.pixels, np.repeat(grey[..., None], 3, axis=2))
    assert photo.as_stored


def test_alpha_shows_white_behind(tmp_path: Path, picture: np.ndarray) -> None:
    alpha = np.zeros(picture.shape[:2], np.uint8)
    alpha[:, 40:] = 128
    alpha[:, 80:] = 255
    path = written(tmp_path / "a.png", Image.fromarray(np.dstack([picture, alpha])))
    photo = read_photo(path)
    assert (photo.pixels[:, :40] == 255).all()
    half = picture[:, 40:80] * (128 / 255) + 255 * (127 / 255)
    assert np.abs(photo.pixels[:, 40:80] - half).max() <= 1
    assert np.array_equal(photo.pixels[:, 80:], picture[:, 80:])
    assert not photo.as_stored


def test_grey_with_alpha_shows_white_behind(tmp_path: Path, picture: np.ndarray) -> None:
    alpha = np.where(np.arange(120) < 60, 0, 255).astype(np.uint8)
    values = np.dstack([picture[..., 0], np.broadcast_to(alpha, picture.shape[:2])])
    photo = read_photo(written(tmp_path / "a.png", Image.fromarray(values, mode=None)))
    assert (photo.pixels[:, :60] == 255).all()
    assert np.array_equal(photo.pixels[:, 60:, 2], picture[:, 60:, 0])
    assert not photo.as_stored


def test_a_palette_is_looked_up(tmp_path: Path, picture: np.ndarray) -> None:
    image = Image.fromarray(picture).quantize(64)
    photo = read_photo(written(tmp_path / "a.png", image))
    assert np.array_equal(photo.pixels, np.asarray(image.convert("RGB")))


def test_a_transparent_colour_of_a_palette_becomes_white(
    tmp_path: Path, picture: np.ndarray
) -> None:
    image = Image.fromarray(picture).quantize(16)
    index = int(np.asarray(image)[45, 60])
    photo = read_photo(written(tmp_path / "a.png", image, transparency=index))
    hidden = np.asarray(image) == index
    assert (photo.pixels[hidden] == 255).all()
    assert np.array_equal(photo.pixels[~hidden], np.asarray(image.convert("RGB"))[~hidden])
    assert not photo.as_stored


def test_cmyk_becomes_rgb(tmp_path: Path, picture: np.ndarray) -> None:
    image = Image.fromarray(picture).convert("CMYK")
    photo = read_photo(written(tmp_path / "a.jpg", image, quality=97, subsampling=0))
    assert levels(photo.pixels, picture) < 6
    assert not photo.as_stored


def test_16_bit_grey_png_keeps_its_brightness(tmp_path: Path, picture: np.ndarray) -> None:
    grey = picture[..., 0]
    assert cv2.imwrite(str(tmp_path / "a.png"), grey.astype(np.uint16) * 257)
    assert np.array_equal(read_photo(tmp_path / "a.png").pixels[..., 1], grey)


def test_16_bit_colour_png_keeps_its_colours(tmp_path: Path, picture: np.ndarray) -> None:
    assert cv2.imwrite(str(tmp_path / "a.png"), picture[..., ::-1].astype(np.uint16) * 257)
    assert np.array_equal(read_photo(tmp_path / "a.png").pixels, picture)


def test_16_bit_colour_tiff_keeps_its_colours(tmp_path: Path, picture: np.ndarray) -> None:
    assert cv2.imwrite(str(tmp_path / "a.tif"), picture[..., ::-1].astype(np.uint16) * 257)
    photo = read_photo(tmp_path / "a.tif")
    assert np.array_equal(photo.pixels, picture)
    assert not photo.as_stored
    assert photo.stem == "a"


def test_16_bit_tiff_with_alpha_shows_white_behind(tmp_path: Path, picture: np.ndarray) -> None:
    alpha = np.where(np.arange(120) < 60, 0, 255).astype(np.uint8)
    values = np.dstack([picture[..., ::-1], np.broadcast_to(alpha, picture.shape[:2])])
    assert cv2.imwrite(str(tmp_path / "a.tif"), values.astype(np.uint16) * 257)
    photo = read_photo(tmp_path / "a.tif")
    assert (photo.pixels[:, :60] == 255).all()
    assert np.array_equal(photo.pixels[:, 60:], picture[:, 60:])


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_float_tiff_is_read_in_its_own_range(
    tmp_path: Path, picture: np.ndarray, top: float
) -> None:
    values = picture[..., ::-1].astype(np.float32) / 255 * top
    uncompressed = [cv2.IMWRITE_TIFF_COMPRESSION, 1]  # OpenCV's default is lossy for floats
    assert cv2.imwrite(str(tmp_path / "a.tif"), values, uncompressed)
    assert np.array_equal(read_photo(tmp_path / "a.tif").pixels, picture)


# From arrays, and writing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((64, 64), np.uint8),
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((64, 64, 3), np.float32),
        np.zeros((16, 64, 3), np.uint8),
        np.broadcast_to(np.zeros(3, np.uint8), (10000, 10000, 3)),
    ],
)
def test_arrays_that_are_no_photo_are_refused(array: np.ndarray) -> None:
    with pytest.raises(PhotoError):
        Photo.from_pixels(array)


def test_an_array_becomes_a_photo(picture: np.ndarray) -> None:
    photo = Photo.from_pixels(picture[:, ::-1], focal_length=100.0)
    assert photo.pixels.flags.c_contiguous
    assert (photo.path, photo.stem, photo.focal_length) == (None, "photo", 100.0)
    assert not photo.as_stored


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_written_png_reads_back_the_same(
    tmp_path: Path, picture: np.ndarray, channels: int, kind: type
) -> None:
    four = np.dstack([picture, picture[..., 0]])
    values: np.ndarray = four[..., :channels].astype(kind).squeeze()
    write_image(tmp_path / "a.png", values)
    back = cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED)
    if channels >= 3:
        back = back[..., [2, 1, 0, 3][:channels]]
    assert back.dtype == kind
    assert np.array_equal(back, values)


def test_an_image_no_format_can_hold_is_refused() -> None:
    with pytest.raises(OutputError) as caught:
        encode_image(np.zeros((1, 70000, 3), np.uint8), ".jpg")
    assert "\n" not in str(caught.value)
