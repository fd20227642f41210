"""The coarse of a donor's skin is the target's, its detail is its own."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from prn_blender.core import Face
from prn_blender.core.appearance.base_detail import split_base_detail
from prn_blender.core.appearance.skin import free_skin
from prn_blender.core.editing.relight import base_curve
from prn_blender.core.geometry.parts import part_mask

SKIN = np.float32([150, 110, 95])


def matched(face: Face, colour: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """(S, S, 3) float: a texture (S, S, 3) uint8 with the coarse of another."""
    even = replace(
        face.illumination, coefficients=np.zeros((9, 3)), mean=np.ones(3), cast_shadows=1.0
    )
    opaque = np.full(colour.shape[:2], 255, np.uint8)
    source, target = (
        split_base_detail(face.maps.with_texture(np.dstack([c, opaque])), even, face.layout.mask)
        for c in (colour, goal)
    )
    return base_curve(source, target).apply(colour).astype(float)


def painted(face: Face, factor: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8: skin times a factor (S, S) or (S, S, 3)."""
    factor = factor if factor.ndim == 3 else factor[..., None]
    return (SKIN * factor).clip(0, 255).astype(np.uint8)


def test_the_coarse_is_the_target_s_and_detail_stays(face: Face) -> None:
    layout = face.layout
    x = layout.canonical[..., 0] / layout.eye_distance
    rng = np.random.default_rng(3)
    grain = cv2.GaussianBlur(rng.normal(size=x.shape).astype(np.float32), (0, 0), 1)
    grain *= 0.05 / grain.std()
    # Hard light from one side, in warm colours, on a face in soft light from the other.
    donor = painted(
        face, np.where(x > 0.1, 0.5, 1.2)[..., None] * [1.1, 1, 0.8] * np.exp(grain)[..., None]
    )
    target = painted(face, np.exp(0.3 * x))
    result = matched(face, donor, target)
    skin = cv2.erode((free_skin(layout) > 0.99).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    skin &= np.abs(x - 0.1) > 0.15
    before, after = (np.log(c / target) for c in (donor, result))
    coarse = [np.abs(cv2.GaussianBlur(c, (0, 0), 8)[skin]).mean() for c in (before, after)]
    assert coarse[1] < 0.2 * coarse[0]
    level = after.mean(axis=-1)
    fine, own = (c - cv2.GaussianBlur(c, (0, 0), 3) for c in (level.astype(np.float32), grain))
    assert np.corrcoef(fine[skin], own[skin])[0, 1] > 0.9
    assert 0.7 < fine[skin].std() / own[skin].std() < 1.3


def test_a_face_in_its_own_light_stays(face: Face) -> None:
    colour = face.texture(face.layout.size)[..., :3]
    light = face.illumination
    seen = face.texture(face.layout.size)[..., 3] == 255
    own = split_base_detail(face.maps, light, seen)
    curve = base_curve(own, split_base_detail(face.maps, light, seen))
    assert np.abs(curve.apply(colour).astype(int) - colour).max() <= 1


def test_sockets_are_a_face_s_own_but_not_black(face: Face) -> None:
    layout = face.layout
    lids = (part_mask(layout, "eyes", feather=0) > 0) & (free_skin(layout) < 0.5)
    inner = cv2.erode(lids.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    lids = cv2.dilate(lids.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    plain = painted(face, np.ones(lids.shape))

    def socket(donor: float, target: float) -> float:
        made = matched(face, *(painted(face, np.where(lids, v, 1.0)) for v in (donor, target)))
        return float(made[inner].mean() / SKIN.mean())

    assert abs(socket(0.85, 1.0) - 0.85) < 0.07
    assert abs(socket(1.0, 0.85) - 1.0) < 0.07
    assert socket(0.4, 1.0) > 0.6
    assert abs(socket(0.4, 0.4) - 0.4) < 0.03
    assert np.abs(matched(face, plain, plain) - plain).max() <= 1


def test_a_coloured_thing_does_not_shine_through(face: Face) -> None:
    layout = face.layout
    cheek = (part_mask(layout, "cheeks", feather=0) > 0) & (free_skin(layout) > 0.99)
    row, column = (int(x) for x in np.argwhere(cheek & (layout.canonical[..., 0] < 0)).mean(axis=0))
    bead = np.s_[row - 6 : row + 6, column - 3 : column + 3]
    target = painted(face, np.ones(cheek.shape))
    target[bead] = (20, 160, 40)
    result = matched(face, painted(face, np.ones(cheek.shape)), target)
    assert np.abs(result[bead] - SKIN).max() < 12
