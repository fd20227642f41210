"""Rasterize a face as its photo's camera sees it: which texel shows at which pixel."""
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

# Samples along the longer side of the region: two for each texel of a map of 256. Between them
# coordinates are interpolated, which is exact within a triangle.
_SAMPLES = 512
# Samples per pixel and direction where the face is small. Odd, so that one is the pixel's centre.
_FINER = 3
# Pixels per sample from which on samples are taken more coarsely than pixels.
_COARSE_FROM = 0.7
# Neighbouring samples more than this many usual steps apart in the map lie on two sides of an edge,
# such as the nose before the cheek.
_TORN = 8.0


@dataclass(frozen=True, eq=False)
class Fragments:
    """The fragments of a rendered face: its texels as the photo's camera sees them, pixel by pixel.

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


def rasterize_face(
    face: FaceGeometry,
    texels: np.ndarray | None = None,
    positions: np.ndarray | None = None,
    around: float = 0.0,
) -> Fragments:
    """Find which place of a face the photo's camera sees at each pixel.

    Parameters
    ----------
    face : FaceGeometry
    texels : (S, S) bool, optional
        The part of interest: the region is its box. The whole face hides what lies behind it.
    positions : (S, S, 3) float, optional
        Other positions than the face's own, photo pixels.
    around : float
        Pixels by which the region is larger, so that the face's outline beside the part is known.

    Returns
    -------
    Fragments
        Its region is clipped to the photo, and of no area where the face lies outside.
    """
    layout = face.layout
    points = (face.position_map if positions is None else positions).reshape(-1, 3)
    region = _region(face, points, texels, around)
    x0, y0, x1, y1 = region
    if x1 <= x0 or y1 <= y0:  # of no area; callers need not treat that specially
        nothing = np.zeros((y1 - y0, x1 - x0), np.float32)
        return Fragments(region, nothing, 1, layout.triangles[:1], np.full((1, 3), 1 / 3),
                       nothing.astype(int), None, layout.size)  # fmt: skip
    wanted = max(x1 - x0, y1 - y0) / _SAMPLES
    pitch = max(1, round(wanted)) if wanted >= _COARSE_FROM else 0
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
    return Fragments(region, coverage, pitch, corners, weights, nearest, torn, layout.size)


def _region(
    face: FaceGeometry, points: np.ndarray, texels: np.ndarray | None, around: float
) -> tuple[int, int, int, int]:
    inside = face.layout.mask if texels is None else face.layout.mask & texels
    bounds = np.array(face.photo_size)
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
