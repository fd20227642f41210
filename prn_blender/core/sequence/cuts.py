"""Tell where a shot cuts: frames that look quite unlike the one before."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from ..typed import Pixels

# Pixels of the thumbnails that are compared: people and cameras that move change little of them.
_SIZE = (48, 27)
# Pixels of the frame along each of a thumbnail's that are averaged, at least.
_SAMPLES = 6
# Levels, 0..255, mean difference of two thumbnails: less than the first is no cut, ...
_LEAST = 14.0
# ... and neither is less than this many times what the frames before it differed: a camera that
# swings, a flickering light.
_LEAP = 3.0
_REMEMBERED = 12


class CutDetector:
    """Compares each frame with the one before.

    It errs on the side of cuts: after one the faces are looked for again, which takes a moment and
    changes nothing where they are still there.
    """

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._differences: deque[float] = deque(maxlen=_REMEMBERED)

    def __call__(self, pixels: Pixels) -> bool:
        """Whether a frame (H, W, 3) uint8 comes after a cut; the first one does not."""
        step = max(1, pixels.shape[1] // (_SAMPLES * _SIZE[0]))  # averaging every pixel takes 2 ms
        small = cv2.resize(pixels[::step, ::step], _SIZE, interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        last, self._last = self._last, small
        if last is None:
            return False
        difference = float(np.abs(small - last).mean())
        usual = float(np.median(self._differences)) if self._differences else 0.0
        self._differences.append(difference)
        is_cut = difference > max(_LEAST, _LEAP * usual)
        if is_cut:
            self._differences.clear()
        return is_cut
