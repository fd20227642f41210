"""How strong the errors of JPEG's blocks are in a picture, by the picture alone."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..typed import Pixels

_BLOCK = 8  # pixels along a side of JPEG's blocks
# Side of a picture, pixels, from which on it tells.
_LEAST = 4 * _BLOCK
# Per cent of the differences, from the smallest on: contours of things are no block's edges.
_USUAL = 80
# Times the usual difference between neighbours that it has to be at blocks' edges.
_STANDS_OUT = 1.15


def block_errors(picture: Pixels) -> float:
    """Estimate the errors of lossy compression.

    Parameters
    ----------
    picture : (h, w, 3) uint8
        A part of a photo. Its blocks may begin anywhere.

    Returns
    -------
    float
        Standard deviation, levels of brightness; 0 where no blocks stand out.
    """
    if min(picture.shape[:2]) < _LEAST:
        return 0.0
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    found = []
    for values in (grey, grey.T):
        steps = np.abs(np.diff(values, axis=1))
        usual = np.minimum(steps, np.percentile(steps, _USUAL) + 1)
        levels = np.array([usual[:, k::_BLOCK].mean() for k in range(_BLOCK)])
        others = float(np.median(levels))
        if levels.max() > _STANDS_OUT * others:
            found.append(float(levels.max()) - others)
    # A step between two blocks has the errors of both.
    return float(np.mean(found)) if len(found) == 2 else 0.0
