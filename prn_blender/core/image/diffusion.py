"""Continue values smoothly into where they are not known: Poisson's equation, membranes, pull-push.

`solve_poisson` is exact and wants a Laplacian; `membrane` keeps all known values and is nearly
exact; `push_pull` is the fastest, for large holes in textures.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

# Pixels along the shorter side of the coarsest grid of the multigrid solver.
_COARSEST = 8
# Values on a grid, all channels counted, up to which three V-cycles are run: they cost nothing and
# are exact. From four times as many on one cycle has to do; its error is below one level of 255,
# except beside the mask's border, where the matte fades.
_SMALL = 3 * 2**18
# Damping of Jacobi's method: 4/5 removes fine errors fastest in two dimensions.
_DAMPING = 0.8
# Jacobi sweeps before and after the coarser grid in a V-cycle.
_CYCLE_SWEEPS = 2
# Jacobi sweeps of a membrane on each level of its pyramid.
_MEMBRANE_SWEEPS = 16
# Times that `continued` works on smaller pictures, at most, along a side.
_FEWER = 4
# Kernel, in each direction, of the full weighting from a grid to the next coarser one.
_BINOMIAL = np.array([0.25, 0.5, 0.25], np.float32)
# Grey level that `push_pull` gives where nothing is known at all: the middle of 0..255.
_MID_GREY = 127.5


def solve_poisson(laplacian: np.ndarray) -> np.ndarray:
    """Find the values that have a given Laplacian and are 0 on the border.

    Parameters
    ----------
    laplacian : (h, w, k) float32, k <= 4
        Five-point Laplacian with unit spacing. Its border is set to 0 in place.

    Returns
    -------
    (h, w, k) float32

    Notes
    -----
    Full multigrid, W. Briggs, V. Henson, S. McCormick, "A Multigrid Tutorial", 2nd ed., 2000,
    chapter 3: bilinear interpolation, full weighting, damped Jacobi smoothing.
    """
    levels = [_clear_border(laplacian)]
    spacings = [(1.0, 1.0)]
    while min(levels[-1].shape[:2]) > _COARSEST:
        fine = levels[-1]
        rows, columns = ((n - 1) // 2 + 1 for n in fine.shape[:2])
        ratio = ((fine.shape[1] - 1) / (columns - 1), (fine.shape[0] - 1) / (rows - 1))
        levels.append(_restrict(fine, rows, columns))
        spacings.append((spacings[-1][0] * ratio[0], spacings[-1][1] * ratio[1]))
    values = np.zeros_like(levels[-1])
    for number in range(len(levels) - 1, -1, -1):
        if values.shape != levels[number].shape:
            values = _prolong(values, *levels[number].shape[:2])
        for _ in range(3 if values.size < _SMALL else 2 if values.size < 4 * _SMALL else 1):
            values = _v_cycle(values, levels[number], spacings[number:])
    return values


def membrane(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Continue values smoothly into where they are not known.

    Parameters
    ----------
    values : (h, w, k) float32, k <= 4
    known : (h, w) bool

    Returns
    -------
    (h, w, k) float32
        Equal to `values` where they are known. Elsewhere their Laplacian is nearly 0, and the
        picture's border is free (its normal derivative is 0). All 0 if nothing is known.
    """
    levels = [(values * known[..., None], known.astype(np.float32))]
    while min(levels[-1][1].shape) > 2 and levels[-1][1].min() <= 0:
        sums, weights = (_half_size(x) for x in levels[-1])
        full = (weights > 0).astype(np.float32)
        levels.append((sums / np.maximum(weights, 1e-6)[..., None] * full[..., None], full))
    sums, weights = levels.pop()
    total = weights.sum()
    mean = sums.sum(axis=(0, 1)) / total if total else np.zeros(values.shape[2])
    result = sums + (1 - weights)[..., None] * mean.astype(np.float32)
    average_of_neighbours = _five_point(0.25, 0.25, 0.0)
    for sums, weights in reversed(levels):
        height, width = weights.shape
        result = cv2.resize(result, (width, height), interpolation=cv2.INTER_LINEAR)
        fixed = (weights > 0).astype(np.uint8)
        for _ in range(_MEMBRANE_SWEEPS):
            result = cv2.copyTo(sums, fixed, result)  # a tenth of the time of numpy's where
            result = cv2.filter2D(
                result, -1, average_of_neighbours, borderType=cv2.BORDER_REPLICATE
            )
        result = cv2.copyTo(sums, fixed, result)
    return result


def continued(
    values: np.ndarray, weight: np.ndarray, sigma: float, least: float
) -> np.ndarray | None:
    """Continue the coarse of values smoothly into where they are not known.

    Parameters
    ----------
    values : (h, w, k) float32, k <= 4
    weight : (h, w) float32
        0..1: how far they are known.
    sigma : float
        Pixels, standard deviation: what is finer is left out, also where it is known.
    least : float
        0..1: share of what is around a pixel that has to be known so that it tells anything.

    Returns
    -------
    (h, w, k) float32 or None
        See `membrane`. None if nothing is known.
    """
    height, width = weight.shape
    known, coarse = weight, values * weight[..., None]
    # So smooth, they need no more pixels than some for each standard deviation.
    shrunk = 1
    while sigma >= 1.5 * shrunk and shrunk < _FEWER:
        known, coarse, shrunk = _half_size(known), _half_size(coarse), 2 * shrunk
    known, coarse = (cv2.GaussianBlur(x, (0, 0), sigma / shrunk) for x in (known, coarse))
    where = known > least
    if not where.any():
        return None
    coarse = membrane(coarse / np.maximum(known, 1e-3)[..., None], where)
    # No kink where what is known ends.
    coarse = cv2.GaussianBlur(coarse, (0, 0), sigma / shrunk)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def push_pull(known: np.ndarray) -> np.ndarray:
    """Fill the holes of a picture smoothly.

    Parameters
    ----------
    known : (H, W, 4) float32
        Colour 0..255 times weight, and the weight: 1 where the colour is known, 0 in holes.

    Returns
    -------
    (H, W, 3) float32
        The colour where the weight is 1. Elsewhere the average of the known colours around, over
        a distance that grows with the size of the hole. Mid grey if nothing is known.

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
        return np.full((*known.shape[:2], 3), _MID_GREY, np.float32)
    filled = top[..., :3] / top[..., 3:]
    for level in reversed(levels):
        size = (level.shape[1], level.shape[0])
        up = cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR).reshape(*size[::-1], 3)
        filled = level[..., :3] + up * (1 - level[..., 3:])
    return filled


def _half_size(values: np.ndarray) -> np.ndarray:
    """A map averaged to half its size, rounded up."""
    height, width = ((n + 1) // 2 for n in values.shape[:2])
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA)


def _v_cycle(
    values: np.ndarray, laplacian: np.ndarray, spacings: list[tuple[float, float]]
) -> np.ndarray:
    """One V-cycle: improve `values`, which should have that Laplacian.

    `spacings` are those of this grid and of all coarser ones, in x and in y.
    """
    if len(spacings) == 1:
        return _jacobi(values, laplacian, spacings[0], _COARSEST**2)
    values = _jacobi(values, laplacian, spacings[0], _CYCLE_SWEEPS)
    operator = _five_point(*_laplacian_weights(spacings[0]))
    residual = cv2.subtract(laplacian, cv2.filter2D(values, -1, operator))
    _clear_border(residual)
    rows, columns = ((n - 1) // 2 + 1 for n in laplacian.shape[:2])
    coarse = _restrict(residual, rows, columns)
    coarse = _v_cycle(np.zeros_like(coarse), coarse, spacings[1:])
    values += _prolong(coarse, *laplacian.shape[:2])
    return _jacobi(values, laplacian, spacings[0], _CYCLE_SWEEPS)


def _laplacian_weights(spacing: tuple[float, float]) -> tuple[float, float, float]:
    """Weights of the neighbours in x, of those in y, and of the middle, in the Laplacian."""
    across, down = 1 / spacing[0] ** 2, 1 / spacing[1] ** 2
    return across, down, -2 * (across + down)


def _five_point(across: float, down: float, middle: float) -> np.ndarray:
    """(3, 3) float32: the kernel with these weights of a pixel and its four neighbours."""
    return np.array([[0, down, 0], [across, middle, across], [0, down, 0]], np.float32)


def _jacobi(
    values: np.ndarray, laplacian: np.ndarray, spacing: tuple[float, float], sweeps: int
) -> np.ndarray:
    """Smooth the error of `values` by sweeps of Jacobi's damped method."""
    across, down, middle = _laplacian_weights(spacing)
    part = -_DAMPING / middle
    kernel = _five_point(across * part, down * part, 1 + middle * part)
    pushed = laplacian * np.float32(-part)
    for _ in range(sweeps):
        values = cv2.filter2D(values, -1, kernel)
        _clear_border(cv2.add(values, pushed, dst=values))
    return values


def _restrict(fine: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """From a grid to the next coarser one, by full weighting."""
    return _clear_border(_resample(cv2.sepFilter2D(fine, -1, _BINOMIAL, _BINOMIAL), rows, columns))


def _prolong(coarse: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """From a grid to the next finer one, bilinearly."""
    return _clear_border(_resample(coarse, rows, columns))


def _resample(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Resample bilinearly so that the first and last lines stay where they are."""
    scale = [(values.shape[1] - 1) / (columns - 1), (values.shape[0] - 1) / (rows - 1)]
    matrix = np.array([[scale[0], 0, 0], [0, scale[1], 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        values, matrix, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


def _clear_border(values: np.ndarray) -> np.ndarray:
    """Set the border to 0 in place."""
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        values[edge] = 0
    return values
