"""The z-buffer against the slowest and plainest one there is."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest

from prn_blender.core.face.face import Face
from prn_blender.core.geometry import rasterize as module
from prn_blender.core.geometry.lattice import triangulate
from prn_blender.core.geometry.rasterize import barycentric, rasterize


def brute_force(
    points: np.ndarray, triangles: np.ndarray, width: int, height: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(depth, owner, in doubt): each pixel of each triangle by itself, in float64.

    In doubt is a pixel closer than 1e-4 to a triangle's edge, in barycentric coordinates: there
    rounding may decide.
    """
    depth = np.full((height, width), -np.inf)
    owner = np.full((height, width), -1)
    doubt = np.zeros((height, width), bool)
    for number, (a, b, c) in enumerate(points[triangles].astype(np.float64).tolist()):
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(area) < 1e-9:
            continue
        xs = [p[0] for p in (a, b, c)]
        ys = [p[1] for p in (a, b, c)]
        for y in range(max(0, int(min(ys)) - 1), min(height, int(max(ys)) + 2)):
            for x in range(max(0, int(min(xs)) - 1), min(width, int(max(xs)) + 2)):
                v = ((x - a[0]) * (c[1] - a[1]) - (y - a[1]) * (c[0] - a[0])) / area
                w = ((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])) / area
                inside = min(v, w, 1 - v - w)
                if abs(inside) < 1e-4:
                    doubt[y, x] = True
                elif inside > 0:
                    z = a[2] + v * (b[2] - a[2]) + w * (c[2] - a[2])
                    if z > depth[y, x]:
                        depth[y, x], owner[y, x] = z, number
    return depth, owner, doubt


def compare(points: np.ndarray, triangles: np.ndarray, width: int, height: int) -> float:
    """Check against brute force; returns the covered share of the buffer."""
    found = rasterize(points, triangles, width, height)
    depth, owner, doubt = brute_force(points, triangles, width, height)
    assert found.depth.shape == found.triangle.shape == (height, width)
    assert found.depth.dtype == np.float32
    assert found.triangle.dtype == np.int32
    sure = ~doubt
    assert np.array_equal(np.isfinite(found.depth), found.triangle >= 0)
    assert np.array_equal((found.triangle >= 0)[sure], (owner >= 0)[sure])
    both = sure & (owner >= 0)
    span = max(float(np.ptp(points[:, 2])), 1.0)
    assert np.abs(found.depth[both] - depth[both]).max(initial=0) < 1e-4 * span
    # Whose depth is clearly the largest owns the pixel.
    other = both & (found.triangle != owner)
    assert other.sum() <= 0.001 * both.sum()
    return float((owner >= 0).mean())


@pytest.mark.parametrize("seed", range(6))
def test_random_triangles_give_what_brute_force_gives(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = [3.0, 8.0, 20.0, 60.0, 5.0, 200.0][seed]
    middles = random.uniform(-10, 60, (120, 1, 3))
    points = (middles + random.normal(size=(120, 3, 3)) * size / 2).reshape(-1, 3)
    triangles = (
        random.permutation(360).reshape(-1, 3) if seed == 4 else np.arange(360).reshape(-1, 3)
    )
    assert compare(points, triangles, 48, 37) > (0.02 if seed == 0 else 0.1)


def test_the_face_gives_what_brute_force_gives(face: Face) -> None:
    low, high = face.vertices.min(axis=0), face.vertices.max(axis=0)
    points = (face.position_map.reshape(-1, 3) - low) * (60 / float((high - low)[:2].max()))
    canonical = face.layout.canonical.reshape(-1, 3)
    assert compare(points, triangulate(face.layout.quads(4), canonical), 61, 61) > 0.4


def test_in_parts_it_is_the_same_as_at_once(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    low = face.vertices.min(axis=0)
    points = face.position_map.reshape(-1, 3) - low
    whole = rasterize(points, face.layout.triangles, 128, 128)
    monkeypatch.setattr(module, "_CHUNK", 5000)
    parts = rasterize(points, face.layout.triangles, 128, 128)
    assert np.array_equal(whole.depth, parts.depth)
    assert (whole.triangle != parts.triangle).mean() < 0.01  # equal depths on shared edges


SQUARE = np.array([[1, 1, 5], [6, 1, 5], [6, 6, 5], [1, 6, 5]], np.float32)
HALVES = np.array([[0, 1, 2], [0, 2, 3]])


def test_a_square_covers_its_pixel_centres_border_included_and_no_crack_opens() -> None:
    found = rasterize(SQUARE, HALVES, 8, 8)
    expected = np.zeros((8, 8), bool)
    expected[1:7, 1:7] = True
    assert np.array_equal(found.triangle >= 0, expected)
    assert (found.depth[expected] == 5).all()


def test_between_pixel_centres_nothing_is_drawn() -> None:
    found = rasterize(SQUARE[:3] * (0.1, 0.1, 1) + (2.2, 2.2, 0), HALVES[:1], 8, 8)
    assert (found.triangle == -1).all()


@pytest.mark.parametrize("order", [[0, 1, 2], [0, 2, 1]])
def test_both_sides_are_drawn(order: list[int]) -> None:
    found = rasterize(SQUARE, np.array([order]), 8, 8)
    assert (found.triangle == 0).sum() == 21


@pytest.mark.parametrize("first", [0, 1])
def test_the_nearest_wins_whatever_comes_first(first: int) -> None:
    points = np.concatenate([SQUARE, SQUARE + np.array([0, 0, 1])])
    triangles = np.array([[0, 1, 2], [4, 5, 6]])
    found = rasterize(points, triangles[[first, 1 - first]], 8, 8)
    seen = found.triangle >= 0
    assert (found.triangle[seen] == 1 - first).all()
    assert (found.depth[seen] == 6).all()


def test_what_lies_outside_is_cut_off() -> None:
    found = rasterize(SQUARE * (100, 100, 1) - (300, 300, 0), HALVES, 8, 5)
    assert (found.triangle >= 0).all()
    beside = rasterize(SQUARE + np.array([50, 0, 0]), HALVES, 8, 5)
    assert (beside.triangle == -1).all()
    assert np.isneginf(beside.depth).all()


@pytest.mark.parametrize("triangles", [np.zeros((0, 3), int), np.array([[0, 0, 1], [1, 1, 1]])])
def test_triangles_without_area_leave_the_buffer_empty(triangles: np.ndarray) -> None:
    assert (rasterize(SQUARE, triangles, 8, 8).triangle == -1).all()


def test_barycentric_coordinates_rebuild_position_and_depth(face: Face) -> None:
    points = (face.position_map.reshape(-1, 3) - face.vertices.min(axis=0)).astype(np.float64)
    raster = rasterize(points, face.layout.triangles, 150, 180)
    weights = barycentric(points, face.layout.triangles, raster)
    y, x = np.nonzero(raster.triangle >= 0)
    assert len(weights) == len(y) > 1000
    corners = points[face.layout.triangles[raster.triangle[y, x]]]
    again = np.einsum("ij,ijk->ik", weights, corners)
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)
    steep = np.abs(weights).max(axis=1) > 1.01  # slivers seen edge-on, where rounding decides
    assert steep.mean() < 0.01
    assert np.abs(again[:, :2] - np.stack([x, y], axis=1))[~steep].max() < 0.01
    assert np.median(np.abs(again[:, 2] - raster.depth[y, x])) < 1e-3
