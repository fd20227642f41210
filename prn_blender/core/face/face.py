"""One reconstructed face; everything else is derived from it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..geometry.pose import PHOTO_TO_BLENDER, Pose, Similarity, expression_pull, fit_similarity
from ..geometry.rasterize import rasterize
from ..geometry.uv_layout import UVLayout
from ..photo.crop import Crop
from ..photo.photo import Photo, encode_image

if TYPE_CHECKING:
    from ..appearance.illumination import Illumination
    from ..appearance.monochrome import Toning

# The z-buffer that decides on visibility: the face's longer side in its pixels, one per texel.
_BUFFER = 256
# A vertex this much of the face's side behind what is seen there is hidden. Half a buffer pixel
# on the steepest surface that counts as facing the viewer makes 1.3 %.
_TOLERANCE = 0.02
MOMENTS = "expression_moments"
"""The output of a network that `expression_pull` takes."""
# Cosine between normal and line of sight; beyond 81 degrees a photo shows smears, not skin.
_MIN_FACING = 0.15


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a photo.

    Attributes
    ----------
    photo : Photo
    layout : UVLayout
        What the texels of the position map mean.
    position_map : (S, S, 3) float32
        Photo pixels: x right, y down, z toward the viewer in the same unit, its zero arbitrary.
        Outside the layout's mask the values mean nothing.
    crop : Crop
        What the network saw.
    confidence : float
        0..1, see `reconstruct.confidence`.
    coefficients : mapping of str to (k,) float32
        Further outputs of the network, such as `identity`; may be empty.
    expression : mapping of str to float
        Named expression coefficients, 0..1; may be empty.
    """

    photo: Photo
    layout: UVLayout
    position_map: np.ndarray
    crop: Crop
    confidence: float
    coefficients: Mapping[str, np.ndarray] = field(default_factory=dict)
    expression: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def landmarks(self) -> np.ndarray:
        """(68, 3) float32 photo pixels, the iBUG 68-point order."""
        return self.position_map[tuple(self.layout.landmark_texels.T)]

    @cached_property
    def vertices(self) -> np.ndarray:
        """(n, 3) float32 photo pixels: the texels of the mask, in `layout.texels` order."""
        return self.position_map.reshape(-1, 3)[self.layout.texels]

    @cached_property
    def extended_position_map(self) -> np.ndarray:
        """(S, S, 3) float32 the position map continued past the mask."""
        return self.layout.extend(self.position_map)

    @cached_property
    def pose(self) -> Pose:
        """Pose from all vertices, without what the expression does to them."""
        return Pose(self.stance(self.vertices @ PHOTO_TO_BLENDER.T))

    def stance(self, vertices: np.ndarray) -> Similarity:
        """How the head stands whose vertices, in any frame, lie there.

        Parameters
        ----------
        vertices : (n, 3) float
            In `layout.texels` order, in a right-handed frame.

        Returns
        -------
        Similarity
            From the canonical frame: the one closest to all vertices, less what the network says
            the expression does to them (`MOMENTS`): who opens the mouth does not nod.
        """
        canonical = self.layout.canonical.reshape(-1, 3)[self.layout.texels]
        closest = fit_similarity(canonical, vertices)
        moments = self.coefficients.get(MOMENTS)
        if moments is None or moments.shape != (12,):
            return closest
        try:
            return closest.without(expression_pull(canonical, moments))
        except ValueError:  # a model that says nonsense of it
            return closest

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) of the landmarks, photo pixels."""
        low, high = self.landmarks[:, :2].min(axis=0), self.landmarks[:, :2].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @property
    def size(self) -> float:
        """Mean side of the landmarks' box, photo pixels."""
        x0, y0, x1, y1 = self.box
        return (x1 - x0 + y1 - y0) / 2

    @cached_property
    def normals(self) -> np.ndarray:
        """(S, S, 3) float32 unit normals, out of the head; photo frame in Blender's axes."""
        p = self.extended_position_map @ PHOTO_TO_BLENDER.T.astype(np.float32)
        down, right = np.empty_like(p), np.empty_like(p)
        down[1:-1], down[0], down[-1] = p[2:] - p[:-2], p[1] - p[0], p[-1] - p[-2]
        right[:, 1:-1] = p[:, 2:] - p[:, :-2]
        right[:, 0], right[:, -1] = p[:, 1] - p[:, 0], p[:, -1] - p[:, -2]
        normal = np.cross(down, right) * (1 if self.layout.outward else -1)
        length = np.sqrt(np.einsum("ijk,ijk->ij", normal, normal))
        return normal / np.maximum(length, 1e-12)[..., None]

    @property
    def facing(self) -> np.ndarray:
        """(S, S) float32 cosine between each texel's normal and the direction to the viewer."""
        return -self.normals[..., 1]

    @cached_property
    def visibility(self) -> np.ndarray:
        """(S, S) bool: texels the photo shows.

        They lie inside the photo, face the viewer, and nothing of the face is in front of them
        in a z-buffer.
        """
        x, y = self.position_map[..., 0], self.position_map[..., 1]
        inside = (x >= -0.5) & (y >= -0.5)
        inside &= (x <= self.photo.width - 0.5) & (y <= self.photo.height - 0.5)
        return self.layout.mask & inside & (self.facing > _MIN_FACING) & self._unoccluded

    @cached_property
    def _unoccluded(self) -> np.ndarray:
        depth, low, scale = self._depth_buffer
        points = (self.position_map.reshape(-1, 3) - low) * scale
        height, width = depth.shape
        column, row = np.rint(points[:, :2]).astype(np.int64).T
        seen = depth[row.clip(0, height - 1), column.clip(0, width - 1)]
        unoccluded = points[:, 2] > seen - np.float32(_TOLERANCE * _BUFFER)
        return unoccluded.reshape(self.layout.mask.shape)

    @cached_property
    def _depth_buffer(self) -> tuple[np.ndarray, np.ndarray, np.float32]:
        """Depth (H, W) float32; its pixels are (photo pixels - low) * scale: low, scale."""
        low, high = self.vertices.min(axis=0), self.vertices.max(axis=0)
        side = float((high - low)[:2].max())
        scale = np.float32((_BUFFER - 1) / max(side, 1e-6))
        points = (self.position_map.reshape(-1, 3) - low) * scale
        width, height = (np.ceil((high - low)[:2] * scale).astype(int) + 1).tolist()
        return rasterize(points, self.layout.triangles, width, height).depth, low, scale

    @cached_property
    def depth_inside(self) -> np.ndarray:
        """(S, S) float32 photo pixels from each texel's place to the face's outline; 0 outside.

        The border of the photo is no outline.
        """
        depth, low, scale = self._depth_buffer
        covered = np.pad(np.isfinite(depth), 1).astype(np.uint8)
        distance = cv2.distanceTransform(covered, cv2.DIST_L2, 5)[1:-1, 1:-1]
        at = (self.extended_position_map[..., :2] - low[:2]) * scale
        return cv2.remap(distance, at, None, cv2.INTER_LINEAR) / scale

    def shows(self, points: np.ndarray) -> np.ndarray:
        """Whether the photo shows points of the face's surface.

        Parameters
        ----------
        points : (h, w, 3) float32
            Photo pixels, between texels of the position map too.

        Returns
        -------
        (h, w) bool
            They lie inside the photo and the z-buffer has nothing in front of them.
        """
        depth, low, scale = self._depth_buffer
        # Of the pixels around the deepest counts: on a steep surface depth changes by more than
        # the tolerance from one to the next.
        deepest = cv2.erode(depth, np.ones((3, 3), np.uint8))
        at = (points[..., :2] - low[:2]) * scale
        border = cv2.BORDER_REPLICATE
        seen = cv2.remap(deepest, at, None, cv2.INTER_NEAREST, borderMode=border)
        x, y = points[..., 0], points[..., 1]
        inside = (x >= -0.5) & (y >= -0.5)
        inside &= (x <= self.photo.width - 0.5) & (y <= self.photo.height - 0.5)
        return inside & (
            (points[..., 2] - low[2]) * scale > seen - np.float32(_TOLERANCE * _BUFFER)
        )

    def texture(self, size: int | str = "auto") -> np.ndarray:
        """The photo unwrapped into the layout's UV space.

        Parameters
        ----------
        size : int or "auto"
            Side in texels, up to 8192; "auto" keeps the photo's own detail.

        Returns
        -------
        (size, size, 4) uint8 sRGB, RGBA, read-only
            Alpha is 0 where the photo does not show the face; colours go on there, so that no
            dark rim shows at any mip level. The last one asked for is kept, and the one of the
            layout's size.
        """
        from ..texture.unwrap import (
            texture_size,  # they build on Face; this is the short way
            unwrap,  # they build on Face; this is the short way
        )

        side = texture_size(self, size)
        kept = self._textures.get(side)
        if kept is None:
            for other in [n for n in self._textures if n != self.layout.size]:
                del self._textures[other]  # one large at most: at 8192 it takes 256 MB
            kept = unwrap(self, side)
            kept.flags.writeable = False
            self._textures[side] = kept
        return kept

    def texture_png(self, size: int | str = "auto") -> bytes:
        """`texture` as a PNG file; the last one asked for is kept."""
        texture = self.texture(size)
        if self._last_png.get(len(texture)) is None:
            self._last_png.clear()
            self._last_png[len(texture)] = encode_image(texture, ".png")
        return self._last_png[len(texture)]

    @cached_property
    def _textures(self) -> dict[int, np.ndarray]:
        return {}

    @cached_property
    def illumination(self) -> Illumination:
        """The light on the face, see `cast.fit_light`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        from ..appearance.cast_shadows import fit_light

        return fit_light(self)

    @cached_property
    def skin(self) -> np.ndarray:
        """(S, S) float32: how much each texel looks like skin, see `skin.skin_likeness`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        from ..appearance.skin import skin_likeness

        return skin_likeness(self, self.illumination)

    @cached_property
    def hair(self) -> np.ndarray:
        """(S, S) bool: hair or a hat over the face, see `skin.hair_region`.

        Raises
        ------
        NoFaceError
            Too little skin is visible to tell.
        """
        from ..appearance.hair import hair_region

        seen = self.texture(self.layout.size)[..., 3] == 255
        return hair_region(self.layout, self.skin, seen)

    @cached_property
    def likeness(self) -> Mapping[str, float]:
        """How much eyes, nose and mouth look like some, see `likeness.likeness`."""
        from ..appearance.feature_likeness import likeness

        return likeness(self.layout, self.texture(self.layout.size))

    @cached_property
    def covered_eyes(self) -> tuple[bool, bool]:
        """Whether something lies over the right and the left eye, see `covered.covered_eyes`."""
        from ..appearance.eye_occlusion import covered_eyes

        return covered_eyes(self)

    @cached_property
    def toning(self) -> Toning | None:
        """How the photo is toned, None if it has colours of its own, see `toning`."""
        from ..appearance.monochrome import find_toning

        return find_toning(self)

    @cached_property
    def smooth_normals(self) -> np.ndarray:
        """(S, S, 3) float32 unit normals of the face without its folds: light changes slowly."""
        from ..texture.texel_maps import smooth_normals

        return smooth_normals(self)

    @cached_property
    def _last_png(self) -> dict[int, bytes]:
        return {}
