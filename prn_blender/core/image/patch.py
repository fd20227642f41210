"""A rendered face: the part of a photo that it covers, its colours and its matte."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..typed import Matte, Pixels


@dataclass(frozen=True, eq=False)
class RenderedFace:
    """A texture as the photo's camera sees it, ready to be blended into the photo.

    Attributes
    ----------
    region : (x0, y0, x1, y1)
        The part of the photo it covers, pixels; x1 and y1 are excluded.
    colour : (h, w, 3) uint8 sRGB
        Defined in the whole region: beside the face its border is continued.
    matte : (h, w) float32
        0..1: how much of it the picture is to show. Coverage times alpha times mask.
    meets : (h, w) bool or None
        Pixels at which face and photo show the same thing, skin on skin, so that blending may
        make their colours meet there. False at hair, at teeth, and where the photo shows what
        lies behind the face. None stands for all pixels.
    reach : float or None
        Pixels from there over which the face takes on the photo's colours. None: without bound.
    """

    region: tuple[int, int, int, int]
    colour: Pixels
    matte: Matte
    meets: np.ndarray | None = None
    reach: float | None = None

    def crop(self, picture: np.ndarray) -> np.ndarray:
        """The part of `picture` (H, W, ...) that the region covers; a view, not a copy."""
        x0, y0, x1, y1 = self.region
        return picture[y0:y1, x0:x1]

    def full_matte(self, width: int, height: int) -> np.ndarray:
        """(height, width) uint8: the matte, 0..255, in a photo of this size."""
        full = np.zeros((height, width), np.uint8)
        self.crop(full)[:] = (self.matte * 255 + 0.5).astype(np.uint8)
        return full
