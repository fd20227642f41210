"""Images at places between their pixels."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

# How densely an image is sampled is looked at in this many places along the shorter side.
_DENSITY = 256


def sample(image: np.ndarray, at: np.ndarray, cubic: bool = True) -> np.ndarray:
    """An image at given places, averaged where it is finer than the places are dense.

    Parameters
    ----------
    image : (H, W) or (H, W, k), k <= 4, uint8 or float32
    at : (h, w, 2) float32
        (x, y) in the image's pixels, for neighbouring pixels of the result.
    cubic : bool
        Cubic where it is not averaged; else linear.

    Returns
    -------
    (h, w) or (h, w, k), the image's type
    """
    flag = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    image, at = _around(image, at)
    if at.size == 0:
        return np.zeros((*at.shape[:2], *image.shape[2:]), image.dtype)
    level = _levels(at)
    top = float(level.max())
    result = cv2.remap(image, at, None, flag, borderMode=cv2.BORDER_REPLICATE)
    number = 0
    while top > number and min(image.shape[:2]) > 1:
        number += 1
        height, width = ((n + 1) // 2 for n in image.shape[:2])
        stretch = np.array([width / image.shape[1], height / image.shape[0]], np.float32)
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        at = (at + np.float32(0.5)) * stretch - np.float32(0.5)
        coarse = cv2.remap(image, at, None, flag, borderMode=cv2.BORDER_REPLICATE)
        # Between two levels both count: no line shows where the texture starts to be averaged.
        share = (level - (number - 1)).clip(0, 1)
        result = cv2.blendLinear(coarse, result, share, 1 - share)
    return result


def _around(image: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of an image that `at` asks for, and `at` in its pixels."""
    if at.size == 0:
        return image[:1, :1], at
    size = np.array(image.shape[1::-1])
    low = np.floor([at[..., 0].min(), at[..., 1].min()]).astype(int) - 4
    low = np.minimum(low.clip(0), size - 1)
    high = np.ceil([at[..., 0].max(), at[..., 1].max()]).astype(int) + 5
    high = np.maximum(np.minimum(high, size), low + 1)
    part = image[low[1] : high[1], low[0] : high[0]]
    return np.ascontiguousarray(part), at - low.astype(np.float32)


def _levels(at: np.ndarray) -> np.ndarray:
    """(h, w) float32: how often the image has to be halved so that no pixel of it is skipped."""
    height, width = at.shape[:2]
    step = max(1, min(height, width) // _DENSITY)
    x, y = (np.pad(at[::step, ::step, k], 1, mode="reflect", reflect_type="odd") for k in (0, 1))
    right = x[1:-1, 2:] - x[1:-1, 1:-1], y[1:-1, 2:] - y[1:-1, 1:-1]
    down = x[2:, 1:-1] - x[1:-1, 1:-1], y[2:, 1:-1] - y[1:-1, 1:-1]
    # The root of the area. Up to two of its pixels for one of the result are left to cubic
    # sampling, which meets them all: averaging them would blur what a texture holds of its photo.
    area = np.abs(right[0] * down[1] - right[1] * down[0]) / np.float32(step * step)
    # Steps of an edge between two surfaces are no density.
    area = cv2.erode(area, np.ones((5, 5), np.uint8))
    level = (np.log2(np.maximum(area, 1e-6)) / 2 - 1).clip(0, 12).astype(np.float32)
    return level if step == 1 else cv2.resize(level, (width, height))


def sample_rgba(texture: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colour (h, w, 3) uint8 and alpha (h, w) float32 of a texture with transparent parts.

    Colours are weighted by their alpha: what is transparent lends its colour to nothing.
    """
    texture, at = _around(texture, at)
    alpha = texture[..., 3].astype(np.float32) / 255
    seen = sample(alpha, at, cubic=False)
    colour = sample(texture[..., :3], at)
    part = (seen > 0) & (seen < 1)
    if part.any():
        mixed = sample(texture[..., :3] * alpha[..., None], at, cubic=False)
        whole = mixed / np.maximum(seen, 1e-6)[..., None]
        colour[part] = (whole[part].clip(0, 255) + 0.5).astype(np.uint8)
    return colour, seen
