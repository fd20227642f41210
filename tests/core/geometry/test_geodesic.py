"""Distances along a surface."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest
from synthetic import RADIUS, ball_layout

from prn_blender.core.geometry.geodesic import surface_distance


@pytest.mark.parametrize("texel", [(32, 32), (10, 50), (60, 3)])
def test_on_a_ball_they_are_arcs(texel: tuple[int, int]) -> None:
    layout = ball_layout(64)
    start = layout.canonical[texel]
    exact = RADIUS * np.arccos((layout.canonical @ start / RADIUS**2).clip(-1, 1))
    reach = 0.1
    found = surface_distance(layout.canonical, layout.mask, texel[0] * 64 + texel[1], reach)
    near = (exact < 0.9 * reach) & (exact > 0.02)
    ratio = found[near] / exact[near]
    assert near.sum() > 500
    assert ratio.min() > 0.99 and np.median(ratio) < 1.03 and np.percentile(ratio, 90) < 1.15
    assert found[texel] == 0
    assert (found[exact > reach] == np.float32(reach)).all()


def test_no_way_leads_over_a_hole() -> None:
    row, column = np.indices((41, 41), np.float32)
    points = np.stack([column, row, 0 * row], -1)
    mask = np.ones((41, 41), bool)
    mask[:40, 20:22] = False  # a wall with a gap at its lower end
    found = surface_distance(points, mask, 5 * 41 + 15, 200)
    assert found[5, 25] == pytest.approx(np.hypot(35, 4) + 3 + np.hypot(35, 3), rel=0.04)
    assert found[5, 10] == pytest.approx(5)
    mask[40, 20:22] = False
    assert surface_distance(points, mask, 5 * 41 + 15, 200)[5, 25] == 200


def test_a_step_counts_as_long_at_least_as_asked_for() -> None:
    points = np.zeros((21, 21, 3), np.float32)
    found = surface_distance(points, np.ones((21, 21), bool), 10 * 21 + 10, 100, least=2)
    assert found[10, 20] == pytest.approx(20)
    assert found[20, 20] == pytest.approx(2 * np.hypot(10, 10), rel=0.01)
