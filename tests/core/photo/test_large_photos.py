"""Photos above the limit of size: read at less than their size where nothing is drawn into them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from photo_files import levels, written
from PIL import Image

from prn_blender.core import Face
from prn_blender.core.editing.apply import apply_texture
from prn_blender.core.errors import PhotoError
from prn_blender.core.photo import picture_file
from prn_blender.core.photo.photo import read_photo
from prn_blender.core.swap.pipeline import swap

pytestmark = pytest.mark.once  # long, and about pictures alone

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def low_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of 120 x 90 is too large."""
    monkeypatch.setattr(picture_file, "MAX_PIXELS", 5000)


def halved(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    return cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)


def made(folder: Path, name: str, picture: np.ndarray) -> Path:
    path = folder / name
    image = Image.fromarray(picture)
    if name == "deep.png" or name == "deep.tif":
        assert cv2.imwrite(str(path), picture[..., ::-1].astype(np.uint16) * 257)
    elif name == "turned.jpg":
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = Image.fromarray(np.ascontiguousarray(np.rot90(picture, 1)))
        written(path, turned, quality=97, subsampling=0, exif=exif)
    elif name == "palette.png":
        written(path, image.quantize(256))
    elif name == "alpha.png":
        written(path, Image.fromarray(np.dstack([picture, np.full(picture.shape[:2], 255)])
                                      .astype(np.uint8)))  # fmt: skip
    else:
        options: dict[str, Any] = {"quality": 97, "subsampling": 0} if "j" in name else {}
        written(path, image, progressive="prog" in name, **options)
    return path


@pytest.mark.parametrize(
    "name",
    ["a.jpg", "prog.jpg", "turned.jpg", "a.png", "deep.png", "deep.tif", "alpha.png",
     "palette.png", "a.tif", "a.bmp"],
)  # fmt: skip
def test_a_large_photo_is_read_at_half_its_size(
    tmp_path: Path, picture: np.ndarray, name: str, low_limit: None
) -> None:
    path = made(tmp_path, name, picture)
    with pytest.raises(PhotoError, match="megapixels; the limit"):
        read_photo(path)
    photo = read_photo(path, reduced=True)
    assert photo.reduction == 2
    assert photo.pixels.shape == (45, 60, 3)
    assert levels(photo.pixels, halved(picture)) < (8 if name == "palette.png" else 3)
    assert not photo.as_stored


def test_a_huge_photo_is_read_at_a_quarter(
    tmp_path: Path, astronaut: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_file, "MAX_PIXELS", 512 * 512 // 10)
    path = written(tmp_path / "a.jpg", Image.fromarray(astronaut.pixels), quality=97)
    photo = read_photo(path, reduced=True)
    assert (photo.width, photo.height, photo.reduction) == (128, 128, 4)


def test_a_reduced_photo_keeps_its_angle_of_view(
    tmp_path: Path, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA405] = 50
    path = written(tmp_path / "a.jpg", Image.fromarray(picture), exif=exif)
    whole = read_photo(path).focal_length
    monkeypatch.setattr(picture_file, "MAX_PIXELS", 5000)
    half = read_photo(path, reduced=True).focal_length
    assert whole is not None
    assert half == pytest.approx(whole / 2)


def test_what_draws_into_a_photo_says_that_it_is_too_large(face: Face) -> None:
    large = replace(face, photo=replace(face.photo, reduction=2, path=Path("big.jpg")))
    for draw in (
        lambda: swap(large, face),
        lambda: apply_texture(large, face.texture(64)),
    ):
        with pytest.raises(PhotoError) as caught:
            draw()
        assert str(caught.value).startswith('"big.jpg" has 1 megapixels, too many to draw into')
    swap(face, large)  # a donor may be as large as it likes


SIZE = "16320,12240"


@pytest.mark.parametrize("options", ["", "progressive=True", "format='PNG', compress_level=1"])
@pytest.mark.slow
def test_200_megapixels_take_less_than_1500_megabytes(
    tmp_path: Path, astronaut_path: Path, options: str
) -> None:
    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT
        )  # fmt: skip
        return done.stdout.decode().strip()

    path = tmp_path / "big.jpg"
    run(f"from PIL import Image\nImage.open({str(astronaut_path)!r}).convert('RGB')"
        f".resize(({SIZE}), Image.Resampling.NEAREST).save({str(path)!r}, {options})")  # fmt: skip
    pytest.importorskip("resource")
    said = run(
        "from benchmarks.in_tree.peak_memory import peak\n"
        "from prn_blender.core.photo.photo import read_photo\n"
        f"photo = read_photo({str(path)!r}, reduced=True)\n"
        "print(photo.pixels.shape, peak())"
    )
    shape, megabytes = said.rsplit(" ", 1)
    assert shape == "(6120, 8160, 3)"
    assert float(megabytes) * 2**20 < 1.5e9
