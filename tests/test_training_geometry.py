"""Where training has its heads from: geometry, fits, samples, quality."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_parts import (
    WHY,
    small_head,
    some_places,
)

from prn_blender.core.face.face import Face
from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, fit_similarity
from training.config import FitConfig

ROOT = Path(__file__).resolve().parent.parent


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
    from training.subdivide import subdivision

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


def test_the_z_buffer_shows_the_nearer_of_two_triangles() -> None:
    pytest.importorskip("numba", reason=WHY)
    from training.raster import zbuffer

    points = np.array([[0, 0, 5], [9, 0, 5], [0, 9, 5], [0, 0, 1], [4, 0, 1], [0, 4, 1]], float)
    depth, index, bary = zbuffer(points, np.array([[0, 1, 2], [3, 4, 5]]), (10, 10))
    assert index[1, 1] == 1
    assert index[4, 4] == 0
    assert index[9, 9] == -1
    assert np.isinf(depth[9, 9])
    assert np.allclose(bary[index >= 0].sum(1), 1, atol=1e-4)
    assert np.allclose(bary[4, 4] @ points[:3, :2], [4, 4], atol=1e-4)


def test_a_teacher_with_a_wrong_idea_of_depth_does_not_turn_or_bend_heads() -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from dataclasses import replace

    from training.fit import Fitter, fitted_vertices
    from training.geometry import HEAD_TO_IMAGE, on_triangles, rotation, to_image

    torch.manual_seed(0)
    head = small_head()
    places = some_places(head, 120)
    rng = np.random.default_rng(4)
    # The teacher's depth leans: the upper half too near, the lower too far.
    lean = np.zeros((120, 3))
    lean[:, 2] = 0.25 * to_image(on_triangles(head.mean, places.corners, places.bary))[:, 1]
    places = replace(places, offset=lean @ HEAD_TO_IMAGE)
    truth, seen, turns = [], [], []
    for _ in range(6):
        c = np.concatenate([rng.normal(0, 0.7, 2), rng.uniform(0, 1, 3)])
        r = rotation(*rng.normal(0, 0.25, 3))
        shape = to_image(head.mean) + np.tensordot(c, to_image(head.basis), 1)
        vertices = 90 * shape @ r.T + [200, 190, 0]
        truth.append(vertices)
        turns.append(r)
        points = on_triangles(vertices, places.corners, places.bary)
        points[:, 2] += 90 * r[2, 2] * lean[:, 2]
        seen.append(points)
    config = FitConfig(
        depth_bias=1.0,
        depth_weight=0.1,
        identity_ridge=0.01,
        expression_ridge=0.01,
        outline_weight=0.0,
    )
    fits = Fitter(head, places, None, config)(np.array(seen))
    for i, (vertices, r) in enumerate(zip(truth, turns, strict=True)):
        angle = np.arccos(np.clip((np.trace(fits.rotation[i].T @ r) - 1) / 2, -1, 1))
        assert np.degrees(angle) < 1.0
        off = np.linalg.norm(fitted_vertices(head, fits, i)[:, :2] - vertices[:, :2], axis=1)
        assert off.mean() < 1.0  # pixels, of a head 180 wide
    # Told nothing about the teacher's lean, the fit nods: the correction does what it is for.
    naive = Fitter(
        head,
        replace(places, offset=np.zeros((120, 3))),
        None,
        replace(config, depth_weight=1.0),
    )(np.array(seen))
    turned = [np.trace(a.T @ b) for a, b in zip(naive.rotation, turns, strict=True)]
    assert np.degrees(np.arccos((np.mean(turned) - 1) / 2)) > 3


def test_a_photo_shown_as_it_is_has_the_label_of_what_it_shows() -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.backdrop import Photos
    from training.fit import Fits
    from training.generate import Generator
    from training.geometry import rotation, to_image
    from training.points import points_on

    head = small_head()
    x = np.array([[0.5, -1.0, 0.2, 0.0, 0.4]], np.float32)
    turn = rotation(0.2, -0.1, 0.15)[None].astype(np.float32)
    fits = Fits(x, np.array([80], np.float32), turn, np.array([[190, 200, 0]], np.float32))
    shape = to_image(head.mean) + np.tensordot(x[0], to_image(head.basis), 1)
    photo_points = fits.scale[0] * (shape @ turn[0].T) + fits.shift[0]
    marked = int(photo_points[:, 2].argmin())
    v, u = np.mgrid[:384, :384]
    away = (u - photo_points[marked, 0]) ** 2 + (v - photo_points[marked, 1]) ** 2
    photo = np.repeat(255 * np.exp(-away / 18)[..., None], 3, 2).astype(np.uint8)
    g = Generator.__new__(Generator)
    g.size, g.fits, g.photos = 192, fits, Photos([photo], np.empty(0, np.uint8))
    g.corners, g.bary = head.triangles[::40], np.full((len(head.triangles[::40]), 3), 1 / 3)
    g.degrader = lambda rng, picture: picture  # type: ignore[assignment]
    corner = np.full((1, 3), marked)
    at = points_on(head.mean, head.basis, 2, corner, np.array([[1.0, 0, 0]]), np.ones(1))
    row, column = np.mgrid[:192, :192]
    for seed in range(5):
        picture, label = g._plain(np.random.default_rng(seed), 0, x[0], shape)
        light = picture[..., 0].astype(float)
        seen = np.array([(light * column).sum(), (light * row).sum()]) / light.sum()
        told = at.from_labels(torch.from_numpy(label)[None])[0, 0, :2].numpy() * 192
        assert np.abs(seen - told).max() < 0.3


def test_what_has_closed_too_far_is_opened_and_nothing_else() -> None:
    pytest.importorskip("numba", reason=WHY)
    from training.closing import Opening, opened

    direction = np.array([0.0, 1, 0])
    opening = Opening(np.array([0.1, 0.2]), np.array([[0.1, 0], [1, 1], [-1, -0.5]]), direction)
    x = np.array([[0.0, 0, 0], [0, 0, 1], [1, 0.5, 0.2], [0, -1, 0]])
    y = opened(x, [opening])
    assert np.array_equal(y[[0, 2]], x[[0, 2]])
    assert y[[1, 3]] == pytest.approx(np.array([[0, 0.9, 1], [0, -0.1, 0]]))
    assert (opening.mean + y @ opening.basis).min() >= -1e-12


def test_roughness_and_openings_are_seen() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.quality import agreement, opening, roughness

    v, u = np.mgrid[:32, :32] / 31.0
    smooth = np.stack([u, v, 0.3 * np.sin(3 * u)], -1)
    mask = np.ones((32, 32), bool)
    noise = np.random.default_rng(0).normal(0, 1e-3, smooth.shape)
    assert roughness(smooth + noise, mask) > 5 * roughness(smooth, mask)
    assert roughness(7 * smooth + 2, mask) == pytest.approx(roughness(smooth, mask))

    points = np.zeros((5, 68, 3))
    points[:, 41, 1] = np.arange(5)
    found = opening(points, [(37, 41)], np.full(5, 2.0))
    assert found.tolist() == [0, 0.5, 1, 1.5, 2]
    assert agreement(0.5 * found + 1, found) == pytest.approx({"r": 1, "slope": 0.5})


def test_inner_points_are_measured_without_the_jaw_and_from_the_first_pixel_s_middle() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.quality import inner_points

    annotated = np.zeros((2, 68, 2))
    annotated[:, 0], annotated[:, 16] = [0, 0], [100, 100]
    found = np.pad(annotated - 1, ((0, 0), (0, 0), (0, 1)))
    assert inner_points(found, annotated) == pytest.approx(0)
    found[:, :17] += 50
    found[:, 17:, 0] += 2
    assert inner_points(found, annotated) == pytest.approx(2)


def test_shards_are_shared_between_processes_and_taken_over_from_dead_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba", reason=WHY)
    from training import shards as module
    from training.config import Config, GenerateConfig

    class Drawn:
        def __init__(self, *_: Any) -> None:
            pass

        def batch(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
            return np.zeros((count, 2, 2, 3), np.uint8), rng.random((count, 3))

    monkeypatch.setattr(module, "Generator", Drawn)
    monkeypatch.setattr(module, "load_photos", lambda *_: None)
    config = Config(generate=GenerateConfig(samples=10, shard=3))
    nothing: Any = None

    def make() -> list[np.ndarray]:
        module.make_shards(config, nothing, nothing, nothing, nothing, tmp_path)
        assert not list(tmp_path.glob("claim_*"))
        return [np.load(tmp_path / f"labels_{k}.npy") for k in range(4)]

    first = make()
    assert [len(labels) for labels in first] == [3, 3, 3, 1]
    # Shard 1 was begun by a process that died, shard 2 is being made by one that lives.
    for k in (1, 2):
        (tmp_path / f"labels_{k}.npy").unlink()
        (tmp_path / f"claim_{k}").touch()
    long_ago = time.time() - module.LEFT_BEHIND - 1
    os.utime(tmp_path / "claim_1", (long_ago, long_ago))
    theirs = np.full((3, 3), 7.0)

    def finish() -> None:
        np.save(tmp_path / "labels_2.npy", theirs)
        (tmp_path / "claim_2").unlink()

    timer = threading.Timer(1.5, finish)
    timer.start()
    again = make()
    timer.join()
    assert np.array_equal(again[1], first[1])
    assert np.array_equal(again[2], theirs)


def test_what_is_wrong_with_the_pose_is_put_right_step_by_step() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.geometry import rotation
    from training.quality import put_right

    rng = np.random.default_rng(3)
    shape = rng.normal(0, 50, (68, 3))
    away = np.array([3, 4, 9])
    in_picture = 1.2 * shape @ rotation(0, 0, 0.2).T

    def left(found: np.ndarray) -> dict[str, float]:
        return {
            key: float(np.linalg.norm(points - shape[:, :2], axis=1).mean())
            for key, points in put_right(found, shape).items()
        }

    assert left(shape + away) == pytest.approx(
        {"as it is": 5, "place": 0, "size and roll": 0, "pose": 0}, abs=1e-9
    )
    turned = left(in_picture + away)
    assert turned["place"] > 5
    assert turned["size and roll"] == pytest.approx(0, abs=1e-9)
    nodding = left(in_picture @ rotation(0.2, 0.1, 0).T)
    assert nodding["size and roll"] > 3
    assert nodding["pose"] == pytest.approx(0, abs=1e-9)


def moved_face(face: Any, way: np.ndarray) -> tuple[Any, np.ndarray]:
    """A face, and where its landmarks lie once each is moved by (68, 3) metres on the face."""
    stance = face.pose.similarity
    there = stance.scale * way @ stance.rotation.T @ PHOTO_TO_BLENDER
    return face, face.landmarks[:, :2] + there[:, :2]


def test_landmarks_go_half_way_to_what_annotators_mean(face: Face) -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.calibrate import POINTS, SHARE, moved_texels, offsets
    from training.landmarks import MIRROR_68

    rng = np.random.default_rng(0)
    way = np.zeros((68, 3))
    way[49], way[53] = [0.001, 0, 0.004], [-0.001, 0, 0.004]  # the upper lip's edge is higher
    way[27] = [0, 0, 0.01]
    faces, annotated = zip(*(moved_face(face, way) for _ in range(9)), strict=True)
    noisy = np.array(annotated) + rng.normal(0, 0.2, (9, 68, 2))
    noisy[0] += 50  # one of them is somewhere else
    found = offsets(faces, noisy)
    assert np.abs(found - way)[:, [0, 2]].max() < 0.001
    texels = moved_texels(face.layout, found)
    before = face.layout.landmark_texels
    fixed = [i for i in range(68) if i not in POINTS]
    assert np.array_equal(texels[fixed], before[fixed]), "the bridge of the nose moved"
    canonical = face.layout.canonical
    risen = canonical[tuple(texels[49])] - canonical[tuple(before[49])]
    assert risen[2] == pytest.approx(SHARE * 0.004, abs=0.0008)
    mirrored = texels[MIRROR_68] * [1, -1] + [0, face.layout.size - 1]
    pairs = np.arange(68) != MIRROR_68
    assert np.array_equal(texels[pairs], mirrored[pairs])
    assert len({tuple(t) for t in texels.tolist()}) == 68
    assert face.layout.mask[tuple(texels.T)].all()


def test_profiles_say_nothing_of_where_landmarks_are(face: Face) -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.calibrate import offsets

    c, s = np.cos(1.0), np.sin(1.0)
    turned = face.position_map @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)
    profile = replace(face, position_map=turned)
    with pytest.raises(ValueError, match="looks ahead"):
        offsets([profile], profile.landmarks[None, :, :2])
