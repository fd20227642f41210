"""Turns the last faces of a flat map the right way, and makes those too thin wider."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_ROUNDS = 200
_TRIES = 12
_REACH = 0.03
"""Longest step, in tiles."""
_GOOD = 0.2
"""A corner whose triangle has this share of its face's mean size is left as it is."""


def untangle(quads: Ints, places: Array, free: Ints, middle: NDArray[np.bool_]) -> None:
    """Move vertices, in place, so that no corner of a face is turned over or nearly flat.

    Each vertex in turn tries steps of many lengths and directions, and takes the one after which
    the worst corner of its faces is best. Deterministic.

    Parameters
    ----------
    quads : (Q, 4)
        Counter-clockwise.
    places : (V, 2)
    free : (n,)
        Vertices that may move.
    middle : (V,) bool
        Those that stay on the line on which they are: they only move up and down.
    """
    around: dict[int, list[int]] = defaultdict(list)
    for f, q in enumerate(quads.tolist()):
        for v in q:
            around[v].append(f)
    rng = np.random.default_rng(0)
    low, high = places[np.unique(quads)].min(0), places[np.unique(quads)].max(0)
    for _ in range(_ROUNDS):
        moved = False
        for v in free.tolist():
            mine = quads[around[v]]
            start = places[v].copy()
            best = _worst(mine, places)
            if best > _GOOD:
                continue
            reach = min(float(np.linalg.norm(places[mine] - start, axis=2).max()), _REACH)
            turn = rng.uniform(0, 2 * np.pi, _TRIES)
            length = reach * rng.uniform(0.02, 0.5, _TRIES)
            steps = np.stack([np.cos(turn), np.sin(turn)], 1) * length[:, None]
            steps[0] = (places[mine].reshape(-1, 2).mean(0) - start) / 2
            if middle[v]:
                steps[:, 0] = 0
            choice = start
            for step in steps:
                places[v] = start + step
                if ((places[v] < low) | (places[v] > high)).any():
                    continue
                found = _worst(mine, places)
                if found > best + 1e-4:
                    best, choice, moved = found, places[v].copy(), True
            places[v] = choice
        if not moved:
            break


def _worst(quads: Ints, places: Array) -> float:
    """The least area of a corner's triangle, over the mean size of its face."""
    p = places[quads]
    after, before = np.roll(p, -1, 1) - p, np.roll(p, 1, 1) - p
    area = after[..., 0] * before[..., 1] - after[..., 1] * before[..., 0]
    size = (after**2).sum(2).mean(1) + 1e-12
    return float((area / size[:, None]).min())
