"""Features of a face are pulled to where the photo has them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np
import pytest
from synthetic import plain_photo, posed_face, rotation

from prn_blender.core import Face
from prn_blender.core.errors import OptionError
from prn_blender.core.face.adjust import Adjustment, Pull, adjusted, photo_to_mesh
from prn_blender.core.geometry.camera import make_camera
from prn_blender.core.geometry.foldovers import Foldovers, in_canonical_frame

MOUTH_CORNER, NOSE_TIP = 48, 30


def at(face: Face, landmark: int) -> tuple[float, float]:
    x, y = face.landmarks[landmark, :2].tolist()
    return x, y


def test_what_is_pulled_arrives_and_the_rest_stays(face: Face) -> None:
    radius = 0.15 * face.size
    moved = adjusted(face, [Pull(at(face, MOUTH_CORNER), (3, -2), radius)])
    change = moved.landmarks - face.landmarks
    assert change[MOUTH_CORNER] == pytest.approx([3, -2, 0], abs=0.1)
    far = np.linalg.norm(face.landmarks[:, :2] - at(face, MOUTH_CORNER), axis=1) > 1.5 * radius
    assert far.sum() > 40
    assert np.abs(change[far]).max() < 0.2
    assert np.abs(change).max() < 3.01
    # The face that was given is as it was.
    assert moved.photo is face.photo and moved.position_map is not face.position_map


def test_pulls_follow_each_other_and_are_taken_back(face: Face) -> None:
    adjustment = Adjustment(face)
    first = Pull(at(face, NOSE_TIP), (2, 0), 20)
    adjustment.pull(first)
    once = adjustment.position_map
    adjustment.pull(Pull((first.at[0] + 2, first.at[1]), (0, 2), 20))
    assert adjustment.face.landmarks[NOSE_TIP, :2] == pytest.approx(np.add(first.at, 2), abs=0.1)
    adjustment.undo()
    assert adjustment.position_map is once and adjustment.pulls == [first]
    adjustment.undo()
    adjustment.undo()
    assert adjustment.position_map is face.position_map


def test_a_preview_changes_nothing(face: Face) -> None:
    adjustment = Adjustment(face)
    assert (adjustment.preview(Pull(at(face, NOSE_TIP), (5, 5), 20)) != face.position_map).any()
    assert adjustment.position_map is face.position_map


@pytest.mark.parametrize("landmark", [8, 19, 30, 36, 45, 48, 54, 57])
@pytest.mark.parametrize("way", [(1, 0.6), (-1, 0.3), (0, -1)])
def test_nothing_folds_over(face: Face, landmark: int, way: tuple[float, float]) -> None:
    step = 0.03 * face.size
    pull = Pull(at(face, landmark), (way[0] * step, way[1] * step), 0.08 * face.size)
    moved = adjusted(face, [pull])
    folds = Foldovers(face.layout)
    places = in_canonical_frame(moved.position_map, face.pose).reshape(-1, 3)
    assert len(folds.flipped(places)) == 0


def bends(positions: np.ndarray) -> np.ndarray:
    """Degrees between the normals of texels that are three apart, downwards."""
    normal = np.cross(
        positions[2:, 1:-1] - positions[:-2, 1:-1], positions[1:-1, 2:] - positions[1:-1, :-2]
    )
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    return np.degrees(np.arccos((normal[3:] * normal[:-3]).sum(-1).clip(-1, 1)))


def test_drags_at_the_jaw_dig_no_trenches(face: Face) -> None:
    random = np.random.default_rng(0)
    step = 0.05 * np.ptp(face.landmarks[:17, 0])
    row, column = face.layout.landmark_texels[:17].T
    seen = np.flatnonzero(face.visibility[row, column])
    assert len(seen) > 5
    inner = cv2.erode(face.layout.mask.astype(np.uint8), np.ones((9, 9)))[1:-4, 1:-1] > 0
    before = bends(face.position_map)
    added = []
    for landmark, turn in zip(
        random.choice(seen, 20), random.uniform(0, 2 * np.pi, 20), strict=True
    ):
        by = float(step * np.cos(turn)), float(step * np.sin(turn))
        moved = adjusted(face, [Pull(at(face, int(landmark)), by, 0.15 * face.size)]).position_map
        near = (np.abs(moved - face.position_map).max(-1) > 0.02 * step)[1:-4, 1:-1] & inner
        assert near.sum() > 500
        added.append(np.percentile(bends(moved)[near], 95) - np.percentile(before[near], 95))
    # Falloffs that were straight lines in the photo added 7 degrees, and 25 at their worst.
    assert np.mean(added) < 1
    assert max(added) < 8


def test_a_long_drag_at_the_outline_takes_more_along_than_one_of_a_lid(face: Face) -> None:
    adjustment = Adjustment(face)
    step, radius = 0.03 * face.size, 0.1 * face.size
    assert adjustment.reach(Pull(at(face, 37), (0, step), radius)) == radius
    jaw = min(range(17), key=lambda k: face.landmarks[k, 0])
    assert adjustment.reach(Pull(at(face, jaw), (step, 0), radius)) > 2 * radius
    assert adjustment.reach(Pull(at(face, jaw), (step / 4, 0), radius)) < 2 * radius


def test_lips_do_not_hang_together(face: Face) -> None:
    upper, lower = 62, 66
    moved = adjusted(face, [Pull(at(face, lower), (0, 4), 0.05 * face.size)])
    change = moved.landmarks[:, 1] - face.landmarks[:, 1]
    assert change[lower] > 3
    assert change[upper] < 0.6 * change[lower]


def test_the_far_side_is_not_taken_along(face: Face) -> None:
    side = posed_face(face.layout, plain_photo(400, 400), rotation("z", 85), 260, (200, 200))
    near, far = side.landmarks[[2, 14]]
    if near[2] < far[2]:
        near, far = far, near
    moved = adjusted(side, [Pull((float(near[0]), float(near[1])), (6, 0), 60)])
    change = np.abs(moved.landmarks - side.landmarks).max(axis=1)
    numbers = {tuple(p): i for i, p in enumerate(side.landmarks.tolist())}
    assert change[numbers[tuple(near.tolist())]] > 5
    assert change[numbers[tuple(far.tolist())]] < 0.1


@pytest.mark.parametrize("kind", ["ortho", "persp"])
def test_the_mesh_follows_under_either_camera(face: Face, kind: str) -> None:
    camera = make_camera(face.photo, face.geometry, kind)
    placement = camera.place(face.geometry)
    local = placement.local.reshape(-1, 3)[face.layout.texels]
    to_mesh = photo_to_mesh(face.vertices, local)
    moved = adjusted(face, [Pull(at(face, NOSE_TIP), (15, -6), 40)])
    new = local + to_mesh(moved.vertices) - to_mesh(face.vertices)
    seen = camera.project(placement.transform.apply(new))
    assert np.abs(seen - moved.vertices[:, :2]).max() < 0.01


@pytest.mark.parametrize(
    "pull",
    [
        Pull((2, 2), (1, 1), 20),
        Pull((float("nan"), 1), (1, 1), 20),
        Pull((200, 100), (1, 1), 0),
        Pull((200, 100), (1e9, 1), 20),
    ],
)
def test_pulls_that_make_no_sense_are_refused(face: Face, pull: Pull) -> None:
    with pytest.raises(OptionError):
        adjusted(face, [pull])


def test_too_few_vertices_are_refused(face: Face) -> None:
    with pytest.raises(OptionError, match="too few vertices"):
        photo_to_mesh(face.vertices[:10], face.vertices[:10])
