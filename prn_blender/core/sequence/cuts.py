"""Tell where a shot cuts, and where something in it only moves.

Frames that look quite unlike the one before may come after a cut; or the camera swings, somebody
walks out of the picture, a hand passes by. After a cut hardly any part of the picture is anywhere
near in the frame before, nor the other way round; all else leaves half of the parts or more.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import deque
from typing import Literal

import cv2
import numpy as np

from ..typed import Pixels

# Pixels of the thumbnails that are compared: people and cameras that move change little of them.
_SIZE = (48, 27)
# Pixels of the frame along each of a thumbnail's that are averaged, at least.
_SAMPLES = 6
# Levels, 0..255, mean difference of two thumbnails: less than the first is no change, ...
_LEAST = 14.0
# ... and neither is less than this many times what the frames before it differed: a flickering
# light.
_LEAP = 3.0
_REMEMBERED = 12
# Thumbnails' pixels: size of the parts that are looked for, and how far to the sides and up and
# down. A fifth of the picture's width in one frame is a camera that swings fast.
_PART, _REACH = (8, 9), (10, 3)
# Levels, root mean square: a part that differs by less is there, or by less than this share of its
# own contrast. Both thumbnails are blurred by so many pixels: motion is no whole number of them.
_SAME, _SHARE, _BLUR = 8.0, 0.25, 1.0
# Share of the parts that are there. Of made frames cuts to another photo have at most 0.33 (43;
# median 0), to a closer look at the same one 0.31 in the median (43; some are taken for motion);
# fast pans at least 0.64 (336), people who leave and things that pass by at least 0.5 (156).
_KEPT = 0.42

Change = Literal["none", "motion", "cut"]
"""What a frame is to the one before: much like it, unlike it though parts of it were there, or of
another picture."""


class CutDetector:
    """Compares each frame with the one before."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._differences: deque[float] = deque(maxlen=_REMEMBERED)

    def __call__(self, pixels: Pixels) -> Change:
        """What a frame (H, W, 3) uint8 is to the one before; "none" of the first one."""
        step = max(1, pixels.shape[1] // (_SAMPLES * _SIZE[0]))  # averaging every pixel takes 2 ms
        small = cv2.resize(pixels[::step, ::step], _SIZE, interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        last, self._last = self._last, small
        if last is None:
            return "none"
        difference = float(np.abs(small - last).mean())
        usual = float(np.median(self._differences)) if self._differences else 0.0
        self._differences.append(difference)
        if difference <= max(_LEAST, _LEAP * usual):
            return "none"
        soft = [cv2.GaussianBlur(each, (0, 0), _BLUR) for each in (last, small)]
        if (_kept(*soft) + _kept(*soft[::-1])) / 2 >= _KEPT:
            return "motion"
        self._differences.clear()
        return "cut"


def _kept(last: np.ndarray, now: np.ndarray) -> float:
    """Share of the parts of a thumbnail that another one has nearby."""
    (width, height), (right, down) = _PART, _REACH
    around = cv2.copyMakeBorder(last, down, down, right, right, cv2.BORDER_REFLECT)
    kept = []
    for y in range(0, now.shape[0], height):
        for x in range(0, now.shape[1], width):
            part = now[y : y + height, x : x + width]
            where = around[y : y + height + 2 * down, x : x + width + 2 * right]
            away = cv2.matchTemplate(where, part, cv2.TM_SQDIFF).min() / part.size
            contrast = float(part.std(axis=(0, 1)).mean())
            kept.append(away < max(_SAME, _SHARE * contrast) ** 2)
    return float(np.mean(kept))
