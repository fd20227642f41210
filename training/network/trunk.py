"""The convolutional trunk: MediaPipe's face mesh as a trainable PyTorch module."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..graphs.mediapipe_networks import INPUT_SIDE
from ..graphs.tflite_graph import Graph, Op


class ConvTrunk(nn.Module):
    """A `Graph` whose weights can be trained.

    The features it gives are its last two tensors, flattened: the input of its last operation, and
    that operation's output, the 468 points.

    Parameters
    ----------
    graph
        Operations with the weights to start from.
    random
        Start from random weights instead.
    """

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
        """Number of the last tensor of `side` x `side` pixels.

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
        """Length F of the vector that `forward` gives for a picture."""
        shapes = [self.graph.shape[t] for t in (self.last, self.graph.outputs[0])]
        return int(sum(np.prod(s) for s in shapes))

    def run(self, op: Op, i: int, x: list[Tensor]) -> Tensor:
        """Operation number i on its inputs."""
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

    def features_and_maps(
        self, images: Tensor, maps: Iterable[int] = ()
    ) -> tuple[Tensor, dict[int, Tensor]]:
        """Compute the features, and feature maps on the way.

        Parameters
        ----------
        images : (N, 3, 192, 192)
        maps
            Numbers of the tensors to give back.

        Returns
        -------
        features : (N, F)
            Points in it are in crop sides, 0 in the middle of the crop.
        maps : dict
            Tensors (N, C, H, W) by their number.
        """
        tensors = {self.graph.input: images}
        for i, op in enumerate(self.graph.ops):
            tensors[op.output] = self.run(op, i, [tensors[t] for t in op.inputs])
        points = tensors[self.graph.outputs[0]].flatten(1) / INPUT_SIDE - 0.5
        features = torch.cat([tensors[self.last].flatten(1), points], 1)
        return features, {k: tensors[k] for k in maps}

    def forward(self, images: Tensor) -> Tensor:
        """Features (N, F) of pictures (N, 3, 192, 192)."""
        return self.features_and_maps(images)[0]

    def weighted_graph(self, operations: Iterable[int] | None = None) -> Graph:
        """The graph with the weights as they are now, of all or some operations, for export."""
        chosen = set(range(len(self.graph.ops)) if operations is None else operations)
        ops = tuple(
            replace(
                op,
                weights={
                    name: self.values[f"{name}{i}"].detach().cpu().numpy() for name in op.weights
                },
            )
            if i in chosen
            else op
            for i, op in enumerate(self.graph.ops)
        )
        return replace(self.graph, ops=ops)
