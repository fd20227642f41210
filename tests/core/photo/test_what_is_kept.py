"""The table in docs/troubleshooting.md of what a changed photo keeps: the lines that say no."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from test_edited import edited

from prn_blender.core.photo.photo import read_photo

TABLE = (Path(__file__).resolve().parents[3] / "docs" / "troubleshooting.md").read_text("utf-8")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- rating five --></x:xmpmeta>'
# APP13 of Photoshop with one IPTC record: the caption "harbour".
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0c\x1c\x02x\0\x07harbour"


def row(start: str) -> str:
    (line,) = [line for line in TABLE.splitlines() if line.startswith(f"| {start}")]
    return line


def jpeg_with_iptc(path: Path, picture: np.ndarray) -> Path:
    Image.fromarray(picture).save(path, quality=97)
    data = path.read_bytes()
    segment = b"\xff\xed" + (len(IPTC) + 2).to_bytes(2, "big") + IPTC
    path.write_bytes(data[:2] + segment + data[2:])
    with Image.open(path) as image:
        assert "photoshop" in image.info
    return path


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("result", ["out.jpg", "out.png"])
def test_xmp_is_not_kept(tmp_path: Path, picture: np.ndarray, suffix: str, result: str) -> None:
    source = tmp_path / f"a.{suffix}"
    if suffix == "png":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        Image.fromarray(picture).save(source, pnginfo=text)
    else:
        Image.fromarray(picture).save(source, xmp=XMP)
    assert b"rating five" in source.read_bytes()
    out, _, _ = edited(tmp_path, source, result)
    assert b"rating five" not in out.read_bytes()
    assert row("XMP").count("not kept") == 2


@pytest.mark.parametrize("result", ["out.jpg", "out.png"])
def test_iptc_is_not_kept(tmp_path: Path, picture: np.ndarray, result: str) -> None:
    out, _, _ = edited(tmp_path, jpeg_with_iptc(tmp_path / "a.jpg", picture), result)
    assert b"harbour" not in out.read_bytes()
    assert "IPTC" in row("XMP")


@pytest.mark.parametrize("result", ["out.jpg", "out.png"])
def test_texts_of_a_png_are_not_kept(tmp_path: Path, picture: np.ndarray, result: str) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a portrait in a harbour")
    Image.fromarray(picture).save(tmp_path / "a.png", pnginfo=text)
    out, _, _ = edited(tmp_path, tmp_path / "a.png", result)
    assert b"a portrait in a harbour" not in out.read_bytes()
    assert row("texts of a PNG").count("not kept") == 2


@pytest.mark.parametrize("mode", ["L", "CMYK", "P"])
@pytest.mark.parametrize("result", ["out.jpg", "out.png"])
def test_other_kinds_of_colour_become_rgb(
    tmp_path: Path, picture: np.ndarray, mode: str, result: str
) -> None:
    suffix = "tif" if mode == "CMYK" else "png"
    image = Image.fromarray(picture)
    # Without dithering, which no JPEG can hold.
    stored = image.quantize(dither=Image.Dither.NONE) if mode == "P" else image.convert(mode)
    assert stored.mode == mode
    stored.save(tmp_path / f"a.{suffix}")
    out, _, wanted = edited(tmp_path, tmp_path / f"a.{suffix}", result)
    with Image.open(out) as image:
        assert image.mode == "RGB"
        assert "icc_profile" not in image.info
    assert np.abs(read_photo(out).pixels.astype(int) - wanted).mean() < 3
    assert row("grey, CMYK and palettes").count("RGB") >= 1
