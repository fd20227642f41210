"""What is no skin on a donor's skin, covered eyes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from prn_blender.core import Face, Photo
from prn_blender.core.appearance.base_detail import split_base_detail
from prn_blender.core.appearance.skin import free_skin
from prn_blender.core.errors import OptionError
from prn_blender.core.geometry.landmarks import LIP_OUTLINES
from prn_blender.core.geometry.parts import part_mask, within_landmarks
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.swap.donor_confidence import unspoilt
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap
from prn_blender.core.swap.skin_outliers import skin_outliers

SKIN = np.uint8([200, 150, 130])


def found(face: Face, colour: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
    """(S, S): what of a texture (S, S, 3) is no skin, on a target with skin, or with `own`."""
    layout = face.layout
    even = replace(
        face.illumination, coefficients=np.zeros((9, 3)), mean=np.ones(3), cast_shadows=1.0
    )
    textures = [
        np.dstack([c, np.full(c.shape[:2], 255, np.uint8)])
        for c in (colour, plain(layout) if own is None else own)
    ]
    grounds = [
        split_base_detail(face.maps.with_texture(texture), even, layout.mask)
        for texture in textures
    ]
    return skin_outliers(layout, (textures[0], textures[1]), (grounds[0], grounds[1]))


def plain(layout: UVLayout) -> np.ndarray:
    return np.full((layout.size, layout.size, 3), SKIN, np.uint8)


def on_a_cheek(layout: UVLayout, width: int, height: int) -> tuple[slice, slice]:
    """A rectangle of texels in the middle of a cheek's free skin."""
    cheek = (part_mask(layout, "cheeks", feather=0) > 0) & (free_skin(layout) > 0.99)
    cheek &= layout.canonical[..., 0] < 0
    row, column = (int(x) for x in np.argwhere(cheek).mean(axis=0))
    return (
        slice(row - height // 2, row - height // 2 + height),
        slice(column - width // 2, column - width // 2 + width),
    )


def test_skin_is_skin(face: Face) -> None:
    assert found(face, plain(face.layout)).max() == 0
    # However it is lit, if only smoothly.
    x = face.layout.canonical[..., 0] / face.layout.eye_distance
    lit = (plain(face.layout) * np.exp(0.15 * x - 0.3)[..., None]).clip(0, 250).astype(np.uint8)
    assert found(face, lit).max() < 0.05


def test_a_dark_bar_on_a_cheek_is_found_and_a_mole_is_not(face: Face) -> None:
    layout = face.layout
    bar, mole = on_a_cheek(layout, 6, 26), on_a_cheek(layout, 4, 4)
    far = part_mask(layout, "forehead", feather=0) > 0
    # Nor are a burnt spot and green light skin.
    for strange in (SKIN // 3, np.uint8([255, 255, 255]), np.uint8([120, 200, 90])):
        colour = plain(layout)
        colour[bar] = strange
        wrong = found(face, colour)
        assert wrong[bar].min() > 0.95
        assert wrong[far].max() == 0
    colour = plain(layout)
    colour[mole] = SKIN // 3
    assert found(face, colour).max() == 0


def test_the_edge_of_a_shadow_is_found_and_the_shadow_is_not(face: Face) -> None:
    layout = face.layout
    x = layout.canonical[..., 0] / layout.eye_distance
    colour = plain(layout)
    colour[x > 0.45] = SKIN // 2
    cheeks = (part_mask(layout, "cheeks", feather=0) > 0) & (free_skin(layout) > 0.99)
    cheeks &= layout.canonical[..., 2] < layout.canonical_landmarks[29, 2]
    wrong = found(face, colour)
    assert np.median(wrong[cheeks & (np.abs(x - 0.45) < 0.02)]) > 0.7
    assert np.median(wrong[cheeks & (x > 0.7)]) == 0


def test_what_the_target_shows_there_too_stays(face: Face) -> None:
    colour = plain(face.layout)
    colour[on_a_cheek(face.layout, 6, 26)] = SKIN // 3
    assert found(face, colour, own=colour).max() == 0


def test_smooth_skin_is_none_on_a_rough_face_and_rough_skin_is_some(face: Face) -> None:
    layout = face.layout
    rng = np.random.default_rng(4)
    grain = cv2.GaussianBlur(rng.normal(size=layout.mask.shape).astype(np.float32), (0, 0), 1)

    def grainy(strength: float) -> np.ndarray:
        factor = np.exp(strength / grain.std() * grain)[..., None]
        return (SKIN * factor).clip(0, 240).astype(np.uint8)

    skin = (free_skin(layout) > 0.99) & (part_mask(layout, "cheeks", feather=0) > 0)
    assert np.median(found(face, plain(layout), own=grainy(0.04))[skin]) > 0.9
    assert np.median(found(face, grainy(0.04), own=plain(layout))[skin]) == 0
    assert np.median(found(face, grainy(0.03), own=grainy(0.04))[skin]) == 0


def test_nothing_is_found_on_features(face: Face) -> None:
    colour = np.random.default_rng(1).integers(0, 255, plain(face.layout).shape, np.uint8)
    wrong = found(face, cv2.GaussianBlur(colour, (0, 0), 2))
    assert wrong.max() > 0.9
    features = part_mask(face.layout, ("eyes", "brows", "mouth"), feather=0) > 0
    lips = within_landmarks(face.layout, LIP_OUTLINES) > 0
    features &= ~((part_mask(face.layout, "mouth", feather=0) > 0) & ~lips)
    assert wrong[features].max() < 0.05


def test_less_caution_keeps_less_of_the_skin(face: Face) -> None:
    """By degrees, on a donor with a bar across a cheek."""
    marks = face.landmarks
    photo = face.photo.pixels.copy()
    at = (marks[[1, 31], :2].mean(axis=0) + np.array([0, 0.05 * face.size])).round().astype(int)
    reach = int(0.12 * face.size)
    cv2.line(
        photo, (int(at[0]), int(at[1]) - reach), (int(at[0]), int(at[1]) + reach), (40, 90, 200),
        int(0.05 * face.size),
    )  # fmt: skip
    donor = replace(face, photo=Photo(photo))
    x, y = at

    def left(caution: float) -> float:
        picture = swap(face, donor, SwapOptions(caution=caution, mouth="donor")).picture
        difference = picture[y - 5 : y + 5, x - 3 : x + 3].astype(int)
        return float(np.abs(difference - face.photo.pixels[y - 5 : y + 5, x - 3 : x + 3]).mean())

    none, half, all_of_it = left(0.75), left(0.875), left(1)
    assert all_of_it < 0.35 * none
    assert all_of_it < half < none
    with pytest.raises(OptionError, match="caution is 2; it can be 0 to 1"):
        swap(face, donor, SwapOptions(caution=2))


def test_a_covered_eye_is_taken_from_the_other_half(face: Face) -> None:
    photo = face.photo.pixels.copy()
    eye = face.landmarks[36:42, :2]
    centre = tuple(int(v) for v in eye.mean(axis=0).round())
    cv2.circle(photo, centre, int(0.16 * face.size), (30, 25, 20), -1)
    covered = replace(face, photo=Photo(photo))
    layout = face.layout
    eyes = part_mask(layout, "eyes", feather=0) > 0
    right = layout.canonical[..., 0] < 0
    sound = unspoilt(covered, face)
    assert sound[eyes & right].mean() < 0.1
    assert sound[eyes & ~right].mean() > 0.9
    # Where the target's is covered too, or nothing is, nothing is spoilt.
    assert unspoilt(covered, covered)[eyes].min() > 0.9
    assert unspoilt(face, face)[eyes].min() > 0.9
