"""The light network: a small convolutional trunk, a linear decoder, and aligners between them.

It gives coefficients of the head model and a pose; the head model's linear basis decodes them into
as many points as one likes, so the loss needs no map, and the map is smooth by construction.
`predict`, where it sees the points of a loss, is its interface to training, like that of
`training.network.resfcn`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..config import NetworkConfig
from ..graphs.tflite_graph import Graph, Op
from .aligner import ALIGN_SIDES, Aligner
from .loss import coefficient_penalty
from .points import Points
from .pose_encoding import POSE, TRUNK_SIDE, label_raw, split_raw


class ConvTrunk(nn.Module):
    """A `Graph` as a trainable module; its last two tensors are the features."""

    def __init__(self, graph: Graph, random: bool = False) -> None:
        super().__init__()
        self.graph = graph
        self.values = nn.ParameterDict()
        for i, op in enumerate(graph.ops):
            for name, value in op.weights.items():
                v = torch.tensor(value)
                if random and name == "w":
                    nn.init.kaiming_normal_(v, a=0.25)
                elif random:
                    v = torch.full_like(v, 0.25 if name == "a" else 0.0)
                self.values[f"{name}{i}"] = nn.Parameter(v)
        self.last = graph.ops[-1].inputs[0]

    def map_of(self, side: int) -> int:
        """The last tensor of `side` x `side` pixels.

        Raises
        ------
        ValueError
            The graph has none.
        """
        found = [
            op.output for op in self.graph.ops if self.graph.shape[op.output][1:] == (side,) * 2
        ]
        if not found:
            raise ValueError(
                f"network.align_points: the trunk has no map of {side} x {side} pixels"
            )
        return found[-1]

    def of_first(self, count: int) -> set[str]:
        """Names of the parameters of the first `count` operations."""
        return {f"values.{name}{i}" for i in range(count) for name in self.graph.ops[i].weights}

    @property
    def features(self) -> int:
        """Length of what `forward` returns per picture."""
        shapes = [self.graph.shape[t] for t in (self.last, self.graph.outputs[0])]
        return int(sum(np.prod(s) for s in shapes))

    def _run(self, op: Op, i: int, x: list[Tensor]) -> Tensor:
        p = self.values
        if op.kind in ("conv", "depthwise"):
            top, left, bottom, right = op.pads
            h, pad = x[0], (top, left)
            if (top, left) != (bottom, right):
                h, pad = functional.pad(h, (left, right, top, bottom)), (0, 0)
            groups = p[f"w{i}"].shape[0] if op.kind == "depthwise" else 1
            y = functional.conv2d(h, p[f"w{i}"], p[f"b{i}"], op.stride, pad, groups=groups)
            return functional.relu(y) if op.relu else y
        if op.kind == "prelu":
            return functional.prelu(x[0], p[f"a{i}"])
        if op.kind == "add":
            return x[0] + x[1]
        if op.kind == "maxpool":
            return functional.max_pool2d(x[0], op.kernel, op.stride)
        return functional.pad(x[0], (0, 0, 0, 0, 0, op.channels - x[0].shape[1]))

    def look(self, images: Tensor, maps: Iterable[int] = ()) -> tuple[Tensor, dict[int, Tensor]]:
        """(N, C, H, W), the graph's input -> (N, features), and the tensors numbered `maps`."""
        tensors = {self.graph.input: images}
        for i, op in enumerate(self.graph.ops):
            tensors[op.output] = self._run(op, i, [tensors[t] for t in op.inputs])
        points = tensors[self.graph.outputs[0]].flatten(1) / TRUNK_SIDE - 0.5
        features = torch.cat([tensors[self.last].flatten(1), points], 1)
        return features, {k: tensors[k] for k in maps}

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W), the graph's input -> (N, features)."""
        return self.look(images)[0]

    def weighted_graph(self) -> Graph:
        """The graph with the trained weights in it, for export."""
        ops = tuple(
            replace(
                op,
                weights={
                    name: self.values[f"{name}{i}"].detach().cpu().numpy() for name in op.weights
                },
            )
            for i, op in enumerate(self.graph.ops)
        )
        return replace(self.graph, ops=ops)


class LightNetwork(nn.Module):
    """Trunk, one hidden layer beside a linear one; gives coefficients and pose.

    That is the first answer, which each of the `aligners` corrects in its turn.
    """

    def __init__(
        self, trunk: ConvTrunk, coefficients: int, hidden: int, aligners: Iterable[Aligner] = ()
    ) -> None:
        super().__init__()
        self.trunk = trunk
        self.aligners = nn.ModuleList(aligners)
        self.coefficients = coefficients
        out = coefficients + POSE
        self.hidden = nn.Linear(trunk.features, hidden)
        self.output = nn.Linear(hidden, out)
        self.linear = nn.Linear(trunk.features, out)
        # Features come in pixels and in activations; set once by `ridge_start`, folded at export.
        self.register_buffer("feature_mean", torch.zeros(trunk.features))
        self.register_buffer("feature_scale", torch.ones(trunk.features))
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        with torch.no_grad():
            self.linear.bias[coefficients : coefficients + 6] = torch.tensor([1.0, 0, 0, 0, 1, 0])

    def take(self, layer: nn.Linear, weight: NDArray[Any], bias: NDArray[Any]) -> None:
        """Give a layer that takes features another model's weights, for points in pixels.

        Raises
        ------
        ValueError
            `weight` (features, outputs) has other sides than the layer.
        """
        if weight.shape != (layer.in_features, layer.out_features):
            raise ValueError(
                f"network.trunk: its model has a layer of {weight.shape}, expected "
                f"{(layer.in_features, layer.out_features)}"
            )
        w = torch.tensor(weight.T, dtype=torch.float64).contiguous()
        b = torch.tensor(bias, dtype=torch.float64)
        count = int(np.prod(self.trunk.graph.shape[self.trunk.graph.outputs[0]]))
        w[:, -count:] *= TRUNK_SIDE
        b += 0.5 * w[:, -count:].sum(1)
        layer.load_state_dict({"weight": w.float(), "bias": b.float()})

    def scale_features(self, mean: Tensor, scale: Tensor) -> None:
        """Set the features' mean and scale; the hidden layer goes on giving what it gave."""
        with torch.no_grad():
            w = self.hidden.weight / self.feature_scale
            self.hidden.bias += w @ (mean - self.feature_mean)
            self.hidden.weight.copy_(w * scale)
            self.feature_mean.copy_(mean)
            self.feature_scale.copy_(scale)

    def layers(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Scaled features (N, F), hidden layer (N, hidden)."""
        f = (features - self.feature_mean) / self.feature_scale
        return f, functional.hardswish(self.hidden(f))

    def raw(self, features: Tensor) -> Tensor:
        """Features -> (N, coefficients + POSE)."""
        f, h = self.layers(features)
        return self.output(h) + self.linear(f)

    def look(self, images: Tensor) -> tuple[Tensor, dict[int, Tensor]]:
        """The trunk's features, and the maps that the aligners sample."""
        return self.trunk.look(images, {k for aligner in self.aligners for k in aligner.maps})

    def answers(self, features: Tensor, maps: dict[int, Tensor]) -> list[Tensor]:
        """Raw numbers (N, coefficients + POSE): the first answer, and as aligned more and more."""
        found = [self.raw(features)]
        for aligner in self.aligners:
            found.append(aligner(found[-1], [maps[k] for k in aligner.maps]))
        return found

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Coefficients (N, K + E), scaled rotation (N, 3, 3), shift (N, 2), in crop sides."""
        return split_raw(self.answers(*self.look(images))[-1], self.coefficients)

    def predict(self, images: Tensor, points: Points) -> tuple[list[Tensor], Tensor]:
        """Points (N, P, 3) of every answer, and what the loss adds to their distances."""
        return self.decoded(self.answers(*self.look(images)), points)

    def decoded(self, answers: list[Tensor], points: Points) -> tuple[list[Tensor], Tensor]:
        """As `predict`, of answers that are known already."""
        found, more = [], torch.zeros((), device=answers[0].device)
        for raw in answers:
            c, m, shift = split_raw(raw.float(), self.coefficients)
            found.append(points.decode(c, m, shift))
            more = more + coefficient_penalty(c, points.identities)
        return found, more


def build_light(config: NetworkConfig, graph: Graph, coefficients: int) -> LightNetwork:
    """The light network over a trunk.

    Parameters
    ----------
    graph
        With the weights to start from; `network.trunk = "random"` replaces them.
    """
    trunk = ConvTrunk(graph, config.trunk == "random")
    aligners = []
    if config.align_points:
        for sides in ALIGN_SIDES[: config.align_looks]:
            maps = [trunk.map_of(side) for side in sides]
            channels = [graph.shape[k][0] for k in maps]
            points, kept, hidden = config.align_points, config.align_channels, config.align_hidden
            aligners.append(Aligner(maps, channels, kept, points, coefficients, hidden))
    return LightNetwork(trunk, coefficients, config.hidden, aligners)


def count_parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def ridge_start(
    network: LightNetwork, batches: Iterable[tuple[Tensor, Tensor]], ridge: float = 1e-2
) -> float:
    """Set the last layers to the least-squares answer on the untrained trunk's features.

    Saves the first few hundred steps: mediapipe's points already say where the face is. A hidden
    layer that came with the trunk (`LightNetwork.take`) takes part, else it starts from
    nothing.

    Parameters
    ----------
    network
    batches
        Pictures (n, 3, S, S) and labels.
    ridge
        Relative to the features' mean variance.

    Returns
    -------
    float
        Share of the targets' variance that is explained.
    """
    with torch.no_grad():
        # One batch of pictures in memory at a time.
        pairs = [(network.trunk(x), label_raw(y, network.coefficients)) for x, y in batches]
        f, y = (torch.cat(parts) for parts in zip(*pairs, strict=True))
        y = y.double()
        network.scale_features(f.mean(0), f.std(0).clamp_min(1e-6))
        z, h = network.layers(f)
        z = torch.cat([z, h], 1).double()
        z_mean, y_mean = z.mean(0), y.mean(0)
        z0, y0 = z - z_mean, y - y_mean
        # Hidden units are as long as they like: they count like features of unit variance.
        unit = z0.std(0).clamp_min(1e-6)
        z0 = z0 / unit
        gram = z0.T @ z0 + ridge * len(z) * torch.eye(z.shape[1], dtype=z.dtype)
        w = torch.linalg.solve(gram, z0.T @ y0)
        left: Any = (y0 - z0 @ w).pow(2).sum() / y0.pow(2).sum()
        w = w / unit[:, None]
        count = f.shape[1]
        network.linear.weight.copy_(w[:count].T)
        network.output.weight.copy_(w[count:].T)
        network.linear.bias.copy_(y_mean - z_mean @ w)
        network.output.bias.zero_()
    return 1 - float(left)
