"""What PRNet's demo got wrong, and that it is right here: a test for each, showing both."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from importing import made_up_uv_data
from synthetic import ball_arrays, ball_layout, plain_photo, posed_face, rotation, tiny_model

from benchmarks import prnet_original as original
from prn_blender.core.face.face import Face
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.geometry.pose import Pose, Similarity
from prn_blender.core.geometry.rasterize import rasterize
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.model.importer.uv_data import read_uv_data
from prn_blender.core.model.network import PositionMapNetwork
from prn_blender.core.outputs.depth import depth_map
from prn_blender.core.outputs.derived import front_vertices, source_camera_matrix, source_frame
from prn_blender.core.outputs.export import write_obj
from prn_blender.core.photo.crop import Crop
from prn_blender.core.photo.photo import Photo, read_photo


def ball(side: float = 150.0, turn: Any = None, photo: Photo | None = None, n: int = 64) -> Face:
    photo = photo or plain_photo(512, 512)
    turn = np.eye(3) if turn is None else turn
    return posed_face(ball_layout(n), photo, turn, side, (photo.width / 2, photo.height / 2))


def canonical_and_vertices(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """The canonical face in the frame of the camera matrix, and the vertices, both (n, 3)."""
    frame = source_frame(face)
    canonical = face.layout.canonical[face.layout.mask].astype(float)
    return canonical @ frame[:3, :3].T + frame[:3, 3], face.vertices.astype(float)


def test_defect_camera_matrix_translation() -> None:
    away = np.array([0.0, 250.0, 90.0])  # PRNet's canonical face is not centred
    for degrees in (10, 30, 60):
        face = ball(400, rotation("z", degrees) @ rotation("x", degrees / 2))
        canonical, vertices = canonical_and_vertices(face)
        frame = source_frame(face).copy()
        frame[:3, 3] += away
        moved = replace(face, layout=replace(face.layout, canonical_source=frame))
        right = source_camera_matrix(moved)
        wrong = original.camera_matrix(canonical + away, vertices, face.pose.rotation)
        error = [
            np.linalg.norm((canonical + away) @ m[:, :3].T + m[:, 3] - vertices, axis=1).mean()
            for m in (right, wrong)
        ]
        assert error[0] < 0.01
        assert error[1] > 50


def test_defect_gimbal_angles_are_guarded() -> None:
    for yaw in (90.0, -90.0):
        turn = rotation("z", yaw)
        turn = turn * (1 + 1e-12)  # rounding leaves |R20| a little above 1
        pose = Pose(Similarity(1.0, turn, np.zeros(3)))
        value = pose.rotation[2, 0]
        with pytest.raises(ValueError, match="math domain"):
            math.asin(math.copysign(max(abs(value), 1 + 1e-12), value))  # the original
        assert abs(pose.yaw) == pytest.approx(math.pi / 2)
        assert math.isfinite(pose.pitch)
        assert math.isfinite(pose.roll)


def test_defect_front_view_by_affine_fit_changes_the_face() -> None:
    layout = ball_layout(48)
    wide = ball_arrays(48)["canonical"] * np.array([1.25, 1, 1], np.float32)
    turned = wide.astype(float) @ rotation("z", 25).T * 1000
    positions = np.stack([turned[..., 0], -turned[..., 2], -turned[..., 1]], axis=-1) + 200
    face = Face(
        plain_photo(), layout, positions.astype(np.float32), Crop(np.full(2, 9.0), 9.0), 1.0
    )
    width = {}
    for kind in ("similarity", "affine"):
        front = front_vertices(face, kind)
        extent = np.ptp(front, axis=0)
        width[kind] = extent[0] / extent[2]
    mean = np.ptp(layout.canonical.reshape(-1, 3), axis=0)
    assert width["similarity"] == pytest.approx(1.25 * mean[0] / mean[2], rel=0.02)
    assert width["affine"] == pytest.approx(mean[0] / mean[2], rel=0.01)  # the wide face is gone


def test_defect_texture_samples_past_the_mask() -> None:
    layout = ball_layout(64)
    mask = np.zeros((64, 64), bool)
    mask[12:52, 12:52] = True
    layout = UVLayout("m", mask, layout.landmark_texels.clip(13, 50), layout.canonical)
    pixels = np.zeros((512, 512, 3), np.uint8)
    pixels[180:420, 180:420] = 200  # the face; outside the mask positions lead elsewhere
    face = posed_face(layout, Photo.from_pixels(pixels), np.eye(3), 200, (300, 300))
    positions = np.where(mask[..., None], face.position_map, 0).astype(np.float32)
    face = Face(face.photo, layout, positions, face.crop, 1.0)
    size = 256
    inside = cv2.resize(mask.astype(np.uint8), (size, size), interpolation=cv2.INTER_NEAREST) > 0
    ours = face.texture(size)[..., :3]
    theirs = original.texture(positions, pixels, size)
    assert ours[inside].min() > 190
    assert (theirs[inside] < 190).any()
    assert ours.min() > 190  # and no dark rim outside, for mip maps to find


def test_defect_texture_coordinates_lie_half_a_texel_off(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    face = ball(220, photo=Photo.from_pixels(cv2.resize(noise, (512, 512))), n=32)
    write_obj(face, tmp_path, "a", 1, 32)
    lines = (tmp_path / "a.obj").read_text().splitlines()
    ours = np.array([line.split()[1:] for line in lines if line.startswith("vt ")], float)
    picture = face.texture(32)[..., :3]
    texels = face.layout.mesh(1)[0]
    own = picture.reshape(-1, 3)[texels].astype(float)

    def looked_up(uv: np.ndarray) -> np.ndarray:
        x, y = uv[:, 0] * 32 - 0.5, (1 - uv[:, 1]) * 32 - 0.5
        at = [v.astype(np.float32)[None] for v in (x, y)]
        return cv2.remap(picture, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]

    rows, columns = np.divmod(texels, 32)
    theirs = np.column_stack([columns / 32, 1 - rows / 32])
    assert np.abs(looked_up(ours) - own).max() <= 1
    assert np.abs(looked_up(theirs) - own).mean() > 1


def test_defect_material_names_the_texture_by_an_absolute_path(tmp_path: Path) -> None:
    face = ball(n=16)
    write_obj(face, tmp_path, "ours", 1, 16)
    vertices = face.vertices
    original.write_obj(
        tmp_path / "theirs.obj", vertices, vertices, face.layout.lattice_triangles,
        face.layout.uv[face.layout.mask], face.texture(16)[..., :3],
    )  # fmt: skip
    assert str(tmp_path) in (tmp_path / "theirs.mtl").read_text()
    for suffix in (".mtl", ".obj"):
        assert str(tmp_path) not in (tmp_path / f"ours{suffix}").read_text()


def test_defect_cropped_pictures_are_divided_by_255_twice(tmp_path: Path) -> None:
    network = PositionMapNetwork(tiny_model(tmp_path / "a.onnx", {"prn.position_scale": "1"}))
    photo = Photo.from_pixels(np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8))
    crop = Crop(np.full(2, 15.5), 31.0, resolution=32)  # the whole picture, as it is
    seen = network(crop.extract(photo)[None]).position_maps[0]
    assert np.allclose(seen, photo.pixels / 255, atol=1e-6)
    assert not np.allclose(seen, photo.pixels / 255 / 255, atol=0.1)


def test_defect_only_the_first_face(reconstructor: FaceReconstructor, astronaut: Photo) -> None:
    head = astronaut.pixels[:300, 80:380]
    two = Photo.from_pixels(np.hstack([head, head[:, ::-1]]))
    centres = sorted(np.mean(face.landmarks[:, 0]) for face in reconstructor(two))
    assert len(centres) == 2
    assert centres[0] < 300 < centres[1]


def test_defect_photo_shrunk_to_1000_pixels_before_texturing(tmp_path: Path) -> None:
    stripes = np.zeros((2400, 2400, 3), np.uint8)
    stripes[:, ::4] = stripes[:, 1::4] = 255
    path = tmp_path / "stripes.png"
    cv2.imwrite(str(path), stripes)
    photo = read_photo(path)
    assert photo.pixels.shape == (2400, 2400, 3)
    small = cv2.resize(stripes, (1000, 1000), interpolation=cv2.INTER_AREA)
    contrast = []
    for picture, side in ((photo, 1800.0), (Photo.from_pixels(small), 750.0)):
        face = ball(side, photo=picture, n=64)
        middle = face.texture(2048)[900:1100, 900:1100, 0].astype(float)
        contrast.append(middle.std())
    assert contrast[0] > 80
    assert contrast[1] < 0.6 * contrast[0]


def test_defect_visibility_tolerance_does_not_grow_with_the_face() -> None:
    shares = {}
    for side in (60.0, 240.0):
        photo = plain_photo(int(2 * side), int(2 * side))
        face = ball(side, rotation("z", 35), photo, n=24)
        theirs = original.visible_vertices(
            face.vertices, face.layout.lattice_triangles, photo.height, photo.width
        )
        shares[side] = (face.visibility[face.layout.mask].mean(), theirs.mean())
    ours = abs(shares[60.0][0] - shares[240.0][0])
    theirs = abs(shares[60.0][1] - shares[240.0][1])
    assert ours < 0.02
    assert theirs > 0.05


def test_defect_visibility_by_bounding_boxes() -> None:
    """A sheet behind the edge of another: their boxes hide what no triangle covers."""
    n = 8
    v, u = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    front = np.stack([20 + 6.0 * u + 40, 20 + 6.0 * v + 6.0 * u, np.full((n, n), 60.0)], -1)
    back = np.stack([10 + 12.0 * u, 10 + 14.0 * v, np.zeros((n, n))], -1)
    vertices = np.concatenate([front.reshape(-1, 3), back.reshape(-1, 3)])
    a = (v * n + u)[:-1, :-1].ravel()
    one = np.concatenate([np.stack([a, a + 1, a + n], 1), np.stack([a + 1, a + n + 1, a + n], 1)])
    triangles = np.concatenate([one, one + n * n])
    depth = rasterize(vertices, triangles, 140, 140).depth
    columns, rows = np.rint(vertices[:, :2]).astype(int).T
    truly = vertices[:, 2] > depth[rows, columns] - 2
    boxes = np.full((140, 140), -np.inf)
    for triangle in triangles:
        (x0, y0), (x1, y1) = (f(vertices[triangle, :2]) for f in (_low, _high))
        part = boxes[y0 : y1 + 1, x0 : x1 + 1]
        part[:] = np.maximum(part, vertices[triangle, 2].mean())
    by_boxes = vertices[:, 2] > boxes[rows, columns] - 2
    assert truly[n * n :].sum() > by_boxes[n * n :].sum()
    assert not (by_boxes & ~truly).any()


def _low(xy: np.ndarray) -> np.ndarray:
    return np.ceil(xy.min(axis=0)).astype(int)


def _high(xy: np.ndarray) -> np.ndarray:
    return np.floor(xy.max(axis=0)).astype(int)


def test_defect_depth_is_flat_within_each_triangle() -> None:
    face = ball(200, rotation("z", 30), n=16)  # triangles of some fifteen pixels
    vertices, triangles = face.vertices, face.layout.lattice_triangles
    theirs = original.depth_image(vertices, triangles, 512, 512)
    ours = depth_map(face)
    both = np.isfinite(ours) & (theirs != 0)
    steps = [np.abs(np.diff(d[256, 200:300])) for d in (ours, theirs)]
    assert both[256, 200:300].all()
    assert steps[0].max() < 2
    assert steps[1].max() > 3
    assert (steps[1] == 0).mean() > 0.5
    assert (steps[0] == 0).mean() < 0.05


def test_defect_weights_outside_the_face_are_not_zero(tmp_path: Path) -> None:
    folder = made_up_uv_data(tmp_path / "uv")
    mask_file = np.full((256, 256), 48, np.uint8)
    mask_file[100:120, 100:120] = 64
    mask_file[110, 110] = 255
    cv2.imwrite(str(folder / "uv_weight_mask.png"), mask_file)
    arrays = read_uv_data(folder)
    weights, mask = arrays["weights"], arrays["mask"]
    assert mask_file[~mask].min() == 48  # theirs
    assert not weights[~mask].any()
    assert set(np.unique(weights[mask]).tolist()) == {3, 4, 16}
