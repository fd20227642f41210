"""Find faces in a photo: MediaPipe's short-range detector over an image pyramid."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import MissingDependencyError, ModelError, first_line
from ..photo.crop import Crop
from ..photo.photo import Photo
from ..quiet import STDERR, quiet

# The detector looks at 128 x 128 pixels and finds faces from about a tenth of that on. Windows of
# half the side, half overlapping, show every face of half the size whole; three levels reach
# faces of a fortieth of the photo's long side.
_LEVELS = 3
_WINDOW = 256  # pixels a window is scaled to: enough for the detector, cheap to resize
_SCORE = 0.5
# Small windows show a hundred times as many places where something can look like a face.
_SCORE_SMALL = 0.75
# Upside-down faces are found too, with a lower score and the wrong roll, and profiles with a score
# as low: below this one the turned photo is searched as well, and the network decides.
_SURE = 0.85
_SMALLEST_WINDOW = 160  # photo pixels; in smaller ones faces would be too small to use

# BlazeFace's box -> PRNet's crop, fitted on 16 photos with known landmarks.
_CROP_SIZE = 1.53
_CROP_DOWN = 0.04


@dataclass(frozen=True)
class FaceBox:
    """A face's place in the photo, photo pixels.

    Attributes
    ----------
    x0, y0, x1, y1 : float
        Left, top, right, bottom.
    roll : float
        Radians the face is turned clockwise in the photo.
    score : float
        The detector's, 0..1; 1 for a box the user gave.
    given : bool
        True for a box the user gave: it bounds the face from brows to chin, as landmarks do,
        while the detector's boxes have a rule of their own.
    turned : bool
        True for a box found only in the photo turned by quarters.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    roll: float = 0.0
    score: float = 1.0
    given: bool = False
    turned: bool = False

    @property
    def area(self) -> float:
        """Square pixels."""
        return max(0.0, self.x1 - self.x0) * max(0.0, self.y1 - self.y0)

    def crop(self, crop_scale: float) -> Crop:
        """The network's first look at this face.

        Parameters
        ----------
        crop_scale : float
            Side of the crop over the mean side of the landmarks' box, for given boxes.
        """
        centre = np.array([self.x0 + self.x1, self.y0 + self.y1]) / 2
        side = (self.x1 - self.x0 + self.y1 - self.y0) / 2
        if self.given:
            return Crop(centre, max(1.0, crop_scale * side), self.roll)
        down = np.array([-math.sin(self.roll), math.cos(self.roll)])
        return Crop(centre + _CROP_DOWN * side * down, max(1.0, _CROP_SIZE * side), self.roll)


def overlap(a: FaceBox, b: FaceBox) -> float:
    """Shared area over the smaller box's area, 0..1."""
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / max(min(a.area, b.area), 1e-9)


class FaceDetector:
    """MediaPipe's BlazeFace detector.

    Parameters
    ----------
    model : path-like
        face_detection_short_range.tflite.

    Raises
    ------
    MissingDependencyError
        mediapipe is absent or cannot be loaded.
    ModelError
        The model file cannot be used.
    """

    def __init__(self, model: str | os.PathLike[str]) -> None:
        self._mediapipe, vision, base_options = _mediapipe()
        try:
            # The bytes, not the path: MediaPipe cannot open every path on Windows.
            base = base_options(model_asset_buffer=Path(model).read_bytes())
            options = vision.FaceDetectorOptions(base_options=base, min_detection_confidence=_SCORE)
            with quiet(STDERR):
                self._detector = vision.FaceDetector.create_from_options(options)
        except Exception as e:
            raise ModelError(
                "The face detector cannot be started: {why}.", why=first_line(e)
            ) from e
        self.close = weakref.finalize(self, _close, self._detector)
        _close_before_threads_end(self.close)

    def __call__(self, photo: Photo, largest_only: bool = False) -> list[FaceBox]:
        """Find the faces of a photo.

        Parameters
        ----------
        photo : Photo
        largest_only : bool
            Stop at the first level of the pyramid that shows a face.

        Returns
        -------
        list of FaceBox
            Largest first. When nothing upright is found for sure the photo is searched turned
            by quarters too; `roll` says how each face is turned. The same face may then be there
            twice, once `turned`.
        """
        # Once for all: no level and no turn of the photo needs more pixels than the finest.
        small = _shrunk(photo.pixels, _WINDOW * 2 ** (_LEVELS - 1))
        stretch = np.array([photo.width / small.shape[1], photo.height / small.shape[0]])
        with quiet(STDERR):
            found = self._search_all_ways(small, largest_only)
        return [_placed(box, np.array([0.5, 0.5]), stretch) for box in found]

    def _search_all_ways(self, pixels: np.ndarray, largest_only: bool) -> list[FaceBox]:
        found = self._search(pixels, largest_only)
        if found and max(box.score for box in found) >= _SURE:
            return found
        turned_found = []
        for quarter in (1, 2, 3):
            turned = np.ascontiguousarray(np.rot90(pixels, quarter))
            for box in self._search(turned, largest_only):
                back = _turn_back(box, quarter, pixels.shape[1], pixels.shape[0])
                turned_found.append(replace(back, turned=True))
        return sorted(found + _distinct(turned_found), key=lambda box: -box.area)

    def _search(self, pixels: np.ndarray, largest_only: bool) -> list[FaceBox]:
        found: list[FaceBox] = []
        for level in range(_LEVELS):
            if level and max(pixels.shape[:2]) < _SMALLEST_WINDOW * 2**level:
                break
            found += self._search_level(pixels, level)
            if largest_only and found:
                break
        return sorted(_distinct(found), key=lambda box: -box.area)

    def _search_level(self, pixels: np.ndarray, level: int) -> list[FaceBox]:
        small = _shrunk(pixels, _WINDOW * 2**level)
        side = math.ceil(max(small.shape[:2]) / 2**level)
        stretch = np.array([pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]])
        boxes = []
        for top in _starts(small.shape[0], side):
            for left in _starts(small.shape[1], side):
                window = np.ascontiguousarray(small[top : top + side, left : left + side])
                for box in self._detect(window, _SCORE if level == 0 else _SCORE_SMALL):
                    if level and _cut(box, window, left, top, small):
                        continue  # a neighbouring window shows it whole
                    boxes.append(_placed(box, np.array([left, top]), stretch))
        return boxes

    def _detect(self, window: np.ndarray, threshold: float) -> list[FaceBox]:
        """Faces of one window, in its pixels."""
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=window)
        boxes = []
        for detection in self._detector.detect(image).detections:
            score = float(detection.categories[0].score)
            if score < threshold:
                continue
            box = detection.bounding_box
            # Key points, fractions of the window: eyes (0, 1), nose, mouth (3), ears. From between
            # the eyes to the mouth is down; in profile the eyes alone would tell nothing.
            points = [(k.x * window.shape[1], k.y * window.shape[0]) for k in detection.keypoints]
            (ax, ay), (bx, by), _, (mx, my) = points[:4]
            roll = math.atan2((ax + bx) / 2 - mx, my - (ay + by) / 2)
            boxes.append(
                FaceBox(
                    box.origin_x,
                    box.origin_y,
                    box.origin_x + box.width,
                    box.origin_y + box.height,
                    roll=roll,
                    score=score,
                )
            )
        return boxes


def _shrunk(pixels: np.ndarray, longest: int) -> np.ndarray:
    """Averaged down so that the longer side has at most `longest` pixels."""
    # OpenCV halves ten times as fast as it averages by any other factor. An odd last row or
    # column is left out; for the place of a face that is nothing.
    while max(pixels.shape[:2]) >= 2 * longest and min(pixels.shape[:2]) > 1:
        even = pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2]
        half = (even.shape[1] // 2, even.shape[0] // 2)
        pixels = cv2.resize(even, half, interpolation=cv2.INTER_AREA)
    height, width = pixels.shape[:2]
    scale = longest / max(width, height)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _starts(length: int, side: int) -> list[int]:
    """Where windows of `side`, half overlapping, begin along `length`."""
    if length <= side:
        return [0]
    count = math.ceil((length - side) / (side / 2)) + 1
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def _cut(box: FaceBox, window: np.ndarray, left: int, top: int, whole: np.ndarray) -> bool:
    """Whether the window's own border, not the photo's, cuts the box."""
    bottom, right = top + window.shape[0], left + window.shape[1]
    return bool(
        (box.x0 <= 0 and left > 0)
        or (box.y0 <= 0 and top > 0)
        or (box.x1 >= window.shape[1] and right < whole.shape[1])
        or (box.y1 >= window.shape[0] and bottom < whole.shape[0])
    )


def _placed(box: FaceBox, offset: np.ndarray, stretch: np.ndarray) -> FaceBox:
    """From a window's pixels to the photo's."""
    x0, y0 = (np.array([box.x0, box.y0]) + offset) * stretch - 0.5
    x1, y1 = (np.array([box.x1, box.y1]) + offset) * stretch - 0.5
    return replace(box, x0=float(x0), y0=float(y0), x1=float(x1), y1=float(y1))


def _distinct(boxes: list[FaceBox]) -> list[FaceBox]:
    """Of boxes that cover each other the one with the best score."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda b: -b.score):
        if all(overlap(box, other) < 0.5 for other in kept):
            kept.append(box)
    return kept


def _turn_back(box: FaceBox, quarters: int, width: int, height: int) -> FaceBox:
    """A box found in a photo turned counter-clockwise by quarters, in the upright photo."""

    def back(x: float, y: float) -> tuple[float, float]:
        if quarters == 1:
            return width - 1 - y, x
        if quarters == 2:
            return width - 1 - x, height - 1 - y
        return y, height - 1 - x

    (ax, ay), (bx, by) = back(box.x0, box.y0), back(box.x1, box.y1)
    roll = math.remainder(box.roll + quarters * math.pi / 2, 2 * math.pi)
    return FaceBox(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by), roll, box.score)


def _close(detector: Any) -> None:
    with quiet(STDERR):
        detector.close()


def _close_before_threads_end(close: Callable[[], Any]) -> None:
    """Close at the interpreter's end, while MediaPipe's threads still run.

    `atexit` is too late: closing then fails, and not closing makes the process hang when Blender's
    module is loaded too. The hook that ends the threads is the only one early enough.
    """
    register = getattr(threading, "_register_atexit", None)
    if register is not None:
        register(close)


def _mediapipe() -> tuple[Any, Any, Any]:
    try:
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision
    except Exception as e:  # a broken wheel raises whatever its DLL loader likes
        raise MissingDependencyError(
            "mediapipe, which finds the faces, cannot be loaded: {why}. Reinstall the "
            "add-on (or run `make setup`); on Linux it also needs the packages libegl1 "
            "and libgles2.",
            why=first_line(e),
        ) from e
    return mediapipe, vision, BaseOptions
