"""Networks, losses and the trainer."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_parts import (
    WHY,
    random_labels,
    small_graph,
    small_head,
    small_network,
    small_shape,
)

from training.config import Config


def test_the_loss_ignores_where_depth_begins_and_nothing_else() -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.network.loss import point_loss

    torch.manual_seed(0)
    wanted = torch.rand(3, 7, 3)
    weight = torch.tensor([16.0, 4, 4, 3, 3, 3, 0])
    weight /= weight.sum()
    assert point_loss(weight, wanted + torch.tensor([0, 0, 5.0]), wanted) < 1e-6
    aside = point_loss(weight, wanted + torch.tensor([0.3, 0.4, 0]), wanted)
    assert float(aside) == pytest.approx(0.5, rel=1e-5)
    moved = wanted.clone()
    moved[:, 6] += 1  # a texel of the neck
    assert point_loss(weight, moved, wanted) < 1e-6
    moved[:, 0, 0] += 1  # a landmark
    assert float(point_loss(weight, moved, wanted)) == pytest.approx(16 / 33, rel=1e-5)


def test_resfcn256_learns_maps_through_the_same_loss() -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.network.light import count_parameters
    from training.network.loss import point_loss
    from training.network.points import points_on
    from training.network.resfcn import ResFcn256

    torch.manual_seed(0)
    assert count_parameters(ResFcn256()) > 13e6  # PRNet's 13.4 million, less its running means
    head = small_head()
    rng = np.random.default_rng(7)
    corners = head.triangles[rng.integers(0, len(head.triangles), 64 * 64)]
    texels = points_on(
        head.mean, head.basis, 2, corners, np.full((64 * 64, 3), 1 / 3), np.ones(64 * 64)
    )
    network = ResFcn256(width=2)
    images, labels = torch.rand(4, 3, 64, 64), random_labels(head, 4)
    wanted = texels.from_labels(labels)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    losses = []
    for _ in range(8):
        (found,), more = network.predict(images, texels)
        loss = point_loss(texels.weight, found, wanted) + more
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss))
    assert losses[-1] < 0.9 * losses[0]
    fewer = points_on(head.mean, head.basis, 2, corners[:9], np.full((9, 3), 1 / 3), np.ones(9))
    with pytest.raises(ValueError, match="mask_weighting"):
        network.predict(images, fewer)


def test_the_last_layer_s_numbers_and_labels_say_the_same() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.network.pose_encoding import decode_output, encode_label

    labels = random_labels(small_head(), 5)
    c, m, shift = decode_output(encode_label(labels, 5), 5)
    turns = labels[:, 5:14].reshape(-1, 3, 3)
    assert np.allclose(c, labels[:, :5])
    assert np.allclose(m, turns * labels[:, 14, None, None], atol=1e-5)
    assert np.allclose(shift, labels[:, 15:17], atol=1e-6)


def test_the_aligner_looks_where_the_first_answer_puts_the_head() -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.network.aligner import Aligner
    from training.network.pose_encoding import POSE, decode_output

    side = 24
    aligner = Aligner([0], [1], 1, 2, 5, 4)
    with torch.no_grad():
        aligner.reduce[0].weight.fill_(1)
        aligner.reduce[0].bias.zero_()
    aligner.norm = torch.nn.Identity()
    seen = []
    aligner.hidden.register_forward_hook(lambda layer, inputs, output: seen.append(inputs[0]))
    places = torch.tensor([[0.3, -0.2, 0.1], [-0.4, 0.5, 0.0]])
    aligner.set_points(places, torch.zeros(5, 6))
    raw = torch.zeros(1, 5 + POSE)
    raw[0, [5, 9]] = 1  # upright
    _, m, shift = decode_output(raw, 5)
    # A map that says where it is, in crop sides of its 192 pixels' middles.
    line = (torch.arange(side) + 0.5) / side - 0.5 / 192
    for axis, picture in enumerate(
        (line[None].expand(side, side), line[:, None].expand(side, side))
    ):
        out = aligner(raw, [picture[None, None]])
        wanted = places[:, axis] * m[0, 0, 0] + shift[0, axis]
        assert seen[-1][0, :2].tolist() == pytest.approx(wanted.tolist(), abs=1e-6)
        assert torch.equal(out, raw)  # it has learnt nothing yet


def test_an_earlier_model_is_taken_over_onto_a_head_whose_directions_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason=WHY)

    from training.export.light_onnx import light_model
    from training.export.onnx_file import torch_positions, write_model
    from training.network import warm_start as module

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
    assert module.warm_start(fresh, tmp_path / "old.onnx", present) < 1e-3
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
        module.warm_start(fresh, tmp_path / "old.onnx", wider)


def test_what_has_no_rate_is_frozen() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.network.train import parameter_groups

    network = small_network(small_head(), small_graph(), aligned=True)
    groups = parameter_groups(network, {"trunk": 0.0, "head": 0.0, "aligners": 1e-3})
    assert [group["base"] for group in groups] == [1e-3]
    learning = {name for name, value in network.named_parameters() if value.requires_grad}
    assert learning
    assert all(name.startswith("aligners.") for name in learning)
    assert len(groups[0]["params"]) == len(learning)
    parameter_groups(network, {"trunk": 1e-3, "head": 1e-3, "aligners": 1e-3}, frozen_ops=2)
    frozen = {name for name, value in network.named_parameters() if not value.requires_grad}
    assert frozen == {"trunk.values.w0", "trunk.values.b0", "trunk.values.a1"}


def test_training_can_be_stopped_and_gives_the_same_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.config import NetworkConfig, TrainConfig
    from training.network import build, initial_weights
    from training.network import train as module
    from training.network.points import points_on
    from training.samples import dataset

    monkeypatch.setattr(dataset, "VALIDATION", 8)
    monkeypatch.setattr(initial_weights, "RIDGE_SAMPLES", 40)
    monkeypatch.setattr(build, "trunk_graph", lambda config: small_graph())
    monkeypatch.setenv("PRN_TRAINING_WORK", str(tmp_path))
    head = small_head()
    head.save(tmp_path / "head_model.npz")
    monkeypatch.setattr(
        module,
        "loss_points",
        lambda config, head: points_on(
            head.mean, head.basis, 2, head.triangles, np.full((len(head.triangles), 3), 1 / 3),
            np.ones(len(head.triangles)),
        ),
    )  # fmt: skip
    (tmp_path / "samples").mkdir()
    rng = np.random.default_rng(8)
    images = rng.integers(0, 256, (48, 192, 192, 3), dtype=np.uint8)
    np.save(tmp_path / "samples" / "images_0.npy", images)
    np.save(tmp_path / "samples" / "labels_0.npy", random_labels(head, 48).numpy())
    options = TrainConfig(
        steps=6, batch=4, checkpoint_every=3, log_every=3, warmup=1, threads=1, device="cpu"
    )
    config = Config(network=NetworkConfig(hidden=4, frozen_ops=2), train=options)
    whole = torch.load(module.train(config), weights_only=True)
    (tmp_path / "run" / "checkpoint.pt").unlink()
    part = torch.load(module.train(config, stop_after=0.0), weights_only=True)
    assert part["step"] == 3
    again = torch.load(module.train(config), weights_only=True)
    assert again["step"] == whole["step"] == 6
    for name, value in whole["average"].items():
        assert torch.equal(value, again["average"][name]), name
        assert torch.isfinite(value).all()
    changed = [n for n, v in whole["network"].items() if not torch.equal(v, part["network"][n])]
    assert any(n.startswith("trunk") for n in changed)
