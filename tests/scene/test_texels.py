"""Pixels for another thread: the same as Blender's own."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's Python module is not installed")

from prn_blender.core.errors import OptionError
from prn_blender.scene.files import new_file
from prn_blender.scene.images.image import array_image, blank_image, float_pixels
from prn_blender.scene.images.texels import Texels, side_of


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    new_file()
    yield


def noise(*shape: int, kind: type = np.uint8) -> np.ndarray:
    values = np.random.default_rng(7).integers(0, np.iinfo(kind).max + 1, shape)
    return values.astype(kind)


@pytest.mark.parametrize(
    ("pixels", "data"),
    [
        (noise(24, 40, 4), False),
        (noise(24, 40, 3), False),
        (noise(24, 40), True),
        (noise(24, 40, 3), True),
        (noise(24, 40, 3, kind=np.uint16), True),
        (noise(24, 40, 3, kind=np.uint16), False),
    ],
    ids=["rgba", "rgb", "mask", "masks", "match", "deep colours"],
)
def test_values_are_blenders(pixels: np.ndarray, data: bool) -> None:
    image = array_image("image", pixels, data)
    texels = Texels(image)
    assert (texels.width, texels.height, side_of(image)) == (40, 24, 40)
    found = texels.values / (255 if texels.values.dtype == np.uint8 else 1)
    assert found == pytest.approx(float_pixels(image), abs=1e-6)


@pytest.mark.parametrize(("value", "data"), [(0.0, False), (1.0, True)], ids=["clear", "white"])
def test_a_blank_image_needs_no_pixels_until_it_is_drawn_on(value: float, data: bool) -> None:
    image = blank_image("image", 40, value, data)
    texels = Texels(image)
    assert (texels.width, texels.height, side_of(image)) == (40, 40, 40)
    assert not image.has_data
    assert (texels.eight_bits == round(255 * value)).all()
    assert float_pixels(image) == pytest.approx(value)
    image.pixels[0] = 0.5
    assert Texels(image).eight_bits[-1, 0, 0] == 128  # Blender's first row is the lowest


def test_a_packed_image_is_decoded_in_the_thread_that_asks() -> None:
    """And Blender has not decoded it either, which its size alone would have made it do."""
    image = array_image("image", noise(64, 64, 4))
    texels = Texels(image)
    assert side_of(image) == 64
    assert not image.has_data
    found = []
    thread = threading.Thread(target=lambda: found.append(texels.values))
    thread.start()
    thread.join()
    assert np.array_equal(found[0], noise(64, 64, 4))
    assert not image.has_data


def test_strokes_that_are_in_no_file_are_there() -> None:
    image = array_image("image", noise(16, 16, 4))
    pixels = np.full(16 * 16 * 4, 0.25, np.float32)
    image.pixels.foreach_set(pixels)
    image.update()
    assert image.is_dirty
    texels = Texels(image)
    image.pixels.foreach_set(pixels * 2)  # what is drawn from now on is not
    assert (texels.values == 64).all()


def test_an_image_without_pixels_is_one_sentence() -> None:
    image = bpy.data.images.new("gone", 8, 8)
    image.source, image.filepath = "FILE", "//gone.png"
    with pytest.raises(OptionError, match="has no pixels"):
        Texels(image)


def test_other_sizes_are_sampled_as_before() -> None:
    pixels = noise(32, 32, 4)
    texels = Texels(array_image("image", pixels))
    values = pixels / np.float32(255)
    for size, how in ((16, cv2.INTER_AREA), (80, cv2.INTER_LINEAR)):
        expected = cv2.resize(values, (size, size), interpolation=how) * 255
        whole = texels.resized(size, slice(0, size))
        assert np.abs(whole - expected).max() <= 0.51
        # In bands, as large textures are taken, it is the same.
        parts = [texels.resized(size, slice(top, min(top + 7, size))) for top in range(0, size, 7)]
        assert np.array_equal(np.concatenate(parts), whole)
    assert np.shares_memory(texels.resized(32, slice(3, 9)), texels.values)


def test_a_large_texture_is_taken_in_bands() -> None:
    """A dozen layers of 8192 x 8192 as floats would take gigabytes."""
    texels = Texels(array_image("image", noise(16, 16, 4)))
    band = texels.resized(8192, slice(5000, 5003))
    assert band.shape == (3, 8192, 4) and band.dtype == np.uint8
