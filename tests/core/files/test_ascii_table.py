"""Numbers as text: the same as Python's own formatting."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest

from prn_blender.core.files.ascii_table import decimals, integers, lines


@pytest.mark.parametrize("places", [1, 4, 6])
@pytest.mark.parametrize("size", [1e-7, 1e-3, 1.0, 1e3, 1e5])
def test_decimals_are_python_s(places: int, size: float) -> None:
    values = np.random.default_rng(0).normal(0, size, 5000)
    values[:6] = [0, -0.0, 1, -1, 0.9999999, -0.9999999]
    found = lines("v ", decimals(values, places)).decode().splitlines()
    for line, value in zip(found, values.tolist(), strict=True):
        # Where a tie could fall either way the last digit may differ.
        assert (
            line[2:] == f"{value:.{places}f}"
            or abs(float(line[2:]) - value) <= 0.5001 * 10**-places
        )


def test_integers_are_python_s() -> None:
    values = np.concatenate([10 ** np.arange(9), 10 ** np.arange(9) - 1, [123_456_789, 0, 7]])
    found = lines(integers(values), " ", integers(values)).decode().splitlines()
    assert found == [f"{v} {v}" for v in values.tolist()]


def test_the_order_is_that_of_the_parts() -> None:
    one = np.array([1, 20, 300])
    assert lines("a", integers(one), "b") == b"a1b\na20b\na300b\n"
