"""Thumbnails of a photo and its faces, to choose faces from."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..face.face import Face
from ..photo.photo import Photo
from ..typed import Pixels

Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1), photo pixels."""

# Frames of faces, sRGB: orange, as Blender's selection, for those that are chosen, ...
_CHOSEN = (255, 150, 40)
# ... and grey for the others.
_OTHER = (200, 200, 200)
# Share of a face's size: margin around it, so that hair and chin are in the picture.
_MARGIN = 0.35
# Size of a number over that of OpenCV's font.
_FONT_SCALE = 0.4
# Pixels: height of a number. A frame at the top of the picture has it inside.
_FONT_TOP = 10


@dataclass(frozen=True, eq=False)
class Thumbnails:
    """A photo and its faces in the size of icons.

    Attributes
    ----------
    photo : (h, w, 3) uint8 sRGB
    scale : float
        Pixels of that thumbnail per photo pixel.
    faces : list of (s, s, 3) uint8 sRGB
    """

    photo: Pixels
    scale: float
    faces: list[Pixels]


def make_thumbnails(photo: Photo, boxes: Sequence[Box] = (), side: int = 256) -> Thumbnails:
    """Make thumbnails of a photo and its faces.

    Parameters
    ----------
    photo : Photo
    boxes : sequence of (x0, y0, x1, y1)
        Bounding boxes of the faces, photo pixels.
    side : int
        Longer side of the photo's thumbnail, pixels.

    Returns
    -------
    Thumbnails
    """
    scale = side / max(photo.width, photo.height)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    picture = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)
    return Thumbnails(picture, scale, [face_thumbnail(photo, box) for box in boxes])


def draw_frames(
    thumbnails: Thumbnails, boxes: Sequence[Box], chosen: Sequence[bool] = ()
) -> Pixels:
    """Draw frames and numbers around the faces in a photo's thumbnail.

    Parameters
    ----------
    thumbnails : Thumbnails
    boxes : sequence of (x0, y0, x1, y1)
        Bounding boxes of the faces, photo pixels. If there are several they are numbered from 1 in
        this order.
    chosen : sequence of bool
        Which of them stand out; by default all.

    Returns
    -------
    (h, w, 3) uint8 sRGB
        A new picture.
    """
    picture = thumbnails.photo.copy()
    for number, box in enumerate(boxes, 1):
        colour = _CHOSEN if not chosen or chosen[number - 1] else _OTHER
        x0, y0, x1, y1 = np.rint(np.asarray(box) * thumbnails.scale).astype(int).tolist()
        cv2.rectangle(picture, (x0, y0), (x1, y1), colour, 1, cv2.LINE_AA)
        if len(boxes) > 1:
            at = x0 + 2, max(_FONT_TOP, y0 - 3)
            for thickness, shade in ((3, (0, 0, 0)), (1, colour)):
                cv2.putText(
                    picture, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, _FONT_SCALE, shade,
                    thickness, cv2.LINE_AA,
                )  # fmt: skip
    return picture


def crop_around_face(face: Face, margin: float, longest: int) -> tuple[Pixels, np.ndarray, float]:
    """Cut out the part of the photo around a face.

    Parameters
    ----------
    face : Face
    margin : float
        Around the face's vertices, as a share of its size.
    longest : int
        Longer side of the picture at most, pixels.

    Returns
    -------
    picture : (h, w, 3) uint8 sRGB
    corner : (2,) int64
        (x, y) of its upper left pixel in the photo.
    scale : float
        Its pixels per photo pixel.
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


def face_thumbnail(photo: Photo, box: Box, side: int = 64) -> Pixels:
    """Make a thumbnail of a face.

    Parameters
    ----------
    photo : Photo
    box : (x0, y0, x1, y1)
        Bounding box of the face, photo pixels.
    side : int
        Pixels.

    Returns
    -------
    (side, side, 3) uint8 sRGB
        Where it reaches past the photo the photo's border is repeated.
    """
    x0, y0, x1, y1 = box
    reach = (0.5 + _MARGIN) * max(x1 - x0, y1 - y0, 1.0)
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    low = np.floor(centre - reach).astype(int)
    high = np.ceil(centre + reach).astype(int)
    columns = np.arange(low[0], high[0]).clip(0, photo.width - 1)
    rows = np.arange(low[1], high[1]).clip(0, photo.height - 1)
    cut = photo.pixels[rows[:, None], columns]
    return cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA)
