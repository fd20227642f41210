"""Values continued smoothly: Poisson's equation, membranes, and pull-push for holes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

# Pixels along the shorter side of the coarsest grid.
_COARSEST = 8
# Numbers on a grid. Up to this three cycles cost nothing and are exact; from four times as many on
# one cycle has to do. Its error is below a level, except beside the mask's border, where the matte
# fades.
_SMALL = 3 * 2**18
# Of Jacobi's method: 4/5 damps fine errors best in two dimensions.
_DAMPING = 0.8
# Of the membrane's smoothing on each level.
_SWEEPS = 16
# Full weighting from a grid to the next coarser one.
_BINOMIAL = np.array([0.25, 0.5, 0.25], np.float32)


def solve_poisson(laplacian: np.ndarray) -> np.ndarray:
    """The values with a given Laplacian that are 0 on the border.

    Parameters
    ----------
    laplacian : (h, w, k) float32, k <= 4
        Five-point Laplacian, unit spacing; its border is set to 0.

    Returns
    -------
    (h, w, k) float32

    Notes
    -----
    Full multigrid, W. Briggs, V. Henson, S. McCormick, "A Multigrid Tutorial", 2nd ed., 2000,
    chapter 3: bilinear interpolation, full weighting, damped Jacobi smoothing.
    """
    right = _hold(laplacian)
    levels = [right]
    steps = [(1.0, 1.0)]
    while min(levels[-1].shape[:2]) > _COARSEST:
        fine = levels[-1]
        rows, columns = ((n - 1) // 2 + 1 for n in fine.shape[:2])
        ratio = ((fine.shape[1] - 1) / (columns - 1), (fine.shape[0] - 1) / (rows - 1))
        levels.append(_restrict(fine, rows, columns))
        steps.append((steps[-1][0] * ratio[0], steps[-1][1] * ratio[1]))
    values = np.zeros_like(levels[-1])
    for number in range(len(levels) - 1, -1, -1):
        if values.shape != levels[number].shape:
            values = _prolong(values, *levels[number].shape[:2])
        for _ in range(3 if values.size < _SMALL else 2 if values.size < 4 * _SMALL else 1):
            values = _cycle(values, levels[number], steps[number:])
    return values


def membrane(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values continued smoothly into where they are not known.

    Parameters
    ----------
    values : (h, w, k) float32, k <= 4
    known : (h, w) bool

    Returns
    -------
    (h, w, k) float32
        Equal to `values` where known; elsewhere their Laplacian is 0, nearly, and no value flows
        over the picture's border. 0 if nothing is known.
    """
    levels = [(values * known[..., None], known.astype(np.float32))]
    while min(levels[-1][1].shape) > 2 and levels[-1][1].min() <= 0:
        sums, weights = (_half(x) for x in levels[-1])
        full = (weights > 0).astype(np.float32)
        levels.append((sums / np.maximum(weights, 1e-6)[..., None] * full[..., None], full))
    sums, weights = levels.pop()
    total = weights.sum()
    mean = sums.sum(axis=(0, 1)) / total if total else np.zeros(values.shape[2])
    result = sums + (1 - weights)[..., None] * mean.astype(np.float32)
    kernel = _cross(0.25, 0.25, 0.0)
    for sums, weights in reversed(levels):
        height, width = weights.shape
        result = cv2.resize(result, (width, height), interpolation=cv2.INTER_LINEAR)
        fixed = weights[..., None] > 0
        for _ in range(_SWEEPS):
            result = np.where(fixed, sums, result)
            result = cv2.filter2D(result, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        result = np.where(fixed, sums, result)
    return result


def _half(values: np.ndarray) -> np.ndarray:
    height, width = ((n + 1) // 2 for n in values.shape[:2])
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA)


def _cycle(values: np.ndarray, right: np.ndarray, steps: list[tuple[float, float]]) -> np.ndarray:
    """One V-cycle for the values with the Laplacian `right`."""
    if len(steps) == 1:
        return _smooth(values, right, steps[0], _COARSEST**2)
    values = _smooth(values, right, steps[0], 2)
    residual = cv2.subtract(right, cv2.filter2D(values, -1, _cross(*_weights(steps[0]))))
    _hold(residual)
    rows, columns = ((n - 1) // 2 + 1 for n in right.shape[:2])
    coarse = _restrict(residual, rows, columns)
    coarse = _cycle(np.zeros_like(coarse), coarse, steps[1:])
    values += _prolong(coarse, *right.shape[:2])
    return _smooth(values, right, steps[0], 2)


def _weights(step: tuple[float, float]) -> tuple[float, float, float]:
    """Of the neighbours in x, in y, and of the middle, in the Laplacian with these steps."""
    across, down = 1 / step[0] ** 2, 1 / step[1] ** 2
    return across, down, -2 * (across + down)


def _cross(across: float, down: float, middle: float) -> np.ndarray:
    return np.array([[0, down, 0], [across, middle, across], [0, down, 0]], np.float32)


def _smooth(
    values: np.ndarray, right: np.ndarray, step: tuple[float, float], sweeps: int
) -> np.ndarray:
    """Damped Jacobi."""
    across, down, middle = _weights(step)
    part = -_DAMPING / middle
    kernel = _cross(across * part, down * part, 1 + middle * part)
    pushed = right * np.float32(-part)
    for _ in range(sweeps):
        values = cv2.filter2D(values, -1, kernel)
        _hold(cv2.add(values, pushed, dst=values))
    return values


def _restrict(fine: np.ndarray, rows: int, columns: int) -> np.ndarray:
    return _hold(_resample(cv2.sepFilter2D(fine, -1, _BINOMIAL, _BINOMIAL), rows, columns))


def _prolong(coarse: np.ndarray, rows: int, columns: int) -> np.ndarray:
    return _hold(_resample(coarse, rows, columns))


def _resample(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Bilinear, first and last lines staying where they are."""
    scale = [(values.shape[1] - 1) / (columns - 1), (values.shape[0] - 1) / (rows - 1)]
    matrix = np.array([[scale[0], 0, 0], [0, scale[1], 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        values, matrix, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


def _hold(values: np.ndarray) -> np.ndarray:
    """Set the border to 0."""
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        values[edge] = 0
    return values


def push_pull(known: np.ndarray) -> np.ndarray:
    """Fill an image smoothly from the places where it is known.

    Parameters
    ----------
    known : (H, W, 4) float32
        Colour times weight, and weight: 1 where the colour is known, 0 where it is not.

    Returns
    -------
    (H, W, 3) float32
        The colour where the weight is 1, elsewhere the average of known colours around, over a
        distance that grows with the hole. Mid grey if nothing is known.

    Notes
    -----
    S. Gortler et al., "The Lumigraph", SIGGRAPH 1996, section 3.3 (pull-push).
    """
    levels = [known]
    while max(levels[-1].shape[:2]) > 1:
        height, width = ((n + 1) // 2 for n in levels[-1].shape[:2])
        half = cv2.resize(levels[-1], (width, height), interpolation=cv2.INTER_AREA)
        half = half.reshape(height, width, 4)
        # Weights grow until they are full, so that a hole's rim is not diluted at every level.
        total = half[..., 3:]
        half *= np.minimum(1, 4 * total) / np.maximum(total, 1e-9)
        levels.append(half)
    top = levels.pop()
    if top[0, 0, 3] <= 0:
        return np.full((*known.shape[:2], 3), 127.5, np.float32)
    filled = top[..., :3] / top[..., 3:]
    for level in reversed(levels):
        size = (level.shape[1], level.shape[0])
        up = cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR).reshape(*size[::-1], 3)
        filled = level[..., :3] + up * (1 - level[..., 3:])
    return filled
