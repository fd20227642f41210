"""The measures of an exported model."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest
from training_parts import (
    WHY,
)


def test_roughness_and_openings_are_seen() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.check.measures import agreement, opening, roughness

    v, u = np.mgrid[:32, :32] / 31.0
    smooth = np.stack([u, v, 0.3 * np.sin(3 * u)], -1)
    mask = np.ones((32, 32), bool)
    noise = np.random.default_rng(0).normal(0, 1e-3, smooth.shape)
    assert roughness(smooth + noise, mask) > 5 * roughness(smooth, mask)
    assert roughness(7 * smooth + 2, mask) == pytest.approx(roughness(smooth, mask))

    points = np.zeros((5, 68, 3))
    points[:, 41, 1] = np.arange(5)
    found = opening(points, [(37, 41)], np.full(5, 2.0))
    assert found.tolist() == [0, 0.5, 1, 1.5, 2]
    assert agreement(0.5 * found + 1, found) == pytest.approx({"r": 1, "slope": 0.5})


def test_inner_points_are_measured_without_the_jaw_and_from_the_first_pixel_s_middle() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.check.measures import inner_points

    annotated = np.zeros((2, 68, 2))
    annotated[:, 0], annotated[:, 16] = [0, 0], [100, 100]
    found = np.pad(annotated - 1, ((0, 0), (0, 0), (0, 1)))
    assert inner_points(found, annotated) == pytest.approx(0)
    found[:, :17] += 50
    found[:, 17:, 0] += 2
    assert inner_points(found, annotated) == pytest.approx(2)


def test_what_is_wrong_with_the_pose_is_put_right_step_by_step() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.check.measures import align_in_steps
    from training.geometry import rotation

    rng = np.random.default_rng(3)
    shape = rng.normal(0, 50, (68, 3))
    away = np.array([3, 4, 9])
    in_picture = 1.2 * shape @ rotation(0, 0, 0.2).T

    def left(found: np.ndarray) -> dict[str, float]:
        return {
            key: float(np.linalg.norm(points - shape[:, :2], axis=1).mean())
            for key, points in align_in_steps(found, shape).items()
        }

    assert left(shape + away) == pytest.approx(
        {"as it is": 5, "place": 0, "size and roll": 0, "pose": 0}, abs=1e-9
    )
    turned = left(in_picture + away)
    assert turned["place"] > 5
    assert turned["size and roll"] == pytest.approx(0, abs=1e-9)
    nodding = left(in_picture @ rotation(0.2, 0.1, 0).T)
    assert nodding["size and roll"] > 3
    assert nodding["pose"] == pytest.approx(0, abs=1e-9)
