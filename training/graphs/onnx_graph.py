"""Writes ONNX graphs node by node, for speed in onnxruntime on a CPU.

PyTorch's exporter writes what PyTorch does: padding as separate nodes, shapes computed at run time,
and PReLU nodes. onnxruntime's fast convolutions keep tensors in a blocked layout (channels in
groups of eight or sixteen) in which it has no PReLU, so each one costs two reorderings. The same
network written by hand takes a fraction of the time; the reason for each choice stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from .tflite_graph import Graph, Op


class Builder:
    """Collects the nodes and constants of a graph.

    Tensors are known by name; every method that adds something returns the name of its result.

    Parameters
    ----------
    prefix
        What all names begin with, for what is appended to a graph that is there already.
    """

    def __init__(self, prefix: str = "") -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._count, self._prefix = 0, prefix

    def name(self, stem: str) -> str:
        """A name that no other tensor has: the stem, `_` and a number."""
        self._count += 1
        return f"{self._prefix}{stem}_{self._count}"

    def constant(self, value: NDArray[Any], stem: str = "c") -> str:
        """An initializer."""
        name = self.name(stem)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def integers(self, *values: int) -> str:
        """A vector of int64, as axes, indices and shapes have to be."""
        return self.constant(np.array(values, np.int64), "i")

    def node(
        self, kind: str, inputs: Sequence[str], output: str | None = None, **attributes: Any
    ) -> str:
        """A node of the operator `kind` with one output."""
        out = output or self.name(kind.lower())
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def slice(self, x: str, first: int, end: int, output: str | None = None) -> str:
        """Columns `first` to `end` (exclusive) of a matrix."""
        bounds = [self.integers(v) for v in (first, end, 1)]
        return self.node("Slice", [x, *bounds], output)

    def half(self, value: NDArray[np.float32], stem: str) -> str:
        """A constant stored as float16 and used as float32; the cast runs once, at load time."""
        return self.node(
            "Cast", [self.constant(value.astype(np.float16), stem)], to=TensorProto.FLOAT
        )

    def byte(self, value: NDArray[np.float32], stem: str) -> str:
        """A matrix stored as int8 with one scale for each column, and used as float32.

        For weights of small corrections, which an error of half a percent hardly changes. Like
        `half`, it is computed once, at load time.
        """
        scale = np.maximum(np.abs(value).max(0, keepdims=True), 1e-12) / 127
        whole = self.constant(np.round(value / scale).astype(np.int8), stem)
        whole = self.node("Cast", [whole], to=TensorProto.FLOAT)
        return self.node("Mul", [whole, self.constant(scale.astype(np.float32), "scale")])

    def conv(
        self,
        x: str,
        w: NDArray[np.float32],
        b: NDArray[np.float32] | None,
        *,
        stride: int = 1,
        pads: tuple[int, int, int, int] = (0, 0, 0, 0),
        group: int = 1,
    ) -> str:
        """A convolution; `pads` are top, left, bottom, right."""
        inputs = [x, self.constant(w, "w")]
        if b is not None:
            inputs.append(self.constant(b, "b"))
        return self.node(
            "Conv",
            inputs,
            kernel_shape=list(w.shape[2:]),
            strides=[stride, stride],
            pads=list(pads),
            group=group,
        )

    def prelu(self, x: str, slope: NDArray[np.float32], how: str) -> str:
        """PReLU with a slope for each channel (C,); `how` as in `add_trunk`."""
        if how == "prelu":
            return self.node("PRelu", [x, self.constant(slope.reshape(-1, 1, 1), "a")])
        # prelu(x) = a x + (1 - a) relu(x). Both factors are written as 1x1 depthwise convolutions,
        # which stay in the blocked layout; onnxruntime fuses the sum into the second of them.
        c = len(slope)
        positive = self.node("Relu", [x])
        part = self.conv(positive, (1 - slope).reshape(c, 1, 1, 1), None, group=c)
        other = self.conv(x, slope.reshape(c, 1, 1, 1), None, group=c)
        return self.node("Add", [part, other])


def add_trunk(b: Builder, graph: Graph, image: str, *, prelu: str = "blocked") -> dict[int, str]:
    """Append all operations of a convolutional network.

    Parameters
    ----------
    b
        Receives the nodes.
    graph
        Operations with the weights to export.
    image
        Name of the NCHW input.
    prelu
        How PReLU is written: `blocked` (two 1x1 depthwise convolutions) or `prelu` (the operator).

    Returns
    -------
    dict
        Name of each of the graph's tensors, by its number.
    """
    names = {graph.input: image}
    for op in graph.ops:
        names[op.output] = add_operation(b, graph, op, [names[i] for i in op.inputs], prelu)
    return names


def add_operation(b: Builder, graph: Graph, op: Op, inputs: list[str], prelu: str) -> str:
    """Append one convolutional operation and return the name of its result.

    Raises
    ------
    ValueError
        It is an operation of another kind, such as those of attention.
    """
    x = inputs[0]
    if op.kind in ("conv", "depthwise"):
        group = op.weights["w"].shape[0] if op.kind == "depthwise" else 1
        y = b.conv(x, op.weights["w"], op.weights["b"], stride=op.stride, pads=op.pads, group=group)
        return b.node("Relu", [y]) if op.relu else y
    if op.kind == "prelu":
        return b.prelu(x, op.weights["a"], prelu)
    if op.kind == "relu":
        return b.node("Relu", [x])
    if op.kind == "add":
        return b.node("Add", inputs)
    if op.kind == "maxpool":
        return b.node("MaxPool", [x], kernel_shape=[op.kernel] * 2, strides=[op.stride] * 2)
    if op.kind == "pad_channels":
        # Padding channels with zeros as a 1x1 convolution with unit weights: a Pad node would
        # leave the blocked layout.
        channels = graph.shape[op.inputs[0]][0]
        return b.conv(x, np.eye(op.channels, channels, dtype=np.float32)[..., None, None], None)
    raise ValueError(f"{op.kind} is no operation of a trunk")


def halve(model: onnx.ModelProto) -> None:
    """Keep large constants as float16, as MediaPipe's files do; onnxruntime folds the casts."""
    nodes = [*halved(model.graph.initializer), *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def halved(constants: Iterable[onnx.TensorProto]) -> list[onnx.NodeProto]:
    """Make the large ones among constants float16, in place; gives the casts back to float32."""
    casts = []
    for tensor in constants:
        name, value = tensor.name, numpy_helper.to_array(tensor)
        if value.dtype == np.float32 and value.size > 64:
            tensor.CopyFrom(numpy_helper.from_array(value.astype(np.float16), f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    return casts


def read_trunk(path: Path, graph: Graph) -> Graph:
    """Read a trunk's weights back from a model that this program exported.

    Parameters
    ----------
    path
        An ONNX file whose trunk was written by `add_trunk`.
    graph
        The trunk's structure.

    Returns
    -------
    Graph
        The same operations with the file's weights.

    Raises
    ------
    ValueError
        The file's trunk has another structure.
    """
    model = onnx.load(str(path)).graph
    values = {t.name: t for t in model.initializer}
    convs = iter([n for n in model.node if n.op_type == "Conv"])

    def value(node: onnx.NodeProto, k: int) -> NDArray[np.float32]:
        return np.array(numpy_helper.to_array(values[node.input[k]]))

    ops = []
    for op in graph.ops:
        weights = op.weights
        if op.kind in ("conv", "depthwise"):
            node = next(convs)
            weights = {"w": value(node, 1), "b": value(node, 2)}
        elif op.kind == "prelu":  # two convolutions (`Builder.prelu`); the second holds the slope
            next(convs)
            weights = {"a": value(next(convs), 1).reshape(-1)}
        elif op.kind == "pad_channels":
            next(convs)
        for name, array in weights.items():
            if array.shape != op.weights[name].shape:
                raise ValueError(
                    f"{path.name} holds another trunk: {array.shape} for {op.weights[name].shape}"
                )
        ops.append(replace(op, weights=weights))
    return replace(graph, ops=tuple(ops))
