"""The photo in UV space: right colours, honest alpha, no rim at any mip level."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic import ball_layout, plain_photo, posed_face, rotation

from prn_blender.core.errors import OptionError
from prn_blender.core.face.face import Face
from prn_blender.core.image.diffusion import push_pull
from prn_blender.core.photo.photo import Photo
from prn_blender.core.texture import unwrap as module
from prn_blender.core.texture.unwrap import texture_size, unwrap

FRONT = np.eye(3)


@pytest.mark.parametrize("size", [16, 100, 256, 777])
def test_a_texture_has_the_size_asked_for(face: Face, size: int) -> None:
    texture = face.texture(size)
    assert texture.shape == (size, size, 4)
    assert texture.dtype == np.uint8
    assert 0.3 < (texture[..., 3] > 127).mean() < 0.9


@pytest.mark.parametrize("size", [15, 8193, 0, -1, 1024.0, "1024", "large", None, True])
def test_sizes_out_of_bounds_are_refused(face: Face, size: object) -> None:
    with pytest.raises(OptionError, match="16 to 8192"):
        face.texture(size)  # type: ignore[arg-type]


def test_the_last_texture_is_kept_and_cannot_be_spoiled(face: Face) -> None:
    first = face.texture(64)
    assert face.texture(64) is first
    assert face.texture(np.int64(64)) is first  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0, 0] = 1
    assert face.texture(32).shape == (32, 32, 4)
    assert np.array_equal(face.texture(64), first)


def immense_photo() -> Photo:
    """8000 x 8000 pixels in three bytes."""
    return Photo(np.broadcast_to(np.full(3, 99, np.uint8), (8000, 8000, 3)))


@pytest.mark.parametrize(("side", "expected"), [(20, 256), (200, 512), (700, 2048), (2500, 4096)])
def test_auto_grows_with_the_face_in_powers_of_two(side: float, expected: int) -> None:
    face = posed_face(ball_layout(64), immense_photo(), FRONT, side, (4000, 4000))
    assert texture_size(face.geometry, "auto") == expected
    # The ball's equator is this many pixels long where it faces the viewer: two texels for each.
    length = side / 2 * np.radians(160)
    assert expected == 4096 or expected > 1.5 * length
    assert expected == 256 or expected < 4 * length


def test_auto_stops_at_4096() -> None:
    face = posed_face(ball_layout(64), immense_photo(), FRONT, 7900, (4000, 4000))
    assert texture_size(face.geometry) == 4096


@pytest.mark.parametrize(
    ("size", "side"), [(48, 160), (96, 160), (192, 160), (512, 160), (24, 280), (24, 700)]
)
def test_colours_are_the_photo_s_where_texels_are_projected(size: int, side: int) -> None:
    layout = ball_layout(96)
    width, height = (400, 300) if side < 700 else (900, 800)
    photo = plain_photo(width, height)
    centre = (0.52 * width, 0.47 * height)
    face = posed_face(layout, photo, rotation("z", 20), side, centre)
    texture = face.texture(size).astype(float)
    positions = cv2.resize(face.position_map, (size, size), interpolation=cv2.INTER_LINEAR)
    x, y = positions[..., 0], positions[..., 1]
    expected = np.stack([40 + 180 * x / (width - 1), 40 + 180 * y / (height - 1)], axis=-1)
    sure = texture[..., 3] == 255
    sure[[0, -1]] = sure[:, [0, -1]] = False
    assert sure.mean() > 0.4
    assert np.abs(texture[..., :2] - expected)[sure].max() < 2


def test_the_astronaut_s_texture_is_her_photo_within_two_levels(face: Face) -> None:
    texture = face.texture(face.layout.size)
    x, y = face.position_map[..., 0], face.position_map[..., 1]
    expected = cv2.remap(face.photo.pixels, x, y, cv2.INTER_CUBIC)
    sure = texture[..., 3] == 255
    difference = np.abs(texture[..., :3].astype(int) - expected)[sure]
    assert sure.sum() > 20000
    assert difference.max() <= 2


def test_a_fine_photo_is_averaged_not_sampled() -> None:
    board = np.indices((800, 800)).sum(axis=0) % 2 * 255
    photo = Photo.from_pixels(np.repeat(board[..., None], 3, axis=2).astype(np.uint8))
    face = posed_face(ball_layout(64), photo, FRONT, 700, (400, 400))
    texture = face.texture(64)
    middle = texture[20:44, 20:44, :3]
    assert middle.min() > 100
    assert middle.max() < 155


@pytest.mark.parametrize("angle", [0, 50])
def test_alpha_is_0_on_hidden_texels_and_full_inside_the_visible(face: Face, angle: float) -> None:
    turned = posed_face(face.layout, face.photo, rotation("z", angle), 300, (250, 250))
    size = 3 * face.layout.size  # every third texel is the centre of one of the position map
    alpha = unwrap(turned.photo, turned.geometry, size)[..., 3]
    centres = alpha[1::3, 1::3]
    hidden = ~turned.visibility
    assert hidden.mean() > 0.2
    for v, u in ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2)):  # nor does it reach into their cells
        assert (alpha[v::3, u::3][hidden] == 0).all()
    # But for a rim: beside hidden texels, and along the outline, where the background shines in.
    inner = turned.visibility & (turned.depth_inside > 0.02 * turned.size)
    inside = cv2.erode(inner.astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert inside.mean() > 0.3
    inside[[0, -1]] = inside[:, [0, -1]] = False
    assert (centres[inside] == 255).all()


def test_alpha_has_no_steps_wider_than_a_texel_of_the_map(face: Face) -> None:
    alpha = face.texture(1024)[..., 3]
    assert 0.0 < ((alpha > 20) & (alpha < 235)).mean() < 0.2


def mip_levels(rgb: np.ndarray) -> list[np.ndarray]:
    """As a graphics card makes them: 2 x 2 averages, alpha left out of account."""
    levels = [rgb.astype(np.float32)]
    while levels[-1].shape[0] > 1:
        a = levels[-1]
        levels.append((a[::2, ::2] + a[1::2, ::2] + a[::2, 1::2] + a[1::2, 1::2]) / 4)
    return levels


@pytest.mark.parametrize("angle", [0, 45])
@pytest.mark.parametrize("centre", [(150, 150), (40, 250)])
def test_no_dark_rim_at_any_mip_level(angle: float, centre: tuple[float, float]) -> None:
    # Skin where the ball is, black around it: one black sample past the rim would show.
    x, y = np.meshgrid(np.arange(300), np.arange(300))
    on_ball = np.hypot(x - centre[0], y - centre[1]) < 100
    noise = np.random.default_rng(0).integers(-5, 6, (300, 300, 1))
    skin = np.clip(np.array([200, 150, 130]) + noise, 0, 255)
    photo = Photo.from_pixels(np.where(on_ball[..., None], skin, 0).astype(np.uint8))
    face = posed_face(ball_layout(128), photo, rotation("z", angle), 200, centre)
    texture = face.texture(512)
    assert (texture[..., 3] == 0).mean() > 0.02
    for level in mip_levels(texture[..., :3]):
        difference = level - (200, 150, 130)
        assert difference.min() >= -11
        # Cubic sampling overshoots where the photo turns black, by an eighth.
        assert difference.max() <= 5 + 25


def test_hidden_texels_of_the_astronaut_have_colours_of_her_skin(face: Face) -> None:
    texture = face.texture(512).astype(int)
    shown, hidden = texture[..., 3] == 255, texture[..., 3] == 0
    low, high = np.percentile(texture[..., :3][shown], [0.5, 99.5], axis=0)
    filled = texture[..., :3][hidden]
    # Averages of what is shown: no new colours, and hardly any as extreme as single hairs.
    everything = texture[..., :3][texture[..., 3] > 0]
    assert (filled >= everything.min(axis=0)).all()
    assert (filled <= everything.max(axis=0)).all()
    assert (np.percentile(filled, 1, axis=0) >= low).all()
    assert (np.percentile(filled, 99, axis=0) <= high).all()


def test_a_gap_in_the_mask_shows_no_seam() -> None:
    layout = ball_layout(64)
    mask = layout.mask.copy()
    mask[:, 31:33] = False
    split = replace(layout, mask=mask)
    face = posed_face(split, plain_photo(), FRONT, 200, (128, 128))
    spoiled = np.where(mask[..., None], face.position_map, np.float32(-9e3))
    texture = replace(face, position_map=spoiled).texture(256).astype(int)
    whole = posed_face(layout, plain_photo(), FRONT, 200, (128, 128)).texture(256).astype(int)
    assert np.abs(texture - whole)[100:150, 80:176, :3].max() < 12


@pytest.mark.parametrize("size", [512, 1500])
def test_band_by_band_it_is_the_same_as_at_once(
    face: Face, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BAND_TEXELS", 2**30)
    whole = unwrap(face.photo, face.geometry, size)
    monkeypatch.setattr(module, "BAND_TEXELS", size * 37)
    assert np.array_equal(unwrap(face.photo, face.geometry, size), whole)


def test_4096_takes_little_more_memory_than_itself(face: Face) -> None:
    assert face.visibility.any()  # worked out beforehand
    tracemalloc.start()
    texture = unwrap(face.photo, face.geometry, 4096)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert texture.shape == (4096, 4096, 4)
    assert peak < texture.nbytes + 250e6
    small = cv2.resize(texture, (256, 256), interpolation=cv2.INTER_AREA).astype(int)
    sure = (small[..., 3] == 255) & (face.texture(256)[..., 3] == 255)
    assert sure.sum() > 20000
    assert np.abs(small - face.texture(256))[sure].mean() < 2


def test_a_face_outside_the_photo_has_a_texture_without_a_visible_texel() -> None:
    face = posed_face(ball_layout(), plain_photo(), FRONT, 100, (1000, 1000))
    texture = face.texture("auto")
    assert texture.shape == (256, 256, 4)
    assert not texture[..., 3].any()


def test_push_pull_keeps_what_is_known() -> None:
    values = np.random.default_rng(0).uniform(0, 255, (33, 48, 3)).astype(np.float32)
    known = np.dstack([values, np.ones((33, 48), np.float32)])
    assert np.allclose(push_pull(known), values, atol=1e-3)


@pytest.mark.parametrize("share", [0.5, 0.02, 0.0006])
def test_push_pull_continues_one_colour_everywhere(share: float) -> None:
    weight = (np.random.default_rng(1).random((64, 64)) < share).astype(np.float32)
    weight[40, 3] = 1
    known = np.dstack([weight * 10, weight * 150, weight * 240, weight])
    assert np.allclose(push_pull(known), (10, 150, 240), atol=0.01)


def test_push_pull_stays_between_the_colours_known_and_nearer_to_the_nearer() -> None:
    weight = np.zeros((64, 64), np.float32)
    weight[:, 0] = weight[:, 63] = 1
    values = np.where(np.arange(64) < 32, 50, 200)[None, :, None] * np.ones((64, 1, 3))
    filled = push_pull(np.dstack([values * weight[..., None], weight]).astype(np.float32))
    assert filled.min() >= 50 - 0.01
    assert filled.max() <= 200 + 0.01
    assert filled[32, 5].max() < 90
    assert filled[32, 58].min() > 160


def test_push_pull_of_nothing_is_grey() -> None:
    assert (push_pull(np.zeros((20, 30, 4), np.float32)) == 127.5).all()
