"""What the faces of another head are: skin, eyes, teeth; which hang together, where they end."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import numpy as np

from ...geometry.nearest import nearest_points
from ...typed import Points
from ..eyeballs import sphere
from ..head_model import GUEST_PARTS, PARTS, HeadModel

PART_NAMES = (*PARTS, *GUEST_PARTS)
"""Parts of such heads."""
# What owners call parts of heads; the first that fits counts.
_CALLED = (
    ("lash_cards", r"lash"),
    ("films", r"lacrim|fluid|occlu|eye_?blend|tear|wet|film|_ao\b"),
    ("eye_sockets", r"eye_?socket|caruncle"),
    ("mouth_bag", r"mouth_?socket|mouth_?bag|oral|inner_?mouth|mouth_?inner"),
    ("teeth", r"teeth|tooth|dent"),
    ("tongue", r"tongue|gum"),
    ("eyes", r"eye_?ball|cornea|iris|sclera|pupil|\beyes?\b|\beye_?[lr]\b|(left|right)_?eye"),
    ("skin", r"skin|face|head|neck|body|ear|scalp"),
)
_ROUND = 0.08
"""Deviation of an eyeball's vertices from a sphere, over its radius."""
_SIZES = (0.6, 1.7)
"""Radius of an eyeball over ours."""
_WITHIN = 0.4
"""Radii between the middles of two balls of which one is within the other."""
_FILM = 1.2
"""Radii of an eyeball: pieces nearer to its middle lie on it."""


def pieces(quads: np.ndarray, count: int) -> np.ndarray:
    """(V,) int64: which piece each vertex belongs to, called after its least vertex."""
    a, b = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)]).T
    label = np.arange(count)
    while True:
        before = label.copy()
        least = np.minimum(label[a], label[b])
        np.minimum.at(label, a, least)
        np.minimum.at(label, b, least)
        label = label[label]
        if (label == before).all():
            return label


def called(label: np.ndarray, labels: tuple[str, ...]) -> np.ndarray:
    """(Q,) int64: each face's part by what it is called, -1 where that says nothing."""
    found = np.full(max(len(labels), 1), -1)
    for number, text in enumerate(labels):
        for part, pattern in _CALLED:
            if re.search(pattern, text):
                found[number] = PART_NAMES.index(part)
                break
    return np.asarray(found[label])


def parts_of(
    quads: np.ndarray,
    points: Points,
    named: np.ndarray,
    of_piece: np.ndarray,
    main: int,
    ours: HeadModel,
    bent: Points,
) -> np.ndarray:
    """The part of each face of a head.

    Parameters
    ----------
    quads : (Q, 4) int64
    points : (V, 3) float
        Where our bent head lies.
    named : (Q,) int64
        See `called`.
    of_piece : (V,) int64
        See `pieces`.
    main : int
        The piece with the skin of the face.
    ours : HeadModel
    bent : (V', 3) float
        Our vertices, bent onto that head.

    Returns
    -------
    (Q,) int64
        Index in `PART_NAMES`.
    """
    result = named.copy()
    piece = of_piece[quads[:, 0]]
    unknown = result < 0
    # What hangs together with the skin and has no name is what lies nearest of ours.
    layers = ("skin", "mouth_bag", "eye_sockets")
    here = unknown & (piece == main)
    if here.any() and (named[piece == main] < 0).all():
        vertices = [ours.of_part(name) for name in layers]
        cloud, of = np.concatenate(vertices), np.repeat(np.arange(3), [len(v) for v in vertices])
        middles = points[quads[here]].mean(1)
        near = nearest_points(bent[cloud], middles)[0][:, 0]
        result[here] = of[near]
    result[unknown & (piece == main) & (result < 0)] = 0
    for number in np.unique(piece[result < 0]):
        mine = (piece == number) & (result < 0)
        result[mine] = _guess(points[np.unique(quads[mine])], ours, bent)
    return _without_corneas(result, quads, points, piece)


def _without_corneas(
    part: np.ndarray, quads: np.ndarray, points: Points, piece: np.ndarray
) -> np.ndarray:
    """Of eyeballs within each other only the innermost is one; the others are clear shells."""
    eyes = PART_NAMES.index("eyes")
    balls = []
    for number in np.unique(piece[part == eyes]):
        mine = (piece == number) & (part == eyes)
        balls.append((*sphere(points[np.unique(quads[mine])]), mine))
    result = part.copy()
    for middle, radius, mine in balls:
        for other, less, _ in balls:
            if less < radius and np.linalg.norm(middle - other) < _WITHIN * radius:
                result[mine] = PART_NAMES.index("films")
    return result


def _guess(points: Points, ours: HeadModel, bent: Points) -> int:
    """The part of a piece of its own (n, 3), by its form and by what of ours lies nearest."""
    balls = ours.of_part("eyes")
    for side in (1, -1):
        middle, radius = sphere(bent[balls[np.sign(ours.mean[balls, 0]) == side]])
        away = np.linalg.norm(points - middle, axis=1)
        if len(points) >= 12 and np.linalg.norm(points.mean(0) - middle) < radius:
            own_middle, own = sphere(points)
            off = np.abs(np.linalg.norm(points - own_middle, axis=1) - own).mean()
            deep = np.ptp(points[:, 1]) > own
            if off < _ROUND * own and _SIZES[0] < own / radius < _SIZES[1] and deep:
                return PART_NAMES.index("eyes")
        if np.median(away) < _FILM * radius:
            return PART_NAMES.index("films")
    names = ("skin", "teeth", "tongue", "mouth_bag", "lashes")
    vertices = [ours.of_part(name) for name in names]
    cloud, of = np.concatenate(vertices), np.repeat(np.arange(5), [len(v) for v in vertices])
    votes = np.bincount(of[nearest_points(bent[cloud], points)[0][:, 0]], minlength=5)
    name = names[int(votes.argmax())]
    return PART_NAMES.index("lash_cards" if name == "lashes" else name)


def rims(quads: np.ndarray, inner: np.ndarray, skin: np.ndarray) -> list[np.ndarray]:
    """Closed loops of vertices where skin meets other faces, or ends.

    Parameters
    ----------
    quads : (Q, 4) int64
    inner : (Q,) bool
        The faces that the skin meets there.
    skin : (Q,) bool

    Returns
    -------
    list of (n,) int64
        In order; where skin ends without meeting anything, the loop there as well.
    """
    mine = _edges(quads[skin])
    found = set(map(tuple, mine.tolist()))
    others = set(map(tuple, _edges(quads[inner]).tolist()))
    known = set(map(tuple, _edges(quads[~skin & ~inner]).tolist()))
    # Neighbours go along their common edge in opposite directions.
    after: dict[int, int] = {}
    for a, b in found:
        if (b, a) in others or ((b, a) not in found and (b, a) not in known):
            after[a] = b
    loops = []
    while after:
        start, v = after.popitem()
        loop = [start]
        while v != start and v in after:
            loop.append(v)
            v = after.pop(v)
        if v == start and len(loop) >= 6:
            loops.append(np.array(loop, np.int64))
    return loops


def loop_at(loops: list[np.ndarray], points: Points, around: Points, reach: float) -> np.ndarray:
    """The loop that lies around some places (m, 3), which is at most `reach` off them all.

    Empty if there is none.
    """
    best, least = np.zeros(0, np.int64), reach
    for loop in loops:
        apart = np.linalg.norm(points[loop][:, None] - around[None], axis=2)
        off = float(max(apart.min(0).max(), np.quantile(apart.min(1), 0.9)))
        if off < least:
            best, least = loop, off
    return best


def _edges(quads: np.ndarray) -> np.ndarray:
    """(n, 2): the directed edges of faces; a triangle's last corner stands twice."""
    edges = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    return np.asarray(edges[edges[:, 0] != edges[:, 1]])
