"""Smooth curves over time without lag: what stands still comes to rest, what moves keeps moving.

Each curve x is the most probable one, given the noisy values y:

    sum_t w_t (y_t - x_t)^2 / (2 r)  +  sum_t (n + 1) / 2 log(1 + a_t^2 / (n s^2)),
    a_t = x_{t-1} - 2 x_t + x_{t+1}

The first term says that values have Gaussian noise of variance r, which is measured. The second
says that accelerations are mostly small, and now and then large: they have Student's t
distribution. With Gaussian accelerations this would be the Kalman smoother of a point that moves at
a nearly constant speed (RTS: both directions in time, so no lag); it would have to choose between
trembling at rest and washing out a blink. With heavy tails it does neither.

Sources: A. Aravkin, J. Burke, G. Pillonetto, "Robust and trend-following Student's t Kalman
smoothers", SIAM J. Control Optim. 52(5), 2014 (T-Trend); E. T. Whittaker, "On a new method of
graduation", 1923, for the form without tails. It is solved by reweighted least squares; each step
is a matrix of five diagonals.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

REST_HZ = 1.0
"""What stands still is smoothed as by a filter of this cut-off, half of the amplitude. People hold
their heads still for longer than a second, and speech is faster."""
# Degrees of freedom of the accelerations. On made shots of two people 1, 2, 4 and 30 were tried:
# with 1 what moves trembles half as much again, from 4 on jaws that speak lag behind.
_TAIL = 2.0
# The same for noise where single values can be wrong altogether. 4: the usual choice, mild.
_NOISE_TAIL = 4.0
_STEPS = 12
# Standard deviation of the third difference of white noise of unit variance: 1, 3, 3, 1.
_THIRD = 20.0**0.5
# Median of the absolute value of a standard normal variable.
_MEDIAN = 0.6745


def noise_of(values: np.ndarray, seen: np.ndarray, least: float) -> np.ndarray:
    """Measure the noise of curves, whatever moves in them.

    Parameters
    ----------
    values : (T, C) float
    seen : (T,) bool
        Where there are values.
    least : float
        Noise, standard deviation, that is assumed at least.

    Returns
    -------
    (C,) float64
        Standard deviation: by the median of third differences, in which smooth motion vanishes
        and a blink does not count.
    """
    whole = seen[3:] & seen[2:-1] & seen[1:-2] & seen[:-3]
    if not whole.any():
        return np.full(values.shape[1], least)
    third = np.diff(np.asarray(values, np.float64), 3, axis=0)[whole]
    return np.maximum(np.median(np.abs(third), axis=0) / (_MEDIAN * _THIRD), least)


def smooth(
    values: np.ndarray,
    weights: np.ndarray,
    noise: np.ndarray,
    rate: float,
    wrong_values: bool = False,
    rest_hz: float = REST_HZ,
) -> np.ndarray:
    """Smooth curves, and fill their gaps.

    Parameters
    ----------
    values : (T, C) float
    weights : (T,) float
        How far each frame's values count: 1 as measured, 0 where there are none.
    noise : (C,) float
        Standard deviation of the values, see `noise_of`.
    rate : float
        Frames a second.
    wrong_values : bool
        Whether single values may be wrong altogether, as a pose is where a hand passes by.
        Otherwise whatever is seen for a frame was there.
    rest_hz : float
        See `REST_HZ`.

    Returns
    -------
    (T, C) float64
        Where the weights are 0 the curves go on as straight as they can.
    """
    values = np.where(weights[:, None] > 0, values, 0.0).astype(np.float64)
    count = len(values)
    if count < 3 or not (weights > 0).any():
        return values
    scaled = values / noise
    # A filter with second differences passes half of the amplitude where
    # (2 sin(pi f / rate))^2 = s / sqrt(r): here sqrt(r) is 1.
    limit = (2 * np.sin(np.pi * min(rest_hz / rate, 0.5))) ** 2
    measured = np.repeat(weights[:, None], scaled.shape[1], axis=1).astype(np.float64)
    # It begins with hardly any smoothing: from there it finds what moves.
    found = _solve(scaled, measured, np.ones((count - 2, scaled.shape[1])))
    for _ in range(_STEPS):
        bend = np.diff(found, 2, axis=0) / limit
        stiffness = (_TAIL + 1) / (_TAIL + bend**2) / limit**2
        trusted = measured
        if wrong_values:
            left = (scaled - found) ** 2
            trusted = measured * (_NOISE_TAIL + 1) / (_NOISE_TAIL + measured * left)
        found = _solve(scaled, trusted, stiffness)
    return found * noise


def _solve(values: np.ndarray, weights: np.ndarray, stiffness: np.ndarray) -> np.ndarray:
    """Minimise sum w (y - x)^2 + sum g (second difference of x)^2, all (T, C), g (T - 2, C).

    By Cholesky's method for five diagonals, all curves at once.
    """
    count, curves = values.shape
    g = np.zeros((count + 2, curves))
    g[2:-2] = stiffness  # g[t + 1] belongs to the difference around t
    # A trifle, so that gaps at the ends have a solution.
    main = weights + 1e-9 + g[:-2] + 4 * g[1:-1] + g[2:]
    one, two = -2 * (g[1:-1] + g[2:]), g[2:]
    right = weights * values
    d, a, b = np.empty_like(main), np.zeros_like(main), np.zeros_like(main)
    x = np.empty_like(main)
    for t in range(count):
        diagonal, side, y = main[t], one[t], right[t]
        if t > 0:
            diagonal = diagonal - a[t - 1] ** 2 * d[t - 1]
            side = side - a[t - 1] * d[t - 1] * b[t - 1]
            y = y - a[t - 1] * x[t - 1]
        if t > 1:
            diagonal = diagonal - b[t - 2] ** 2 * d[t - 2]
            y = y - b[t - 2] * x[t - 2]
        d[t], a[t], b[t], x[t] = diagonal, side / diagonal, two[t] / diagonal, y
    x /= d
    for t in range(count - 2, -1, -1):
        x[t] -= a[t] * x[t + 1]
        if t < count - 2:
            x[t] -= b[t] * x[t + 2]
    return x
