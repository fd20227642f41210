"""What is no skin on a donor's skin, covered eyes, glasses."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from prn_blender.core import Face, Photo
from prn_blender.core.errors import OptionError
from prn_blender.core.parts import part_mask
from prn_blender.core.repair import Repair, free_skin, repair
from prn_blender.core.spoilt import unspoilt
from prn_blender.core.swap import SwapOptions, swap
from prn_blender.core.uv_layout import UVLayout

SKIN = np.uint8([200, 150, 130])


def repaired(
    layout: UVLayout, colour: np.ndarray, strictness: float, own: np.ndarray | None = None
) -> np.ndarray:
    """A texture (S, S, 3) repaired where skin is SKIN and all of the donor is known."""
    size = layout.size
    skin = np.full((size, size, 3), SKIN / np.float32(255), np.float32)
    opaque = np.full((size, size), 255, np.uint8)
    own = np.dstack([np.full((size, size, 3), SKIN) if own is None else own, opaque])
    known = np.ones((size, size), np.float32)
    found = repair(layout, colour, skin, own, known, strictness)
    return Repair.apply_values(colour, found.values)


def plain(layout: UVLayout) -> np.ndarray:
    return np.full((layout.size, layout.size, 3), SKIN, np.uint8)


def on_a_cheek(layout: UVLayout, width: int, height: int, side: int = -1) -> tuple[slice, slice]:
    """A rectangle of texels in the middle of a cheek's free skin."""
    cheek = (part_mask(layout, "cheeks", feather=0) > 0) & (free_skin(layout) > 0.99)
    cheek &= layout.canonical[..., 0] * side > 0
    row, column = (int(x) for x in np.argwhere(cheek).mean(axis=0))
    return (
        slice(row - height // 2, row - height // 2 + height),
        slice(column - width // 2, column - width // 2 + width),
    )


def worst(a: np.ndarray, where: tuple[slice, slice]) -> int:
    return int(np.abs(a[where].astype(int) - SKIN).max())


def test_skin_stays_skin(face: Face) -> None:
    colour = plain(face.layout)
    for strictness in (0.0, 1.0):
        assert np.abs(repaired(face.layout, colour, strictness).astype(int) - colour).max() <= 1


def test_a_dark_bar_on_one_cheek_goes_and_a_mole_stays(face: Face) -> None:
    layout = face.layout
    bar, mole = on_a_cheek(layout, 8, 26), on_a_cheek(layout, 4, 4)
    colour = plain(layout)
    colour[bar] = SKIN // 3
    assert worst(repaired(layout, colour, 0.0), bar) <= 8
    colour = plain(layout)
    colour[mole] = SKIN // 3
    kept = repaired(layout, colour, 0.0)
    assert np.array_equal(kept[mole], colour[mole])
    # A burnt spot and green light are no skin either.
    for strange in (np.uint8([255, 255, 255]), np.uint8([120, 200, 90])):
        colour = plain(layout)
        colour[bar] = strange
        assert worst(repaired(layout, colour, 1.0), bar) <= 12


def test_what_both_halves_have_stays_unless_light_is_hard(face: Face) -> None:
    layout = face.layout
    bars = [on_a_cheek(layout, 8, 26, side) for side in (-1, 1)]
    colour = plain(layout)
    for bar in bars:
        colour[bar] = (SKIN * 0.6).astype(np.uint8)
    kept = repaired(layout, colour, 0.0)
    gone = repaired(layout, colour, 1.0)
    for bar in bars:
        assert np.abs(kept[bar].astype(int) - colour[bar]).max() <= 2
        assert worst(gone, bar) < 0.5 * worst(colour, bar)


def test_what_the_target_shows_there_too_stays(face: Face) -> None:
    bar = on_a_cheek(face.layout, 8, 26)
    colour = plain(face.layout)
    colour[bar] = SKIN // 3
    for strictness in (0.0, 1.0):
        kept = repaired(face.layout, colour, strictness, own=colour)
        assert np.array_equal(kept[bar], colour[bar])


def test_a_beard_stays_but_is_not_black(face: Face) -> None:
    layout = face.layout
    height = layout.canonical[..., 2]
    grows = layout.mask & (height < layout.canonical_landmarks[33, 2] - 0.05 * layout.eye_distance)
    grows &= part_mask(layout, "mouth", feather=0) <= 0
    base, lips = layout.canonical_landmarks[[33, 51], 2]
    grows |= (part_mask(layout, "chin", feather=0) > 0) & layout.mask
    grows |= (
        (height < base)
        & (height > lips)
        & (np.abs(layout.canonical[..., 0]) < 0.4 * layout.eye_distance)
    )
    colour = plain(layout)
    colour[grows] = (SKIN * 0.5).astype(np.uint8)
    chin = (part_mask(layout, "chin", feather=0) > 0) & (free_skin(layout) > 0.9)
    chin = cv2.erode(chin.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    for strictness in (0.0, 1.0):
        kept = repaired(layout, colour, strictness)[chin].mean()
        assert kept < 0.75 * SKIN.mean()
    colour[grows] = black = SKIN // 5
    assert 1.4 * black.mean() < repaired(layout, colour, 0.0)[chin].mean() < 0.5 * SKIN.mean()


def test_a_face_s_own_black_beard_stays(face: Face) -> None:
    layout = face.layout
    colour = plain(layout)
    base = layout.canonical_landmarks[33, 2] - 0.05 * layout.eye_distance
    colour[layout.mask & (layout.canonical[..., 2] < base)] = SKIN // 5
    own = repaired(layout, colour, 0.0, own=colour)
    assert np.abs(own.astype(int) - colour).max() <= 2
    other = repaired(layout, colour, 0.0)
    chin = (part_mask(layout, "chin", feather=0) > 0) & (free_skin(layout) > 0.9)
    assert other[chin].mean() > 1.3 * colour[chin].mean()


def test_coarse_hue_gives_way_in_soft_light_and_brightness_stays(face: Face) -> None:
    layout = face.layout
    height = layout.canonical[..., 2] - layout.canonical_landmarks[27, 2]
    rise = (height / layout.eye_distance).clip(-1, 1)[..., None].astype(np.float32)
    cheeks = (part_mask(layout, "cheeks", feather=0) > 0) & (free_skin(layout) > 0.9)
    forehead = (part_mask(layout, "forehead", feather=0) > 0) & (free_skin(layout) > 0.9)

    def left(change: np.ndarray) -> float:
        """The share of a difference between forehead and cheeks that is left."""
        colour = (plain(layout) * np.exp(rise * change)).clip(0, 255).astype(np.uint8)
        apart = [
            np.abs(c[forehead].mean(axis=0) - c[cheeks].mean(axis=0)).max()
            for c in (colour.astype(float), repaired(layout, colour, 0.0).astype(float))
        ]
        return float(apart[1] / apart[0])

    assert left(np.float32([0.1, -0.07, 0.05])) < 0.6
    assert left(np.float32([0.1, 0.1, 0.1])) > 0.85


def test_lids_are_not_much_brighter_than_the_skin_and_whites_of_eyes_may_be(face: Face) -> None:
    layout = face.layout
    z, marks = layout.canonical[..., 2], layout.canonical_landmarks
    lids = (part_mask(layout, "eyes", feather=0) > 0) & (z > marks[[37, 38, 43, 44], 2].max())
    lids &= free_skin(layout) < 0.1
    colour = plain(layout)
    colour[lids] = white = np.minimum(SKIN * 1.25, 255).astype(np.uint8)
    row, column = layout.landmark_texels[36:42].mean(axis=0).round().astype(int)
    eye = np.s_[row - 1 : row + 2, column - 2 : column + 3]
    colour[eye] = 250
    middle = cv2.erode(lids.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert middle.sum() > 20
    other = (plain(layout) * 0.8).astype(np.uint8)  # of the target
    duller = repaired(layout, colour, 0.0, own=other)
    before, after = (c[middle].mean() - SKIN.mean() for c in (colour, duller))
    assert after < 0.75 * before
    assert duller[middle].mean() < white.mean()
    assert duller[eye].mean() > 235
    own = repaired(layout, colour, 0.0, own=colour)
    assert np.abs(own.astype(int) - colour).max() <= 2


def test_repair_is_a_strength(face: Face) -> None:
    """The option does what it says, on a donor with a bar across a cheek."""
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

    def left(strength: float) -> float:
        picture = swap(face, donor, SwapOptions(repair=strength, mouth="donor")).picture
        difference = picture[y - 5 : y + 5, x - 3 : x + 3].astype(int)
        return float(np.abs(difference - face.photo.pixels[y - 5 : y + 5, x - 3 : x + 3]).mean())

    none, half, all_of_it = left(0), left(0.5), left(1)
    assert all_of_it < 0.35 * none
    assert all_of_it < half < none
    with pytest.raises(OptionError, match="repair is 2; it can be 0 to 1"):
        swap(face, donor, SwapOptions(repair=2))


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


@pytest.fixture(scope="module")
def spectacled(face: Face) -> Face:
    """The sample with black rims drawn on."""
    photo = face.photo.pixels.copy()
    marks = face.landmarks[:, :2].astype(np.float64)
    between = np.linalg.norm(marks[36:42].mean(axis=0) - marks[42:48].mean(axis=0))
    thick = max(2, round(0.07 * between))
    for eye in (slice(36, 42), slice(42, 48)):
        centre = marks[eye].mean(axis=0) + np.array([0, 0.04 * between])
        cv2.ellipse(
            photo, (tuple(map(float, centre)), (0.86 * between, 0.7 * between), 0.0), (15, 15, 15),
            thick,
        )  # fmt: skip
    ends = [marks[eye].mean(axis=0) for eye in (slice(36, 42), slice(42, 48))]
    inner = [ends[0] + (ends[1] - ends[0]) * share for share in (0.42, 0.58)]
    points = [tuple(int(v) for v in p.round()) for p in inner]
    cv2.line(photo, points[0], points[1], (15, 15, 15), thick)
    return replace(face, photo=Photo(photo))


def test_glasses_are_found_and_bare_faces_have_none(face: Face, spectacled: Face) -> None:
    assert face.glasses is None
    region = spectacled.glasses
    assert region is not None
    layout = face.layout
    assert region[part_mask(layout, "eyes", feather=0) > 0].mean() > 0.95
    assert region[part_mask(layout, "mouth", feather=0) > 0].max() == 0
    # All of what was drawn: texels that became dark.
    was, became = (f.texture(256)[..., :3].astype(int).sum(axis=-1) for f in (face, spectacled))
    rims = (was - became > 150) & face.visibility & (part_mask(layout, "face", feather=0) > 0)
    assert rims.sum() > 300
    assert region[rims].mean() > 0.97


def test_the_target_s_glasses_stay(face: Face, spectacled: Face) -> None:
    other = Photo(cv2.convertScaleAbs(cv2.flip(face.photo.pixels, 1), alpha=0.9, beta=10))
    positions = face.layout.mirrored(face.position_map).copy()
    positions[..., 0] = face.photo.width - 1 - positions[..., 0]
    donor = replace(face, photo=other, position_map=positions)
    drawn = np.abs(spectacled.photo.pixels.astype(int) - face.photo.pixels).max(axis=-1) > 60

    def changed(keep: bool) -> float:
        picture = swap(spectacled, donor, SwapOptions(keep_glasses=keep)).picture
        apart = np.abs(picture.astype(int) - spectacled.photo.pixels).max(axis=-1)
        return float((apart[drawn] > 10).mean())

    assert changed(True) < 0.02
    assert changed(False) > 0.3


def test_the_donor_s_glasses_do_not_come_along(face: Face, spectacled: Face) -> None:
    region = spectacled.glasses
    assert region is not None
    kept = swap(face, spectacled)
    assert kept.mask[region].max() == 0
    assert kept.mask.max() == 1
    assert swap(face, spectacled, SwapOptions(keep_glasses=False)).mask[region].max() == 1
    # Who asks for the eyes gets them.
    eyes = swap(face, spectacled, SwapOptions(parts=("eyes",)))
    assert eyes.mask[region].max() == 1
