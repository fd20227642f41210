"""Unwrap a photo into UV space, and fill the texels that it does not show."""
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
from ..typed import Pixels, PositionMap, TexelMap, Texture

# Texels along the side of a texture.
MIN_SIZE = 16
MAX_SIZE = 8192
# The size "auto" is within these bounds.
_MIN_AUTO = 256
_MAX_AUTO = 4096
# The fill is smooth, so it is computed at this size at most, and stretched. ...
_FILL_SIZE = 256
# ... It is computed from every n-th texel of a texture that is larger than this.
_FILL_FROM = 1024
BAND_TEXELS = 2**22
"""Texels that are worked on at once: this bounds the memory at 8192 x 8192."""

# Share of the texture's side: this close to where the known texels end, they may show the photo's
# background.
_RIM = 1 / 128
# Share of the face's size: even a good reconstruction misses the outline by this much.
_OUTLINE = 0.015
# Pixels of the photo around the face that sampling may touch.
_MARGIN = 2
# Photo pixels per texel from which on the photo is averaged before it is sampled. Below, cubic
# sampling still meets every pixel.
_AVERAGE_FROM = 1.5
# From here on by a whole number: OpenCV does so in a third of the time that other factors take.
_WHOLE_FROM = 4


def unwrap(
    photo: Photo,
    face: FaceGeometry,
    size: int,
    shown: TexelMap | None = None,
    fill: Pixels | None = None,
) -> Texture:
    """Unwrap a photo into the layout's UV space, see `Face.texture`.

    Parameters
    ----------
    photo : Photo
    face : FaceGeometry
        Of a face in that photo.
    size : int
        Side of the texture in texels.
    shown : (S, S) float32, optional
        0..1: how far the photo shows each texel of the map; by default what the geometry tells.
    fill : (S, S, 3) uint8 sRGB, optional
        Colours where it does not; by default those around, continued smoothly.

    Returns
    -------
    (size, size, 4) uint8 sRGB
        Alpha is 0 where the photo does not show the face; colours are continued there.
    """
    texture = np.empty((size, size, 4), np.uint8)
    source, positions = photo_source(photo, face, size)
    # Alpha is 2 share - 1: it falls to 0 half a texel of the map before a hidden texel, and so
    # never reaches one. A soft share does so by itself.
    share, gain = (_trusted(face), 2) if shown is None else (shown, 1)
    for v in bands(size, size, BAND_TEXELS):
        colour = cv2.remap(
            source,
            stretch(positions, size, v),
            None,
            # Rendered back, the photo comes out twice as close as with linear interpolation.
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        alpha = (stretch(share, size, v) * (255.0 * gain) - 255.0 * (gain - 1)).clip(0, 255)
        if fill is not None:
            known = alpha.astype(np.float32) / 255
            colour = cv2.blendLinear(colour, stretch(fill, size, v), known, 1 - known)
        alpha = (alpha + 0.5).astype(np.uint8)
        cv2.mixChannels([colour, alpha], [texture[v]], [0, 0, 1, 1, 2, 2, 3, 3])
    if fill is None:
        fill_hidden(texture)
    return texture


def _trusted(face: FaceGeometry) -> TexelMap:
    """(S, S) float32: 1 for visible texels that lie neither beside a hidden one nor at the outline.

    A texel at the outline is half background. Its colour would show as an arc around the fill.
    """
    shown = face.visibility & (face.depth_inside > _OUTLINE * face.size)
    inner = cv2.erode((shown | ~face.layout.mask).astype(np.uint8), np.ones((3, 3), np.uint8))
    return (inner * shown).astype(np.float32)


def texture_size(face: FaceGeometry, size: TextureSize = "auto") -> int:
    """Decide the side of a face's texture.

    Parameters
    ----------
    face : FaceGeometry
    size : int or "auto"
        "auto" is the power of two, from 256 to 4096, at which most visible texels cover at most
        half a pixel of the photo. Nothing is lost then on the way to the texture and back.

    Returns
    -------
    int
        Texels.

    Raises
    ------
    OptionError
        `size` is neither "auto" nor a number from 16 to 8192.
    """
    if size == "auto":
        wanted = 2 * face.layout.size * face.pixels_per_texel
        return int(min(_MAX_AUTO, max(_MIN_AUTO, 2 ** math.ceil(math.log2(max(wanted, 1))))))
    if not isinstance(size, (int, np.integer)) or not MIN_SIZE <= size <= MAX_SIZE:
        raise OptionError(
            "The texture size is {size!r}; it can be auto or {min_size} to {max_size}.",
            size=size,
            min_size=MIN_SIZE,
            max_size=MAX_SIZE,
        )
    return int(size)


def photo_source(
    photo: Photo, face: FaceGeometry, size: int, place: PositionMap | None = None
) -> tuple[Pixels, np.ndarray]:
    """Prepare what a texture samples, and where.

    Parameters
    ----------
    photo : Photo
    face : FaceGeometry
        Of a face in that photo.
    size : int
        Side of the texture in texels.
    place : (S, S, 3) float32, optional
        Where the photo has each texel, photo pixels; by default the face's own places.

    Returns
    -------
    region : (h, w, 3) uint8
        The part of the photo around the face, averaged if it is much finer than the texture.
    positions : (S, S, 2) float32
        (x, y) of each texel of the map, in pixels of that part.
    """
    place = face.extended_position_map if place is None else place
    vertices = place.reshape(-1, 3)[face.layout.texels]
    low = np.floor(vertices[:, :2].min(axis=0)).astype(int) - _MARGIN
    high = np.ceil(vertices[:, :2].max(axis=0)).astype(int) + _MARGIN + 1
    bounds = np.array([photo.width, photo.height])
    low = np.minimum(low.clip(0), bounds - 1)
    finer = face.pixels_per_texel * face.layout.size / size
    factor = int(finer)
    if factor >= _WHOLE_FROM:
        high = low + -((low - high) // factor) * factor
    high = np.maximum(high.clip(0), low + 1)
    region = photo.pixels[low[1] : high[1], low[0] : high[0]]
    height, width = region.shape[:2]
    if factor >= _WHOLE_FROM and min(height, width) >= factor:
        small = (width // factor, height // factor)
        width, height = small[0] * factor, small[1] * factor  # the rest is the photo's border
        region = cv2.resize(region[:height, :width], small, interpolation=cv2.INTER_AREA)
    elif finer > _AVERAGE_FROM:
        small = (max(1, round(width / finer)), max(1, round(height / finer)))
        region = cv2.resize(region, small, interpolation=cv2.INTER_AREA)
    shrink = np.array([width / region.shape[1], height / region.shape[0]])
    # Pixel centres lie at integers, so it is x + 0.5 that scales.
    positions = (place[..., :2] - low + 0.5) / shrink - 0.5
    return np.ascontiguousarray(region), positions.astype(np.float32)


def stretch(values: np.ndarray, size: int, rows: slice, columns: slice | None = None) -> np.ndarray:
    """Resample a map bilinearly to another size, but only some of the result.

    Parameters
    ----------
    values : (S, S) or (S, S, k) uint8 or float32
    size : int
        Side of the whole result, texels.
    rows : slice
        The rows that are wanted.
    columns : slice, optional
        The columns, from `column_tiles`; by default all.

    Returns
    -------
    (rows, columns) or (rows, columns, k)
        Of the type of `values`. Texel centres scale, as in ``cv2.resize``.
    """
    s = values.shape[0]
    if columns is not None:
        unit = s // math.gcd(s, size)  # texels of the map that are a whole number of the result's
        first = max(columns.start * s // size - unit, 0)
        last = min(columns.stop * s // size + unit, s)
        wide = _stretch_rows(values[:, first:last], size, rows, (last - first) * size // s)
        start = columns.start - first * size // s
        return wide[:, start : start + columns.stop - columns.start]
    return _stretch_rows(values, size, rows, size)


def column_tiles(size: int, map_size: int, width: int) -> list[slice]:
    """Columns of a texture that `stretch` makes without the others: some `width` texels wide."""
    unit = map_size // math.gcd(map_size, size)
    step = unit * max(1, round(width * map_size / size / unit))
    return [
        slice(first * size // map_size, min(first + step, map_size) * size // map_size)
        for first in range(0, map_size, step)
    ]


def _stretch_rows(values: np.ndarray, size: int, rows: slice, width: int) -> np.ndarray:
    """Some rows of a map (S, ...) that is stretched to `size` rows and `width` columns."""
    s = values.shape[0]
    at = ((np.arange(rows.start, rows.stop) + 0.5) * s / size - 0.5).clip(0, s - 1)
    above = np.floor(at).astype(int)
    below = np.minimum(above + 1, s - 1)
    share = (at - above).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    band = values[above] * (1 - share) + values[below] * share
    band = cv2.resize(band, (width, len(at)), interpolation=cv2.INTER_LINEAR)
    return (band + 0.5).astype(np.uint8) if values.dtype == np.uint8 else band


def fill_hidden(texture: Texture) -> None:
    """Give every texel a colour, in place.

    Parameters
    ----------
    texture : (N, N, 4) uint8 sRGB
        Where alpha is below 255 the colour is mixed with that of the known texels around, which
        is continued smoothly. Alpha stays.
    """
    size = texture.shape[0]
    if int(texture[..., 3].min()) == 255:
        return
    step = max(1, size // _FILL_FROM)
    colour, weight = _split(texture[step // 2 :: step, step // 2 :: step])
    # Texels at the border of what is known are left out: they show some background, and cubic
    # sampling overshoots there.
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
    """Split a picture (H, W, 4) into colour (H, W, 3) and alpha (H, W), both contiguous."""
    rgba = np.ascontiguousarray(rgba)
    return cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), cv2.extractChannel(rgba, 3)
