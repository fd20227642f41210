"""MediaPipe's meshes as teachers of landmarks, and heads fitted to them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_parts import (
    WHY,
    small_head,
    some_places,
)

from training.config import FitConfig


def test_the_second_teacher_sees_the_same_face_and_says_where_there_is_none() -> None:
    pytest.importorskip("tflite", reason=WHY)
    from skimage import data

    from training.graphs.mediapipe_networks import ENVIRONMENT, FACE_MESH
    from training.labels.teacher import AttentionTeacher, Teacher, merge_teachers

    if not ENVIRONMENT.is_dir() or not FACE_MESH.is_file():
        pytest.skip("MediaPipe's meshes are not installed (make test-training does)")
    photo = data.astronaut()
    first = Teacher()(photo, np.array([224.0, 110.0]), 180.0)
    second = AttentionTeacher()([photo, np.zeros_like(photo)])
    assert np.isnan(second[1]).all()
    size = np.ptp(first[:, :2], axis=0).mean()
    away = np.linalg.norm((second[0] - first)[:, :2], axis=1) / size
    assert 0 < np.median(away) < 0.02
    assert away.max() < 0.08
    blind = np.stack([first, first])
    assert np.array_equal(merge_teachers(blind, second)[1], first)
    assert not np.array_equal(merge_teachers(blind, second)[0], first)


def test_what_the_second_teacher_looked_at_is_its_own() -> None:
    pytest.importorskip("tflite", reason=WHY)
    from training.labels.teacher import ATTENTION_POINTS, MEDIAPIPE_INNER, merge_teachers

    assert len(set(ATTENTION_POINTS.tolist())) == len(ATTENTION_POINTS) == 2 * 71 + 80
    brows, nose, rest = np.split(MEDIAPIPE_INNER, [10, 19])
    assert np.isin(np.concatenate([brows[1:-1], rest]), ATTENTION_POINTS).all()
    assert not np.isin(nose, ATTENTION_POINTS).any()
    first, second = np.zeros((1, 468, 3)), np.ones((1, 468, 3))
    found = merge_teachers(first, second)[0, :, 0]
    assert np.flatnonzero(found).tolist() == sorted(ATTENTION_POINTS.tolist())
    assert not first.any()


def test_a_missing_environment_of_the_second_teacher_is_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("tflite", reason=WHY)
    import sys

    from training.labels.teacher import AttentionTeacher

    with pytest.raises(FileNotFoundError, match=r"\.venv-teacher --for teacher` makes it"):
        AttentionTeacher(tmp_path / "python")
    with pytest.raises(FileNotFoundError, match=r"a\.jpg is missing"):
        AttentionTeacher(Path(sys.executable)).read([tmp_path / "a.jpg"])


def test_a_teacher_with_a_wrong_idea_of_depth_does_not_turn_or_bend_heads() -> None:
    torch = pytest.importorskip("torch", reason=WHY)

    from training.geometry import HEAD_TO_IMAGE, on_triangles, rotation, to_image
    from training.labels.fit import Fitter, fitted_vertices

    torch.manual_seed(0)
    head = small_head()
    places = some_places(head, 120)
    rng = np.random.default_rng(4)
    # The teacher's depth leans: the upper half too near, the lower too far.
    lean = np.zeros((120, 3))
    lean[:, 2] = 0.25 * to_image(on_triangles(head.mean, places.corners, places.bary))[:, 1]
    places = replace(places, offset=lean @ HEAD_TO_IMAGE)
    truth, seen, turns = [], [], []
    for _ in range(6):
        c = np.concatenate([rng.normal(0, 0.7, 2), rng.uniform(0, 1, 3)])
        r = rotation(*rng.normal(0, 0.25, 3))
        shape = to_image(head.mean) + np.tensordot(c, to_image(head.basis), 1)
        vertices = 90 * shape @ r.T + [200, 190, 0]
        truth.append(vertices)
        turns.append(r)
        points = on_triangles(vertices, places.corners, places.bary)
        points[:, 2] += 90 * r[2, 2] * lean[:, 2]
        seen.append(points)
    config = FitConfig(
        depth_bias=1.0,
        depth_weight=0.1,
        identity_ridge=0.01,
        expression_ridge=0.01,
        outline_weight=0.0,
    )
    fits = Fitter(head, places, None, config)(np.array(seen))
    for i, (vertices, r) in enumerate(zip(truth, turns, strict=True)):
        angle = np.arccos(np.clip((np.trace(fits.rotation[i].T @ r) - 1) / 2, -1, 1))
        assert np.degrees(angle) < 1.0
        off = np.linalg.norm(fitted_vertices(head, fits, i)[:, :2] - vertices[:, :2], axis=1)
        assert off.mean() < 1.0  # pixels, of a head 180 wide
    # Told nothing about the teacher's lean, the fit nods: the correction does what it is for.
    naive = Fitter(
        head,
        replace(places, offset=np.zeros((120, 3))),
        None,
        replace(config, depth_weight=1.0),
    )(np.array(seen))
    turned = [np.trace(a.T @ b) for a, b in zip(naive.rotation, turns, strict=True)]
    assert np.degrees(np.arccos((np.mean(turned) - 1) / 2)) > 3
