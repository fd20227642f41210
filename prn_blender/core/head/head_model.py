"""The whole head: a mesh of quads with UV, identity, 52 expressions, parts, groups and a small rig.

    vertices = mean + identity @ modes + expression @ moves

It is the head of which a position map shows the face: `texel` says where its vertices lie in the
map, and identity has the coefficients of `FaceShape`. The file's contract: docs/head.md.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError, Sentence
from ..files.safe import read_bounded, shown
from ..geometry.uv_layout import UVLayout
from ..model.bundled import models_folder
from ..typed import Points

FILE = "head.npz"
"""File name of the head that comes with the add-on."""
VERSION = 1
"""Of the file's format."""
MAX_FILE_BYTES = 64 * 2**20
"""Largest such file that is read."""
SKIN_PARTS = ("skin", "mouth_bag", "eye_sockets")
"""Parts that hang together; the others are pieces of their own."""
_UNIT = 1e-3
"""How far the sum of a vertex's weights may be from 1."""


@dataclass(frozen=True, eq=False)
class HeadModel:
    """A linear head of V vertices and Q faces.

    Attributes
    ----------
    name : str
    layout_sha256 : str
        Digest of the UV layout that `texel` counts in.
    shape_sha256 : str
        Digest of the face shape whose identity coefficients `modes` go with.
    quads : (Q, 4) int64
        Faces, counter-clockwise as seen from outside.
    uv : (Q, 4, 2) float32
        UV of each face's corners, v up: the whole head in one tile, nothing overlaps.
    part : (Q,) int64
        Index of each face's part in `part_names`.
    part_names : tuple of str
    mean : (V, 3) float32
        Canonical frame, metres; mirror-symmetric.
    modes : (K, V, 3) float32
        What one standard deviation of each identity coefficient adds.
    sign : (K,) float32
        Identity coefficients of a mirrored head are `sign` times those of the head.
    moves : (E, V, 3) float32
        What each expression adds at full strength.
    move_names : tuple of str
        ARKit's names.
    partner : (E,) int64
        The expression that each one becomes in the mirror.
    mirror : (V,) int64
        The vertex that mirrors each one.
    texel : (V, 2) float32
        Column and row of each vertex in the layout; NaN where the layout does not show it.
    follow : (V,) float32
        0..1: how far a vertex may follow a position map. Fades to 0 at the layout's rim, and is 0
        where map and head differ by nature, as on ears.
    slide : (V, 3) float32
        What faces that the network sees have more than the linear head, on average; metres. Its
        points slide along the surface against those of the head.
    face_rect : (3,) float32
        Left, bottom and side of the square of the UV tile that holds the layout.
    smooth : (M, V) float32
        Smooth fields over the head, mean square 1, that neither open nor close mouth and eyes.
    slopes : (M,) float32
        Their mean square slopes, 1 / m^2, ascending.
    lips, left_lids, right_lids, neck_end : (n,) int64
        Loops of vertices: where the lips touch, the lids' margins, where the head ends.
    groups : dict of str to (V,) bool
        Named sets of vertices.
    bone_names : tuple of str
    weights : (B, V) float32
        Of each bone; they add up to 1.
    joint_vertices, joint_weights : (B, 2, n)
        Head and tail of each bone, as weighted sums of vertices.
    source : (V,) int64
        Vertex of the mesh that the head was made from (MakeHuman's base mesh).
    """

    name: str
    layout_sha256: str
    shape_sha256: str
    quads: np.ndarray
    uv: np.ndarray
    part: np.ndarray
    part_names: tuple[str, ...]
    mean: Points
    modes: np.ndarray
    sign: np.ndarray
    moves: np.ndarray
    move_names: tuple[str, ...]
    partner: np.ndarray
    mirror: np.ndarray
    texel: np.ndarray
    follow: np.ndarray
    slide: np.ndarray
    face_rect: np.ndarray
    smooth: np.ndarray
    slopes: np.ndarray
    lips: np.ndarray
    left_lids: np.ndarray
    right_lids: np.ndarray
    neck_end: np.ndarray
    groups: dict[str, np.ndarray]
    bone_names: tuple[str, ...]
    weights: np.ndarray
    joint_vertices: np.ndarray
    joint_weights: np.ndarray
    source: np.ndarray

    @property
    def count(self) -> int:
        """V, the number of vertices."""
        return len(self.mean)

    def vertices(self, identity: np.ndarray, expression: np.ndarray | None = None) -> Points:
        """Make a head.

        Parameters
        ----------
        identity : (K,) float
        expression : (E,) float, optional
            0..1; by default none.

        Returns
        -------
        (V, 3) float32
            Canonical frame, metres.
        """
        result = self.mean + np.tensordot(identity.astype(np.float32), self.modes, 1)
        if expression is not None:
            result += np.tensordot(np.asarray(expression, np.float32), self.moves, 1)
        return np.asarray(result, np.float32)

    def joints(self, vertices: Points) -> np.ndarray:
        """Where the bones of a head lie.

        Parameters
        ----------
        vertices : (V, 3) float

        Returns
        -------
        (B, 2, 3) float64
            Head and tail of each bone, in the frame of the vertices.
        """
        at = vertices[self.joint_vertices].astype(np.float64)
        return np.asarray((at * self.joint_weights[..., None]).sum(2))

    def of_part(self, *names: str) -> np.ndarray:
        """Vertices of some parts, ascending."""
        chosen = np.isin(self.part, [self.part_names.index(name) for name in names])
        return np.unique(self.quads[chosen])

    @cached_property
    def shown(self) -> np.ndarray:
        """(n,) int64: vertices that the layout shows."""
        return np.flatnonzero(np.isfinite(self.texel).all(1))

    @cached_property
    def triangles(self) -> np.ndarray:
        """(2 Q, 3) int64: each quad cut along its diagonal 0-2."""
        q = self.quads
        return np.stack([q[:, [0, 1, 2]], q[:, [0, 2, 3]]], 1).reshape(-1, 3)

    @cached_property
    def areas(self) -> np.ndarray:
        """(V,) float64: area of the mean head around each vertex, square metres."""
        a, b, c = (self.mean[self.triangles[:, k]].astype(np.float64) for k in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
        return np.bincount(self.triangles.ravel(), np.repeat(area, 3), self.count)

    @cached_property
    def neighbours(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Edges of the mesh, both ways: ends (n,) in ascending order and the other ends (n,), where
        each vertex's edges start (m,), and one more than their number (m, 1)."""
        ends = np.concatenate([self.quads[:, [k, (k + 1) % 4]] for k in range(4)])
        edges = np.unique(np.concatenate([ends, ends[:, ::-1]]), axis=0)
        a, b = edges.T
        starts = np.flatnonzero(np.r_[True, a[1:] != a[:-1]])
        degree = 1 + np.diff(np.r_[starts, len(a)])[:, None].astype(np.float32)
        return a, b, starts, degree

    def normals(self, vertices: Points) -> Points:
        """Unit normals (V, 3) of a head's vertices, out of the head."""
        a, b, c = (vertices[self.triangles[:, k]] for k in range(3))
        face = np.cross(b - a, c - a)
        corners = self.triangles.T.ravel()
        sums = [np.bincount(corners, np.tile(face[:, k], 3), self.count) for k in range(3)]
        normal = np.stack(sums, 1)
        return normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-20)

    @classmethod
    def load(cls, path: Path) -> HeadModel:
        """Read a file of the contract.

        Raises
        ------
        ModelError
            The file is missing, damaged, or breaks the contract.
        """
        found = _read(path)
        try:
            version = int(found.pop("version"))
            if version != VERSION:
                raise ModelError(
                    "{path} has version {version} of the head's format; this add-on reads "
                    "version {known}.",
                    path=shown(path),
                    version=version,
                    known=VERSION,
                )
            model = cls(**_arrays(found))
            sound = model._sound()
        except (TypeError, ValueError, KeyError, IndexError) as e:
            raise _unexpected(path) from e
        if not sound:
            raise _unexpected(path)
        return model

    def _sound(self) -> bool:
        """Whether the arrays fit each other."""
        v, q, k, e = len(self.mean), len(self.quads), len(self.modes), len(self.moves)
        b, m = len(self.bone_names), len(self.smooth)
        shapes = {
            "quads": (q, 4),
            "uv": (q, 4, 2),
            "part": (q,),
            "mean": (v, 3),
            "modes": (k, v, 3),
            "sign": (k,),
            "moves": (e, v, 3),
            "partner": (e,),
            "mirror": (v,),
            "texel": (v, 2),
            "follow": (v,),
            "slide": (v, 3),
            "face_rect": (3,),
            "smooth": (m, v),
            "slopes": (m,),
            "weights": (b, v),
            "joint_vertices": (b, 2, self.joint_vertices.shape[-1]),
            "joint_weights": self.joint_vertices.shape,
            "source": (v,),
        }
        if any(getattr(self, name).shape != shape for name, shape in shapes.items()):
            return False
        if len(self.move_names) != e or any(g.shape != (v,) for g in self.groups.values()):
            return False
        finite = [name for name in shapes if name != "texel"]
        if not all(np.isfinite(getattr(self, name)).all() for name in finite):
            return False
        loops = (self.lips, self.left_lids, self.right_lids, self.neck_end)
        for index, end in (
            *((loop, v) for loop in (*loops, self.quads, self.mirror, self.joint_vertices)),
            (self.part, len(self.part_names)),
            (self.partner, e),
        ):
            if index.size and not 0 <= index.min() <= index.max() < end:
                return False
        summed = np.abs(self.weights.sum(0) - 1).max(initial=0)
        return bool((self.mirror[self.mirror] == np.arange(v)).all() and summed < _UNIT)


_TEXTS = ("name", "layout_sha256", "shape_sha256")
_NAMES = ("part_names", "move_names", "bone_names")
_FLOATS = (
    *("uv", "mean", "modes", "sign", "moves", "texel", "follow", "slide", "face_rect"),
    *("smooth", "slopes", "weights", "joint_weights"),
)
_INDICES = (
    *("quads", "part", "partner", "mirror", "lips", "left_lids", "right_lids", "neck_end"),
    *("joint_vertices", "source"),
)


def _read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file; ModelError if it is damaged."""
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError)
    names = ("version", *_TEXTS, *_NAMES, *_FLOATS, *_INDICES, "group_names", "groups")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except Exception as e:  # zip and npy parsers raise many kinds on damaged data
        raise ModelError("{path} is damaged or not an .npz file.", path=shown(path)) from e


def _arrays(found: dict[str, np.ndarray]) -> dict[str, Any]:
    """What the file's arrays are in memory."""
    result: dict[str, Any] = {name: str(found[name]) for name in _TEXTS}
    for name in _NAMES:
        result[name] = tuple(str(n) for n in found[name])
    for name in _FLOATS + _INDICES:
        if found[name].dtype.kind not in "fiu":
            raise TypeError(name)
        result[name] = found[name].astype(np.float32 if name in _FLOATS else np.int64)
    count = len(found["mean"])
    bits = np.unpackbits(found["groups"], axis=1, count=count).astype(bool)
    result["groups"] = dict(zip(map(str, found["group_names"]), bits, strict=True))
    return result


def _unexpected(path: Path) -> ModelError:
    return ModelError("{path} has arrays of unexpected shape, type or values.", path=shown(path))


@lru_cache(maxsize=1)
def bundled_head() -> HeadModel:
    """The head that comes with the add-on. It is read on first use.

    Raises
    ------
    ModelError
        Its file is missing or damaged.
    """
    return HeadModel.load(models_folder() / FILE)


def head_for(layout: UVLayout) -> HeadModel | None:
    """The head that comes with the add-on, if its vertices are known in a layout."""
    try:
        head = bundled_head()
    except ModelError:
        return None
    return head if head.layout_sha256 == layout.sha256 else None
