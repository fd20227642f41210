"""What comes along with a place that is moved: mirror-symmetric, smooth, and lips by themselves."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest
from synthetic import ball_layout

from prn_blender.core import Face
from prn_blender.core.geometry.smooth_moves import LENGTH, SmoothMoves


def test_it_is_all_of_itself_and_less_with_distance() -> None:
    layout = ball_layout(64)
    smooth, place = SmoothMoves(layout), 32 * 64 + 32
    column = smooth.column(place)
    assert smooth.column(place) is column  # kept
    assert column[place] == 1 and column.argmax() == place
    along = column.reshape(64, 64)[32, 32:]
    assert (np.diff(along) < 0).all()
    texels = np.array([place, place + 5, 3])
    both = smooth.between(texels, texels)
    assert both[0] == pytest.approx(column[texels], abs=1e-5)
    assert np.linalg.eigvalsh(both).min() > 0
    apart = smooth.apart(texels)
    assert np.isinf(np.diag(apart)).all() and apart[0, 1] == apart[1, 0]
    far = apart[0, 2] / LENGTH * np.sqrt(7)
    polynomial = 1 + far + 0.4 * far**2 + far**3 / 15
    assert both[0, 2] == pytest.approx(polynomial * np.exp(-far), rel=1e-6)


def test_both_sides_are_alike(face: Face) -> None:
    layout = face.layout
    smooth = SmoothMoves(layout)
    texels = layout.landmark_texels @ [layout.size, 1]
    mirrored = smooth.mirrored(texels)
    assert np.array_equal(smooth.mirrored(mirrored), texels)
    assert np.array_equal(smooth.between(texels, texels), smooth.between(mirrored, mirrored))
    assert np.array_equal(smooth.between(texels, mirrored), smooth.between(mirrored, texels))


def test_lips_that_touch_are_apart(face: Face) -> None:
    layout = face.layout
    upper, lower = (int(layout.landmark_texels[n] @ [layout.size, 1]) for n in (62, 66))
    apart = SmoothMoves(layout).apart(np.array([upper, lower]))[0, 1]
    assert apart > 0.004  # metres
