"""PRNet's network graph with random weights: the peer our network is timed against."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Feng et al., ECCV 2018, section 3.3, and the shapes of its published checkpoint: a convolution to
# 16 channels, ten residual blocks, seventeen transposed convolutions, all with kernels of 4.
_BLOCKS = [(32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
           (512, 1)]  # fmt: skip
_UP = [(512, 1), (256, 2), (256, 1), (256, 1), (128, 2), (128, 1), (128, 1), (64, 2), (64, 1),
       (64, 1), (32, 2), (32, 1), (16, 2), (16, 1), (3, 1), (3, 1), (3, 1)]  # fmt: skip


class _Graph:
    """Nodes and weights so far, in the order they run. Batch norm is folded into the biases."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._random = np.random.default_rng(0)

    def add(self, kind: str, inputs: list[str], **attributes: object) -> str:
        name = f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _weight(self, *shape: int) -> str:
        name = f"w{len(self.weights)}"
        values = self._random.normal(0, 0.05, shape).astype(np.float32)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def conv(self, x: str, inputs: int, outputs: int, kernel: int, stride: int) -> str:
        padding = [1, 1, 2, 2] if kernel == 4 and stride == 1 else [1, 1, 1, 1]
        return self.add(
            "Conv",
            [x, self._weight(outputs, inputs, kernel, kernel), self._weight(outputs)],
            strides=[stride, stride],
            pads=padding if kernel == 4 else [0, 0, 0, 0],
        )

    def up(self, x: str, inputs: int, outputs: int, stride: int) -> str:
        pads = [1, 1, 1, 1] if stride == 2 else [1, 1, 2, 2]
        weights = [x, self._weight(inputs, outputs, 4, 4), self._weight(outputs)]
        return self.add("ConvTranspose", weights, strides=[stride, stride], pads=pads)


def build() -> bytes:
    """The graph as the bytes of an .onnx file, (1, 256, 256, 3) to (1, 256, 256, 3)."""
    g = _Graph()
    x = g.add("Transpose", ["image"], perm=[0, 3, 1, 2])
    x = g.add("Relu", [g.conv(x, 3, 16, 4, 1)])
    channels = 16
    for outputs, stride in _BLOCKS:
        shortcut = x
        if stride != 1 or channels != outputs:
            shortcut = g.conv(x, channels, outputs, 1, stride)
        y = g.add("Relu", [g.conv(x, channels, outputs // 2, 1, 1)])
        y = g.add("Relu", [g.conv(y, outputs // 2, outputs // 2, 4, stride)])
        y = g.conv(y, outputs // 2, outputs, 1, 1)
        x = g.add("Relu", [g.add("Add", [y, shortcut])])
        channels = outputs
    for outputs, stride in _UP:
        x = g.add("Relu", [g.up(x, channels, outputs, stride)])
        channels = outputs
    x = g.add("Sigmoid", [x])
    g.nodes.append(helper.make_node("Transpose", [x], ["position_map"], perm=[0, 2, 3, 1]))
    shape = [1, 256, 256, 3]
    graph = helper.make_graph(
        g.nodes,
        "resfcn256",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("position_map", TensorProto.FLOAT, shape)],
        g.weights,
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()
