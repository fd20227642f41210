"""The geometry of one face in its photo: what follows from a position map, without any colours."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from ..typed import Landmarks, Normals, Points, PositionMap, TexelMap, TexelMask
from .landmarks import bounds
from .parts import skin_region
from .pose import PHOTO_TO_BLENDER, Pose, Similarity, pull_of
from .rasterize import rasterize
from .uv_layout import UVLayout

# Longer side, in pixels, of the z-buffer that decides on visibility: one pixel for each texel.
_BUFFER = 256
# Share of the face's longer side. A vertex that lies further than this behind the surface in the
# z-buffer is hidden. Within half a pixel of the buffer the steepest surface that still counts as
# facing the viewer changes its depth by 1.3 %.
_TOLERANCE = 0.02
# Share of the face's longer side: a step in depth between neighbouring pixels of the z-buffer that
# is a contour. The steepest surface that faces the viewer has half of it.
_CONTOUR = 0.1
# Cosine between normal and line of sight. Of skin that is turned away by more than 81 degrees a
# photo shows only smears.
_MIN_FACING = 0.15
# Share of the map's side: standard deviation of the blur that takes facets and folds off normals.
_SMOOTH_NORMALS = 0.03
# `smooth_normals`: weight of what is no skin, so that all normals are defined.
_LEAST_WEIGHT = 0.01


@dataclass(frozen=True, eq=False)
class FaceGeometry:
    """A position map with its meaning, and everything that follows from it.

    Attributes
    ----------
    layout : UVLayout
        What the texels of the position map mean.
    position_map : (S, S, 3) float32
        Photo pixels: x right, y down, z toward the viewer in the same unit, its zero arbitrary.
        Outside the layout's mask the values mean nothing.
    photo_size : (width, height)
        Of the photo, in pixels.
    expression_moments : (12,) float or None
        What the expression does to the vertices, see `pose.expression_pull`; None if the network
        does not say.
    """

    layout: UVLayout
    position_map: PositionMap
    photo_size: tuple[int, int]
    expression_moments: np.ndarray | None = None

    @cached_property
    def landmarks(self) -> Landmarks:
        """(68, 3) float32 photo pixels: the iBUG 68 points, see `geometry.landmarks`."""
        return self.position_map[tuple(self.layout.landmark_texels.T)]

    @cached_property
    def vertices(self) -> Points:
        """(n, 3) float32 photo pixels: the texels of the mask, in `layout.texels` order."""
        return self.position_map.reshape(-1, 3)[self.layout.texels]

    @cached_property
    def extended_position_map(self) -> PositionMap:
        """(S, S, 3) float32 photo pixels: the position map continued past the mask."""
        return self.layout.extend(self.position_map)

    @cached_property
    def pose(self) -> Pose:
        """The head's pose, fitted to all vertices, without the bias of the expression."""
        return Pose(self.fit_head(self.vertices @ PHOTO_TO_BLENDER.T))

    def fit_head(self, vertices: Points) -> Similarity:
        """Find how the head stands if its vertices lie at given places, in any frame.

        Parameters
        ----------
        vertices : (n, 3) float
            In `layout.texels` order, in a right-handed frame.

        Returns
        -------
        Similarity
            From the canonical frame to that of `vertices`: the least-squares fit to all of them,
            corrected by `expression_moments`. Without the correction an open mouth would look
            like a nod.
        """
        closest = self.layout.fit(vertices)
        return closest if self._pull is None else closest.without(self._pull)

    @cached_property
    def _pull(self) -> Similarity | None:
        """See `pose.expression_pull`; None where no expression has such moments."""
        moments = self.expression_moments
        if moments is None or moments.shape != (12,):
            return None
        try:
            return pull_of(*self.layout.spread, moments)
        except ValueError:
            return None

    @cached_property
    def placements(self) -> dict[Hashable, Any]:
        """Where the last camera placed the face: by the camera, see `camera.Camera.place`."""
        return {}

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1): the bounding box of the landmarks, photo pixels."""
        return bounds(self.landmarks)

    @property
    def size(self) -> float:
        """Mean side of the landmarks' box, photo pixels."""
        x0, y0, x1, y1 = self.box
        return (x1 - x0 + y1 - y0) / 2

    @cached_property
    def pixels_per_texel(self) -> float:
        """Median of the photo pixels between neighbouring visible texels; 1 where none is."""
        both = self.visibility[1:, 1:] & self.visibility[:-1, :-1]
        if not both.any():
            return 1.0
        xy = self.position_map[..., :2]
        here = xy[1:, 1:][both]
        steps = [here - there[both] for there in (xy[:-1, 1:], xy[1:, :-1])]
        # Not numpy's norm, which takes ten times as long along so short an axis.
        down, right = (np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2) for step in steps)
        return float(np.median(np.maximum(down, right)))

    @cached_property
    def normals(self) -> Normals:
        """(S, S, 3) float32: unit normals out of the head, photo frame in Blender's axes."""
        p = self.extended_position_map @ PHOTO_TO_BLENDER.T.astype(np.float32)
        down, right = np.empty_like(p), np.empty_like(p)
        down[1:-1], down[0], down[-1] = p[2:] - p[:-2], p[1] - p[0], p[-1] - p[-2]
        right[:, 1:-1] = p[:, 2:] - p[:, :-2]
        right[:, 0], right[:, -1] = p[:, 1] - p[:, 0], p[:, -1] - p[:, -2]
        normal = np.cross(down, right) * (1 if self.layout.outward else -1)
        length = np.sqrt(np.einsum("ijk,ijk->ij", normal, normal))
        return normal / np.maximum(length, 1e-12)[..., None]

    @cached_property
    def smooth_normals(self) -> Normals:
        """(S, S, 3) float32: unit normals of the face without its folds, to tell light by."""
        weight = np.maximum(skin_region(self.layout), _LEAST_WEIGHT)[..., None]
        sigma = _SMOOTH_NORMALS * self.layout.size
        normals = cv2.GaussianBlur(self.normals * weight, (0, 0), sigma)
        length = np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))
        return normals / np.maximum(length, 1e-6)[..., None]

    @property
    def facing(self) -> TexelMap:
        """(S, S) float32: cosine between each texel's normal and the direction to the viewer."""
        return -self.normals[..., 1]

    @cached_property
    def visibility(self) -> TexelMask:
        """(S, S) bool: texels that the photo shows.

        They lie inside the photo and face the viewer, and nothing of the face lies in front of
        them in a z-buffer.
        """
        inside = self._inside_photo(self.position_map)
        return self.layout.mask & inside & (self.facing > _MIN_FACING) & self._unoccluded

    def _inside_photo(self, points: Points) -> np.ndarray:
        """(...) bool: whether points (..., 3) lie on a pixel of the photo."""
        x, y = points[..., 0], points[..., 1]
        width, height = self.photo_size
        inside = (x >= -0.5) & (y >= -0.5)
        inside &= (x <= width - 0.5) & (y <= height - 0.5)
        return inside

    @cached_property
    def _unoccluded(self) -> TexelMask:
        """(S, S) bool: texels that nothing of the face hides."""
        depth, low, scale = self._depth_buffer
        points = (self.position_map.reshape(-1, 3) - low) * scale
        height, width = depth.shape
        column, row = np.rint(points[:, :2]).astype(np.int64).T
        seen = depth[row.clip(0, height - 1), column.clip(0, width - 1)]
        unoccluded = points[:, 2] > seen - np.float32(_TOLERANCE * _BUFFER)
        return unoccluded.reshape(self.layout.mask.shape)

    @cached_property
    def _depth_buffer(self) -> tuple[np.ndarray, np.ndarray, np.float32]:
        """A z-buffer of the face: depth (H, W) float32, low (3,), scale.

        A point of the photo lies at (point - low) * scale in it; depths are in its pixels, too.
        """
        low, high = self.vertices.min(axis=0), self.vertices.max(axis=0)
        side = float((high - low)[:2].max())
        scale = np.float32((_BUFFER - 1) / max(side, 1e-6))
        points = (self.position_map.reshape(-1, 3) - low) * scale
        width, height = (np.ceil((high - low)[:2] * scale).astype(int) + 1).tolist()
        return rasterize(points, self.layout.triangles, width, height).depth, low, scale

    @cached_property
    def depth_inside(self) -> TexelMap:
        """(S, S) float32 photo pixels: distance of each texel, in the picture, from the outline.

        Texels outside the outline have 0. The border of the photo is no outline.
        """
        return self._away_from_edges(np.isfinite(self._depth_buffer[0]))

    @cached_property
    def away_from_contours(self) -> TexelMap:
        """(S, S) float32 photo pixels: as `depth_inside`, from contours within the face as well.

        They are where one part of it hides another: a cheek's edge before an ear, a nose's.
        """
        depth = self._depth_buffer[0]
        covered = np.isfinite(depth)
        depth = np.where(covered, depth, depth[covered].min(initial=0) - _BUFFER)
        around = np.ones((3, 3), np.uint8)
        step = cv2.dilate(depth, around) - cv2.erode(depth, around)
        return self._away_from_edges(covered & (step < _CONTOUR * _BUFFER))

    def _away_from_edges(self, covered: np.ndarray) -> TexelMap:
        """(S, S) float32 photo pixels: distance from what is not covered in the z-buffer."""
        _, low, scale = self._depth_buffer
        covered = np.pad(covered, 1).astype(np.uint8)
        distance = cv2.distanceTransform(covered, cv2.DIST_L2, 5)[1:-1, 1:-1]
        at = (self.extended_position_map[..., :2] - low[:2]) * scale
        return cv2.remap(distance, at, None, cv2.INTER_LINEAR) / scale

    def shows(self, points: Points) -> np.ndarray:
        """Find out which points of the face's surface the photo shows.

        Parameters
        ----------
        points : (h, w, 3) float32
            Photo pixels; they may lie between texels of the position map.

        Returns
        -------
        (h, w) bool
            True for points inside the photo that nothing in the z-buffer lies in front of.
        """
        depth, low, scale = self._depth_buffer
        # They are compared with the deepest of the pixels around: on a steep surface depth changes
        # by more than the tolerance from one pixel to the next.
        deepest = cv2.erode(depth, np.ones((3, 3), np.uint8))
        at = (points[..., :2] - low[:2]) * scale
        border = cv2.BORDER_REPLICATE
        seen = cv2.remap(deepest, at, None, cv2.INTER_NEAREST, borderMode=border)
        return self._inside_photo(points) & (
            (points[..., 2] - low[2]) * scale > seen - np.float32(_TOLERANCE * _BUFFER)
        )
