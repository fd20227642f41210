"""Figures of accuracy: right for known errors, and about what is known for the model."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from prn_blender.cli import main
from prn_blender.core import Face, FaceReconstructor, PRNError
from prn_blender.core.evaluate import Annotations, dataset_angles, evaluate, load_annotations
from prn_blender.core.pose import PHOTO_TO_BLENDER, fit_pose


def annotations(face: Face, points: np.ndarray, yaw: float = 0.0) -> Annotations:
    assert face.photo.path is not None
    angles = np.array([[0.0, yaw, 0.0]])
    return Annotations(face.photo.path.parent, [face.photo.path.name], points[None], angles)


def one_pass(reconstructor: FaceReconstructor, face: Face) -> np.ndarray:
    """What the network says of the box of its own landmarks; repeated until it agrees."""
    return reconstructor(face.photo, boxes=[face.box], passes=1)[0].landmarks.astype(float)


def test_a_known_shift_is_the_error(reconstructor: FaceReconstructor, face: Face) -> None:
    points = one_pass(reconstructor, face)
    size = math.sqrt(np.prod(np.ptp(points[:, :2], axis=0)))
    moved = points + np.array([0.03 * size, 0.04 * size, 999.0])  # the depth's zero does not count
    # The annotation's box moves with it, so the network is asked about a slightly other crop.
    figures = evaluate(reconstructor, annotations(face, moved, yaw=45.0))
    assert figures["nme2d"]["30-60"] == pytest.approx(5.0, abs=1.0)
    assert figures["nme2d"]["0-30"] is None
    assert figures["nme2d"]["mean"] == figures["nme2d"]["30-60"]
    assert (figures["count"], figures["missed"]) == (1, 0)


@pytest.mark.parametrize("angles", [(0, 0, 0), (20, 0, 0), (0, -50, 0), (0, 0, 35), (10, 40, -20)])
def test_angles_follow_the_data_sets_convention(angles: tuple[float, float, float]) -> None:
    pitch, yaw, roll = np.radians(angles)

    def turn(angle: float, a: int, b: int) -> np.ndarray:
        matrix = np.eye(3)
        matrix[a, a] = matrix[b, b] = math.cos(angle)
        matrix[a, b], matrix[b, a] = math.sin(angle), -math.sin(angle)
        return matrix

    y_up = turn(pitch, 1, 2) @ turn(yaw, 2, 0) @ turn(roll, 0, 1)
    to_y_up = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    canonical = np.random.default_rng(0).normal(size=(50, 3))
    world = canonical @ (to_y_up.T @ y_up @ to_y_up).T
    pose = fit_pose(canonical, world @ PHOTO_TO_BLENDER)
    assert np.allclose(dataset_angles(pose), angles, atol=1e-6)


def test_command_writes_the_figures(face: Face, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    cv2.imwrite(str(tmp_path / "set" / "a.png"), face.photo.pixels[..., ::-1])
    cv2.imwrite(str(tmp_path / "set" / "b.png"), np.zeros((300, 300, 3), np.uint8))
    np.savez(
        tmp_path / "set.npz",
        name=np.array(["a.png", "b.png"]),
        landmarks=np.stack([face.landmarks, face.landmarks]),
        pitch_yaw_roll=np.zeros((2, 3), np.float32),
    )
    out = tmp_path / "figures.json"
    arguments = ["evaluate", str(tmp_path / "set.npz"), "--boxes", "detector", "--json", str(out)]
    assert main(arguments) == 0
    figures = json.loads(out.read_text())
    assert (figures["count"], figures["missed"]) == (2, 1)
    assert figures["nme2d"]["mean"] < 1.0
    assert set(figures["pose_mae"]) == {"yaw", "pitch", "roll", "mean"}


@pytest.mark.parametrize("content", [b"", b"PK nonsense"])
def test_a_broken_file_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(PRNError) as caught:
        load_annotations(path)
    assert "\n" not in str(caught.value)


def test_default_model_is_as_accurate_as_its_card_says(
    reconstructor: FaceReconstructor, shared: Path
) -> None:
    whole = load_annotations(shared / "data" / "aflw2000_dev.npz")
    some = Annotations(whole.folder, whole.names[::10], whole.landmarks[::10], whole.angles[::10])
    figures = evaluate(reconstructor, some)
    assert figures["nme2d"]["mean"] < 5.2
