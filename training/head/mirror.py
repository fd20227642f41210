"""What the head model's coefficients become when a head is mirrored left to right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .head_model import HeadModel, expression_partners


@dataclass(frozen=True)
class CoefficientMirror:
    """The mirrored head's coefficient k is `sign[k]` times coefficient `order[k]` of the head.

    Attributes
    ----------
    order : (K + E,) int64
    sign : (K + E,) float32
        1 or -1.
    """

    order: NDArray[np.int64]
    sign: NDArray[np.float32]


def build_mirror(head: HeadModel) -> CoefficientMirror:
    """Find how a head model's coefficients mirror.

    Identity components are symmetric (sign 1) or antisymmetric (sign -1); expressions of the left
    side swap with those of the right.
    """
    flip = np.array([-1.0, 1.0, 1.0])
    k = len(head.identity)
    mirrored = head.identity[:, head.mirror] * flip
    sign = np.sign((mirrored * head.identity).sum((1, 2)))
    order = np.concatenate([np.arange(k), k + expression_partners(head.expression_names)])
    return CoefficientMirror(
        order, np.concatenate([sign, np.ones(len(order) - k)]).astype(np.float32)
    )


def mirror_directions(mirror: CoefficientMirror) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split the space of coefficients by what mirroring does.

    Returns
    -------
    even : (K + E, A)
        Orthonormal directions that mirroring leaves as they are.
    odd : (K + E, B)
        Those that it negates; A + B = K + E.
    """
    turned = np.eye(len(mirror.sign))[mirror.order] * mirror.sign[:, None]
    values, directions = np.linalg.eigh(turned)
    return directions[:, values > 0], directions[:, values < 0]
