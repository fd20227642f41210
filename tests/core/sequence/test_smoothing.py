"""Curves come to rest, keep what moves, and do not lag."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from prn_blender.core.sequence import smoothing
from prn_blender.core.sequence.smoothing import noise_of, smooth

RATE = 30.0
ONES = np.ones(300)


def noisy(true: np.ndarray, deviation: float, seed: int = 0) -> np.ndarray:
    return true[:, None] + np.random.default_rng(seed).normal(0, deviation, (len(true), 1))


def test_five_diagonals_are_solved_as_a_full_matrix_is() -> None:
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=(40, 2)), rng.uniform(0, 2, (40, 2))
    weights[5:12] = 0
    stiffness = rng.uniform(0.1, 50, (38, 2))
    found = smoothing._solve(values, weights, stiffness)
    bend = np.diff(np.eye(40), 2, axis=0)
    for curve in range(2):
        full = np.diag(weights[:, curve] + 1e-9) + bend.T @ np.diag(stiffness[:, curve]) @ bend
        expected = np.linalg.solve(full, weights[:, curve] * values[:, curve])
        assert np.allclose(found[:, curve], expected, atol=1e-8)


def test_noise_is_measured_whatever_moves() -> None:
    t = np.arange(300) / RATE
    moving = 20 * np.sin(2 * np.pi * 0.5 * t)
    moving[100:103] += 30  # a leap is no noise
    assert abs(noise_of(noisy(moving, 0.3), ONES > 0, 1e-6)[0] / 0.3 - 1) < 0.15
    assert noise_of(np.zeros((300, 1)), ONES > 0, 0.01)[0] == 0.01


def test_what_stands_still_comes_to_rest() -> None:
    values = noisy(np.zeros(300), 1.0)
    found = smooth(values, ONES, np.ones(1), RATE)
    assert found[20:-20].std() < 0.4 * values.std()
    assert np.abs(np.diff(found, 3, axis=0)).mean() < np.abs(np.diff(values, 3, axis=0)).mean() / 50


def test_motion_is_kept_without_lag_and_nearer_the_truth() -> None:
    t = np.arange(300) / RATE
    true = 10 * np.sin(2 * np.pi * 0.7 * t) * (t > 3)
    values = noisy(true, 0.5)
    found = smooth(values, ONES, np.full(1, 0.5), RATE)[:, 0]
    assert np.std(found - true) < 0.8 * np.std(values[:, 0] - true)
    shifted = [np.std(np.roll(found, k) - true) for k in (-1, 0, 1)]
    assert np.argmin(shifted) == 1
    backwards = smooth(values[::-1], ONES, np.full(1, 0.5), RATE)[::-1, 0]
    assert np.allclose(backwards, found, atol=1e-6)


def test_a_blink_of_three_frames_stays_one() -> None:
    true = np.zeros(300)
    true[100:103] = 0.5, 1.0, 0.5
    found = smooth(noisy(true, 0.03), ONES, np.full(1, 0.03), RATE, rest_hz=2.0)[:, 0]
    assert np.abs(found[100:103] - true[100:103]).max() < 0.12
    assert np.abs(found[[97, 98, 104, 105]]).max() < 0.1
    assert found[110:].std() < 0.02


def test_gaps_are_bridged_and_wrong_values_are_passed_over() -> None:
    t = np.arange(300) / RATE
    true = 5 * t
    values, weights = noisy(true, 0.1), ONES.copy()
    values[50:65], weights[50:65] = 1e6, 0
    values[200] += 40
    found = smooth(values, weights, np.full(1, 0.1), RATE, wrong_values=True)[:, 0]
    assert np.abs(found - true).max() < 0.6


def test_a_few_frames_are_left_as_they_are() -> None:
    values = np.array([[1.0], [2.0]])
    assert np.array_equal(smooth(values, np.ones(2), np.ones(1), RATE), values)
