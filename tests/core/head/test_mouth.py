"""The inside of a head's mouth, as it is painted."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from prn_blender.core import Face
from prn_blender.core.head.head_model import HeadModel, bundled_head
from prn_blender.core.head.tile.mouth import paint_mouth
from prn_blender.core.head.tile.texels import tile_texels
from prn_blender.core.outputs.head.photo_colours import white_at_teeth, white_colour
from prn_blender.core.outputs.head.texture import HeadColours

SIDE = 1024
BEFORE = 128


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return bundled_head()


@pytest.fixture(scope="module")
def tile(model: HeadModel) -> np.ndarray:
    pixels = np.full((SIDE, SIDE, 3), BEFORE, np.uint8)
    paint_mouth(pixels, model, np.array([222, 222, 222]))
    return pixels


def part(model: HeadModel, tile: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 3) on the mean head, and colours (n, 3)."""
    texels = tile_texels(model, model.part == model.part_names.index(name), SIDE)
    return texels.of(model.mean), tile[texels.row, texels.column]


def test_what_is_deep_is_dark(model: HeadModel, tile: np.ndarray) -> None:
    for name in ("teeth", "tongue", "mouth_bag"):
        place, colour = part(model, tile, name)
        front = place[:, 1] < np.quantile(place[:, 1], 0.1)
        back = place[:, 1] > np.quantile(place[:, 1], 0.9)
        assert colour[back].mean() < 0.5 * colour[front].mean(), name


def test_teeth_are_white_at_their_edges_and_have_gums(model: HeadModel, tile: np.ndarray) -> None:
    place, colour = part(model, tile, "teeth")
    front = np.abs(place[:, 0]) < 0.008
    edge = front & (np.abs(place[:, 2] - np.median(place[front, 2])) < 0.003)
    ends = front & (np.abs(place[:, 2] - np.median(place[front, 2])) > 0.016)
    red, green, _ = colour[edge].mean(axis=0)
    assert red > 170
    assert red / green < 1.15
    red, green, _ = colour[ends].mean(axis=0)
    assert red / green > 1.5


def test_it_has_no_colours_where_the_photo_has_none(model: HeadModel, tile: np.ndarray) -> None:
    grey = np.full((SIDE, SIDE, 3), BEFORE, np.uint8)
    paint_mouth(grey, model, np.array([222, 222, 222]), toned=True)
    assert np.ptp(grey, axis=2).max() == 0
    for name in ("teeth", "tongue", "mouth_bag"):
        colourless = part(model, grey, name)[1].mean()
        assert colourless == pytest.approx(part(model, tile, name)[1].mean(), rel=0.2)


def test_it_is_as_bright_as_the_photo(model: HeadModel, tile: np.ndarray) -> None:
    dim = np.full((SIDE, SIDE, 3), BEFORE, np.uint8)
    paint_mouth(dim, model, np.array([111, 111, 111]))
    painted = (tile != BEFORE).any(axis=2) & (dim != BEFORE).any(axis=2)
    assert painted.sum() > 10_000
    assert dim[painted] == pytest.approx(tile[painted] / 2, abs=1)


def test_nothing_else_is_painted(model: HeadModel, tile: np.ndarray) -> None:
    for name in ("skin", "eyes", "eye_sockets"):
        assert (part(model, tile, name)[1] == BEFORE).all(), name


def test_teeth_are_as_bright_as_those_of_a_laugh(face: Face) -> None:
    assert face.head is not None
    colours = HeadColours.of(face, face.head)
    assert colours.bright is not None
    assert colours.bright.mean() > 1.15 * colours.white.mean()
    dark = replace(face, photo=replace(face.photo, pixels=face.photo.pixels // 3))
    told = HeadColours.of(dark, face.head)
    assert told.bright is not None
    assert told.bright.mean() < 0.6 * colours.bright.mean()


def test_what_has_colour_in_a_mouth_is_no_tooth(face: Face) -> None:
    pixels = face.photo.pixels.copy()
    inside = face.position_map[face.layout.parts["mouth"]]
    low, high = inside[:, :2].min(0).astype(int), inside[:, :2].max(0).astype(int) + 1
    pixels[low[1] : high[1], low[0] : high[0]] = (200, 110, 105)
    white = white_colour(face)
    shut = replace(face, photo=replace(face.photo, pixels=pixels))
    assert (white_at_teeth(shut, white) == white).all()
