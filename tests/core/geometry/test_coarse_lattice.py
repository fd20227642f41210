"""The rim of coarser meshes follows the outline of the finest one."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from prnet_data import prnet_layout
from synthetic import ball_arrays, ball_layout, corner_sets, rims

from prn_blender.core.face.face import Face
from prn_blender.core.geometry.lattice import clean_quads, plain_lattice, triangulate
from prn_blender.core.geometry.uv_layout import UVLayout

coarser = pytest.mark.parametrize("stride", [2, 4])


def turns(layout: UVLayout, quads: np.ndarray) -> np.ndarray:
    """Degrees by which the longest rim turns at each of its vertices, on the mean face."""
    rim = max(rims(quads), key=len)
    points = layout.canonical.reshape(-1, 3)[rim].astype(np.float64)
    edge = np.roll(points, -1, 0) - points
    edge /= np.linalg.norm(edge, axis=1, keepdims=True)
    cosine = (edge * np.roll(edge, 1, 0)).sum(1)
    return np.degrees(np.arccos(cosine.clip(-1, 1)))


def stepped(layout: UVLayout, stride: int) -> np.ndarray:
    """The mesh of every n-th row and column, cut off where the face ends."""
    corners = plain_lattice(layout.mask, stride)
    return clean_quads(corners, layout.canonical.reshape(-1, 3), outward=layout.outward)


@coarser
def test_the_rim_has_no_steps(face: Face, stride: int) -> None:
    layout = face.layout
    quads = layout.quads(stride)
    assert len(rims(quads)) == 1
    assert np.percentile(turns(layout, quads), [90, 99]).tolist() < [15, 30]
    assert np.percentile(turns(layout, stepped(layout, stride)), 90) > 90


@coarser
def test_the_rim_lies_on_the_finest_one(face: Face, stride: int) -> None:
    finest = {vertex for rim in rims(face.layout.quads(1)) for vertex in rim}
    assert {vertex for rim in rims(face.layout.quads(stride)) for vertex in rim} <= finest


@coarser
def test_faces_at_the_rim_are_no_slimmer_than_in_the_finest_mesh(face: Face, stride: int) -> None:
    def slimness(quads: np.ndarray) -> float:
        """Of the faces at the rim: longest to shortest edge, of which one in twenty has more."""
        on_rim = {vertex for rim in rims(quads) for vertex in rim}
        p = face.layout.canonical.reshape(-1, 3).astype(np.float64)
        found = []
        for corners in corner_sets(quads):
            if len(on_rim.intersection(corners)) > 1:
                edges = np.linalg.norm(p[corners] - p[np.roll(corners, 1)], axis=1)
                found.append(edges.max() / edges.min())
        return float(np.percentile(found, 95))

    assert slimness(face.layout.quads(stride)) < 0.7 * slimness(face.layout.quads(1))


@coarser
def test_a_true_corner_stays(stride: int) -> None:
    size = 64
    used = ball_layout(size).quads(stride)
    assert {0, size - 1, size * (size - 1), size * size - 1} <= set(used.ravel().tolist())


@pytest.mark.parametrize("seed", range(30))
@coarser
def test_whatever_the_outline_nothing_is_folded_or_doubled(seed: int, stride: int) -> None:
    random = np.random.default_rng(seed)
    arrays = ball_arrays(64)
    noise = cv2.GaussianBlur(random.normal(size=(64, 64)), (0, 0), random.uniform(1.5, 6))
    mask = noise / noise.std() > random.uniform(-2, 0.5)
    layout = UVLayout("x", mask, arrays["landmark_texels"], arrays["canonical"])
    quads = layout.quads(stride)
    assert mask.ravel()[quads[quads >= 0]].all()
    edges = [
        edge for face in corner_sets(quads) for edge in zip(face, face[1:] + face[:1], strict=True)
    ]
    assert len(set(edges)) == len(edges)
    p = layout.canonical.reshape(-1, 3).astype(np.float64)
    a, b, c = (p[triangulate(quads, p)[:, k]] for k in range(3))
    assert (((a + b + c) * np.cross(b - a, c - a)).sum(axis=1) > -1e-12).all()


@coarser
def test_a_round_outline_gives_a_round_rim(stride: int) -> None:
    size = 128
    row, column = np.indices((size, size)) - (size - 1) / 2
    mask = np.hypot(row, column) < 50
    arrays = ball_arrays(size)
    flat = np.stack([column, 0 * row, -row], -1).astype(np.float32) / 1000
    layout = UVLayout("x", mask, arrays["landmark_texels"], flat)
    quads = layout.quads(stride)
    (rim,) = rims(quads)
    assert np.abs(np.hypot(row, column).ravel()[rim] - 49.5).max() < 1.2
    assert turns(layout, quads).max() < {2: 60, 4: 35}[stride]
    assert np.percentile(turns(layout, stepped(layout, stride)), 80) > 80


@coarser
def test_a_hole_as_large_as_a_few_cells_stays_one(stride: int) -> None:
    arrays = ball_arrays(64)
    arrays["mask"][26:39, 23:40] = False
    layout = UVLayout("x", arrays["mask"], arrays["landmark_texels"], arrays["canonical"])
    loops = sorted(rims(layout.quads(stride)), key=len)
    assert len(loops) == 2
    rows, columns = np.divmod(loops[0], 64)
    assert (min(rows), max(rows), min(columns), max(columns)) == (25, 39, 22, 40)


@coarser
def test_prnet_s_rim_has_less_than_half_of_its_steps(shared: Path, stride: int) -> None:
    layout = prnet_layout(shared)
    before, now = stepped(layout, stride), layout.quads(stride)
    assert np.percentile(turns(layout, now), 90) < 0.55 * np.percentile(turns(layout, before), 90)
