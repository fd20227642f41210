"""A population of heads, identity read from features, and the measures of likeness."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_parts import WHY


def ball(count: int = 40, radius: float = 80.0) -> tuple[np.ndarray, np.ndarray]:
    """A ball of radius mm: vertices and triangles that face outwards."""
    pytest.importorskip("scipy", reason=WHY)
    from scipy.spatial import ConvexHull

    k = np.arange(count * count) + 0.5
    z, turn = 1 - 2 * k / len(k), np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(1 - z**2)
    points = np.stack([flat * np.cos(turn), flat * np.sin(turn), z], 1)
    t = ConvexHull(points).simplices.astype(np.int64)
    n = np.cross(points[t[:, 1]] - points[t[:, 0]], points[t[:, 2]] - points[t[:, 0]])
    inwards = (n * points[t].mean(1)).sum(1) < 0
    t[inwards] = t[inwards][:, ::-1]
    return radius * points, t


def test_modes_keep_no_move_turn_or_growth() -> None:
    from training.population.population import without_similarity

    rng = np.random.default_rng(0)
    mean = rng.normal(0, 1, (50, 3))
    own = rng.normal(0, 1, (4, 50, 3))
    weight = rng.uniform(0.1, 1, 50)
    clean = without_similarity(own, mean, weight)
    moved = own + 3 + 2 * mean + np.cross(mean, [0.5, -1, 2])
    assert np.allclose(without_similarity(moved, mean, weight), clean)
    assert np.abs(clean).max() > 0.5


def test_rims_are_the_loops_of_a_mesh_with_holes() -> None:
    from training.population.scanned_heads import rims

    index = np.arange(49).reshape(7, 7)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1)
    keep = np.ones((6, 6), bool)
    keep[2:4, 2:4] = False
    q = quads[keep]
    loops = rims(np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]]))
    assert sorted(len(loop) for loop in loops) == [8, 24]
    assert set(min(loops, key=len)) == set(index[2:5, 2:5].ravel()) - {int(index[3, 3])}


def test_light_is_found_under_a_beard() -> None:
    pytest.importorskip("numba", reason=WHY)
    from training.samples.known_heads import fit_light, harmonics

    rng = np.random.default_rng(1)
    normals = rng.normal(0, 1, (4000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    normals[:, 2] = -np.abs(normals[:, 2])
    light = np.array([1.0, 0.3, -0.2, -0.3, 0, 0, 0, 0, 0])
    luma = 0.4 * np.maximum(harmonics(normals) @ light, 0.05)
    luma[::5] *= 0.2  # hair
    found = harmonics(normals) @ fit_light(luma, normals)
    wanted = harmonics(normals) @ light
    lit = wanted > 0.3
    assert np.corrcoef(found[lit], wanted[lit])[0, 1] > 0.99
    assert np.abs(found[lit] / wanted[lit] / np.median(found[lit] / wanted[lit]) - 1).mean() < 0.05


def read_examples(count: int, seed: int) -> Any:
    """Examples whose first features are noisy weights, the mirrored ones of the mirrored heads."""
    from training.identity.readout import Examples

    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 1, (count, 3)).astype(np.float32)
    sign = np.array([1, -1, 1])

    def features(w: np.ndarray) -> np.ndarray:
        noise = rng.normal(0, 0.5, (count, 3))
        more = rng.normal(0, 1, (count, 5))
        return np.concatenate([2 * (w + noise) + 1, more], 1).astype(np.float16)

    photo = np.arange(count) // 4
    return Examples(
        features(weights), features(weights * sign), weights, photo, np.zeros(count, np.float32)
    )


def test_a_readout_tells_heads_and_how_sure_it_is() -> None:
    pytest.importorskip("scipy", reason=WHY)
    from training.identity.readout import Regression, error_precision, explained

    sign = np.array([1.0, -1.0, 1.0])
    readout = Regression(read_examples(2000, 0), sign).solve(0.01)
    held = read_examples(1000, 1)
    modes = np.random.default_rng(2).normal(0, 1, (3, 10, 3))
    found = explained(readout, held, modes)
    # Signal and noise are 1 and 0.25, the latter halved by the second look.
    assert found["r"] == pytest.approx((1 / 1.125) ** 0.5, abs=0.02)
    assert found["explained"] == pytest.approx(found["slope"] * (2 - found["slope"]) * 1, abs=0.15)
    within = explained(readout, held, modes, within=True)
    assert within["r"] == pytest.approx(found["r"], abs=0.03)
    precision = error_precision(readout, held, least=0.0)
    assert np.diag(np.linalg.inv(precision)) == pytest.approx(1 / 9, abs=0.05)


def test_people_are_set_apart_where_they_are_told_badly() -> None:
    pytest.importorskip("numba", reason=WHY)
    pytest.importorskip("onnx", reason=WHY)
    from training.config import SpreadConfig
    from training.export.spread import spread_of

    # Three modes of one size; 0.8, 0.4 and 0.1 of their variance is told.
    rng = np.random.default_rng(5)
    modes = np.linalg.qr(rng.normal(0, 1, (30, 3)))[0].T.reshape(3, 10, 3)
    sign, told = np.array([1.0, -1.0, 1.0]), np.array([0.8, 0.4, 0.1])
    precision = np.diag(1 / (1 - told + 0.05))
    settings = SpreadConfig(evened=1.0, gain=1.0, least=0.0)
    spread = spread_of(precision, modes, sign, 0.05, settings)
    # Evened altogether, all are as wide, and as wide together as before.
    assert np.diag(spread) ** 2 * told == pytest.approx(told.mean())
    assert spread == pytest.approx(np.diag(np.diag(spread)), abs=1e-9)
    as_it_is = spread_of(precision, modes, sign, 0.05, SpreadConfig(evened=0.0, gain=1.5))
    assert as_it_is == pytest.approx(1.5 * np.eye(3), abs=1e-9)
    # What is one-sided stays so, even if errors on both sides were found together.
    precision[0, 1] = precision[1, 0] = 0.3
    mixed = spread_of(precision, modes, sign, 0.05, settings)
    assert mixed[0, 1] == pytest.approx(0, abs=1e-9)


def test_the_reading_becomes_an_output_of_the_model(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason=WHY)
    from onnx import TensorProto, helper, numpy_helper

    from prn_blender.core.native import load_onnxruntime
    from training.identity.features import (
        FrozenFeatures,
        append_linear,
        feature_tensor,
        remove_output,
    )

    rng = np.random.default_rng(3)
    w = rng.normal(0, 1, (6, 2)).astype(np.float16)
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Concat", ["mean", "mean"], ["features"], axis=1),
        helper.make_node("Cast", ["aligner_1"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Gemm", ["features", "cast"], ["hidden"]),
        helper.make_node("Identity", ["hidden"], ["other"]),
        helper.make_node("Neg", ["hidden"], ["turned"]),
        helper.make_node("Identity", ["turned"], ["identity"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [value("image", TensorProto.FLOAT, ["n", 256, 256, 3])],
        [
            value("identity", TensorProto.FLOAT, ["n", 2]),
            value("other", TensorProto.FLOAT, ["n", 2]),
        ],
        [numpy_helper.from_array(w, "aligner_1")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    assert feature_tensor(model.graph) == ("features", 6)
    matrix = rng.normal(0, 1, (6, 4)).astype(np.float32)
    bias = rng.normal(0, 1, 4).astype(np.float32)
    for _ in range(2):  # done twice, it replaces what it did before
        remove_output(model.graph, "identity")
        assert [o.name for o in model.graph.output] == ["other"]
        assert len(model.graph.node) == 5 and len(model.graph.initializer) == 1
        append_linear(model, matrix, bias, "identity")
    onnx.checker.check_model(model)
    assert [o.name for o in model.graph.output] == ["other", "identity"]
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    images = rng.integers(0, 255, (3, 256, 256, 3)).astype(np.uint8)
    features = FrozenFeatures(path)(images)
    session = load_onnxruntime().InferenceSession(path.read_bytes())
    (found,) = session.run(["identity"], {"image": images.astype(np.float32) / 255})
    assert np.abs(found - (features @ matrix + bias)).max() < 0.02
    with pytest.raises(ValueError, match="6 features"):
        append_linear(model, matrix[:5], bias, "identity")


def test_the_branch_starts_as_the_reading_and_leaves_the_position_map_alone(
    tmp_path: Path,
) -> None:
    onnx = pytest.importorskip("onnx", reason=WHY)
    torch = pytest.importorskip("torch", reason=WHY)
    from prn_blender.core.model.bundled import models_folder
    from prn_blender.core.native import load_onnxruntime
    from training.export.identity_branch import append_branch
    from training.graphs.mediapipe_networks import FACE_MESH
    from training.identity.features import FrozenFeatures, append_linear, remove_output
    from training.identity.readout import Readout
    from training.network.identity_branch import IdentityBranch, SeenByTrunk
    from training.network.warm_start import read_exported

    if not FACE_MESH.is_file():
        pytest.skip("MediaPipe's landmark network has not been fetched")
    rng = np.random.default_rng(5)
    bundled = models_folder() / "position_map.onnx"
    model = onnx.load(str(bundled))
    features = FrozenFeatures(bundled)
    matrix = rng.normal(0, 0.02, (features.size, 4)).astype(np.float32)
    readout = Readout(
        matrix, np.ones(4, np.float32), np.ones(4, np.float32), np.eye(4, dtype=np.float32)
    )
    remove_output(model.graph, "identity")
    append_linear(model, readout.matrix, readout.bias, "identity")
    images = rng.integers(0, 255, (2, 256, 256, 3)).astype(np.uint8)
    branch = IdentityBranch(bundled, readout).eval()
    seen = [torch.from_numpy(v) for v in SeenByTrunk(bundled)(images)]
    told = branch(*seen).detach().numpy()
    assert told == pytest.approx(features(images) @ matrix + 1, abs=1e-3)

    with torch.no_grad():
        for weights in branch.parameters():
            weights += 0.02 * torch.randn_like(weights)
    told = branch(*seen).detach().numpy()
    for _ in range(2):  # done twice, it replaces what it did before
        append_branch(model, branch)
    path = tmp_path / "branched.onnx"
    path.write_bytes(model.SerializeToString())

    def run(file: Path) -> tuple[np.ndarray, np.ndarray]:
        session = load_onnxruntime().InferenceSession(file.read_bytes())
        found = session.run(
            ["position_map", "identity"], {"image": images.astype(np.float32) / 255}
        )
        return found[0], found[1]

    positions, identity = run(path)
    assert (positions == run(bundled)[0]).all()
    assert identity == pytest.approx(told, abs=0.03 * np.abs(told).max())
    # A later run still starts from trunk and aligner.
    assert len(read_exported(path).aligners) == 1


def test_a_surface_knows_how_far_points_are() -> None:
    from training.check.surfaces import Surface, icp

    vertices, triangles = ball()
    surface = Surface(vertices, triangles)
    some = vertices[::7] / 80
    _, _, distance, _ = surface.closest(83 * some)
    assert np.median(distance) == pytest.approx(3, abs=0.2)
    along = surface.along(78 * some, some, 20.0)
    assert np.nanmedian(along) == pytest.approx(2, abs=0.2)
    assert np.isnan(surface.along(30 * some, some, 20.0)).all()
    # A face-like bump, so that the fit has one place only.
    from prn_blender.core.geometry.pose import Similarity

    bump = vertices * (
        1 + 0.3 * np.exp(-((vertices - [0, -80, 0]) ** 2).sum(1, keepdims=True) / 900)
    )
    bump *= [0.8, 1.0, 1.2]
    turn = np.array([[np.cos(0.1), -np.sin(0.1), 0], [np.sin(0.1), np.cos(0.1), 0], [0, 0, 1]])
    truth = Similarity(1.1, turn, np.array([3.0, -2, 4]))
    fit, distance = icp(
        Surface(bump, triangles), truth.apply(bump), Similarity(1.0, np.eye(3), np.zeros(3))
    )
    assert np.median(distance) < 0.5
    assert fit.scale == pytest.approx(1.1, rel=0.01)


def test_shapes_tell_people_apart_if_they_differ() -> None:
    from training.check.verification import HALVES, auc, half_of, verify

    rng = np.random.default_rng(4)
    mean = rng.normal(0, 30, (60, 3))
    person = np.repeat(np.arange(20), 4)
    gender = person % 2
    own = rng.normal(0, 2, (20, 60, 3))[person]
    turn = np.linalg.qr(rng.normal(0, 1, (80, 3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))[:, None, None]

    def placed(shapes: np.ndarray) -> np.ndarray:
        scale = rng.uniform(0.5, 2, (80, 1, 1))
        return scale * shapes @ turn + rng.normal(0, 50, (80, 1, 3))

    size = float(np.linalg.norm(mean - mean.mean(0)))
    known = verify(placed(mean + own + rng.normal(0, 1, (80, 60, 3))), person, gender, size)
    nobody = verify(placed(mean + rng.normal(0, 1, (80, 60, 3))), person, gender, size)
    assert known["plain_auc"] > 0.99 and known["whitened_auc"] > 0.95
    assert abs(nobody["plain_auc"] - 0.5) < 0.1
    assert known["between_mm"] == pytest.approx(2 * 3**0.5, rel=0.1)
    assert known["within_mm"] == pytest.approx(3**0.5, rel=0.1)
    assert auc(np.array([3.0, 2, 2, 1]), np.array([True, True, False, False])) == 0.875
    halves = half_of(np.array(["b", "a", "c", "b"]))
    assert [HALVES[k] for k in halves] == ["report", "choice", "choice", "report"]


def test_the_measured_sets_are_always_the_same_and_of_skins_kept_out() -> None:
    pytest.importorskip("numba", reason=WHY)
    pytest.importorskip("torch", reason=WHY)
    from training_parts import small_head

    from training.check.population import CALM, HEADS, PAIRS, draw
    from training.config import Config
    from training.identity.examples import chosen_photos, held_out
    from training.labels.fit import Fits

    head, config, count = small_head(), Config(), 3000
    rng = np.random.default_rng(6)
    coefficients = rng.uniform(0, 1, (count, 5)).astype(np.float32)
    flat = np.ones((count, 3), np.float32)
    fits = Fits(coefficients, flat[:, 0], np.tile(np.eye(3, dtype=np.float32), (count, 1, 1)), flat)
    one, again = (draw(config, head, fits, 7) for _ in range(2))
    assert all(
        np.array_equal(a, b) for a, b in zip(vars(one).values(), vars(again).values(), strict=True)
    )
    assert one.people.shape == (HEADS, 7) and one.pairs.shape == (PAIRS, 2, 7)
    photos = np.concatenate([one.photos, one.pair_photos, one.calm])
    assert len(np.unique(photos)) == HEADS + PAIRS + CALM
    assert held_out(config, photos).all()
    # Calm photos open the mouth less than the others that are kept out.
    assert coefficients[one.calm, 4].max() < np.median(coefficients[photos, 4])
    learnt_from = chosen_photos(config, count)
    assert not np.isin(learnt_from[~held_out(config, learnt_from)], photos).any()
