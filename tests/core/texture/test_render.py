"""Textures drawn on a face: in the right place, without loss, behind what lies before them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic import ball_layout, plain_photo, posed_face, rotation

from prn_blender.core import Face, Photo
from prn_blender.core.editing.apply import apply_texture, changed_texels
from prn_blender.core.errors import OptionError
from prn_blender.core.image.sampling import sample
from prn_blender.core.texture.fragments import rasterize_face
from prn_blender.core.texture.render import render_texture


def grown(face: Face, factor: int) -> Face:
    """The same face in a larger photo."""
    pixels = cv2.resize(face.photo.pixels, None, fx=factor, fy=factor)
    positions = face.position_map * factor + np.float32([factor / 2 - 0.5] * 2 + [0])
    return replace(face, photo=Photo(pixels), position_map=positions)


@pytest.mark.parametrize("factor", [1, 3, 6])
def test_a_texture_rendered_back_is_the_visible_face(face: Face, factor: int) -> None:
    large = grown(face, factor)
    rendered = render_texture(large.geometry, large.texture("auto"))
    photo = rendered.crop(large.photo.pixels).astype(float)
    sure = rendered.matte > 0.999
    assert sure.sum() > 0.3 * (factor * face.size) ** 2
    error = ((rendered.colour - photo) ** 2)[sure].mean()
    assert 10 * np.log10(255**2 / error) >= 38


@pytest.mark.parametrize(("size", "side"), [(256, 60), (2048, 60), (1000, 300), (2048, 1200)])
def test_a_painted_dot_lands_where_its_texel_projects(size: int, side: int) -> None:
    photo = plain_photo(2 * side, 2 * side)
    face = posed_face(ball_layout(128), photo, rotation("z", 25), side, (side, side))
    for row, column in ((0.4, 0.55), (0.6, 0.4), (0.52, 0.52)):
        v, u = int(row * size), int(column * size)
        texture = np.zeros((size, size, 3), np.uint8)
        radius = max(1, size // 64)
        texture[v - radius : v + radius + 1, u - radius : u + radius + 1] = 255
        rendered = render_texture(face.geometry, texture)
        weight = rendered.colour[..., 0].astype(float)
        y, x = np.mgrid[: weight.shape[0], : weight.shape[1]]
        found = np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()
        found += rendered.region[:2]
        # The dot's corners rather than its middle: the ball is curved.
        lines = [(np.linspace(-radius, radius, 9) + at + 0.5) / size * 128 - 0.5 for at in (u, v)]
        at = np.stack(np.meshgrid(*lines), axis=-1).astype(np.float32)
        places = cv2.remap(face.position_map[..., :2].copy(), at, None, cv2.INTER_LINEAR)
        assert np.linalg.norm(found - places.mean(axis=(0, 1))) < 0.5


@pytest.mark.parametrize("side", [80, 400, 1100])
def test_what_lies_behind_is_not_drawn(side: int) -> None:
    # A ball of 300 degrees: turned, its far side lies behind the near one.
    layout = ball_layout(96, longitude=150)
    face = posed_face(layout, plain_photo(2 * side, 2 * side), np.eye(3), side, (side, side))
    texture = np.zeros((96, 96, 3), np.uint8)
    texture[:, :26] = texture[:, -26:] = 255  # beyond 70 degrees
    rendered = render_texture(face.geometry, texture)
    x = np.arange(rendered.region[0], rendered.region[2]) - side
    middle = rendered.colour[len(rendered.colour) // 2, :, 0]
    assert middle[np.abs(x) < 0.9 * side / 2 * np.sin(np.radians(68))].max() == 0


@pytest.mark.parametrize("side", [50, 250, 1200])
def test_the_matte_covers_the_outline_with_a_smooth_edge(side: int) -> None:
    face = posed_face(ball_layout(64, 89), plain_photo(2 * side, 2 * side), np.eye(3), side,
                      (side + 0.3, side - 0.2))  # fmt: skip
    rendered = render_texture(face.geometry, np.full((64, 64, 3), 200, np.uint8))
    row = rendered.matte[rendered.matte.shape[0] // 2]
    assert abs(row.sum() - side) < 2.5 + side / 256
    edge = (row > 0.01) & (row < 0.99)
    assert 1 <= edge.sum() <= 4 + side / 128


def test_a_mask_decides_what_is_drawn_and_how_large_the_region_is(face: Face) -> None:
    texture = np.full((128, 128, 4), 255, np.uint8)
    whole = render_texture(face.geometry, texture)
    mask = np.zeros((64, 64), np.float32)
    mask[30:34, 30:34] = 1
    part = render_texture(face.geometry, texture, mask)
    assert part.colour.size < 0.2 * whole.colour.size
    assert part.matte.max() == pytest.approx(1, abs=1e-3)
    assert 0 < part.matte.sum() < 0.05 * whole.matte.sum()
    assert not render_texture(face.geometry, texture, 0 * mask).matte.any()


def test_transparent_texels_lend_their_colour_to_nothing(face: Face) -> None:
    texture = np.zeros((256, 256, 4), np.uint8)  # black where it is transparent
    texture[:, :128] = 200, 150, 100, 255
    rendered = render_texture(face.geometry, texture)
    soft = (rendered.matte > 0.05) & (rendered.matte < 0.95)
    assert soft.sum() > 20
    assert np.abs(rendered.colour[soft].astype(int) - (200, 150, 100)).max() <= 4


def test_a_fine_texture_is_averaged() -> None:
    face = posed_face(ball_layout(64), plain_photo(), np.eye(3), 60, (128, 128))
    board = (np.indices((2048, 2048)).sum(axis=0) % 2 * 255).astype(np.uint8)
    rendered = render_texture(face.geometry, cv2.merge([board] * 3))
    middle = rendered.colour[20:40, 20:40]
    assert middle.min() > 110
    assert middle.max() < 145


@pytest.mark.parametrize("centre", [(0, 128), (255, 255), (128, -20), (4000, 0)])
def test_faces_cut_by_the_photo_s_border_are_clipped(centre: tuple[float, float]) -> None:
    face = posed_face(ball_layout(64), plain_photo(), np.eye(3), 200, centre)
    rendered = render_texture(face.geometry, np.full((64, 64, 3), 9, np.uint8))
    x0, y0, x1, y1 = rendered.region
    assert 0 <= x0 <= x1 <= 256
    assert 0 <= y0 <= y1 <= 256
    assert rendered.colour.shape == (y1 - y0, x1 - x0, 3)
    assert rendered.full_matte(256, 256).shape == (256, 256)


def test_interpolation_is_exact_for_what_is_linear_in_the_photo(face: Face) -> None:
    for factor in (1, 4, 12):
        large = grown(face, factor)
        surface = rasterize_face(large.geometry)
        at = surface.interpolate(large.position_map[..., :2])
        x0, y0, x1, y1 = surface.region
        x, y = np.meshgrid(np.arange(x0, x1), np.arange(y0, y1))
        inside = cv2.erode((surface.coverage > 0.99).astype(np.uint8), np.ones((5, 5))) > 0
        error = np.abs(at - np.stack([x, y], axis=-1)).max(axis=-1)[inside]
        # Between two surfaces (an ear before the head) the nearest sample serves.
        assert np.percentile(error, 98) < 0.01


def test_sampling_at_pixel_centres_changes_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    at = np.stack(np.meshgrid(np.arange(50), np.arange(40)), axis=-1).astype(np.float32)
    assert np.array_equal(sample(image, at), image)


@pytest.mark.parametrize(
    "texture",
    [
        np.zeros((64, 64), np.uint8),
        np.zeros((64, 32, 4), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((64, 64, 4), np.float32),
        np.zeros((64, 64, 2), np.uint8),
    ],
)
def test_what_is_no_texture_is_refused(face: Face, texture: np.ndarray) -> None:
    with pytest.raises(OptionError, match="texture"):
        render_texture(face.geometry, texture)


def test_an_unchanged_texture_leaves_the_photo_alone(face: Face) -> None:
    result = apply_texture(face, face.texture(512))
    assert np.array_equal(result, face.photo.pixels)


def test_only_what_is_painted_reaches_the_photo(face: Face) -> None:
    texture = face.texture(512).copy()
    texture[200:216, 250:262, :3] = 0, 255, 0
    soft = changed_texels(face, texture)
    assert 0 < (soft > 0).mean() < 0.005
    result = apply_texture(face, texture)
    changed = (result != face.photo.pixels).any(axis=-1)
    assert 4 < changed.sum() < 0.01 * face.size**2 * 4
    y, x = np.nonzero(changed)
    place = face.position_map[104, 128]
    assert np.hypot(x.mean() - place[0], y.mean() - place[1]) < 2
    greenest = result.astype(int)[y, x]
    assert (greenest[:, 1] - greenest[:, 0]).max() > 150
    assert np.array_equal(apply_texture(face, texture, strength=0), face.photo.pixels)


def test_the_photo_s_own_texture_restores_an_edited_photo(face: Face) -> None:
    edited = face.photo.pixels.copy()
    x0, y0, x1, y1 = (int(n) for n in face.box)
    edited[y0:y1, x0:x1] = 255 - edited[y0:y1, x0:x1]
    texture = face.texture("auto")
    result = apply_texture(face, texture, everything=True, picture=edited)
    rendered = render_texture(face.geometry, texture)
    sure = rendered.full_matte(face.photo.width, face.photo.height) == 255
    error = (result.astype(float) - face.photo.pixels)[sure]
    assert sure.sum() > 0.4 * face.size**2
    assert 10 * np.log10(255**2 / (error**2).mean()) >= 38
