"""Writes the light network as an ONNX graph, node by node.

The graph: the trunk, two matrix products that give coefficients and pose, the aligners, the head
model's basis at the vertices that the UV layout uses, and, for every texel, the weighted sum of
three vertices. Head and layout are mirror-symmetric, so half of the basis and half of the texels
are stored: each row of the decoder is a vertex together with its mirror image.

`training.network.warm_start` reads such graphs back by the stems of their constants' names.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from ..geometry import to_image
from ..graphs.mediapipe_networks import INPUT_SIDE
from ..graphs.onnx_graph import Builder, add_trunk
from ..layout.openings import Opening
from ..layout.texel_shape import TexelShape
from ..network.aligner import Aligner
from ..network.light import LightNetwork
from ..network.pose_encoding import SCALE, SHIFT

CROP_SIDE = 256
"""Pixels of a crop; positions in the map are fractions of it (the contract's position scale)."""
PIXEL_CENTRES = 0.5 / INPUT_SIDE - 0.5 / CROP_SIDE
"""Crop sides from the centre of the crop's first pixel to that of the trunk's picture, which is the
crop made smaller."""


def light_model(network: LightNetwork, shape: TexelShape) -> onnx.ModelProto:
    """Write the network and its decoder.

    Parameters
    ----------
    network
        On the CPU.
    shape
        Where coefficients put the texels.

    Returns
    -------
    ModelProto
        `image` (n, 256, 256, 3) to `position_map` (n, S, S, 3), `identity` (n, K) and `expression`
        (n, E), as `docs/conventions.md` describes them; without metadata.
    """
    size, identities = len(shape.corners), shape.identities
    trunk = network.trunk.weighted_graph()
    b = Builder()
    x = b.node("Transpose", ["image"], perm=[0, 3, 1, 2])
    ratio = INPUT_SIDE / CROP_SIDE
    x = b.node(
        "Resize",
        [x, "", b.constant(np.array([1, 1, ratio, ratio], np.float32))],
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )
    names = add_trunk(b, trunk, x)
    raw = _head_layers(b, network, names[trunk.ops[-1].inputs[0]], names[trunk.outputs[0]])
    k = network.coefficients
    for aligner in network.aligners:
        assert isinstance(aligner, Aligner)
        raw = _aligned(b, aligner, raw, k, names)
    linear, shift = _pose(b, raw, k)
    coefficients = _opened(b, b.slice(raw, 0, k), shape.openings)
    _decode(b, coefficients, linear, shift, shape)
    b.slice(coefficients, 0, identities, "identity")
    limits = [b.constant(np.array(v, np.float32)) for v in (0, 1)]
    b.node("Clip", [b.slice(coefficients, identities, k), *limits], "expression")
    value = helper.make_tensor_value_info
    return helper.make_model(
        helper.make_graph(
            b.nodes,
            "prn",
            [value("image", TensorProto.FLOAT, ["n", CROP_SIDE, CROP_SIDE, 3])],
            [
                value("position_map", TensorProto.FLOAT, ["n", size, size, 3]),
                value("identity", TensorProto.FLOAT, ["n", identities]),
                value("expression", TensorProto.FLOAT, ["n", k - identities]),
            ],
            b.constants,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def _head_layers(b: Builder, network: LightNetwork, last: str, points: str) -> str:
    """Append the layers that give the first prediction (N, K + E + POSE).

    `last` and `points` are the trunk's two results. The features' mean and scale are folded into
    the weights.
    """
    flat = b.node("Concat", [b.node("Flatten", [last]), b.node("Flatten", [points])], axis=1)
    own = network.trunk.graph.shape[network.trunk.graph.outputs[0]]
    count = int(np.prod(own))

    def folded(layer: torch.nn.Linear) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weights (F, outputs) and biases for features as the trunk gives them."""
        scale = network.feature_scale.double()
        w = layer.weight.detach().double() / scale
        bias = layer.bias.detach().double() - w @ network.feature_mean.double()
        # The trunk gives points in pixels; training has them in crop sides from the middle.
        bias = bias - 0.5 * w[:, -count:].sum(1)
        w[:, -count:] /= INPUT_SIDE
        return w.T.float().contiguous().numpy(), bias.float().numpy()

    w, bias = folded(network.hidden)
    hidden = b.node(
        "HardSwish", [b.node("Gemm", [flat, b.half(w, "hidden"), b.constant(bias, "b")])]
    )
    w, bias = folded(network.linear)
    linear = b.node("Gemm", [flat, b.half(w, "linear"), b.constant(bias, "b")])
    w = network.output.weight.detach().T.contiguous().numpy()
    bias = network.output.bias.detach().numpy()
    out = b.node("Gemm", [hidden, b.constant(w, "output"), b.constant(bias, "b")])
    return b.node("Add", [out, linear])


def _pose(b: Builder, raw: str, k: int) -> tuple[str, str]:
    """Append the decoding of a prediction's pose, which follows its k coefficients.

    Returns
    -------
    rotation : (N, 3, 3)
        Times the scale, for row vectors; z turned towards the viewer.
    shift : (N, 1, 3)
        Crop sides.
    """

    def unit(v: str) -> str:
        return b.node("LpNormalization", [v], axis=1, p=2)

    def turned(v: str, by: int) -> str:
        return b.node("Gather", [v, b.integers(*((i + by) % 3 for i in range(3)))], axis=1)

    first = unit(b.slice(raw, k, k + 3))
    second = b.slice(raw, k + 3, k + 6)
    along = b.node("ReduceSum", [b.node("Mul", [first, second]), b.integers(1)], keepdims=1)
    second = unit(b.node("Sub", [second, b.node("Mul", [along, first])]))
    third = b.node(
        "Sub",
        [
            b.node("Mul", [turned(first, 2), turned(second, 1)]),
            b.node("Mul", [turned(first, 1), turned(second, 2)]),
        ],
    )  # second x first, not first x second: z turned towards the viewer
    columns = [b.node("Unsqueeze", [v, b.integers(2)]) for v in (first, second, third)]
    scale = b.node("Exp", [b.slice(raw, k + 6, k + 7)])
    scale = b.node("Mul", [scale, b.constant(np.array([SCALE], np.float32))])
    linear = b.node(
        "Mul",
        [b.node("Concat", columns, axis=2), b.node("Unsqueeze", [scale, b.integers(1)])],
    )
    shift = b.node("Mul", [b.slice(raw, k + 7, k + 9), b.constant(np.array([SHIFT], np.float32))])
    shift = b.node("Add", [shift, b.constant(np.array([0.5 + PIXEL_CENTRES], np.float32))])
    zero = b.node("Mul", [b.slice(raw, k + 6, k + 7), b.constant(np.array([0.0], np.float32))])
    shift = b.node("Concat", [shift, zero], axis=1)
    return linear, b.node("Unsqueeze", [shift, b.integers(1)])


def _aligned(b: Builder, aligner: Aligner, raw: str, k: int, names: dict[int, str]) -> str:
    """Append what `training.network.aligner.Aligner` does: the corrected prediction."""
    linear, shift = _pose(b, raw, k)
    points = b.node(
        "Gemm",
        [
            b.slice(raw, 0, k),
            b.constant(aligner.basis.numpy(), "align_basis"),
            b.constant(aligner.mean.flatten().numpy(), "align_mean"),
        ],
    )
    rows = b.node("Reshape", [points, b.integers(-1, len(aligner.mean), 3)])
    places = b.node("Add", [b.node("MatMul", [rows, linear]), shift])
    # Points count crop sides from the middle of the first pixel; GridSample wants -1 to 1 between
    # the edges.
    axes = [b.integers(v) for v in (0, 2, 2)]
    grid = b.node("Slice", [places, *axes])
    grid = b.node("Mul", [grid, b.constant(np.array([2.0], np.float32))])
    grid = b.node("Add", [grid, b.constant(np.array([1 / CROP_SIDE - 1], np.float32))])
    grid = b.node("Unsqueeze", [grid, b.integers(2)])
    seen = []
    for tensor, reduce in zip(aligner.maps, aligner.reduce, strict=True):
        assert isinstance(reduce, torch.nn.Conv2d) and reduce.bias is not None
        w, bias = reduce.weight.detach().numpy(), reduce.bias.detach().numpy()
        small = b.conv(names[tensor], w, bias)
        seen.append(b.node("GridSample", [small, grid], mode="bilinear", align_corners=0))
    flat = b.node("Flatten", [b.node("Concat", seen, axis=1)])
    norm = [b.constant(v.detach().numpy(), "n") for v in (aligner.norm.weight, aligner.norm.bias)]
    flat = b.node("LayerNormalization", [flat, *norm], axis=-1, epsilon=aligner.norm.eps)
    flat = b.node("Concat", [flat, raw], axis=1)

    def dense(x: str, layer: torch.nn.Linear) -> str:
        w, bias = layer.weight.detach().T.contiguous().numpy(), layer.bias.detach().numpy()
        return b.node("Gemm", [x, b.byte(w, "aligner"), b.constant(bias, "b")])

    hidden = b.node("HardSwish", [dense(flat, aligner.hidden)])
    return b.node("Add", [raw, dense(hidden, aligner.output)])


def _opened(b: Builder, coefficients: str, openings: list[Opening]) -> str:
    """Append what `training.layout.openings.opened` does: the corrected coefficients."""
    out = coefficients
    for o in openings:
        short = b.node(
            "Gemm",
            [
                coefficients,
                b.constant(-o.basis.astype(np.float32), "pairs"),
                b.constant(-o.mean.astype(np.float32), "b"),
            ],
        )
        most = b.node("ReduceMax", [b.node("Relu", [short])], axes=[1], keepdims=1)
        direction = b.constant(o.direction[None].astype(np.float32), "open")
        out = b.node("Add", [out, b.node("MatMul", [most, direction])])
    return out


def _decode(b: Builder, coefficients: str, linear: str, shift: str, shape: TexelShape) -> str:
    """Append the decoder: the position map (N, S, S, 3) from coefficients and pose."""
    half = shape.corners.shape[1] // 2
    corners, bary = shape.corners[:, :half], shape.bary[:, :half]
    used, place = np.unique(corners, return_inverse=True)
    rows = b.integers(-1, len(used), 3)
    basis = to_image(shape.basis[:, used]).reshape(len(shape.basis), -1)
    flip = b.constant(np.array([[-1], [1], [1]], np.float32))

    def part(directions: NDArray[Any], mean: NDArray[Any]) -> str:
        """Vertices (N, V, 3) by the share of the coefficients along `directions` (K + E, A)."""
        own = b.node("MatMul", [coefficients, b.constant(directions.astype(np.float32), "own")])
        inputs = [own, b.half(directions.T @ basis, "basis"), b.constant(mean, "mean")]
        return b.node("Reshape", [b.node("Gemm", inputs), rows])

    mean = to_image(shape.mean[used]).ravel().astype(np.float32)
    even, odd = part(shape.even, mean), part(shape.odd, np.zeros_like(mean))
    here = b.node("MatMul", [b.node("Add", [even, odd]), linear])
    # Symmetric coefficients (`even`) move a vertex and its mirror image alike, antisymmetric ones
    # (`odd`) oppositely. So the other half is even - odd, mirrored in x before the head turns.
    there = b.node("MatMul", [b.node("Sub", [even, odd]), b.node("Mul", [linear, flip])])
    both = [b.node("Add", [v, shift]) for v in (here, there)]
    texels = _texels(b, b.node("Concat", both, axis=2), place.reshape(corners.shape), bary)
    size = len(corners)
    texels = b.node("Reshape", [texels, b.integers(-1, size, half, 6)])
    left, right = (
        b.node("Slice", [texels, b.integers(k), b.integers(k + 3), b.integers(3)]) for k in (0, 3)
    )
    ends = [b.integers(v) for v in (-1, -half - 1, 2, -1)]
    return b.node("Concat", [left, b.node("Slice", [right, *ends])], "position_map", axis=2)


def _texels(b: Builder, rows: str, corners: NDArray[Any], bary: NDArray[Any]) -> str:
    """Append the interpolation of texels (N, T, 6) from vertices `rows` (N, V, 6).

    Three gathers and a weighted sum take a third of the time of one gather of rows of three.
    """
    total = ""
    for k in range(3):
        index = b.constant(corners[..., k].ravel().astype(np.int32), "texel")
        weight = b.constant(bary[..., k].reshape(1, -1, 1).astype(np.float32), "weight")
        # Expanded once, at load time, so that the product needs no broadcasting.
        wide = b.node("Expand", [weight, b.integers(1, corners[..., k].size, 6)])
        part = b.node("Mul", [b.node("Gather", [rows, index], axis=1), wide])
        total = b.node("Add", [total, part]) if total else part
    return total
