"""What EXIF tells about a photo: its orientation and its focal length."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import math
from typing import Any

from PIL import Image

# Tags of Exif 2.32; that of the orientation belongs to TIFF's own.
EXIF_IFD = 0x8769
ORIENTATION = 0x0112
_FOCAL_LENGTH = 0x920A
_FOCAL_LENGTH_35MM = 0xA405
_FOCAL_PLANE_X_RESOLUTION = 0xA20E
_FOCAL_PLANE_UNIT = 0xA210
_PIXEL_X_DIMENSION = 0xA002

DIAGONAL_35MM = math.hypot(36.0, 24.0)
"""Millimetres: diagonal of the 36 x 24 mm frame to which 35 mm equivalents refer."""
# Millimetres of the units that EXIF's focal plane resolution can have (2: inch, 3: cm, 4: mm).
_FOCAL_PLANE_UNITS = {2: 25.4, 3: 10.0, 4: 1.0}
_INCH = 25.4
# Focal lengths, in diagonals of the picture, between a fisheye and a telescope. Anything else
# comes from a camera that writes nonsense.
_FOCAL_BOUNDS = (0.2, 50)


def read_exif(image: Any) -> dict[int, Any]:
    """Read what EXIF says of a picture.

    Parameters
    ----------
    image : PIL.Image.Image

    Returns
    -------
    dict of int to object
        The tags of the Exif block, and `ORIENTATION`. Empty if they are damaged.
    """
    tags: dict[int, Any] = {}
    with contextlib.suppress(Exception):  # damaged EXIF must not cost the user the photo
        # Not the PNG reader's own, which decodes the whole picture to look behind it.
        exif = Image.Image.getexif(image)
        if EXIF_IFD in exif:
            tags.update(exif.get_ifd(EXIF_IFD))
        tags[ORIENTATION] = exif.get(ORIENTATION, 1)
    return tags


def focal_length(exif: dict[int, Any], width: int, height: int) -> float | None:
    """Find the focal length of a picture.

    Parameters
    ----------
    exif : dict of int to object
        From `read_exif`.
    width, height : int
        Size of the picture, pixels.

    Returns
    -------
    float or None
        Pixels; None if EXIF does not tell it.

    Notes
    -----
    Exif 2.32: the 35 mm equivalent relates the diagonal of the picture to that of a 36 x 24 mm
    frame. Without that tag the focal length in mm is used, with the sensor's pixels per unit of
    length.
    """

    def number(tag: int) -> float:
        try:
            value = float(exif.get(tag, 0))
        except (TypeError, ValueError, ZeroDivisionError):
            return 0.0
        return value if math.isfinite(value) else 0.0

    diagonal = math.hypot(width, height)
    pixels = number(_FOCAL_LENGTH_35MM) / DIAGONAL_35MM * diagonal
    if not pixels:
        unit = _FOCAL_PLANE_UNITS.get(int(number(_FOCAL_PLANE_UNIT)), _INCH)
        # The resolution refers to the picture as the camera stored it, which may have been larger.
        stored = number(_PIXEL_X_DIMENSION) or max(width, height)
        per_mm = number(_FOCAL_PLANE_X_RESOLUTION) / unit * max(width, height) / stored
        pixels = number(_FOCAL_LENGTH) * per_mm
    least, most = (bound * diagonal for bound in _FOCAL_BOUNDS)
    return pixels if least < pixels < most else None
