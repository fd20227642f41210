"""Photos with colour profiles."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from photo_files import written
from PIL import Image, ImageCms

from prn_blender.core.photo.photo import read_photo


def icc_profile(space: bytes, gamma: float) -> bytes:
    """An ICC v2 profile: RGB with Display P3's primaries (D50-adapted), or GRAY."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    def text(value: bytes) -> bytes:
        count = len(value) + 1
        return b"desc" + bytes(4) + struct.pack(">I", count) + value + bytes(1 + 78 + 3)

    xyz = b"XYZ " + bytes(4)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    tags = {
        b"desc": text(b"Test profile"),
        b"wtpt": xyz + fixed(0.9642, 1.0, 0.8249),
        b"kTRC": curve,
        b"rXYZ": xyz + fixed(0.5151, 0.2412, -0.0011),
        b"gXYZ": xyz + fixed(0.2920, 0.6922, 0.0419),
        b"bXYZ": xyz + fixed(0.1571, 0.0666, 0.7841),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"cprt": b"text" + bytes(4) + b"none\0",
    }
    tags = {k: v for k, v in tags.items() if k[1:] not in (b"XYZ", b"TRC") or
            (k == b"kTRC") == (space == b"GRAY")}  # fmt: skip
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for signature, value in tags.items():
        value += bytes(-len(value) % 4)
        table += signature + struct.pack(">II", offset + len(body), len(value))
        body += value
    size = offset + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"test", 0x02400000, b"mntr", space, b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1.0, 0.8249)
    return header.ljust(128, b"\0") + table + body


def display_p3() -> bytes:
    return icc_profile(b"RGB ", 2.2)


P3_RED_SIDE = np.array([200, 120, 100], np.uint8)


def as_srgb(colour: np.ndarray) -> np.ndarray:
    """The same light in sRGB, from the definitions: gamma, P3 to XYZ to sRGB matrices, gamma."""
    p3 = np.array([[0.5151, 0.2920, 0.1571], [0.2412, 0.6922, 0.0666], [-0.0011, 0.0419, 0.7841]])
    srgb = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
    linear = np.linalg.solve(srgb, p3 @ (colour / 255.0) ** 2.2).clip(0, 1)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return 255 * curve


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_another_colour_profile_is_converted_to_srgb(tmp_path: Path, suffix: str) -> None:
    image = Image.new("RGB", (64, 64), tuple(P3_RED_SIDE.tolist()))
    path = written(tmp_path / f"a.{suffix}", image, icc_profile=display_p3(), quality=100)
    photo = read_photo(path)
    assert np.abs(as_srgb(P3_RED_SIDE) - P3_RED_SIDE).max() > 8  # else this would prove nothing
    assert np.abs(photo.pixels[32, 32] - as_srgb(P3_RED_SIDE)).max() < 3
    assert not photo.as_stored


def test_a_profile_is_applied_under_alpha(tmp_path: Path) -> None:
    image = Image.new("RGBA", (64, 64), (*P3_RED_SIDE.tolist(), 255))
    image.paste((0, 0, 0, 0), (0, 0, 32, 64))
    photo = read_photo(written(tmp_path / "a.png", image, icc_profile=display_p3()))
    assert np.abs(photo.pixels[32, 48] - as_srgb(P3_RED_SIDE)).max() < 3
    assert (photo.pixels[32, 16] == 255).all()


def test_a_profile_is_applied_to_a_palette(tmp_path: Path) -> None:
    image = Image.new("RGB", (64, 64), tuple(P3_RED_SIDE.tolist())).quantize(4)
    photo = read_photo(written(tmp_path / "a.png", image, icc_profile=display_p3()))
    assert np.abs(photo.pixels[32, 32] - as_srgb(P3_RED_SIDE)).max() < 3


def test_a_grey_profile_is_applied(tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", Image.new("L", (64, 64), 64),
                   icc_profile=icc_profile(b"GRAY", 1.0))  # fmt: skip
    linear = 64 / 255
    expected = 255 * (1.055 * linear ** (1 / 2.4) - 0.055)
    photo = read_photo(path)
    assert np.abs(photo.pixels[32, 32] - expected).max() < 3
    assert not photo.as_stored


def test_an_srgb_profile_changes_nothing(tmp_path: Path, picture: np.ndarray) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = written(tmp_path / "a.png", Image.fromarray(picture), icc_profile=profile)
    photo = read_photo(path)
    assert np.array_equal(photo.pixels, picture)
    assert photo.as_stored


@pytest.mark.parametrize("profile", [b"nonsense", display_p3()[:200], b"\0" * 500])
def test_a_damaged_profile_is_ignored(tmp_path: Path, picture: np.ndarray, profile: bytes) -> None:
    path = written(tmp_path / "a.png", Image.fromarray(picture), icc_profile=profile)
    assert np.array_equal(read_photo(path).pixels, picture)
