"""Writes the identity branch into the exported model, as its output `identity`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from ..graphs.onnx_graph import Builder, add_operation, halved
from ..identity.features import append_linear, remove_output
from ..identity.readout import Readout
from ..network.identity_branch import IdentityBranch, Inputs
from ..network.warm_start import IDENTITY


def load_branch(path: Path, weights: Path, readout: Readout) -> IdentityBranch:
    """A trained branch of the model `path`; `weights` is what training wrote."""
    branch = IdentityBranch(path, readout)
    branch.load_state_dict(torch.load(weights, weights_only=True))
    return branch.eval()


def append_branch(model: onnx.ModelProto, branch: IdentityBranch) -> None:
    """Put a branch in the place of the output `identity`, in place.

    Large weights are stored as halves, those of the reading as bytes.
    """
    graph = model.graph
    if any(v.name == IDENTITY for v in graph.output):
        remove_output(graph, IDENTITY)
    inputs = Inputs.of(graph)
    b = Builder(f"{IDENTITY}_")
    structure = branch.trunk.weighted_graph(branch.operations)
    names = {branch.first: inputs.maps}
    for i in branch.operations:
        op = structure.ops[i]
        taken = [names[t] for t in op.inputs]
        names[op.output] = add_operation(b, structure, op, taken, "blocked")
    seen = []
    for reduce, tensor in zip(branch.reduce, branch.sampled, strict=True):
        assert isinstance(reduce, torch.nn.Conv2d) and reduce.bias is not None
        small = b.conv(names[tensor], _array(reduce.weight), _array(reduce.bias))
        sampled = b.node("GridSample", [small, inputs.grid], mode="bilinear", align_corners=0)
        seen.append(sampled)
    flat = b.node("Flatten", [b.node("Concat", seen, axis=1)])
    norm = [b.constant(_array(v), "n") for v in (branch.norm.weight, branch.norm.bias)]
    flat = b.node("LayerNormalization", [flat, *norm], axis=-1, epsilon=branch.norm.eps)
    features = b.node("Concat", [flat, inputs.answer], axis=1)
    graph.node.extend([*halved(b.constants), *b.nodes])
    graph.initializer.extend(b.constants)
    weight, bias = _array(branch.linear.weight).T, _array(branch.linear.bias)
    append_linear(model, weight, bias, IDENTITY, features)


def _array(value: torch.Tensor) -> NDArray[np.float32]:
    return np.asarray(value.detach().float().numpy())
