"""Small pictures to choose faces from."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..face.face import Face
from ..photo.photo import Photo

# Orange, as Blender's selection, and the grey of what is not selected.
_CHOSEN, _OTHER = (255, 150, 40), (200, 200, 200)
_AROUND = 0.35  # of a face's size: hair and chin belong to the picture of a person

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class SmallPictures:
    """A photo and its faces in the size of icons.

    Attributes
    ----------
    photo : (h, w, 3) uint8 sRGB
    scale : float
        Its pixels per pixel of the photo.
    faces : list of (s, s, 3) uint8 sRGB
    """

    photo: np.ndarray
    scale: float
    faces: list[np.ndarray]


def small_pictures(photo: Photo, boxes: Sequence[Box] = (), side: int = 256) -> SmallPictures:
    """A photo and its faces in the size of icons.

    Parameters
    ----------
    photo : Photo
    boxes : sequence of (x0, y0, x1, y1)
        Of the faces, photo pixels.
    side : int
        Of the photo's longer side, pixels.
    """
    scale = side / max(photo.width, photo.height)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    picture = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)
    return SmallPictures(picture, scale, [face_thumbnail(photo, box) for box in boxes])


def framed(small: SmallPictures, boxes: Sequence[Box], chosen: Sequence[bool] = ()) -> np.ndarray:
    """The photo with its faces framed and numbered.

    Parameters
    ----------
    small : SmallPictures
    boxes : sequence of (x0, y0, x1, y1)
        Photo pixels; numbered from 1 in this order where there are several.
    chosen : sequence of bool
        Which of them stand out; by default all.

    Returns
    -------
    (h, w, 3) uint8 sRGB
    """
    picture = small.photo.copy()
    for number, box in enumerate(boxes, 1):
        colour = _CHOSEN if not chosen or chosen[number - 1] else _OTHER
        x0, y0, x1, y1 = np.rint(np.asarray(box) * small.scale).astype(int).tolist()
        cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 1, cv2.LINE_AA)
        if len(boxes) > 1:
            at = x0 + 2, max(10, y0 - 3)
            for thickness, shade in ((3, (0, 0, 0)), (1, colour)):
                cv2.putText(
                    picture, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, shade, thickness,
                    cv2.LINE_AA,
                )  # fmt: skip
    return picture


def cut_out(face: Face, margin: float, longest: int) -> tuple[np.ndarray, np.ndarray, float]:
    """The part of the photo around a face.

    Parameters
    ----------
    face : Face
    margin : float
        Around it, of its size.
    longest : int
        Pixels that the longer side has at most.

    Returns
    -------
    picture : (h, w, 3) uint8 sRGB
    corner : (2,) int64
        Its upper left pixel in the photo: x, y.
    scale : float
        Its pixels per pixel of the photo.
    """
    photo = face.photo
    points = face.vertices[:, :2]
    low = np.floor(points.min(axis=0) - margin * face.size).astype(int)
    high = np.ceil(points.max(axis=0) + margin * face.size).astype(int) + 1
    low = np.clip(low, 0, [photo.width - 1, photo.height - 1])
    high = np.clip(high, low + 1, [photo.width, photo.height])
    cut = photo.pixels[low[1] : high[1], low[0] : high[0]]
    scale = min(1.0, longest / max(cut.shape[:2]))
    size = max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale))
    return cv2.resize(cut, size, interpolation=cv2.INTER_AREA), low, scale


def face_thumbnail(photo: Photo, box: Box, side: int = 64) -> np.ndarray:
    """The part of the photo around a face.

    Returns
    -------
    (side, side, 3) uint8 sRGB
        What lies outside the photo repeats its border.
    """
    x0, y0, x1, y1 = box
    reach = (0.5 + _AROUND) * max(x1 - x0, y1 - y0, 1.0)
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    low = np.floor(centre - reach).astype(int)
    high = np.ceil(centre + reach).astype(int)
    columns = np.arange(low[0], high[0]).clip(0, photo.width - 1)
    rows = np.arange(low[1], high[1]).clip(0, photo.height - 1)
    cut = photo.pixels[rows[:, None], columns]
    return cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA)
