"""Swaps where target or donor is not seen well: fringes, burnt-out light, profiles, shadows."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from synthetic import plain_photo, posed_face, rotation

from prn_blender.core import Face, Photo
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.swap.donor_confidence import unspoilt
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap
from prn_blender.core.texture.render import render_texture


def test_a_fringe_does_not_darken_the_face(face: Face, other: Face) -> None:
    pixels = face.photo.pixels.copy()
    brow = face.landmarks[[19, 24], 1].mean()
    y = int(brow - 0.08 * face.size)
    pixels[:y, 150:320] = 15
    target = replace(face, photo=Photo(pixels))
    cheeks = part_mask(face.layout, ("cheeks", "nose"), feather=0.2)
    shown = render_texture(face.geometry, np.zeros((64, 64, 3), np.uint8), cheeks)
    skin = shown.full_matte(face.photo.width, face.photo.height) > 200
    before = pixels[skin].mean(axis=0)
    after = swap(target, other).picture[skin].mean(axis=0)
    assert np.abs(after - before).max() < 15


def test_a_turned_donor_lends_what_it_shows_well(face: Face, other: Face) -> None:
    """Its far side, seen obliquely, is smeared with green; its near side is right."""
    far = (np.arange(256) < 110) if face.pose.yaw < 0 else (np.arange(256) > 146)
    turn = rotation("z", 40 if far[0] else -40)
    turned = posed_face(face.layout, plain_photo(400, 400), turn, 260, (200, 200))
    texture = np.full((256, 256, 3), (190, 140, 120), np.uint8)
    oblique = cv2.GaussianBlur(turned.facing, (0, 0), 2) < 0.3
    texture[oblique] = (60, 200, 60)
    pixels = np.full((400, 400, 3), 128, np.uint8)
    shown = render_texture(turned.geometry, texture)
    view = shown.crop(pixels)
    view[:] = np.where(shown.matte[..., None] > 0.5, shown.colour, view)
    donor = replace(turned, photo=Photo(pixels))
    options = SwapOptions(color_match="none", blend="feather", caution=0.25)
    target = posed_face(face.layout, plain_photo(400, 400), np.eye(3), 260, (200, 200))
    result = swap(target, donor, options)
    inside = result.matte > 250
    green = result.picture[..., 1].astype(int) > result.picture[..., 0]
    assert (oblique & turned.visibility).sum() > 300
    assert inside.sum() > 10_000
    assert green[inside].mean() < 0.02


def test_what_the_sun_has_burnt_out_comes_from_the_other_half(face: Face) -> None:
    pixels = np.full((400, 400, 3), 128, np.uint8)
    front = posed_face(face.layout, Photo(pixels), np.eye(3), 260, (200, 200))
    texture = np.full((256, 256, 3), (190, 140, 120), np.uint8)
    cheeks = part_mask(face.layout, "cheeks", feather=0) > 0
    burnt = cheeks & (np.arange(256) > 128)
    texture[burnt] = 255
    shown = render_texture(front.geometry, texture)
    view = shown.crop(pixels)
    view[:] = np.where(shown.matte[..., None] > 0.5, shown.colour, view)
    donor = replace(front, photo=Photo(pixels))
    middle = cv2.erode(burnt.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    other = replace(donor, photo=Photo(np.full((400, 400, 3), (190, 140, 120), np.uint8)))
    assert unspoilt(donor, other)[middle].max() < 0.1
    assert unspoilt(donor, other)[face.layout.mirrored(middle)].min() > 0.9
    assert unspoilt(donor, donor).min() == 1  # a face swapped with itself stays


def test_a_donor_in_profile_is_warned_of_and_lends_no_half_features(face: Face) -> None:
    def turned(yaw: float) -> Face:
        photo = Photo(np.full((400, 400, 3), 150, np.uint8))
        return posed_face(face.layout, photo, rotation("z", yaw), 260, (200, 200))

    # These have no features to see.
    bare = SwapOptions(caution=0.25)
    front = turned(0)
    assert swap(front, turned(30), bare).warning is None
    assert "degrees to the side" in str(swap(front, turned(46), bare).warning)
    assert swap(turned(40), turned(46), bare).aside == 0
    assert swap(turned(75), turned(75), bare).seen > 0.95
    warned = swap(front, turned(75), bare)
    assert warned.seen < 0.85
    assert warned.warning is not None and f"only {warned.seen:.0%}" in str(warned.warning)
    # The target keeps its own features, and cheeks without them would be blotches.
    layout = face.layout
    assert warned.mask.max() == 0
    assert np.array_equal(warned.picture, front.photo.pixels)
    # A cheek that was asked for is taken where the donor shows it well.
    cheeks = swap(front, turned(75), replace(bare, parts=("cheeks",)))
    assert cheeks.mask[part_mask(layout, "cheeks", feather=0) > 0].max() == 1
    nose = part_mask(layout, "nose", feather=0) > 0
    assert swap(front, turned(30), bare).mask[nose].min() == 1


def test_little_left_of_a_swap_is_warned_of(face: Face, other: Face) -> None:
    assert swap(face, other).warning is None
    pixels = other.photo.pixels.copy()
    rows = np.arange(len(pixels)) // max(1, round(0.05 * other.size)) % 2 > 0
    pixels[rows] //= 3  # the shadow of a blind: edges everywhere
    result = swap(face, replace(other, photo=Photo(pixels)), SwapOptions(parts=("cheeks",)))
    assert result.used < 0.3
    assert result.warning is not None and "of what was to be swapped" in str(result.warning)
