"""Faces from images that Blender shows, of files that we do not read."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core import Photo
from prn_blender.core.errors import PhotoError
from prn_blender.core.photo.photo import read_photo
from prn_blender.operators.reconstruct import photo_of_image
from prn_blender.scene.files import new_file


@pytest.mark.parametrize("kind", ["tga", "exr", "hdr", "gif", "jp2"])
def test_a_file_that_only_blender_reads_gives_its_pixels(
    tmp_path: Path, astronaut: Photo, kind: str
) -> None:
    new_file()
    path = tmp_path / f"me.{kind}"
    if kind in ("exr", "hdr"):
        x = astronaut.pixels[..., ::-1] / np.float32(255)
        light = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
        try:
            written = cv2.imwrite(str(path), light.astype(np.float32))
        except cv2.error:
            written = False
        if not written:
            pytest.skip(f"this build of OpenCV does not write .{kind}")
    else:
        Image.fromarray(astronaut.pixels).save(path)
    with pytest.raises(PhotoError):
        read_photo(path)
    try:
        image = bpy.data.images.load(str(path))
        image.name = "shown"
        readable = image.size[0] > 0
    except RuntimeError:
        readable = False
    if not readable:
        pytest.skip(f"this Blender does not read .{kind}")
    pixels = photo_of_image("shown")().pixels
    off = np.abs(pixels.astype(int) - astronaut.pixels)
    assert off.mean() < (6 if kind == "gif" else 3)
