"""MediaPipe's meshes as teachers of landmarks."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

WHY = "training's dependencies (pip install -e .[training]) are not installed"


def test_the_second_teacher_sees_the_same_face_and_says_where_there_is_none() -> None:
    pytest.importorskip("tflite", reason=WHY)
    from skimage import data

    from training.teacher import ENVIRONMENT, FILE, SecondTeacher, Teacher, look_twice

    if not ENVIRONMENT.is_dir() or not FILE.is_file():
        pytest.skip("MediaPipe's meshes are not installed (make test-training does)")
    photo = data.astronaut()
    first = Teacher()(photo, np.array([224.0, 110.0]), 180.0)
    second = SecondTeacher()([photo, np.zeros_like(photo)])
    assert np.isnan(second[1]).all()
    size = np.ptp(first[:, :2], axis=0).mean()
    away = np.linalg.norm((second[0] - first)[:, :2], axis=1) / size
    assert 0 < np.median(away) < 0.02
    assert away.max() < 0.08
    blind = np.stack([first, first])
    assert np.array_equal(look_twice(blind, second)[1], first)
    assert not np.array_equal(look_twice(blind, second)[0], first)


def test_what_the_second_teacher_looked_at_is_its_own() -> None:
    pytest.importorskip("tflite", reason=WHY)
    from training.landmarks import MEDIAPIPE_INNER
    from training.teacher import LOOKED_AT_TWICE, look_twice

    assert len(set(LOOKED_AT_TWICE.tolist())) == len(LOOKED_AT_TWICE) == 2 * 71 + 80
    brows, nose, rest = np.split(MEDIAPIPE_INNER, [10, 19])
    assert np.isin(np.concatenate([brows[1:-1], rest]), LOOKED_AT_TWICE).all()
    assert not np.isin(nose, LOOKED_AT_TWICE).any()
    first, second = np.zeros((1, 468, 3)), np.ones((1, 468, 3))
    found = look_twice(first, second)[0, :, 0]
    assert np.flatnonzero(found).tolist() == sorted(LOOKED_AT_TWICE.tolist())
    assert not first.any()


def test_a_missing_environment_of_the_second_teacher_is_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("tflite", reason=WHY)
    import sys

    from training.teacher import SecondTeacher

    with pytest.raises(FileNotFoundError, match=r"\.venv-teacher --for teacher` makes it"):
        SecondTeacher(tmp_path / "python")
    with pytest.raises(FileNotFoundError, match=r"a\.jpg is missing"):
        SecondTeacher(Path(sys.executable)).read([tmp_path / "a.jpg"])


def test_the_exported_network_gives_mediapipes_points() -> None:
    pytest.importorskip("tflite", reason=WHY)
    from skimage import data

    from prn_blender.core.face.reconstruct import FaceReconstructor
    from prn_blender.core.photo.photo import Photo
    from training.lids_and_lips import LIDS, LIPS
    from training.teacher import ENVIRONMENT, SecondTeacher

    if not ENVIRONMENT.is_dir():
        pytest.skip("MediaPipe's mesh is not installed (make test-training does)")
    photo = Photo(data.astronaut())
    reconstructor = FaceReconstructor.load()
    face = reconstructor(photo, [(170, 60, 280, 190)], passes=1)[0]
    again = reconstructor._lids_and_lips
    assert again is not None
    found, presence = again._look(photo, face.position_map)
    wanted = SecondTeacher()([photo.pixels])[0]
    edges = [*LIDS, *LIPS]
    away = np.linalg.norm(found[edges] - wanted[edges, :2], axis=1)
    assert presence > 0.99
    # Pixels of a face of about 120; the two crops are not the same.
    assert np.median(away) < 1 and away.max() < 3


def test_the_detector_beside_the_model_is_mediapipes() -> None:
    pytest.importorskip("tflite", reason=WHY)
    from prn_blender.core.model.bundled import detector_model_path
    from training.face_detector import FILE, build_graph
    from training.tflite_graph import read_tflite

    if not FILE.is_file():
        pytest.skip("MediaPipe's detector is not here (make test-training fetches it)")
    made = build_graph(read_tflite(FILE)).SerializeToString()
    assert made == detector_model_path().read_bytes()
