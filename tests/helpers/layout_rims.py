"""What a mesh of a layout looks like from its faces alone."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np


def corner_sets(quads: np.ndarray) -> list[list[int]]:
    return [[i for i in quad if i >= 0] for quad in quads.tolist()]


def rims(quads: np.ndarray) -> list[list[int]]:
    """The closed loops of edges that only one face has."""
    edges = {
        edge for face in corner_sets(quads) for edge in zip(face, face[1:] + face[:1], strict=True)
    }
    following = {a: b for a, b in edges if (b, a) not in edges}
    loops = []
    while following:
        start, vertex = following.popitem()
        loop = [start]
        while vertex != start:
            loop.append(vertex)
            vertex = following.pop(vertex)
        loops.append(loop)
    return loops
