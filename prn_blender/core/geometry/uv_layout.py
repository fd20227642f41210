"""What every texel of a position map means."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from ..choices import STRIDES
from ..errors import OptionError
from .landmarks import EYES
from .lattice import clean_quads, lattice_lines, nearest_inside, triangulate


@dataclass(frozen=True, eq=False)
class UVLayout:
    """The meaning of the texels of an S x S position map, row v (down), column u (right).

    Attributes
    ----------
    name : str
    mask : (S, S) bool
        Texels that belong to the face.
    landmark_texels : (68, 2) int
        (row, column) of the iBUG 68 points.
    canonical : (S, S, 3) float32
        The mean face in the canonical frame: Blender axes (looks along -Y, +Z up, +X to the
        subject's left), metres.
    parts : dict of str to (S, S) bool
        Named regions; left is the subject's left. May be empty.
    weights : (S, S) float32 or None
        PRNet's weight mask, where the layout carries one.
    canonical_source : (4, 4) float64 or None
        Similarity from the canonical frame to the one its numbers came from (PRNet's: y down, in
        its own unit), where that is another.
    sha256 : str
        Of the file, which the model's metadata repeat.
    path : Path or None
        The file.
    """

    name: str
    mask: np.ndarray
    landmark_texels: np.ndarray
    canonical: np.ndarray
    parts: dict[str, np.ndarray] = field(default_factory=dict)
    weights: np.ndarray | None = None
    sha256: str = ""
    path: Path | None = None
    canonical_source: np.ndarray | None = None

    @property
    def size(self) -> int:
        """S, the side of the position map."""
        return int(self.mask.shape[0])

    @cached_property
    def canonical_landmarks(self) -> np.ndarray:
        """(68, 3) float32 landmarks of the mean face, canonical frame."""
        return self.canonical[tuple(self.landmark_texels.T)]

    @cached_property
    def texels(self) -> np.ndarray:
        """(n,) int64 flat indices v * S + u of the mask's texels, ascending."""
        return np.flatnonzero(self.mask)

    @cached_property
    def uv(self) -> np.ndarray:
        """(S, S, 2) float32 texel centres in Blender's UV space, v up."""
        centres = (np.arange(self.size, dtype=np.float32) + 0.5) / self.size
        return np.stack(np.meshgrid(centres, 1 - centres), axis=-1)

    @cached_property
    def eye_distance(self) -> float:
        """Distance of the eye centres on the canonical face, metres."""
        eyes = self.canonical[tuple(self.landmark_texels[EYES].T)].astype(np.float64)
        return float(np.linalg.norm(eyes[:6].mean(axis=0) - eyes[6:].mean(axis=0)))

    @cached_property
    def _nearest_inside(self) -> np.ndarray:
        """(S * S,) flat index of the nearest texel of the mask, for every texel."""
        return nearest_inside(self.mask)

    def extend(self, values: np.ndarray) -> np.ndarray:
        """Values of the mask continued outside it, so that interpolation at its rim is clean.

        Parameters
        ----------
        values : (S, S, ...) array

        Returns
        -------
        (S, S, ...) array
            Equal to `values` inside the mask; elsewhere that of the nearest texel inside.
        """
        if self.mask.all():
            return values
        flat = values.reshape(self.size * self.size, *values.shape[2:])
        return flat[self._nearest_inside].reshape(values.shape)

    @staticmethod
    def mirrored(values: np.ndarray) -> np.ndarray:
        """What each texel's mirror image on the other half of the face holds.

        Parameters
        ----------
        values : (N, N, ...) array
            Of position maps or textures of any size.

        Returns
        -------
        (N, N, ...) array
            A view: column u is column N - 1 - u, by the contract of all layouts.
        """
        return values[:, ::-1]

    def quads(self, stride: int = 1) -> np.ndarray:
        """The mesh on every `stride`-th texel of the lattice.

        Parameters
        ----------
        stride : {1, 2, 4}

        Returns
        -------
        (m, 4) int64
            Flat texel indices, counter-clockwise as seen from outside the head (and in Blender's
            UV space where the layout is not mirrored). Where two corners coincide on the
            canonical face the quad is a triangle, its last index -1; those without area are
            left out, so no face of the mesh is degenerate.

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
        lines = lattice_lines(self.size, stride)
        index = lines[:, None] * self.size + lines
        inside = self.mask.ravel()[index]
        corners = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1)
        whole = inside[:-1, :-1] & inside[1:, :-1] & inside[1:, 1:] & inside[:-1, 1:]
        quads = self._representative[corners[whole]]
        return clean_quads(quads, self.canonical.reshape(-1, 3), outward=self.outward)

    @lru_cache(maxsize=4)  # noqa: B019 - as above
    def mesh(self, stride: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """`quads` with vertices of its own numbering.

        Parameters
        ----------
        stride : {1, 2, 4}

        Returns
        -------
        texels : (n,) int64
            Flat texel index of each vertex.
        faces : (m, 4) int32
            Vertex numbers; -1 for a triangle's missing corner.

        Raises
        ------
        OptionError
            Another stride.
        """
        quads = self.quads(stride)
        texels = np.unique(quads[quads >= 0])
        number = np.full(self.size * self.size + 1, -1, np.int32)  # the last stands for -1
        number[texels] = np.arange(len(texels), dtype=np.int32)
        return texels, number[quads]

    @cached_property
    def _representative(self) -> np.ndarray:
        """(S * S,) for each texel the first one that lies in the same place of the head.

        Layouts made by rendering (PRNet's) repeat positions; joining them keeps the mesh free
        of faces without area.
        """
        cell = 1e-4 * self.eye_distance
        keys = np.round(self.canonical.reshape(-1, 3)[self.texels] / cell).astype(np.int64)
        _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        result = np.arange(self.size * self.size)
        result[self.texels] = self.texels[first[inverse.ravel()]]
        return result

    @cached_property
    def outward(self) -> bool:
        """Whether (down, right) lattice order winds counter-clockwise seen from outside."""
        p = self.extend(self.canonical).astype(np.float64)
        normal = np.cross(p[2:, 1:-1] - p[:-2, 1:-1], p[1:-1, 2:] - p[1:-1, :-2])
        radial = p[1:-1, 1:-1] - p[self.mask].mean(axis=0)
        return bool((normal * radial).sum(axis=-1)[self.mask[1:-1, 1:-1]].sum() > 0)

    @cached_property
    def triangles(self) -> np.ndarray:
        """(k, 3) int64 the quads of stride 1 cut into triangles; flat texel indices."""
        return triangulate(self.quads(1), self.canonical.reshape(-1, 3))

    @cached_property
    def lattice_triangles(self) -> np.ndarray:
        """(k, 3) int64 every triangle of the lattice, with and without area, as PRNet has them.

        Numbers count the texels of the mask. Each cell is cut from its upper right to its lower
        left corner, and half a cell counts where the mask's rim leaves only three corners.
        """
        number = np.full(self.size * self.size, -1)
        number[self.texels] = np.arange(len(self.texels))
        number = number.reshape(self.size, self.size)
        a, b = number[:-1, :-1], number[1:, :-1]
        c, d = number[1:, 1:], number[:-1, 1:]
        cells = np.stack([np.stack([a, d, b], -1), np.stack([d, c, b], -1)], axis=2)
        triangles = cells.reshape(-1, 3)
        return triangles[(triangles >= 0).all(axis=1)]
