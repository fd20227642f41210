"""A head, a layout and networks small enough to train and export in a test."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

WHY = "training's dependencies (pip install -e .[training]) are not installed"


def small_head() -> Any:
    """A ball of quads with two identities, one symmetric and one not, and three expressions."""
    pytest.importorskip("numba", reason=WHY)
    from training.head.head_model import HeadModel

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
    from training.labels.correspondence import Correspondence

    t = head.triangles
    chosen = t[np.random.default_rng(2).integers(0, len(t), count)]
    bary = np.full((count, 3), 1 / 3)
    return Correspondence(
        chosen, bary, np.full(count, 0.02), np.arange(count), np.zeros((count, 3))
    )


def random_labels(head: Any, count: int) -> Any:
    """(count, K + E + 13), as `training.samples.generate` makes them."""
    torch = pytest.importorskip("torch", reason=WHY)
    from training.geometry import rotation

    rng = np.random.default_rng(3)
    rows = []
    for _ in range(count):
        c = [*rng.normal(0, 1, 2), *rng.uniform(0, 1, 3)]
        r = rotation(*rng.normal(0, 0.5, 3))
        rows.append([*c, *r.ravel(), 0.3 * rng.uniform(0.8, 1.2), *rng.uniform(0.4, 0.6, 2), 0.05])
    return torch.tensor(np.array(rows), dtype=torch.float32)


def small_graph() -> Any:
    """A trunk with every kind of operation: 192 pixels to 6 x 6, then ten numbers."""
    pytest.importorskip("tflite", reason=WHY)
    from training.graphs.tflite_graph import Graph, Op

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
    from training.head.mirror import build_mirror, mirror_directions
    from training.layout.openings import Opening
    from training.layout.texel_shape import TexelShape

    rng = np.random.default_rng(6)
    corners = head.triangles[rng.integers(0, len(head.triangles), (16, 8))]
    bary = rng.dirichlet([1, 1, 1], (16, 8))
    corners = np.concatenate([corners, head.mirror[corners][:, ::-1]], 1)
    bary = np.concatenate([bary, bary[:, ::-1]], 1)
    even, odd = mirror_directions(build_mirror(head))
    assert (even.shape[1], odd.shape[1]) == (3, 2)
    direction = np.array([0.0, 0, 1, 0, 0])
    openings = [Opening(np.full(2, -0.3), direction[:, None] * [[1.0, 0.8]], direction)]
    return TexelShape(head.mean, head.basis, 2, corners, bary, even, odd, openings)


def small_network(head: Any, graph: Any, aligned: bool) -> Any:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.network.aligner import Aligner
    from training.network.light import LightNetwork
    from training.network.points import points_on
    from training.network.trunk import ConvTrunk

    torch.manual_seed(0)
    looks = [[6, 7], [7, 6]] if aligned else []
    network = LightNetwork(
        ConvTrunk(graph), 5, 8, [Aligner(maps, [6, 6], 3, 9, 5, 4) for maps in looks]
    )
    with torch.no_grad():
        for aligner in network.aligners:
            t, third = head.triangles[::53][:9], np.full((9, 3), 1 / 3)
            at = points_on(head.mean, head.basis, 2, t, third, np.ones(9))
            aligner.set_points(at.mean, at.basis)
        for p in network.parameters():
            p += 0.05 * torch.randn_like(p)
        network.feature_mean += torch.rand_like(network.feature_mean)
        network.feature_scale += torch.rand_like(network.feature_scale)
    return network
