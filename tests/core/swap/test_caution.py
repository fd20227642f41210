"""How much a swap leaves as it was: by degrees, with reasons, and in the end nothing."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from prn_blender.core import Face, Photo
from prn_blender.core.geometry.parts import part_mask
from prn_blender.core.swap.caution import Showing, stays
from prn_blender.core.swap.left_out_picture import left_out_picture
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap
from prn_blender.core.swap.reasons import REASONS

STEPS = (1.0, 0.875, 0.75, 0.5, 0.25, 0.0)


@pytest.fixture(scope="module")
def hard(face: Face) -> Face:
    """A fringe over the forehead, stripes over the mouth."""
    photo = face.photo.pixels.copy()
    marks, size = face.landmarks[:, :2], face.size
    x, y = (marks[[19, 24]].mean(axis=0) - (0, 0.13 * size)).astype(int)
    photo[y - 40 : y + 5, x - 60 : x + 60] = 20
    stripes = np.arange(photo.shape[1]) // max(1, round(0.05 * size)) % 2 > 0
    centre = tuple(int(v) for v in marks[48:68].mean(axis=0).round())
    inside = cv2.circle(photo[..., 0] * 0, centre, int(0.12 * size), 1, -1) > 0
    photo[inside] = (190, 140, 120)
    photo[inside & stripes] = (90, 60, 50)
    return replace(face, photo=Photo(photo))


def test_every_reason_has_its_place() -> None:
    kept = {caution: {r for r in REASONS if stays(r, caution) > 0} for caution in STEPS}
    assert kept[1.0] == set(REASONS)
    assert kept[0.75] == {"hair", "features", "unseen"}
    assert kept[0.5] == {"features", "unseen"}
    assert kept[0.25] == {"unseen"}
    assert kept[0.0] == set()
    assert 0 < stays("skin", 0.875) < 1


def test_less_caution_swaps_more_until_nothing_stays(face: Face, hard: Face) -> None:
    results = [swap(face, hard, SwapOptions(caution=caution)) for caution in STEPS]
    used = [result.used for result in results]
    assert used == sorted(used)
    assert used[0] < 0.8
    assert used[-1] >= 0.99
    assert {one.reason for one in results[0].left_out} >= {"hair", "features"}
    assert results[-1].left_out == ()
    assert results[-1].warning is None
    assert "Less caution" in str(results[0].warning)


@pytest.mark.parametrize("part", ["face", "eyes", "mouth", "cheeks"])
def test_at_the_far_end_all_visible_texels_are_the_donors(
    face: Face, hard: Face, part: str
) -> None:
    """Whichever of the two has something in the way, and also from the side."""
    wanted = part_mask(face.layout, part)
    for target, donor in ((face, hard), (hard, face)):
        result = swap(target, donor, SwapOptions(parts=(part,), caution=0))
        small = cv2.resize(result.mask, wanted.shape[::-1], interpolation=cv2.INTER_AREA)
        seen = wanted * target.visibility
        assert (np.minimum(small, wanted) * target.visibility).sum() >= 0.99 * seen.sum()
        assert result.kept is None  # the teeth are the donor's as well


def test_reasons_add_up_to_what_is_missing(face: Face, hard: Face) -> None:
    result = swap(face, hard)
    assert sum(one.share for one in result.left_out) == pytest.approx(1 - result.used, abs=1e-4)
    for one in result.left_out:
        assert one.mask.shape == result.mask.shape
        assert one.mask.min() >= 0 and one.mask.max() <= 1


def test_what_a_reason_takes_counts_once(face: Face) -> None:
    wanted = np.ones(face.layout.mask.shape, np.float32)
    showing = Showing(face, wanted)
    showing.leave_out("hair", wanted * 0.5)
    showing.leave_out("skin", showing.mask * 0.5)
    showing.leave_out("unseen", showing.mask)
    shares = {one.reason: one.share for one in showing.left_out}
    assert shares == {"hair": pytest.approx(0.5), "skin": pytest.approx(0.25)}
    assert showing.used == pytest.approx(0.25)


def test_the_picture_has_a_colour_for_each_reason(face: Face, hard: Face) -> None:
    result = swap(face, hard)
    picture = left_out_picture(face, result).astype(int)
    assert max(picture.shape) <= 1024
    plain = left_out_picture(face, replace(result, left_out=())).astype(int)
    changed = np.abs(picture - plain).max(axis=-1) > 40
    assert 0.01 < changed.mean() < 0.6
    for one in result.left_out:
        colour = np.array(REASONS[one.reason].rgb)
        near = np.abs(picture - colour).sum(axis=-1) < np.abs(plain - colour).sum(axis=-1) - 60
        assert near.any()
    # Beside the face nothing is coloured.
    assert not changed[:5].any()
