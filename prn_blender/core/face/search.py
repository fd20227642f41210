"""Check boxes that users give, and vary a box to look for a face that it does not show upright."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import OptionError
from ..photo.photo import Photo
from .face_box import FaceBox

MIN_FACE_PIXELS = 20
"""Smaller faces are refused: mean side of the landmarks' bounding box, or side of a given box."""
# Radians. A given box does not say how its face is turned, so a face that is not seen upright is
# looked for in sixteen directions. Of six such faces in 1,004 annotated photos (AFLW2000-3D, HELEN,
# AFW) four, in profile or looking down, are seen best in a direction between the quarters.
_ANY_TURN = tuple(k * math.tau / 16 for k in range(1, 16))
# A given box may also be drawn too far to a side, too high or too low, too large or too small. Each
# variant is a shift to the right and down, as shares of the box's sides, and a factor of its size.
_VARIANTS = ((0, -0.12, 1), (0, 0.12, 1), (-0.12, 0, 1), (0.12, 0, 1), (0, 0, 0.85), (0, 0, 1.2))
# Longer sides of the photo: how far from its corner a given box may reach. A face can go on past
# the photo, but not that far.
_FARTHEST = 10


def boxes_as_meant(box: FaceBox) -> list[FaceBox]:
    """Vary a given box: turned in all directions, and as it may have been meant."""
    width, height = box.x1 - box.x0, box.y1 - box.y0
    boxes = [replace(box, roll=box.roll + turn) for turn in _ANY_TURN]
    for right, down, factor in _VARIANTS:
        x, y = (box.x0 + box.x1) / 2 + right * width, (box.y0 + box.y1) / 2 + down * height
        w, h = width * factor / 2, height * factor / 2
        boxes.append(replace(box, x0=x - w, y0=y - h, x1=x + w, y1=y + h))
    return boxes


def upside_down_box(box: FaceBox, lean: float) -> FaceBox:
    """A given box for the same face standing on its head, if it was read with that lean."""
    return replace(box, roll=lean + math.pi)


def given_box(box: Sequence[float], photo: Photo) -> FaceBox:
    """Check a user's box.

    Parameters
    ----------
    box : (x0, y0, x1, y1)
        Photo pixels.
    photo : Photo

    Returns
    -------
    FaceBox

    Raises
    ------
    OptionError
        It is not four numbers, too small, or outside the photo.
    """
    try:
        values = np.asarray(box, np.float64).ravel()
    except (TypeError, ValueError):
        values = np.empty(0)
    largest = _FARTHEST * max(photo.width, photo.height)
    if values.shape != (4,) or not (np.abs(values) <= largest).all():
        raise OptionError(
            "A box is four numbers, x0 y0 x1 y1, in pixels of the photo of {width} x "
            "{height}; found {box}.",
            width=photo.width,
            height=photo.height,
            box=str(box)[:80],
        )
    x0, y0, x1, y1 = values.tolist()
    if x1 - x0 < MIN_FACE_PIXELS or y1 - y0 < MIN_FACE_PIXELS:
        raise OptionError(
            "The box {x0:g} {y0:g} {x1:g} {y1:g} is {w:g} x {h:g} pixels; each side "
            "needs at least {limit} (x0 y0 is the upper left corner).",
            x0=x0,
            y0=y0,
            x1=x1,
            y1=y1,
            w=x1 - x0,
            h=y1 - y0,
            limit=MIN_FACE_PIXELS,
        )
    if x0 >= photo.width or y0 >= photo.height or x1 <= 0 or y1 <= 0:
        raise OptionError(
            "The box {x0:g} {y0:g} {x1:g} {y1:g} lies outside the photo of {width} x "
            "{height} pixels.",
            x0=x0,
            y0=y0,
            x1=x1,
            y1=y1,
            width=photo.width,
            height=photo.height,
        )
    return FaceBox(x0, y0, x1, y1, given=True)
