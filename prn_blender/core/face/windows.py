"""The windows of an image pyramid: which parts of a picture, at which size, the detector sees."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import cv2
import numpy as np

from .face_box import FaceBox


def shrunk(pixels: np.ndarray, longest: int) -> np.ndarray:
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


def side_of(picture: np.ndarray, level: int) -> int:
    """Side of the windows of a level, pixels of the level's picture."""
    return math.ceil(max(picture.shape[:2]) / 2**level)


def places_of(picture: np.ndarray, level: int) -> list[tuple[int, int]]:
    """Left upper corners of the windows of a level, pixels of the level's picture."""
    side = side_of(picture, level)
    return [
        (left, top)
        for top in _starts(picture.shape[0], side)
        for left in _starts(picture.shape[1], side)
    ]


def is_cut(box: FaceBox, window: np.ndarray, left: int, top: int, whole: np.ndarray) -> bool:
    """Whether the box is cut by a border of the window that is no border of the photo."""
    bottom, right = top + window.shape[0], left + window.shape[1]
    return bool(
        (box.x0 <= 0 and left > 0)
        or (box.y0 <= 0 and top > 0)
        or (box.x1 >= window.shape[1] and right < whole.shape[1])
        or (box.y1 >= window.shape[0] and bottom < whole.shape[0])
    )


def turned_by_an_eighth(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn a picture counter-clockwise by 45 degrees, on black.

    Returns
    -------
    (h, w, 3) uint8
        It holds the whole picture.
    (2, 3) float64
        From its pixels to those of the picture that was turned.
    """
    height, width = pixels.shape[:2]
    side = math.ceil(math.sqrt(0.5) * (width + height))
    c = math.sqrt(0.5)
    to_picture = np.array([[c, -c], [c, c]])
    offset = np.array([width - 1, height - 1]) / 2 - to_picture @ np.full(2, (side - 1) / 2)
    matrix = np.column_stack([to_picture, offset])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(pixels, matrix, (side, side), flags=flags), matrix
