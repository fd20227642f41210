"""The UV layout: its frame, subdivision, and openings of eyes and mouth."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training_parts import (
    WHY,
)

from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.geometry.pose import fit_similarity

ROOT = Path(__file__).resolve().parents[2]


def test_the_shipped_canonical_face_looks_where_the_field_says_ahead_is(shared: Path) -> None:
    folder = shared / "data" / "prnet_uv"
    place = np.loadtxt(folder / "face_ind.txt").astype(int)
    column, row = np.loadtxt(folder / "uv_kpt_ind.txt").astype(int)
    everywhere = np.zeros((256 * 256, 3))
    everywhere[place] = np.load(folder / "canonical_vertices.npy")
    x, y, z = everywhere[row * 256 + column].T
    theirs = np.stack([x, -z, -y], 1)
    layout = load_uv_layout(ROOT / "models" / "prn_uv_layout.npz")
    ours = layout.canonical[tuple(layout.landmark_texels.T)].astype(np.float64)
    turn = fit_similarity(ours, theirs).rotation
    assert np.degrees(np.arccos((np.trace(turn) - 1) / 2)) < 1


def test_subdivision_keeps_a_plane_and_rounds_a_cube() -> None:
    pytest.importorskip("scipy", reason=WHY)
    pytest.importorskip("numba", reason=WHY)
    from training.layout.subdivide import subdivision

    cube = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    quads = np.array(
        [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    )
    smooth, plain, finer, owner, edges = subdivision(quads, 8)
    assert (len(edges), len(finer)) == (12, 24)
    assert np.allclose(smooth.sum(1), 1)
    # By hand: a corner of the cube goes to 5/9 of itself, an edge's middle to 3/4, a face's stays.
    assert np.allclose(smooth[:8] @ cube, cube * 5 / 9)
    assert np.allclose(np.abs(smooth[8:20] @ cube).max(1), 0.75)
    assert np.allclose(np.linalg.norm(smooth[20:] @ cube, axis=1), 1)
    assert np.array_equal(np.bincount(owner), np.full(6, 4))
    # New faces turn the way the old ones do.
    p = plain @ cube
    a, b, c = (p[finer[:, k]] for k in range(3))
    outward = (np.cross(b - a, c - a) * p[finer].mean(1)).sum(1)
    assert (np.sign(outward) == np.sign(outward[0])).all()

    # A triangle (its last vertex twice) and a quad with a rim: the rim's straight edges stay.
    flat = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [2, 0.5]])
    smooth, plain, finer, owner, edges = subdivision(np.array([[0, 1, 2, 3], [1, 4, 2, 2]]), 5)
    assert len(finer) == 7
    assert np.allclose(smooth.sum(1), 1)
    assert np.allclose(plain[5:11] @ flat, flat[edges].mean(1))
    assert np.allclose(plain[11:] @ flat, [[0.5, 0.5], [4 / 3, 0.5]])
    p = plain @ flat
    a, b, c = (p[finer[:, k]] for k in range(3))
    area = np.cross(b - a, c - a)
    assert (area > 0).all()


def test_what_has_closed_too_far_is_opened_and_nothing_else() -> None:
    pytest.importorskip("numba", reason=WHY)
    from training.layout.openings import Opening, opened

    direction = np.array([0.0, 1, 0])
    opening = Opening(np.array([0.1, 0.2]), np.array([[0.1, 0], [1, 1], [-1, -0.5]]), direction)
    x = np.array([[0.0, 0, 0], [0, 0, 1], [1, 0.5, 0.2], [0, -1, 0]])
    y = opened(x, [opening])
    assert np.array_equal(y[[0, 2]], x[[0, 2]])
    assert y[[1, 3]] == pytest.approx(np.array([[0, 0.9, 1], [0, -0.1, 0]]))
    assert (opening.mean + y @ opening.basis).min() >= -1e-12
