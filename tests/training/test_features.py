"""What eyes, noses and mouths look like, as it is learned."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from training.features import COMPONENTS, components


def test_the_components_are_those_of_the_many() -> None:
    rng = np.random.default_rng(3)
    ways = np.linalg.qr(rng.normal(size=(200, 3)))[0].T
    ways -= ways.mean(axis=1, keepdims=True)
    middle = rng.normal(size=200)
    middle -= middle.mean()
    values = middle + (rng.normal(size=(1500, 3)) * [6, 4, 3]) @ ways
    values += 0.05 * rng.normal(size=values.shape)
    odd = values.copy()
    odd[:100] = rng.normal(size=(100, 200))  # what covers a feature
    mean, basis, spread = components(odd.astype(np.float32) * 3 + 7)  # brighter, more contrast
    assert basis.shape == (COMPONENTS, 200)
    assert np.abs(basis @ basis.T - np.eye(COMPONENTS)).max() < 1e-3
    clean, _, _ = components(values.astype(np.float32))
    assert np.sqrt(np.mean((mean - clean) ** 2)) < 0.08
    # Three ways in which they differ, and little of what was odd.
    assert spread[3] < 0.25 * spread[2]
