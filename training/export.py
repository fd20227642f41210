"""From a trained network to one ONNX file by the contract of `docs/conventions.md`.

The light network's graph is written by hand (`training.onnx_graph`): the trunk, two matrix
products that give coefficients and pose, the head model's basis at the vertices that the UV layout
uses, and for every texel the sum of three of them. Head and layout are mirror-symmetric, so half
of the basis and half of the texels' places are enough: each row of the decoder is a vertex and its
mirror image. `resfcn256` is exported by PyTorch. Both are run against PyTorch before the file
takes its name.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from torch.nn import functional

from prn_blender.core.files.safe import write_bytes
from prn_blender.core.native import load_onnxruntime

from .aligner import Aligner
from .answer import SCALE, SHIFT, TRUNK_SIDE
from .closing import Opening, opened
from .config import Config
from .geometry import on_triangles, to_image
from .head_model import HeadModel
from .layout import LAYOUT_FILE
from .networks import LightNetwork
from .onnx_graph import Builder, add_trunk
from .resfcn import RESFCN_SCALE, ResFcn256
from .shape import Shape, load_shape
from .train import build_network

SIDE = 256
"""Crop pixels, and the light network's position scale."""
TOLERANCE = 3.0
"""Crop pixels between PyTorch and onnxruntime, of pictures of noise: there the aligners, whose
weights are kept in bytes, move points by dozens of pixels. On faces the two are 0.2 pixels apart at
most and 0.04 on average."""
CENTRE = 0.5 / TRUNK_SIDE - 0.5 / SIDE
"""Crop sides between pixel centres of the trunk's picture and of the crop it was shrunk from."""


def _head_layers(b: Builder, network: LightNetwork, last: str, points: str) -> str:
    """Coefficients and pose from the trunk's two results; scalings folded into the weights."""
    flat = b.node("Concat", [b.node("Flatten", [last]), b.node("Flatten", [points])], axis=1)
    own = network.trunk.graph.shape[network.trunk.graph.outputs[0]]
    count = int(np.prod(own))

    def folded(layer: torch.nn.Linear) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        scale = network.feature_scale.double()
        w = layer.weight.detach().double() / scale
        bias = layer.bias.detach().double() - w @ network.feature_mean.double()
        # The trunk's points are pixels; training saw them as crop sides from the middle.
        bias = bias - 0.5 * w[:, -count:].sum(1)
        w[:, -count:] /= TRUNK_SIDE
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
    """Scaled rotation for row vectors (N, 3, 3), z turned toward the viewer; shift (N, 1, 3)."""

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
    )  # second x first: the z axis turned round
    columns = [b.node("Unsqueeze", [v, b.integers(2)]) for v in (first, second, third)]
    scale = b.node("Exp", [b.slice(raw, k + 6, k + 7)])
    scale = b.node("Mul", [scale, b.constant(np.array([SCALE], np.float32))])
    linear = b.node(
        "Mul",
        [b.node("Concat", columns, axis=2), b.node("Unsqueeze", [scale, b.integers(1)])],
    )
    shift = b.node("Mul", [b.slice(raw, k + 7, k + 9), b.constant(np.array([SHIFT], np.float32))])
    shift = b.node("Add", [shift, b.constant(np.array([0.5 + CENTRE], np.float32))])
    zero = b.node("Mul", [b.slice(raw, k + 6, k + 7), b.constant(np.array([0.0], np.float32))])
    shift = b.node("Concat", [shift, zero], axis=1)
    return linear, b.node("Unsqueeze", [shift, b.integers(1)])


def _aligned(b: Builder, aligner: Aligner, raw: str, k: int, names: dict[int, str]) -> str:
    """The raw numbers as `training.aligner.Aligner` corrects them."""
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
    # Crop sides from the middle of the crop's first pixel -> -1..1 between its edges.
    axes = [b.integers(v) for v in (0, 2, 2)]
    grid = b.node("Slice", [places, *axes])
    grid = b.node("Mul", [grid, b.constant(np.array([2.0], np.float32))])
    grid = b.node("Add", [grid, b.constant(np.array([1 / SIDE - 1], np.float32))])
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
    """As `training.closing.opened`."""
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


def _decode(b: Builder, coefficients: str, linear: str, shift: str, shape: Shape) -> str:
    """Position map (N, S, S, 3) from coefficients and pose."""
    half = shape.corners.shape[1] // 2
    corners, bary = shape.corners[:, :half], shape.bary[:, :half]
    used, place = np.unique(corners, return_inverse=True)
    rows = b.integers(-1, len(used), 3)
    basis = to_image(shape.basis[:, used]).reshape(len(shape.basis), -1)
    flip = b.constant(np.array([[-1], [1], [1]], np.float32))

    def part(directions: NDArray[Any], mean: NDArray[Any]) -> str:
        own = b.node("MatMul", [coefficients, b.constant(directions.astype(np.float32), "own")])
        inputs = [own, b.half(directions.T @ basis, "basis"), b.constant(mean, "mean")]
        return b.node("Reshape", [b.node("Gemm", inputs), rows])

    mean = to_image(shape.mean[used]).ravel().astype(np.float32)
    even, odd = part(shape.even, mean), part(shape.odd, np.zeros_like(mean))
    here = b.node("MatMul", [b.node("Add", [even, odd]), linear])
    # Half a mirrored face is that half of the face mirrored: x changes sign before the head turns.
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
    """Three gathers and a weighted sum: a third of the time of one gather of rows of three."""
    total = ""
    for k in range(3):
        index = b.constant(corners[..., k].ravel().astype(np.int32), "texel")
        weight = b.constant(bary[..., k].reshape(1, -1, 1).astype(np.float32), "weight")
        # Spread out when the file is loaded, so that the product needs no broadcasting.
        wide = b.node("Expand", [weight, b.integers(1, corners[..., k].size, 6)])
        part = b.node("Mul", [b.node("Gather", [rows, index], axis=1), wide])
        total = b.node("Add", [total, part]) if total else part
    return total


def light_model(network: LightNetwork, shape: Shape) -> onnx.ModelProto:
    """The light network, with its whole trunk and on the CPU, and its decoder."""
    size, identities = len(shape.corners), shape.identities
    trunk = network.trunk.weighted_graph()
    b = Builder()
    x = b.node("Transpose", ["image"], perm=[0, 3, 1, 2])
    ratio = TRUNK_SIDE / SIDE
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
            [value("image", TensorProto.FLOAT, ["n", SIDE, SIDE, 3])],
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


class _Contract(torch.nn.Module):
    """Channels last, as the contract wants them."""

    def __init__(self, network: ResFcn256) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.network(image.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def resfcn_model(network: ResFcn256, path: Path) -> onnx.ModelProto:
    """PRNet's network; `path` is written on the way."""
    torch.onnx.export(
        _Contract(network.eval()),
        (torch.zeros(1, SIDE, SIDE, 3),),
        str(path),
        input_names=["image"],
        output_names=["position_map"],
        dynamic_axes={"image": {0: "n"}, "position_map": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    return onnx.load(str(path))


def torch_positions(
    network: LightNetwork, images: NDArray[np.float32], shape: Shape
) -> NDArray[np.float32]:
    """What the light model has to give, by PyTorch.

    Parameters
    ----------
    network
    images : (N, 256, 256, 3)

    Returns
    -------
    (N, S, S, 3) float32
        Crop pixels, z toward the viewer.
    """
    with torch.no_grad():
        x = torch.from_numpy(images).permute(0, 3, 1, 2)
        x = functional.interpolate(x, size=(TRUNK_SIDE,) * 2, mode="bilinear")
        c, m, shift = (v.numpy() for v in network(x))
    c = opened(c, shape.openings)
    vertices = to_image(shape.mean) + np.tensordot(c, to_image(shape.basis), 1)
    p = vertices @ m.transpose(0, 2, 1)
    p[..., :2] += shift[:, None] + CENTRE
    p[..., 2] *= -1
    size = shape.corners.shape[0]
    flat = on_triangles(p, shape.corners.reshape(-1, 3), shape.bary.reshape(-1, 3))
    return np.asarray(SIDE * flat.reshape(-1, size, size, 3), np.float32)


def run_model(model: onnx.ModelProto, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """All outputs for (N, 256, 256, 3) pictures."""
    session = load_onnxruntime().InferenceSession(model.SerializeToString())
    return list(session.run(None, {"image": images}))


def write_model(model: onnx.ModelProto, metadata: dict[str, str], path: Path) -> None:
    """Set the metadata, check the graph, write the file or leave the old one."""
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    write_bytes(path, model.SerializeToString())


def export(config: Config) -> Path:
    """Write `prn.onnx` and its UV layout into the output folder.

    Raises
    ------
    FileNotFoundError
        A step before this one has not been done.
    ValueError
        onnxruntime disagrees with PyTorch by more than `TOLERANCE`.
    """
    head = HeadModel.load(config.work / "head_model.npz")
    network = build_network(config, len(head.basis))
    weights = config.work / "run" / "checkpoint.pt"
    state = torch.load(weights, map_location="cpu", weights_only=True)
    network.load_state_dict(state["average"])
    network.eval()
    layout = config.work / LAYOUT_FILE
    data = layout.read_bytes()
    metadata = {
        "prn.name": "PRN Face default",
        "prn.license": "CC0-1.0; started from MediaPipe's face mesh, Apache-2.0",
        "prn.uv_layout": LAYOUT_FILE,
        "prn.uv_layout_sha256": hashlib.sha256(data).hexdigest(),
        "prn.crop_scale": "1.6",
        "prn.mirror": "1",
        "prn.steps": str(state["step"]),
        "prn.seed": str(config.seed),
    }
    coarse = np.random.default_rng(config.seed).uniform(0, 1, (2, 8, 8, 3))
    images: NDArray[np.float32] = coarse.repeat(32, 1).repeat(32, 2).astype(np.float32)
    path = config.output / "prn.onnx"
    if isinstance(network, LightNetwork):
        shape = load_shape(config, head)
        model = light_model(network, shape)
        wanted = torch_positions(network, images, shape)
        scale = float(SIDE)
        metadata["prn.expression_names"] = ",".join(head.expression_names)
    else:
        model = resfcn_model(network, path.with_suffix(".part"))
        with torch.no_grad():
            x = torch.from_numpy(images).permute(0, 3, 1, 2)
            scale = RESFCN_SCALE * SIDE
            wanted = scale * network(x).permute(0, 2, 3, 1).numpy()
    metadata["prn.position_scale"] = f"{scale:g}"
    off = float(np.abs(scale * run_model(model, images)[0] - wanted).max())
    if off > TOLERANCE:
        raise ValueError(f"the exported graph is {off:.2f} pixels off PyTorch's result")
    print(f"at most {off:.4f} pixels off PyTorch's result")
    write_model(model, metadata, path)
    write_bytes(config.output / LAYOUT_FILE, data)
    return path
