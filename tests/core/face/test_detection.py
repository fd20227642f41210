"""Where the faces are: all sizes, all turns, and nothing on our output."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from prn_blender.core.errors import MissingDependencyError, ModelError
from prn_blender.core.face.blazeface import BlazeFace, merged_faces
from prn_blender.core.face.detection import FaceDetector
from prn_blender.core.face.face import Face
from prn_blender.core.face.face_box import FaceBox, overlap
from prn_blender.core.model.bundled import detector_model_path, models_folder
from prn_blender.core.photo.photo import Photo


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(detector_model_path())


def middle(box: FaceBox) -> np.ndarray:
    return np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2


def head(astronaut: Photo) -> np.ndarray:
    """Her head and shoulders, 240 x 240; the face about 96."""
    return astronaut.pixels[0:240, 105:345]


def on_grey(pixels: np.ndarray, width: int, height: int, left: int, top: int) -> Photo:
    canvas = np.full((height, width, 3), 128, np.uint8)
    canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return Photo.from_pixels(canvas)


def test_the_astronaut_is_found_upright(
    detector: FaceDetector, astronaut: Photo, face: Face
) -> None:
    (box,) = detector(astronaut)
    assert overlap(box, FaceBox(*face.box)) > 0.8
    assert box.score > 0.85
    assert abs(math.degrees(box.roll)) < 12
    assert not box.given
    assert overlap(detector(astronaut, largest_only=True)[0], box) > 0.9


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_photo_gives_the_same_place_and_the_turn(
    detector: FaceDetector, astronaut: Photo, quarters: int
) -> None:
    (upright,) = detector(astronaut)
    pixels = np.ascontiguousarray(np.rot90(astronaut.pixels[:, 40:], quarters))
    box = detector(Photo.from_pixels(pixels), largest_only=True)[0]
    x, y = middle(upright) - (40, 0)
    expected = {1: (y, 471 - x), 2: (471 - x, 511 - y), 3: (511 - y, x)}[quarters]
    assert np.linalg.norm(middle(box) - expected) < 15
    turn = math.degrees(box.roll - upright.roll) + 90 * quarters
    assert abs(math.remainder(turn, 360)) < 20


@pytest.mark.parametrize(
    ("side", "left", "top"), [(240, 1300, 500), (150, 40, 700), (100, 1000, 100)]
)
def test_small_faces_in_a_large_photo_are_found_in_their_place(
    detector: FaceDetector, astronaut: Photo, side: int, left: int, top: int
) -> None:
    small = cv2.resize(head(astronaut), (side, side), interpolation=cv2.INTER_AREA)
    found = detector(on_grey(small, 1600, 1200, left, top))
    assert len(found) == 1
    place = np.array([left, top]) + np.array([122, 132]) * side / 240
    assert np.linalg.norm(middle(found[0]) - place) < 0.1 * side


def test_faces_come_largest_first(detector: FaceDetector, astronaut: Photo) -> None:
    canvas = np.full((300, 800, 3), 128, np.uint8)
    for left, side in ((10, 120), (180, 240), (500, 180)):
        canvas[20 : 20 + side, left : left + side] = cv2.resize(head(astronaut), (side, side))
    found = detector(Photo.from_pixels(canvas))
    assert len(found) == 3
    assert [box.area for box in found] == sorted((box.area for box in found), reverse=True)
    assert [int(middle(box)[0] > 450) for box in found] == [0, 1, 0]


@pytest.mark.parametrize("shape", [(32, 32), (32, 3000), (3000, 32), (700, 500)])
def test_nothing_is_found_where_nothing_is(detector: FaceDetector, shape: tuple[int, int]) -> None:
    grey = np.full((*shape, 3), 128, np.uint8)
    assert detector(Photo.from_pixels(grey)) == []


def test_nothing_of_onnxruntime_s_talk_reaches_our_output(
    astronaut: Photo, capfd: pytest.CaptureFixture[str]
) -> None:
    FaceDetector(detector_model_path())(astronaut)
    assert capfd.readouterr() == ("", "")


def test_another_network_is_no_detector() -> None:
    with pytest.raises(ModelError, match="not the network that finds faces"):
        FaceDetector(models_folder() / "lids_and_lips.onnx")


@pytest.mark.parametrize("data", [b"", b"no model", b"\0" * 5000])
def test_a_damaged_detector_model_is_said_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(data)
    with pytest.raises(ModelError) as caught:
        FaceDetector(tmp_path / "a.onnx")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_missing_detector_model_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        FaceDetector(tmp_path / "gone.onnx")


def test_a_missing_onnxruntime_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingDependencyError) as caught:
        FaceDetector(detector_model_path())
    message = str(caught.value)
    assert "onnxruntime" in message
    assert "make setup" in message
    assert "\n" not in message


def test_places_are_those_of_the_window_whatever_its_shape(astronaut: Photo) -> None:
    network = BlazeFace(detector_model_path(), 0.5)
    square = np.ascontiguousarray(head(astronaut))
    tall = np.vstack([square, np.zeros((160, 240, 3), np.uint8)])
    wide = np.hstack([np.zeros((240, 160, 3), np.uint8), square])
    found = network([square, tall, wide, np.zeros_like(square)])
    assert [len(faces) for faces in found] == [1, 1, 1, 0]
    assert found[0].shape == (1, 17)
    expected = found[0][0, 1:].reshape(8, 2)
    assert np.abs(found[1][0, 1:].reshape(8, 2) - expected).max() < 6
    assert np.abs(found[2][0, 1:].reshape(8, 2) - (160, 0) - expected).max() < 6
    left, right, nose, mouth = expected[2:6]  # her right eye is on the left
    assert left[0] < nose[0] < right[0]
    assert max(left[1], right[1]) < nose[1] < mouth[1]


def test_what_says_the_same_is_averaged_by_its_score() -> None:
    boxes = np.zeros((4, 16))
    boxes[:, :4] = [[0, 0, 1, 1], [5, 5, 6, 6], [0.1, 0, 1.1, 1], [3, 3, 3, 3]]
    boxes[:, 4] = [1, 2, 3, 4]
    rows = merged_faces(boxes, np.array([0.6, 0.8, 0.9, 0.5]))
    assert rows[:, 0] == pytest.approx([0.9, 0.8, 0.5])
    assert rows[0, 1:5] == pytest.approx([0.06, 0, 1.06, 1])
    assert rows[:, 5] == pytest.approx([(0.6 * 1 + 0.9 * 3) / 1.5, 2, 4])
    assert merged_faces(np.zeros((0, 16)), np.zeros(0)).shape == (0, 17)


def test_a_detector_s_box_becomes_a_crop_below_its_middle_as_seen_by_the_face() -> None:
    upright = FaceBox(100, 100, 200, 200).crop(1.6)
    assert upright.centre[0] == 150
    assert upright.centre[1] > 150
    assert 1.2 < upright.size / 100 < 1.8
    turned = FaceBox(100, 100, 200, 200, roll=math.pi / 2).crop(1.6)
    # Turned clockwise by a quarter, the chin points to the left.
    assert turned.centre[0] < 150
    assert turned.centre[1] == pytest.approx(150)
    assert turned.roll == math.pi / 2


def test_a_given_box_is_the_landmarks_box_of_its_crop() -> None:
    crop = FaceBox(100, 100, 200, 240, given=True).crop(1.5)
    assert crop.centre.tolist() == [150, 170]
    assert crop.size == 1.5 * 120


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 10, 10), 1.0), ((2, 2, 4, 4), 1.0), ((5, 0, 15, 10), 0.5), ((10, 0, 20, 10), 0.0),
        ((50, 50, 60, 60), 0.0), ((3, 3, 3, 3), 0.0),
    ],
)  # fmt: skip
def test_overlap_is_the_share_of_the_smaller_box(
    other: tuple[float, float, float, float], expected: float
) -> None:
    assert overlap(FaceBox(0, 0, 10, 10), FaceBox(*other)) == pytest.approx(expected)
    assert overlap(FaceBox(*other), FaceBox(0, 0, 10, 10)) == pytest.approx(expected)
