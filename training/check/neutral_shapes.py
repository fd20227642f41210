"""How far neutral faces that a model tells are from the true ones of known heads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.face import Face
from prn_blender.core.geometry.pose import fit_similarity
from prn_blender.core.head.face_shape import FaceShape

from .surfaces import MeanFace

Points = NDArray[np.float64]
_GRID = 5.0  # millimetres


class NeutralShapes:
    """Neutral shapes at P points of the inner face, millimetres.

    Parameters
    ----------
    shape
        Whose coefficients the model tells.
    """

    def __init__(self, shape: FaceShape) -> None:
        self._shape = shape
        mean = MeanFace(shape.layout)
        self._some = mean.thinned(_GRID)
        self._normals = mean.normals()[self._some]

    def true(self, weights: NDArray[Any]) -> Points:
        """Of a person by the coefficients: (P, 3)."""
        return self._shape.vertices(weights)[self._some].astype(np.float64) * 1000

    def told(self, face: Face) -> Points | None:
        """Of a face as a model tells it; None if it does not."""
        if face.neutral is None:
            return None
        return face.neutral[self._some].astype(np.float64) * 1000

    def compare(self, true: Points, told: Points) -> dict[str, float]:
        """Measure shapes (N, P, 3) of N people.

        Returns
        -------
        dict
            `heads`, N; `mm`, the mean of median distances after a similarity; `identity_r`, along
            normals, of what sets each apart from its set's mean.
        """
        laid = np.stack([fit_similarity(f, t).apply(f) for f, t in zip(told, true, strict=True)])
        a = ((true - true.mean(0)) * self._normals).sum(2)
        b = ((laid - laid.mean(0)) * self._normals).sum(2)
        rows = [np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)]
        return {
            "heads": len(true),
            "mm": float(np.median(np.linalg.norm(laid - true, axis=2), axis=1).mean()),
            "identity_r": float(np.mean(rows)),
        }


def slopes(true: Points, told: Points) -> dict[str, float]:
    """Differences (N, P, 3) told between pairs of people over the true ones.

    Returns
    -------
    dict
        `pairs`, N; `slope`, and `depth_slope` in depth alone.
    """
    both, squares = true * told, true * true
    return {
        "pairs": len(true),
        "slope": float(both.sum() / squares.sum()),
        "depth_slope": float(both[..., 1].sum() / squares[..., 1].sum()),
    }
