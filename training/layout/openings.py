"""Lids and lips meet and go no further: what has closed too far is opened again.

A network's coefficients are never exact, and a tenth of a millimetre too much turns the triangles
between the lips over. The correction is piecewise linear in the coefficients, so it goes into the
exported graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..head.head_model import HeadModel
from .chart import build_chart

SHUT = 0.004
"""Head units that stay open, about half a millimetre: what lies between has a width."""
LEAST = 0.25
"""Pairs that open less than this share of the mean (corners) have no say."""


@dataclass(frozen=True)
class Opening:
    """One opening: an eye, or the mouth.

    Attributes
    ----------
    mean : (Q,)
        How far each pair of an upper and a lower vertex is apart on the mean head, over how far
        `direction` takes it apart; negative where they have passed each other.
    basis : (K + E, Q)
        What the coefficients add to it.
    direction : (K + E,)
        The shortest change of expressions that opens it, by one head unit on average.
    """

    mean: NDArray[np.float64]
    basis: NDArray[np.float64]
    direction: NDArray[np.float64]


def build_openings(head: HeadModel) -> list[Opening]:
    """Both eyes and the mouth, from the chart's rings."""
    rings = build_chart(head).rings
    return [_opening(head, rings[name]) for name in ("left_eye", "right_eye", "mouth")]


def _opening(head: HeadModel, ring: NDArray[np.int64]) -> Opening:
    at = head.mean[ring].astype(np.float64)
    first, last = sorted((int(at[:, 0].argmin()), int(at[:, 0].argmax())))
    one, other = np.arange(first + 1, last), np.r_[last + 1 : len(ring), 0:first]
    if at[one, 2].mean() < at[other, 2].mean():
        one, other = other, one
    below = other[np.abs(at[one, 0][:, None] - at[other, 0]).argmin(1)]
    upper, lower = ring[one], ring[below]
    gap = head.mean[upper, 2].astype(np.float64) - head.mean[lower, 2]
    slope = head.basis[:, upper, 2].astype(np.float64) - head.basis[:, lower, 2]
    direction = slope.mean(1)
    direction[: len(head.identity)] = 0
    direction /= direction @ direction
    opens = direction @ slope
    used = opens > LEAST
    return Opening((gap[used] - SHUT) / opens[used], slope[:, used] / opens[used], direction)


def opened(coefficients: NDArray[Any], openings: list[Opening]) -> NDArray[Any]:
    """Coefficients (N, K + E) with which nothing has closed too far.

    What has not is left as it is, to the last bit.
    """
    out = coefficients
    for o in openings:
        short = np.maximum(-(o.mean + coefficients @ o.basis), 0).max(1)
        out = out + short[:, None] * o.direction
    return out
