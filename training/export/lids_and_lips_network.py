"""Writes the network that refines lids and lips, and the places of its points in the UV layout.

The network is MediaPipe's face mesh with attention (Apache-2.0). It places 468 points, crops the
eyes and the mouth out of its feature maps around them, and places the points of lids and lips anew.
Here it becomes one ONNX file for `prn_blender.core.lids_and_lips`, with the texels of its points in
a file beside it.

Source of what MediaPipe's own three operations compute: mediapipe/util/tflite/operations.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from prn_blender.core.face.lids_and_lips import MODEL, PLACES
from prn_blender.core.files.safe import write_bytes

from ..config import Config
from ..geometry import on_triangles
from ..graphs.mediapipe_networks import INPUT_SIDE, attention_mesh
from ..graphs.onnx_graph import Builder, add_operation, halve
from ..graphs.tflite_graph import Graph, Op, read_tflite
from ..head.head_model import HeadModel
from ..labels.correspondence import Correspondence
from ..layout.texel_shape import load_texel_shape
from ..layout.uv_layout import LAYOUT_FILE
from ..npz import npz_bytes

OPEN_JAW = 0.7
"""Strength of the expression that opens the mouth while texels are compared with points: shut lips
touch, so that a point of one could be taken for one of the other."""
LIDS = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
LIPS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),
)
"""Points on the edges of lids and lips, in MediaPipe's numbering.

Only these are used. Its points on the skin around them are less accurate, and its brows are no
fixed place on the face: with them the error on 200 frontal photos grows by 0.1 %.
"""


EYES = (33, 362)
"""The point of each eye, the right one first, by which its region is known: its corner on the left
in the picture."""
IRIS_POINTS = 5
"""Of each iris."""


def _region(b: Builder, op: Op, points: str) -> tuple[str, str]:
    """Append the rectangle around some points, turned so that two of them lie level.

    Parameters
    ----------
    b
    op
        Of kind `region`.
    points
        Name of the points (n, 468, 3).

    Returns
    -------
    linear : (n, 2, 2), middle : (n, 1, 2)
        Names. A pixel of the region's crop, counted from its middle as a row vector, times
        `linear`, plus `middle`, is its place in the unit of the points.
    """
    o = op.options
    flat = b.node("Slice", [points, b.integers(0), b.integers(2), b.integers(2)])

    def point(index: int) -> str:
        """One point (n, 2)."""
        return b.node("Squeeze", [b.node("Gather", [flat, b.integers(index)], axis=1), one])

    one = b.integers(1)
    along = b.node("Sub", [point(o["right_rotation_idx"]), point(o["left_rotation_idx"])])
    along = b.node("LpNormalization", [along], axis=1, p=2)
    across = b.node("Gather", [along, b.integers(1, 0)], axis=1)
    across = b.node("Mul", [across, b.constant(np.array([[-1, 1]], np.float32))])
    axes = b.node("Concat", [b.node("Unsqueeze", [v, one]) for v in (along, across)], axis=1)
    chosen = b.node("Gather", [flat, b.integers(*o["subset_idxs"])], axis=1)
    levelled = b.node("MatMul", [chosen, b.node("Transpose", [axes], perm=[0, 2, 1])])
    high = b.node("ReduceMax", [levelled], axes=[1], keepdims=1)
    low = b.node("ReduceMin", [levelled], axes=[1], keepdims=1)
    half = b.constant(np.array([0.5], np.float32))
    middle = b.node("MatMul", [b.node("Mul", [b.node("Add", [high, low]), half]), axes])
    pixel = [o["scale_x"] / o["output_width"], o["scale_y"] / o["output_height"]]
    size = b.node("Mul", [b.node("Sub", [high, low]), b.constant(np.array(pixel, np.float32))])
    return b.node("Mul", [axes, b.node("Transpose", [size], perm=[0, 2, 1])]), middle


def _cut(b: Builder, op: Op, maps: str, side: int, region: tuple[str, str]) -> str:
    """Append the crop of feature maps (n, c, side, side) to a region."""
    height, width = op.options["output_height"], op.options["output_width"]
    x, y = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
    pixels = np.stack([x, y], -1).reshape(1, -1, 2).astype(np.float32)
    at = b.node("Add", [b.node("MatMul", [b.constant(pixels), region[0]]), region[1]])
    at = b.node("Mul", [at, b.constant(np.array([2 / side], np.float32))])
    at = b.node("Sub", [at, b.constant(np.array([1], np.float32))])
    grid = b.node("Reshape", [at, b.integers(-1, height, width, 2)])
    return b.node("GridSample", [maps, grid], mode="bilinear", align_corners=0)


def _back(b: Builder, points: str, cut: Op, region: tuple[str, str], finer: float) -> str:
    """Append the way back: points found in a region's crop to points in the whole picture.

    `finer` is how many pixels of the picture one pixel of the feature maps is.
    """
    half = np.array([cut.options["output_width"], cut.options["output_height"]], np.float32) / 2
    there = b.node("Sub", [points, b.constant(half * finer)])
    middle = b.node("Mul", [region[1], b.constant(np.array([finer], np.float32))])
    return b.node("Add", [b.node("MatMul", [there, region[0]]), middle])


def build_graph(graph: Graph) -> onnx.ModelProto:
    """Write the face mesh with attention as ONNX.

    Returns
    -------
    ModelProto
        `crops` (n, 3, 192, 192), RGB, 0..1, to `points` (n, 468, 2), crop pixels with the middle of
        the first one at 0; `irises` (n, 10, 2) in the same unit, the middle and four points of the
        edge of the right iris, then those of the left one; and `presence` (n,), the probability of
        a face.
    """
    b = Builder()
    names: dict[int, Any] = {graph.input: "crops"}
    regions: dict[int, Op] = {}
    cuts = {op.inputs[1]: op for op in graph.ops if op.kind == "cut"}
    last: dict[int, int] = {}  # tensor that is a region times a constant -> the region
    finer: dict[int, float] = {}
    subsets: list[tuple[list[int], str]] = []
    irises: dict[int, str] = {}
    for op in graph.ops:
        x = names[op.inputs[0]]
        if op.kind == "region":
            regions[op.output] = op
            names[op.output] = _region(b, op, x)
        elif op.kind == "scale" and op.inputs[0] in regions:
            last[op.output] = op.inputs[0]
            finer[op.output] = float(op.weights["w"].reshape(4, 4)[0, 3])
            names[op.output] = x
        elif op.kind == "scale":
            names[op.output] = b.node("Mul", [x, b.constant(op.weights["w"])])
        elif op.kind == "cut":
            side = graph.shape[op.inputs[0]][1]
            names[op.output] = _cut(b, op, x, side, names[op.inputs[1]])
        elif op.kind == "back":
            scaled = op.inputs[1]
            region = last[scaled]
            y = _back(b, x, cuts[region], names[region], finer[scaled])
            subset = [int(v) for v in regions[region].options["subset_idxs"]]
            if op.options["points"] == len(subset):
                subsets.append((subset, y))
            else:  # an iris, which the mesh has not
                irises[regions[region].options["left_rotation_idx"]] = y
            names[op.output] = y
        elif op.kind == "reshape":
            names[op.output] = b.node("Reshape", [x, b.integers(-1, *op.options["shape"][1:])])
        elif op.kind == "same":
            names[op.output] = x
        else:
            inputs = [names[i] for i in op.inputs]
            names[op.output] = add_operation(b, graph, op, inputs, "blocked")
    shapes = {t: graph.shape[t] for t in graph.outputs if t in graph.shape}
    mesh = next(t for t, s in shapes.items() if int(np.prod(s)) == 468 * 3)
    flag = next(t for t, s in shapes.items() if int(np.prod(s)) == 1)
    points = b.node("Reshape", [names[mesh], b.integers(-1, 468, 3)])
    points = b.node("Slice", [points, b.integers(0), b.integers(2), b.integers(2)])
    # Each point once: as attention placed it, else as the mesh did.
    order, parts, offset = np.arange(468), [points], 468
    for subset, name in subsets:
        order[subset] = offset + np.arange(len(subset))
        parts.append(name)
        offset += len(subset)
    points = b.node("Gather", [b.node("Concat", parts, axis=1), b.integers(*order)], axis=1)
    b.node("Sub", [points, b.constant(np.array([0.5], np.float32))], "points")
    both = b.node("Concat", [irises[corner] for corner in EYES], axis=1)
    b.node("Sub", [both, b.constant(np.array([0.5], np.float32))], "irises")
    b.node("Sigmoid", [b.node("Reshape", [names[flag], b.integers(-1)])], "presence")
    value = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            b.nodes,
            "lids_and_lips",
            [value("crops", TensorProto.FLOAT, ["n", 3, INPUT_SIDE, INPUT_SIDE])],
            [
                value("points", TensorProto.FLOAT, ["n", 468, 2]),
                value("irises", TensorProto.FLOAT, ["n", 2 * IRIS_POINTS, 2]),
                value("presence", TensorProto.FLOAT, ["n"]),
            ],
            b.constants,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    halve(model)
    return model


def find_places(config: Config) -> tuple[NDArray[np.int32], NDArray[np.float16]]:
    """Find the texels of MediaPipe's points.

    The texel of a point is the one nearest to it on the mean head and on the head with its mouth
    open together: on the mean head alone, the upper lip's edge lies on that of the lower lip.

    Returns
    -------
    texels : (468, 2) int32
        Row, column.
    opened : (S, S, 3) float16
        Positions of all texels with the mouth open, head frame, head units.
    """
    from scipy.spatial import cKDTree

    head = HeadModel.load(config.work / "head_model.npz")
    shape = load_texel_shape(config, head)
    places = Correspondence.load(config.work / "correspondence.npz")
    jaw = shape.identities + list(head.expression_names).index("jawOpen")
    size = len(shape.corners)

    def texels(vertices: NDArray[Any]) -> NDArray[Any]:
        """Positions (S * S, 3) of all texels."""
        flat = shape.corners.reshape(-1, 3), shape.bary.reshape(-1, 3)
        return np.asarray(on_triangles(vertices, *flat))

    def points(vertices: NDArray[Any]) -> NDArray[Any]:
        """Positions (468, 3) of MediaPipe's points."""
        return np.asarray(on_triangles(vertices, places.corners, places.bary))

    opened = texels(shape.mean + OPEN_JAW * shape.basis[jaw])
    both = np.concatenate([texels(shape.mean), opened], 1)
    wanted = np.concatenate(
        [
            points(head.mean),
            points(head.mean + OPEN_JAW * head.expression[jaw - shape.identities]),
        ],
        1,
    )
    with np.load(config.output / LAYOUT_FILE) as z:
        inside = np.flatnonzero(z["mask"])
    nearest = inside[cKDTree(both[inside]).query(wanted)[1]]
    return (
        np.stack(np.divmod(nearest, size), 1).astype(np.int32),
        opened.reshape(size, size, 3).astype(np.float16),
    )


def make_lids_and_lips(config: Config) -> None:
    """Write the network and the texels of its points beside the exported model.

    Raises
    ------
    FileNotFoundError
        The environment that brings MediaPipe's file, or an earlier step, is missing.
    """
    graph = read_tflite(attention_mesh())
    write_bytes(config.output / MODEL, build_graph(graph).SerializeToString())
    texels, opened = find_places(config)
    layout = (config.output / LAYOUT_FILE).read_bytes()
    places = {
        "layout_sha256": np.array(hashlib.sha256(layout).hexdigest()),
        "texels": texels,
        "edges": np.array([*LIDS, *LIPS], np.int32),
        "opened": opened,
    }
    write_bytes(config.output / PLACES, npz_bytes(places))
