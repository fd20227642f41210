"""Odd paths, and files that only look like photos."""
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
from photo_files import written
from PIL import Image

from prn_blender.core.errors import PhotoError
from prn_blender.core.photo.photo import read_photo


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
    monkeypatch.setattr("prn_blender.core.photo.picture_file.MAX_FILE_BYTES", 2**20)
    (tmp_path / "a.jpg").write_bytes(bytes(2**20 + 1))
    assert "larger than 1 MB" in refused(tmp_path / "a.jpg")


def test_not_enough_memory_is_said(
    tmp_path: Path, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", exhausted)
    assert "not enough memory" in refused(written(tmp_path / "a.png", Image.fromarray(picture)))
