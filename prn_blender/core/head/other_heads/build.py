"""Makes a `HeadModel` of another head: what it has as given, the rest carried over from ours."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...errors import ModelError
from ...geometry.nearest import nearest_points, vertex_normals
from ...geometry.pose import Similarity, fit_similarity
from ...geometry.uv_layout import UVLayout
from ...typed import Points
from ..eyeballs import sphere
from ..head_model import HeadModel
from ..smooth_fields import averaged
from .correspondence import Correspondence, correspondence, mirror_of, spread_out
from .expressions import known_moves, partners
from .given_head import GivenHead
from .pieces import PART_NAMES, called, loop_at, parts_of, pieces, rims
from .register import Registered, register
from .tile import tile_uv

_RIM_REACH = 0.45
"""Eye widths: a loop of a lid's margin lies this near to the landmarks of the eye."""
_LIPS_REACH = 0.02
"""Metres: the rim of the mouth's inside lies this near to our lips."""
_EVEN = 4
"""Edges over which the share of vertices that follow a position map is averaged."""
_SAME = 1e-3
"""Metres between a vertex and the mirror image of its partner, at most."""
_FACE = 100
"""Vertices at least that a face has: with fewer the head was taken for one from a wrong side."""
_TURN = 3e-3
"""Metres: what moves an eyeball less does not turn it. Some rigs turn eyes by bones alone."""
_FEW = 8
"""People from which on what is not seen of a person is told by theirs."""
_RIDGE = 1e-2
"""Share of their mean square that is added, so that each takes part little rather than much."""
_SAMPLE = 3000
"""Vertices of the face by which our people are told by theirs."""
_MISSED = {"eyes": "eyeballs", "teeth": "teeth", "mouth_bag": "inside of a mouth"}
"""Parts whose absence is said, in words."""
_TURNED_OVER = 0.5
"""Share of the nose's landmarks whose normals have to look ahead."""


@dataclass(frozen=True, eq=False)
class ImportedHead:
    """Another head as a topology that photos can be put on.

    Attributes
    ----------
    model : HeadModel
    registered : Registered
        Our head on it.
    points : (V, 3) float64
        Its vertices as given, canonical frame, metres.
    table : Correspondence
        Which of our vertices each of its own goes along with.
    stance : Similarity
        From the canonical frame to its own.
    own_expressions, carried_expressions : tuple of str
        ARKit's names that it has, and those that it gets from our head.
    left_out : tuple of str
        Sentences on what it lacks.
    """

    model: HeadModel
    registered: Registered
    points: Points
    table: Correspondence
    stance: Similarity
    own_expressions: tuple[str, ...]
    carried_expressions: tuple[str, ...]
    left_out: tuple[str, ...]


def import_head(
    given: GivenHead, marks: Points, ours: HeadModel, layout: UVLayout, sure: float = 1.0
) -> ImportedHead:
    """Make a topology of a head.

    Parameters
    ----------
    given : GivenHead
    marks : (68, 3) float
        Where its landmarks lie, in its own frame.
    ours : HeadModel
        The head that comes with the add-on.
    layout : UVLayout
        That of `ours`.
    sure : float
        0..1: how far the landmarks are trusted, see `register`.

    Raises
    ------
    ModelError
        The landmarks lie on no head.
    """
    quads = np.where(given.quads[:, 3:] < 0, given.quads[:, [0, 1, 2, 2]], given.quads)
    of_piece = pieces(quads, len(given.points))
    main = _main_piece(given, quads, of_piece, marks)
    named = called(given.label, given.labels)
    skin = (of_piece[quads[:, 0]] == main) & np.isin(named, (-1, 0))
    quads, uv = _outward(given, quads, skin, marks)
    loops = rims(quads, (of_piece[quads[:, 0]] == main) & ~skin, skin)
    eyes = [_eye_rim(loops, given.points, marks[first : first + 6]) for first in (42, 36)]
    margins = [given.points[loop] for loop in eyes if len(loop)]
    registered = register(
        ours, layout, given.points, _halves(quads[skin]), marks,
        np.concatenate([_dense(m) for m in margins]) if len(margins) == 2 else None, sure,
    )  # fmt: skip
    if np.nanmedian(registered.distance[ours.groups["face"]]) > _SAME:
        raise _no_match(given)
    stance = registered.stance
    points = stance.invert(given.points)
    part = parts_of(quads, points, named, of_piece, main, ours, registered.bent)
    if len(margins) < 2:
        loops = rims(quads, part == PART_NAMES.index("eye_sockets"), part == 0)
        eyes = [
            loop_at(loops, points, registered.bent[loop], _LIPS_REACH / 2)
            for loop in (ours.left_lids, ours.right_lids)
        ]
    table = correspondence(ours, registered.bent, points, quads, part, PART_NAMES)
    builder = _Builder(given, ours, layout, registered, points, quads, part, table)
    found = builder.build(uv, eyes)
    if np.isfinite(found.model.texel).all(1).sum() < _FACE:
        raise _no_match(given)
    return found


def _no_match(given: GivenHead) -> ModelError:
    return ModelError(
        "{name} could not be matched with a face; name its landmarks in landmarks.txt.",
        name=given.name,
    )


@dataclass(frozen=True, eq=False)
class _Builder:
    """What the arrays of the contract are made of."""

    given: GivenHead
    ours: HeadModel
    layout: UVLayout
    registered: Registered
    points: Points
    quads: np.ndarray
    part: np.ndarray
    table: Correspondence

    def build(self, uv: np.ndarray | None, eyes: list[np.ndarray]) -> ImportedHead:
        """All of it; `uv` as given, and the loops of the left and the right eye's lids."""
        ours, given, table = self.ours, self.given, self.table
        lips = self._lips()
        found, others = known_moves(given.move_names, given.moves, ours.move_names)
        tile, own_uv = tile_uv(self.quads, self.points, self.part, PART_NAMES, uv)
        bones = table.carry(ours.weights.T.astype(np.float64)).T
        bones = np.maximum(bones, 0) / np.maximum(bones.sum(0), 1e-9)
        joints, shares = self._joints()
        names = (*ours.move_names, *(given.move_names[k] for k in others))
        neck = loop_at(
            rims(self.quads, np.zeros(len(self.quads), bool), self.part == 0),
            self.points, self.registered.bent[ours.neck_end], 0.2,
        )  # fmt: skip
        model = HeadModel(
            name=given.name,
            layout_sha256=ours.layout_sha256,
            shape_sha256=ours.shape_sha256,
            quads=self.quads,
            uv=tile,
            part=self.part,
            part_names=PART_NAMES,
            mean=self._mean(),
            modes=self._modes(),
            sign=ours.sign,
            moves=self._moves(found, others),
            move_names=names,
            partner=partners(names),
            mirror=mirror_of(self.points, _SAME),
            texel=self._texels(),
            follow=np.zeros(len(self.points), np.float32),
            slide=table.carry(ours.slide).astype(np.float32),
            face_rect=np.zeros(3, np.float32),
            smooth=self._continued(table.carry(ours.smooth.T)).T.astype(np.float32),
            slopes=ours.slopes,
            lips=lips,
            left_lids=eyes[0],
            right_lids=eyes[1],
            neck_end=neck,
            groups=self._groups(),
            bone_names=ours.bone_names,
            weights=bones.astype(np.float32),
            joint_vertices=joints,
            joint_weights=shares,
            source=np.arange(len(self.points)),
            layout_size=self.layout.size,
            given_uv=uv,
            frame=self.registered.stance.matrix,
        )
        follow = table.carry(ours.follow) * table.matched
        follow[~np.isfinite(model.texel).all(1)] = 0
        follow = np.minimum(follow, averaged(model, follow, _EVEN)).astype(np.float32)
        model = replace(model, follow=follow)
        carried = tuple(n for n in ours.move_names if n not in found)
        return ImportedHead(
            model, self.registered, self.points, table, self.registered.stance,
            tuple(found), carried, _lacks(model, carried, own_uv),
        )  # fmt: skip

    def _mean(self) -> Points:
        """(V, 3) float32: the head of the mean person; eyeballs stay round."""
        away = self.registered.bent - self.ours.mean
        mean = self.points - self._continued(self.table.carry(away))
        of_piece = pieces(self.quads, len(self.points))
        eyes = np.unique(self.quads[self.part == PART_NAMES.index("eyes")])
        for piece in np.unique(of_piece[eyes]):
            mine = np.flatnonzero(of_piece == piece)
            mean[mine] = fit_similarity(self.points[mine], mean[mine]).apply(self.points[mine])
        return mean.astype(np.float32)

    def _continued(self, values: np.ndarray) -> np.ndarray:
        """Values (V, ...) of the skin; what has no place on ours follows the skin that is near it.

        So the inside of a mouth stays within chin and cheeks. Eyeballs keep what they have.
        """
        known = self.table.matched > 0.5
        result = spread_out(values, self.points, known)
        eyes = np.unique(self.quads[self.part == PART_NAMES.index("eyes")])
        result[eyes] = values[eyes]
        return result

    def _in_frame(self, offsets: np.ndarray) -> np.ndarray:
        """Offsets (..., 3) of their own frame, canonical and in metres."""
        stance = self.registered.stance
        return np.asarray(offsets @ (stance.rotation / stance.scale).astype(np.float32))

    def _modes(self) -> np.ndarray:
        """(K, V, 3) float32: our population; where a photo sees nothing, told by their people."""
        carried = np.stack([self.table.carry(m) for m in self.ours.modes]).astype(np.float32)
        people = self._in_frame(self.given.identity)
        if len(people) < _FEW:
            return np.stack([self._continued(mode) for mode in carried])
        known = np.flatnonzero(self.table.matched > 0.5)
        sample = known[:: max(1, len(known) // _SAMPLE)]
        a = people[:, sample].reshape(len(people), -1).astype(np.float64)
        b = carried[:, sample].reshape(len(carried), -1).astype(np.float64)
        # Whoever is larger as a whole, or turned, is no other person.
        free = _placing_moves(self.points[sample]).reshape(7, -1)
        rows = np.concatenate([a, free])
        ridge = np.zeros(len(rows))
        ridge[: len(a)] = _RIDGE * (a**2).sum(1).mean()
        share = np.linalg.solve(rows @ rows.T + np.diag(ridge), rows @ b.T).T
        every = np.concatenate([people, _placing_moves(self.points).astype(np.float32)])
        told = np.tensordot(share.astype(np.float32), every, 1)
        left = carried - told
        rest = self._continued(left.transpose(1, 0, 2)).transpose(1, 0, 2)
        return np.asarray(told + rest, np.float32)

    def _moves(self, found: dict[str, np.ndarray], others: list[int]) -> np.ndarray:
        """(E, V, 3) float32: theirs where they have them; eyeballs turn in any case."""
        result = np.stack(
            [
                self._in_frame(found[name]) if name in found else self.table.carry(move)
                for name, move in zip(self.ours.move_names, self.ours.moves, strict=True)
            ]
            + [self._in_frame(self.given.moves[k]) for k in others]
        ).astype(np.float32)
        mine = self.ours.of_part("eyes")
        theirs = np.unique(self.quads[self.part == PART_NAMES.index("eyes")])
        for side in (1, -1):
            ball = mine[np.sign(self.ours.mean[mine, 0]) == side]
            other = theirs[np.sign(self.points[theirs, 0]) == side]
            if not len(other):
                continue
            away = self.ours.mean[ball].astype(np.float64)
            away -= sphere(away)[0]
            there = self.points[other] - sphere(self.points[other])[0]
            for k, move in enumerate(self.ours.moves):
                turns = np.abs(move[ball]).max() > _TURN
                if turns and np.abs(result[k, other]).max() < _TURN:
                    result[k, other] = there @ (np.linalg.pinv(away) @ move[ball])
        return result

    def _texels(self) -> np.ndarray:
        """(V, 2) float32: places in the layout, NaN for what it does not show."""
        table = self.table
        texel = np.nan_to_num(self.ours.texel.astype(np.float64))
        known = np.isfinite(self.ours.texel).all(1)
        result = table.carry(texel)
        skin = np.zeros(len(self.points), bool)
        skin[np.unique(self.quads[self.part == 0])] = True
        sure = (table.matched > 0) & skin & (known[table.index] | (table.weight == 0)).all(1)
        # Lids' margins belong to both skin and socket.
        result[~sure] = np.nan
        return result.astype(np.float32)

    def _groups(self) -> dict[str, np.ndarray]:
        """Named sets of vertices: ours carried over, and their parts."""
        result = {
            name: self.table.carry(group.astype(np.float64)) > 0.5
            for name, group in self.ours.groups.items()
            if name not in PART_NAMES
        }
        for number, name in enumerate(PART_NAMES):
            group = np.zeros(len(self.points), bool)
            group[self.quads[self.part == number]] = True
            result[name] = group
        return {name: group for name, group in result.items() if group.any()}

    def _lips(self) -> np.ndarray:
        """The rim of the mouth's inside; empty if it has none."""
        inner = self.part == PART_NAMES.index("mouth_bag")
        loops = rims(self.quads, inner, self.part == 0)
        return loop_at(loops, self.points, self.registered.bent[self.ours.lips], _LIPS_REACH)

    def _joints(self) -> tuple[np.ndarray, np.ndarray]:
        """Vertices and weights of the bones' ends: theirs that lie nearest to ours.

        What they are off altogether is not made up for: it is a mean of many.
        """
        of = self.ours.joint_vertices
        near = nearest_points(self.points, self.registered.bent[of.ravel()])[0][:, 0]
        return near.reshape(of.shape), self.ours.joint_weights


def _lacks(model: HeadModel, carried: tuple[str, ...], own_uv: bool) -> tuple[str, ...]:
    """Sentences on what a head does not have."""
    said = []
    if carried:
        said.append(f"{len(carried)} of 52 expressions are carried over from the add-on's head.")
    if not own_uv:
        said.append("Its skin has no UV of its own without overlaps: it is unrolled anew.")
    for name, words in _MISSED.items():
        if not (model.part == model.part_names.index(name)).any():
            said.append(f"It has no {words}.")
    if not (len(model.left_lids) and len(model.right_lids)):
        said.append("The margins of its lids were not found: they are not laid onto its eyeballs.")
    return tuple(said)


def _main_piece(given: GivenHead, quads: np.ndarray, of_piece: np.ndarray, marks: Points) -> int:
    """The piece that most landmarks lie on."""
    near = nearest_points(given.points[quads[:, 0]], marks)[0][:, 0]
    found, count = np.unique(of_piece[quads[near, 0]], return_counts=True)
    return int(found[count.argmax()])


def _outward(
    given: GivenHead, quads: np.ndarray, skin: np.ndarray, marks: Points
) -> tuple[np.ndarray, np.ndarray | None]:
    """Faces counter-clockwise from outside, with their UV."""
    normals = vertex_normals(given.points, _halves(quads[skin]))
    used = np.unique(quads[skin])
    near = used[nearest_points(given.points[used], marks[27:36])[0][:, 0]]
    eyes, chin = marks[36:48].mean(0), marks[8]
    right_to_left = marks[42:48].mean(0) - marks[36:42].mean(0)
    ahead = np.cross(eyes - chin, right_to_left)
    ahead *= np.sign(ahead @ (marks[30] - marks[[31, 35]].mean(0)))
    inward = ((normals[near] @ ahead) < 0).mean() > _TURNED_OVER
    uv = given.uv
    if not inward:
        return quads, uv
    triangle = quads[:, 3] == quads[:, 2]
    order = np.where(triangle[:, None], [0, 2, 1, 1], [0, 3, 2, 1])
    quads = np.take_along_axis(quads, order, 1)
    return quads, None if uv is None else np.take_along_axis(uv, order[..., None], 1)


def _eye_rim(loops: list[np.ndarray], points: Points, marks: Points) -> np.ndarray:
    """The loop around an eye whose six landmarks lie there; empty if there is none."""
    return loop_at(loops, points, marks, _RIM_REACH * float(np.linalg.norm(marks[0] - marks[3])))


def _dense(loop: Points) -> Points:
    """Places along a closed loop (n, 3), eight for each of its edges."""
    after = np.roll(loop, -1, axis=0)
    share = np.arange(8)[:, None, None] / 8
    return (loop + share * (after - loop)).reshape(-1, 3)


def _halves(quads: np.ndarray) -> np.ndarray:
    """(n, 3): the triangles of faces, without those that have no area."""
    both = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return np.asarray(both[both[:, 1] != both[:, 2]])


def _placing_moves(points: Points) -> np.ndarray:
    """(7, V, 3): shifts, turns and growth of points."""
    p = points - points.mean(0)
    turns = [np.cross(axis, p) for axis in np.eye(3)]
    return np.stack([*(np.tile(axis, (len(p), 1)) for axis in np.eye(3)), *turns, p])
