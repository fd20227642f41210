"""Ridge regression from features to the weights of the population's modes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Examples:
    """N renders of known heads, and what a network's features say of them.

    Attributes
    ----------
    features, mirrored : (N, F) float16
        Of the pictures and of their mirror images.
    weights : (N, K) float32
        Of the population's modes.
    photo : (N,) int64
        Which photo lent the skin.
    yaw : (N,) float32
        Radians.
    """

    features: NDArray[np.float16]
    mirrored: NDArray[np.float16]
    weights: Array
    photo: NDArray[np.int64]
    yaw: Array

    def chosen(self, index: NDArray[Any]) -> Examples:
        """Some of the examples."""
        values = (self.features, self.mirrored, self.weights, self.photo, self.yaw)
        return Examples(*(v[index] for v in values))

    def save(self, path: Path) -> None:
        """Write an `.npz` that `load` reads."""
        np.savez(path, **vars(self))

    @classmethod
    def load(cls, files: list[Path]) -> Examples:
        """Read and join what `save` wrote."""
        parts = []
        for file in files:
            with np.load(file) as z:
                parts.append({name: z[name] for name in cls.__dataclass_fields__})
        return cls(**{k: np.concatenate([p[k] for p in parts]) for k in parts[0]})


@dataclass(frozen=True)
class Readout:
    """Weights of modes = features @ matrix + bias.

    Attributes
    ----------
    matrix : (F, K) float32
    bias : (K,) float32
    sign : (K,) float32
        Of the modes: see `Population.sign`.
    precision : (K, K) float32
        Inverse covariance of its errors; see `error_precision`.
    """

    matrix: Array
    bias: Array
    sign: Array
    precision: Array

    def save(self, path: Path) -> None:
        """Write an `.npz` that `load` reads."""
        np.savez(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Readout:
        """Read what `save` wrote."""
        with np.load(path) as z:
            return cls(**{name: z[name] for name in cls.__dataclass_fields__})

    def __call__(self, features: NDArray[Any], mirrored: NDArray[Any]) -> Array:
        """Weights (N, K) by features (N, F) of pictures and of their mirror images, averaged."""
        straight, other = (np.asarray(f, np.float32) @ self.matrix for f in (features, mirrored))
        return np.asarray((straight + self.bias + (other + self.bias) * self.sign) / 2)


class Regression:
    """The normal equations of examples, which a ridge of any strength solves.

    Every example counts together with its mirror image, so that the readout has no side.

    Parameters
    ----------
    examples
    sign : (K,)
    """

    def __init__(self, examples: Examples, sign: NDArray[Any]) -> None:
        self.sign = np.asarray(sign, np.float32)
        x = np.concatenate([examples.features, examples.mirrored]).astype(np.float32)
        y = np.concatenate([examples.weights, examples.weights * self.sign])
        self._middle, self._scale = x.mean(0), np.maximum(x.std(0), 1e-3)
        x -= self._middle
        x /= self._scale
        self._target = y.mean(0)
        self._gram = x.T @ x
        self._right = x.T @ (y - self._target)
        self._level = float(np.trace(self._gram)) / len(self._gram)

    def solve(self, ridge: float) -> Readout:
        """Solve with a ridge, a share of the features' mean variance; errors are not known yet."""
        from scipy.linalg import cho_factor, cho_solve

        gram = self._gram.copy()
        gram[np.diag_indices(len(gram))] += np.float32(ridge * self._level)
        factor = cho_factor(gram, overwrite_a=True, check_finite=False)
        w = cho_solve(factor, self._right, check_finite=False)
        matrix = np.asarray(w / self._scale[:, None], np.float32)
        bias = np.asarray(self._target - self._middle @ matrix, np.float32)
        return Readout(matrix, bias, self.sign, np.eye(len(bias), dtype=np.float32))


def error_precision(readout: Readout, held: Examples, least: float = 0.05) -> Array:
    """Inverse covariance (K, K) of a readout's errors on examples it was not learnt from.

    `least` is a variance that is added to each weight's: photos are no renders, and no weight is
    known better than that.
    """
    error = held.weights - readout(held.features, held.mirrored)
    covariance = error.T.astype(np.float64) @ error / len(error)
    return np.asarray(np.linalg.inv(covariance + least * np.eye(len(covariance))), np.float32)


def explained(
    readout: Readout, held: Examples, modes: NDArray[Any], within: bool = False
) -> dict[str, float]:
    """How well a readout tells the shape of heads it was not learnt from.

    Parameters
    ----------
    readout
    held
    modes : (K, P, 3)
        Of the points that count, head frame, any unit.
    within
        Compare only heads under the skin of one photo: their mean is taken off.

    Returns
    -------
    dict
        `explained` variance, `r` and `slope` of the found differences over the true ones; `depth_r`
        and `depth_slope` of y alone.
    """
    true = held.weights.astype(np.float64)
    found = readout(held.features, held.mirrored).astype(np.float64)
    middle = true.mean(0)
    true, found = true - middle, found - middle
    if within:
        true, found = (_centred(v, held.photo) for v in (true, found))
    result: dict[str, float] = {}
    for key, part in (("", modes), ("depth_", modes[..., 1:2])):
        flat = part.reshape(len(part), -1).astype(np.float64)
        metric = flat @ flat.T

        def dot(a: NDArray[Any], b: NDArray[Any], metric: NDArray[Any] = metric) -> float:
            return float(((a @ metric) * b).sum())

        tt, tf, ff = dot(true, true), dot(true, found), dot(found, found)
        result[f"{key}r"], result[f"{key}slope"] = tf / np.sqrt(tt * ff), tf / tt
        if not key:
            result["explained"] = 1 - dot(true - found, true - found) / tt
    return result


def _centred(values: NDArray[Any], group: NDArray[Any]) -> NDArray[Any]:
    """Values (N, K) less the mean of their group."""
    _, of = np.unique(group, return_inverse=True)
    sums = np.zeros((of.max() + 1, values.shape[1]))
    np.add.at(sums, of, values)
    return np.asarray(values - (sums / np.bincount(of)[:, None])[of])
