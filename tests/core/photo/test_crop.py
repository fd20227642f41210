"""The square the network sees, and the way back to the photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from synthetic import plain_photo

from prn_blender.core.photo.crop import Crop, crop_around_points
from prn_blender.core.photo.photo import Photo

TURNS = [0.0, 0.4, -1.2, math.pi / 2, math.pi]


def corners(crop: Crop) -> np.ndarray:
    """Where the centres of the crop's corner pixels lie in the photo, from the definition."""
    half = crop.size / 2
    offsets = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    c, s = math.cos(crop.roll), math.sin(crop.roll)
    # Clockwise as seen in a picture with y down: x axis -> (cos, sin).
    return np.asarray(crop.centre) + offsets @ np.array([[c, s], [-s, c]])


@pytest.mark.parametrize("roll", TURNS)
def test_corner_pixels_lie_on_the_square_s_corners(roll: float) -> None:
    crop = Crop(np.array([50.0, 70.0]), 60.0, roll, 100)
    pixels = np.array([[0, 0, 0], [99, 0, 0], [99, 99, 0], [0, 99, 0]], np.float32)
    assert np.allclose(crop.positions_to_photo(pixels)[:, :2], corners(crop), atol=1e-4)


@pytest.mark.parametrize("roll", TURNS)
def test_to_the_crop_and_back_is_the_identity(roll: float) -> None:
    crop = Crop(np.array([1234.5, 987.6]), 431.0, roll)
    points = np.random.default_rng(0).uniform(0, 2000, (50, 3))
    inside = points[:, :2] @ crop.to_crop[:, :2].T + crop.to_crop[:, 2]
    inside = np.column_stack([inside, points[:, 2] * crop.scale])
    assert np.allclose(crop.positions_to_photo(inside), points, atol=0.02)


def test_depth_is_scaled_like_the_picture_and_keeps_its_zero() -> None:
    crop = Crop(np.array([10.0, 20.0]), 510.0, 0.7)
    back = crop.positions_to_photo(np.array([[5, 6, 0], [5, 6, 8]], np.float32))
    assert back[:, 2].tolist() == pytest.approx([0.0, 16.0])


@pytest.mark.parametrize("roll", TURNS)
@pytest.mark.parametrize("size", [90.0, 255.0, 1100.0])
def test_the_crop_shows_what_lies_at_its_positions(roll: float, size: float) -> None:
    photo = plain_photo(1400, 1300)
    crop = Crop(np.array([700.0, 640.0]), size, roll)
    seen = crop.extract(photo)
    assert seen.shape == (256, 256, 3)
    u, v = np.meshgrid(np.arange(256), np.arange(256))
    grid = np.stack([u, v, np.zeros_like(u)], axis=-1).astype(np.float32)
    x, y, _ = np.moveaxis(crop.positions_to_photo(grid), -1, 0)
    expected = np.stack([40 + 180 * x / 1399, 40 + 180 * y / 1299], axis=-1)
    margin = 6  # at its border the photo fades into the black outside
    reached = (x >= margin) & (y >= margin) & (x <= 1399 - margin) & (y <= 1299 - margin)
    assert reached.mean() > 0.9
    assert np.abs(seen[..., :2] - expected)[reached].max() < 1.5


def test_a_crop_matches_opencv_s_plain_warp_when_it_does_not_shrink() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    crop = Crop(np.array([201.3, 140.8]), 180.0, 0.3)
    expected = cv2.warpAffine(noise, crop.to_crop, (256, 256))
    # warpAffine rounds coordinates to 1/32 pixel; the region's offset moves that rounding.
    assert np.abs(crop.extract(Photo.from_pixels(noise)).astype(int) - expected).mean() < 3


def test_a_large_photo_is_averaged_not_sampled() -> None:
    board = np.indices((1024, 1024)).sum(axis=0) % 2 * 255
    photo = Photo.from_pixels(np.repeat(board[..., None], 3, axis=2).astype(np.uint8))
    seen = Crop(np.array([511.5, 511.5]), 1000.0).extract(photo)[8:-8, 8:-8]
    assert seen.min() > 100
    assert seen.max() < 155


def test_outside_the_photo_it_is_black() -> None:
    white = Photo.from_pixels(np.full((64, 64, 3), 255, np.uint8))
    seen = Crop(np.array([0.0, 32.0]), 40.0).extract(white)
    assert (seen[:, :120] == 0).all()
    assert (seen[:, 136:] == 255).all()


@pytest.mark.parametrize("centre", [(-500.0, 30.0), (30.0, 900.0), (1e7, -1e7)])
def test_a_crop_beside_the_photo_is_all_black(centre: tuple[float, float]) -> None:
    crop = Crop(np.array(centre), 100.0)
    assert not crop.extract(plain_photo()).any()
    assert crop.fraction_outside(plain_photo()) == 1.0


@pytest.mark.parametrize(
    ("centre", "expected"), [((127.5, 127.5), 0.0), ((-0.5, 127.5), 0.5), ((-0.5, -0.5), 0.75)]
)
def test_the_share_outside_is_the_area_outside(
    centre: tuple[float, float], expected: float
) -> None:
    crop = Crop(np.array(centre), 100.0)
    assert crop.fraction_outside(plain_photo()) == pytest.approx(expected, abs=0.02)


def test_a_turned_square_inside_the_photo_reaches_outside_with_its_corners() -> None:
    upright = Crop(np.array([127.5, 127.5]), 254.0)
    turned = Crop(np.array([127.5, 127.5]), 254.0, math.pi / 4)
    assert upright.fraction_outside(plain_photo()) == 0.0
    # A square turned by 45 degrees over itself: the part outside is 1 - 2 (sqrt 2 - 1).
    expected = 1 - 2 * (math.sqrt(2) - 1)
    assert turned.fraction_outside(plain_photo()) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("roll", TURNS)
def test_landmarks_lie_in_the_middle_of_their_crop(roll: float) -> None:
    c, s = math.cos(roll), math.sin(roll)
    upright = np.random.default_rng(2).uniform((-30, -50), (30, 50), (68, 2))
    upright[0], upright[1] = (-30, -50), (30, 50)
    points = upright @ np.array([[c, s], [-s, c]]) + (400, 300)
    crop = crop_around_points(points, 1.6, roll)
    assert np.allclose(crop.centre, (400, 300))
    assert crop.size == pytest.approx(1.6 * (60 + 100) / 2)
    inside = points @ crop.to_crop[:, :2].T + crop.to_crop[:, 2]
    assert np.allclose((inside.min(axis=0) + inside.max(axis=0)) / 2, 127.5)
    # Upright again: the long side stands.
    assert np.ptp(inside, axis=0)[1] / np.ptp(inside, axis=0)[0] == pytest.approx(100 / 60)


def test_a_single_point_still_has_a_crop() -> None:
    assert crop_around_points(np.zeros((68, 3)), 1.6).size == 1.0
