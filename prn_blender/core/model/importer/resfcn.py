"""PRNet's network resfcn256: its layers, and its graph as ONNX by the contract."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import ModelError, Sentence
from . import library

RESOLUTION = 256
"""Side of the crop and of the position map, pixels."""
POSITION_SCALE = 281.6
"""Crop pixels per unit of the output: 1.1 times the crop's side."""
CROP_SCALE = 1.6
"""Side of the crop over the mean side of the landmarks' bounding box."""
BATCH_NORM_EPSILON = 1e-3
"""What PRNet's batch norm adds to the variance."""
ACTIVATIONS = {"sigmoid": "Sigmoid", "tanh": "Tanh", "none": "Identity"}
"""ONNX operators of the activations that the last layer may have."""

# The layers after Y. Feng et al., "Joint 3D Face Reconstruction and Dense Alignment with Position
# Map Regression Network", ECCV 2018, section 3.3, and the shapes in the index of the published
# checkpoint.
# Channels of the first convolution.
_STEM = 16
# (channels, stride) of the ten residual blocks, and of the seventeen transposed convolutions.
_BLOCKS = ((32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
           (512, 1))  # fmt: skip
_UP = ((512, 1), (256, 2), (256, 1), (256, 1), (128, 2), (128, 1), (128, 1), (64, 2), (64, 1),
       (64, 1), (32, 2), (32, 1), (16, 2), (16, 1), (3, 1), (3, 1), (3, 1))  # fmt: skip
# Side of all kernels but those of 1 x 1.
_KERNEL = 4
# TensorFlow's names of a batch norm's tensors.
_NORM = ("gamma", "beta", "moving_mean", "moving_variance")


@dataclass(frozen=True)
class Block:
    """A residual block.

    Attributes
    ----------
    name : str
        Its scope in the checkpoint.
    inputs, outputs : int
        Channels.
    stride : int
        Of its middle convolution.
    """

    name: str
    inputs: int
    outputs: int
    stride: int

    @property
    def has_shortcut(self) -> bool:
        """Whether a convolution bypasses the block, in place of its input itself."""
        return self.stride != 1 or self.inputs != self.outputs


@dataclass(frozen=True)
class Up:
    """A transposed convolution; attributes as in `Block`."""

    name: str
    inputs: int
    outputs: int
    stride: int


def blocks() -> Iterator[Block]:
    """The residual blocks in the order they run."""
    inputs = _STEM
    for i, (outputs, stride) in enumerate(_BLOCKS):
        yield Block(_numbered("resBlock", i), inputs, outputs, stride)
        inputs = outputs


def ups() -> Iterator[Up]:
    """The transposed convolutions in the order they run."""
    inputs = _BLOCKS[-1][0]
    for i, (outputs, stride) in enumerate(_UP):
        yield Up(_numbered("Conv2d_transpose", i), inputs, outputs, stride)
        inputs = outputs


def tensor_shapes() -> dict[str, tuple[int, ...]]:
    """List names and shapes of all tensors of the network, as TensorFlow stores them.

    Returns
    -------
    dict of str to tuple of int
        Convolutions are (k, k, in, out), transposed ones (k, k, out, in). The names lack the
        scope `resfcn256/` that they have in the checkpoint.
    """
    shapes: dict[str, tuple[int, ...]] = {}

    def norm(scope: str, channels: int) -> None:
        shapes.update({f"{scope}BatchNorm/{part}": (channels,) for part in _NORM})

    k = _KERNEL
    shapes["Conv/weights"] = (k, k, 3, _STEM)
    norm("Conv/", _STEM)
    for b in blocks():
        half = b.outputs // 2
        if b.has_shortcut:
            shapes[f"{b.name}/shortcut/weights"] = (1, 1, b.inputs, b.outputs)
        shapes[f"{b.name}/Conv/weights"] = (1, 1, b.inputs, half)
        shapes[f"{b.name}/Conv_1/weights"] = (k, k, half, half)
        shapes[f"{b.name}/Conv_2/weights"] = (1, 1, half, b.outputs)
        norm(f"{b.name}/Conv/", half)
        norm(f"{b.name}/Conv_1/", half)
        norm(f"{b.name}/", b.outputs)
    for u in ups():
        shapes[f"{u.name}/weights"] = (k, k, u.outputs, u.inputs)
        norm(f"{u.name}/", u.outputs)
    return shapes


def build(
    weights: Mapping[str, np.ndarray],
    metadata: Mapping[str, str],
    epsilon: float = BATCH_NORM_EPSILON,
    activation: str = "sigmoid",
) -> bytes:
    """Build the network as an .onnx file that follows the contract.

    Parameters
    ----------
    weights : mapping of str to array
        As `tensor_shapes` names them.
    metadata : mapping of str to str
        The `prn.*` properties of the file.
    epsilon : float
        What batch norm adds to the variance.
    activation : {"sigmoid", "tanh", "none"}
        Activation of the last layer. PRNet's is a sigmoid.

    Returns
    -------
    bytes
        The content of the file.

    Raises
    ------
    ModelError
        The weights are not finite, or a batch norm has a negative variance.
    MissingDependencyError
        The package onnx is absent.

    Notes
    -----
    Batch norm is folded into the convolution before it. TensorFlow's SAME padding of a kernel of
    4 is uneven with stride 1, 1 before and 2 after; with stride 2 it is 1 and 1.
    """
    g = _Graph(weights, epsilon)
    x = g.add("Transpose", ["image"], perm=[0, 3, 1, 2])
    x = g.add("Relu", [g.conv(x, "Conv", norm="Conv", stride=1)])
    for b in blocks():
        scope = f"{b.name}/"
        y = g.add("Relu", [g.conv(x, scope + "Conv", norm=scope + "Conv", stride=1)])
        y = g.add("Relu", [g.conv(y, scope + "Conv_1", norm=scope + "Conv_1", stride=b.stride)])
        # The block's batch norm follows the sum. Its scale is folded into both terms, its shift
        # into one.
        y = g.conv(y, scope + "Conv_2", norm=b.name, stride=1)
        if b.has_shortcut:
            x = g.conv(x, scope + "shortcut", norm=b.name, stride=b.stride, shifted=False)
        else:
            x = g.scaled(x, b.name)
        x = g.add("Relu", [g.add("Add", [y, x])])
    last = list(ups())[-1].name
    for u in ups():
        x = g.up(x, u)
        x = g.add(ACTIVATIONS[activation] if u.name == last else "Relu", [x])
    return g.finish(x, metadata)


def _numbered(name: str, i: int) -> str:
    """The name that TensorFlow gives the i-th scope of that name."""
    return f"{name}_{i}" if i else name


class _Graph:
    """An ONNX graph in the making. The methods add a node and return the name of its output."""

    def __init__(self, weights: Mapping[str, np.ndarray], epsilon: float) -> None:
        onnx = library("onnx", "onnx", Sentence("writes ONNX files"))
        self._helper: Any = onnx.helper
        self._array: Any = onnx.numpy_helper.from_array
        self._float = onnx.TensorProto.FLOAT
        self._weights, self._epsilon = weights, epsilon
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"{kind}_{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def conv(self, x: str, name: str, norm: str, stride: int, shifted: bool = True) -> str:
        """A convolution with the batch norm `norm` folded in; its shift may be left out."""
        scale, shift = self._norm(norm)
        kernel = self._get(f"{name}/weights") * scale  # (k, k, in, out): along the last axis
        inputs = [x, self._constant(f"{name}/kernel", kernel.transpose(3, 2, 0, 1))]
        if shifted:
            inputs.append(self._constant(f"{name}/bias", shift))
        pads = _pads(stride) if kernel.shape[0] == _KERNEL else [0, 0, 0, 0]
        return self.add("Conv", inputs, strides=[stride, stride], pads=pads)

    def up(self, x: str, u: Up) -> str:
        """A transposed convolution with its batch norm folded in."""
        scale, shift = self._norm(u.name)
        kernel = self._get(f"{u.name}/weights") * scale[:, None]  # (k, k, out, in)
        return self.add(
            "ConvTranspose",
            [
                x,
                self._constant(f"{u.name}/kernel", kernel.transpose(3, 2, 0, 1)),
                self._constant(f"{u.name}/bias", shift),
            ],
            strides=[u.stride, u.stride],
            pads=_pads(u.stride),
        )

    def scaled(self, x: str, norm: str) -> str:
        """A value times the scale of a batch norm."""
        scale, _ = self._norm(norm)
        return self.add("Mul", [x, self._constant(f"{norm}/scale", scale[:, None, None])])

    def finish(self, x: str, metadata: Mapping[str, str]) -> bytes:
        """The file of the whole graph, whose last value is `x`."""
        helper = self._helper
        node = helper.make_node("Transpose", [x], ["position_map"], perm=[0, 2, 3, 1])
        shape = ["n", RESOLUTION, RESOLUTION, 3]
        graph = helper.make_graph(
            [*self._nodes, node],
            "resfcn256",
            [helper.make_tensor_value_info("image", self._float, shape)],
            [helper.make_tensor_value_info("position_map", self._float, shape)],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        helper.set_model_props(model, dict(metadata))
        return bytes(model.SerializeToString())

    def _norm(self, scope: str) -> tuple[np.ndarray, np.ndarray]:
        """Scale and shift (channels,) that a batch norm amounts to."""
        gamma, beta, mean, variance = (self._get(f"{scope}/BatchNorm/{part}") for part in _NORM)
        if (variance + self._epsilon <= 0).any():
            raise ModelError("The weights are damaged: a batch norm has a negative variance.")
        scale = gamma / np.sqrt(variance + self._epsilon)
        return scale, beta - mean * scale

    def _get(self, name: str) -> np.ndarray:
        # In double precision, so that folding adds no rounding of its own.
        values = np.asarray(self._weights[name], np.float64)
        if not np.isfinite(values).all():
            raise ModelError(
                "The weights are damaged: {name} holds numbers that are not finite.", name=name
            )
        return values

    def _constant(self, name: str, values: np.ndarray) -> str:
        self._constants.append(self._array(np.ascontiguousarray(values, np.float32), name))
        return name


def _pads(stride: int) -> list[int]:
    """TensorFlow's SAME padding for a kernel of 4: top, left, bottom, right."""
    return [1, 1, 2, 2] if stride == 1 else [1, 1, 1, 1]
