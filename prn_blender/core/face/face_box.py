"""A box around a face: what it says of its crop, and where it lies in a photo turned or scaled."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ..photo.crop import Crop

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
    sought : bool
        Whether the face was found only by looking harder: in the photo turned, in tiles, or with
        a low score.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    roll: float = 0.0
    score: float = 1.0
    given: bool = False
    sought: bool = False

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


def box_of_row(row: np.ndarray) -> FaceBox:
    """The box of a face, in pixels of the window, from a row (17,) of `BlazeFace`."""
    score, x0, y0, x1, y1, ax, ay, bx, by, _, _, mx, my = map(float, row[:13])
    # Down is from between the eyes (a, b) to the mouth (m). In profile the two eyes are in one
    # place, and the line through them tells nothing.
    roll = math.atan2((ax + bx) / 2 - mx, my - (ay + by) / 2)
    # Rounded to whole pixels as by MediaPipe: `_CROP_SIZE` and `_CROP_DOWN` were fitted to its
    # boxes.
    left, top = math.trunc(x0), math.trunc(y0)
    right, bottom = left + math.trunc(x1 - x0), top + math.trunc(y1 - y0)
    return FaceBox(left, top, right, bottom, roll=roll, score=score)


def placed(box: FaceBox, offset: np.ndarray, stretch: np.ndarray) -> FaceBox:
    """A box in pixels of a window, at `offset` (2,) and scaled by `stretch` (2,), in the photo."""
    x0, y0 = (np.array([box.x0, box.y0]) + offset) * stretch - 0.5
    x1, y1 = (np.array([box.x1, box.y1]) + offset) * stretch - 0.5
    return replace(box, x0=float(x0), y0=float(y0), x1=float(x1), y1=float(y1))


def box_in_crop(crop: Crop, row: np.ndarray) -> FaceBox:
    """The box of a face in the photo, from a row (17,) of `BlazeFace` for a crop of it."""
    box = box_of_row(row)
    corners = np.array([[box.x0, box.y0, 0], [box.x1, box.y1, 0]], np.float32) - 0.5
    centre = crop.positions_to_photo(corners.mean(axis=0))
    half = (box.x1 - box.x0 + box.y1 - box.y0) / 4 / crop.scale
    return _square_box(centre, half, box.roll + crop.roll, box.score)


def _square_box(centre: np.ndarray, half: float, roll: float, score: float) -> FaceBox:
    x, y = float(centre[0]), float(centre[1])
    roll = math.remainder(roll, math.tau)
    return FaceBox(x - half, y - half, x + half, y + half, roll, score, sought=True)


def moved(box: FaceBox, matrix: np.ndarray) -> FaceBox:
    """A box in a turned picture, in the picture by the similarity (2, 3) that leads there."""
    centre = matrix @ np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, 1.0])
    half = (box.x1 - box.x0 + box.y1 - box.y0) / 4
    return _square_box(centre, half, box.roll + math.atan2(matrix[1, 0], matrix[0, 0]), box.score)


def turned_back(box: FaceBox, quarters: int, width: int, height: int) -> FaceBox:
    """A box in a photo that was turned counter-clockwise by quarters, in the upright photo.

    `width` and `height` are those of the upright photo.
    """

    def back(x: float, y: float) -> tuple[float, float]:
        if quarters == 0:
            return x, y
        if quarters == 1:
            return width - 1 - y, x
        if quarters == 2:
            return width - 1 - x, height - 1 - y
        return y, height - 1 - x

    (ax, ay), (bx, by) = back(box.x0, box.y0), back(box.x1, box.y1)
    roll = math.remainder(box.roll + quarters * math.pi / 2, 2 * math.pi)
    return FaceBox(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by), roll, box.score)
