"""What somebody has drawn on a picture that the add-on made, carried over to another one."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

_DRAWN = 6
"""Levels of 8 bits by which a texel differs from the one made where somebody has drawn: codecs and
versions of OpenCV differ by less."""
_MOSTLY = 0.5
"""Share of the texels from which on a picture is no longer the one made with something drawn on it,
but another one."""
_RIM = 1.5
"""Texels over which what was drawn fades into the new picture."""


def carried(own: np.ndarray, there: np.ndarray, new: np.ndarray) -> np.ndarray | None:
    """The new picture with what was drawn on the old one.

    Parameters
    ----------
    own : (H, W, C) uint8
        The old one as it was made.
    there : (H, W, C) uint8
        The old one as it is.
    new : (H, W, C) uint8

    Returns
    -------
    (H, W, C) uint8, or None
        None if the old one is another picture altogether.
    """
    if not own.shape == there.shape == new.shape:
        return None
    drawn = np.abs(there.astype(np.int16) - own).max(axis=-1) > _DRAWN
    if drawn.mean() > _MOSTLY:
        return None
    if not drawn.any():
        return new
    share = cv2.GaussianBlur(drawn.astype(np.float32), (0, 0), _RIM)
    share = np.maximum(share, drawn)[..., None]
    return np.asarray(new + share * (there - new.astype(np.float32)) + 0.5).astype(np.uint8)
