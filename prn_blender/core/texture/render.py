"""Any texture, drawn on a face's geometry at the photo's own resolution."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..errors import OptionError, Sentence
from ..face.face import Face
from ..geometry.lattice import nearest_inside
from ..geometry.rasterize import barycentric, rasterize
from ..image.filters import fading
from ..image.patch import RenderedFace
from ..image.sampling import sample, sample_rgba
from .unwrap import MAX_SIZE, MIN_SIZE

# Samples of the surface along the longer side of what is drawn: two for each texel of a map of
# 256. Between them coordinates are interpolated, which is exact within a triangle.
_SAMPLES = 512
# Samples per pixel and direction where the face is small: odd, so that one is the pixel's centre.
_FINER = 3
# Neighbouring samples further apart than this many steps of the usual size lie on two sides of
# an edge (nose before cheek).
_TORN = 8.0


def render_texture(face: Face, texture: np.ndarray, mask: np.ndarray | None = None) -> RenderedFace:
    """Draw a texture on a face's geometry, where and as large as the photo shows the face.

    Parameters
    ----------
    face : Face
        Geometry and photo. Its position map may be another one than the network's.
    texture : (N, N, 3) or (N, N, 4) uint8 sRGB
        In the layout's UV space, any N from 16 to 8192. Alpha is straight.
    mask : (M, M) float or uint8, optional
        In UV space too, 0..1 (uint8: 0..255): what of it is to be shown.

    Returns
    -------
    RenderedFace

    Raises
    ------
    OptionError
        The texture is no square of that kind.
    """
    check_texture(texture)
    soft = None if mask is None else unit(mask)
    surface = see(face, None if soft is None else shrink(soft, face.layout.size) > 0)
    at = surface.texture_coordinates(texture.shape[0])
    if texture.shape[2] == 4 and texture[..., 3].min() < 255:
        colour, alpha = sample_rgba(texture, at)
        matte = surface.coverage * alpha
    else:
        colour = sample(texture[..., :3], at)
        matte = surface.coverage
    if soft is not None:
        matte = matte * surface.look_up(soft)
    return RenderedFace(surface.region, colour, matte)


def check_texture(texture: np.ndarray, what: Sentence | None = None) -> None:
    """Refuse what is no texture.

    Raises
    ------
    OptionError
        It is not (N, N, 3) or (N, N, 4) uint8 with N from 16 to 8192.
    """
    what = what or Sentence("texture")
    shape = texture.shape
    if len(shape) != 3 or shape[2] not in (3, 4) or texture.dtype != np.uint8:
        raise OptionError(
            "The {what} is {shape} {dtype}; expected (N, N, 4) uint8.",
            what=what,
            shape=shape,
            dtype=texture.dtype,
        )
    if shape[0] != shape[1] or not MIN_SIZE <= shape[0] <= MAX_SIZE:
        raise OptionError(
            "The {what} has {width} x {height} texels; it has to be square, {min_size} "
            "to {max_size}.",
            what=what,
            width=shape[1],
            height=shape[0],
            min_size=MIN_SIZE,
            max_size=MAX_SIZE,
        )


def unit(mask: np.ndarray) -> np.ndarray:
    """A mask as float32 0..1."""
    if mask.dtype == np.uint8:
        return mask.astype(np.float32) * np.float32(1 / 255)
    return mask.astype(np.float32)


def shrink(mask: np.ndarray, size: int) -> np.ndarray:
    """(size, size): the largest value around each place, so that a mask's rim is not lost."""
    if mask.shape[0] > size:
        reach = 2 * (mask.shape[0] // size) + 1
        mask = cv2.dilate(mask, np.ones((reach, reach), np.uint8))
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_LINEAR)


@dataclass(frozen=True, eq=False)
class Surface:
    """Which place of a face the photo's camera sees at each pixel of a region.

    Attributes
    ----------
    region : (x0, y0, x1, y1)
        Photo pixels, x1 and y1 excluded.
    coverage : (h, w) float32
        0..1: share of the pixel that the face covers.
    """

    region: tuple[int, int, int, int]
    coverage: np.ndarray
    _pitch: int  # side of a sample's cell, pixels; 0 where there are _FINER samples per pixel
    _corners: np.ndarray  # (m, 3) texels of the triangles at the covered samples
    _weights: np.ndarray  # (m, 3)
    _nearest: np.ndarray  # (rows, columns) index into them of the nearest covered sample
    _torn: np.ndarray | None  # (h, w) bool: pixels between samples of two surfaces
    _size: int  # S

    def interpolate(self, values: np.ndarray) -> np.ndarray:
        """Values given per texel of the position map, at every pixel of the region.

        Parameters
        ----------
        values : (S, S) or (S, S, k) float32

        Returns
        -------
        (h, w) or (h, w, k) float32
            Off the face, those of the nearest place on it.
        """
        return self.enlarged(self.sampled(values))

    @property
    def cell(self) -> int:
        """Pixels between the samples that `sampled` gives."""
        return max(1, self._pitch)

    def sampled(self, values: np.ndarray) -> np.ndarray:
        """As `interpolate`, but only at the samples: every `cell` pixels, one more all around.

        Returns
        -------
        (rows, columns) or (rows, columns, k) float32
        """
        flat = values.reshape(values.shape[0] * values.shape[1], -1).astype(np.float32, copy=False)
        at = np.zeros((len(self._corners), flat.shape[1]), np.float32)
        for k in range(3):
            at += flat[self._corners[:, k]] * self._weights[:, k, None]
        nearest = self._nearest
        if self._pitch == 0:
            nearest = nearest[_FINER // 2 :: _FINER, _FINER // 2 :: _FINER]
        return at[nearest].reshape(*nearest.shape, *values.shape[2:])

    def enlarged(self, samples: np.ndarray) -> np.ndarray:
        """Values at the samples (rows, columns[, k]) float32 to all pixels (h, w[, k])."""
        if self._pitch <= 1:
            return samples
        height, width = self.coverage.shape
        fine = _enlarge(samples, self._pitch, width, height, cv2.INTER_LINEAR)
        if self._torn is not None:
            sharp = _enlarge(samples, self._pitch, width, height, cv2.INTER_NEAREST)
            fine[self._torn] = sharp[self._torn]
        return fine

    @cached_property
    def _place(self) -> np.ndarray:
        """(h, w, 2) float32: (column, row) in UV space, 0..1."""
        lines = (np.arange(self._size, dtype=np.float32) + 0.5) / np.float32(self._size)
        return self.interpolate(np.stack(np.meshgrid(lines, lines), axis=-1))

    def texture_coordinates(self, size: int) -> np.ndarray:
        """(h, w, 2) float32: (column, row) in a texture of `size` texels."""
        return self._place * np.float32(size) - np.float32(0.5)

    def look_up(self, mask: np.ndarray) -> np.ndarray:
        """(h, w) float32: a mask (M, M) float32 in UV space, as seen."""
        if mask.shape[0] == self._size:
            return self.interpolate(mask)
        return sample(mask, self.texture_coordinates(mask.shape[0]), cubic=False)


def see(
    face: Face,
    texels: np.ndarray | None = None,
    positions: np.ndarray | None = None,
    around: float = 0.0,
) -> Surface:
    """What the photo's camera sees of a face.

    Parameters
    ----------
    face : Face
    texels : (S, S) bool, optional
        The part that matters: the region is its box. All of it hides what lies behind.
    positions : (S, S, 3) float, optional
        Other positions than the face's own, photo pixels.
    around : float
        Pixels by which the region is larger: so far the face's outline beside the part is seen.

    Returns
    -------
    Surface
        Its region is clipped to the photo; of no area where the face lies outside.
    """
    layout = face.layout
    points = (face.position_map if positions is None else positions).reshape(-1, 3)
    region = _region(face, points, texels, around)
    x0, y0, x1, y1 = region
    if x1 <= x0 or y1 <= y0:  # no pixel, but what asks about pixels is to work all the same
        nothing = np.zeros((y1 - y0, x1 - x0), np.float32)
        return Surface(region, nothing, 1, layout.triangles[:1], np.full((1, 3), 1 / 3),
                       nothing.astype(int), None, layout.size)  # fmt: skip
    wanted = max(x1 - x0, y1 - y0) / _SAMPLES
    pitch = max(1, round(wanted)) if wanted >= 0.7 else 0
    per_pixel = 1 / pitch if pitch else float(_FINER)
    # Samples are the middles of cells of `pitch` pixels, one more cell around; or three a pixel.
    columns, rows = (int(np.ceil(n * per_pixel)) + 2 * (pitch > 1) for n in (x1 - x0, y1 - y0))
    first = 1 + (1 / pitch - 1) / 2 if pitch > 1 else 1.0 - pitch
    at = points * np.float32(per_pixel)
    at[:, 0] += first - x0 * per_pixel
    at[:, 1] += first - y0 * per_pixel
    raster = rasterize(at, layout.triangles, columns, rows)
    covered = raster.triangle >= 0
    corners = layout.triangles[raster.triangle[covered]]
    weights = barycentric(at, layout.triangles, raster)
    nearest = np.zeros((rows, columns), np.int64)
    if not len(corners):  # nothing is seen; any value serves
        corners, weights = layout.triangles[:1], np.full((1, 3), 1 / 3, np.float32)
    else:
        number = np.cumsum(covered.ravel()) - 1
        nearest = number[nearest_inside(covered)].reshape(rows, columns)
    height, width = y1 - y0, x1 - x0
    seen = covered.astype(np.float32)
    torn = None
    if pitch == 0:
        seen = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
    elif pitch > 1:
        seen = _enlarge(seen, pitch, width, height, cv2.INTER_LINEAR)
        torn = _torn(corners, nearest, layout.size, pitch, width, height)
    coverage = seen.reshape(height, width)
    return Surface(region, coverage, pitch, corners, weights, nearest, torn, layout.size)


def _region(
    face: Face, points: np.ndarray, texels: np.ndarray | None, around: float
) -> tuple[int, int, int, int]:
    inside = face.layout.mask if texels is None else face.layout.mask & texels
    bounds = np.array([face.photo.width, face.photo.height])
    if not inside.any():
        return 0, 0, 0, 0
    xy = points[np.flatnonzero(inside), :2]
    low = np.floor(xy.min(axis=0) - around).astype(int) - 1
    high = np.ceil(xy.max(axis=0) + around).astype(int) + 2
    low = low.clip(0, bounds)
    high = np.maximum(high.clip(0, bounds), low)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _enlarge(values: np.ndarray, pitch: int, width: int, height: int, how: int) -> np.ndarray:
    """Cells of `pitch` pixels to pixels, without the cells around."""
    size = (values.shape[1] * pitch, values.shape[0] * pitch)
    wide = cv2.resize(values, size, interpolation=how).reshape(*size[::-1], *values.shape[2:])
    return wide[pitch : pitch + height, pitch : pitch + width]


def _torn(
    corners: np.ndarray, nearest: np.ndarray, size: int, pitch: int, width: int, height: int
) -> np.ndarray | None:
    """(h, w) bool: pixels whose samples around lie on surfaces that do not touch."""
    row, column = np.divmod(corners[:, 0], size)
    place = np.stack([row, column], axis=-1).astype(np.float32)[nearest]
    across = np.maximum(*cv2.split(np.abs(place[:, 1:] - place[:, :-1])))
    down = np.maximum(*cv2.split(np.abs(place[1:] - place[:-1])))
    usual = max(1.0, float(np.median(across)), float(np.median(down)))
    torn = np.zeros(nearest.shape, np.uint8)
    for jump, before, after in (
        (across, torn[:, :-1], torn[:, 1:]),
        (down, torn[:-1], torn[1:]),
    ):
        apart = jump > _TORN * usual
        before[apart] = 1
        after[apart] = 1
    if not torn.any():
        return None
    return _enlarge(torn.astype(np.float32), pitch, width, height, cv2.INTER_LINEAR) > 0


# Of the face's size: the width over which a swap fades towards the face's outline.
SILHOUETTE = 0.05


def outline(surface: Surface, size: float) -> np.ndarray:
    """(h, w) float32: fades to 0 at the outline of a face of `size` pixels.

    What of the outline lies beside the surface's region is not known, see `render.see`.
    """
    return fading(surface.coverage > 0.999, SILHOUETTE * size)


def visible_matte(face: Face) -> np.ndarray:
    """(H, W) uint8 of the whole photo: where it shows the face, fading at the outline."""
    surface = see(face)
    full = np.zeros((face.photo.height, face.photo.width), np.uint8)
    x0, y0, x1, y1 = surface.region
    full[y0:y1, x0:x1] = outline(surface, face.size) * 255 + 0.5
    return full
