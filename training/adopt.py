"""Takes over a network that an earlier export holds, onto the present head.

Coefficients of another run of `head` need not mean the same (principal directions have no sign,
for one), but both decode to the texels of a UV layout: the present coefficients that move the
texels as the earlier ones did follow by least squares, and only the last layers are rewritten. An
aligner is not taken over: it has to learn anew.
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

from .geometry import on_triangles, to_image
from .networks import LightNetwork
from .shape import Shape

Floats = NDArray[np.float64]
EVERY = 31
"""One texel of so many is compared."""
ALIKE = 0.02
"""Head units that the two heads may differ by, root mean square."""


@dataclass(frozen=True)
class Exported:
    """The dense layers of an exported model.

    Attributes
    ----------
    hidden, linear : (F, H), (H,) and (F, C + POSE), (C + POSE,)
        Take the trunk's features, points in pixels.
    output : (H, C + POSE), (C + POSE,)
    mean : (P, 3)
        Some of the left half's texels, image frame, head units.
    basis : (C, P, 3)
    """

    hidden: tuple[Floats, Floats]
    linear: tuple[Floats, Floats]
    output: tuple[Floats, Floats]
    mean: Floats
    basis: Floats


def read_exported(path: Path) -> Exported:
    """Read what `training.export.light_model` wrote.

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is another kind of model.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: training/README.md says where it comes from")
    graph = onnx.load(str(path)).graph
    values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    casts = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Cast"}
    stems: dict[str, list[Any]] = {}
    for node in graph.node:
        names = [casts.get(n, n) for n in node.input[1:]]
        if node.op_type in ("Gemm", "MatMul") and names[0] in values:
            layer = tuple(values[n].astype(np.float64) for n in names)
            stems.setdefault(names[0].rsplit("_", 1)[0], []).append(layer)
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
    return Exported(hidden, linear, output, at_mean, at_basis)


def coefficients_of(old: Exported, shape: Shape) -> tuple[Floats, Floats, float]:
    """Present coefficients = change @ old ones + constant.

    Returns
    -------
    change : (C, C)
    constant : (C,)
    float
        Root mean square of what the present head cannot follow, head units, in the mean and for
        coefficients of a third of their standard deviation.

    Raises
    ------
    ValueError
        The layouts have other sizes, or the heads are not alike.
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
    # A little ridge: what hardly shows on these texels (where an eye looks) stays as it was.
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


def adopt(network: LightNetwork, path: Path, shape: Shape) -> float:
    """Put the model's dense layers, rewritten for the present head, into `network`.

    Returns
    -------
    float
        How well the heads agree: see `coefficients_of`.
    """
    old = read_exported(path)
    change, constant, off = coefficients_of(old, shape)
    n = len(old.basis)

    def present(w: Floats) -> Floats:
        return np.concatenate([w[:, :n] @ change.T, w[:, n:]], 1)

    def numbers(b: Floats) -> Floats:
        return np.concatenate([change @ b[:n], b[n:]])

    network.take(network.hidden, *old.hidden)
    network.take(network.linear, present(old.linear[0]), numbers(old.linear[1]))
    bias = numbers(old.output[1])
    bias[:n] += constant
    with torch.no_grad():
        network.output.weight.copy_(torch.tensor(present(old.output[0]).T))
        network.output.bias.copy_(torch.tensor(bias))
    return off
