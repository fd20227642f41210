"""Ears that keep their shape.

Scanned ears differ too much from MakeHuman's to be matched, and what is carried over to an ear from
the skin around it bends its fine folds through each other. So an ear goes with its root in one
piece: moved, turned and scaled in the mean, moved and stretched evenly by each mode of identity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.geometry.pose import fit_similarity

Array = NDArray[np.float64]

_ROOT = (0.02, 0.9)
"""Weights between which a vertex belongs to an ear's root."""


def keep_ears(raw: Array, modes: int, own: Array, ears: list[Array]) -> None:
    """Give ears their shape back, in place.

    Parameters
    ----------
    raw : (1 + K + E, U, 3)
        The population's mean and modes, and expressions.
    modes
        K.
    own : (U, 3)
        MakeHuman's mean head, in the same frame.
    ears : list of (U,)
        Weight of each vertex in an ear: 1 on it, fading around it.
    """
    for weight in ears:
        part = np.flatnonzero(weight > 0)
        w = weight[part, None]
        root = np.flatnonzero((weight > _ROOT[0]) & (weight < _ROOT[1]))
        placed = fit_similarity(own[root], raw[0, root]).apply(own[part])
        raw[0, part] += w * (placed - raw[0, part])
        # Four numbers for each coordinate: a move, and how it changes along x, y and z.
        rows = np.c_[np.ones(len(part)), placed - placed.mean(0)]
        solve = np.linalg.pinv(rows * w) * w.T
        even = np.einsum("pr,rq,fqc->fpc", rows, solve, raw[1 : 1 + modes, part])
        raw[1 : 1 + modes, part] += w * (even - raw[1 : 1 + modes, part])
