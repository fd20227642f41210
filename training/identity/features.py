"""The features that an exported light network has just before its first aligner's layers.

They are what the feature maps show at 136 points of the head, normalised, and the first answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from prn_blender.core.native import load_onnxruntime

_BATCH = 8


def feature_tensor(graph: onnx.GraphProto) -> tuple[str, int]:
    """Find the input of the first aligner's hidden layer: its name, and how many features it has.

    Raises
    ------
    ValueError
        The graph has no aligner.
    """
    sizes = {w.name: w.dims for w in graph.initializer}
    made = {node.output[0]: node for node in graph.node}
    for node in graph.node:
        if node.op_type != "Gemm":
            continue
        weights = node.input[1]
        # Weights stored as bytes or halves are cast (and scaled) before they are used.
        while weights in made and made[weights].op_type in ("Cast", "Mul"):
            weights = made[weights].input[0]
        if weights.startswith("aligner"):
            return node.input[0], int(sizes[weights][0])
    raise ValueError("the model has no aligner to read identity from")


class FrozenFeatures:
    """Runs an exported model up to its features.

    Parameters
    ----------
    path
    threads
        CPU threads.

    Raises
    ------
    ValueError
        The model has no aligner.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        model = onnx.load(str(path))
        self.name, self.size = feature_tensor(model.graph)
        model.graph.output.append(
            helper.make_tensor_value_info(self.name, TensorProto.FLOAT, ["n", self.size])
        )
        ort = load_onnxruntime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(model.SerializeToString(), options)

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features (N, F) of pictures (N, 256, 256, 3), RGB."""
        parts = []
        for start in range(0, len(images), _BATCH):
            x = images[start : start + _BATCH].astype(np.float32) / 255
            parts.append(self._session.run([self.name], {"image": x})[0])
        return np.concatenate(parts)


def append_linear(
    model: onnx.ModelProto,
    weight: NDArray[Any],
    bias: NDArray[Any],
    output: str,
    features: str | None = None,
) -> None:
    """Append an output (N, K) = features @ weight + bias to a model, in place.

    The weights are stored in bytes, with a scale for each column; `remove_output` first, where the
    model has an output of that name.

    Parameters
    ----------
    model
    weight : (F, K)
    bias : (K,)
    output
    features
        Name of the tensor (N, F); by default what the first aligner takes.
    """
    graph = model.graph
    name, size = feature_tensor(graph)
    if weight.shape[0] != size:
        raise ValueError(f"the model has {size} features, the weights are for {weight.shape[0]}")
    name = features or name
    scale = np.maximum(np.abs(weight).max(0), 1e-12) / 127
    stem = f"{output}_readout"
    for value, key in (
        (np.round(weight / scale).astype(np.int8), "weight"),
        (scale.astype(np.float32)[None], "scale"),
        (bias.astype(np.float32), "bias"),
    ):
        graph.initializer.append(numpy_helper.from_array(value, f"{stem}_{key}"))
    graph.node.extend(
        [
            helper.make_node("Cast", [f"{stem}_weight"], [f"{stem}_whole"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{stem}_whole", f"{stem}_scale"], [f"{stem}_matrix"]),
            helper.make_node("Gemm", [name, f"{stem}_matrix", f"{stem}_bias"], [output]),
        ]
    )
    graph.output.append(
        helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", weight.shape[1]])
    )


def remove_output(graph: onnx.GraphProto, output: str) -> None:
    """Remove an output with all nodes and constants that nothing else needs."""
    for old in [v for v in graph.output if v.name == output]:
        graph.output.remove(old)
    needed = {v.name for v in graph.output}
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
    for node in [n for n in graph.node if not needed.intersection(n.output)]:
        graph.node.remove(node)
    for constant in [w for w in graph.initializer if w.name not in needed]:
        graph.initializer.remove(constant)
