"""Edge loops of a quad mesh: rows of edges that run straight on through vertices of four edges.

Artists model faces with loops around the eyes and the mouth, so that following edges finds the
margins of lids and lips.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray


class EdgeLoops:
    """Neighbours of the vertices and edges of a quad mesh.

    Parameters
    ----------
    quads : (Q, 4)

    Attributes
    ----------
    neighbours : dict
        Vertices that share an edge with a vertex.
    faces : dict
        Indices of the quads on both sides of an edge (smaller vertex, larger vertex).
    """

    def __init__(self, quads: NDArray[np.int64]) -> None:
        self.quads = quads
        self.neighbours: dict[int, set[int]] = defaultdict(set)
        self.faces: dict[tuple[int, int], list[int]] = defaultdict(list)
        for f, q in enumerate(quads.tolist()):
            for a, b in zip(q, [*q[1:], q[0]], strict=True):
                self.neighbours[a].add(b)
                self.neighbours[b].add(a)
                self.faces[min(a, b), max(a, b)].append(f)

    def ahead(self, a: int, b: int) -> int | None:
        """Find the next vertex straight on after the edge a -> b.

        None where b has not four edges: there is no "straight on" through it.
        """
        if len(self.neighbours[b]) != 4:
            return None
        beside = set(self.faces[min(a, b), max(a, b)])
        options = [
            c
            for c in self.neighbours[b]
            if c != a and not beside & set(self.faces[min(b, c), max(b, c)])
        ]
        return options[0] if len(options) == 1 else None

    def loop(self, a: int, b: int) -> list[int] | None:
        """Follow the closed edge loop that begins with a -> b; None where it does not close."""
        path = [a, b]
        while len(path) < 200:
            c = self.ahead(path[-2], path[-1])
            if c is None:
                return None
            if c == a:
                return path
            path.append(c)
        return None

    def line(self, a: int, b: int, longest: int) -> list[int]:
        """Follow edges straight on from a -> b, for up to `longest` vertices."""
        path = [a, b]
        while len(path) < longest:
            c = self.ahead(path[-2], path[-1])
            if c is None or c in path:
                break
            path.append(c)
        return path

    def inside(self, ring: list[int], seed: int) -> set[int]:
        """Flood fill: the quads on the side of a closed loop on which the vertex `seed` lies."""
        wall = {(min(a, b), max(a, b)) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)}
        of_vertex: dict[int, list[int]] = defaultdict(list)
        for f, q in enumerate(self.quads.tolist()):
            for v in q:
                of_vertex[v].append(f)
        todo = list(of_vertex[seed])
        found = set(todo)
        while todo:
            q = self.quads[todo.pop()].tolist()
            for a, b in zip(q, [*q[1:], q[0]], strict=True):
                edge = (min(a, b), max(a, b))
                if edge in wall:
                    continue
                for f in self.faces[edge]:
                    if f not in found:
                        found.add(f)
                        todo.append(f)
        return found
