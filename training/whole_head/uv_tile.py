"""One UV tile for the whole head.

The face keeps the UV layout of the position map, shrunk into a square: its texture is a photo
unwrapped as always. Around it lies the rest of the skin, cut open only along the back, from the
neck's end up to the crown; no seam shows from the front. It is flattened like the layout itself, by
springs between a fixed inner and a fixed outer rim. Below lie the small pieces: the inside of the
mouth, the sockets, eyes, teeth, tongue and lashes.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry import connected_components
from ..layout.edge_loops import EdgeLoops
from .selection import PARTS, Selection, rim
from .untangle import untangle

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

FACE_RECT = (0.18, 0.205, 0.64)
"""Left, bottom and side of the square that holds the face's UV layout."""
_SKIN_RECT = (0.004, 0.124, 0.996, 0.996)
"""Left, bottom, right and top of the skin's outer rim."""
_STRIP = (0.004, 0.116)
"""Bottom and top of the strip of small pieces, ..."""
_GAP = 0.006
"""... and the space between them."""
TURN = np.pi / 2
"""Radians from the side of the tile to its top."""
_ROUND = 7.0
"""Exponent of the outer rim, a superellipse."""
_CROWN = 0.55
"""How far the cut reaches over the head: share of the way along the middle from the neck's end to
the face's rim."""


def tile(
    selection: Selection,
    mean: NDArray[Any],
    texel: NDArray[Any],
    inside: NDArray[np.bool_],
    size: int,
) -> NDArray[np.float32]:
    """Lay the head out.

    Parameters
    ----------
    selection
    mean : (V, 3)
        Canonical frame, metres.
    texel : (V, 2)
        Column and row in the layout, NaN elsewhere.
    inside : (V,) bool
        Vertices that keep their place in the layout; those at its rim need not.
    size
        Texels of the layout's side.

    Returns
    -------
    (Q, 4, 2) float32
        UV of each face's corners, v up.
    """
    uv = np.zeros((*selection.quads.shape, 2))
    left, bottom, side = FACE_RECT
    inner = np.stack(
        [
            left + side * (texel[:, 0] + 0.5) / size,
            bottom + side * (1 - (texel[:, 1] + 0.5) / size),
        ],
        1,
    )
    skin = selection.part == PARTS.index("skin")
    uv[skin] = _skin(selection, mean, inner, inside)
    _small_pieces(selection, mean, uv)
    return uv.astype(np.float32)


def _skin(selection: Selection, mean: Array, inner: Array, inside: NDArray[np.bool_]) -> Array:
    """UV (Q, 4, 2) of the skin's faces; `inside` (V,) says which vertices keep `inner` (V, 2)."""
    quads = selection.quads[selection.part == PARTS.index("skin")]
    face = inside[quads].all(1)
    around = np.isin(quads, selection.neck).any(1)
    # What is left must be one ring from the face's rim to the neck: specks belong to the face.
    rest = np.flatnonzero(~face)
    piece = connected_components(quads[rest], len(mean))
    face[rest[~np.isin(piece, piece[around[rest]])]] = True
    edges = EdgeLoops(quads)
    front = rim_of_hole(quads[~face], selection.neck)
    cut = _cut(selection, mean, edges, front)
    places = np.full((len(mean), 2), np.nan)
    used = np.unique(quads[face])
    places[used] = inner[used]
    # The subject's left half is laid out; the other is its mirror image.
    left = mean[quads, 0].mean(1) > 0
    loop, outline = _outline(selection, mean, cut)
    _between(quads[~face & left], mean, places, front, loop, outline)
    other = places[selection.mirror] * [-1, 1] + [1, 0]
    return np.where(left[:, None, None], places[quads], other[quads])


def _between(
    quads: Ints, mean: Array, places: Array, front: Ints, loop: Ints, outline: Array
) -> None:
    """Fill in the places of the left half of what lies between face and outer rim.

    Springs alone would draw vertices over the face's rim, which is round. So they work in angle
    around the face's middle, and in the share of the way from the face's rim to the outer one.
    """
    centre = np.array([0.5, FACE_RECT[1] + FACE_RECT[2] / 2])
    used = np.unique(quads)
    inner = front[np.isin(front, used)]

    def polar(at: Array) -> tuple[Array, Array]:
        away = at - centre
        return np.arctan2(away[:, 1], away[:, 0]), np.linalg.norm(away, axis=1)

    inner_angle, inner_reach = polar(places[inner])
    outer_angle, outer_reach = polar(outline)
    inner_angle[mean[inner, 0] == 0] = np.where(inner_angle[mean[inner, 0] == 0] > 0, 1, -1) * TURN
    middle = used[(mean[used, 0] == 0) & ~np.isin(used, np.r_[inner, loop])]
    angle, share = np.full((2, len(mean)), np.nan)
    angle[inner], share[inner] = inner_angle, 0
    angle[loop], share[loop] = outer_angle, 1
    top = mean[inner[inner_angle.argmax()], 2]
    angle[middle] = np.where(mean[middle, 2] > (top + mean[inner, 2].min()) / 2, TURN, -TURN)
    angle = _springs(quads, mean, angle[:, None], np.r_[inner, loop, middle])[:, 0]
    share = _springs(quads, mean, share[:, None], np.r_[inner, loop])[:, 0]
    order, other = np.argsort(inner_angle), np.argsort(outer_angle)
    near = np.interp(angle[used], inner_angle[order], inner_reach[order])
    far = np.interp(angle[used], outer_angle[other], outer_reach[other])
    reach = near + share[used] * (far - near)
    found = centre + reach[:, None] * np.stack([np.cos(angle[used]), np.sin(angle[used])], 1)
    places[used] = found
    places[loop] = outline
    free = np.setdiff1d(used, np.r_[inner, loop])
    untangle(quads, places, free, mean[:, 0] == 0)


def rim_of_hole(quads: Ints, neck: Ints) -> Ints:
    """The rim of a ring of quads that is not the neck's loop."""
    edges: set[tuple[int, int]] = set()
    for q in quads.tolist():
        edges.update(zip(q, [*q[1:], q[0]], strict=True))
    after = {a: b for a, b in edges if (b, a) not in edges}
    ends = set(neck.tolist())
    start = next(a for a in sorted(after) if a not in ends)
    loop = [start]
    while after[loop[-1]] != start:
        loop.append(after[loop[-1]])
    return np.array(loop)


def _cut(selection: Selection, mean: Array, edges: EdgeLoops, front: Ints) -> Ints:
    """Vertices from the back of the neck's end up along the middle to the crown."""
    middle = {v for v in edges.neighbours if selection.mirror[v] == v}
    start = max((int(v) for v in selection.neck if int(v) in middle), key=lambda v: mean[v, 1])
    goals = {int(v) for v in front if int(v) in middle}
    best = {start: (0.0, -1)}
    heap = [(0.0, start)]
    while heap:
        way, v = heapq.heappop(heap)
        if v in goals:
            break
        for w in edges.neighbours[v] & middle:
            length = way + float(np.linalg.norm(mean[v] - mean[w]))
            if w not in best or length < best[w][0]:
                best[w] = (length, v)
                heapq.heappush(heap, (length, w))
    path = [v]
    while best[path[-1]][1] >= 0:
        path.append(best[path[-1]][1])
    path = path[::-1]
    lengths = np.array([best[w][0] for w in path])
    return np.array(path)[lengths <= _CROWN * lengths[-1]]


def _outline(selection: Selection, mean: Array, cut: Ints) -> tuple[Ints, Array]:
    """The outer rim of the left half, from below, and its places on a rounded rectangle.

    Half of the neck's loop comes first, then the cut, both by their lengths.
    """
    x1, y0, y1 = _SKIN_RECT[2], _SKIN_RECT[1], _SKIN_RECT[3]
    back = int(cut[0])
    turned = np.roll(selection.neck, -int(np.flatnonzero(selection.neck == back)[0]))
    if mean[turned[1], 0] < 0:
        turned = np.roll(turned[::-1], 1)
    loop = np.r_[turned[: len(turned) // 2 + 1][::-1], cut[1:]]
    angle = np.linspace(-TURN, TURN, 2001)
    c, s = np.cos(angle), np.sin(angle)
    reach = (np.abs(c) ** _ROUND + np.abs(s) ** _ROUND) ** (-1 / _ROUND)
    curve = np.stack([0.5 + (x1 - 0.5) * c * reach, (y0 + y1) / 2 + (y1 - y0) / 2 * s * reach], 1)
    share, along = _share(mean[loop]), _share(curve)
    places = np.stack([np.interp(share, along, curve[:, k]) for k in range(2)], 1)
    places[[0, -1], 0] = 0.5
    return loop, places


def _share(points: Array) -> Array:
    """(n,) 0 to 1: how far along a path each of its points lies."""
    way = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    return np.asarray(way / way[-1])


def _springs(quads: Ints, points: Array, places: Array, fixed: Ints) -> Array:
    """Values (W, n) in the equilibrium of springs along the edges, with some held fixed."""
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import spsolve

    ends = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    middle = np.tile(points[quads].mean(1), (4, 1))
    length = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
    half = points[ends].mean(1)
    strength = np.linalg.norm(middle - half, axis=1) / np.maximum(length, 1e-6)
    n = len(points)
    both = (np.r_[ends[:, 0], ends[:, 1]], np.r_[ends[:, 1], ends[:, 0]])
    w = coo_matrix((np.r_[strength, strength], both), shape=(n, n)).tocsr()
    laplace = (diags(np.asarray(w.sum(1)).ravel()) - w).tocsr()
    free = np.setdiff1d(np.unique(quads), fixed)
    out = places.copy()
    held = -laplace[free][:, fixed] @ places[fixed]
    out[free] = spsolve(laplace[free][:, free].tocsc(), held).reshape(held.shape)
    return out


def _disc(quads: Ints, points: Array, start: int) -> Array:
    """A disc of quads on the round disc of radius 1; NaN for vertices that it does not use."""
    loop = rim(quads)
    loop = np.roll(loop, -int(np.flatnonzero(loop == start)[0]))
    share = _share(points[np.r_[loop, loop[:1]]])[:-1]
    places = np.full((len(points), 2), np.nan)
    angle = np.pi / 2 + 2 * np.pi * share
    places[loop] = np.stack([np.cos(angle), np.sin(angle)], 1)
    return _springs(quads, points, places, loop)


def _small_pieces(selection: Selection, mean: Array, uv: Array) -> None:
    """Lay out all that is not skin in the strip, in place."""
    low, high = _STRIP
    pieces: list[tuple[Ints, Array]] = []
    left_face = mean[selection.quads, 0].mean(1) > 0
    for name, sides in (("mouth_bag", (None,)), ("eye_sockets", (True, False))):
        for side in sides:
            mine = selection.part == PARTS.index(name)
            if side is not None:
                mine &= left_face == side
            index = np.flatnonzero(mine)
            quads = selection.quads[index]
            loop = rim(quads)
            start = int(loop[mean[loop, 2].argmax()])
            pieces.append((index, _disc(quads, mean, start)[quads]))
    for name in ("eyes", "teeth", "tongue", "lashes"):
        index = np.flatnonzero(selection.part == PARTS.index(name))
        for island in _islands(selection.base_uv[index]):
            pieces.append((index[island], selection.base_uv[index[island]]))
    shapes = []
    for index, places in pieces:
        flat = places.reshape(-1, 2)
        size = np.ptp(flat, axis=0)
        height = {PARTS.index("lashes"): 0.3, PARTS.index("teeth"): 0.45}.get(
            int(selection.part[index[0]]), 1.0
        )
        shapes.append((places - flat.min(0)) / size[1] * height)
    # In rows: tall pieces side by side, low ones piled up.
    columns: list[list[int]] = []
    filled = 0.0
    for k, shape in enumerate(shapes):
        tall = float(shape[..., 1].max())
        if columns and filled + tall + 0.05 <= 1.0 + 1e-9:
            columns[-1].append(k)
            filled += tall + 0.05
        else:
            columns.append([k])
            filled = tall
    widths = [max(float(shapes[k][..., 0].max()) for k in column) for column in columns]
    scale = min(high - low, (0.992 - _GAP * len(columns)) / sum(widths))
    x = 0.004
    for column, width in zip(columns, widths, strict=True):
        y = low
        for k in column:
            uv[pieces[k][0]] = shapes[k] * scale + [x, y]
            y += (float(shapes[k][..., 1].max()) + 0.05) * scale
        x += width * scale + _GAP


def _islands(places: Array) -> list[Ints]:
    """Faces (q, 4, 2) that hang together in a texture: indices of each island's faces."""
    keys: dict[tuple[float, ...], int] = {}
    parent = list(range(len(places)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for f, corners in enumerate(np.round(places, 6).tolist()):
        for corner in corners:
            first = keys.setdefault(tuple(corner), f)
            parent[find(f)] = find(first)
    roots = np.array([find(f) for f in range(len(places))])
    return [np.flatnonzero(roots == r) for r in np.unique(roots)]
