"""Lids that lie on their eyeballs: without expression, as the photo shows them, and in every move.

The margin of an eye's lids is brought onto the ball, all around. It slides along a line of sight,
so that it lies in the picture where it lay; where that line only grazes the ball, straight towards
it. The skin of the lids, the lashes and the socket go along, and the socket's edge ends within the
ball, so that no gap is left to look into.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..image.filters import ramp, smoothstep
from ..typed import Points
from .cavities import cavity_followers
from .eyeballs import GAP, Eyeball, eyeballs, off_eyeball, sphere
from .head_model import HeadModel

FRONT = np.array([0.0, 1.0, 0.0])
"""The line of sight of somebody who stands in front of a head, canonical frame."""
# Cosine between that line and the ball's normal where it meets it: up to the first a margin moves
# straight towards the ball, from the second on along the line.
_OBLIQUE = (0.15, 0.35)
# Metres from the margin at which skin does not go along any more.
_REACH = 0.009
# Vertices of the margin that carry one of the skin, and metres added to their distances.
_CARRIERS, _SOFT = 8, 2e-3
# Metres: how far within the ball the socket's first loops lie, which is deeper than its flat faces
# do; and how many loops that are.
_WITHIN, _LOOPS = 1.5e-3, 2
# Metres: what moves an eye's lids less does not move them.
_MOVED = 1e-5
# Metres: so far a margin may dip into the ball half way. Moves are straight, and balls are round;
# the skin of the lids is thicker than this.
_DIP = 1e-3
# Metres: a margin that has gone farther than the second has shut an eye, and may lie as high as it
# was sculpted.
_SHUT = (2e-3, 5e-3)
# How often heights are averaged along the margin; and metres: lids so near to each other meet.
_EVENLY = 6
_MEET = 4e-3


@dataclass(frozen=True, eq=False)
class Lids:
    """The lids of one eye of a head.

    Attributes
    ----------
    eye : Eyeball
    carried : (n,) int64
        Vertices that go along with the margin: it itself, skin, lashes, the socket.
    share : (n, m) float32
        How far each of them goes along with each of the margin's.
    edge : (k,) int64
        The first loops of the socket.
    """

    eye: Eyeball
    carried: np.ndarray
    share: np.ndarray
    edge: np.ndarray

    def seat(
        self,
        points: Points,
        middle: np.ndarray,
        radius: float,
        sight: np.ndarray = FRONT,
        rise: np.ndarray | None = None,
        seen: np.ndarray | None = None,
    ) -> None:
        """Bring lids onto their ball, in place.

        Parameters
        ----------
        points : (..., V, 3) float
            Canonical frame, metres.
        middle : (3,)
        radius : float
        sight : (3,) or (m, 3)
            Unit vectors away from the viewer, at the margin's vertices.
        rise : (..., m) float, optional
            Metres by which the margin lies farther from the ball than `GAP`.
        seen : (m,) float, optional
            0..1: how far the margin keeps to its lines of sight, also where they miss the ball.
        """
        reach = radius + GAP if rise is None else radius + GAP + rise
        move = _onto_ball(points[..., self.eye.margin, :] - middle, reach, sight, seen)
        points[..., self.carried, :] += self.share @ move
        lids = points[..., self.eye.lids, :]
        points[..., self.eye.lids, :] += off_eyeball(lids, middle, radius)
        away = points[..., self.edge, :] - middle
        distance = np.linalg.norm(away, axis=-1, keepdims=True)
        inside = np.minimum(distance, radius - _WITHIN)
        points[..., self.edge, :] = middle + away * (inside / distance)

    def among(self, vertices: np.ndarray) -> Lids:
        """The same lids of a mesh that has some vertices (ascending) only."""
        eye = self.eye
        ball, margin, lids, carried, edge = (
            np.searchsorted(vertices, of)
            for of in (eye.ball[:0], eye.margin, eye.lids, self.carried, self.edge)
        )
        small = Eyeball(ball, margin, lids, eye.ratio, eye.roll)
        return Lids(small, carried, self.share, edge)


@lru_cache(maxsize=4)
def lids_of(head: HeadModel) -> tuple[Lids, ...]:
    """The lids of the left and of the right eye of a head; none where it has no eyes."""
    return tuple(_lids(head, eye) for eye in eyeballs(head))


def seated_moves(
    head: HeadModel, neutral: Points, balls: list[tuple[np.ndarray, float]]
) -> np.ndarray:
    """A person's expressions: those of the model, but lids stay on balls, and balls stay round.

    Parameters
    ----------
    head : HeadModel
    neutral : (V, 3) float32
        The person without expression, lids seated.
    balls : list of (middle, radius)
        Of the left and of the right eye.

    Returns
    -------
    (E, V, 3) float32
        What each expression adds at full strength.
    """
    result = head.moves.copy()
    for lids, (middle, radius) in zip(lids_of(head), balls, strict=True):
        own = np.unique(np.concatenate([lids.carried, lids.eye.lids, lids.edge]))
        small = lids.among(own)
        moving = np.flatnonzero(np.abs(result[:, own]).max(axis=(1, 2)) > _MOVED)
        points = neutral[own] + result[np.ix_(moving, own)]
        margin = small.eye.margin
        start = neutral[lids.eye.margin] - middle
        rise = _rise(start, points[:, margin] - middle, radius + GAP)
        small.seat(points, middle, radius, rise=rise)
        result[np.ix_(moving, own)] = points - neutral[own]
        # Turns, and so linear: of a ball that is larger, or rolled, too.
        ball, mean = lids.eye.ball, head.mean[lids.eye.ball].astype(np.float64)
        mean -= sphere(mean)[0]
        looks = np.flatnonzero(np.abs(result[:, ball]).max(axis=(1, 2)) > _MOVED)
        turns = np.linalg.pinv(mean) @ head.moves[looks[:, None], ball].astype(np.float64)
        result[looks[:, None], ball] = (neutral[ball] - middle) @ turns
    return result


def _onto_ball(
    away: Points, reach: float | np.ndarray, sight: np.ndarray, seen: np.ndarray | None
) -> Points:
    """How points (..., m, 3) have to move to have a distance (..., m) from the origin."""
    along = (away * sight).sum(-1)
    across = (away**2).sum(-1) - along**2
    facing = np.sqrt(np.maximum(1 - across / reach**2, 0))
    slide = ramp(facing, _OBLIQUE) * (-reach * facing - along)
    there = away + slide[..., None] * sight
    factor = reach / np.maximum(np.linalg.norm(there, axis=-1), 1e-9)
    if seen is not None:
        factor += seen * (np.maximum(factor, 1) - factor)
    return np.asarray(there * factor[..., None] - away)


def _rise(start: Points, ends: Points, reach: float) -> np.ndarray:
    """How far margins end off the ball so that on their way they hardly dip into it.

    Shut lids hide it. Upper and lower lids that meet do so at one height.

    Parameters
    ----------
    start : (m, 3)
        The margin without expression, from the ball's middle.
    ends : (E, m, 3)
        With each expression.
    reach : float
        Of `start`.

    Returns
    -------
    (E, m) float64
    """
    lengths = np.linalg.norm(start, axis=-1) * np.linalg.norm(ends, axis=-1)
    cosine = (start * ends).sum(-1) / np.maximum(lengths, 1e-12)
    half = np.sqrt(np.clip((1 + cosine) / 2, 0.25, 1))  # of half the angle
    # A straight way between two places at these heights has its lowest place about half way.
    rise = np.maximum(2 * (reach - _DIP) / half - 2 * reach, 0)
    shut = ramp(np.linalg.norm(ends - start, axis=-1), _SHUT)
    rise = np.maximum(rise, shut * (np.linalg.norm(ends, axis=-1) - reach))
    for _ in range(_EVENLY):
        rise = (np.roll(rise, 1, axis=1) + 2 * rise + np.roll(rise, -1, axis=1)) / 4
    apart = np.linalg.norm(ends[:, :, None] - ends[:, None], axis=-1)
    return np.asarray((rise[:, None] * np.clip(1 - apart / _MEET, 0, 1)).max(axis=-1))


def _lids(head: HeadModel, eye: Eyeball) -> Lids:
    """The lids of an eye."""
    followers, rim, weights = cavity_followers(head)
    column = {int(v): k for k, v in enumerate(rim)}
    behind = weights[:, [column[int(v)] for v in eye.margin]]
    mine = behind.max(axis=1) > 0
    skin = np.setdiff1d(eye.lids, eye.margin)
    apart = np.linalg.norm(head.mean[skin][:, None] - head.mean[eye.margin], axis=2)
    near = np.argsort(apart, axis=1, kind="stable")[:, :_CARRIERS]
    weight = 1 / (np.take_along_axis(apart, near, 1) + _SOFT)
    fading = 1 - smoothstep(np.clip(apart.min(axis=1) / _REACH, 0, 1))
    of_skin = np.zeros(apart.shape, np.float32)
    share = weight / weight.sum(axis=1, keepdims=True) * fading[:, None]
    np.put_along_axis(of_skin, near, share.astype(np.float32), 1)
    return Lids(
        eye,
        np.concatenate([eye.margin, skin, followers[mine]]),
        np.concatenate([np.eye(len(eye.margin), dtype=np.float32), of_skin, behind[mine]]),
        _edge(head, eye),
    )


def _edge(head: HeadModel, eye: Eyeball) -> np.ndarray:
    """The vertices of a socket's first loops behind the margin."""
    sockets = head.quads[head.part == head.part_names.index("eye_sockets")]
    found = eye.margin
    for _ in range(_LOOPS):
        found = np.unique(sockets[np.isin(sockets, found).any(axis=1)])
        found = np.union1d(found, eye.margin)
    return np.setdiff1d(found, eye.margin)
