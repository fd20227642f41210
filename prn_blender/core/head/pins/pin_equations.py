"""The equations of pins: how a face moves if some of its places are taken elsewhere in the photo.

A place's move is that of the head, whose coefficients change (`pinned_head`), and a smooth one
beyond it (`geometry.smooth_moves`). Both are normally distributed, so the most probable of all
moves that take the places where they are asked to be follows from one covariance matrix, with two
rows for each place. It is found once for the same places: while one of them is dragged only what is
asked for changes.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...geometry.pose import Similarity
from ...geometry.smooth_moves import SmoothMoves
from ...typed import Points
from ..normal_equations import solve_normal
from .pinned_head import Change, PinnedHead

# Metres, standard deviation: how far faces are off what identity and expression can do.
_BEYOND = 1e-3
# How much of that is the same on both sides if changes are to be symmetric: what is not is 16 times
# as dear, as it is of the head.
_BOTH_SIDES = 15 / 17
# Metres: places are taken to within this.
_EXACT = 2e-5
# How much more, or less, a step on the face may become on the way from one place to another, ...
_STRAIN = 0.55
# ... metres by which places that are asked for more give way at first, and how much more of its
# square each further time, at most so often.
_GIVES = 5e-4
_MORE = 3.0
_TRIES = 10
# Expressions may leave 0..1 by this; else they are held there, in so many rounds.
_OUTSIDE = 1e-3
_ROUNDS = 3
# Variance of what is held.
_HELD = 1e-9
_PLANE = [0, 2]  # of Blender's axes


@dataclass(frozen=True, eq=False)
class Answer:
    """What follows from where places are asked to be.

    Attributes
    ----------
    force : (P, 2) float64
        How hard each place is pulled at.
    change : Change or None
        Of the head.
    """

    force: np.ndarray
    change: Change | None


class PinEquations:
    """The equations of some places.

    Parameters
    ----------
    texels : (P,) int
        Flat indices v * S + u, each once.
    symmetric : bool
        Whether what is mirror-asymmetric is dearer.
    smooth : SmoothMoves
    stance : Similarity
        From the canonical frame to photo pixels in Blender's axes.
    head : PinnedHead, optional
        By default all moves are beyond the head's.
    """

    def __init__(
        self,
        texels: np.ndarray,
        symmetric: bool,
        smooth: SmoothMoves,
        stance: Similarity,
        head: PinnedHead | None = None,
    ) -> None:
        self._head, self._symmetric = head, symmetric
        flip = stance.rotation * np.array([-1, 1, 1]) @ stance.rotation.T
        self._flip = flip  # mirrors moves, in Blender's axes
        self._apart = smooth.apart(texels)
        near = smooth.between(texels, texels)
        spread = near[:, None, :, None] * np.eye(2)[None, :, None]
        sources = texels
        if symmetric:
            sources = np.concatenate([texels, smooth.mirrored(texels)])
            far = smooth.between(texels, sources[len(texels) :])
            flip = flip[np.ix_(_PLANE, _PLANE)]
            spread = spread + _BOTH_SIDES * far[:, None, :, None] * flip[None, :, None]
        count = 2 * len(texels)
        self._spread = np.asarray(_BEYOND**2 * spread).reshape(count, count)
        # Of the mask's texels, one column for each source.
        self._columns = np.stack([smooth.column(int(texel)) for texel in sources], axis=1)
        if head is not None:
            rows = head.directions(texels)[..., _PLANE].reshape(-1, count)
            self._covariance = head.covariance(symmetric)
            self._gain = self._covariance @ rows  # what a pull does to the head's coefficients
            self._spread += rows.T @ self._gain

    def solve(self, asked: np.ndarray) -> Answer:
        """Find the most probable moves.

        Parameters
        ----------
        asked : (P, 2) float64
            How far the places are to move right and up in the picture, metres.

        Returns
        -------
        Answer
            Places so close to each other that the surface would tear or fold between them meet
            each other halfway; the others are met.
        """
        slack = np.full(len(asked), _EXACT**2)
        for _ in range(_TRIES):
            found = self._solve(asked, slack)
            met = asked - slack[:, None] * found.force
            steps = np.linalg.norm(met[:, None] - met[None], axis=-1)
            strained = (steps / self._apart).max(axis=1) > _STRAIN
            if not strained.any():
                break
            slack[strained] = np.maximum(_MORE * slack[strained], _GIVES**2)
        return found

    def _solve(self, asked: np.ndarray, slack: np.ndarray) -> Answer:
        """As `solve`, each place asked for with a variance (P,).

        An expression that would leave 0..1 is held there, and the others answer for it: it is
        observed, as the places are.
        """
        normal = self._spread + np.diag(np.repeat(slack, 2))
        if self._head is None:
            return Answer(solve_normal(normal, asked.ravel()).reshape(-1, 2), None)
        first, end = self._head.split
        now = self._head.expression
        held, at, count = np.empty(0, int), np.empty(0), normal.shape[0]
        for _ in range(_ROUNDS):
            gain = np.concatenate([self._gain, self._covariance[:, held]], axis=1)
            both = np.block(
                [
                    [normal, self._gain[held].T],
                    [self._gain[held], self._covariance[np.ix_(held, held)]],
                ]
            )
            both[range(count, len(both)), range(count, len(both))] += _HELD
            force = solve_normal(both, np.concatenate([asked.ravel(), at]))
            change = gain @ force
            there = now + change[first:end]
            out = np.flatnonzero((there < -_OUTSIDE) | (there > 1 + _OUTSIDE))
            if not len(out):
                break
            held = np.concatenate([held, first + out])
            at = np.concatenate([at, np.clip(there[out], 0, 1) - now[out]])
        return Answer(force[:count].reshape(-1, 2), self._head.change(change))

    def moves(self, answer: Answer) -> Points:
        """How far all places of the face move.

        Returns
        -------
        (n, 3) float32
            Metres in Blender's axes, in `layout.texels` order.
        """
        pulls = np.zeros((len(answer.force), 3))
        pulls[:, _PLANE] = _BEYOND**2 * answer.force
        if self._symmetric:
            pulls = np.concatenate([pulls, _BOTH_SIDES * pulls @ self._flip.T])
        found = self._columns @ pulls.astype(np.float32)
        if self._head is not None and answer.change is not None:
            found += self._head.moves(answer.change)
        return np.asarray(found)
