"""A texture without its light: what it is, and the light that makes it the photo again."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic import SIZE, SKIN, ball_layout, light, lit_face, posed_face, spotted_skin

from prn_blender.core import Face, Photo
from prn_blender.core.appearance.sun_lights import fit_suns
from prn_blender.core.errors import NoFaceError
from prn_blender.core.geometry.parts import skin_region
from prn_blender.core.image.colour import GAMMA


def well_seen(face: Face) -> np.ndarray:
    """(S, S) bool: skin that the photo shows well."""
    return (face.texel_confidence() > 0.7) & (skin_region(face.layout) > 0.9)


def difference(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> float:
    """Mean difference of two textures' colours there, levels, both equally bright there."""
    a, b = (x[..., :3][where].astype(float) for x in (one, other))
    return float(np.abs(a * (b.mean(axis=0) / a.mean(axis=0)) - b).mean())


def test_it_is_nearer_to_the_skin_than_the_photo(face: Face) -> None:
    skin = (SKIN ** (1 / GAMMA) * 255) * spotted_skin()
    for way in ((1, -1, 0.3), (-1, -0.7, 0.6)):
        lit, _ = lit_face(face, 10, light(*way))
        where = well_seen(lit)
        before, after = (difference(x, skin, where) for x in (lit.texture(SIZE), lit.albedo(SIZE)))
        assert after < 0.5 * before


def test_light_from_either_side_leaves_the_same(face: Face) -> None:
    left, right = (lit_face(face, 0, light(x, -1, 0.3))[0] for x in (1, -1))
    where = well_seen(left) & well_seen(right)
    apart = left.albedo(SIZE)[..., :3].astype(int) - right.albedo(SIZE)[..., :3]
    assert np.abs(apart)[where].mean() < 6
    photos = left.texture(SIZE)[..., :3].astype(int) - right.texture(SIZE)[..., :3]
    assert np.abs(photos)[where].mean() > 12


def test_lamps_make_it_the_photo_again(face: Face) -> None:
    for lit in (face, lit_face(face, 20, light(1, -1, 0.5))[0]):
        lamps = lit.delit.suns
        assert (lamps.colours >= 0).all()
        assert np.allclose(np.linalg.norm(lamps.directions, axis=1), 1, atol=1e-5)
        shaded = lit.albedo(SIZE)[..., :3] * lamps.shade(lit.normals) ** (1 / GAMMA)
        apart = np.abs(shaded - lit.texture(SIZE)[..., :3])
        assert np.median(apart[well_seen(lit)]) < 6


def test_one_lamp_is_found_where_it_is() -> None:
    rng = np.random.default_rng(5)
    normals = rng.normal(size=(4000, 3)) - [0, 1.5, 0]
    normals = (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)
    way = np.array([0.6, -0.64, 0.48])
    shade = (0.1 + np.maximum(normals @ way, 0))[:, None] * SKIN
    lamps = fit_suns(shade.astype(np.float32), normals, SKIN)
    error = lamps.shade(normals) * SKIN - shade
    assert np.abs(error).mean() < 0.05 * shade.mean()
    mean = lamps.colours.sum(axis=1) @ lamps.directions
    assert mean @ way / np.linalg.norm(mean) > 0.9


def test_alpha_and_strength(face: Face) -> None:
    texture = face.texture(SIZE)
    assert np.array_equal(face.albedo(SIZE)[..., 3], texture[..., 3])
    assert np.array_equal(face.delit.apply(texture, 0.0), texture)
    half, whole = (face.delit.apply(texture, s)[..., :3].astype(int) for s in (0.5, 1.0))
    where = well_seen(face)
    assert np.abs(half - whole)[where].mean() < np.abs(texture[..., :3] - whole)[where].mean()


def test_without_skin_there_is_no_light_to_take() -> None:
    hidden = posed_face(ball_layout(64), Photo(np.zeros((40, 40, 3), np.uint8)), np.eye(3), 100,
                        (2000, 2000))  # fmt: skip
    assert hidden.texture(64).shape == (64, 64, 4)
    with pytest.raises(NoFaceError):
        hidden.albedo(64)


def test_what_is_brighter_than_white_stays_white(face: Face) -> None:
    bright = replace(face, photo=Photo(cv2.convertScaleAbs(face.photo.pixels, alpha=3)))
    assert bright.albedo(SIZE).dtype == np.uint8
