"""How much a photo says of a face: by its size, its sharpness, and how sure the network was."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..face.face import Face
from ..image.filters import ramp
from ..image.sharpness import sharpness

# Pixels, mean side of the landmarks' box: less than the first says next to nothing; the crop that
# the network sees has no more than the second.
_SIZES = (20.0, 120.0)
# Of `image.sharpness.sharpness`: out of focus, and as sharp as need be.
_SHARP = (0.07, 0.16)
# What every photo in which a face was found counts at least.
_LEAST = 0.05


@dataclass(frozen=True)
class PhotoQuality:
    """How good a photo of a face is.

    Attributes
    ----------
    confidence : float
        0..1, see `face.confidence`.
    size : float
        Of the face, photo pixels.
    sharpness : float
        See `image.sharpness.sharpness`.
    """

    confidence: float
    size: float
    sharpness: float

    @property
    def weight(self) -> float:
        """0..1: how much the photo counts beside others of the same person."""
        large = ramp(self.size, _SIZES)
        sharp = ramp(self.sharpness, _SHARP)
        return float(max(_LEAST, self.confidence * large * sharp))


def quality_of(face: Face) -> PhotoQuality:
    """Measure the quality of a face's photo."""
    x0, y0, x1, y1 = np.rint(face.box).astype(int)
    region = face.photo.pixels[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
    inside = np.ones(region.shape[:2], bool)
    sharp = sharpness(region, inside, face.size) if region.size else 0.0
    return PhotoQuality(float(face.confidence), float(face.size), sharp)
