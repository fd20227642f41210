"""A picture of what a swap has left as it was, a colour for each reason."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..face.face import Face
from ..texture.fragments import rasterize_face
from ..typed import Pixels
from .reasons import REASONS
from .result import SwapResult

_LARGEST = 1024
"""Pixels: the longer side of the picture at most; it is looked at, not worked on."""
_AROUND = 0.3
"""Share of the face's size that is shown around it."""
_TINT = 0.65
"""How much of a colour covers the photo, which has to stay recognisable below."""
_PALE = 0.5
"""How much of its own colours the photo keeps, so that it is not taken for a reason's."""


def left_out_picture(target: Face, result: SwapResult) -> Pixels:
    """Draw over the target's photo what a swap has left as it was.

    Parameters
    ----------
    target : Face
    result : SwapResult
        A swap of that face.

    Returns
    -------
    (h, w, 3) uint8 sRGB
        The face and a little around it, at most 1024 pixels a side. See `reasons.REASONS`.
    """
    photo = target.photo
    everywhere = target.layout.mask
    fragments = rasterize_face(target.geometry, everywhere, target.position_map, margin=0)
    around = round(_AROUND * target.size)
    x0, y0, x1, y1 = fragments.region
    left, top = max(0, x0 - around), max(0, y0 - around)
    right, bottom = min(photo.width, x1 + around), min(photo.height, y1 + around)
    picture = photo.pixels[top:bottom, left:right]
    scale = min(1.0, _LARGEST / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    shown = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    grey = cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY)[..., None]
    shown = grey + _PALE * (shown - grey)
    for one in result.left_out:
        share = np.zeros(picture.shape[:2], np.float32)
        share[y0 - top : y1 - top, x0 - left : x1 - left] = (
            fragments.look_up(one.mask) * fragments.coverage
        )
        share = _TINT * cv2.resize(share, size, interpolation=cv2.INTER_AREA)[..., None]
        colour = np.array(REASONS[one.reason].rgb, np.float32)
        shown += (colour - shown) * share
    return (shown.clip(0, 255) + 0.5).astype(np.uint8)
