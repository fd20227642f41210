"""The face as a linear model: a mean, modes of identity, expressions.

    vertices = mean + identity @ modes + expression @ moves

People's identities are spread as the unit normal distribution; what a photo tells of them is held
back towards the mean, and `set_apart` says how far it goes out again. Every mode is
mirror-symmetric or mirror-antisymmetric and expressions come in pairs, so the file holds one half
of the face.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..errors import ModelError, Sentence
from ..files.safe import read_bounded, shown
from ..geometry.uv_layout import UVLayout
from ..model.bundled import models_folder
from ..typed import Points

FILE = "face_shape.npz"
"""File name of the shape that belongs to the model that comes with the add-on."""
MAX_FILE_BYTES = 64 * 2**20
"""Largest such file that is read."""
_FLIP = np.array([-1, 1, 1], np.float32)
_TOLD = ("precision", "calm", "usual", "spread")  # of a network's answers


@dataclass(frozen=True, eq=False)
class FaceShape:
    """A linear model of the texels of a layout of S x S texels.

    U vertices of one half of the face carry it; each texel lies on a triangle of them.

    Attributes
    ----------
    layout : UVLayout
    mean : (U, 3) float32
        Canonical frame, metres.
    modes : (K, U, 3) float32
        What one standard deviation of each identity coefficient adds.
    sign : (K,) float32
        Identity coefficients of a mirrored face are `sign` times those of the face.
    moves : (E, U, 3) float32
        What each expression adds at full strength.
    partner : (E,) int64
        The expression that each one becomes in the mirror.
    corners : (S, S / 2, 3) int64
        For each texel of the left half of the map the vertices of its triangle.
    bary : (S, S / 2, 3) float32
        Its barycentric weights.
    precision : (K, K) float32
        Inverse covariance of the error with which a network's features tell identity.
    calm : (E,) float32
        What the network says of the expression of calm faces.
    usual : (K,) float32
        Identity coefficients that photos of people tell on average.
    spread : (K, K) float32
        What differences from `usual` are multiplied by, so that people differ as people do.
    sha256 : str
        Digest of the file. A model's metadata name the digest of the shape it belongs to.
    """

    layout: UVLayout
    mean: np.ndarray
    modes: np.ndarray
    sign: np.ndarray
    moves: np.ndarray
    partner: np.ndarray
    corners: np.ndarray
    bary: np.ndarray
    precision: np.ndarray
    calm: np.ndarray
    usual: np.ndarray
    spread: np.ndarray
    sha256: str = ""

    @property
    def identities(self) -> int:
        """K, the number of identity coefficients."""
        return len(self.modes)

    def vertices(self, identity: np.ndarray, expression: np.ndarray | None = None) -> Points:
        """Make a face.

        Parameters
        ----------
        identity : (K,) float
        expression : (E,) float, optional
            0..1; by default none.

        Returns
        -------
        (n, 3) float32
            Canonical frame, metres, in `layout.texels` order.
        """
        e = np.zeros(len(self.moves)) if expression is None else np.asarray(expression)
        sides = [
            self.mean
            + np.tensordot(c.astype(np.float32), self.modes, 1)
            + np.tensordot(x.astype(np.float32), self.moves, 1)
            for c, x in ((identity, e), (identity * self.sign, e[self.partner]))
        ]
        return self._texels(np.concatenate(sides, axis=1))

    def moved(self, expression: np.ndarray, identity: np.ndarray | None = None) -> Points:
        """What an expression, or a change of coefficients, adds to a face.

        Parameters
        ----------
        expression : (E,) float
        identity : (K,) float, optional
            By default none.

        Returns
        -------
        (n, 3) float32
            Canonical frame, metres, in `layout.texels` order.
        """
        both = (expression, expression[self.partner])
        sides = [np.tensordot(x.astype(np.float32), self.moves, 1) for x in both]
        if identity is not None:
            for side, c in zip(sides, (identity, identity * self.sign), strict=True):
                side += np.tensordot(c.astype(np.float32), self.modes, 1)
        return self._texels(np.concatenate(sides, axis=1))

    def _texels(self, sides: np.ndarray) -> Points:
        """(n, 3): texels of the mask from vertices (U, 6): the half, and what is to be mirrored."""
        values = sides[self.corners[..., 0]] * self.bary[..., :1]
        for k in (1, 2):
            values += sides[self.corners[..., k]] * self.bary[..., k : k + 1]
        other = values[:, ::-1, 3:] * _FLIP
        whole = np.concatenate([values[..., :3], other], axis=1)
        return whole.reshape(-1, 3)[self.layout.texels]

    def directions(self, texels: np.ndarray) -> np.ndarray:
        """What coefficients do at some texels.

        Parameters
        ----------
        texels : (P,) int
            Flat indices v * S + u.

        Returns
        -------
        (K + E, P, 3) float64
            Metres, canonical frame: modes, then moves.
        """
        size = self.layout.size
        row, column = np.divmod(texels, size)
        right = column >= size // 2
        column = np.where(right, size - 1 - column, column)
        corners = self.corners[row, column]
        bary = self.bary[row, column].astype(np.float64)[..., None]

        def at(values: np.ndarray) -> np.ndarray:
            return np.asarray((values[:, corners] * bary).sum(2))

        modes, moves = at(self.modes), at(self.moves)
        mirrored = [modes * self.sign[:, None, None], moves[self.partner]]
        both = np.concatenate([modes, moves])
        other = np.concatenate(mirrored) * _FLIP
        return np.where(right[:, None], other, both)

    def set_apart(self, identity: np.ndarray, share: float = 1.0) -> np.ndarray:
        """Let a person differ from others as much as people do.

        The most probable identity is nearer to the mean than people are, and more so in what
        photos tell badly: all faces become alike but for how long or wide they are.

        Parameters
        ----------
        identity : (..., K) float
            As photos tell it.
        share : float, optional
            0..1: how much of that is made up for.

        Returns
        -------
        (..., K) float64
        """
        apart = np.asarray(identity, np.float64) - self.usual
        return np.asarray(identity + share * (apart @ self.spread - apart))

    def mirrored_identity(self, identity: np.ndarray) -> np.ndarray:
        """Identity coefficients (..., K) of the face that a mirror shows."""
        return identity * self.sign

    def mirrored_expression(self, expression: np.ndarray) -> np.ndarray:
        """Expressions (..., E) of the face that a mirror shows."""
        return expression[..., self.partner]

    @classmethod
    def beside(cls, folder: Path, layout: UVLayout) -> FaceShape | None:
        """Read the shape in a folder, if there is one and it belongs to a layout.

        Raises
        ------
        ModelError
            The file is damaged.
        """
        path = folder / FILE
        if not path.is_file():
            return None
        arrays, digest = _read(path)
        if str(arrays.pop("layout_sha256")) != layout.sha256:
            return None
        for name in ("mean", "modes", "sign", "moves", "bary", *_TOLD):
            arrays[name] = arrays[name].astype(np.float32)
        for name in ("partner", "corners"):
            arrays[name] = arrays[name].astype(np.int64)
        shape = cls(layout, **arrays, sha256=digest)
        if not shape._sound():
            raise ModelError(
                "{path} has arrays of unexpected shape, type or values.", path=shown(path)
            )
        return shape

    def _sound(self) -> bool:
        """Whether the arrays fit each other and the layout."""
        size = self.layout.size
        u, k, e = len(self.mean), len(self.modes), len(self.moves)
        shapes = {
            "mean": (u, 3),
            "modes": (k, u, 3),
            "sign": (k,),
            "moves": (e, u, 3),
            "partner": (e,),
            "corners": (size, size // 2, 3),
            "bary": (size, size // 2, 3),
            "precision": (k, k),
            "calm": (e,),
            "usual": (k,),
            "spread": (k, k),
        }
        if any(getattr(self, name).shape != shape for name, shape in shapes.items()):
            return False
        if not all(np.isfinite(getattr(self, name)).all() for name in shapes):
            return False
        inside = min(self.corners.min(), self.partner.min()) >= 0
        return bool(inside and self.corners.max() < u and self.partner.max() < e)


def _read(path: Path) -> tuple[dict[str, np.ndarray], str]:
    """Read the arrays of a file, and its digest; ModelError if it is damaged."""
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError)
    names = ("layout_sha256", "mean", "modes", "sign", "moves", "partner", "corners", "bary")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            found = {name: archive[name] for name in (*names, *_TOLD)}
    except Exception as e:  # zip and npy parsers raise many kinds on damaged data
        raise ModelError("{path} is damaged or not an .npz file.", path=shown(path)) from e
    for name, value in found.items():
        if name != "layout_sha256" and value.dtype.kind not in "fiu":
            raise ModelError(
                "{path} has arrays of unexpected shape, type or values.", path=shown(path)
            )
    return found, hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=2)
def bundled_shape(layout: UVLayout) -> FaceShape | None:
    """The shape that comes with the add-on, if it belongs to a layout."""
    try:
        return FaceShape.beside(models_folder(), layout)
    except ModelError:
        return None
