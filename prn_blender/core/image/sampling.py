"""Look pictures up at places between their pixels, averaged where that shrinks them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..typed import Matte, Pixels, Texture

# Places along the shorter side of the result at which it is measured how much the picture shrinks.
# That changes slowly over a face, so it need not be known for each pixel.
_DENSITY = 256
# Pixels of the picture, beyond the outermost place that is asked for, which sampling can touch:
# a cubic kernel reaches two pixels to either side.
_MARGIN = 4
# Most halvings of the picture that are ever wanted.
_MAX_LEVEL = 12


def sample(image: np.ndarray, at: np.ndarray, cubic: bool = True) -> np.ndarray:
    """Look a picture up at given places.

    Where neighbouring pixels of the result lie more than two pixels of the picture apart, the
    picture is averaged first, as with mipmaps: plain interpolation would skip pixels, and the
    result would be noisy.

    Parameters
    ----------
    image : (H, W) or (H, W, k), k <= 4, uint8 or float32
    at : (h, w, 2) float32
        (x, y) in pixels of `image` for each pixel of the result. Places outside get the colour of
        the picture's border.
    cubic : bool
        Interpolate cubically; else linearly.

    Returns
    -------
    (h, w) or (h, w, k)
        Of the type of `image`.
    """
    interpolation = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    image, at = _needed_part(image, at)
    if at.size == 0:
        return np.zeros((*at.shape[:2], *image.shape[2:]), image.dtype)
    level = _mip_levels(at)
    top = float(level.max())
    result = cv2.remap(image, at, None, interpolation, borderMode=cv2.BORDER_REPLICATE)
    number = 0
    while top > number and min(image.shape[:2]) > 1:
        number += 1
        height, width = ((n + 1) // 2 for n in image.shape[:2])
        stretch = np.array([width / image.shape[1], height / image.shape[0]], np.float32)
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        at = (at + np.float32(0.5)) * stretch - np.float32(0.5)
        coarse = cv2.remap(image, at, None, interpolation, borderMode=cv2.BORDER_REPLICATE)
        # Trilinear: neighbouring levels are mixed, so no line shows where averaging begins.
        share = (level - (number - 1)).clip(0, 1)
        result = cv2.blendLinear(coarse, result, share, 1 - share)
    return result


def sample_rgba(texture: Texture, at: np.ndarray) -> tuple[Pixels, Matte]:
    """Look up a texture that has transparent parts, see `sample`.

    Parameters
    ----------
    texture : (N, N, 4) uint8
        Straight alpha.
    at : (h, w, 2) float32
        (x, y) in texels.

    Returns
    -------
    colour : (h, w, 3) uint8
        Averages are weighted by alpha: transparent texels lend their colour to nothing.
    alpha : (h, w) float32
        0..1.
    """
    texture, at = _needed_part(texture, at)
    alpha = texture[..., 3].astype(np.float32) / 255
    matte = sample(alpha, at, cubic=False)
    colour = sample(texture[..., :3], at)
    partly = (matte > 0) & (matte < 1)
    if partly.any():
        premultiplied = sample(texture[..., :3] * alpha[..., None], at, cubic=False)
        straight = premultiplied / np.maximum(matte, 1e-6)[..., None]
        colour[partly] = (straight[partly].clip(0, 255) + 0.5).astype(np.uint8)
    return colour, matte


def _needed_part(image: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut out the part of a picture that `at` asks for; return it, and `at` in its pixels."""
    if at.size == 0:
        return image[:1, :1], at
    size = np.array(image.shape[1::-1])
    low = np.floor([at[..., 0].min(), at[..., 1].min()]).astype(int) - _MARGIN
    low = np.minimum(low.clip(0), size - 1)
    high = np.ceil([at[..., 0].max(), at[..., 1].max()]).astype(int) + _MARGIN + 1
    high = np.maximum(np.minimum(high, size), low + 1)
    part = image[low[1] : high[1], low[0] : high[0]]
    return np.ascontiguousarray(part), at - low.astype(np.float32)


def _mip_levels(at: np.ndarray) -> np.ndarray:
    """(h, w) float32: how often the picture has to be halved so that no pixel is skipped."""
    height, width = at.shape[:2]
    step = max(1, min(height, width) // _DENSITY)
    x, y = (np.pad(at[::step, ::step, k], 1, mode="reflect", reflect_type="odd") for k in (0, 1))
    right = x[1:-1, 2:] - x[1:-1, 1:-1], y[1:-1, 2:] - y[1:-1, 1:-1]
    down = x[2:, 1:-1] - x[1:-1, 1:-1], y[2:, 1:-1] - y[1:-1, 1:-1]
    # Area of the picture, in its pixels, for each pixel of the result.
    area = np.abs(right[0] * down[1] - right[1] * down[0]) / np.float32(step * step)
    # Between two surfaces places leap; that is no sign of shrinking.
    area = cv2.erode(area, np.ones((5, 5), np.uint8))
    # The scale is the root of the area. One level less than its logarithm: cubic sampling still
    # meets every pixel at a scale of two, and averaging there would blur what a texture holds of
    # its photo.
    level = (np.log2(np.maximum(area, 1e-6)) / 2 - 1).clip(0, _MAX_LEVEL).astype(np.float32)
    return level if step == 1 else cv2.resize(level, (width, height))
