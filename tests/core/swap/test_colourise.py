"""Swaps between photos of which one has no colours: grey, or toned."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from prn_blender.core import Face, Photo
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.swap.colourise import eyes_and_teeth, plausible_colours, with_hue_of
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap

LUMA = np.array([0.299, 0.587, 0.114])
SEPIA = np.array([12.0, 0.0, -24.0])


def as_photo(face: Face, pixels: np.ndarray) -> Face:
    return replace(face, photo=Photo(np.ascontiguousarray(pixels)))


def grey_of(face: Face) -> np.ndarray:
    return cv2.merge([cv2.cvtColor(face.photo.pixels, cv2.COLOR_RGB2GRAY)] * 3)


@pytest.fixture(scope="module")
def grey(face: Face) -> Face:
    return as_photo(face, grey_of(face))


@pytest.fixture(scope="module")
def sepia(face: Face) -> Face:
    """Toned most where it is neither black nor white."""
    level = grey_of(face) / 255.0
    toned = 255 * level + 4 * level * (1 - level) * SEPIA
    return as_photo(face, (toned + 0.5).clip(0, 255).astype(np.uint8))


def mean_colour(picture: np.ndarray, face: Face, marks: list[int]) -> np.ndarray:
    """(3,) of the pixels around the middle of some landmarks."""
    x, y = face.landmarks[marks, :2].mean(axis=0).round().astype(int)
    return picture[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).astype(float).mean(axis=0)


def hue(colour: np.ndarray) -> np.ndarray:
    return np.asarray(colour / (colour @ LUMA)[..., None])


def test_toned_photos_are_told_from_coloured_ones(face: Face, grey: Face, sepia: Face) -> None:
    assert face.toning is None
    levels = np.repeat(np.arange(256)[:, None], 3, axis=1)
    assert grey.toning is not None
    assert np.array_equal(grey.toning.colours, levels)
    assert sepia.toning is not None
    expected = levels[30:200] + 4 * (levels / 255 * (1 - levels / 255))[30:200] * SEPIA
    assert np.abs(sepia.toning.colours[30:200] - expected).max() < 4
    assert not grey.toning.is_like(sepia.toning)
    # On a flat picture any colour is a function of brightness.
    flat = np.broadcast_to(np.uint8([190, 140, 120]), face.photo.pixels.shape)
    assert as_photo(face, flat).toning is None


def test_grain_and_a_red_coin_do_not_make_a_grey_photo_coloured(face: Face, grey: Face) -> None:
    rng = np.random.default_rng(0)
    pixels = grey.photo.pixels + rng.normal(0, 1.5, grey.photo.pixels.shape)
    x, y = face.landmarks[57, :2].astype(int)
    cv2.circle(pixels, (int(x), int(y)), int(0.05 * face.size), (220.0, 60.0, 40.0), -1)
    assert as_photo(face, pixels.clip(0, 255).astype(np.uint8)).toning is not None


def test_a_grey_donor_takes_the_colours_of_the_target(face: Face, grey: Face) -> None:
    """Its own photo, grey, comes back as it was: skin, lips, and whites of the eyes."""
    picture = swap(face, grey, SwapOptions(mouth="donor", caution=0.5)).picture
    own = face.photo.pixels
    for marks in ([30], [31, 48], [35, 54]):  # skin
        assert np.abs(hue(mean_colour(picture, face, marks)) - hue(
            mean_colour(own, face, marks))).max() < 0.12  # fmt: skip
    lips, skin = (hue(mean_colour(picture, face, m)) for m in ([57, 66], [30]))
    assert lips[0] > skin[0] + 0.05
    assert lips[1] < skin[1] - 0.03
    # What it lends is brightness: nothing of the detail is lost.
    inside = swap(face, grey).matte > 250
    levels = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)[inside].astype(float) for p in (picture, own)]
    assert np.corrcoef(*levels)[0, 1] > 0.98


def test_lips_are_redder_and_eyes_and_teeth_are_not(face: Face) -> None:
    layout = face.layout
    skin = np.broadcast_to(np.float32([0.8, 0.6, 0.5]), (layout.size, layout.size, 3))
    texels = {"lip": [57, 66], "eye": [37, 38, 40, 41], "tooth": [61, 62, 63, 65, 66, 67]}

    def at(shown: Face) -> dict[str, np.ndarray]:
        colours = plausible_colours(layout, skin, eyes_and_teeth(shown))
        where = {k: layout.landmark_texels[m].mean(axis=0).round() for k, m in texels.items()}
        return {name: colours[tuple(place.astype(int))] for name, place in where.items()}

    # Teeth as white as these are soft in the astronaut's photo.
    white = face.photo.pixels.copy()
    cv2.fillPoly(white, [np.rint(face.landmarks[60:68, :2]).astype(np.int32)], (235, 235, 230))
    smiling = at(replace(face, photo=Photo(white)))
    assert hue(smiling["lip"])[0] > 1.05 * hue(skin[0, 0])[0]
    assert smiling["lip"] @ LUMA < 0.8 * (skin[0, 0] @ LUMA)
    for neutral in (smiling["eye"], smiling["tooth"]):
        assert np.ptp(hue(neutral)) < 0.6 * np.ptp(hue(skin[0, 0]))
        assert neutral.max() > 0.9
    # Lids that are closed are skin, and what is no brighter than the lips is no tooth.
    positions = face.position_map.copy()
    for eye in (slice(36, 42), slice(42, 48)):
        rows, columns = layout.landmark_texels[eye].T
        lids = np.s_[rows.min() - 1 : rows.max() + 2, columns.min() : columns.max() + 1]
        positions[lids][..., 1] = positions[lids][..., 1].mean()
    dull = np.full_like(face.photo.pixels, 150)
    cv2.fillPoly(dull, [np.rint(face.landmarks[48:60, :2]).astype(np.int32)], (90, 90, 90))
    asleep = at(replace(face, photo=Photo(dull), position_map=positions))
    assert np.allclose(asleep["eye"], skin[0, 0], atol=0.02)
    assert np.allclose(hue(asleep["tooth"]), hue(asleep["lip"]), atol=0.02)


def test_another_s_hue_leaves_the_brightness() -> None:
    level = np.arange(256, dtype=np.uint8)[:, None, None].repeat(3, axis=2)
    painted = with_hue_of(level, np.broadcast_to(np.float32([0.8, 0.6, 0.5]), (256, 1, 3)))
    assert np.abs(painted[:150] @ LUMA - level[:150, :, 0]).max() <= 1


def test_a_coloured_donor_is_toned_as_the_target_is(face: Face, sepia: Face) -> None:
    donor = as_photo(face, cv2.convertScaleAbs(face.photo.pixels, alpha=0.7))
    result = swap(sepia, donor)
    for picture in (result.texture[..., :3], result.picture[result.matte == 255]):
        colours = picture.reshape(-1, 3).astype(int)
        colours = colours[(colours @ LUMA > 60) & (colours @ LUMA < 180)]
        tint = colours - (colours @ LUMA)[:, None]
        apart = np.linalg.norm(tint - SEPIA * [1.0, 1.0, 1.0], axis=1)
        assert np.percentile(apart, 95) < 12


def test_a_toned_face_swapped_with_itself_stays(grey: Face, sepia: Face) -> None:
    for one in (grey, sepia):
        result = swap(one, replace(one))
        assert np.abs(result.picture.astype(int) - one.photo.pixels).max() <= 2


def test_lips_of_a_dark_donor_are_no_paler_than_the_skin(face: Face) -> None:
    """Brightened as the skin is, lips as bright as that would be nearly white."""
    shape = face.photo.pixels.shape
    target = as_photo(face, np.broadcast_to(np.uint8([225, 185, 165]), shape))
    pixels = np.broadcast_to(np.uint8([90, 60, 45]), shape).copy()
    lips = np.rint(face.landmarks[48:60, :2]).astype(np.int32)
    cv2.fillPoly(pixels, [lips], (130, 95, 85))
    for photo in (target, as_photo(target, cv2.merge([target.photo.pixels[..., 1]] * 3))):
        texture = swap(photo, as_photo(face, pixels)).texture
        texture = cv2.resize(texture, (face.layout.size,) * 2, interpolation=cv2.INTER_AREA)
        row, column = face.layout.landmark_texels[[57, 66]].mean(axis=0).round().astype(int)
        cheeks = texture[part_mask(face.layout, "cheeks", feather=0) > 0][:, :3] @ LUMA
        assert texture[row, column, :3] @ LUMA < np.median(cheeks)
