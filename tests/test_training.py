"""The training program's parts, on heads and networks small enough to know what has to come out."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from prn_blender.core.pose import fit_similarity
from prn_blender.core.uv_layout import load_uv_layout
from training.config import Config, FitConfig, load_config

ROOT = Path(__file__).resolve().parent.parent
WHY = "training's dependencies (pip install -e .[training]) are not installed"


def small_head() -> Any:
    """A ball of quads with two identities, one symmetric and one not, and three expressions."""
    pytest.importorskip("numba", reason=WHY)
    from training.head_model import HeadModel

    n = 24
    theta, phi = np.meshgrid(
        np.linspace(-np.pi, np.pi, n, endpoint=False), np.linspace(-1.3, 1.3, n)
    )
    mean = np.stack([np.sin(theta) * np.cos(phi), -np.cos(theta) * np.cos(phi), np.sin(phi)], -1)
    mean = (mean.reshape(-1, 3) * [0.8, 1.0, 1.1]).astype(np.float32)
    index = np.arange(n * n).reshape(n, n)
    right = np.roll(index, -1, 1)
    quads = np.stack([index[:-1], right[:-1], right[1:], index[1:]], -1).reshape(-1, 4)
    mirror = index[:, (n - np.arange(n)) % n].ravel()
    rng = np.random.default_rng(1)
    wave = rng.normal(0, 0.1, (5, *mean.shape))
    for _ in range(6):
        wave = (wave + np.roll(wave, 1, 1) + np.roll(wave, -1, 1)) / 3
    flipped = wave[:, mirror] * [-1, 1, 1]
    identity = np.stack([(wave + flipped)[0], (wave - flipped)[1]])
    expression = np.stack([wave[2], flipped[2], (wave + flipped)[3]])
    return HeadModel(
        mean,
        identity.astype(np.float32),
        expression.astype(np.float32),
        quads,
        np.zeros(len(quads), np.int64),
        mirror,
        ("blinkLeft", "blinkRight", "jawOpen"),
        0.1,
    )


def some_places(head: Any, count: int) -> Any:
    from training.correspondence import Correspondence

    t = head.triangles
    chosen = t[np.random.default_rng(2).integers(0, len(t), count)]
    bary = np.full((count, 3), 1 / 3)
    return Correspondence(
        chosen, bary, np.full(count, 0.02), np.arange(count), np.zeros((count, 3))
    )


def random_labels(head: Any, count: int) -> Any:
    """(count, K + E + 13), as `training.generate` makes them."""
    torch = pytest.importorskip("torch", reason=WHY)
    from training.geometry import rotation

    rng = np.random.default_rng(3)
    rows = []
    for _ in range(count):
        c = [*rng.normal(0, 1, 2), *rng.uniform(0, 1, 3)]
        r = rotation(*rng.normal(0, 0.5, 3))
        rows.append([*c, *r.ravel(), 0.3 * rng.uniform(0.8, 1.2), *rng.uniform(0.4, 0.6, 2), 0.05])
    return torch.tensor(np.array(rows), dtype=torch.float32)


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


def test_the_last_layer_s_numbers_and_labels_say_the_same() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.answer import label_raw, split_raw

    labels = random_labels(small_head(), 5)
    c, m, shift = split_raw(label_raw(labels, 5), 5)
    rotation = labels[:, 5:14].reshape(-1, 3, 3)
    assert np.allclose(c, labels[:, :5])
    assert np.allclose(m, rotation * labels[:, 14, None, None], atol=1e-5)
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


def small_graph() -> Any:
    """A trunk with every kind of operation: 192 pixels to 6 x 6, then ten numbers."""
    pytest.importorskip("tflite", reason=WHY)
    from training.tflite_graph import Graph, Op

    rng = np.random.default_rng(5)

    def weights(*shape: int) -> dict[str, np.ndarray]:
        return {
            "w": rng.normal(0, 0.3, shape).astype(np.float32),
            "b": rng.normal(0, 0.1, shape[0]).astype(np.float32),
        }

    ops = (
        Op("conv", (0,), 1, weights(4, 3, 3, 3), stride=4, pads=(0, 0, 0, 0)),
        Op("prelu", (1,), 2, {"a": np.array([0.1, 0.3, -0.2, 0.5], np.float32)}),
        Op("depthwise", (2,), 3, weights(4, 1, 3, 3), stride=2, pads=(0, 0, 1, 1)),
        Op("maxpool", (2,), 4, stride=2, kernel=2),
        Op("add", (3, 4), 5),
        Op("pad_channels", (5,), 6, channels=6),
        Op("conv", (6,), 7, weights(6, 6, 4, 4), stride=4, relu=True),
        Op("conv", (7,), 8, weights(10, 6, 6, 6)),
    )
    sides = [192, 48, 48, 24, 24, 24, 24, 6, 1]
    channels = [3, 4, 4, 4, 4, 4, 6, 6, 10]
    shape = {i: (c, s, s) for i, (c, s) in enumerate(zip(channels, sides, strict=True))}
    return Graph(ops, 0, (8,), shape)


def small_shape(head: Any) -> Any:
    """Texels of a 16 x 16 layout, and two pairs that are easily closed too far."""
    from training.closing import Opening
    from training.points import build_mirror
    from training.shape import Shape, mirror_directions

    rng = np.random.default_rng(6)
    corners = head.triangles[rng.integers(0, len(head.triangles), (16, 8))]
    bary = rng.dirichlet([1, 1, 1], (16, 8))
    corners = np.concatenate([corners, head.mirror[corners][:, ::-1]], 1)
    bary = np.concatenate([bary, bary[:, ::-1]], 1)
    even, odd = mirror_directions(build_mirror(head))
    assert (even.shape[1], odd.shape[1]) == (3, 2)
    direction = np.array([0.0, 0, 1, 0, 0])
    openings = [Opening(np.full(2, -0.3), direction[:, None] * [[1.0, 0.8]], direction)]
    return Shape(head.mean, head.basis, 2, corners, bary, even, odd, openings)


def small_network(head: Any, graph: Any, aligned: bool) -> Any:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.aligner import Aligner
    from training.networks import ConvTrunk, LightNetwork
    from training.points import points_on

    torch.manual_seed(0)
    looks = [[6, 7], [7, 6]] if aligned else []
    network = LightNetwork(
        ConvTrunk(graph), 5, 8, [Aligner(maps, [6, 6], 3, 9, 5, 4) for maps in looks]
    )
    with torch.no_grad():
        for aligner in network.aligners:
            t, third = head.triangles[::53][:9], np.full((9, 3), 1 / 3)
            at = points_on(head.mean, head.basis, 2, t, third, np.ones(9))
            aligner.place(at.mean, at.basis)
        for p in network.parameters():
            p += 0.05 * torch.randn_like(p)
        network.feature_mean += torch.rand_like(network.feature_mean)
        network.feature_scale += torch.rand_like(network.feature_scale)
    return network


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
        y = ort.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
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


def test_a_photo_shown_as_it_is_has_the_label_of_what_it_shows() -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.fit import Fits
    from training.generate import Generator, Photos
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


def test_turned_triangles_and_roughness_are_seen() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.quality import agreement, opening, roughness, turned_over

    v, u = np.mgrid[:32, :32] / 31.0
    smooth = np.stack([u, v, 0.3 * np.sin(3 * u)], -1)
    mask = np.ones((32, 32), bool)
    noise = np.random.default_rng(0).normal(0, 1e-3, smooth.shape)
    assert roughness(smooth + noise, mask) > 5 * roughness(smooth, mask)
    assert roughness(7 * smooth + 2, mask) == pytest.approx(roughness(smooth, mask))

    flat = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    folded = flat.copy()
    folded[3] = [1.5, -0.5, 0]
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    assert turned_over(folded, flat, triangles).tolist() == [False, True]

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
