"""The meaning of texels, the mesh on their lattice, and files that are no layout."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from synthetic import RADIUS, ball_arrays, ball_layout

from prn_blender.core.errors import ModelError, OptionError
from prn_blender.core.face import Face
from prn_blender.core.uv_layout import STRIDES, UVLayout, load_uv_layout, triangulate

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


def corner_sets(quads: np.ndarray) -> list[list[int]]:
    return [[i for i in quad if i >= 0] for quad in quads.tolist()]


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
    rows, columns = np.divmod(np.unique(quads[quads >= 0]), layout.size)
    whole = layout.mask.all()
    for lines in (np.unique(rows), np.unique(columns)) if whole else (np.unique(columns),):
        assert np.array_equal(lines, np.sort(layout.size - 1 - lines))
        assert lines[0] == 0 or not whole
        inner = np.diff(lines)[1:-1]
        middle = len(inner) // 2
        assert inner[middle] == 1
        assert (np.delete(inner, middle) == stride).all()


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


# PRNet's own files -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prnet(shared: Path) -> UVLayout:
    folder = shared / "data" / "prnet_uv"
    inside = np.loadtxt(folder / "face_ind.txt").astype(np.int64)
    column, row = np.loadtxt(folder / "uv_kpt_ind.txt").astype(np.int64)
    vertices = np.load(folder / "canonical_vertices.npy")
    mask = np.zeros(256 * 256, bool)
    mask[inside] = True
    canonical = np.zeros((256 * 256, 3), np.float32)
    centred = vertices - vertices.mean(axis=0)
    unit = 0.063 / 75.9
    canonical[inside] = np.stack([centred[:, 0], -centred[:, 2], -centred[:, 1]], -1) * unit
    return UVLayout("prnet", mask.reshape(256, 256), np.stack([row, column], axis=1),
                    canonical.reshape(256, 256, 3))  # fmt: skip


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


# Hostile files ---------------------------------------------------------------------------------


def saved(path: Path, **changes: Any) -> Path:
    arrays = {**ball_arrays(), **changes}
    np.savez_compressed(path, **{k: v for k, v in arrays.items() if v is not None})
    return path


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_uv_layout(path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    assert path.name in message
    return message


def test_a_layout_file_reads_back(tmp_path: Path) -> None:
    part = np.zeros((32, 32), bool)
    part[3:5, 6:9] = True
    weights = np.full((32, 32), 3.0, np.float32)
    path = saved(tmp_path / "a.npz", part_left_eye=part, weights=weights, part_odd=np.ones(3))
    layout = load_uv_layout(path)
    arrays = ball_arrays()
    assert layout.name == "ball"
    assert layout.size == 32
    assert np.array_equal(layout.canonical, arrays["canonical"])
    assert np.array_equal(layout.landmark_texels, arrays["landmark_texels"])
    assert set(layout.parts) == {"left_eye"}
    assert np.array_equal(layout.parts["left_eye"], part)
    assert layout.weights is not None
    assert len(layout.sha256) == 64


class Evil:
    """Unpickling this writes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


def test_a_pickle_is_refused_unopened(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    objects = np.empty((32, 32), object)
    objects[0, 0] = Evil(str(trap))
    np.savez(tmp_path / "a.npz", **{**ball_arrays(), "mask": objects})
    assert "damaged or not an .npz file" in refused(tmp_path / "a.npz")
    assert not trap.exists()


def test_a_bare_pickle_is_refused_unopened(tmp_path: Path) -> None:
    trap = tmp_path / "executed"
    np.save(tmp_path / "a.npy", np.array([Evil(str(trap))], object), allow_pickle=True)
    refused(tmp_path / "a.npy")
    assert not trap.exists()


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prn_blender.core.uv_layout.MAX_UNPACKED_BYTES", 10 * 2**20)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(6):
            archive.writestr(f"{i}.npy", bytes(2 * 2**20))
    assert (tmp_path / "a.npz").stat().st_size < 2**17
    assert "unpacks to 12 MB" in refused(tmp_path / "a.npz")


def test_an_array_that_promises_terabytes_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**7)}
    )
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("mask.npy", stream.getvalue())
    assert "damaged" in refused(tmp_path / "a.npz")


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_a_truncated_file_is_refused(tmp_path: Path, keep: float) -> None:
    path = saved(tmp_path / "a.npz")
    data = path.read_bytes()
    path.write_bytes(data[: int(keep if keep >= 1 else keep * len(data))])
    refused(path)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_refused_or_still_a_layout(tmp_path: Path, seed: int) -> None:
    path = saved(tmp_path / "a.npz")
    whole = path.read_bytes()
    noise = np.random.default_rng(seed)
    for _ in range(15):
        data = bytearray(whole)
        for at in noise.integers(0, len(data), 3):
            data[at] = noise.integers(256)
        path.write_bytes(data)
        try:
            assert load_uv_layout(path).size == 32
        except ModelError as e:
            assert "\n" not in str(e)


def outside() -> np.ndarray:
    mask = np.ones((32, 32), bool)
    mask[tuple(ball_arrays()["landmark_texels"][20])] = False
    return mask


def landmarks(value: int) -> np.ndarray:
    texels = ball_arrays()["landmark_texels"]
    texels[67, 1] = value
    return texels


def speckled() -> np.ndarray:
    mask = np.zeros((32, 32), bool)
    mask[tuple(ball_arrays()["landmark_texels"].T)] = True
    return mask


WRONG: dict[str, dict[str, Any]] = {
    "no mask": {"mask": None},
    "no landmarks": {"landmark_texels": None},
    "flat mask": {"mask": np.ones(1024, bool)},
    "oblong mask": {"mask": np.ones((32, 16), bool)},
    "mask of text": {"mask": np.full((32, 32), "yes")},
    "tiny": {"mask": np.ones((2, 2), bool)},
    "67 landmarks": {"landmark_texels": ball_arrays()["landmark_texels"][:67]},
    "broken landmarks": {"landmark_texels": ball_arrays()["landmark_texels"] + 0.5},
    "landmark beyond": {"landmark_texels": landmarks(32)},
    "landmark negative": {"landmark_texels": landmarks(-1)},
    "landmark outside the mask": {"mask": outside()},
    "nothing inside": {"mask": np.zeros((32, 32), bool)},
    "canonical of another size": {"canonical": np.zeros((16, 16, 3), np.float32)},
    "canonical of whole numbers": {"canonical": np.zeros((32, 32, 3), int)},
    "canonical not finite": {"canonical": ball_arrays()["canonical"] * np.float32(np.nan)},
    "canonical immense": {"canonical": ball_arrays()["canonical"].astype(float) * 1e200},
    "all in one place": {"canonical": np.zeros((32, 32, 3), np.float32)},
    "speckled mask": {"mask": speckled()},
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arrays_are_refused(tmp_path: Path, case: str) -> None:
    refused(saved(tmp_path / "a.npz", **WRONG[case]))


def test_parts_and_weights_of_odd_types_are_left_out(tmp_path: Path) -> None:
    text = np.full((32, 32), "x")
    layout = load_uv_layout(saved(tmp_path / "a.npz", part_odd=text, weights=text))
    assert layout.parts == {}
    assert layout.weights is None


def test_a_name_of_many_lines_becomes_one(tmp_path: Path) -> None:
    layout = load_uv_layout(saved(tmp_path / "a.npz", name=np.array("two\nlines" * 100)))
    assert "\n" not in layout.name
    assert len(layout.name) <= 80


@pytest.mark.parametrize("name", ["missing.npz", "folder"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    refused(tmp_path / name)


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
