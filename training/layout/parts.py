"""Divides the texels of a UV layout into the 17 parts that masks are made of."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..head.head_model import HeadModel
from ..head.landmarks import anchor_positions, symmetric
from .chart import ChartMesh

Ints = NDArray[np.int64]

PARTS = (
    "left_eye",
    "right_eye",
    "left_lids",
    "right_lids",
    "left_brow",
    "right_brow",
    "nose",
    "upper_lip",
    "lower_lip",
    "mouth",
    "left_cheek",
    "right_cheek",
    "forehead",
    "chin",
    "left_ear",
    "right_ear",
    "neck",
)


def _in_polygon(points: NDArray[Any], polygon: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether points (..., 2) lie in a polygon (n, 2)."""
    from matplotlib.path import Path as Polygon

    flat = points.reshape(-1, 2)
    return np.asarray(Polygon(polygon).contains_points(flat)).reshape(points.shape[:-1])


def _segment_distance(points: NDArray[Any], line: NDArray[Any]) -> NDArray[Any]:
    """Distance of points (..., 3) from a line of segments (n, 3)."""
    best = np.full(points.shape[:-1], np.inf)
    for a, b in itertools.pairwise(line):
        f = np.clip(((points - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
        best = np.minimum(best, np.linalg.norm(points - a - f[..., None] * (b - a), axis=-1))
    return best


def find_parts(
    chart: ChartMesh,
    head: HeadModel,
    where: NDArray[Any],
    kind: Ints,
    mask: NDArray[np.bool_],
    uv: NDArray[Any],
) -> dict[str, NDArray[np.bool_]]:
    """Give every texel of the mask to one of `PARTS`.

    Eyes and mouth come from the chart, lips from its loops, all others from distances to the
    layout's anchor landmarks, in head units. A texel that several parts could claim goes to the
    one that comes first below.

    Parameters
    ----------
    chart, head
    where : (S, S, 3)
        Position of each texel on the mean head, head frame.
    kind : (S, S)
        As `ChartMesh.kind`.
    mask : (S, S)
    uv : (W, 2)
        Places of the chart's vertices in the map, in texels: column, row.

    Returns
    -------
    dict of (S, S) bool
        By name, in the order of `PARTS`.
    """
    p = symmetric(anchor_positions(head.mean))
    x, y, z = where[..., 0], where[..., 1], where[..., 2]
    size = len(mask)
    rows, columns = np.mgrid[:size, :size]
    grid = np.stack([columns, rows], -1).astype(float)
    lips = _in_polygon(grid, uv[chart.rings["lips"]])
    closing = uv[chart.rings["mouth"]]
    half = len(closing) // 2
    corner = closing[[half // 2, half // 2 + 1]].mean(0)
    # The line where the lips touch, from corner to corner: the upper lip is above it.
    upper = np.array([closing[i] for i in range(-(half // 2), half // 2 + 1)])
    order = np.argsort(upper[:, 0])
    line = np.interp(columns, upper[order, 0], upper[order, 1])
    line = np.where(np.abs(columns - size / 2) > abs(corner[0] - size / 2), corner[1], line)
    left = x > 0
    out: dict[str, NDArray[np.bool_]] = {}
    free = mask.copy()

    def take(name: str, where_true: NDArray[np.bool_]) -> None:
        """Give the part those of the texels that no part has taken yet."""
        nonlocal free
        out[name] = free & where_true
        free = free & ~out[name]

    take("left_eye", kind == 1)
    take("right_eye", kind == 2)
    take("mouth", kind == 3)
    take("upper_lip", lips & (rows <= line))
    take("lower_lip", lips)
    for side, first in (("right", 36), ("left", 42)):
        eye = p[first : first + 6]
        ring = np.concatenate([eye, eye[:1]])
        take(f"{side}_lids", (_segment_distance(where, ring) < 0.07) & (left == (side == "left")))
    for side, first in (("right", 17), ("left", 22)):
        brow = p[first : first + 5]
        take(f"{side}_brow", (_segment_distance(where, brow) < 0.055) & (left == (side == "left")))
    wing = abs(p[35, 0]) + 0.06
    high, low = p[27, 2], p[33, 2] - 0.02
    f = np.clip((high - z) / (high - low), 0, 1)
    take(
        "nose",
        (z < high)
        & (z > low)
        & (np.abs(x) < 0.09 + (wing - 0.09) * f**1.3)
        & (y < p[27, 1] + 0.25),
    )
    ear_y = p[0, 1] + 0.03
    side_x = 0.78 * abs(p[16, 0])
    ear = (y > ear_y) & (np.abs(x) > side_x) & (z > p[[3, 13], 2].mean()) & (z < p[19, 2] + 0.1)
    take("left_ear", ear & left)
    take("right_ear", ear & ~left)
    # The neck lies below the edge of the jaw, or behind the ears and below them.
    jaw = p[:17]
    order = np.argsort(jaw[:, 0])
    edge = np.interp(x, jaw[order, 0], jaw[order, 2])
    behind = np.interp(np.abs(x), np.abs(jaw[8:, 0]), jaw[8:, 1])
    take("neck", (z < edge - 0.03) & (y > behind - 0.02) | (y > ear_y + 0.05) & (z < p[1, 2]))
    between = (z >= high) & (np.abs(x) < np.abs(p[[39, 42], 0]).mean())
    take("forehead", between | (z > np.interp(np.abs(x), np.abs(p[22:27, 0]), p[22:27, 2]) + 0.02))
    take("chin", (z < p[57, 2] + 0.05) & (np.abs(x) < abs(p[54, 0]) * 0.9) & (y < p[8, 1] + 0.3))
    take("left_cheek", left)
    take("right_cheek", ~left)
    return {name: out[name] for name in PARTS}
