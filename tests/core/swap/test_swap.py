"""Swaps: what cannot lie about them, and what makes no sense."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from synthetic import ball_layout, plain_photo, posed_face, rotation

from prn_blender.core import Face, FaceReconstructor, Photo
from prn_blender.core.appearance.hair import beard
from prn_blender.core.choices import COLOR_MATCHES, PARTS
from prn_blender.core.editing.apply import apply_texture
from prn_blender.core.errors import OptionError
from prn_blender.core.geometry.landmarks import LIP_OUTLINES
from prn_blender.core.geometry.parts import part_mask, within_landmarks
from prn_blender.core.swap.donor_shape import donor_shape
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap, swap_faces


def changes(result: Any, photo: Photo) -> tuple[np.ndarray, np.ndarray]:
    """Largest difference of each pixel to the photo: where the matte is above 0, elsewhere."""
    difference = np.abs(result.picture.astype(int) - photo.pixels).max(axis=-1)
    inside = np.zeros(difference.shape, bool)
    result.rendered.crop(inside)[:] = result.rendered.matte > 0
    return difference[inside], difference[~inside]


@pytest.mark.parametrize("color_match", COLOR_MATCHES)
@pytest.mark.parametrize("blend", ["poisson", "feather", "laplacian"])
def test_a_face_swapped_with_itself_stays(face: Face, color_match: str, blend: str) -> None:
    again = replace(face)  # nothing of the first is kept
    options = SwapOptions(color_match=color_match, blend=blend, caution=0.5, mouth="donor")
    result = swap(face, again, options)
    inside, outside = changes(result, face.photo)
    assert len(inside) > 0.4 * face.size**2
    # At the rim of what the photo shows a little of the completed texture is mixed in.
    assert inside.max() <= 3
    assert np.median(inside) == 0
    assert outside.max() == 0


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_itself_stays(face: Face, part: str) -> None:
    result = swap(face, replace(face), SwapOptions(parts=(part,), shape="donor"))
    inside, outside = changes(result, face.photo)
    assert len(inside) > 20
    assert inside.max() <= 2
    assert outside.max() == 0


def test_faces_of_others_stay_with_themselves(
    reconstructor: FaceReconstructor, shared: Path
) -> None:
    photos = sorted((shared / "data" / "aflw2000_dev").glob("*.jpg"))
    for path in (photos[3], photos[210], photos[330]):  # three classes of yaw
        face = reconstructor(path, max_faces=1)[0]
        inside, outside = changes(swap(face, replace(face)), face.photo)
        assert inside.max() <= 3
        assert np.median(inside) == 0
        assert outside.max() == 0


def test_a_swap_changes_the_face_and_nothing_else(face: Face, other: Face) -> None:
    for blend in ("poisson", "feather", "laplacian"):
        inside, outside = changes(swap(face, other, SwapOptions(blend=blend)), face.photo)
        assert np.median(inside) > 3
        assert outside.max() == 0


def test_a_part_that_ends_beside_the_outline_fades_as_the_face_does() -> None:
    layout = ball_layout(64)
    target = posed_face(layout, plain_photo(), np.eye(3), 160, (128, 128))
    whole = layout.mask.astype(np.float32)
    x = target.position_map[..., 0]
    part = whole * (x < x[target.visibility].max() - 3)
    options = SwapOptions(color_match="none", caution=0.25, blend="feather")
    face, found = (
        swap(target, target, replace(options, mask=m)).matte.astype(int) for m in (whole, part)
    )
    assert (found > 0).sum() > 10_000
    assert (found - face).max() <= 1  # less where the part ends, nowhere more


def test_the_strength_is_between_photo_and_swap(face: Face, other: Face) -> None:
    whole = swap(face, other).picture.astype(float)
    half = swap(face, other, SwapOptions(strength=0.5)).picture
    assert np.abs(half - (whole + face.photo.pixels) / 2).max() <= 1.5
    none = swap(face, other, SwapOptions(strength=0)).picture
    assert np.array_equal(none, face.photo.pixels)


def test_swapped_and_restored(face: Face, other: Face) -> None:
    swapped = swap(face, other, SwapOptions(blend="feather")).picture
    texture = face.texture("auto")
    restored = apply_texture(face, texture, everything=True, picture=swapped)
    sure = swap(face, replace(face)).matte == 255
    alpha = apply_texture(  # where the texture is opaque
        face, np.dstack([np.full((*texture.shape[:2], 3), 255, np.uint8), texture[..., 3]]),
        everything=True, picture=np.zeros_like(face.photo.pixels),
    )  # fmt: skip
    sure &= (alpha == 255).all(axis=-1)
    assert sure.sum() > 0.3 * face.size**2
    before, after = (
        ((p.astype(float) - face.photo.pixels) ** 2)[sure].mean() for p in (swapped, restored)
    )
    assert 10 * np.log10(255**2 / after) >= 38
    assert after < before / 10


def test_colours_are_matched(face: Face, other: Face) -> None:
    """Judged without a Poisson blend, which matches colours of its own."""
    skin = [30, 33, 2, 14, 27]  # nose, and where jaw and cheeks are

    def distance(color_match: str) -> float:
        options = SwapOptions(color_match=color_match, blend="feather", parts=("face",))
        texture = swap(face, other, options).texture
        own = face.texture(256)[..., :3]
        texture = cv2.resize(texture[..., :3], (256, 256), interpolation=cv2.INTER_AREA)
        rows, columns = face.layout.landmark_texels[skin[:2]].T
        area = np.s_[rows.min() - 30 : rows.max(), columns.min() - 40 : columns.max() + 40]
        return float(np.abs(texture[area].mean(axis=(0, 1)) - own[area].mean(axis=(0, 1))).max())

    assert distance("none") > 15
    assert distance("tone") < 8
    assert distance("light") < 8


def test_a_photo_without_colour_gets_none(face: Face, other: Face) -> None:
    grey = cv2.cvtColor(face.photo.pixels, cv2.COLOR_RGB2GRAY)
    old = replace(face, photo=Photo(cv2.merge([grey] * 3)))
    result = swap(old, other)
    assert np.ptp(result.picture.astype(int), axis=-1).max() <= 2
    assert np.ptp(result.texture[..., :3].astype(int), axis=-1).max() <= 2


def test_a_closed_mouth_keeps_the_target_s_teeth(face: Face) -> None:
    closed = face.position_map.copy()
    upper, lower = (face.layout.landmark_texels[n] for n in ([61, 62, 63], [67, 66, 65]))
    closed[tuple(lower.T)] = closed[tuple(upper.T)]
    pixels = np.full_like(face.photo.pixels, 90)
    donor = replace(face, photo=Photo(pixels), position_map=closed)
    middle = face.landmarks[60:68, :2].mean(axis=0).round().astype(int)
    inside = np.s_[middle[1], middle[0] - 3 : middle[0] + 4]
    options = SwapOptions(color_match="none", blend="feather", caution=0.25)
    kept = swap(face, donor, options).picture[inside]
    taken = swap(face, donor, replace(options, mouth="donor")).picture[inside]
    assert np.array_equal(kept, face.photo.pixels[inside])
    assert np.abs(taken.astype(int) - 90).max() <= 2


def test_hair_over_the_forehead_is_left_alone(face: Face, other: Face) -> None:
    pixels = face.photo.pixels.copy()
    brow, up = face.landmarks[[19, 24], :2].mean(axis=0), 0.13 * face.size
    x, y = int(brow[0]), int(brow[1] - up)
    pixels[y - 40 : y + 5, x - 60 : x + 60] = 20  # a fringe
    target = replace(face, photo=Photo(pixels))
    fringe = np.s_[y - 1 : y + 3, x - 12 : x + 12]
    kept = swap(target, other, SwapOptions(caution=0.75)).matte[fringe]
    over = swap(target, other, SwapOptions(caution=0.5)).matte[fringe]
    assert over.mean() > 60
    assert kept.mean() < 0.15 * over.mean()


def test_beards_stay_and_are_not_lent(face: Face, other: Face) -> None:
    layout = face.layout
    assert not beard(face.maps, face.illumination).any()
    # A black chin and upper lip, without the lips.
    pixels = face.photo.pixels.copy()
    marks = face.landmarks[:, :2].round().astype(np.int32)
    outline = np.concatenate([marks[4:13], marks[[54, 35, 33, 31, 48]]])
    grown = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(grown, [outline], 1)
    cv2.fillPoly(grown, [marks[48:60]], 0)
    pixels[grown > 0] //= 4
    bearded = replace(face, photo=Photo(pixels))
    found = beard(bearded.maps, bearded.illumination)
    chin = cv2.erode((part_mask(layout, "chin", feather=0) > 0).astype(np.uint8), np.ones((5, 5)))
    lips = within_landmarks(layout, LIP_OUTLINES) > 0
    assert found[chin > 0].mean() > 0.8
    assert not found[lips].any()
    for target, donor in ((bearded, other), (face, bearded)):
        assert swap(target, donor).mask[found].max() < 0.01
    assert swap(bearded, other, SwapOptions(caution=0.5)).mask[found].max() == 1


def test_the_donor_s_shape_moves_features_but_not_the_border(face: Face) -> None:
    wide = face.position_map.copy()
    # A nose twice as wide, on the donor alone.
    nose = face.layout.landmark_texels[27:36]
    row, column = np.mgrid[:256, :256]
    near = np.exp(-((row - nose[:, 0].mean()) ** 2 + (column - 127.5) ** 2) / (2 * 25**2))
    wide[..., 0] += (0.5 * near * (wide[..., 0] - face.landmarks[30, 0])).astype(np.float32)
    donor = replace(face, position_map=wide)
    mask = swap(face, donor).mask
    positions = donor_shape(face.geometry, donor.geometry, mask)
    moved = np.linalg.norm(positions - face.position_map, axis=-1)
    width = [
        np.ptp(p[tuple(face.layout.landmark_texels[31:36].T)][:, 0])
        for p in (face.position_map, positions)
    ]
    assert width[1] > 1.15 * width[0]
    assert moved[mask == 0].max() == 0
    result = swap(face, donor, SwapOptions(shape="donor"))
    assert np.array_equal(result.positions, positions)
    assert changes(result, face.photo)[1].max() == 0


def test_an_artist_s_mask_takes_the_place_of_parts(face: Face, other: Face) -> None:
    mask = np.zeros((100, 100), np.float32)
    row, column = face.layout.landmark_texels[30] * 100 // 256
    mask[row - 3 : row + 4, column - 3 : column + 4] = 1
    result = swap(face, other, SwapOptions(mask=mask))
    y, x = np.nonzero(result.matte)
    assert 0 < len(y) < 0.05 * face.size**2
    assert (
        np.hypot(x.mean() - face.landmarks[30, 0], y.mean() - face.landmarks[30, 1])
        < 0.06 * face.size
    )


def test_a_texture_can_be_the_donor(face: Face, other: Face) -> None:
    texture = cv2.cvtColor(other.texture(512), cv2.COLOR_RGBA2RGB)
    result = swap(face, texture)
    inside, outside = changes(result, face.photo)
    assert np.median(inside) > 2
    assert outside.max() == 0


def test_several_faces_each_their_donor(face: Face, other: Face) -> None:
    wide = np.hstack([face.photo.pixels, face.photo.pixels])
    photo = Photo(wide)
    first = replace(face, photo=photo)
    shift = np.float32([face.photo.width, 0, 0])
    second = replace(face, photo=photo, position_map=face.position_map + shift)
    both = swap_faces([(first, other), (second, first)])
    half = face.photo.width
    assert np.abs(both[:, :half].astype(int) - swap(face, other).picture).max() <= 1
    assert np.abs(both[:, half:].astype(int) - face.photo.pixels).max() <= 2


def test_a_mouth_that_closes_keeps_the_hidden_side(
    face: Face, other: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = SwapOptions(texture_size=256)
    kept = swap(face, other, options).paint.texture.pixels
    monkeypatch.setattr("prn_blender.core.swap.donor.is_open", lambda *_: True)
    closed = swap(face, other, options).paint.texture.pixels
    lips = part_mask(face.layout, "mouth", feather=0) > 0
    away = cv2.dilate(lips.astype(np.uint8), np.ones((15, 15), np.uint8)) == 0
    assert np.abs(closed[away].astype(int) - kept[away]).max() <= 1
    assert (closed[lips] != kept[lips]).any()


@pytest.mark.parametrize("centre", [(10, 120), (245, 250), (128, 5)])
def test_faces_cut_by_the_photo_s_border(centre: tuple[int, int]) -> None:
    layout = ball_layout(64)
    target = posed_face(layout, plain_photo(), rotation("z", 10), 160, centre)
    donor = posed_face(layout, plain_photo(), rotation("z", -20), 200, (128, 128))
    mask = np.zeros((64, 64), np.float32)
    mask[8:-8, 8:-8] = 1
    options = SwapOptions(mask=mask, color_match="none", caution=0.25)
    result = swap(target, donor, options)
    inside, outside = changes(result, target.photo)
    assert len(inside) > 500
    assert outside.max() == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parts": ("ear",)}, "no part 'ear'"),
        ({"parts": ()}, "No part"),
        ({"strength": 2}, "strength is 2"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"blend": "mixed"}, "blend is 'mixed'"),
        ({"color_match": "yes"}, "colour match is 'yes'"),
        ({"shape": "mean"}, "shape is 'mean'"),
        ({"mouth": "open"}, "mouth is 'open'"),
        ({"feather": 3}, "feather is 3"),
        ({"mask": np.zeros((3, 4), np.float32)}, "mask is"),
        ({"texture_size": 5}, "texture size is 5"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    face: Face, other: Face, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        swap(face, other, SwapOptions(**options))


def test_donors_that_do_not_fit_are_refused(face: Face) -> None:
    ball = posed_face(ball_layout(64), plain_photo(), np.eye(3), 100, (128, 128))
    with pytest.raises(OptionError, match="UV layout 'ball' is not the target's"):
        swap(face, ball)
    with pytest.raises(OptionError, match="square"):
        swap(face, np.zeros((64, 32, 4), np.uint8))
    with pytest.raises(OptionError, match="shape"):
        swap(face, np.zeros((64, 64, 4), np.uint8), SwapOptions(shape="donor"))
    with pytest.raises(OptionError, match="no face to swap"):
        swap_faces([])
