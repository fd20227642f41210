"""What every texel of a position map means."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import cv2
import numpy as np

from .choices import STRIDES
from .errors import ModelError, OptionError, Sentence
from .files.safe import read_bounded, shown

MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
_PART = "part_"
_LARGEST_HEAD = 100.0  # metres; the canonical face lies around its origin


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
        eyes = self.canonical[tuple(self.landmark_texels[36:48].T)].astype(np.float64)
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
        lines = _lattice_lines(self.size, stride)
        index = lines[:, None] * self.size + lines
        inside = self.mask.ravel()[index]
        corners = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1)
        whole = inside[:-1, :-1] & inside[1:, :-1] & inside[1:, 1:] & inside[:-1, 1:]
        quads = self._representative[corners[whole]]
        return _clean_quads(quads, self.canonical.reshape(-1, 3), outward=self.outward)

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


def nearest_inside(mask: np.ndarray) -> np.ndarray:
    """(H * W,) int64 flat index of the nearest True place of `mask` (H, W), for every place.

    At least one place has to be True.
    """
    _, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(labels.max()) + 1, np.int64)
    owner[labels[mask]] = np.flatnonzero(mask)
    return owner[labels.ravel()]


def triangulate(quads: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Cut each quad along the diagonal that leaves the larger smallest triangle.

    The other one can leave a sliver, whose normal means nothing and turns over when a face moves
    a little, or, in a quad with a dent, a triangle that lies upside down.

    Parameters
    ----------
    quads : (m, 4) int64
        -1 as the last corner marks a triangle.
    positions : (n, 3)

    Returns
    -------
    (k, 3) int64
    """
    whole = quads[:, 3] >= 0
    a, b, c, d = np.moveaxis(positions[quads].astype(np.float64), 1, 0)
    normal = np.cross(c - a, d - b)

    def area(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        return np.asarray((np.cross(q - p, r - p) * normal).sum(1))

    one = np.minimum(area(a, b, c), area(a, c, d))
    other = np.minimum(area(b, c, d), area(b, d, a))
    # Both are alike in a parallelogram: rounding should not decide there.
    turned = whole & (other > one * (1 + 1e-3) + 1e-12 * (normal**2).sum(1))
    quads = np.where(turned[:, None], np.roll(quads, -1, axis=1), quads)
    first, second = quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]
    return np.concatenate([first, second[whole]])


def _lattice_lines(size: int, stride: int) -> np.ndarray:
    """Rows (and columns) of the coarse lattice: symmetric about the middle, border included."""
    half = np.arange(size // 2 - 1, -1, -stride)[::-1]
    lines = np.concatenate([half, size - 1 - half, [0, size - 1]])
    return np.unique(lines)


def _clean_quads(quads: np.ndarray, positions: np.ndarray, outward: bool) -> np.ndarray:
    """Join repeated corners, drop faces without area, wind outward."""
    if not len(quads):
        return quads
    if not outward:
        quads = quads[:, ::-1]
    a, b, c, d = quads.T
    out = quads.copy()
    # A quad with two neighbouring corners in one place is a triangle of the other three.
    for same, keep in ((a == b, (1, 2, 3)), (b == c, (0, 2, 3)), (c == d, (0, 1, 2)),
                       (d == a, (0, 1, 2))):  # fmt: skip
        out[same, :3] = quads[same][:, keep]
        out[same, 3] = -1
    corners = positions[out[:, :3]].astype(np.float64)
    half = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]),
                          axis=1)  # fmt: skip
    last = positions[out[:, 3]].astype(np.float64)
    other = np.linalg.norm(np.cross(corners[:, 2] - corners[:, 0], last - corners[:, 0]), axis=1)
    other[out[:, 3] < 0] = 0
    three = out[:, :3]
    distinct = (three[:, 0] != three[:, 1]) & (three[:, 1] != three[:, 2])
    distinct &= (three[:, 2] != three[:, 0]) & (a != c) & (b != d)
    smallest = 1e-8 * np.median(half + other)
    return out[distinct & (half + other > smallest)]


def load_uv_layout(path: str | os.PathLike[str]) -> UVLayout:
    """Read a layout file (.npz, see the ONNX contract in docs/conventions.md).

    Raises
    ------
    ModelError
        The file is missing, damaged, too large, or not a layout.
    """
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("UV layout"), ModelError)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise ModelError(
                "The UV layout {path} unpacks to {unpacked} MB.",
                path=shown(path),
                unpacked=unpacked // 2**20,
            )
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except ModelError:
        raise
    except Exception as e:  # zip and npy parsers raise many kinds on damaged data
        raise ModelError(
            "The UV layout {path} is damaged or not an .npz file.", path=shown(path)
        ) from e
    return _checked(arrays, Path(path), hashlib.sha256(data).hexdigest())


def _checked(arrays: dict[str, np.ndarray], path: Path, sha256: str) -> UVLayout:
    missing = {"mask", "landmark_texels", "canonical"} - set(arrays)
    if missing:
        raise ModelError(
            "{path} is not a UV layout: it has no {names}.",
            path=shown(path),
            names=", ".join(sorted(missing)),
        )
    mask, texels, canonical = arrays["mask"], arrays["landmark_texels"], arrays["canonical"]
    size = mask.shape[0] if mask.ndim == 2 else 0
    fits = (
        8 <= size <= 2048
        and mask.shape == (size, size)
        and canonical.shape == (size, size, 3)
        and texels.shape == (68, 2)
        and texels.dtype.kind in "iu"
        and mask.dtype.kind in "bui"
        and canonical.dtype.kind == "f"
        and bool((np.abs(canonical) < _LARGEST_HEAD).all())
    )
    if not fits:
        raise ModelError(
            "The UV layout {path} has arrays of unexpected shape, type or values: mask "
            "{mask}, canonical {canonical}, landmark_texels {texels}.",
            path=shown(path),
            mask=mask.shape,
            canonical=canonical.shape,
            texels=texels.shape,
        )
    mask = mask.astype(bool)
    if texels.min() < 0 or texels.max() >= size or not mask[tuple(texels.T)].all():
        raise ModelError("The UV layout {path} has landmarks outside its mask.", path=shown(path))
    parts = {
        key.removeprefix(_PART): value.astype(bool)
        for key, value in arrays.items()
        if key.startswith(_PART) and value.shape == mask.shape and value.dtype.kind in "bui"
    }
    weights = arrays.get("weights")
    if weights is not None and (weights.shape != mask.shape or weights.dtype.kind not in "uif"):
        weights = None
    source = arrays.get("canonical_source")
    if source is not None and not (source.shape == (4, 4) and np.isfinite(source).all()):
        source = None
    layout = UVLayout(
        name=" ".join(str(arrays.get("name", path.stem)).split())[:80],
        mask=mask,
        landmark_texels=texels.astype(np.int64),
        canonical=np.where(mask[..., None], canonical, 0).astype(np.float32),
        parts=parts,
        weights=weights,
        sha256=sha256,
        path=path,
        canonical_source=source,
    )
    if layout.eye_distance < 1e-6 or not len(layout.quads(max(STRIDES))):
        raise ModelError(
            "The UV layout {path} has no surface that could become a mesh.", path=shown(path)
        )
    return layout
