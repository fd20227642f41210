"""Networks, their answers and what is exported of them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import rotation
from training_parts import (
    WHY,
    random_labels,
    small_graph,
    small_head,
    small_network,
    small_shape,
)

from prn_blender.core.native import load_onnxruntime


def test_the_last_layer_s_numbers_and_labels_say_the_same() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.answer import label_raw, split_raw

    labels = random_labels(small_head(), 5)
    c, m, shift = split_raw(label_raw(labels, 5), 5)
    turns = labels[:, 5:14].reshape(-1, 3, 3)
    assert np.allclose(c, labels[:, :5])
    assert np.allclose(m, turns * labels[:, 14, None, None], atol=1e-5)
    assert np.allclose(shift, labels[:, 15:17], atol=1e-6)


def test_a_mirrored_label_is_the_mirrored_head() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.points import build_mirror, points_on

    head = small_head()
    everywhere = np.repeat(np.arange(len(head.mean))[:, None], 3, 1)
    points = points_on(
        head.mean, head.basis, 2, everywhere, np.tile([1.0, 0, 0], (len(everywhere), 1)),
        np.ones(len(everywhere)),
    )  # fmt: skip
    labels = random_labels(head, 4)
    straight = points.from_labels(labels).numpy()
    mirrored = points.from_labels(build_mirror(head)(labels)).numpy()
    assert np.allclose(mirrored[..., 0], 1 - straight[:, head.mirror, 0], atol=1e-5)
    assert np.allclose(mirrored[..., 1:], straight[:, head.mirror, 1:], atol=1e-5)


@pytest.mark.parametrize("aligned", [False, True])
def test_the_exported_graph_gives_what_pytorch_gives(aligned: bool) -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.export import light_model, run_model, torch_positions

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


def test_the_onnx_builder_s_prelu_is_a_prelu() -> None:
    pytest.importorskip("tflite", reason=WHY)
    from onnx import TensorProto, helper

    from training.onnx_graph import Builder

    slope = np.array([0.25, -0.5, 0.0, 2.0], np.float32)
    x = np.random.default_rng(9).normal(0, 1, (2, 4, 5, 5)).astype(np.float32)
    for how in ("prelu", "blocked"):
        b = Builder()
        b.node("Identity", [b.prelu("x", slope, how)], "y")
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            b.nodes,
            "g",
            [value("x", TensorProto.FLOAT, ["n", 4, 5, 5])],
            [value("y", TensorProto.FLOAT, ["n", 4, 5, 5])],
            b.constants,
        )
        opset = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        y = load_onnxruntime().InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
        assert np.allclose(y, np.where(x > 0, x, x * slope.reshape(-1, 1, 1)), atol=1e-6)


def test_an_earlier_model_is_taken_over_onto_a_head_whose_directions_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason=WHY)
    from dataclasses import replace

    from training import adopt as module
    from training.export import light_model, torch_positions, write_model

    monkeypatch.setattr(module, "EVERY", 2)
    head, graph = small_head(), small_graph()
    network = small_network(head, graph, True)
    shape = small_shape(head)
    write_model(light_model(network, shape), {}, tmp_path / "old.onnx")
    turned = replace(head, identity=-2 * head.identity[::-1])
    present = replace(small_shape(turned), openings=[])
    fresh = small_network(turned, graph, True)
    for p in [*fresh.linear.parameters(), *fresh.aligners.parameters()]:
        p.data.normal_()
    fresh.feature_mean.zero_()
    fresh.feature_scale.fill_(1)
    fresh.trunk.load_state_dict(network.trunk.state_dict())
    assert module.adopt(fresh, tmp_path / "old.onnx", present) < 1e-3
    images = np.random.default_rng(8).uniform(0, 1, (3, 256, 256, 3)).astype(np.float32)
    wanted = torch_positions(network, images, replace(shape, openings=[]))
    # Aligners are kept in bytes, which random ones make more of than trained ones.
    assert np.abs(torch_positions(fresh, images, present) - wanted).max() < 1
    for known in (network, fresh):
        del known.aligners[:]
    first = torch_positions(network, images, replace(shape, openings=[]))
    assert np.abs(first - wanted).max() > 5
    assert np.abs(torch_positions(fresh, images, present) - first).max() < 0.3
    wider = replace(present, mean=present.mean * [1, 1.4, 0.7])
    with pytest.raises(ValueError, match="head is another one"):
        module.adopt(fresh, tmp_path / "old.onnx", wider)


def test_the_aligner_looks_where_the_first_answer_puts_the_head() -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.aligner import Aligner
    from training.answer import POSE, split_raw

    side = 24
    aligner = Aligner([0], [1], 1, 2, 5, 4)
    with torch.no_grad():
        aligner.reduce[0].weight.fill_(1)
        aligner.reduce[0].bias.zero_()
    aligner.norm = torch.nn.Identity()
    seen = []
    aligner.hidden.register_forward_hook(lambda layer, inputs, output: seen.append(inputs[0]))
    places = torch.tensor([[0.3, -0.2, 0.1], [-0.4, 0.5, 0.0]])
    aligner.place(places, torch.zeros(5, 6))
    raw = torch.zeros(1, 5 + POSE)
    raw[0, [5, 9]] = 1  # upright
    _, m, shift = split_raw(raw, 5)
    # A map that says where it is, in crop sides of its 192 pixels' middles.
    line = (torch.arange(side) + 0.5) / side - 0.5 / 192
    for axis, picture in enumerate(
        (line[None].expand(side, side), line[:, None].expand(side, side))
    ):
        out = aligner(raw, [picture[None, None]])
        wanted = places[:, axis] * m[0, 0, 0] + shift[0, axis]
        assert seen[-1][0, :2].tolist() == pytest.approx(wanted.tolist(), abs=1e-6)
        assert torch.equal(out, raw)  # it has learnt nothing yet


def test_a_model_tells_what_its_expressions_do_to_a_pose() -> None:
    pytest.importorskip("torch", reason=WHY)
    onnx = pytest.importorskip("onnx", reason=WHY)
    from types import SimpleNamespace

    from prn_blender.core.face.face import MOMENTS
    from prn_blender.core.geometry.pose import Similarity, expression_pull, fit_similarity
    from training.export import light_model, run_model
    from training.geometry import on_triangles
    from training.moments import add_moments, expression_moments

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
