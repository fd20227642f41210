"""One UV tile for a head whose own UV has several, or none."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...geometry.rasterize import rasterize
from ...typed import Points
from ..eyeballs import sphere

_MAIN = 0.74
"""Side of the square of the tile that the skin with most faces has."""
_GAP = 0.04
"""Share of a cell that stays empty, so that mip levels do not mix."""
_SIDE = 512
"""Texels of the raster that tells whether faces lie over each other."""
_OVERLAP = 1.25
"""Area of faces over that which they cover: from there on a UV has no picture of its own for each
place, as where both halves of a face share one."""
_BACK = 0.9
"""Share of half a turn from which on the skin at the back is cut, where there is no UV."""


def tile_uv(
    quads: np.ndarray,
    points: Points,
    part: np.ndarray,
    names: tuple[str, ...],
    uv: np.ndarray | None,
) -> tuple[np.ndarray, bool]:
    """Lay all faces into one tile.

    Parameters
    ----------
    quads : (Q, 4) int64
    points : (V, 3) float
        Canonical frame.
    part : (Q,) int64
    names : tuple of str
        Of the parts.
    uv : (Q, 4, 2) float32 or None
        Their own: charts keep their form, each tile of a part gets a cell.

    Returns
    -------
    uv : (Q, 4, 2) float32
        0..1; eyeballs are seen from ahead.
    own : bool
        Whether the skin has the form of `uv`.
    """
    skin, eyes = part == names.index("skin"), part == names.index("eyes")
    own = uv is not None and not _overlaps(uv[skin])
    places = np.zeros((len(quads), 4, 2)) if uv is None else uv.astype(np.float64)
    floor = np.floor(places.mean(1) + 1e-6).astype(np.int64)
    cell = 4096 * part + 64 * (floor[:, 1] % 64) + floor[:, 0] % 64
    if not own:
        places[skin] = _around(points, quads[skin])
        cell[skin] = 0
    if uv is None:
        places[~skin & ~eyes] = points[quads[~skin & ~eyes]][..., [0, 2]]
        cell[~skin] = 4096 * part[~skin]
    for side in (1, -1):
        mine = eyes & (np.sign(points[quads].mean(1)[:, 0]) == side)
        if mine.any():
            places[mine] = _ball(points, quads[mine])
            cell[mine] = -1 if side == 1 else -2
    numbers, of, count = np.unique(cell, return_inverse=True, return_counts=True)
    with_skin = np.isin(numbers, cell[skin])
    main = int(np.where(with_skin, count, -1).argmax())
    result = np.empty((len(quads), 4, 2))
    slots = _slots(len(numbers) - 1)
    for number in range(len(numbers)):
        left, bottom, size = (0.0, 0.0, _MAIN) if number == main else next(slots)
        mine = of == number
        low, high = places[mine].min((0, 1)), places[mine].max((0, 1))
        scale = (1 - 2 * _GAP) * size / max(float((high - low).max()), 1e-12)
        corner = np.array([left, bottom]) + _GAP * size
        result[mine] = corner + (places[mine] - low) * scale
    return result.astype(np.float32), own


def _slots(count: int) -> Iterator[tuple[float, float, float]]:
    """Left, bottom and side of cells around the main square, at least `count`."""
    rows, wide = 1, 1 - _MAIN
    while True:
        side = wide / rows
        if rows * int(_MAIN / side + 1e-9) + rows * int(1 / side + 1e-9) >= count:
            break
        rows += 1
    across = [
        (k * side, _MAIN + r * side, side)
        for r in range(rows)
        for k in range(int(_MAIN / side + 1e-9))
    ]
    upward = [
        (_MAIN + r * side, k * side, side) for r in range(rows) for k in range(int(1 / side + 1e-9))
    ]
    return iter(upward + across)


def _overlaps(uv: np.ndarray) -> bool:
    """Whether faces (n, 4, 2) lie over each other in their tiles, or nowhere."""
    low = uv.reshape(-1, 2).min(0)
    size = float(np.ptp(uv.reshape(-1, 2), axis=0).max())
    if not np.isfinite(size) or size <= 0 or size > 64:
        return True
    scaled = (uv - low) / size * (_SIDE * max(1.0, min(size, 4.0)))
    side = int(np.ceil(scaled.max())) + 1
    flat = np.c_[scaled.reshape(-1, 2), np.zeros(4 * len(uv))].astype(np.float32)
    first = 4 * np.arange(len(uv))[:, None]
    triangles = np.concatenate([first + np.array(half) for half in ([0, 1, 2], [0, 2, 3])])
    a, b, c = (flat[triangles[:, k], :2] for k in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    covered = int((rasterize(flat, triangles, side, side).triangle >= 0).sum())
    return float(np.abs(doubled).sum() / 2) > _OVERLAP * max(covered, 1)


def _around(points: Points, quads: np.ndarray) -> np.ndarray:
    """(n, 4, 2): a head's skin unrolled from a cylinder, cut at the back."""
    middle = points[np.unique(quads)].mean(0)
    away = points[quads] - middle
    turn = np.arctan2(away[..., 0], -away[..., 1]) / np.pi
    # Faces across the cut lie on one side of it.
    across = (turn.max(1) > 1 - _BACK / 2) & (turn.min(1) < _BACK / 2 - 1)
    turn[across] = np.where(turn[across] < 0, turn[across] + 2, turn[across])
    radius = float(np.linalg.norm(away[..., :2], axis=-1).mean())
    return np.stack([turn * np.pi * radius, away[..., 2]], -1)


def _ball(points: Points, quads: np.ndarray) -> np.ndarray:
    """(n, 4, 2): an eyeball from ahead; distances from its pole are angles."""
    middle, _ = sphere(points[np.unique(quads)])
    away = points[quads] - middle
    away /= np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-9)
    angle = np.arccos(np.clip(-away[..., 1], -1, 1))
    flat = np.maximum(np.hypot(away[..., 0], away[..., 2]), 1e-9)
    return np.stack([away[..., 0], away[..., 2]], -1) / flat[..., None] * angle[..., None]
