"""The texture of several photos: hidden skin from those that show it, one light, no ghosts."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from prn_blender.core import Face, Photo
from prn_blender.core.person.blended_texture import blended_texture
from prn_blender.core.person.layers import layers_of
from prn_blender.core.person.painted_face import PaintedFace
from prn_blender.core.person.registration import flow_between

SIZE = 256


def hidden(face: Face, left: bool) -> Face:
    """A face whose photo ends a little past its middle: the rest is not shown."""
    x = face.landmarks[30, 0] + (0.15 if left else -0.15) * face.size
    positions = face.position_map.copy()
    if left:
        width = int(x) + 1
        return replace(face, photo=Photo(np.ascontiguousarray(face.photo.pixels[:, :width])))
    positions[..., 0] -= int(x)
    pixels = np.ascontiguousarray(face.photo.pixels[:, int(x) :])
    return replace(face, photo=Photo(pixels), position_map=positions)


@pytest.fixture(scope="module")
def halves(face: Face) -> list[Face]:
    return [hidden(face, True), hidden(face, False)]


def known(texture: np.ndarray) -> np.ndarray:
    return texture[..., 3] > 127


def test_hidden_skin_comes_from_the_photo_that_shows_it(face: Face, halves: list[Face]) -> None:
    whole = face.texture(SIZE)
    both = blended_texture(layers_of(halves, [1.0, 1.0]), SIZE)
    assert known(halves[0].texture(SIZE)).sum() < 0.7 * known(whole).sum()
    assert known(both).sum() > 0.95 * known(whole).sum()
    inner = known(whole) & known(both)
    apart = np.abs(both[inner][:, :3].astype(int) - whole[inner][:, :3])
    assert np.median(apart) <= 6 and np.percentile(apart, 90) < 35


def test_light_is_that_of_the_first_photo(face: Face, halves: list[Face]) -> None:
    warm = (halves[1].photo.pixels * np.array([0.8, 0.65, 0.5])).astype(np.uint8)
    other = replace(halves[1], photo=Photo(warm))
    whole, both = (
        face.texture(SIZE),
        blended_texture(layers_of([halves[0], other], [1.0, 1.0]), SIZE),
    )
    plain = other.texture(SIZE)
    there = known(plain) & known(whole) & ~known(halves[0].texture(SIZE))
    before, after = (
        np.abs(t[there][:, :3].mean(0) - whole[there][:, :3].mean(0)).mean() for t in (plain, both)
    )
    assert after < 0.35 * before


def test_texels_are_laid_onto_each_other(face: Face) -> None:
    moved = replace(face, position_map=face.position_map + np.float32([0.9, 0.6, 0]))
    ours, theirs = face.maps.texture, moved.maps.texture
    seen = [known(t).astype(np.float32) for t in (ours, theirs)]
    flow = flow_between(ours[..., :3], seen[0], theirs[..., :3], seen[1])
    row, column = np.indices(flow.shape[:2], np.float32)
    at = np.dstack([column, row]) + flow
    back = cv2.remap(theirs, at, None, cv2.INTER_LINEAR)
    middle = face.layout.parts["nose"] | face.layout.parts["left_cheek"]
    middle &= (seen[0] > 0) & (seen[1] > 0)
    before, after = (
        np.abs(t[middle][:, :3].astype(int) - ours[middle][:, :3]).mean() for t in (theirs, back)
    )
    assert after < 0.7 * before


def test_one_photo_stays_as_it_is(face: Face) -> None:
    alone = blended_texture(layers_of([face], [1.0]), SIZE)
    inner = (face.texture(SIZE)[..., 3] == 255) & (alone[..., 3] == 255)
    apart = np.abs(alone[inner][:, :3].astype(int) - face.texture(SIZE)[inner][:, :3])
    assert apart.max() <= 1


def test_a_painted_face_has_its_texture_in_all_sizes(face: Face) -> None:
    texture = np.full((64, 64, 4), 255, np.uint8)
    values = {name: getattr(face, name) for name in ("photo", "layout", "position_map", "crop")}
    painted = PaintedFace(**values, confidence=1.0, painted=texture)
    assert painted.texture() is texture
    assert painted.texture(128).shape == (128, 128, 4) and (painted.texture(128) == 255).all()
    plain = PaintedFace(**values, confidence=1.0)
    assert np.array_equal(plain.texture(64), face.texture(64))
