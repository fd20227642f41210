"""What is written beside and into the exported model."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from synthetic import rotation
from training_parts import (
    WHY,
    small_graph,
    small_head,
    small_network,
    small_shape,
)

from prn_blender.core.face import Face
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER, fit_similarity


@pytest.mark.parametrize("aligned", [False, True])
def test_the_exported_graph_gives_what_pytorch_gives(aligned: bool) -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.export.light_onnx import light_model
    from training.export.onnx_file import run_model, torch_positions

    head = small_head()
    shape = small_shape(head)
    whole = small_network(head, small_graph(), aligned).eval()
    images = np.random.default_rng(7).uniform(0, 1, (3, 256, 256, 3)).astype(np.float32)
    positions, identity, expression = run_model(light_model(whole, shape), images)
    assert np.ptp(positions, axis=(0, 1, 2)).min() > 0.1
    wanted = torch_positions(whole, images, shape)
    # Random aligners make more of bytes and half precision than trained ones.
    assert np.abs(256 * positions - wanted).max() < (1.0 if aligned else 0.1)
    assert (identity.shape, expression.shape) == ((3, 2), (3, 3))
    assert expression.min() >= 0
    assert expression.max() <= 1
    if aligned:  # it says something, and not the same of every picture
        del whole.aligners[:]
        said = wanted - torch_positions(whole, images, shape)
        assert np.abs(said).max() > 1
        assert np.ptp(said.mean((1, 2)), axis=0).max() > 0.1


def test_a_model_tells_what_its_expressions_do_to_a_pose() -> None:
    pytest.importorskip("torch", reason=WHY)
    onnx = pytest.importorskip("onnx", reason=WHY)
    from types import SimpleNamespace

    from prn_blender.core.face.face import MOMENTS
    from prn_blender.core.geometry.pose import Similarity, expression_pull
    from training.export.light_onnx import light_model
    from training.export.moments import add_moments, expression_moments
    from training.export.onnx_file import run_model
    from training.geometry import on_triangles

    head = small_head()
    shape = small_shape(head)
    flat = shape.corners.reshape(-1, 3), shape.bary.reshape(-1, 3)
    own = Similarity(0.1, rotation("x", 90), np.array([0.0, 1, 2]))
    canonical = own.apply(on_triangles(shape.mean.astype(np.float64), *flat))
    layout = SimpleNamespace(canonical=canonical.reshape(16, 16, 3), texels=np.arange(256))
    moments = expression_moments(shape, layout)
    weights = np.array([0.2, 0.9, 0.5])
    vertices = shape.mean + np.tensordot(weights, shape.basis[2:], 1)
    wanted = fit_similarity(canonical, own.apply(on_triangles(vertices, *flat)))
    found = expression_pull(canonical, weights @ moments)
    np.testing.assert_allclose(found.matrix, wanted.matrix, atol=1e-5)

    network = small_network(head, small_graph(), False)
    model = light_model(network, shape)
    for _ in range(2):  # done twice it is there once
        add_moments(model, moments)
    onnx.checker.check_model(model)
    images = np.random.default_rng(7).uniform(0, 1, (2, 256, 256, 3)).astype(np.float32)
    *_, expression, given = run_model(model, images)
    np.testing.assert_allclose(given, expression @ moments, atol=1e-6)
    assert [o.name for o in model.graph.output].count(MOMENTS) == 1
    with pytest.raises(ValueError, match="no output of 2 expressions"):
        add_moments(model, moments[:2])


def test_the_exported_network_gives_mediapipes_points() -> None:
    pytest.importorskip("tflite", reason=WHY)
    pytest.importorskip("numba", reason=WHY)
    from skimage import data

    from prn_blender.core.face.reconstruct import FaceReconstructor
    from prn_blender.core.photo import Photo
    from training.export.lids_and_lips_network import LIDS, LIPS
    from training.graphs.mediapipe_networks import ENVIRONMENT
    from training.labels.teacher import AttentionTeacher

    if not ENVIRONMENT.is_dir():
        pytest.skip("MediaPipe's mesh is not installed (make test-training does)")
    photo = Photo(data.astronaut())
    reconstructor = FaceReconstructor.load()
    face = reconstructor(photo, [(170, 60, 280, 190)], passes=1)[0]
    again = reconstructor._lids_and_lips
    assert again is not None
    found, _, presence = again._look(photo, face.position_map)
    wanted = AttentionTeacher()([photo.pixels])[0]
    edges = [*LIDS, *LIPS]
    away = np.linalg.norm(found[edges] - wanted[edges, :2], axis=1)
    assert presence > 0.99
    # Pixels of a face of about 120; the two crops are not the same.
    assert np.median(away) < 1 and away.max() < 3


def moved_face(face: Any, way: np.ndarray) -> tuple[Any, np.ndarray]:
    """A face, and where its landmarks lie once each is moved by (68, 3) metres on the face."""
    stance = face.pose.similarity
    there = stance.scale * way @ stance.rotation.T @ PHOTO_TO_BLENDER
    return face, face.landmarks[:, :2] + there[:, :2]


def test_landmarks_go_half_way_to_what_annotators_mean(face: Face) -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.export.landmark_calibration import POINTS, SHARE, moved_texels, offsets
    from training.head.landmarks import MIRROR_68

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
    from training.export.landmark_calibration import offsets

    c, s = np.cos(1.0), np.sin(1.0)
    turned = face.position_map @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)
    profile = replace(face, position_map=turned)
    with pytest.raises(ValueError, match="looks ahead"):
        offsets([profile], profile.landmarks[None, :, :2])


def test_the_components_are_those_of_the_many() -> None:
    from training.export.feature_likeness import COMPONENTS, components

    rng = np.random.default_rng(3)
    ways = np.linalg.qr(rng.normal(size=(200, 3)))[0].T
    ways -= ways.mean(axis=1, keepdims=True)
    middle = rng.normal(size=200)
    middle -= middle.mean()
    values = middle + (rng.normal(size=(1500, 3)) * [6, 4, 3]) @ ways
    values += 0.05 * rng.normal(size=values.shape)
    odd = values.copy()
    odd[:100] = rng.normal(size=(100, 200))  # what covers a feature
    mean, basis, spread = components(odd.astype(np.float32) * 3 + 7)  # brighter, more contrast
    assert basis.shape == (COMPONENTS, 200)
    assert np.abs(basis @ basis.T - np.eye(COMPONENTS)).max() < 1e-3
    clean, _, _ = components(values.astype(np.float32))
    assert np.sqrt(np.mean((mean - clean) ** 2)) < 0.08
    # Three ways in which they differ, and little of what was odd.
    assert spread[3] < 0.25 * spread[2]
