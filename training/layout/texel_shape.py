"""What a network's coefficients mean at the texels of the UV layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import Config
from ..head.head_model import HeadModel
from ..head.mirror import build_mirror, mirror_directions
from .openings import Opening, build_openings
from .uv_layout import smooth_chart


@dataclass(frozen=True)
class Shape:
    """What coefficients mean, and where the texels of the map lie.

    Attributes
    ----------
    mean : (V, 3), basis : (K + E, V, 3)
        Head frame.
    identities : int
        K.
    corners, bary : (S, S, 3)
        Each texel's triangle and place in it; those of column S - 1 - u mirror those of column u.
    even, odd : (K + E, ...)
        Orthonormal directions of coefficients whose shape is its own mirror image, and of those
        whose change of shape turns round in the mirror.
    openings : list of Opening
        What must not close further than shut.
    """

    mean: NDArray[Any]
    basis: NDArray[Any]
    identities: int
    corners: NDArray[Any]
    bary: NDArray[Any]
    even: NDArray[Any]
    odd: NDArray[Any]
    openings: list[Opening]


def load_shape(config: Config, head: HeadModel) -> Shape:
    """The chart's shape and the texels that the step `layout` left in the work folder."""
    chart, _ = smooth_chart(head)
    with np.load(config.work / "texels.npz") as z:
        corners, bary = z["corners"], z["bary"]
    even, odd = mirror_directions(build_mirror(head))
    identities, openings = len(head.identity), build_openings(head)
    return Shape(chart.mean, chart.basis, identities, corners, bary, even, odd, openings)
