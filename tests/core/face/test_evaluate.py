"""Figures of accuracy: right for known errors, and about what is known for the model."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from prn_blender.cli import main
from prn_blender.core import Face, FaceReconstructor, PRNError, read_photo
from prn_blender.core.face.annotations import Annotations, load_annotations
from prn_blender.core.face.evaluate import dataset_angles, evaluate, measure
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, fit_pose

pytestmark = pytest.mark.once  # long, and about pictures alone


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


def aflw2000_folder(folder: Path, face: Face) -> Path:
    """A photo and its .mat, as AFLW2000-3D has them."""
    scipy_io = pytest.importorskip("scipy.io")
    folder.mkdir()
    cv2.imwrite(str(folder / "a.jpg"), face.photo.pixels[..., ::-1])
    cv2.imwrite(str(folder / "no-annotation.jpg"), face.photo.pixels[..., ::-1])
    content = {
        "pt3d_68": face.landmarks.T,
        "Pose_Para": np.array([[0.1, -0.8, 0.2, 9, 9, 9, 1e-3]]),
    }
    scipy_io.savemat(folder / "a.mat", content)
    return folder


def test_a_folder_of_mat_files_is_read(face: Face, tmp_path: Path) -> None:
    truth = load_annotations(aflw2000_folder(tmp_path / "AFLW2000", face))
    assert truth.names == ["a.jpg"]
    assert np.allclose(truth.landmarks[0], face.landmarks)
    assert np.allclose(truth.angles, np.degrees([[0.1, -0.8, 0.2]]))


def test_the_command_measures_a_folder_and_dense_maps(face: Face, tmp_path: Path) -> None:
    folder = aflw2000_folder(tmp_path / "AFLW2000", face)
    (tmp_path / "maps").mkdir()
    np.save(tmp_path / "maps" / "a.npy", face.position_map)
    out = tmp_path / "figures.json"
    call = ["evaluate", str(folder), "--dense", str(tmp_path / "maps"), "--json", str(out)]
    assert main(call) == 0
    figures = json.loads(out.read_text())
    assert figures["nme2d"]["30-60"] == figures["nme2d"]["all"]
    # One pass from the landmarks' box sees about what two passes saw.
    assert 0 < figures["nme2d"]["all"] < 2
    assert 0 < figures["dense2d"]["all"] < 2
    assert figures["dense3d"]["all"] >= figures["dense2d"]["all"]


def test_reconstruct_crops_by_the_mat_s_landmarks(
    face: Face, reconstructor: FaceReconstructor, tmp_path: Path
) -> None:
    folder = aflw2000_folder(tmp_path / "AFLW2000", face)
    (folder / "no-annotation.jpg").unlink()
    out = tmp_path / "out"
    call = ["reconstruct", str(folder), "-o", str(out), "--mat-boxes", "--compat", "prnet"]
    assert main([*call, "--landmarks", "--obj", "--mat", "--texture-size", "64"]) == 0
    names = {"a.obj", "a.mtl", "a_texture.png", "a_kpt.txt", "a_mesh.mat"}
    assert {p.name for p in out.iterdir()} == names
    photo = read_photo(folder / "a.jpg")
    expected = reconstructor(photo, boxes=[face.box], passes=1)[0].landmarks
    assert np.allclose(np.loadtxt(out / "a_kpt.txt"), expected, atol=1e-3)
    (folder / "a.mat").unlink()
    assert main([*call, "--landmarks"]) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"pt3d_68": np.zeros((68, 3)), "Pose_Para": np.zeros((1, 7))}, "expected (3, 68)"),
        ({"pt3d_68": np.zeros((3, 68))}, "as numbers: pt3d_68, Pose_Para"),
        ({"pt3d_68": np.full((3, 68), np.nan), "Pose_Para": np.zeros((1, 7))}, "not finite"),
        ({"pt3d_68": "text", "Pose_Para": np.zeros((1, 7))}, "as numbers: pt3d_68, Pose_Para"),
    ],
)
def test_mat_files_that_do_not_fit_are_one_sentence(
    face: Face, tmp_path: Path, content: dict[str, object], expected: str
) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    folder = aflw2000_folder(tmp_path / "set", face)
    scipy_io.savemat(folder / "a.mat", content)
    with pytest.raises(PRNError) as caught:
        load_annotations(folder)
    assert expected in str(caught.value)
    (folder / "a.mat").write_bytes(b"MATLAB nonsense")
    with pytest.raises(PRNError, match="is damaged"):
        load_annotations(folder)
    (folder / "a.mat").unlink()
    with pytest.raises(PRNError, match="there is no NAME"):
        load_annotations(folder)


def test_dense_maps_that_do_not_fit_are_one_sentence(face: Face, tmp_path: Path) -> None:
    truth = replace(annotations(face, face.landmarks.astype(float)), dense=tmp_path)
    name = Path(truth.names[0]).stem
    with pytest.raises(PRNError, match="does not exist"):
        measure([(0, face)], truth)
    np.save(tmp_path / f"{name}.npy", np.zeros((64, 64, 3), np.float32))
    with pytest.raises(PRNError, match="the model's position maps are"):
        measure([(0, face)], truth)


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
