"""What a camera says of its photo: which way is up, and the focal length."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from photo_files import levels, written
from PIL import Image, TiffImagePlugin

from prn_blender.core.photo.photo import read_photo

ORIENTATION, FOCAL_35MM, FOCAL = 0x0112, 0xA405, 0x920A
PLANE_X, PLANE_UNIT, EXIF_WIDTH, EXIF_IFD = 0xA20E, 0xA210, 0xA002, 0x8769


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_gives_the_upright_picture(
    tmp_path: Path, picture: np.ndarray, orientation: int, suffix: str
) -> None:
    # How the stored picture has to lie so that the orientation's turn makes it upright (Exif 2.32).
    stored = {
        1: picture,
        2: picture[:, ::-1],
        3: picture[::-1, ::-1],
        4: picture[::-1],
        5: picture.transpose(1, 0, 2),
        6: np.rot90(picture, 1),
        7: picture[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(picture, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    options: dict[str, Any] = {"exif": exif}
    if suffix == "jpg":
        options |= {"quality": 97, "subsampling": 0}
    if suffix == "webp":
        options["lossless"] = True
    photo = read_photo(written(tmp_path / f"a.{suffix}", image, **options))
    assert photo.pixels.shape == picture.shape
    assert levels(photo.pixels, picture) < (3 if suffix == "jpg" else 0.01)
    assert photo.as_stored == (orientation == 1)


def test_a_deep_tiff_is_turned_upright_too(tmp_path: Path, picture: np.ndarray) -> None:
    path = tmp_path / "deep.tif"
    assert cv2.imwrite(str(path), np.rot90(picture, 1)[..., ::-1].astype(np.uint16) * 257)
    path.write_bytes(with_tag(path.read_bytes(), 274, 3, 6))
    assert np.array_equal(read_photo(path).pixels, picture)


def with_tag(tiff: bytes, tag: int, kind: int, value: int) -> bytes:
    """A little-endian TIFF with one more tag: its directory is copied to the end and extended."""
    start = struct.unpack_from("<I", tiff, 4)[0]
    count = struct.unpack_from("<H", tiff, start)[0]
    entries = [tiff[start + 2 + 12 * i : start + 14 + 12 * i] for i in range(count)]
    entries.append(struct.pack("<HHII", tag, kind, 1, value))
    entries.sort(key=lambda e: struct.unpack_from("<H", e)[0])
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    tiff += bytes(len(tiff) % 2)
    return tiff[:4] + struct.pack("<I", len(tiff)) + tiff[8:] + directory


def focal(tmp_path: Path, picture: np.ndarray, tags: dict[int, Any]) -> float | None:
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD).update(tags)
    path = written(tmp_path / "a.jpg", Image.fromarray(picture), exif=exif)
    return read_photo(path).focal_length


def rational(top: int, bottom: int = 1) -> Any:
    return TiffImagePlugin.IFDRational(top, bottom)


def test_focal_length_from_the_35_mm_equivalent(tmp_path: Path, picture: np.ndarray) -> None:
    # 120 x 90 pixels have a diagonal of 150; a 36 x 24 mm frame one of 43.27 mm.
    assert focal(tmp_path, picture, {FOCAL_35MM: 50}) == pytest.approx(
        50 * 150 / 43.26661, rel=1e-5
    )


@pytest.mark.parametrize(("unit", "mm"), [(2, 25.4), (3, 10.0), (4, 1.0)])
def test_focal_length_from_the_sensor_s_resolution(
    tmp_path: Path, picture: np.ndarray, unit: int, mm: float
) -> None:
    # 400 pixels per cm (or inch, or mm) when the camera's picture was 1200 wide; ours is a tenth.
    tags = {FOCAL: rational(85), PLANE_X: rational(400), PLANE_UNIT: unit, EXIF_WIDTH: 1200}
    expected = 85 * 400 / mm / 10
    found = focal(tmp_path, picture, tags)
    if 0.2 * 150 < expected < 50 * 150:
        assert found == pytest.approx(expected, rel=1e-6)
    else:
        assert found is None


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {FOCAL: rational(50)},  # nothing says how large the sensor is
        {FOCAL_35MM: 0},
        {FOCAL_35MM: 1},
        {FOCAL_35MM: 65535},
        {FOCAL: rational(50), PLANE_X: rational(0, 0)},
        {FOCAL: rational(1, 0), PLANE_X: rational(400), PLANE_UNIT: 3},
        {FOCAL: "fifty", PLANE_X: rational(400)},
        {FOCAL_35MM: "wide"},
    ],
)
def test_nonsense_tells_no_focal_length(
    tmp_path: Path, picture: np.ndarray, tags: dict[int, Any]
) -> None:
    assert focal(tmp_path, picture, tags) is None


def test_focal_length_does_not_depend_on_the_orientation(
    tmp_path: Path, picture: np.ndarray
) -> None:
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[FOCAL_35MM] = 50
    exif[ORIENTATION] = 6
    image = Image.fromarray(np.ascontiguousarray(np.rot90(picture)))
    photo = read_photo(written(tmp_path / "a.jpg", image, exif=exif))
    assert photo.focal_length == pytest.approx(50 * 150 / 43.26661, rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_damaged_exif_does_not_cost_the_photo(
    tmp_path: Path, picture: np.ndarray, seed: int
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 1
    exif[0x010F] = "Maker"
    exif.get_ifd(EXIF_IFD).update({FOCAL_35MM: 50, FOCAL: rational(50)})
    block = bytearray(exif.tobytes())
    noise = np.random.default_rng(seed)
    for at in noise.integers(14, len(block), 12):
        block[at] = noise.integers(256)
    path = written(tmp_path / "a.jpg", Image.fromarray(picture), exif=bytes(block))
    photo = read_photo(path)
    assert sorted(photo.pixels.shape) == sorted(picture.shape)
