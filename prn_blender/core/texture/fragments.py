"""Rasterize a face as the photo's camera sees it: which place in UV space shows at each pixel.

A large face is not rasterized at each pixel but at samples: one in the middle of each cell of
`cell` x `cell` pixels, with one more cell all around the region. What is given per texel is
interpolated at the samples and then enlarged to pixels. A small face has nine samples a pixel.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..geometry.face_geometry import FaceGeometry
from ..geometry.lattice import nearest_inside
from ..geometry.rasterize import barycentric, rasterize
from ..image.sampling import sample
from ..typed import Mask, Matte, Points, PositionMap, TexelMask, Triangles

# Samples along the longer side of the region: two for each texel of a map of 256. Between them
# texture coordinates are interpolated, which is exact within a triangle.
_SAMPLES = 512
# Samples per pixel along each side if the face is small. Odd, so that one is the pixel's centre.
_FINER = 3
# Pixels per sample from which on there is at most one sample per pixel.
_COARSE_FROM = 0.7
# If two neighbouring samples are more than this many usual steps apart in the map, they lie on two
# sides of an edge, such as the nose in front of a cheek.
_TORN = 8.0


@dataclass(frozen=True, eq=False)
class Fragments:
    """A face as the photo's camera sees it: which place in UV space shows at each pixel.

    Attributes
    ----------
    region : (x0, y0, x1, y1)
        The part of the photo that is described, pixels; x1 and y1 are excluded.
    coverage : (h, w) float32
        0..1: share of each pixel that the face covers.
    """

    region: tuple[int, int, int, int]
    coverage: Matte
    # Side of a sample's cell in pixels; 0 stands for _FINER x _FINER samples per pixel.
    _pitch: int
    # (m, 3): texels at the corners of the triangle that each of the m covered samples shows, ...
    _corners: Triangles
    # ... and the sample's barycentric coordinates in it.
    _weights: np.ndarray
    # (rows, columns): for each sample the number, of those m, of the nearest covered one.
    _nearest: np.ndarray
    # (h, w) bool: pixels between samples on two surfaces that do not touch; None if there are none.
    _torn: np.ndarray | None
    # S
    _size: int

    def interpolate(self, values: np.ndarray) -> np.ndarray:
        """Look up values that are given per texel of the position map, at every pixel.

        Parameters
        ----------
        values : (S, S) or (S, S, k) float32

        Returns
        -------
        (h, w) or (h, w, k) float32
            Pixels beside the face have the value of the nearest place on it.
        """
        return self.enlarged(self.sampled(values))

    @property
    def cell(self) -> int:
        """Pixels between neighbouring samples, as `sampled` gives them."""
        return max(1, self._pitch)

    def sampled(self, values: np.ndarray) -> np.ndarray:
        """Look up values as `interpolate` does, but only at the samples.

        What is smooth can be worked on there, before it is `enlarged`.

        Parameters
        ----------
        values : (S, S) or (S, S, k) float32

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
        """Interpolate values at the samples to all pixels.

        Parameters
        ----------
        samples : (rows, columns) or (rows, columns, k) float32
            As from `sampled`.

        Returns
        -------
        (h, w) or (h, w, k) float32
        """
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
        """(h, w, 2) float32: (u, v) of each pixel in UV space, 0..1, with v pointing down."""
        lines = (np.arange(self._size, dtype=np.float32) + 0.5) / np.float32(self._size)
        return self.interpolate(np.stack(np.meshgrid(lines, lines), axis=-1))

    def texture_coordinates(self, size: int) -> np.ndarray:
        """(h, w, 2) float32: (column, row) of each pixel in a texture of `size` texels."""
        return self._place * np.float32(size) - np.float32(0.5)

    def look_up(self, mask: Mask) -> Matte:
        """(h, w) float32: the value of a mask (M, M) float32 in UV space at each pixel."""
        if mask.shape[0] == self._size:
            return self.interpolate(mask)
        return sample(mask, self.texture_coordinates(mask.shape[0]), cubic=False)


def rasterize_face(
    face: FaceGeometry,
    texels: TexelMask | None = None,
    positions: PositionMap | None = None,
    margin: float = 0.0,
) -> Fragments:
    """Find out which place of a face the photo's camera sees at each pixel.

    Parameters
    ----------
    face : FaceGeometry
    texels : (S, S) bool, optional
        The part of interest, whose bounding box is the region; by default the whole face. The
        other texels are drawn, too, and hide what lies behind them.
    positions : (S, S, 3) float, optional
        Positions in place of the face's own, photo pixels.
    margin : float
        Pixels by which the region is larger than that box, so that the face's outline beside the
        part is known.

    Returns
    -------
    Fragments
        Its region is clipped to the photo. It is empty if the face lies outside.
    """
    layout = face.layout
    points = (face.position_map if positions is None else positions).reshape(-1, 3)
    region = _region(face, points, texels, margin)
    x0, y0, x1, y1 = region
    if x1 <= x0 or y1 <= y0:  # callers need not treat an empty region specially
        nothing = np.zeros((y1 - y0, x1 - x0), np.float32)
        return Fragments(region, nothing, 1, layout.triangles[:1], np.full((1, 3), 1 / 3),
                       nothing.astype(int), None, layout.size)  # fmt: skip
    pixels_per_sample = max(x1 - x0, y1 - y0) / _SAMPLES
    pitch = max(1, round(pixels_per_sample)) if pixels_per_sample >= _COARSE_FROM else 0
    per_pixel = 1 / pitch if pitch else float(_FINER)
    # With cells there is one more sample on each side of the region.
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
    if not len(corners):  # no sample is covered, so any texel will do
        corners, weights = layout.triangles[:1], np.full((1, 3), 1 / 3, np.float32)
    else:
        number = np.cumsum(covered.ravel()) - 1
        nearest = number[nearest_inside(covered)].reshape(rows, columns)
    height, width = y1 - y0, x1 - x0
    coverage = covered.astype(np.float32)
    torn = None
    if pitch == 0:
        coverage = cv2.resize(coverage, (width, height), interpolation=cv2.INTER_AREA)
    elif pitch > 1:
        coverage = _enlarge(coverage, pitch, width, height, cv2.INTER_LINEAR)
        torn = _torn(corners, nearest, layout.size, pitch, width, height)
    coverage = coverage.reshape(height, width)
    return Fragments(region, coverage, pitch, corners, weights, nearest, torn, layout.size)


def _region(
    face: FaceGeometry, points: Points, texels: TexelMask | None, margin: float
) -> tuple[int, int, int, int]:
    """The region of `rasterize_face`: x0, y0, x1, y1."""
    inside = face.layout.mask if texels is None else face.layout.mask & texels
    bounds = np.array(face.photo_size)
    if not inside.any():
        return 0, 0, 0, 0
    xy = points[np.flatnonzero(inside), :2]
    low = np.floor(xy.min(axis=0) - margin).astype(int) - 1
    high = np.ceil(xy.max(axis=0) + margin).astype(int) + 2
    low = low.clip(0, bounds)
    high = np.maximum(high.clip(0, bounds), low)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _enlarge(values: np.ndarray, pitch: int, width: int, height: int, how: int) -> np.ndarray:
    """Interpolate samples to pixels; the samples around the region are left out."""
    size = (values.shape[1] * pitch, values.shape[0] * pitch)
    wide = cv2.resize(values, size, interpolation=how).reshape(*size[::-1], *values.shape[2:])
    return wide[pitch : pitch + height, pitch : pitch + width]


def _torn(
    corners: np.ndarray, nearest: np.ndarray, size: int, pitch: int, width: int, height: int
) -> np.ndarray | None:
    """(h, w) bool: pixels between samples on surfaces that do not touch; None without such."""
    row, column = np.divmod(corners[:, 0], size)
    texel = np.stack([row, column], axis=-1).astype(np.float32)[nearest]
    across = np.maximum(*cv2.split(np.abs(texel[:, 1:] - texel[:, :-1])))
    down = np.maximum(*cv2.split(np.abs(texel[1:] - texel[:-1])))
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
