"""The meaning of texels, and the mesh on their lattice."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from prnet_data import prnet_layout
from synthetic import RADIUS, ball_arrays, ball_layout, corner_sets, rims

from prn_blender.core.choices import STRIDES
from prn_blender.core.errors import OptionError
from prn_blender.core.face.face import Face
from prn_blender.core.geometry.lattice import triangulate
from prn_blender.core.geometry.uv_layout import UVLayout

LAYOUTS = ["default", "ball", "holes", "doubled", "mirrored"]


@pytest.fixture
def layout(request: pytest.FixtureRequest, face: Face) -> UVLayout:
    if request.param == "default":
        return face.layout
    arrays = ball_arrays(64)
    if request.param == "holes":
        arrays["mask"][20:30, 12:21] = False
        arrays["mask"][0] = arrays["mask"][:, 63] = False
        arrays["mask"][45, 45] = False
    if request.param == "doubled":  # as PRNet's: rendered, so neighbours share positions
        arrays["canonical"][:, 10:54:3] = arrays["canonical"][:, 11:55:3]
        arrays["canonical"][5:60:4, 33:] = arrays["canonical"][6:61:4, 33:]
        arrays["canonical"][40:44, 20:24] = arrays["canonical"][41, 21]
    if request.param == "mirrored":
        arrays["canonical"] = arrays["canonical"][:, ::-1].copy()
    return UVLayout("x", arrays["mask"], arrays["landmark_texels"], arrays["canonical"])


each_layout = pytest.mark.parametrize("layout", LAYOUTS, indirect=True)
each_stride = pytest.mark.parametrize("stride", STRIDES)


@each_layout
@each_stride
def test_no_face_of_the_mesh_is_degenerate(layout: UVLayout, stride: int) -> None:
    quads = layout.quads(stride)
    p = layout.canonical.reshape(-1, 3).astype(np.float64)
    assert (quads[:, :3] >= 0).all()
    assert all(len(set(face)) == len(face) for face in corner_sets(quads))
    diagonals = np.cross(
        p[quads[:, 2]] - p[quads[:, 0]],
        p[np.where(quads[:, 3] < 0, quads[:, 2], quads[:, 3])] - p[quads[:, 1]],
    )
    area = np.linalg.norm(diagonals, axis=1)
    triangle = quads[:, 3] < 0
    a, b, c = (p[quads[triangle, k]] for k in range(3))
    area[triangle] = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    assert area.min() > 1e-12
    assert len({frozenset(face) for face in corner_sets(quads)}) == len(quads)


@each_layout
@each_stride
def test_every_face_looks_outwards(layout: UVLayout, stride: int) -> None:
    triangles = triangulate(layout.quads(stride), layout.canonical.reshape(-1, 3))
    p = layout.canonical.reshape(-1, 3).astype(np.float64)
    a, b, c = (p[triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    outward = (normal * ((a + b + c) / 3 - p[layout.texels].mean(axis=0))).sum(axis=1)
    if layout.name == "x":  # a sphere: no exception
        assert (((a + b + c) * normal).sum(axis=1) > 0).all()
    else:  # lips, lids and nostrils may turn away from the head's middle
        assert (outward > 0).mean() > 0.9


@each_layout
@each_stride
def test_neighbours_share_each_edge_once_in_each_direction(layout: UVLayout, stride: int) -> None:
    edges: Counter[tuple[int, int]] = Counter()
    for face in corner_sets(layout.quads(stride)):
        edges.update(zip(face, face[1:] + face[:1], strict=True))
    assert max(edges.values()) == 1


@each_layout
@each_stride
def test_only_texels_of_the_mask_become_vertices(layout: UVLayout, stride: int) -> None:
    used = np.unique(layout.quads(stride))
    assert layout.mask.ravel()[used[used >= 0]].all()


@pytest.mark.parametrize("layout", ["default", "ball"], indirect=True)
@each_stride
def test_the_lattice_is_symmetric_about_the_middle_column_and_reaches_the_border(
    layout: UVLayout, stride: int
) -> None:
    quads = layout.quads(stride)
    used = np.unique(quads[quads >= 0])
    rows, columns = np.divmod(used, layout.size)
    assert np.array_equal(np.sort(rows * layout.size + layout.size - 1 - columns), used)
    if layout.mask.all():
        assert min(rows) == min(columns) == 0
        assert max(rows) == max(columns) == layout.size - 1
    inner = np.setdiff1d(used, [vertex for loop in rims(quads) for vertex in loop])
    lines = np.unique(inner % layout.size)
    assert np.array_equal(lines, np.sort(layout.size - 1 - lines))
    between = np.diff(lines)
    middle = len(between) // 2
    assert between[middle] == 1
    assert set(np.delete(between, middle)) <= {stride, min(stride, 2)}


@each_stride
def test_a_whole_ball_has_all_its_quads(stride: int) -> None:
    layout = ball_layout(64)
    lines = {1: 64, 2: 34, 4: 18}[stride]
    quads = layout.quads(stride)
    assert len(quads) == (lines - 1) ** 2
    assert (quads >= 0).all()


def test_the_faces_cover_the_ball_s_area_once() -> None:
    layout = ball_layout(64)
    p = layout.canonical.reshape(-1, 3).astype(np.float64)
    a, b, c = (p[layout.triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    exact = RADIUS**2 * np.radians(160) * 2 * np.sin(np.radians(70))
    assert area == pytest.approx(exact, rel=0.002)


@pytest.mark.parametrize("layout", ["doubled"], indirect=True)
def test_doubled_positions_become_triangles_not_holes(layout: UVLayout) -> None:
    quads = layout.quads(1)
    assert (quads[:, 3] < 0).any()
    p = layout.canonical.reshape(-1, 3).astype(np.float64)
    a, b, c = (p[layout.triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    exact = RADIUS**2 * np.radians(160) * 2 * np.sin(np.radians(70))
    assert area == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("layout", ["holes"], indirect=True)
def test_no_face_spans_a_hole(layout: UVLayout) -> None:
    inside = layout.mask
    whole = inside[1:, 1:] & inside[:-1, 1:] & inside[1:, :-1] & inside[:-1, :-1]
    assert len(layout.quads(1)) == whole.sum()


@pytest.mark.parametrize("stride", [0, 3, 8, -1])
def test_other_strides_are_refused(stride: int) -> None:
    with pytest.raises(OptionError, match="1, 2 or 4"):
        ball_layout().quads(stride)


def test_outward_tells_whether_the_layout_is_mirrored() -> None:
    ball = ball_layout()
    mirrored = UVLayout("x", ball.mask, ball.landmark_texels, ball.canonical[:, ::-1])
    assert ball.outward
    assert not mirrored.outward


@pytest.mark.parametrize("layout", ["holes"], indirect=True)
def test_extend_continues_with_the_nearest_texel_and_keeps_the_mask(layout: UVLayout) -> None:
    size = layout.size
    row, column = np.divmod(np.arange(size * size), size)
    values = np.stack([row, column], axis=-1).reshape(size, size, 2).astype(float)
    spoiled = np.where(layout.mask[..., None], values, np.nan)
    out = layout.extend(spoiled)
    assert np.array_equal(out[layout.mask], values[layout.mask])
    taken = np.linalg.norm(out - values, axis=-1)
    inside = np.argwhere(layout.mask)
    for v, u in np.argwhere(~layout.mask)[::7]:
        nearest = np.sqrt(((inside - (v, u)) ** 2).sum(axis=1).min())
        assert taken[v, u] <= nearest * 1.05 + 1e-9  # OpenCV's 5 x 5 distance is within 5 %


def test_extend_leaves_a_full_mask_alone() -> None:
    values = np.random.default_rng(0).normal(size=(32, 32, 3))
    assert ball_layout().extend(values) is values


def test_uv_are_texel_centres_with_v_up() -> None:
    uv = ball_layout(32).uv
    assert uv[0, 0].tolist() == pytest.approx([0.5 / 32, 1 - 0.5 / 32])
    assert uv[31, 3].tolist() == pytest.approx([3.5 / 32, 0.5 / 32])


def test_the_default_layout_s_eyes_are_63_mm_apart_and_level(face: Face) -> None:
    layout = face.layout
    assert layout.eye_distance == pytest.approx(0.063, abs=1e-4)
    eyes = layout.canonical[tuple(layout.landmark_texels[36:48].T)]
    right, left = eyes[:6].mean(axis=0), eyes[6:].mean(axis=0)
    assert left[0] > right[0]  # +X is the subject's left
    assert abs(left[2] - right[2]) < 1e-3
    tip = layout.canonical[tuple(layout.landmark_texels[30])]
    assert tip[1] < eyes[:, 1].min()  # it looks along -Y
    chin = layout.canonical[tuple(layout.landmark_texels[8])]
    assert chin[2] < right[2]  # +Z is up


def test_a_quad_is_cut_where_no_sliver_and_no_turned_triangle_is_left() -> None:
    flat = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
    sliver = [[0, 0, 0], [0.5, 0.49, 0], [1, 1, 0], [0, 1, 0]]  # the second on the diagonal
    dent = [[0, 0, 0], [0.3, 0.6, 0], [1, 1, 0], [0, 1, 0]]  # the second beyond it
    points = np.array([flat, sliver, dent], float).reshape(-1, 3)
    quads = np.arange(12).reshape(3, 4)
    cut = {frozenset(t) for t in triangulate(quads, points).tolist()}
    assert cut == {
        frozenset(t) for t in ([0, 1, 2], [0, 2, 3], [4, 5, 7], [5, 6, 7], [8, 9, 11], [9, 10, 11])
    }
    a, b, c = (points[triangulate(quads, points)[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    assert triangulate(np.array([[4, 5, 6, -1]]), points).tolist() == [[4, 5, 6]]


# PRNet's own files -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prnet(shared: Path) -> UVLayout:
    return prnet_layout(shared)


def test_prnet_s_layout_has_its_43867_texels_in_its_order(prnet: UVLayout, shared: Path) -> None:
    inside = np.loadtxt(shared / "data" / "prnet_uv" / "face_ind.txt").astype(np.int64)
    assert len(prnet.texels) == 43867
    assert np.array_equal(prnet.texels, inside)
    picture = cv2.imread(str(shared / "data" / "prnet_uv" / "uv_face_mask.png"), 0)
    assert np.array_equal(prnet.mask, picture > 0)
    assert prnet.eye_distance == pytest.approx(0.063, rel=1e-3)


@each_stride
def test_prnet_s_layout_gives_a_clean_mesh(prnet: UVLayout, stride: int) -> None:
    quads = prnet.quads(stride)
    triangles = triangulate(quads, prnet.canonical.reshape(-1, 3))
    p = prnet.canonical.reshape(-1, 3).astype(np.float64)
    a, b, c = (p[triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    # A quad may have one flat half, a face as a whole may not.
    halves = np.zeros(len(quads))
    halves += area[: len(quads)]
    halves[quads[:, 3] >= 0] += area[len(quads) :]
    assert halves.min() > 1e-12
    assert all(len(set(face)) == len(face) for face in corner_sets(quads))
    middle = p[prnet.texels].mean(axis=0)
    outward = (normal * ((a + b + c) / 3 - middle)).sum(axis=1)
    assert (outward * (area > 1e-12) >= 0).mean() > 0.97
    used = np.unique(quads)
    assert prnet.mask.ravel()[used[used >= 0]].all()
    if stride == 1:
        # What is left of the 43,867 once the repeated positions are joined, about 39,428.
        assert 38000 < len(used) < 39500
