"""Where coefficients of the head model put the texels of the UV layout."""

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
class TexelShape:
    """A linear model of the texels: vertices of a mesh, and each texel's place on it.

    Attributes
    ----------
    mean : (V, 3), basis : (K + E, V, 3)
        Of the subdivided chart, head frame, head units.
    identities : int
        K, the number of identity coefficients; those of expression follow.
    corners, bary : (S, S, 3)
        Each texel's triangle (three vertices) and barycentric weights in it. Column S - 1 - u
        mirrors column u.
    even, odd : (K + E, ...)
        Orthonormal directions of coefficients that change the shape symmetrically and
        antisymmetrically.
    openings : list of Opening
        Of eyes and mouth, which must not close further than shut.
    """

    mean: NDArray[Any]
    basis: NDArray[Any]
    identities: int
    corners: NDArray[Any]
    bary: NDArray[Any]
    even: NDArray[Any]
    odd: NDArray[Any]
    openings: list[Opening]


def load_texel_shape(config: Config, head: HeadModel) -> TexelShape:
    """Put together the chart and the texels that the step `layout` left in the work folder.

    Raises
    ------
    FileNotFoundError
        That step has not been done.
    """
    chart, _ = smooth_chart(head)
    with np.load(config.work / "texels.npz") as z:
        corners, bary = z["corners"], z["bary"]
    even, odd = mirror_directions(build_mirror(head))
    identities, openings = len(head.identity), build_openings(head)
    return TexelShape(chart.mean, chart.basis, identities, corners, bary, even, odd, openings)
