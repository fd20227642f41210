"""Unwrap the photo into UV space; fill what it does not show."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math

import cv2
import numpy as np

from ..choices import TextureSize
from ..errors import OptionError
from ..geometry.face_geometry import FaceGeometry
from ..image.bands import bands
from ..image.diffusion import push_pull
from ..photo.photo import Photo

MIN_SIZE, MAX_SIZE = 16, 8192
_MAX_AUTO = 4096
# Texels along a side. The fill is smooth: it is computed at most at the first size, from every n-th
# texel of a texture larger than the second, and stretched.
_FILL_SIZE = 256
_FILL_FROM = 1024
# Share of the texture's side: this close to its rim a texel may show the photo's background.
_RIM = 1 / 128
# Share of the face's size: a good reconstruction misses the outline by this much.
_OUTLINE = 0.015
# Texels worked on at once, to bound memory at 8192 x 8192.
BAND_TEXELS = 2**22


def unwrap(photo: Photo, face: FaceGeometry, size: int) -> np.ndarray:
    """The photo in the layout's UV space, see `Face.texture`.

    Parameters
    ----------
    photo : Photo
    face : FaceGeometry
        Of a face in that photo.
    size : int
        Side in texels.

    Returns
    -------
    (size, size, 4) uint8 sRGB, RGBA
    """
    texture = np.empty((size, size, 4), np.uint8)
    source, positions = _source(photo, face, size)
    shown = _trusted(face)
    for v in bands(size, size, BAND_TEXELS):
        colour = cv2.remap(
            source,
            stretch(positions, size, v),
            None,
            cv2.INTER_CUBIC,  # rendered back, the photo stays twice as close as with linear
            borderMode=cv2.BORDER_REPLICATE,
        )
        # 2 s - 1: from the rim of what is shown inwards, so alpha never reaches a hidden texel.
        share = stretch(shown, size, v)
        alpha = cv2.addWeighted(share, 510.0, share, 0.0, -255.0, dtype=cv2.CV_8U)
        cv2.mixChannels([colour, alpha], [texture[v]], [0, 0, 1, 1, 2, 2, 3, 3])
    fill_hidden(texture)
    return texture


def _trusted(face: FaceGeometry) -> np.ndarray:
    """(S, S) float32: visible texels but for those beside a hidden one or on the outline.

    A texel at the silhouette is half background: its colour would show as an arc around the fill.
    """
    shown = face.visibility & (face.depth_inside > _OUTLINE * face.size)
    inner = cv2.erode((shown | ~face.layout.mask).astype(np.uint8), np.ones((3, 3), np.uint8))
    return (inner * shown).astype(np.float32)


def texture_size(face: FaceGeometry, size: TextureSize = "auto") -> int:
    """The side a texture will have: `size` checked, "auto" decided.

    "auto" is the power of two at which most visible texels are at most half a pixel of the photo,
    so that nothing is lost on the way to the texture and back.

    Raises
    ------
    OptionError
        `size` is neither "auto" nor a number from 16 to 8192.
    """
    if size == "auto":
        wanted = 2 * face.layout.size * _pixels_per_texel(face)
        return int(min(_MAX_AUTO, max(256, 2 ** math.ceil(math.log2(max(wanted, 1))))))
    if not isinstance(size, (int, np.integer)) or not MIN_SIZE <= size <= MAX_SIZE:
        raise OptionError(
            "The texture size is {size!r}; it can be auto or {min_size} to {max_size}.",
            size=size,
            min_size=MIN_SIZE,
            max_size=MAX_SIZE,
        )
    return int(size)


def _pixels_per_texel(face: FaceGeometry) -> float:
    """Photo pixels between neighbouring texels where the face is visible, median."""
    xy = face.position_map[..., :2]
    both = face.visibility[1:, 1:] & face.visibility[:-1, :-1]
    if not both.any():
        return 1.0
    down = np.linalg.norm(xy[1:, 1:] - xy[:-1, 1:], axis=-1)[both]
    right = np.linalg.norm(xy[1:, 1:] - xy[1:, :-1], axis=-1)[both]
    return float(np.median(np.maximum(down, right)))


def _source(photo: Photo, face: FaceGeometry, size: int) -> tuple[np.ndarray, np.ndarray]:
    """What to sample and where.

    Returns
    -------
    region : (h, w, 3) uint8
        The part of the photo around the face, averaged where it is finer than the texture.
    positions : (S, S, 2) float32
        Where each texel lies in it, its pixels.
    """
    low = np.floor(face.vertices[:, :2].min(axis=0)).astype(int) - 2
    high = np.ceil(face.vertices[:, :2].max(axis=0)).astype(int) + 3
    bounds = np.array([photo.width, photo.height])
    low = np.minimum(low.clip(0), bounds - 1)
    high = np.maximum(high.clip(0), low + 1)
    region = photo.pixels[low[1] : high[1], low[0] : high[0]]
    finer = _pixels_per_texel(face) * face.layout.size / size
    height, width = region.shape[:2]
    # Less than half as fine again, bilinear sampling still meets every pixel.
    if finer > 1.5:
        small = (max(1, round(width / finer)), max(1, round(height / finer)))
        region = cv2.resize(region, small, interpolation=cv2.INTER_AREA)
    shrink = np.array([width / region.shape[1], height / region.shape[0]])
    # (x + 0.5) of pixel centres scales; the centres themselves do not.
    positions = (face.extended_position_map[..., :2] - low + 0.5) / shrink - 0.5
    return np.ascontiguousarray(region), positions.astype(np.float32)


def stretch(values: np.ndarray, size: int, rows: slice) -> np.ndarray:
    """Some rows of `values` (S, S[, k]) resampled bilinearly to size x size; centres kept."""
    s = values.shape[0]
    at = ((np.arange(rows.start, rows.stop) + 0.5) * s / size - 0.5).clip(0, s - 1)
    above = np.floor(at).astype(int)
    below = np.minimum(above + 1, s - 1)
    share = (at - above).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    band = values[above] * (1 - share) + values[below] * share
    band = cv2.resize(band, (size, len(at)), interpolation=cv2.INTER_LINEAR)
    return (band + 0.5).astype(np.uint8) if values.dtype == np.uint8 else band


def fill_hidden(texture: np.ndarray) -> None:
    """Give every texel a colour: where alpha is below 1 the surrounding skin's, smoothly."""
    size = texture.shape[0]
    if int(texture[..., 3].min()) == 255:
        return
    step = max(1, size // _FILL_FROM)
    colour, weight = _split(texture[step // 2 :: step, step // 2 :: step])
    # Not from the very rim: the photo's background shines in there, and sampling overshoots.
    reach = 2 * max(1, round(_RIM * len(weight))) + 1
    inner = cv2.erode(weight, np.ones((reach, reach), np.uint8))
    weight = inner if inner.any() else weight
    weighted = cv2.multiply(colour, cv2.merge([weight] * 3), scale=1 / 255)
    side = min(_FILL_SIZE, len(weight))
    known = cv2.resize(cv2.merge([weighted, weight]), (side, side), interpolation=cv2.INTER_AREA)
    known = known.astype(np.float32)
    known[..., 3] /= 255
    fill = (push_pull(known).clip(0, 255) + 0.5).astype(np.uint8)
    for rows in bands(size, size, BAND_TEXELS):
        band = texture[rows]
        smooth = stretch(fill, size, rows)
        colour, alpha = _split(band)
        share = alpha.astype(np.float32) * np.float32(1 / 255)
        colour = cv2.blendLinear(colour, smooth, share, 1 - share)
        cv2.mixChannels([colour], [band], [0, 0, 1, 1, 2, 2])


def _split(rgba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(colour (H, W, 3), alpha (H, W)) of an (H, W, 4) image, each contiguous."""
    rgba = np.ascontiguousarray(rgba)
    return cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), cv2.extractChannel(rgba, 3)
