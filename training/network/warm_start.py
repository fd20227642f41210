"""Warm start: takes the weights of an earlier, exported model, converted to the present head.

The head model is made anew by each run of the step `head`, and its coefficients need not mean the
same (principal components have no sign, for example). But both heads decode to the texels of one
UV layout. So least squares finds the present coefficients that move the texels as the earlier ones
did, and only the layers that give or take coefficients are rewritten. Aligners of the same sizes
come along; parts that the earlier model lacks are learnt anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from ..geometry import on_triangles, to_image
from ..layout.texel_shape import TexelShape
from .aligner import Aligner
from .light import LightNetwork
from .pose_encoding import POSE

Floats = NDArray[np.float64]
EVERY = 31
"""Every so many texels, one is compared."""
IDENTITY = "identity"
"""What the names of tensors that only the output `identity` needs begin with."""
ALIKE = 0.004
"""Head units by which the two heads may differ, root mean square."""


Layer = tuple[Floats, Floats]
"""Weights (inputs, outputs) and biases (outputs,)."""


@dataclass(frozen=True)
class ExportedAligner:
    """Weights and biases of an exported aligner's layers.

    Of N coefficients; it samples K channels of each of M maps at P points.

    Attributes
    ----------
    reduce : list of (K, C, 1, 1), (K,)
        Convolution of each map of C channels.
    norm : (M K P,), (M K P,)
        Layer normalisation of what was sampled.
    hidden : (M K P + N + POSE, H), (H,)
        Takes what was sampled, then the prediction.
    output : (H, N + POSE), (N + POSE,)
    """

    reduce: list[Layer]
    norm: Layer
    hidden: Layer
    output: Layer


@dataclass(frozen=True)
class Exported:
    """Weights and biases of an exported light network, and the texels it decodes to.

    Of N coefficients.

    Attributes
    ----------
    hidden, linear : (F, H), (H,) and (F, N + POSE), (N + POSE,)
        Take the trunk's features, points in pixels.
    output : (H, N + POSE), (N + POSE,)
        Takes the hidden layer.
    mean : (P, 3)
        Every `EVERY`-th texel of the map's left half, image frame, head units.
    basis : (N, P, 3)
        What each coefficient adds to them.
    aligners : list of ExportedAligner
    """

    hidden: Layer
    linear: Layer
    output: Layer
    mean: Floats
    basis: Floats
    aligners: list[ExportedAligner]


def read_exported(path: Path) -> Exported:
    """Read what `training.export.light_onnx.light_model` wrote, by the names of its constants.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It is another kind of model.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: training/README.md says where it comes from")
    graph = onnx.load(str(path)).graph
    values = _constants(graph)
    stems: dict[str, list[Any]] = {}
    for node in graph.node:
        if node.op_type in ("Gemm", "MatMul") and node.input[1] in values:
            layer = tuple(values[n].astype(np.float64) for n in node.input[1:])
            stems.setdefault(_stem(graph, node.input[1]), []).append(layer)
    for name, value in values.items():
        stem = name.rsplit("_", 1)[0]
        if stem in ("texel", "weight"):
            stems.setdefault(stem, []).append(value)
    wanted = {"hidden": 1, "linear": 1, "output": 1, "own": 2, "basis": 2, "texel": 3, "weight": 3}
    if {k: len(stems.get(k, ())) for k in wanted} != wanted:
        raise ValueError(f"{path.name} is no model that this program exported")
    (even, mean), (odd, _) = stems["basis"]
    rows = stems["own"][0][0] @ even + stems["own"][1][0] @ odd
    corners = np.stack(stems["texel"], 1)[::EVERY]
    bary = np.stack([w.ravel() for w in stems["weight"]], 1)[::EVERY]
    at_mean, at_basis = (
        on_triangles(v.reshape(*v.shape[:-1], -1, 3), corners, bary) for v in (mean, rows)
    )
    (hidden,), (linear,), (output,) = (stems[k] for k in ("hidden", "linear", "output"))
    dense = stems.get("aligner", [])
    aligners = _read_aligners(graph, values, list(zip(dense[::2], dense[1::2], strict=True)))
    return Exported(hidden, linear, output, at_mean, at_basis, aligners)


def _constants(graph: onnx.GraphProto) -> dict[str, NDArray[Any]]:
    """Values of all constants by name: initializers, and what casts and scales make of them."""
    values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    for node in graph.node:
        if node.op_type in ("Cast", "Mul") and all(n in values for n in node.input):
            whole = [values[n].astype(np.float64) for n in node.input]
            values[node.output[0]] = whole[0] * whole[1] if len(whole) == 2 else whole[0]
    return values


def _stem(graph: onnx.GraphProto, name: str) -> str:
    """Stem of the name under which `Builder` stored the constant that `name` is computed from."""
    made = {node.output[0]: node.input[0] for node in graph.node if node.op_type in ("Cast", "Mul")}
    while name in made:
        name = made[name]
    return name.rsplit("_", 1)[0]


def _read_aligners(
    graph: onnx.GraphProto, values: dict[str, NDArray[Any]], dense: list[tuple[Layer, Layer]]
) -> list[ExportedAligner]:
    """Read the aligners, in their order; `dense` are their hidden and output layers."""
    by_output = {node.output[0]: node for node in graph.node}
    # The branch that tells identity is made in the same way.
    nodes = [node for node in graph.node if not node.output[0].startswith(IDENTITY)]
    joins = [
        [by_output[n] for n in node.input]
        for node in nodes
        if node.op_type == "Concat" and by_output.get(node.input[0], node).op_type == "GridSample"
    ]
    norms = [node for node in nodes if node.op_type == "LayerNormalization"]
    found = []
    for samples, norm, (hidden, output) in zip(joins, norms, dense, strict=True):
        convolutions = [by_output[sample.input[0]] for sample in samples]
        reduce = [(values[c.input[1]], values[c.input[2]]) for c in convolutions]
        found.append(
            ExportedAligner(reduce, (values[norm.input[1]], values[norm.input[2]]), hidden, output)
        )
    return found


def convert_coefficients(old: Exported, shape: TexelShape) -> tuple[Floats, Floats, float]:
    """Find how coefficients convert: present ones = change @ old ones + constant.

    Parameters
    ----------
    old
    shape
        Of the present head.

    Returns
    -------
    change : (N, N)
    constant : (N,)
    float
        What the present head cannot follow, root mean square, head units: in the mean, and for
        identity coefficients of a third of their standard deviation.

    Raises
    ------
    ValueError
        The layouts have different sizes, or the heads are not alike.
    """
    half = shape.corners.shape[1] // 2
    corners = shape.corners[:, :half].reshape(-1, 3)[::EVERY]
    bary = shape.bary[:, :half].reshape(-1, 3)[::EVERY]
    if len(corners) != len(old.mean) or len(shape.basis) != len(old.basis):
        raise ValueError("network.trunk: the model has another layout or another head")
    mean, basis = (
        on_triangles(to_image(v).astype(np.float64), corners, bary)
        for v in (shape.mean, shape.basis)
    )
    flat = basis.reshape(len(basis), -1)
    # A small ridge: coefficients that hardly move these texels (where an eye looks) stay as they
    # were.
    gram = flat @ flat.T
    gram += 1e-6 * np.trace(gram) / len(gram) * np.eye(len(gram))
    moved = (old.basis - basis).reshape(len(basis), -1)
    change = np.eye(len(gram)) + np.linalg.solve(gram, flat @ moved.T)
    constant = np.linalg.solve(gram, flat @ (old.mean - mean).ravel())
    off = (old.mean - mean) - np.tensordot(constant, basis, 1)
    left = np.tensordot(change.T, basis, 1)[: shape.identities] - old.basis[: shape.identities]
    worst = float(
        max(
            np.sqrt((off**2).sum(-1).mean()),
            np.sqrt((left**2).sum(-1).sum(0).mean()) / 3,
        )
    )
    if worst > ALIKE:
        raise ValueError(f"network.trunk: the model's head is another one ({worst:.3f} off)")
    return change, constant, worst


def warm_start(network: LightNetwork, path: Path, shape: TexelShape) -> float:
    """Copy an exported model's dense layers, converted to the present head, into a network.

    Parameters
    ----------
    network
        Changed in place, but for its trunk, which `training.graphs.onnx_graph.read_trunk` reads.
    path
        The exported model.
    shape
        Of the present head.

    Returns
    -------
    float
        How far the heads differ: see `convert_coefficients`.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The heads or the layers do not fit.
    """
    old = read_exported(path)
    change, constant, off = convert_coefficients(old, shape)
    n = len(old.basis)

    def present(w: Floats) -> Floats:
        """Weights (inputs, N + POSE) that give present coefficients."""
        return np.concatenate([w[:, :n] @ change.T, w[:, n:]], 1)

    def numbers(b: Floats) -> Floats:
        """Biases (N + POSE,), likewise, without the constant."""
        return np.concatenate([change @ b[:n], b[n:]])

    network.load_layer(network.hidden, *old.hidden)
    network.load_layer(network.linear, present(old.linear[0]), numbers(old.linear[1]))
    bias = numbers(old.output[1])
    bias[:n] += constant
    with torch.no_grad():
        network.output.weight.copy_(torch.tensor(present(old.output[0]).T))
        network.output.bias.copy_(torch.tensor(bias))
    back = np.linalg.inv(change)
    for aligner, known in zip(network.aligners, old.aligners, strict=False):
        assert isinstance(aligner, Aligner)
        # It takes a prediction in present coefficients and gives differences of present ones: the
        # constant cancels in what it gives.
        weight, bias = (np.array(v) for v in known.hidden)
        first = len(weight) - (n + POSE)
        old_part = weight[first : first + n]
        weight[first : first + n] = back.T @ old_part
        bias -= (back @ constant) @ old_part
        _take_aligner(
            aligner, known, weight, bias, present(known.output[0]), numbers(known.output[1])
        )
    return off


def _take_aligner(
    aligner: Aligner,
    known: ExportedAligner,
    hidden: Floats,
    hidden_bias: Floats,
    output: Floats,
    output_bias: Floats,
) -> None:
    """Copy an aligner's weights, those of its dense layers converted."""
    values = [(aligner.norm, *known.norm)]
    values += [(r, w, b) for r, (w, b) in zip(aligner.reduce, known.reduce, strict=True)]
    values += [(aligner.hidden, hidden.T, hidden_bias), (aligner.output, output.T, output_bias)]
    for layer, weight, bias in values:
        if tuple(layer.weight.shape) != np.shape(weight):
            raise ValueError(
                f"network.trunk: its aligner has a layer of {np.shape(weight)}, expected "
                f"{tuple(layer.weight.shape)}"
            )
        layer.load_state_dict(
            {"weight": torch.tensor(np.array(weight)), "bias": torch.tensor(np.array(bias))}
        )
