"""The identity branch: layers of its own on what the trunk sees.

The trunk was trained to say where a face lies, and what its coarser maps keep is chosen for that.
The branch is a copy of the layers that make the maps of 24 and 12 pixels from that of 48; it starts
as what the first aligner sees, so the linear reading of identity fits it, and goes on from there.
What the position map is made from stays as it is, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn
from torch.nn import functional

from prn_blender.core.native import load_onnxruntime

from ..graphs.mediapipe_networks import landmark_graph
from ..graphs.onnx_graph import read_trunk
from ..identity.features import feature_tensor
from ..identity.readout import Readout
from .aligner import ALIGN_SIDES
from .trunk import ConvTrunk
from .warm_start import ExportedAligner, read_exported

SIDE = 48
"""Pixels of the map that the branch starts from."""


@dataclass(frozen=True)
class Inputs:
    """Names of an exported model's tensors that the branch takes.

    Attributes
    ----------
    maps : str
        (N, C, 48, 48), the trunk's.
    grid : str
        (N, P, 1, 2): where the first answer puts the aligner's points, as `GridSample` counts.
    answer : str
        (N, K): the first answer itself.
    """

    maps: str
    grid: str
    answer: str

    @classmethod
    def of(cls, graph: onnx.GraphProto) -> Inputs:
        """Find them in a graph.

        Raises
        ------
        ValueError
            The graph has no aligner.
        """
        made = {node.output[0]: node for node in graph.node}
        normed, answer = made[feature_tensor(graph)[0]].input
        seen = made[made[made[normed].input[0]].input[0]]  # LayerNormalization, Flatten, Concat
        sample = made[seen.input[0]]
        # From the map of 24 pixels back to where it was made smaller.
        node = made[made[sample.input[0]].input[0]]
        while node.op_type != "MaxPool":
            node = made[node.input[0]]
        return cls(node.input[0], sample.input[1], answer)


class SeenByTrunk:
    """Runs an exported model up to what the branch takes.

    Parameters
    ----------
    path
    threads
        CPU threads.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        model = onnx.load(str(path))
        inputs = Inputs.of(model.graph)
        self._names = [inputs.maps, inputs.grid, inputs.answer]
        for name in self._names:
            model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
        ort = load_onnxruntime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(model.SerializeToString(), options)

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Maps (N, C, 48, 48), grid (N, P, 2), first answer (N, K) of (N, 256, 256, 3) uint8."""
        maps, grid, answer = self._session.run(
            self._names, {"image": images.astype(np.float32) / 255}
        )
        return maps, grid.reshape(len(grid), -1, 2), answer


class IdentityBranch(nn.Module):
    """Tells the weights of the population's modes.

    Parameters
    ----------
    path
        The exported model: trunk and first aligner start the branch.
    readout
        The linear reading of the aligner's features, which it starts with, too.
    dropout
        Share of the features that is left out at each step of training.
    """

    def __init__(self, path: Path, readout: Readout, dropout: float = 0.0) -> None:
        super().__init__()
        trunk = ConvTrunk(read_trunk(path, landmark_graph()))
        self._first = trunk.map_of(SIDE)
        self._maps = [trunk.map_of(side) for side in ALIGN_SIDES[0]]
        order = [op.output for op in trunk.graph.ops]
        self._ops = range(order.index(self._first) + 1, order.index(self._maps[-1]) + 1)
        own = {f"{n}{i}" for i in self._ops for n in trunk.graph.ops[i].weights}
        for name in [name for name in trunk.values if name not in own]:
            del trunk.values[name]
        self.trunk, self._dropout = trunk, dropout
        aligner = read_exported(path).aligners[0]
        self.reduce, self.norm = _layers(aligner)
        self.linear = nn.Linear(*readout.matrix.shape)
        with torch.no_grad():
            self.linear.weight.copy_(torch.from_numpy(readout.matrix.T.copy()))
            self.linear.bias.copy_(torch.from_numpy(readout.bias))

    @property
    def operations(self) -> range:
        """Which of the trunk's operations it has a copy of."""
        return self._ops

    @property
    def sampled(self) -> list[int]:
        """Numbers of the tensors that are sampled, in the order of `reduce`."""
        return self._maps

    @property
    def first(self) -> int:
        """Number of the tensor that it takes."""
        return self._first

    def forward(self, maps: Tensor, grid: Tensor, answer: Tensor) -> Tensor:
        """Weights (N, K) of modes from what `SeenByTrunk` gives."""
        tensors, trunk = {self._first: maps}, self.trunk
        for i in self._ops:
            op = trunk.graph.ops[i]
            tensors[op.output] = trunk.run(op, i, [tensors[t] for t in op.inputs])
        seen = [
            functional.grid_sample(reduce(tensors[k]), grid[:, :, None], align_corners=False)
            for reduce, k in zip(self.reduce, self._maps, strict=True)
        ]
        features = torch.cat([self.norm(torch.cat(seen, 1).flatten(1)), answer], 1)
        dropped = functional.dropout(features, self._dropout, self.training)
        return torch.as_tensor(self.linear(dropped))


def _layers(aligner: ExportedAligner) -> tuple[nn.ModuleList, nn.LayerNorm]:
    """An aligner's reductions of maps, and its normalisation."""

    def filled(layer: nn.Module, weight: np.ndarray, bias: np.ndarray) -> nn.Module:
        values = {"weight": torch.tensor(weight).float(), "bias": torch.tensor(bias).float()}
        layer.load_state_dict(values)
        return layer

    reduce = [filled(nn.Conv2d(w.shape[1], w.shape[0], 1), w, b) for w, b in aligner.reduce]
    norm = nn.LayerNorm(len(aligner.norm[0]))
    filled(norm, *aligner.norm)
    return nn.ModuleList(reduce), norm
