"""Can people be told apart by shape alone? Verification on photos of several people.

All pairs of one person (six at most), and as many of different people of one gender, are ranked by
how alike their shapes are at the inner face, with size, turn and place taken out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.errors import PRNError
from prn_blender.core.face import Face
from prn_blender.core.face.reconstruct import FaceReconstructor

from .surfaces import Array, Ints, MeanFace

HALVES = ("choice", "report")
"""People by their names in order: every second one, from the first on, is of the half by which
models are chosen; the others are looked at after a run and take part in no choice."""
_MOST_PAIRS = 6
_GRID = 5.0  # millimetres
_COMPONENTS = 60


def half_of(person: NDArray[Any]) -> NDArray[np.int64]:
    """Number (N,) of the half in `HALVES` that each photo's person belongs to."""
    return np.asarray(np.unique(person, return_inverse=True)[1] % 2)


def shape_of(face: Face) -> NDArray[Any]:
    """The shape (n, 3) that tells a person: neutral if the model says it, else as delivered."""
    return face.vertices if face.neutral is None else face.neutral


def procrustes(shapes: NDArray[Any]) -> Array:
    """Align shapes (N, n, 3) to their mean; size 1, turn and place taken out."""
    x = np.asarray(shapes, np.float64)
    x = x - x.mean(1, keepdims=True)
    x /= np.sqrt((x**2).sum((1, 2), keepdims=True))
    mean = x[0]
    for _ in range(4):
        u, _, vt = np.linalg.svd(x.transpose(0, 2, 1) @ mean)
        sign = np.ones((len(x), 3))
        sign[:, 2] = np.sign(np.linalg.det(u @ vt))
        x = x @ ((u * sign[:, None]) @ vt)
        mean = x.mean(0) / np.linalg.norm(x.mean(0))
    return np.asarray(x - mean)


def make_pairs(person: NDArray[Any], gender: NDArray[Any]) -> tuple[Ints, NDArray[np.bool_]]:
    """Pairs (P, 2) of photos, and whether both are of one person; by a fixed seed."""
    rng = np.random.default_rng(0)
    same = []
    for name in np.unique(person):
        own = np.flatnonzero(person == name)
        pairs = [(a, b) for k, a in enumerate(own) for b in own[k + 1 :]]
        same += [pairs[k] for k in rng.permutation(len(pairs))[:_MOST_PAIRS]]
    other = [
        (a, rng.choice(np.flatnonzero((gender == gender[a]) & (person != person[a]))))
        for a, _ in same
    ]
    return np.array(same + other), np.repeat([True, False], len(same))


def auc(likeness: Array, same: NDArray[np.bool_]) -> float:
    """Chance that a pair of one person is more alike than a pair of two; ties count half."""
    order = np.argsort(likeness, kind="stable")
    _, first, count = np.unique(likeness[order], return_index=True, return_counts=True)
    rank = np.empty(len(likeness))
    rank[order] = np.repeat(first + (count - 1) / 2, count)
    n = int(same.sum())
    return float((rank[same].sum() - n * (n - 1) / 2) / (n * (len(same) - n)))


def whiten(fields: Array) -> Array:
    """Whiten rows (N, F) over the set, identities unused: `_COMPONENTS` of them, Ledoit-Wolf.

    Source: O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance
    matrices", J. Multivariate Anal. 88 (2004).
    """
    z = fields @ np.linalg.svd(fields, full_matrices=False)[2][:_COMPONENTS].T
    n = len(z)
    s = z.T @ z / n
    level = np.trace(s) / len(s)
    delta = ((s - level * np.eye(len(s))) ** 2).sum()
    beta = min(((z**2).T @ (z**2) / n - s**2).sum() / n, delta)
    share = beta / max(delta, 1e-30)
    values, vectors = np.linalg.eigh((1 - share) * s + share * level * np.eye(len(s)))
    return np.asarray(z @ vectors / np.sqrt(values))


def verify(
    shapes: NDArray[Any], person: NDArray[Any], gender: NDArray[Any], size: float
) -> dict[str, float]:
    """Measure how well shapes tell people apart.

    Parameters
    ----------
    shapes : (N, n, 3)
        Canonical axes or any others, the same for all.
    person, gender : (N,)
    size
        Millimetres: root of the summed square distances of a mean face's points from their middle.

    Returns
    -------
    dict
        `plain_auc` of the distance between shapes; `whitened_auc` of the cosine after whitening;
        `between_mm` and `within_mm`, root mean square distances of a point between people and
        between photos of one person.
    """
    aligned = procrustes(shapes)
    f = (aligned * size).reshape(len(aligned), -1)
    pairs, same = make_pairs(person, gender)
    a, b = pairs.T
    q = whiten(f)
    cosine = (q[a] * q[b]).sum(1) / np.linalg.norm(q[a], axis=1) / np.linalg.norm(q[b], axis=1)
    groups = [f[person == name] for name in np.unique(person)]
    within = np.mean([g.var(0, ddof=1) for g in groups if len(g) > 1], axis=0)
    count = np.mean([len(g) for g in groups])
    between = np.array([g.mean(0) for g in groups]).var(0, ddof=1) - within / count

    def rms(variance: Array) -> float:
        return float(np.sqrt(np.clip(variance, 0, None).reshape(-1, 3).sum(1).mean()))

    return {
        "plain_auc": auc(-np.linalg.norm(f[a] - f[b], axis=1), same),
        "whitened_auc": auc(cosine, same),
        "between_mm": rms(between),
        "within_mm": rms(within),
    }


def measure_verification(reconstructor: FaceReconstructor, folder: Path) -> dict[str, Any]:
    """Measure `verify` on a folder of photos, on all of them and on each of `HALVES`.

    Parameters
    ----------
    reconstructor
    folder
        Photos; FOLDER.npz beside it has `name`, `person` and `gender`. Photos in which no face is
        found are left out.
    """
    mean = MeanFace(reconstructor.layout)
    some = mean.thinned(_GRID)
    with np.load(folder.with_suffix(".npz")) as z:
        names, person, gender = z["name"], z["person"], z["gender"]
    shapes, kept, calm = [], [], []
    for k, name in enumerate(names):
        try:
            faces = reconstructor(folder / str(name))
        except PRNError:
            continue
        face = max(faces, key=lambda f: f.size)
        shapes.append(shape_of(face)[some])
        kept.append(k)
        calm.append(sum(face.expression.values()))
    x, person, gender = np.array(shapes), person[kept], gender[kept]
    points = mean.vertices[some]
    size = float(np.linalg.norm(points - points.mean(0)))
    half = half_of(person)
    found: dict[str, Any] = {"photos": len(kept), "all": verify(x, person, gender, size)}
    for k, name in enumerate(HALVES):
        chosen = half == k
        found[name] = verify(x[chosen], person[chosen], gender[chosen], size)
    found["expression_sum"] = float(np.median(calm))
    return found
