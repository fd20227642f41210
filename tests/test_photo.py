"""Photos as people have them, and files that only look like photos."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from prn_blender.core.errors import OutputError, PhotoError
from prn_blender.core.photo import Photo, encode_image, read_photo, write_image

ORIENTATION, FOCAL_35MM, FOCAL = 0x0112, 0xA405, 0x920A
PLANE_X, PLANE_UNIT, EXIF_WIDTH, EXIF_IFD = 0xA20E, 0xA210, 0xA002, 0x8769


@pytest.fixture(scope="module")
def picture(astronaut: Photo) -> np.ndarray:
    """Part of the portrait, 120 wide and 90 high: no symmetry that could hide a wrong turn."""
    return np.ascontiguousarray(astronaut.pixels[100:190, 160:280])


def levels(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference."""
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def written(path: Path, image: Any, **options: Any) -> Path:
    image.save(path, **options)
    return path


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


# Colour profiles -------------------------------------------------------------------------------


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


# Focal length ----------------------------------------------------------------------------------


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


# Paths -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["with  spaces.png", "quote's \"here\".png", "Gesicht-Ä-顔-😀.png", "new\nline.png", "-o.png",
     "%s%d.png", " .png", "tab\t.png"],
)  # fmt: skip
def test_any_file_name_works(tmp_path: Path, picture: np.ndarray, name: str) -> None:
    path = written(tmp_path / name, Image.fromarray(picture))
    assert np.array_equal(read_photo(path).pixels, picture)
    assert np.array_equal(read_photo(str(path)).pixels, picture)


def test_a_file_name_that_is_not_unicode_works(tmp_path: Path, picture: np.ndarray) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png"))
    try:
        written(path, Image.fromarray(picture))
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    assert np.array_equal(read_photo(path).pixels, picture)


# Bad input -------------------------------------------------------------------------------------


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises a size and has next to no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def jpeg_header(width: int, height: int) -> bytes:
    """A JPEG whose header is changed to promise a size."""
    stream = io.BytesIO()
    Image.new("RGB", (64, 64)).save(stream, "JPEG")
    data = bytearray(stream.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff_header(width: int, height: int, before: bytes = b"") -> bytes:
    """A float RGB TIFF, which Pillow leaves to us, that promises a size.

    `before` are entries before its own.
    """
    own = struct.pack("<HHII", 256, 4, 1, width) + struct.pack("<HHII", 257, 4, 1, height)
    rest = [(259, 3, 1), (262, 3, 2), (273, 4, 400), (277, 3, 3), (278, 4, height), (279, 4, 99)]
    rest.append((339, 3, 3))
    bits = struct.pack("<HHII", 258, 3, 3, 300)
    count = (len(before) + len(own) + len(bits)) // 12 + len(rest)
    directory = struct.pack("<H", count) + before + own + bits
    directory += b"".join(struct.pack("<HHII", t, k, 1, v) for t, k, v in rest) + bytes(4)
    data = (b"II*\0" + struct.pack("<I", 8) + directory).ljust(300, b"\0")
    return (data + struct.pack("<3H", 32, 32, 32)).ljust(600, b"\0")


def refused(path: Path) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert len(message) < 300
    assert str(path.parent) not in message or path.parent == Path()
    return message


def whole(kind: str, picture: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind)
    return stream.getvalue()


BAD: dict[str, tuple[Callable[[np.ndarray], bytes], str]] = {
    "text.jpg": (lambda p: b"no picture at all", "not a picture"),
    "noise.png": (lambda p: np.random.default_rng(1).bytes(5000), "not a picture"),
    "gif.png": (lambda p: whole("GIF", p), "not a picture"),
    "svg.png": (lambda p: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    "postscript.jpg": (lambda p: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a"),
    "empty.jpg": (lambda p: b"", "empty (0 bytes)"),
    "half.jpg": (lambda p: (d := whole("JPEG", p))[: len(d) // 2], "damaged or incomplete"),
    "nearly whole.jpg": (lambda p: whole("JPEG", p)[:-200], "damaged or incomplete"),
    "half.png": (lambda p: (d := whole("PNG", p))[: len(d) // 2], "damaged or incomplete"),
    "half.tif": (lambda p: whole("TIFF", p)[:9000], ""),
    "half.bmp": (lambda p: whole("BMP", p)[:9000], "damaged or incomplete"),
    "half.webp": (lambda p: (d := whole("WEBP", p))[: len(d) // 2], ""),
    "head only.jpg": (lambda p: whole("JPEG", p)[:20], ""),
    "head only.png": (lambda p: whole("PNG", p)[:20], ""),
    "one pixel.png": (lambda p: whole("PNG", p[:1, :1]), "1 x 1 pixels"),
    "ribbon.png": (lambda p: whole("PNG", np.zeros((10, 30000, 3), np.uint8)), "30000 x 10"),
    "100 mp.png": (lambda p: png_header(10000, 10000), "100 megapixels"),
    "100 mp.jpg": (lambda p: jpeg_header(10000, 10000), "100 megapixels"),
    "4 gp.png": (lambda p: png_header(65000, 65000), "megapixels"),
    "negative.png": (lambda p: png_header(2**32 - 1, 2**32 - 1), ""),
    "zero.png": (lambda p: png_header(0, 0), ""),
    "100 mp.tif": (lambda p: tiff_header(10000, 10000), "100 megapixels"),
    "empty strips.tif": (lambda p: tiff_header(100, 100), ""),
    # The reader behind takes the first of repeated entries, so the last must not be believed.
    "two sizes.tif": (
        lambda p: tiff_header(64, 64, before=struct.pack("<HHII", 256, 4, 1, 10**6) * 2), "",
    ),
    "odd type.tif": (
        lambda p: tiff_header(64, 64).replace(
            struct.pack("<HHI", 256, 4, 1), struct.pack("<HHI", 256, 16, 1)), "",
    ),
}  # fmt: skip


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_a_sentence_before_anything_large_is_decoded(
    tmp_path: Path, picture: np.ndarray, name: str, traced: None
) -> None:
    make, expected = BAD[name]
    path = tmp_path / name
    path.write_bytes(make(picture))
    tracemalloc.reset_peak()
    message = refused(path)
    assert expected in message
    assert name in message
    assert tracemalloc.get_traced_memory()[1] < 16e6


@pytest.mark.parametrize("name", ["100 mp.png", "100 mp.jpg", "100 mp.tif", "two sizes.tif"])
def test_a_size_out_of_bounds_never_reaches_a_decoder(
    tmp_path: Path, picture: np.ndarray, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decoder(*_: Any, **__: Any) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoder)
    monkeypatch.setattr(cv2, "imdecode", decoder)
    path = tmp_path / name
    path.write_bytes(BAD[name][0](picture))
    refused(path)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP"])
def test_damaged_bytes_give_a_photo_or_a_sentence_nothing_else(
    tmp_path: Path, picture: np.ndarray, kind: str, seed: int
) -> None:
    noise = np.random.default_rng(seed)
    for attempt in range(12):
        data = bytearray(whole(kind, picture))
        for at in noise.integers(0, len(data) if attempt % 2 else 200, 6):
            data[at] = noise.integers(256)
        path = tmp_path / f"{attempt}.bin"
        path.write_bytes(data)
        try:
            photo = read_photo(path)
        except PhotoError as e:
            assert "\n" not in str(e)
        else:
            assert photo.pixels.dtype == np.uint8
            assert photo.pixels.shape[2] == 3


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path)


@pytest.mark.parametrize("name", ["nothing.jpg", "new\nline.jpg", "ä" * 100 + ".jpg", "x" * 300])
def test_a_missing_file_is_named_on_one_line(tmp_path: Path, name: str) -> None:
    message = refused(tmp_path / name)
    assert "does not exist" in message or "too long" in message


def test_a_null_byte_in_a_path_is_refused() -> None:
    with pytest.raises(PhotoError) as caught:
        read_photo("a\0b.jpg")
    assert "\0" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "not a regular file" in refused(tmp_path / "pipe.jpg")


def test_a_broken_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link.jpg").symlink_to(tmp_path / "gone.jpg")
    assert "does not exist" in refused(tmp_path / "link.jpg")


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.png", Image.fromarray(picture))
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything: let the system call say no

        def refuse(*_: Any, **__: Any) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "open", refuse)
    assert "Permission denied" in refused(path)


def test_a_file_over_the_limit_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prn_blender.core.photo.MAX_FILE_BYTES", 2**20)
    (tmp_path / "a.jpg").write_bytes(bytes(2**20 + 1))
    assert "larger than 1 MB" in refused(tmp_path / "a.jpg")


def test_not_enough_memory_is_said(
    tmp_path: Path, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", exhausted)
    assert "not enough memory" in refused(written(tmp_path / "a.png", Image.fromarray(picture)))


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
