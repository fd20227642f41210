"""Triangles that are flipped, and how they are unfolded."""
# SPDX-License-Identifier: GPL-3.0-or-later

import numpy as np
import pytest

from prn_blender.core.geometry.foldovers import Foldovers, in_canonical_frame
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, Pose, fit_pose
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.model.bundled import open_model


@pytest.fixture(scope="module")
def layout() -> UVLayout:
    return open_model()[1]


@pytest.fixture(scope="module")
def folds(layout: UVLayout) -> Foldovers:
    return Foldovers(layout)


@pytest.fixture
def turned_face(layout: UVLayout) -> np.ndarray:
    """The canonical face, 100 pixels between the eyes, turned by 40 degrees."""
    c, s = np.cos(0.7), np.sin(0.7)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    places = layout.canonical @ PHOTO_TO_BLENDER * 100 / layout.eye_distance
    return (places @ turn + [600, 500, 0]).astype(np.float32)


def pose_of(layout: UVLayout, position_map: np.ndarray) -> Pose:
    return fit_pose(layout.canonical[layout.mask], position_map[layout.mask])


def count(folds: Foldovers, position_map: np.ndarray) -> int:
    pose = pose_of(folds.layout, position_map)
    return len(folds.flipped(in_canonical_frame(position_map, pose).reshape(-1, 3)))


def fold(layout: UVLayout, position_map: np.ndarray, part: str, sideways: float) -> np.ndarray:
    """The map with a texel in the middle of a part moved over its neighbours."""
    rows, columns = np.nonzero(layout.parts[part])
    k = len(rows) // 2
    out = position_map.copy()
    out[rows[k], columns[k], 0] += sideways
    return out


def test_a_turned_face_has_no_folds(
    layout: UVLayout, folds: Foldovers, turned_face: np.ndarray
) -> None:
    assert count(folds, turned_face) == 0
    assert folds.unfold(turned_face, pose_of(layout, turned_face)) is turned_face


@pytest.mark.parametrize("part", ["left_cheek", "nose", "lower_lip", "right_lids"])
def test_a_fold_is_unfolded_and_nothing_else_moves(
    layout: UVLayout, folds: Foldovers, turned_face: np.ndarray, part: str
) -> None:
    folded = fold(layout, turned_face, part, 8)
    assert count(folds, folded) > 0
    flat = folds.unfold(folded, pose_of(layout, folded))
    assert count(folds, flat) == 0
    away = np.linalg.norm(flat - turned_face, axis=-1)
    assert away[layout.mask].max() < 5
    assert np.count_nonzero(flat != folded) < 0.02 * flat.size
    assert flat.dtype == np.float32


def test_a_map_that_is_made_with_folds_stays_as_it_is(
    layout: UVLayout, folds: Foldovers, turned_face: np.ndarray
) -> None:
    rng = np.random.default_rng(0)
    rough = turned_face + rng.normal(0, 2, turned_face.shape).astype(np.float32)
    assert count(folds, rough) > 0.001 * len(folds.triangles)
    assert folds.unfold(rough, pose_of(layout, rough)) is rough


def test_ears_may_fold(layout: UVLayout, folds: Foldovers, turned_face: np.ndarray) -> None:
    assert count(folds, fold(layout, turned_face, "left_ear", 30)) == 0


def test_only_the_triangles_asked_for_are_looked_at(
    layout: UVLayout, folds: Foldovers, turned_face: np.ndarray
) -> None:
    folded = fold(layout, turned_face, "nose", 8)
    places = in_canonical_frame(folded, pose_of(layout, folded)).reshape(-1, 3)
    every = folds.flipped(places)
    assert folds.flipped(places, every[:1]).tolist() == every[:1].tolist()
    others = np.setdiff1d(np.arange(len(folds.triangles)), every)
    assert not len(folds.flipped(places, others))
    assert len(folds.flipped(places, margin=0.2)) >= len(every)
