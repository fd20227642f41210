"""The network that finds faces, as one ONNX file for `prn_blender.core.face.blazeface`.

MediaPipe's short-range BlazeFace (Apache-2.0) looks at 128 x 128 pixels and says of 896 places
whether a face is there. What MediaPipe does before and after it in C++ is here part of the graph,
as far as it is arithmetic: bytes become -1 to 1, and what the network says about a place becomes a
place in its picture. The numbers are those of MediaPipe's face_detector_graph.cc (facts).
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from prn_blender.core.face.blazeface import SIDE
from prn_blender.core.files.safe import write_bytes
from prn_blender.core.model.bundled import DETECTOR_MODEL

from ..config import DATA, Config
from ..graphs.onnx_graph import Builder, add_operation, halve
from ..graphs.tflite_graph import Graph, read_tflite

FILE = DATA / "face_detection_short_range.tflite"
_GRIDS = ((16, 2), (8, 6))
"""Places along a side, and how many boxes each place has. Three layers of MediaPipe's four share
the coarse grid."""


def anchors() -> NDArray[np.float32]:
    """(896, 2): x and y of the places, as fractions of the picture."""
    found = []
    for side, boxes in _GRIDS:
        y, x = np.divmod(np.arange(side * side), side)
        found.append(np.repeat((np.stack([x, y], 1) + 0.5) / side, boxes, axis=0))
    return np.concatenate(found).astype(np.float32)


def build_graph(graph: Graph) -> onnx.ModelProto:
    """`windows` (n, 128, 128, 3) bytes, RGB, to `places` (n, 896, 16) and `scores` (n, 896).

    Places are fractions of the window: middle x, y, width and height of the face's box, then x, y
    of right eye, left eye, nose, mouth, right ear and left ear. Scores are 0..1.
    """
    b = Builder()
    x = b.node("Cast", ["windows"], to=TensorProto.FLOAT)
    x = b.node("Mul", [x, b.constant(np.array(1 / 127.5, np.float32))])
    x = b.node("Sub", [x, b.constant(np.array(1, np.float32))])
    names = {graph.input: b.node("Transpose", [x], perm=[0, 3, 1, 2])}
    for op in graph.ops:
        inputs = [names[i] for i in op.inputs]
        if op.kind == "reshape":
            last = b.node("Transpose", inputs, perm=[0, 2, 3, 1])
            shape = b.integers(-1, *op.options["shape"][1:])
            names[op.output] = b.node("Reshape", [last, shape])
        elif op.kind == "concat":
            names[op.output] = b.node("Concat", inputs, axis=1)
        else:
            names[op.output] = add_operation(b, graph, op, inputs, "blocked")
    offsets, scores = (names[t] for t in graph.outputs)
    # Pixels from the place, but for width and height.
    at = np.tile(anchors(), (1, 8))
    at[:, 2:4] = 0
    fractions = b.node("Mul", [offsets, b.constant(np.array(1 / SIDE, np.float32))])
    b.node("Add", [fractions, b.constant(at)], "places")
    b.node("Sigmoid", [b.node("Squeeze", [scores, b.integers(2)])], "scores")
    value = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            b.nodes,
            "face_detector",
            [value("windows", TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
            [
                value("places", TensorProto.FLOAT, ["n", 896, 16]),
                value("scores", TensorProto.FLOAT, ["n", 896]),
            ],
            b.constants,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    halve(model)
    return model


def make_face_detector(config: Config) -> None:
    """Write the network beside the model.

    Raises
    ------
    FileNotFoundError
        MediaPipe's file is missing.
    """
    if not FILE.is_file():
        raise FileNotFoundError(
            f"training/data/{FILE.name} is missing: `python scripts/setup_env.py .venv-training "
            "--for training` brings it"
        )
    write_bytes(config.output / DETECTOR_MODEL, build_graph(read_tflite(FILE)).SerializeToString())
