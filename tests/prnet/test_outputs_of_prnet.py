"""On PRNet's own position maps: every output, against independent computation and readers."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh
from prnet_data import PRNetData

from prn_blender.core.face.annotations import Annotations
from prn_blender.core.face.evaluate import measure
from prn_blender.core.face.face import Face
from prn_blender.core.geometry.rasterize import rasterize
from prn_blender.core.outputs.depth import depth_map
from prn_blender.core.outputs.derived import front_vertices, source_camera_matrix, vertex_colours
from prn_blender.core.outputs.options import KINDS, OutputOptions
from prn_blender.core.outputs.outputs import write_outputs


def umeyama(source: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Scale, rotation, translation by quaternions (Horn 1987): another way than ours."""
    a, b = source - source.mean(0), target - target.mean(0)
    m = a.T @ b
    s = m - m.T
    delta = np.array([s[1, 2], s[2, 0], s[0, 1]])
    n = np.empty((4, 4))
    n[0, 0], n[0, 1:], n[1:, 0] = np.trace(m), delta, delta
    n[1:, 1:] = m + m.T - np.trace(m) * np.eye(3)
    w, x, y, z = np.linalg.eigh(n)[1][:, -1]
    q = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation = np.eye(3) + 2 * w * q + 2 * q @ q
    scale = float((b * (a @ rotation.T)).sum() / (a**2).sum())
    return scale, rotation, target.mean(0) - scale * rotation @ source.mean(0)


def test_pose_is_that_of_an_independent_fit(prnet: PRNetData) -> None:
    for face in prnet.faces:
        scale, rotation, translation = umeyama(prnet.canonical, face.vertices.astype(float))
        angle = math.degrees(
            math.acos(np.clip((np.trace(face.pose.rotation.T @ rotation) - 1) / 2, -1, 1))
        )
        assert angle < 0.01
        matrix = source_camera_matrix(face)
        expected = np.column_stack([scale * rotation, translation])
        projected = prnet.canonical @ matrix[:, :3].T + matrix[:, 3]
        independent = prnet.canonical @ expected[:, :3].T + expected[:, 3]
        assert np.abs(projected - independent).max() < 0.02  # pixels


def test_landmarks_are_the_vertices_prnet_names(prnet: PRNetData, shared: Path) -> None:
    columns, rows = np.loadtxt(shared / "data" / "prnet_uv" / "uv_kpt_ind.txt").astype(int)
    indices = np.loadtxt(shared / "data" / "prnet_uv" / "face_ind.txt").astype(int)
    at = np.searchsorted(indices, rows * 256 + columns)
    for face in prnet.faces:
        assert np.array_equal(face.landmarks, face.vertices[at])


def test_landmark_error_is_the_one_measured_elsewhere(prnet: PRNetData) -> None:
    names = [f"{i}.jpg" for i in range(16)]
    yaw = [abs(math.degrees(face.pose.yaw)) for face in prnet.faces]
    angles = np.column_stack([np.zeros(16), yaw, np.zeros(16)])
    truth = Annotations(Path(), names, prnet.truth, angles)
    figures = measure(enumerate(prnet.faces), truth)
    assert figures["nme2d"]["all"] == pytest.approx(3.35, abs=0.05)


def test_dense_table_measures_all_vertices(prnet: PRNetData, tmp_path: Path) -> None:
    faces = prnet.faces[:2]
    for i, face in enumerate(faces):
        moved = face.position_map + np.array([3, 4, 100 * i], np.float32)  # depth has no zero
        np.save(tmp_path / f"{i}.npy", moved)
    truth = Annotations(Path(), ["0.jpg", "1.jpg"], prnet.truth[:2], np.zeros((2, 3)), tmp_path)
    figures = measure(enumerate(faces), truth)
    sizes = np.sqrt(np.prod(np.ptp(prnet.truth[:2, :, :2], axis=1), axis=1))
    expected = pytest.approx(np.mean(500 / sizes), rel=1e-4)
    assert figures["dense2d"]["all"] == expected
    assert figures["dense3d"]["all"] == expected


def brute_force(points: np.ndarray, triangles: np.ndarray, width: int, height: int) -> np.ndarray:
    """A z-buffer as one would write it first: triangle by triangle, pixel by pixel, in doubles."""
    depth = np.full((height, width), -np.inf)
    corners = points.astype(np.float64)[triangles]
    low = np.ceil(corners[..., :2].min(axis=1) - 1e-9).astype(int).clip(0).tolist()
    high = np.floor(corners[..., :2].max(axis=1) + 1e-9).astype(int).tolist()
    for ((ax, ay, az), (bx, by, bz), (cx, cy, cz)), (x0, y0), (x1, y1) in zip(
        corners.tolist(), low, high, strict=True
    ):
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-12:
            continue
        for y in range(y0, min(y1, height - 1) + 1):
            for x in range(x0, min(x1, width - 1) + 1):
                v = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
                w = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
                if v >= -1e-6 and w >= -1e-6 and v + w <= 1 + 1e-6:
                    depth[y, x] = max(depth[y, x], az + v * (bz - az) + w * (cz - az))
    return depth


@pytest.mark.parametrize("index", [0, 2, 10])
def test_the_z_buffer_sees_what_a_brute_force_one_sees(prnet: PRNetData, index: int) -> None:
    face = prnet.faces[index]
    low, high = face.vertices.min(axis=0), face.vertices.max(axis=0)
    scale = 255 / float((high - low)[:2].max())
    points = (face.position_map.reshape(-1, 3) - low) * np.float32(scale)
    width, height = (np.ceil((high - low)[:2] * scale).astype(int) + 1).tolist()
    triangles = face.layout.triangles
    ours = rasterize(points, triangles, width, height).depth
    theirs = brute_force(points, triangles, width, height)
    column, row = np.rint(points[face.layout.texels, :2]).astype(int).T
    z = points[face.layout.texels, 2]
    seen = [z > buffer[row, column] - 0.02 * 256 for buffer in (ours, theirs)]
    assert 0.3 < seen[0].mean() < 1
    assert (seen[0] == seen[1]).mean() > 0.999
    assert np.array_equal(seen[0], face.geometry._unoccluded[face.layout.mask])


def test_turned_faces_hide_their_far_side(prnet: PRNetData) -> None:
    left = np.arange(256) >= 128
    for face in prnet.faces:
        if abs(math.degrees(face.pose.yaw)) < 30:
            continue
        share = [
            face.visibility[:, side][face.layout.mask[:, side]].mean() for side in (~left, left)
        ]
        # Yaw as PRNet has it: a face that turns to the right of the photo has a negative one.
        assert (share[0] > share[1]) == (face.pose.yaw < 0)
        assert min(share) < 0.75 * max(share)


def test_depth_is_the_vertices_own(prnet: PRNetData) -> None:
    for face in prnet.faces[::5]:
        depth = depth_map(face)
        xy = np.rint(face.vertices[:, :2]).astype(int)
        inside = face.visibility[face.layout.mask]
        at_vertices = depth[xy[inside, 1], xy[inside, 0]]
        known = np.isfinite(at_vertices)
        assert known.mean() > 0.97  # the rest lies on the outline
        difference = at_vertices[known] - face.vertices[inside][known, 2]
        # Half a pixel aside the surface is elsewhere: by its slope, and most of it is flat.
        assert np.median(np.abs(difference)) < 0.4
        assert abs(np.median(difference)) < 0.1
        area = np.isfinite(depth).mean()
        hull = cv2.contourArea(cv2.convexHull(face.vertices[:, :2].copy())) / depth.size
        assert 0.8 * hull < area <= 1.01 * hull


@pytest.mark.parametrize("size", [256, 1024])
def test_texture_holds_the_photo_s_colours(prnet: PRNetData, size: int) -> None:
    face = prnet.faces[0]
    texture = face.texture(size)
    assert texture.shape == (size, size, 4)
    # At the place of a texel's centre lies the colour the photo has where that texel lies.
    # Beside the outline, and where the background shows, skin stands in for it.
    seen = face.visibility & (face.texture(256)[..., 3] == 255)
    assert seen.sum() > 0.6 * face.visibility.sum()
    rows, columns = np.nonzero(cv2.erode(seen.astype(np.uint8), np.ones((5, 5))))
    at = [((c + 0.5) * size / 256 - 0.5).astype(np.float32) for c in (columns, rows)]
    found = cv2.remap(texture[..., :3].copy(), at[0][None], at[1][None], cv2.INTER_LINEAR)[0]
    x, y = face.position_map[rows, columns, :2].T
    expected = cv2.remap(face.photo.pixels, x[None], y[None], cv2.INTER_LINEAR)[0]
    error = np.abs(found.astype(int) - expected).mean()
    assert error < 3


def test_front_view_is_the_mean_face_s_pose(prnet: PRNetData) -> None:
    canonical = prnet.layout.canonical[prnet.layout.mask].astype(float)
    for face in prnet.faces:
        for kind in ("similarity", "affine"):
            front = front_vertices(face, kind).astype(float)
            _, rotation, _ = umeyama(canonical, front)
            angle = math.degrees(math.acos(np.clip((np.trace(rotation) - 1) / 2, -1, 1)))
            assert angle < (0.01 if kind == "similarity" else 1.0)


def test_colours_are_the_photo_s(prnet: PRNetData) -> None:
    face = prnet.faces[0]
    colours = vertex_colours(face)
    shown = cv2.erode(face.visibility.astype(np.uint8), np.ones((3, 3)))[face.layout.mask] > 0
    # Beside the outline the photo is half background: such vertices get the skin's colour.
    assert (colours[shown, 3] == 255).mean() > 0.6
    shown &= colours[:, 3] == 255
    x, y = face.vertices[shown, :2].T.copy()
    half = len(x) // 2 * 2  # OpenCV's lines have an end
    at = [v[:half].reshape(2, -1) for v in (x, y)]
    expected = cv2.remap(face.photo.pixels, *at, cv2.INTER_LINEAR).reshape(-1, 3)
    assert np.abs(colours[shown, :3][:half].astype(int) - expected).mean() < 3
    assert (colours[~face.visibility[face.layout.mask], 3] < 128).all()


# Files, read by others --------------------------------------------------------------------------

EVERYTHING = {
    "obj": True, "landmarks": True, "vertices": True, "pose": True, "depth": True,
    "colors": True, "mat": True, "show": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def written(prnet: PRNetData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "prnet").mkdir()
    for profile, place in (("prn", folder), ("prnet", folder / "prnet")):
        options = OutputOptions(**EVERYTHING, profile=profile, texture_size=256)
        files = write_outputs(prnet.faces[0], place, "a b", options)
        assert sorted(files) == sorted(p.name for p in place.iterdir() if p.is_file())
    return folder


def test_obj_and_ply_with_colours_are_read_by_trimesh(prnet: PRNetData, written: Path) -> None:
    face = prnet.faces[0]
    texels, _ = face.layout.mesh(1)
    loaded = [
        trimesh.load(written / f"a b_colors{suffix}", process=False, force="mesh")
        for suffix in (".obj", ".ply")
    ]
    colours = np.zeros((65536, 4), np.uint8)
    colours[face.layout.texels] = vertex_colours(face)
    for mesh in loaded:
        assert len(mesh.vertices) == len(texels)
        found = np.asarray(mesh.visual.vertex_colors)[:, :3].astype(int)
        assert np.abs(found - colours[texels][:, :3]).max() <= 1
    assert np.allclose(loaded[0].vertices, loaded[1].vertices, atol=1e-6)
    assert len(loaded[0].faces) == len(loaded[1].faces) == len(face.layout.triangles)
    # The one is quads, which trimesh cuts as it likes, the other triangles.
    assert loaded[0].area == pytest.approx(loaded[1].area, rel=1e-2)
    for mesh in loaded:  # outward: away from the middle of the head
        outward = mesh.triangles_center - mesh.vertices.mean(axis=0) + [0, 0, 0.05]
        assert (mesh.face_normals * outward).sum(axis=1).mean() > 0
    canonical = face.layout.canonical.reshape(-1, 3)[texels]
    y_up = canonical @ np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    assert np.sqrt(((loaded[0].vertices - y_up) ** 2).sum(axis=1).mean()) < 0.006


def test_all_faces_of_a_layout_have_the_same_triangles(
    prnet: PRNetData, written: Path, tmp_path: Path
) -> None:
    write_outputs(prnet.faces[1], tmp_path, "other", OutputOptions(colors=True))
    one, other = (
        trimesh.load(path, process=False, force="mesh")
        for path in (written / "a b_colors.ply", tmp_path / "other_colors.ply")
    )
    assert np.array_equal(one.faces, other.faces)
    assert not np.allclose(one.vertices, other.vertices)


def test_prnet_s_obj_is_read_by_trimesh(prnet: PRNetData, written: Path) -> None:
    face = prnet.faces[0]
    mesh = trimesh.load(
        written / "prnet" / "a_b.obj", process=False, force="mesh", maintain_order=True
    )
    assert len(mesh.faces) == len(face.layout.lattice_triangles)
    lines = (written / "prnet" / "a_b.obj").read_text().splitlines()
    rows = np.array([line.split()[1:] for line in lines if line.startswith("v ")], float)
    assert rows.shape == (43_867, 6)
    upright = face.vertices * [1, -1, 1] + [0, face.photo.height - 1, 0]
    assert np.allclose(rows[:, :3], upright, atol=1e-3)
    assert np.allclose(rows[:, 3:] * 255, vertex_colours(face)[:, :3], atol=0.1)
    # Seen from the viewer, along -z, what faces the camera winds counter-clockwise.
    assert (mesh.face_normals[:, 2] * mesh.area_faces).sum() > 0
    assert mesh.visual.material.image.size == (256, 256)


def test_depth_files_are_read_by_opencv(prnet: PRNetData, tmp_path: Path) -> None:
    face = prnet.faces[0]
    depth = depth_map(face)
    expected = np.nan_to_num(depth - np.nanmin(depth))
    for kind in ("png", "exr", "npy"):
        write_outputs(face, tmp_path, kind, OutputOptions(depth=True, depth_format=kind))
    deep = cv2.imread(str(tmp_path / "png_depth.png"), cv2.IMREAD_UNCHANGED)
    assert (deep.dtype, deep.shape) == (np.uint16, depth.shape)
    from PIL import Image

    step = float(Image.open(tmp_path / "png_depth.png").text["prn.depth_step"])  # type: ignore[attr-defined]
    assert np.abs(deep * step - expected).max() < 0.6 * step
    assert step < 0.01
    assert np.array_equal(np.load(tmp_path / "npy_depth.npy"), expected)
    view = cv2.imread(str(tmp_path / "exr_depth_view.png"), cv2.IMREAD_UNCHANGED)
    assert np.abs(view - expected * 255 / expected.max()).max() <= 0.51
    if re.search(r"OpenEXR:\s+NO", cv2.getBuildInformation()):
        pytest.skip("this OpenCV is built without OpenEXR; Blender reads the file in another test")
    float_image = cv2.imread(str(tmp_path / "exr_depth.exr"), cv2.IMREAD_UNCHANGED)
    assert float_image.dtype == np.float32
    assert np.array_equal(float_image, expected)


def test_mat_files_are_read_by_scipy(prnet: PRNetData, written: Path) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    face = prnet.faces[0]
    for folder in (written, written / "prnet"):
        mesh = scipy_io.loadmat(folder / "a b_mesh.mat")
        assert np.array_equal(mesh["vertices"], face.vertices)
        assert np.array_equal(mesh["triangles"], face.layout.lattice_triangles)
        assert np.allclose(mesh["colors"], vertex_colours(face)[:, :3] / 255)
    depth = scipy_io.loadmat(written / "prnet" / "a b_depth.mat")["depth"]
    assert np.array_equal(depth, np.nan_to_num(depth_map(face)))


def test_text_files_hold_what_numpy_reads_back(prnet: PRNetData, written: Path) -> None:
    face = prnet.faces[0]
    pose = face.pose
    assert np.allclose(np.loadtxt(written / "a b_landmarks.txt"), face.landmarks, rtol=1e-7)
    assert np.allclose(np.loadtxt(written / "prnet" / "a b_kpt.txt"), face.landmarks, rtol=1e-7)
    assert np.array_equal(np.load(written / "a b_vertices.npy"), face.vertices)
    radians = np.loadtxt(written / "prnet" / "a b_pose.txt")
    assert np.allclose(radians, [pose.yaw, pose.pitch, pose.roll], atol=1e-8)
    assert np.allclose(np.loadtxt(written / "a b_pose.txt"), np.degrees(radians), atol=1e-6)
    assert np.allclose(np.loadtxt(written / "a b_camera_matrix.txt"), pose.matrix, rtol=1e-7)
    matrix = np.loadtxt(written / "prnet" / "a b_camera_matrix.txt")
    projected = prnet.canonical @ matrix[:, :3].T + matrix[:, 3]
    assert np.sqrt(((projected - face.vertices) ** 2).sum(axis=1).mean()) < 6


def test_masked_texture_is_black_where_hidden(prnet: PRNetData, tmp_path: Path) -> None:
    face = prnet.faces[2]
    options = OutputOptions(obj=True, texture_size=256, mask_hidden=True)
    write_outputs(face, tmp_path, "a", options)
    texture = cv2.imread(str(tmp_path / "a_texture.png"), cv2.IMREAD_UNCHANGED)
    hidden = cv2.erode((~face.visibility).astype(np.uint8), np.ones((3, 3))) > 0
    assert hidden.mean() > 0.3
    assert not texture[hidden].any()
    assert texture[face.visibility][:, :3].mean() > 20


def test_the_front_mesh_comes_in_prnet_s_unit(prnet: PRNetData, tmp_path: Path) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    face = prnet.faces[2]
    options = OutputOptions(mat=True, front="affine", profile="prnet")
    write_outputs(face, tmp_path, "a", options)
    vertices = scipy_io.loadmat(tmp_path / "a_mesh.mat")["vertices"]
    homogeneous = np.column_stack([face.vertices.astype(float), np.ones(43_867)])
    fit = np.linalg.lstsq(homogeneous, prnet.canonical, rcond=None)[0]
    assert np.allclose(vertices, homogeneous @ fit, atol=0.02)


def test_the_overlay_tells_visible_from_hidden(prnet: PRNetData, tmp_path: Path) -> None:
    face: Face = prnet.faces[2]  # in profile
    write_outputs(face, tmp_path, "a", OutputOptions(show=True))
    picture = cv2.imread(str(tmp_path / "a_show.png"))[..., ::-1].astype(int)
    height, width = picture.shape[:2]
    assert width == 3 * height
    green = (picture[..., 1] > 180) & (picture[..., 0] < 120)
    red = (picture[..., 0] > 200) & (picture[..., 1] < 100)
    for panel in (0, 1):
        part = slice(panel * height, (panel + 1) * height)
        assert green[:, part].sum() > 300
        assert red[:, part].sum() > 300


def test_one_list_of_kinds_is_what_options_ask_for() -> None:
    flags = {f.name for f in dataclasses.fields(OutputOptions) if f.default is False}
    assert flags - {"mask_hidden"} == set(KINDS)
    for kind in KINDS:
        assert OutputOptions(**{kind: True}).any
    assert not OutputOptions(mask_hidden=True).any
