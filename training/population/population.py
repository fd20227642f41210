"""The population that people are drawn from: scanned heads joined with MakeHuman's variety.

    vertices = mean + weights @ modes,    weights ~ N(0, 1), independent

The scanned population is taken at its full strength: its statistics are those of real faces. Of
MakeHuman's variety (age, ancestry, ears, skull), which is made up, a share of its standard
deviation is added. The joined covariance is decomposed anew in a metric that looks where people
look. Size, turn and place are taken out of every mode: a camera does not show them, and the pose
has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import PopulationConfig
from ..head.head_model import HeadModel
from ..layout.chart import build_chart
from .lips import with_closed_lips
from .register import Registered

Array = NDArray[np.float64]

# Weights of vertices in the metric: what the scans show, the rest of the chart (ears, neck), and
# what the position map does not show at all.
_SEEN, _CHART, _ELSEWHERE = 1.0, 0.2, 0.01
_FLIP = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Population:
    """People as a linear model with the V vertices of our head and K modes.

    Attributes
    ----------
    mean : (V, 3) float64
        Head frame, head units; mirror-symmetric.
    modes : (K, V, 3) float64
        What one standard deviation adds; each mirror-symmetric or mirror-antisymmetric, in the
        order of their variance.
    sign : (K,) float64
        1 for symmetric modes, -1 for the others: weights of the mirrored person are `sign` times
        those of the person.
    explained : float
        Share of the joined population's variance, in the metric, that the K modes have.
    """

    mean: Array
    modes: Array
    sign: Array
    explained: float

    def save(self, path: Path) -> None:
        """Write an `.npz` that `load` reads."""
        np.savez(path, mean=self.mean, modes=self.modes, sign=self.sign, explained=self.explained)

    @classmethod
    def load(cls, path: Path) -> Population:
        """Read what `save` wrote."""
        with np.load(path) as z:
            return cls(z["mean"], z["modes"], z["sign"], float(z["explained"]))


def join(head: HeadModel, scanned: Registered, config: PopulationConfig) -> Population:
    """Join a scanned population with MakeHuman's.

    Parameters
    ----------
    head
        MakeHuman's head: its identities are the variety that is added.
    scanned
    config
        How many modes are kept, and the share of MakeHuman's variety.
    """
    weight = metric(head, scanned)
    mean = (scanned.mean + scanned.mean[head.mirror] * _FLIP) / 2
    modes = np.concatenate([scanned.modes, config.makehuman * head.identity.astype(np.float64)])
    modes = without_similarity(modes, mean, weight * scanned.matched)
    # A person and the mirror image are equally likely, so the covariance is that of both.
    mirrored = modes[:, head.mirror] * _FLIP
    root = np.sqrt(weight)[:, None]
    found: list[tuple[float, float, Array]] = []
    total = 0.0
    for sign in (1.0, -1.0):
        part = (modes + sign * mirrored) / 2
        flat = (part * root).reshape(len(part), -1)
        values, vectors = np.linalg.eigh(flat @ flat.T)
        total += float(values.sum())
        for value, vector in zip(values, vectors.T, strict=True):
            found.append((float(value), sign, np.tensordot(vector, part, 1)))
    found.sort(key=lambda item: -item[0])
    kept = found[: config.modes]
    own = head.mean.astype(np.float64)
    fields = np.stack([mean - own, *(mode for _, _, mode in kept)])
    fields = with_closed_lips(head, fields)
    return Population(
        own + fields[0],
        fields[1:],
        np.array([sign for _, sign, _ in kept]),
        sum(value for value, _, _ in kept) / total,
    )


def metric(head: HeadModel, scanned: Registered) -> Array:
    """Weight (V,) of each vertex's square distance; mirror-symmetric."""
    chart = np.unique(build_chart(head).quads)
    weight = np.full(len(head.mean), _ELSEWHERE)
    weight[chart[chart < len(weight)]] = _CHART
    weight[scanned.matched] = _SEEN
    return (weight + weight[head.mirror]) / 2


def without_similarity(modes: NDArray[Any], mean: Array, weight: Array) -> Array:
    """Take out of modes (M, V, 3) what a move, turn or growth of the mean head (V, 3) does.

    Parameters
    ----------
    modes, mean
    weight : (V,)
        Of the least-squares fit: vertices with 0 do not decide what counts as moved.

    Returns
    -------
    (M, V, 3)
    """
    p = mean - np.average(mean, axis=0, weights=weight)
    turns = [np.cross(p, axis) for axis in np.eye(3)]
    moves = [np.tile(axis, (len(p), 1)) for axis in np.eye(3)]
    motions = np.stack([*turns, *moves, p]).reshape(7, -1)
    w = np.repeat(weight, 3)
    flat = modes.reshape(len(modes), -1)
    share = np.linalg.solve((motions * w) @ motions.T, (motions * w) @ flat.T)
    return np.asarray((flat - share.T @ motions).reshape(modes.shape))
