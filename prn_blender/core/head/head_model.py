"""The whole head: a mesh of quads with UV, identity, 52 expressions, parts, groups and a small rig.

    vertices = mean + identity @ modes + expression @ moves

It is the head of which a position map shows the face: `texel` says where its vertices lie in the
map, and identity has the coefficients of `FaceShape`. The file's contract: docs/head.md.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..files.safe import shown
from ..geometry.nearest import vertex_normals
from ..geometry.uv_layout import UVLayout
from ..model.bundled import models_folder
from ..typed import Points
from .head_arrays import in_memory, read_arrays, unexpected

FILE = "head.npz"
"""File name of the head that comes with the add-on."""
VERSION = 2
"""Of the file's format; 1 knew squares of the layout, four corners and our parts only."""
_READ = (1, VERSION)
SKIN_PARTS = ("skin", "mouth_bag", "eye_sockets")
"""Parts that hang together; the others are pieces of their own."""
PARTS = (*SKIN_PARTS, "eyes", "teeth", "tongue", "lashes")
"""Parts of every head, though there may be no faces of one."""
GUEST_PARTS = ("lash_cards", "films")
"""Further parts of others' heads: lashes of any form, and clear shells on the eyes."""
_MAX_LAYOUT = 4096
"""Largest side of a layout."""
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
        Faces, counter-clockwise as seen from outside; a triangle repeats its last corner.
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
        Left, bottom and side of the square of the UV tile that holds the layout; side 0 where the
        tile has another form.
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
    layout_size : int
        Side of the layout that `texel` counts in; 0 where `face_rect` tells.
    given_uv : (Q, 4, 2) float32 or None
        UV of the faces' corners as the owner of another head has it, in any number of tiles.
    frame : (4, 4) float32 or None
        From the canonical frame to the owner's.
    path : Path or None
        The file that it was read from; None of the head that comes with the add-on.
    sha256 : str
        Digest of that file.
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
    layout_size: int = 0
    given_uv: np.ndarray | None = None
    frame: np.ndarray | None = None
    path: Path | None = None
    sha256: str = ""

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

    @cached_property
    def sizes(self) -> np.ndarray:
        """(Q,) int64: how many corners each face has, 3 or 4."""
        return np.where(self.quads[:, 3] == self.quads[:, 2], 3, 4)

    @cached_property
    def layout_uv(self) -> np.ndarray:
        """(Q, 4, 2) float32: UV of the faces' corners in the layout, NaN beyond it."""
        left, bottom, side = self.face_rect
        if side > 0:
            uv = (self.uv - np.array([left, bottom], np.float32)) / side
            beyond = ~((uv >= 0) & (uv <= 1)).all(axis=(1, 2))
        else:
            uv = (self.texel[self.quads] + np.float32(0.5)) / np.float32(max(self.layout_size, 1))
            uv[..., 1] = 1 - uv[..., 1]
            beyond = ~np.isfinite(uv).all(axis=(1, 2))
            beyond |= self.part != self.part_names.index("skin")
        uv[beyond] = np.nan
        return np.ascontiguousarray(uv, np.float32)

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
        ends = np.concatenate([ends[ends[:, 0] != ends[:, 1]], self.joined])
        edges = np.unique(np.concatenate([ends, ends[:, ::-1]]), axis=0)
        a, b = edges.T
        starts = np.flatnonzero(np.r_[True, a[1:] != a[:-1]])
        degree = 1 + np.diff(np.r_[starts, len(a)])[:, None].astype(np.float32)
        return a, b, starts, degree

    @cached_property
    def joined(self) -> np.ndarray:
        """(n, 2) int64: vertices in one place, where pieces of others' heads meet."""
        skin = self.of_part("skin")
        _, of = np.unique(self.mean[skin], axis=0, return_inverse=True)
        order = np.argsort(of.ravel(), kind="stable")
        same = of.ravel()[order][1:] == of.ravel()[order][:-1]
        return np.stack([skin[order[:-1][same]], skin[order[1:][same]]], 1)

    def normals(self, vertices: Points) -> Points:
        """Unit normals (V, 3) of a head's vertices, out of the head."""
        return vertex_normals(vertices, self.triangles)

    @classmethod
    def load(cls, path: Path) -> HeadModel:
        """Read a file of the contract.

        Raises
        ------
        ModelError
            The file is missing, damaged, or breaks the contract.
        """
        found, digest = read_arrays(path)
        try:
            version = int(found.pop("version"))
            if version not in _READ:
                raise ModelError(
                    "{path} has version {version} of the head's format; this add-on reads "
                    "version {known}.",
                    path=shown(path),
                    version=version,
                    known=VERSION,
                )
            model = cls(**in_memory(found), path=path, sha256=digest)
            sound = model._sound()
        except (TypeError, ValueError, KeyError, IndexError) as e:
            raise unexpected(path) from e
        if not sound:
            raise unexpected(path)
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
        if not self._sound_form():
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

    def _sound_form(self) -> bool:
        """Whether parts and layout are what the add-on can work with."""
        missing = set(PARTS) - set(self.part_names)
        if missing or set(self.part_names) - set(PARTS) - set(GUEST_PARTS):
            return False
        if not self.face_rect[2] > 0 and not 0 < self.layout_size <= _MAX_LAYOUT:
            return False
        given = self.given_uv
        if given is not None and (given.shape != self.uv.shape or not np.isfinite(given).all()):
            return False
        return self.frame is None or (
            self.frame.shape == (4, 4) and bool(np.isfinite(self.frame).all())
        )


@lru_cache(maxsize=1)
def bundled_head() -> HeadModel:
    """The head that comes with the add-on. It is read on first use.

    Raises
    ------
    ModelError
        Its file is missing or damaged.
    """
    return replace(HeadModel.load(models_folder() / FILE), path=None, sha256="")


def kept_head(path: Path) -> HeadModel:
    """A head's file, read once as long as it stays the same; see `HeadModel.load` for errors."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return HeadModel.load(path)  # which says what is wrong
    return _kept(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _kept(path: Path, modified: int, size: int) -> HeadModel:
    return HeadModel.load(path)


def head_for(layout: UVLayout) -> HeadModel | None:
    """The head that comes with the add-on, if its vertices are known in a layout."""
    try:
        head = bundled_head()
    except ModelError:
        return None
    return head if head.layout_sha256 == layout.sha256 else None
