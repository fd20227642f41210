"""Configurations, losses, the trainer and its command line."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training_parts import (
    WHY,
    random_labels,
    small_graph,
    small_head,
    small_network,
)

from training.config import Config, load_config

ROOT = Path(__file__).resolve().parent.parent


def test_every_committed_configuration_can_be_read_and_a_misspelt_one_cannot(
    tmp_path: Path,
) -> None:
    for file in (ROOT / "training" / "configs").glob("*.toml"):
        assert load_config(file).train.steps >= 0
    for text, wrong in (
        ("[train]\nstpes = 3", "stpes"),
        ("[train]\nsteps = 'many'", "train.steps"),
        ("[fit]\nidentity_ridge = 1\n[nothing]\n", "nothing"),
    ):
        (tmp_path / "a.toml").write_text(text)
        with pytest.raises(ValueError, match=wrong):
            load_config(tmp_path / "a.toml")


def test_the_loss_ignores_where_depth_begins_and_nothing_else() -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.loss import point_loss

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
    from training.loss import point_loss
    from training.networks import count_parameters
    from training.points import points_on
    from training.resfcn import ResFcn256

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


def test_training_can_be_stopped_and_gives_the_same_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training import train as module
    from training.config import NetworkConfig, TrainConfig

    monkeypatch.setattr(module, "VALIDATION", 8)
    monkeypatch.setattr(module, "RIDGE_SAMPLES", 40)
    monkeypatch.setattr(module, "trunk_graph", lambda config: small_graph())
    monkeypatch.setenv("PRN_TRAINING_WORK", str(tmp_path))
    head = small_head()
    head.save(tmp_path / "head_model.npz")
    monkeypatch.setattr(
        module,
        "loss_points",
        lambda config, head: module.points_on(
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


def test_the_command_line_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.__main__ import main

    monkeypatch.setenv("PRN_TRAINING_WORK", str(tmp_path))
    assert main(["fit"]) == 1
    error = capsys.readouterr().err.strip()
    assert "head_model.npz" in error
    assert "\n" not in error
    (tmp_path / "a.toml").write_text("[network]\nname = 'resnet'")
    assert main(["train", "--config", str(tmp_path / "b.toml")]) == 2
    (tmp_path / "head_model.npz").touch()
    capsys.readouterr()
    assert main(["head"]) == 0  # done before: nothing to do
    assert "done before" in capsys.readouterr().out


def test_turned_heads_are_drawn_as_often_as_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason=WHY)
    from training import train as module
    from training.geometry import rotation

    monkeypatch.setattr(module, "VALIDATION", 5)
    turned = np.array([0.0] * 5 + [0.1] * 6 + [0.8] * 3 + [-1.4])
    labels = np.zeros((len(turned), 3 + 13))
    labels[:, 3:12] = [rotation(yaw, 0, 0.7).ravel() for yaw in turned]
    for balanced, shares in (
        (0.0, [0.6, 0.3, 0.1]),
        (1.0, [1 / 3] * 3),
        (0.5, [7 / 15, 19 / 60, 13 / 60]),
    ):
        chance = module.chances(labels, 3, balanced)
        assert chance[:5].tolist() == [0] * 5  # kept back
        found = [chance[5:11].sum(), chance[11:14].sum(), chance[14]]
        assert found == pytest.approx(shares)


def test_what_has_no_rate_is_frozen() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.train import grouped

    network = small_network(small_head(), small_graph(), aligned=True)
    groups = grouped(network, {"trunk": 0.0, "head": 0.0, "aligners": 1e-3})
    assert [group["base"] for group in groups] == [1e-3]
    learning = {name for name, value in network.named_parameters() if value.requires_grad}
    assert learning
    assert all(name.startswith("aligners.") for name in learning)
    assert len(groups[0]["params"]) == len(learning)
    grouped(network, {"trunk": 1e-3, "head": 1e-3, "aligners": 1e-3}, frozen_ops=2)
    frozen = {name for name, value in network.named_parameters() if not value.requires_grad}
    assert frozen == {"trunk.values.w0", "trunk.values.b0", "trunk.values.a1"}
