"""Find faces of all sizes and directions in a photo: BlazeFace over an image pyramid."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..photo.crop import Crop
from ..photo.photo import Photo
from .blazeface import BlazeFace

# BlazeFace sees 128 x 128 pixels and finds faces from about a tenth of that size on. On each level
# of the pyramid the windows have half the side of the level before. They overlap by half, so every
# face of up to half a window's size lies whole in one of them. Three levels find faces of a
# fortieth of the photo's longer side.
_LEVELS = 3
# Pixels that a window is scaled to: enough for the network, and quickly made.
_WINDOW = 256
# Photo pixels of the smallest windows. In smaller ones faces would be too small to be of use.
_SMALLEST_WINDOW = 160

# Score from which on something is a face, in the window that shows the whole photo ...
_SCORE = 0.5
# ... and in smaller windows, which show a hundred times as many places that can look like a face.
_SCORE_SMALL = 0.75
# If no face has at least this score, the photo is also searched turned. Upside-down faces are found
# upright, too, but with a lower score and the wrong roll; profiles have scores as low. Which of the
# candidates are right is decided by `confidence.distinct_faces`.
_SURE = 0.85
# Overlap from which on two boxes are of the same face.
_SAME_FACE = 0.5

# From BlazeFace's box to PRNet's crop, fitted on 16 photos with known landmarks.
# Side of the crop over that of the box.
_CROP_SIZE = 1.53
# Share of the box's side by which the crop lies further towards the chin.
_CROP_DOWN = 0.04


@dataclass(frozen=True)
class FaceBox:
    """A bounding box of a face.

    Attributes
    ----------
    x0, y0, x1, y1 : float
        Left, top, right, bottom, photo pixels.
    roll : float
        Radians by which the face is turned clockwise in the photo.
    score : float
        The detector's score, 0..1; 1 for a box that the user gave.
    given : bool
        Whether the user gave the box. Then it bounds the face from brows to chin, as the landmarks
        do. The detector draws its boxes in a way of its own.
    turned : bool
        Whether the face was found only in the photo turned by quarters.
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
        """Choose the crop for the first pass of the network.

        Parameters
        ----------
        crop_scale : float
            For given boxes: side of the crop over the mean side of the box.
        """
        centre = np.array([self.x0 + self.x1, self.y0 + self.y1]) / 2
        side = (self.x1 - self.x0 + self.y1 - self.y0) / 2
        if self.given:
            return Crop(centre, max(1.0, crop_scale * side), self.roll)
        down = np.array([-math.sin(self.roll), math.cos(self.roll)])
        return Crop(centre + _CROP_DOWN * side * down, max(1.0, _CROP_SIZE * side), self.roll)


def overlap(a: FaceBox, b: FaceBox) -> float:
    """Area of the intersection of two boxes over the area of the smaller one, 0..1."""
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / max(min(a.area, b.area), 1e-9)


class FaceDetector:
    """Finds the faces of photos.

    Parameters
    ----------
    model : path-like
        face_detector.onnx, see `BlazeFace`.

    Raises
    ------
    MissingDependencyError
        onnxruntime is absent or cannot be loaded.
    ModelError
        The file is missing, damaged or another network.
    """

    def __init__(self, model: str | os.PathLike[str]) -> None:
        self._network = BlazeFace(model, _SCORE)

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
            Largest first. If no upright face is found for sure, the photo is searched turned by
            quarters, too; a face can then be in the list twice, once with `turned`.

        Raises
        ------
        ModelError
            The network fails.
        """
        # Shrunk once: no level and no direction needs more pixels than the finest level.
        small = _shrunk(photo.pixels, _WINDOW * 2 ** (_LEVELS - 1))
        stretch = np.array([photo.width / small.shape[1], photo.height / small.shape[0]])
        found = self._search_all_ways(small, largest_only)
        return [_placed(box, np.array([0.5, 0.5]), stretch) for box in found]

    def _search_all_ways(self, pixels: np.ndarray, largest_only: bool) -> list[FaceBox]:
        """Search a picture upright and, unless a face is sure, turned by quarters."""
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
        """Search all levels of the pyramid of a picture."""
        found: list[FaceBox] = []
        for level in range(_LEVELS):
            if level and max(pixels.shape[:2]) < _SMALLEST_WINDOW * 2**level:
                break
            found += self._search_level(pixels, level)
            if largest_only and found:
                break
        return sorted(_distinct(found), key=lambda box: -box.area)

    def _search_level(self, pixels: np.ndarray, level: int) -> list[FaceBox]:
        """Search one level of the pyramid; level 0 is the whole picture."""
        small = _shrunk(pixels, _WINDOW * 2**level)
        side = math.ceil(max(small.shape[:2]) / 2**level)
        stretch = np.array([pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]])
        places = [
            (left, top)
            for top in _starts(small.shape[0], side)
            for left in _starts(small.shape[1], side)
        ]
        windows = [small[top : top + side, left : left + side] for left, top in places]
        boxes = []
        for (left, top), window, rows in zip(places, windows, self._network(windows), strict=True):
            for box in map(_box, rows):
                if level and box.score < _SCORE_SMALL:
                    continue
                if level and _cut(box, window, left, top, small):
                    continue  # another window shows it whole
                boxes.append(_placed(box, np.array([left, top]), stretch))
        return boxes


def _box(row: np.ndarray) -> FaceBox:
    """The box of a face, in pixels of the window, from a row of `BlazeFace`."""
    score, x0, y0, x1, y1, ax, ay, bx, by, _, _, mx, my = map(float, row[:13])
    # Down is from between the eyes (a, b) to the mouth (m). In profile the two eyes are in one
    # place, and the line through them tells nothing.
    roll = math.atan2((ax + bx) / 2 - mx, my - (ay + by) / 2)
    # Rounded to whole pixels as by MediaPipe: `_CROP_SIZE` and `_CROP_DOWN` were fitted to its
    # boxes.
    left, top = math.trunc(x0), math.trunc(y0)
    right, bottom = left + math.trunc(x1 - x0), top + math.trunc(y1 - y0)
    return FaceBox(left, top, right, bottom, roll=roll, score=score)


def _shrunk(pixels: np.ndarray, longest: int) -> np.ndarray:
    """Average a picture down until its longer side has at most `longest` pixels."""
    # OpenCV halves a picture ten times as fast as it averages by any other factor. An odd last row
    # or column is left out, which does not matter for where a face is.
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
    """Where windows of `side` begin along `length`; they overlap by half or more."""
    if length <= side:
        return [0]
    count = math.ceil((length - side) / (side / 2)) + 1
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def _cut(box: FaceBox, window: np.ndarray, left: int, top: int, whole: np.ndarray) -> bool:
    """Whether the box is cut by a border of the window that is no border of the photo."""
    bottom, right = top + window.shape[0], left + window.shape[1]
    return bool(
        (box.x0 <= 0 and left > 0)
        or (box.y0 <= 0 and top > 0)
        or (box.x1 >= window.shape[1] and right < whole.shape[1])
        or (box.y1 >= window.shape[0] and bottom < whole.shape[0])
    )


def _placed(box: FaceBox, offset: np.ndarray, stretch: np.ndarray) -> FaceBox:
    """A box in pixels of a window, at `offset` (2,) and scaled by `stretch` (2,), in the photo."""
    x0, y0 = (np.array([box.x0, box.y0]) + offset) * stretch - 0.5
    x1, y1 = (np.array([box.x1, box.y1]) + offset) * stretch - 0.5
    return replace(box, x0=float(x0), y0=float(y0), x1=float(x1), y1=float(y1))


def _distinct(boxes: list[FaceBox]) -> list[FaceBox]:
    """Keep, of boxes that overlap, the one with the best score."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda b: -b.score):
        if all(overlap(box, other) < _SAME_FACE for other in kept):
            kept.append(box)
    return kept


def _turn_back(box: FaceBox, quarters: int, width: int, height: int) -> FaceBox:
    """A box in a photo that was turned counter-clockwise by quarters, in the upright photo.

    `width` and `height` are those of the upright photo.
    """

    def back(x: float, y: float) -> tuple[float, float]:
        if quarters == 1:
            return width - 1 - y, x
        if quarters == 2:
            return width - 1 - x, height - 1 - y
        return y, height - 1 - x

    (ax, ay), (bx, by) = back(box.x0, box.y0), back(box.x1, box.y1)
    roll = math.remainder(box.roll + quarters * math.pi / 2, 2 * math.pi)
    return FaceBox(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by), roll, box.score)
