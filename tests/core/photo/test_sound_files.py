"""Files whose picture is sound, whatever else is in them: they are read."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import SHARED
from photo_files import levels, written
from PIL import Image, PngImagePlugin, features

from prn_blender.core.choices import PHOTO_SUFFIXES
from prn_blender.core.errors import PhotoError
from prn_blender.core.photo.photo import read_photo, read_texture

AWKWARD = SHARED / "data" / "awkward_files"


def chunk(name: bytes, body: bytes, crc: int | None = None) -> bytes:
    crc = zlib.crc32(name + body) if crc is None else crc
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)


def png_with(picture: np.ndarray, *chunks: bytes) -> bytes:
    """A PNG with chunks before its pixels."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    data = stream.getvalue()
    return data[:33] + b"".join(chunks) + data[33:]


LONG = b"workflow" * 400_000  # 3 MB

CHUNKS: dict[str, bytes] = {
    "a long zTXt": chunk(b"zTXt", b"workflow\0\0" + zlib.compress(LONG)),
    "a long tEXt": chunk(b"tEXt", b"prompt\0" + LONG),
    "a long iTXt": chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(LONG)),
    "many texts, 70 MB together": b"".join(
        chunk(b"zTXt", b"part%d\0\0" % k + zlib.compress(bytes(10**6))) for k in range(70)
    ),
    "a wrong checksum in tEXt": chunk(b"tEXt", b"Comment\0hello", crc=1),
    "a wrong checksum in iTXt": chunk(b"iTXt", b"Comment\0\0\0\0\0hello", crc=1),
    "a wrong checksum in pHYs": chunk(b"pHYs", bytes(9), crc=1),
    "a wrong checksum in gAMA": chunk(b"gAMA", struct.pack(">I", 100000), crc=1),
    "a wrong checksum in a private chunk": chunk(b"vpAg", b"x" * 9, crc=1),
    "text without an end": chunk(b"tEXt", b"no separator"),
    "text that is no deflate stream": chunk(b"zTXt", b"workflow\0\0nonsense"),
    "XMP of 3 MB": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(LONG)),
    "an animation's chunks": chunk(b"acTL", struct.pack(">II", 0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CHUNKS)
def test_what_is_no_pixel_of_a_png_does_not_matter(
    tmp_path: Path, picture: np.ndarray, name: str
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_with(picture, CHUNKS[name]))
    tracemalloc.start()
    photo = read_photo(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(photo.pixels, picture)
    assert most < 16e6


def test_a_wrong_checksum_where_it_matters_still_does(tmp_path: Path, picture: np.ndarray) -> None:
    data = bytearray(png_with(picture))
    data[32] ^= 1  # of the header
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(PhotoError, match="damaged"):
        read_photo(tmp_path / "a.png")


@pytest.mark.parametrize("written_as", ["eXIf", "XMP", "ImageMagick's text"])
def test_which_way_is_up_is_found_beside_long_texts(
    tmp_path: Path, picture: np.ndarray, written_as: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    told = {
        "eXIf": chunk(b"eXIf", exif.tobytes()[6:]),
        "XMP": chunk(
            b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6" xmlns:tiff="t"/>'
        ),
        "ImageMagick's text": chunk(
            b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(
                b"\nexif\n%8d\n" % len(exif.tobytes()) + exif.tobytes().hex().encode()),
        ),
    }[written_as]  # fmt: skip
    stored = np.ascontiguousarray(np.rot90(picture, 1))
    path = tmp_path / "a.png"
    path.write_bytes(png_with(stored, CHUNKS["a long zTXt"], told))
    assert np.array_equal(read_photo(path).pixels, picture)


def test_a_colour_profile_of_more_than_a_megabyte_is_applied(tmp_path: Path) -> None:
    """Of the kind that printers have; Pillow refuses a PNG for it."""
    from test_colour_profile import P3_RED_SIDE, as_srgb, display_p3

    profile = bytearray(display_p3() + np.random.default_rng(1).bytes(2 * 2**20))
    profile[:4] = struct.pack(">I", len(profile))
    colour = np.broadcast_to(P3_RED_SIDE, (64, 64, 3)).copy()
    body = b"big\0\0" + zlib.compress(bytes(profile))
    (tmp_path / "a.png").write_bytes(png_with(colour, chunk(b"iCCP", body)))
    assert np.abs(read_photo(tmp_path / "a.png").pixels[32, 32] - as_srgb(P3_RED_SIDE)).max() < 3


def test_a_colour_profile_that_unpacks_without_end_is_left_away(
    tmp_path: Path, picture: np.ndarray
) -> None:
    body = b"bomb\0\0" + zlib.compress(bytes(200 * 2**20), 9)
    (tmp_path / "a.png").write_bytes(png_with(picture, chunk(b"iCCP", body)))
    tracemalloc.start()
    assert np.array_equal(read_photo(tmp_path / "a.png").pixels, picture)
    assert tracemalloc.get_traced_memory()[1] < 40e6
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["a.jfif", "a.jpe", "a.JFIF"])
def test_other_suffixes_of_jpegs(tmp_path: Path, picture: np.ndarray, name: str) -> None:
    path = written(tmp_path / name, Image.fromarray(picture), format="JPEG", quality=97)
    assert levels(read_photo(path).pixels, picture) < 6
    assert path.suffix.lower() in PHOTO_SUFFIXES


def test_avif_is_read_upright(tmp_path: Path, picture: np.ndarray) -> None:
    if not features.check("avif"):
        pytest.skip("this Pillow reads no AVIF")
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(picture, 1)))
    photo = read_photo(written(tmp_path / "a.avif", stored, quality=95, exif=exif))
    assert levels(photo.pixels, picture) < 4
    assert not photo.as_stored  # Blender does not read it
    assert ".avif" in PHOTO_SUFFIXES


def test_a_bitmap_whose_fourth_byte_was_never_used_is_opaque(
    tmp_path: Path, picture: np.ndarray
) -> None:
    unused = np.dstack([picture, np.zeros(picture.shape[:2], np.uint8)])
    path = written(tmp_path / "a.bmp", Image.fromarray(unused))
    data = bytearray(path.read_bytes())
    # With masks for four channels, which Pillow reads but does not write (BITMAPV4HEADER).
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = struct.pack("<I", 108) + bytes(data[18:30]) + struct.pack("<I", 3) + bytes(data[34:54])
    head = (head + masks).ljust(108, b"\0")
    path.write_bytes(b"BM" + struct.pack("<III", 122 + len(data) - 54, 0, 122) + head + data[54:])
    with Image.open(path) as image:
        assert image.mode == "RGBA"
    assert np.array_equal(read_photo(path).pixels, picture)
    assert (read_texture(path)[..., 3] == 255).all()


# TIFF ------------------------------------------------------------------------------------------


def test_of_several_pages_the_largest_is_read(tmp_path: Path, picture: np.ndarray) -> None:
    small = Image.fromarray(255 - picture).resize((40, 34))
    pages = [Image.fromarray(picture), small.resize((64, 64))]
    path = written(tmp_path / "a.tif", small, save_all=True, append_images=pages)
    photo = read_photo(path)
    assert np.array_equal(photo.pixels, picture)
    assert not photo.as_stored  # Blender shows the first
    first = written(tmp_path / "b.tif", pages[0], save_all=True, append_images=[small])
    assert np.array_equal(read_photo(first).pixels, picture)
    assert read_photo(first).as_stored


def test_of_several_deep_pages_the_largest_is_read(tmp_path: Path, picture: np.ndarray) -> None:
    tifffile = pytest.importorskip("tifffile")
    with tifffile.TiffWriter(tmp_path / "a.tif", bigtiff=False) as file:
        file.write(np.zeros((40, 40, 3), np.uint16), photometric="rgb")
        file.write(picture.astype(np.uint16) * 257, photometric="rgb")
    assert np.array_equal(read_photo(tmp_path / "a.tif").pixels, picture)


@pytest.mark.parametrize("big", [False, True])
def test_a_picture_inside_the_first_page_may_be_the_largest(
    tmp_path: Path, picture: np.ndarray, big: bool
) -> None:
    tifffile = pytest.importorskip("tifffile")
    with tifffile.TiffWriter(tmp_path / "a.tif", bigtiff=big) as file:
        file.write(255 - picture[:40, :40], photometric="rgb", subifds=1)
        file.write(picture, photometric="rgb")
    assert np.array_equal(read_photo(tmp_path / "a.tif").pixels, picture)


def test_pages_in_a_circle_end(tmp_path: Path, picture: np.ndarray) -> None:
    image = Image.fromarray(picture)
    data = bytearray(written(tmp_path / "a.tif", image).read_bytes())
    start = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, start)[0]
    struct.pack_into("<I", data, start + 2 + 12 * count, start)
    (tmp_path / "a.tif").write_bytes(data)
    assert np.array_equal(read_photo(tmp_path / "a.tif").pixels, picture)


@pytest.mark.parametrize("kind", [np.float16, np.float64])
def test_floats_of_other_sizes_are_read(tmp_path: Path, picture: np.ndarray, kind: type) -> None:
    tifffile = pytest.importorskip("tifffile")
    values = (picture / 255).astype(kind)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", compression="zlib")
    assert np.abs(read_photo(tmp_path / "a.tif").pixels.astype(int) - picture).max() <= 1


def test_highlights_above_1_do_not_make_a_float_picture_black(
    tmp_path: Path, picture: np.ndarray
) -> None:
    tifffile = pytest.importorskip("tifffile")
    values = (picture / 255).astype(np.float32)
    values[:9] = 1.4
    values[9, 9] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb")
    assert np.abs(read_photo(tmp_path / "a.tif").pixels[10:].astype(int) - picture[10:]).max() <= 1


# What is no photo ------------------------------------------------------------------------------


def box(brand: bytes) -> bytes:
    return struct.pack(">I", 20) + b"ftyp" + brand + bytes(4) + b"mif1" + bytes(200)


def image_file(kind: str) -> Callable[[np.ndarray], bytes]:
    def make(picture: np.ndarray) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, kind)
        return stream.getvalue()

    return make


def raw(picture: np.ndarray) -> bytes:
    """A TIFF with a preview that says it is a DNG."""
    tags = Image.Exif()
    tags[50706] = b"\1\4\0\0"
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "TIFF", exif=tags)
    return stream.getvalue()


FOREIGN: dict[str, tuple[Callable[[np.ndarray], bytes], str]] = {
    "a.heic": (lambda p: box(b"heic"), "a HEIC photo"),
    "heic.jpg": (lambda p: box(b"heix"), "Most Compatible"),
    "a.cr3": (lambda p: box(b"crx "), "raw file"),
    "a.mp4": (lambda p: box(b"isom")[:16] + b"mp42" + bytes(100), "a movie"),
    "a.dng": (raw, "raw file"),
    "dng.tif": (raw, "develop it"),
    "a.nef": (image_file("TIFF"), "raw file"),
    "a.cr2": (lambda p: b"II*\0\x10\0\0\0CR\2\0" + bytes(500), "raw file"),
    "cr2.tif": (lambda p: b"II*\0\x10\0\0\0CR\2\0" + bytes(500), "raw file"),
    "a.raf": (lambda p: b"FUJIFILMCCD-RAW 0201" + bytes(500), "raw file"),
    "a.gif": (image_file("GIF"), "a GIF"),
    "a.tga": (image_file("TGA"), "a TGA"),
    "tga.png": (image_file("TGA"), "a TGA"),
    "old.tga": (lambda p: image_file("TGA")(p)[:-26], "a TGA"),
    "a.jp2": (image_file("JPEG2000"), "JPEG 2000"),
    "a.exr": (lambda p: b"\x76\x2f\x31\x01\2\0\0\0" + bytes(99), "OpenEXR"),
    "a.hdr": (lambda p: b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n", "Radiance HDR"),
    "a.psd": (lambda p: b"8BPS\0\1" + bytes(99), "painting program"),
    "a.pdf": (lambda p: b"%PDF-1.7\n" + bytes(99), "a document"),
    "a.jpg": (lambda p: b"\n<!DOCTYPE html><html><body>404", "a web page"),
    "a.jxl": (lambda p: b"\xff\x0a" + bytes(99), "JPEG XL"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_read_is_called_by_its_name(
    tmp_path: Path, picture: np.ndarray, name: str
) -> None:
    make, expected = FOREIGN[name]
    (tmp_path / name).write_bytes(make(picture))
    with pytest.raises(PhotoError) as caught:
        read_photo(tmp_path / name)
    message = str(caught.value)
    assert expected in message
    assert "first" in message or "download" in message  # it says what helps
    assert message.startswith(f'"{name}" is not a picture that can be read here but a')
    assert message.endswith(".")
    assert len(message) < 300


@pytest.mark.parametrize(
    "name",
    ["ai_png_workflow_ztxt.png", "png_bad_text_crc.png", "photo.avif", "photo.jfif", "stereo.mpo",
     "tiff_half.tif", "tiff32f_linear.tif", "bmp32_alpha0.bmp", "gimp_linear_srgb_profile.png",
     "grey16_linear_profile.png", "png_gama1.png"],
)  # fmt: skip
def test_files_that_were_refused_or_read_wrongly(name: str) -> None:
    """All show the portrait: as bright as it is."""
    if not (AWKWARD / name).exists():
        pytest.skip("no research data")
    if name == "photo.avif" and not features.check("avif"):
        pytest.skip("this Pillow reads no AVIF")
    pixels = read_photo(AWKWARD / name).pixels
    assert 110 < pixels.mean() < 160


def test_texts_are_written_by_pillow_as_here(tmp_path: Path, picture: np.ndarray) -> None:
    """The tests' chunks are like those of real programs: Pillow refuses them alone."""
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", LONG.decode(), zip=True)
    path = written(tmp_path / "a.png", Image.fromarray(picture), pnginfo=info)
    with pytest.raises(ValueError, match="too large"):
        Image.open(path).load()
    assert np.array_equal(read_photo(path).pixels, picture)


def test_exif_behind_the_pixels_is_found(tmp_path: Path, picture: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = png_with(np.ascontiguousarray(np.rot90(picture, 1)))
    (tmp_path / "a.png").write_bytes(data[:-12] + chunk(b"eXIf", exif.tobytes()[6:]) + data[-12:])
    assert np.array_equal(read_photo(tmp_path / "a.png").pixels, picture)


def test_a_png_of_16_bits_is_not_shown_by_its_file(tmp_path: Path, picture: np.ndarray) -> None:
    assert cv2.imwrite(str(tmp_path / "a.png"), picture.astype(np.uint16) * 257)
    assert not read_photo(tmp_path / "a.png").as_stored


@pytest.mark.parametrize("length", [2**31 - 1, 2**30, 10**6])
def test_a_chunk_that_says_it_is_longer_than_the_file_makes_no_room(
    tmp_path: Path, picture: np.ndarray, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenCV, which reads 16 bits, would make room for 2 GB of it."""
    data = bytearray(cv2.imencode(".png", picture.astype(np.uint16) * 257)[1].tobytes())
    struct.pack_into(">I", data, data.index(b"IDAT") - 4, length)
    (tmp_path / "a.png").write_bytes(data)
    monkeypatch.setattr(cv2, "imdecode", None)  # calling it would be a TypeError of another text
    with pytest.raises(PhotoError, match="damaged") as caught:
        read_photo(tmp_path / "a.png")
    assert "callable" not in str(caught.value)
