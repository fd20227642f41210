"""Keeps lids and lips from passing through each other when eyes and mouth close.

A network's coefficients are never exact, and where they close a mouth by a tenth of a millimetre
too much, the triangles between the lips turn over. `opened` corrects such coefficients. The
correction is piecewise linear in them, so it is part of the exported graph too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..head.head_model import HeadModel
from .chart import build_chart

SHUT = 0.004
"""Head units, about half a millimetre, that lids and lips stay apart: the triangles between them
need some height."""
LEAST = 0.25
"""Pairs of vertices that open by less than this share of the mean are ignored: those near the
corners."""


@dataclass(frozen=True)
class Opening:
    """An eye or the mouth: the gaps between Q pairs of an upper and a lower vertex.

    A gap is measured in multiples of how far `direction` opens it, so it can be closed or opened by
    adding that many times `direction`; it is negative where upper and lower have passed each other.

    Attributes
    ----------
    mean : (Q,)
        Gaps of the mean head.
    basis : (K + E, Q)
        What the coefficients add: gaps = mean + coefficients @ basis.
    direction : (K + E,)
        The shortest change of expression weights that opens the pairs, by one head unit on average.
    """

    mean: NDArray[np.float64]
    basis: NDArray[np.float64]
    direction: NDArray[np.float64]


def build_openings(
    head: HeadModel, rings: Mapping[str, NDArray[np.int64]] | None = None
) -> list[Opening]:
    """Find the openings of both eyes and the mouth, from the chart's rings.

    `rings` are those of another head's chart with the same vertices, for a mean head whose own
    lids and lips do not lead to them.
    """
    rings = build_chart(head).rings if rings is None else rings
    return [_opening(head, rings[name]) for name in ("left_eye", "right_eye", "mouth")]


def upper_and_lower(
    head: HeadModel, ring: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair the upper with the lower vertices of a ring (R,) by how far they are to the side."""
    at = head.mean[ring].astype(np.float64)
    first, last = sorted((int(at[:, 0].argmin()), int(at[:, 0].argmax())))
    one, other = np.arange(first + 1, last), np.r_[last + 1 : len(ring), 0:first]
    if at[one, 2].mean() < at[other, 2].mean():
        one, other = other, one
    below = other[np.abs(at[one, 0][:, None] - at[other, 0]).argmin(1)]
    return ring[one], ring[below]


def _opening(head: HeadModel, ring: NDArray[np.int64]) -> Opening:
    """The opening whose edge is a ring (R,)."""
    upper, lower = upper_and_lower(head, ring)
    gap = head.mean[upper, 2].astype(np.float64) - head.mean[lower, 2]
    slope = head.basis[:, upper, 2].astype(np.float64) - head.basis[:, lower, 2]
    direction = slope.mean(1)
    direction[: len(head.identity)] = 0
    direction /= direction @ direction
    opens = direction @ slope
    used = opens > LEAST
    return Opening((gap[used] - SHUT) / opens[used], slope[:, used] / opens[used], direction)


def opened(coefficients: NDArray[Any], openings: list[Opening]) -> NDArray[Any]:
    """Open eyes and mouths that have closed too far.

    Parameters
    ----------
    coefficients : (N, K + E)
    openings

    Returns
    -------
    (N, K + E)
        Unchanged, to the last bit, where no gap is negative.
    """
    out = coefficients
    for o in openings:
        short = np.maximum(-(o.mean + coefficients @ o.basis), 0).max(1)
        out = out + short[:, None] * o.direction
    return out
