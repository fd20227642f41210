"""Colours are what a file says they are, by curve and primaries and not by a profile's name."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_files import written
from PIL import Image, ImageCms
from test_colour_profile import P3_RED_SIDE, as_srgb, display_p3
from test_exif import with_tag
from test_sound_files import chunk, png_with

from prn_blender.core.photo.colour_profile import space_of_profile
from prn_blender.core.photo.photo import read_photo, read_texture
from prn_blender.core.photo.shaper import shaper_of_png, shaper_of_profile

SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
PARAMETRIC = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256))


def table(size: int) -> bytes:
    x = np.linspace(0, 1, size)
    light = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    return b"curv" + bytes(4) + struct.pack(">I", size) + (light * 65535).astype(">u2").tobytes()


LINEAR = b"curv" + bytes(8)
SRGB_CURVE = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + fixed(*PARAMETRIC)


def profile(name: str, curve: bytes, space: bytes = b"RGB ", primaries: tuple = SRGB) -> bytes:
    """An ICC profile of one curve and, unless it is grey, primaries."""
    described = b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name.encode() + bytes(82)
    tags = {b"desc": described, b"wtpt": b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249)}
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for letter, xyz in zip((b"r", b"g", b"b"), primaries, strict=True):
            tags[letter + b"XYZ"] = b"XYZ " + bytes(4) + fixed(*xyz)
            tags[letter + b"TRC"] = curve
    head, body, at = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, value in tags.items():
        value += bytes(-len(value) % 4)
        head += tag + struct.pack(">II", at + len(body), len(value))
        body += value
    start = struct.pack(">I4sI4s4s4s", at + len(body), b"test", 0x02400000, b"mntr", space, b"XYZ ")
    start += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1.0, 0.8249)
    return start.ljust(128, b"\0") + head + body


def linear(picture: np.ndarray, top: int) -> np.ndarray:
    """An sRGB picture in linear light, 0..top."""
    x = picture / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4) * top


def off(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


# ICC profiles ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["GIMP built-in Linear sRGB", "sRGB IEC61966-2.1", "c2"])
def test_linear_light_is_converted_whatever_its_name(
    tmp_path: Path, picture: np.ndarray, name: str
) -> None:
    stored = Image.fromarray((linear(picture, 255) + 0.5).astype(np.uint8))
    path = written(tmp_path / "a.png", stored, icc_profile=profile(name, LINEAR))
    photo = read_photo(path)
    bright = picture > 60  # 8 bits hold few dark levels of linear light
    assert off(photo.pixels[bright], picture[bright]) <= 6
    assert not photo.as_stored


@pytest.mark.parametrize("curve", [SRGB_CURVE, table(1024)])
@pytest.mark.parametrize("name", ["Display", "", "Linear"])
def test_srgb_is_srgb_whatever_its_name(
    tmp_path: Path, picture: np.ndarray, name: str, curve: bytes
) -> None:
    path = written(tmp_path / "a.png", Image.fromarray(picture), icc_profile=profile(name, curve))
    assert np.array_equal(read_photo(path).pixels, picture)
    assert read_photo(path).as_stored


def test_other_primaries_are_seen_under_the_name_srgb(tmp_path: Path) -> None:
    p3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
    image = Image.new("RGB", (64, 64), tuple(P3_RED_SIDE.tolist()))
    wrong = profile("sRGB wide", gamma(2.2), primaries=p3)
    pixels = read_photo(written(tmp_path / "a.png", image, icc_profile=wrong)).pixels
    assert np.abs(pixels[32, 32] - as_srgb(P3_RED_SIDE)).max() < 3


def with_profile(png: bytes, icc: bytes) -> bytes:
    return png[:33] + chunk(b"iCCP", b"icc\0\0" + zlib.compress(icc)) + png[33:]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_linear_light_of_16_bits_keeps_its_dark_levels(
    tmp_path: Path, picture: np.ndarray, channels: int
) -> None:
    wanted = picture[..., 0] if channels == 1 else picture
    values = (linear(wanted, 65535) + 0.5).astype(np.uint16)
    if channels >= 3:
        values = values[..., ::-1]
    if channels == 4:
        values = np.dstack([values, np.full(values.shape[:2], 65535, np.uint16)])
    icc = profile("Linear", LINEAR, b"GRAY" if channels == 1 else b"RGB ")
    (tmp_path / "a.png").write_bytes(with_profile(cv2.imencode(".png", values)[1].tobytes(), icc))
    photo = read_photo(tmp_path / "a.png")
    shown = photo.pixels[..., 0] if channels == 1 else photo.pixels
    assert off(shown, wanted) <= 1
    assert not photo.as_stored


@pytest.mark.parametrize("mode", ["L", "LA"])
@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
def test_a_profile_is_applied_to_grey(tmp_path: Path, mode: str, space: bytes) -> None:
    image = Image.new("L", (64, 64), 64).convert(mode)
    path = written(tmp_path / "a.png", image, icc_profile=profile("sRGB", LINEAR, space))
    expected = 255 * (1.055 * (64 / 255) ** (1 / 2.4) - 0.055)
    assert np.abs(read_photo(path).pixels[32, 32] - expected).max() < 2
    assert read_texture(path)[32, 32, 3] == 255


@pytest.mark.parametrize("kind", [np.uint16, np.float32, np.float16])
def test_a_deep_tiff_with_a_profile_is_converted(
    tmp_path: Path, picture: np.ndarray, kind: type
) -> None:
    tifffile = pytest.importorskip("tifffile")
    values = linear(picture, 65535 if kind is np.uint16 else 1)
    values = values + 0.5 if kind is np.uint16 else values
    icc = profile("Linear", LINEAR)
    tifffile.imwrite(tmp_path / "a.tif", values.astype(kind), photometric="rgb", iccprofile=icc)
    assert off(read_photo(tmp_path / "a.tif").pixels, picture) <= 1


def test_highlights_of_linear_light_are_white(tmp_path: Path, picture: np.ndarray) -> None:
    tifffile = pytest.importorskip("tifffile")
    values = linear(picture, 1).astype(np.float32)
    values[:9] = 40.0
    icc = profile("Linear", LINEAR)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", iccprofile=icc)
    pixels = read_photo(tmp_path / "a.tif").pixels
    assert (pixels[:9] == 255).all()
    assert off(pixels[9:], picture[9:]) <= 1


# TIFF, where 0 is white ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, np.float16])
def test_white_may_be_0(tmp_path: Path, picture: np.ndarray, kind: type) -> None:
    tifffile = pytest.importorskip("tifffile")
    grey = picture[..., 1]
    top = {np.uint8: 255, np.uint16: 65535}.get(kind, 1)
    negative = ((255 - grey) / 255 * top + (0.5 if top > 1 else 0)).astype(kind)
    tifffile.imwrite(tmp_path / "a.tif", negative, photometric="miniswhite")
    photo = read_photo(tmp_path / "a.tif")
    assert off(photo.pixels[..., 0], grey) <= 1
    assert not photo.as_stored


# PNG without a profile -------------------------------------------------------------------------

# x and y of white, red, green and blue, in 100000ths.
P3 = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
REC709 = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


def gama(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 100000)))


def chrm(values: tuple[int, ...]) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *values))


def png_pixels(tmp_path: Path, picture: np.ndarray, *chunks: bytes) -> np.ndarray:
    (tmp_path / "a.png").write_bytes(png_with(picture, *chunks))
    return read_photo(tmp_path / "a.png").pixels


def test_linear_light_without_a_profile_is_converted(tmp_path: Path, picture: np.ndarray) -> None:
    stored = (linear(picture, 255) + 0.5).astype(np.uint8)
    bright = picture > 60
    assert off(png_pixels(tmp_path, stored, gama(1.0))[bright], picture[bright]) <= 6
    assert not read_photo(tmp_path / "a.png").as_stored


def test_other_primaries_without_a_profile_are_converted(tmp_path: Path) -> None:
    colour = np.broadcast_to(P3_RED_SIDE, (64, 64, 3)).copy()
    pixels = png_pixels(tmp_path, colour, gama(0.45455), chrm(P3))
    p3 = written(tmp_path / "p3.png", Image.fromarray(colour), icc_profile=display_p3())
    assert off(pixels[32, 32], read_photo(p3).pixels[32, 32]) <= 3
    assert off(pixels, colour) > 8


@pytest.mark.parametrize(
    "chunks",
    [
        [gama(0.45455)],
        [gama(0.45455), chrm(REC709)],
        [chrm(REC709)],
        [chunk(b"sRGB", b"\0"), gama(1.0)],
        [gama(0)],
        [gama(20000)],
        [chrm((0,) * 8)],
        [chrm((31270, 32900, 30000, 30000, 30000, 30000, 30000, 30000))],
        [chunk(b"gAMA", b"\0\0")],
    ],
)
def test_srgb_and_nonsense_change_nothing(
    tmp_path: Path, picture: np.ndarray, chunks: list[bytes]
) -> None:
    assert np.array_equal(png_pixels(tmp_path, picture, *chunks), picture)


def test_a_profile_counts_more_than_a_gamma(tmp_path: Path, picture: np.ndarray) -> None:
    icc = chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile("x", SRGB_CURVE)))
    assert np.array_equal(png_pixels(tmp_path, picture, gama(1.0), icc), picture)


# Curves and primaries --------------------------------------------------------------------------

CURVES = {
    "linear": LINEAR, "gamma": gamma(1.8), "table": table(256),
    "para 0": b"para" + bytes(8) + fixed(2.2),
    "para 1": b"para" + bytes(4) + struct.pack(">HH", 1, 0) + fixed(2.2, 1.05, -0.05),
    "para 2": b"para" + bytes(4) + struct.pack(">HH", 2, 0) + fixed(2.2, 1.05, -0.05, 0.0),
    "para 3": SRGB_CURVE,
    "para 4": b"para" + bytes(4) + struct.pack(">HH", 4, 0) + fixed(*PARAMETRIC, 0.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", CURVES)
def test_profiles_do_what_littlecms_does_with_them(name: str) -> None:
    p3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
    icc = profile("x", CURVES[name], primaries=p3)
    colours = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    theirs = ImageCms.profileToProfile(
        Image.fromarray(colours),
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
    )
    shaper = shaper_of_profile(icc)
    assert shaper is not None
    ours = shaper.to_srgb(colours.astype(np.uint16) * 257)
    # At 8 bits theirs rounds in between, which is coarse where the curve is steep.
    assert off(ours, np.asarray(theirs)) <= 3


@pytest.mark.parametrize("name", ["linear", "gamma", "para 3"])
def test_there_and_back(name: str) -> None:
    shaper = shaper_of_profile(profile("x", CURVES[name]))
    assert shaper is not None
    colours = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    assert off(shaper.to_srgb(shaper.from_srgb(colours)), colours) <= 1


def test_a_png_says_the_same_by_numbers() -> None:
    ours, theirs = shaper_of_png(1.0, None), shaper_of_profile(profile("x", LINEAR))
    assert ours is not None
    assert theirs is not None
    assert np.abs(ours.curves - theirs.curves).max() < 1e-5
    assert np.abs(ours.matrix - theirs.matrix).max() < 1e-3


def test_damaged_profiles_are_applied_or_ignored_and_nothing_else() -> None:
    noise = np.random.default_rng(3)
    kinds = [display_p3(), profile("x", table(64)), profile("x", SRGB_CURVE),
             profile("x", gamma(2.0), b"GRAY")]  # fmt: skip
    for attempt in range(400):
        data = bytearray(kinds[attempt % len(kinds)])
        for at in noise.integers(0, len(data), 4):
            data[at] = noise.integers(256)
        found = space_of_profile(bytes(data))
        if found is not None and found.shaper is not None:
            assert np.isfinite(found.shaper.curves).all()
            assert np.isfinite(found.shaper.matrix).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("grey", [False, True])
def test_deep_pictures_are_turned_once(
    tmp_path: Path, picture: np.ndarray, orientation: int, suffix: str, grey: bool
) -> None:
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
    values = np.ascontiguousarray(stored[..., ::-1]).astype(np.uint16) * 257
    values = np.ascontiguousarray(values[..., 1]) if grey else values
    data = cv2.imencode(f".{suffix}", values)[1].tobytes()
    if suffix == "tif":
        data = with_tag(data, 274, 3, orientation)
    else:
        exif = Image.Exif()
        exif[274] = orientation
        data = data[:33] + chunk(b"eXIf", exif.tobytes()[6:]) + data[33:]
    (tmp_path / f"a.{suffix}").write_bytes(data)
    expected = np.repeat(picture[..., 1:2], 3, axis=2) if grey else picture
    assert np.array_equal(read_photo(tmp_path / f"a.{suffix}").pixels, expected)
