"""Which vertices the head has, and where each comes from: down to a loop around the neck.

MakeHuman's neck ends in no seam; the head is cut along one of the edge loops that run around it, so
that the cut matches a body of MakeHuman's vertex for vertex.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..head.head_model import PARTS as TRAINED_PARTS
from ..head.head_model import HeadModel
from ..layout.chart import build_chart
from ..layout.edge_loops import EdgeLoops
from ..layout.flatten import boundary_loop
from .makehuman import EYES, LASHES, TEETH, TONGUE, BaseMesh

Ints = NDArray[np.int64]

PARTS = ("skin", "mouth_bag", "eye_sockets", "eyes", "teeth", "tongue", "lashes")
"""What a face of the file belongs to; its `part` holds indices into this."""
_NECK_LOOP = 4
"""Which of the loops around the neck, from the top: the lowest before the shoulders begin."""


@dataclass(frozen=True)
class Selection:
    """The mesh of the file: V vertices, Q faces.

    Attributes
    ----------
    source : (V,) int64
        Vertex of MakeHuman's base mesh, ascending.
    trained : (V,) int64
        Vertex of the head model; -1 for teeth and lashes, which it has not.
    quads : (Q, 4) int64
    base_uv : (Q, 4, 2) float64
        MakeHuman's texture coordinates of the pieces that are not skin; 0 elsewhere.
    part : (Q,) int64
        Index into `PARTS`.
    mirror : (V,) int64
    neck : (L,) int64
        The loop at which the head ends.
    lips, lids : (L,) and two of (L,) int64
        Loops of vertices: where the lips touch, the margins of the left and the right lids.
    """

    source: Ints
    trained: Ints
    quads: Ints
    base_uv: NDArray[np.float64]
    part: Ints
    mirror: Ints
    neck: Ints
    lips: Ints
    lids: tuple[Ints, Ints]

    def of_part(self, *names: str) -> Ints:
        """Vertices of some parts, ascending."""
        chosen = np.isin(self.part, [PARTS.index(name) for name in names])
        return np.unique(self.quads[chosen])


def select(head: HeadModel, source: Ints, base: BaseMesh) -> Selection:
    """Cut the head off at the neck, and add what the head model leaves out.

    Parameters
    ----------
    head
    source : (U,)
        Vertex of MakeHuman's base mesh of each of the head model's.
    base

    Raises
    ------
    ValueError
        The loops of edges are not where those of MakeHuman's head are.
    """
    skin_quads = head.quads[head.quad_part == TRAINED_PARTS.index("skin")]
    edges = EdgeLoops(skin_quads)
    rings = build_chart(head).rings
    neck = _neck_loop(head, edges)
    top = int(head.mean[np.unique(skin_quads), 2].argmax())
    kept = np.array(sorted(edges.inside(neck, int(np.unique(skin_quads)[top]))))
    if len(kept) > 0.95 * len(skin_quads):
        raise ValueError("the loop around the neck does not part the head from the body")
    pieces = [_skin_pieces(head, EdgeLoops(skin_quads[kept]), rings)]
    faces = [source[skin_quads[kept]]]
    groups = [(EYES, "eyes"), ((TONGUE,), "tongue"), (TEETH, "teeth"), (LASHES, "lashes")]
    uv = [np.zeros((len(kept), 4, 2))]
    for names, part in groups:
        for name in names:
            faces.append(base.quads[name])
            uv.append(base.uv[name])
            pieces.append(np.full(len(base.quads[name]), PARTS.index(part)))
    all_faces = np.concatenate(faces)
    used = np.unique(all_faces)
    number = np.full(len(base.vertices), -1)
    number[used] = np.arange(len(used))
    trained = np.full(len(base.vertices), -1)
    trained[source] = np.arange(len(source))
    mirror = _mirror(head, source, base, used, trained[used], number)

    def numbered(loop: Ints) -> Ints:
        return np.asarray(number[source[loop]])

    return Selection(
        used,
        trained[used],
        number[all_faces],
        np.concatenate(uv),
        np.concatenate(pieces),
        mirror,
        numbered(np.array(neck)),
        numbered(rings["mouth"]),
        (numbered(rings["left_eye"]), numbered(rings["right_eye"])),
    )


def _neck_loop(head: HeadModel, edges: EdgeLoops) -> list[int]:
    """The loop around the neck where the head ends."""
    found: dict[float, list[int]] = {}
    for v in edges.neighbours:
        if head.mirror[v] != v:
            continue
        for w in edges.neighbours[v]:
            if head.mean[w, 0] <= 0:
                continue
            loop = edges.loop(v, w)
            # A loop around the neck is as wide as deep, and lies below the chin's tip.
            if loop is None:
                continue
            p = head.mean[loop]
            size = np.ptp(p, axis=0)
            if p[:, 2].max() < -0.3 and size[:2].min() > 1.0 and v == loop[0]:
                found[float(p[:, 2].mean())] = loop
    # Each loop is found from its front and from its back.
    order = sorted({tuple(sorted(loop)): height for height, loop in found.items()}.values())[::-1]
    if len(order) <= _NECK_LOOP:
        raise ValueError("the head has too few loops of edges around its neck")
    return found[order[_NECK_LOOP]]


def _skin_pieces(head: HeadModel, edges: EdgeLoops, rings: dict[str, Ints]) -> Ints:
    """Part of each quad of the skin: the mouth's inside and the sockets are parted from it."""
    part = np.full(len(edges.quads), PARTS.index("skin"))
    seeds = []
    vertices = np.array(list(edges.neighbours))
    # The tongue lies in the mouth; it is the only piece in the middle, so its label is `teeth`.
    tongue = np.unique(head.quads[head.quad_part == TRAINED_PARTS.index("teeth")])
    seeds.append(("mouth", "mouth_bag", head.mean[tongue][head.mean[tongue, 1].argmax()]))
    for side in ("left", "right"):
        ball = head.quads[head.quad_part == TRAINED_PARTS.index(f"{side}_eyeball")]
        p = head.mean[np.unique(ball)]
        seeds.append((f"{side}_eye", "eye_sockets", p[p[:, 1].argmax()]))
    for name, piece, place in seeds:
        ring = rings[name].tolist()
        near = np.argsort(np.linalg.norm(head.mean[vertices] - place, axis=1), kind="stable")
        seed = next(int(v) for v in vertices[near] if int(v) not in ring)
        inside = list(edges.inside(ring, seed))
        if len(inside) > len(part) // 3:
            raise ValueError(f"the loop {name} does not part its inside from the skin")
        part[inside] = PARTS.index(piece)
    return part


def _mirror(
    head: HeadModel, source: Ints, base: BaseMesh, used: Ints, trained: Ints, number: Ints
) -> Ints:
    """Mirror image of each vertex: the head model's where it has one, else the base mesh's."""
    own = trained >= 0
    mirror = number[base.mirror[used]]
    mirror[own] = number[source[head.mirror[trained[own]]]]
    if (mirror < 0).any() or (mirror[mirror] != np.arange(len(used))).any():
        raise ValueError("vertices of the base mesh have no mirror images")
    return np.asarray(mirror)


def rim(quads: Ints) -> Ints:
    """The rim of a disc of quads, in order."""
    return boundary_loop(np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))
