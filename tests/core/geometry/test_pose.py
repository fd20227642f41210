"""Pose and similarity, against other ways to compute them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from synthetic import rotation

from prn_blender.core.face.face import MOMENTS, Face
from prn_blender.core.geometry.pose import (
    PHOTO_TO_BLENDER,
    Pose,
    Similarity,
    expression_pull,
    fit_pose,
    fit_similarity,
)


def horn(source: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """B. Horn's closed form with unit quaternions (JOSA A 4, 1987): another road than SVD."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    m = a.T @ b
    (sxx, sxy, sxz), (syx, syy, syz), (szx, szy, szz) = m
    n = np.array(
        [
            [sxx + syy + szz, syz - szy, szx - sxz, sxy - syx],
            [syz - szy, sxx - syy - szz, sxy + syx, szx + sxz],
            [szx - sxz, sxy + syx, -sxx + syy - szz, syz + szy],
            [sxy - syx, szx + sxz, syz + szy, -sxx - syy + szz],
        ]
    )
    w, x, y, z = np.linalg.eigh(n)[1][:, -1]
    r = np.array(
        [
            [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (y * x + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
            [2 * (z * x - w * y), 2 * (z * y + w * x), w * w - x * x - y * y + z * z],
        ]
    )
    scale = float((b * (a @ r.T)).sum() / (a * a).sum())
    return scale, r, target.mean(axis=0) - scale * r @ source.mean(axis=0)


@pytest.mark.parametrize("seed", range(8))
def test_the_similarity_is_the_one_of_horn_s_quaternions(seed: int) -> None:
    random = np.random.default_rng(seed)
    source = random.normal(size=(40, 3)) * (1, 2, 0.2)
    turn = rotation("x", seed * 50) @ rotation("y", seed * 37) @ rotation("z", seed * 71)
    target = 3.7 * source @ turn.T + (5, -6, 7) + random.normal(size=(40, 3)) * 0.3
    found = fit_similarity(source, target)
    scale, r, translation = horn(source, target)
    assert found.scale == pytest.approx(scale)
    assert np.allclose(found.rotation, r, atol=1e-9)
    assert np.allclose(found.translation, translation)


def test_no_similarity_nearby_is_better() -> None:
    random = np.random.default_rng(3)
    source, noise = random.normal(size=(30, 3)), random.normal(size=(30, 3))
    target = 2 * source @ rotation("y", 100).T + noise

    def error(s: Similarity) -> float:
        return float(((s.apply(source) - target) ** 2).sum())

    best = fit_similarity(source, target)
    for axis in "xyz":
        for angle in (-0.5, 0.5):
            turned = Similarity(best.scale, rotation(axis, angle) @ best.rotation, best.translation)
            assert error(turned) > error(best)
    for factor in (0.99, 1.01):
        assert error(Similarity(best.scale * factor, best.rotation, best.translation)) > error(best)


def test_a_mirrored_target_still_gives_a_proper_rotation() -> None:
    source = np.random.default_rng(4).normal(size=(30, 3))
    assert np.linalg.det(fit_similarity(source, source * (-1, 1, 1)).rotation) == pytest.approx(1)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_invert_undoes_apply(kind: type) -> None:
    similarity = Similarity(1500.0, rotation("x", 20) @ rotation("z", 130), np.array([9.0, 8, -7]))
    points = np.random.default_rng(5).normal(size=(7, 5, 3)).astype(kind) * kind(0.1)
    there = similarity.apply(points)
    assert there.dtype == kind
    assert np.allclose(similarity.invert(there), points, atol=1e-6)
    homogeneous = np.concatenate([points, np.ones((7, 5, 1))], axis=-1) @ similarity.matrix.T
    assert np.allclose(homogeneous[..., :3], there, rtol=1e-5, atol=1e-3)
    assert np.allclose(homogeneous[..., 3], 1)


def head_pose(turn: np.ndarray) -> Pose:
    """The pose of a head turned in Blender's axes (X to its left, looking along -Y, Z up)."""
    canonical = np.random.default_rng(6).normal(size=(50, 3)) * 0.08
    seen = 1000 * canonical @ turn.T
    positions = np.stack([seen[:, 0] + 300, 200 - seen[:, 2], -seen[:, 1]], axis=1)
    return fit_pose(canonical, positions)


@pytest.mark.parametrize("angle", [-50, -10, 10, 50])
def test_turning_to_the_own_left_is_a_negative_yaw_as_in_prnet(angle: float) -> None:
    pose = head_pose(rotation("z", angle))  # positive: counter-clockwise from above, to its left
    assert math.degrees(pose.yaw) == pytest.approx(-angle)
    assert pose.pitch == pytest.approx(0, abs=1e-9)
    assert pose.lean == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("angle", [-40, 40])
def test_looking_up_is_a_positive_pitch(angle: float) -> None:
    pose = head_pose(rotation("x", -angle))  # about the axis to its left: -Y turns to +Z
    assert math.degrees(pose.pitch) == pytest.approx(angle)
    assert pose.yaw == pytest.approx(0, abs=1e-9)
    assert pose.roll == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("angle", [-170, -40, 40, 90, 170])
def test_leaning_clockwise_in_the_photo_is_a_positive_roll(angle: float) -> None:
    pose = head_pose(rotation("y", angle))  # along +Y, away from the viewer: clockwise to the eye
    assert math.degrees(pose.roll) == pytest.approx(angle)
    assert math.degrees(pose.lean) == pytest.approx(angle)


@pytest.mark.parametrize(("lean", "yaw", "pitch"), [(25, 85, 0), (25, 85, 20), (-70, -60, -30)])
def test_the_lean_is_that_of_the_up_axis_in_the_photo_even_in_profile(
    lean: float, yaw: float, pitch: float
) -> None:
    turn = rotation("y", lean) @ rotation("z", yaw) @ rotation("x", pitch)
    up = turn @ (0, 0, 1)
    assert head_pose(turn).lean == pytest.approx(math.atan2(up[0], up[2]))  # clockwise from above


def test_the_matrix_brings_the_canonical_face_to_the_photo() -> None:
    canonical = np.random.default_rng(7).normal(size=(50, 3))
    turn = rotation("x", 20) @ rotation("y", 30) @ rotation("z", 40)
    positions = (50 * canonical @ turn.T) @ PHOTO_TO_BLENDER + (640, 360, 12)
    pose = fit_pose(canonical, positions)
    again = canonical @ pose.matrix[:, :3].T + pose.matrix[:, 3]
    assert np.allclose(again, positions)
    assert pose.scale == pytest.approx(50)


def test_the_pose_of_a_real_face_brings_its_vertices_close(face: Face) -> None:
    canonical = face.layout.canonical.reshape(-1, 3)[face.layout.texels]
    again = canonical @ face.pose.matrix[:, :3].T + face.pose.matrix[:, 3]
    assert np.sqrt(((again - face.vertices) ** 2).sum(axis=1).mean()) < 0.06 * face.size
    assert abs(math.degrees(face.pose.yaw)) < 15
    assert abs(math.degrees(face.pose.pitch)) < 15


def moments_of(canonical: np.ndarray, move: np.ndarray) -> np.ndarray:
    away = canonical - canonical.mean(axis=0)
    return np.concatenate([move.mean(axis=0), (move.T @ away / len(away)).ravel()])


def test_an_expression_is_no_part_of_the_pose() -> None:
    rng = np.random.default_rng(8)
    canonical = rng.normal(size=(60, 3)) * 0.08
    low = np.minimum(canonical[:, 2:], 0)
    move = low * [0, -0.4, 0.3]
    turn = rotation("z", 35) @ rotation("x", 10)
    positions = (900 * (canonical + move) @ turn.T + [4, 0, 7]) @ PHOTO_TO_BLENDER
    seen = fit_pose(canonical, positions).similarity
    assert np.degrees(np.arccos((np.trace(seen.rotation.T @ turn) - 1) / 2)) > 1
    pull = expression_pull(canonical, moments_of(canonical, move))
    head = seen.without(pull)
    assert np.allclose(head.rotation, turn)
    assert head.scale == pytest.approx(900)
    assert np.allclose(head.translation, [4, 0, 7])
    assert np.allclose(head.apply(pull.apply(canonical)), seen.apply(canonical))


@pytest.mark.parametrize("moments", [np.full(12, np.nan), np.full(12, 1e30), np.full(12, -1.0)])
def test_an_expression_that_no_face_has_is_refused(moments: np.ndarray) -> None:
    canonical = np.random.default_rng(9).normal(size=(60, 3)) * 0.08
    with pytest.raises(ValueError, match="the expression"):
        expression_pull(canonical, moments)


def test_nonsense_of_a_model_about_the_expression_leaves_the_pose_alone(face: Face) -> None:
    plain = replace(face, coefficients={})
    for wrong in (np.full(12, np.nan, np.float32), np.zeros(5, np.float32)):
        other = replace(face, coefficients={MOMENTS: wrong})
        assert np.array_equal(other.pose.matrix, plain.pose.matrix)


def test_the_default_model_says_what_its_expressions_do(face: Face) -> None:
    # The astronaut smiles: the lower face comes up and back, as if the head nodded a little.
    moments = face.coefficients[MOMENTS]
    assert moments.shape == (12,)
    plain = replace(face, coefficients={})
    assert abs(math.degrees(face.pose.pitch - plain.pose.pitch)) > 0.2
    assert face.pose.scale == pytest.approx(plain.pose.scale, rel=0.03)
    # A face without an expression has none to be taken away.
    still = replace(face, coefficients={MOMENTS: np.zeros(12, np.float32)})
    assert np.allclose(still.pose.matrix, plain.pose.matrix)
