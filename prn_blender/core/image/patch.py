"""A face as its photo's camera sees it, cut out: what blending puts into the photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RenderedFace:
    """A texture as the photo's camera sees it.

    Attributes
    ----------
    region : (x0, y0, x1, y1)
        The part of the photo it covers, pixels, x1 and y1 excluded.
    colour : (h, w, 3) uint8 sRGB
        Defined in the whole region; what lies off the face continues its rim.
    matte : (h, w) float32
        0..1: how much of it the picture shows; coverage times the texture's alpha times a mask.
    meets : (h, w) bool or None
        Where it shows the same thing as the photo (skin on skin), so that the two can be made to
        meet there. Not at hair, teeth or what lies behind the face. None: everywhere.
    reach : float or None
        Pixels from such places within which it takes on the photo's colours; None: everywhere.
    """

    region: tuple[int, int, int, int]
    colour: np.ndarray
    matte: np.ndarray
    meets: np.ndarray | None = None
    reach: float | None = None

    def crop(self, picture: np.ndarray) -> np.ndarray:
        """The view of `picture` (H, W, ...) that this covers."""
        x0, y0, x1, y1 = self.region
        return picture[y0:y1, x0:x1]

    def full_matte(self, width: int, height: int) -> np.ndarray:
        """(height, width) uint8: the matte of the whole photo."""
        full = np.zeros((height, width), np.uint8)
        self.crop(full)[:] = (self.matte * 255 + 0.5).astype(np.uint8)
        return full
