"""The axes of a texture on a face's surface, in metres: what slopes and normal maps are told in."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..typed import Normals, TexelMap
from .face_geometry import FaceGeometry
from .pose import PHOTO_TO_BLENDER

# Share of the map's side, standard deviation: facets of the mesh are no folds of the skin.
_EVEN = 0.008
# Metres: no texel is narrower, where the mesh is folded or drawn to a point.
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class TangentFrame:
    """How far and where each texel of a map takes one along the surface.

    Attributes
    ----------
    right, down : (S, S, 3) float32
        Metres from a texel to the next one to the right and the next one down; photo's frame in
        Blender's axes.
    normals : (S, S, 3) float32
        Unit normals out of the head, in the same frame, without facets.
    """

    right: np.ndarray
    down: np.ndarray
    normals: Normals

    @cached_property
    def width(self) -> TexelMap:
        """(S, S) float32: metres to the next texel along the tangent, which points right."""
        return np.maximum(np.linalg.norm(self.right, axis=-1), np.float32(_LEAST))

    @cached_property
    def _upward(self) -> np.ndarray:
        """(S, S, 3): metres to the next texel upwards, in the map; Blender's V points there."""
        return -self.down

    @cached_property
    def shear(self) -> TexelMap:
        """(S, S) float32: metres along the tangent, on the way to the next texel upwards."""
        return np.einsum("ijk,ijk->ij", self._upward, self.right) / self.width

    @cached_property
    def height(self) -> TexelMap:
        """(S, S) float32: metres along the bitangent, on the way to the next texel upwards."""
        length = np.einsum("ijk,ijk->ij", self.down, self.down)
        return np.sqrt(np.maximum(length - self.shear**2, np.float32(_LEAST**2)))


def tangent_frame(geometry: FaceGeometry) -> TangentFrame:
    """The axes of a face's own map, life-size.

    Parameters
    ----------
    geometry : FaceGeometry

    Returns
    -------
    TangentFrame

    Notes
    -----
    Tangent, bitangent and normal are those of MikkTSpace and glTF: the tangent along U, the
    bitangent at right angles to it along V, which points up; metres as in the canonical frame.
    """
    layout = geometry.layout
    metres = (PHOTO_TO_BLENDER.T / geometry.pose.scale).astype(np.float32)
    places = cv2.GaussianBlur(geometry.extended_position_map @ metres, (0, 0), _EVEN * layout.size)
    down, right = (np.asarray(d, np.float32) for d in np.gradient(places, axis=(0, 1)))
    normals = np.cross(down, right) * (1 if layout.outward else -1)
    length = np.sqrt(np.einsum("ijk,ijk->ij", normals, normals))
    return TangentFrame(right, down, normals / np.maximum(length, _LEAST**2)[..., None])
