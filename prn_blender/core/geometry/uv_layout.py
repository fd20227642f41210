"""UV layouts: which place of the face each texel of a position map is."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from ..choices import STRIDES
from ..errors import OptionError
from ..typed import Landmarks, Points, PositionMap, TexelMap, TexelMask, Triangles
from .coarse_lattice import coarse_lattice
from .landmarks import LEFT_EYE, RIGHT_EYE
from .lattice import clean_quads, nearest_inside, plain_lattice, triangulate
from .pose import SimilarityFit, spread_of

# Eye distances: texels whose canonical positions are this close lie in the same place of the head.
_SAME_PLACE = 1e-4


@dataclass(frozen=True, eq=False)
class UVLayout:
    """The meaning of the texels of a position map, S x S, with row v down and column u right.

    Attributes
    ----------
    name : str
    mask : (S, S) bool
        Texels that belong to the face.
    landmark_texels : (68, 2) int
        (row, column) of the iBUG 68 points.
    canonical : (S, S, 3) float32
        The mean face in the canonical frame: Blender's axes (it looks along -Y, +Z is up, +X is
        the subject's left), metres. 0 outside the mask.
    parts : dict of str to (S, S) bool
        Named regions; "left" is the subject's left. May be empty.
    weights : (S, S) float32 or None
        PRNet's weight mask, if the layout has one.
    canonical_source : (4, 4) float64 or None
        Similarity from the canonical frame to the frame that the positions were converted from
        (PRNet's: y down, in its own unit); None if they were not converted.
    sha256 : str
        Digest of the file. A model's metadata name the digest of the layout it belongs to.
    path : Path or None
        The file.
    """

    name: str
    mask: TexelMask
    landmark_texels: np.ndarray
    canonical: PositionMap
    parts: dict[str, TexelMask] = field(default_factory=dict)
    weights: TexelMap | None = None
    sha256: str = ""
    path: Path | None = None
    canonical_source: np.ndarray | None = None

    @property
    def size(self) -> int:
        """S, the side of the position map."""
        return int(self.mask.shape[0])

    @cached_property
    def canonical_landmarks(self) -> Landmarks:
        """(68, 3) float32 metres: the landmarks of the mean face in the canonical frame."""
        return self.canonical[tuple(self.landmark_texels.T)]

    @cached_property
    def texels(self) -> np.ndarray:
        """(n,) int64: flat indices v * S + u of the mask's texels, ascending."""
        return np.flatnonzero(self.mask)

    @cached_property
    def canonical_vertices(self) -> Points:
        """(n, 3) float32 metres: the mean face in the canonical frame, in the order of `texels`."""
        return self.canonical.reshape(-1, 3)[self.texels]

    @cached_property
    def fit(self) -> SimilarityFit:
        """Brings the mean face closest to vertices (n, 3) of a face, in the order of `texels`."""
        return SimilarityFit(self.canonical_vertices)

    @cached_property
    def spread(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of the mean face's vertices, see `pose.spread_of`."""
        return spread_of(self.canonical_vertices)

    @cached_property
    def uv(self) -> np.ndarray:
        """(S, S, 2) float32: texel centres in Blender's UV space, where v points up."""
        centres = (np.arange(self.size, dtype=np.float32) + 0.5) / self.size
        return np.stack(np.meshgrid(centres, 1 - centres), axis=-1)

    @cached_property
    def eye_distance(self) -> float:
        """Metres between the eye centres of the canonical face."""
        landmarks = self.canonical_landmarks.astype(np.float64)
        right, left = landmarks[RIGHT_EYE].mean(axis=0), landmarks[LEFT_EYE].mean(axis=0)
        return float(np.linalg.norm(right - left))

    @cached_property
    def _nearest_inside(self) -> np.ndarray:
        """(S * S,) int64: for each texel the flat index of the nearest texel of the mask."""
        return nearest_inside(self.mask)

    def extend(self, values: np.ndarray) -> np.ndarray:
        """Continue values outside the mask, so that interpolation at its border is clean.

        Parameters
        ----------
        values : (S, S, ...) array

        Returns
        -------
        (S, S, ...) array
            Equal to `values` inside the mask. Elsewhere the value of the nearest texel inside.
        """
        if self.mask.all():
            return values
        flat = values.reshape(self.size * self.size, *values.shape[2:])
        return flat[self._nearest_inside].reshape(values.shape)

    @staticmethod
    def mirrored(values: np.ndarray) -> np.ndarray:
        """Swap the two halves of the face in a map.

        By the contract of all layouts, the mirror image of column u is column N - 1 - u.

        Parameters
        ----------
        values : (N, N, ...) array
            A map or a texture of any size.

        Returns
        -------
        (N, N, ...) array
            For each texel the value of its mirror image; a view.
        """
        return values[:, ::-1]

    def quads(self, stride: int = 1) -> np.ndarray:
        """List the quads of the mesh that has a vertex at about every `stride`-th texel.

        Inside the face they are cells of the lattice of every `stride`-th row and column. At its
        rim their vertices lie on the rim of the finest lattice, and some are triangles.

        Parameters
        ----------
        stride : {1, 2, 4}

        Returns
        -------
        (m, 4) int64
            Flat texel indices, counter-clockwise as seen from outside the head (and in Blender's
            UV space unless the layout is mirrored). If two corners coincide on the canonical face
            or a corner was cut off the quad is a triangle, with -1 as its last index. Quads
            without area are left out, so no face of the mesh is degenerate.

        Raises
        ------
        OptionError
            Another stride.
        """
        if stride not in STRIDES:
            raise OptionError("The mesh stride is {stride}; it can be 1, 2 or 4.", stride=stride)
        return self._quads(stride)

    @lru_cache(maxsize=4)  # noqa: B019 - a handful of layouts live as long as the program
    def _quads(self, stride: int) -> np.ndarray:
        """`quads`, kept for each stride."""
        if stride == 1:
            return self._mesh_of(plain_lattice(self.mask, 1))
        return self._mesh_of(
            coarse_lattice(self.mask, self.canonical, self._nearest_inside, stride)
        )

    def _mesh_of(self, corners: np.ndarray) -> np.ndarray:
        """Quads fit for a mesh, from cells of the lattice."""
        quads = self._representative[corners]
        return clean_quads(quads, self.canonical.reshape(-1, 3), outward=self.outward)

    @lru_cache(maxsize=4)  # noqa: B019 - as above
    def mesh(self, stride: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """The mesh with a vertex at about every `stride`-th texel, with vertices numbered from 0.

        Parameters
        ----------
        stride : {1, 2, 4}

        Returns
        -------
        texels : (n,) int64
            Flat texel index of each vertex, ascending.
        faces : (m, 4) int32
            Vertex numbers, see `quads`; -1 for the fourth corner of a triangle.

        Raises
        ------
        OptionError
            Another stride.
        """
        quads = self.quads(stride)
        texels = np.unique(quads[quads >= 0])
        # One more than there are texels: index -1, a missing corner, stays -1.
        number = np.full(self.size * self.size + 1, -1, np.int32)
        number[texels] = np.arange(len(texels), dtype=np.int32)
        return texels, number[quads]

    @lru_cache(maxsize=4)  # noqa: B019 - as above
    def stepped_sizes(self, stride: int) -> tuple[int, int]:
        """How many vertices and faces `mesh` had up to version 0.1: files have such meshes.

        Its rim was not laid onto the outline but had steps.
        """
        quads = self._mesh_of(plain_lattice(self.mask, stride))
        return len(np.unique(quads[quads >= 0])), len(quads)

    @cached_property
    def _representative(self) -> np.ndarray:
        """(S * S,) int: for each texel the first one that lies in the same place of the head.

        Layouts that were made by rendering, such as PRNet's, repeat positions. A mesh in which
        they are merged has no faces without area.
        """
        cell = _SAME_PLACE * self.eye_distance
        keys = np.round(self.canonical.reshape(-1, 3)[self.texels] / cell).astype(np.int64)
        _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        result = np.arange(self.size * self.size)
        result[self.texels] = self.texels[first[inverse.ravel()]]
        return result

    @cached_property
    def outward(self) -> bool:
        """Whether quads wound down, then right, are counter-clockwise as seen from outside."""
        p = self.extend(self.canonical).astype(np.float64)
        normal = np.cross(p[2:, 1:-1] - p[:-2, 1:-1], p[1:-1, 2:] - p[1:-1, :-2])
        radial = p[1:-1, 1:-1] - p[self.mask].mean(axis=0)
        return bool((normal * radial).sum(axis=-1)[self.mask[1:-1, 1:-1]].sum() > 0)

    @cached_property
    def triangles(self) -> Triangles:
        """(k, 3) int64: the quads of stride 1 cut into triangles; flat texel indices."""
        return triangulate(self.quads(1), self.canonical.reshape(-1, 3))

    @cached_property
    def lattice_triangles(self) -> Triangles:
        """(k, 3) int64: all triangles of the lattice, with and without area, as PRNet has them.

        The indices are vertex numbers in the order of `texels`. Each cell is cut from its upper
        right to its lower left corner. At the mask's border half a cell is one triangle.
        """
        number = np.full(self.size * self.size, -1)
        number[self.texels] = np.arange(len(self.texels))
        number = number.reshape(self.size, self.size)
        a, b = number[:-1, :-1], number[1:, :-1]
        c, d = number[1:, 1:], number[:-1, 1:]
        cells = np.stack([np.stack([a, d, b], -1), np.stack([d, c, b], -1)], axis=2)
        triangles = cells.reshape(-1, 3)
        return triangles[(triangles >= 0).all(axis=1)]
