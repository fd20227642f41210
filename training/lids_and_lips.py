"""The network that looks at lids and lips a second time, and where its points lie on the face.

MediaPipe's face mesh with attention (Apache-2.0) places 468 points, cuts the eyes and the mouth
out of its feature maps where these put them, and places the lids' and lips' points anew. As one
ONNX file, for `prn_blender.core.lids_and_lips`, with the places of the points in the UV layout
beside it.

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

from .config import REPOSITORY, Config
from .correspondence import Correspondence
from .geometry import on_triangles
from .head_model import HeadModel
from .layout import LAYOUT_FILE
from .npz import npz_bytes
from .onnx_graph import Builder, add_operation, halve
from .shape import load_shape
from .teacher import ENVIRONMENT, SIDE
from .tflite_graph import Graph, Op, read_tflite

NETWORK = "face_landmark_with_attention.tflite"
OPEN_JAW = 0.7
"""Of the expression that holds the lips apart when places are compared: shut lips touch."""
LIDS = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
LIPS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),
)
"""Points on the edges of lids and lips, as MediaPipe numbers them (facts).

What lies around them on the skin is found less surely; and what MediaPipe takes for a brow's edge
is no place on the face: with its brows the error on 200 frontal photos grows by 0.1 %.
"""


def _region(b: Builder, op: Op, points: str) -> tuple[str, str]:
    """A rectangle around some points, levelled by two of them, for row vectors.

    Returns
    -------
    linear : (n, 2, 2), middle : (n, 1, 2)
        From pixels of its picture, counted from its middle, to the unit of the points.
    """
    o = op.options
    flat = b.node("Slice", [points, b.integers(0), b.integers(2), b.integers(2)])

    def point(index: int) -> str:
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
    """The maps (n, c, side, side) in a region."""
    height, width = op.options["output_height"], op.options["output_width"]
    x, y = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
    pixels = np.stack([x, y], -1).reshape(1, -1, 2).astype(np.float32)
    at = b.node("Add", [b.node("MatMul", [b.constant(pixels), region[0]]), region[1]])
    at = b.node("Mul", [at, b.constant(np.array([2 / side], np.float32))])
    at = b.node("Sub", [at, b.constant(np.array([1], np.float32))])
    grid = b.node("Reshape", [at, b.integers(-1, height, width, 2)])
    return b.node("GridSample", [maps, grid], mode="bilinear", align_corners=0)


def _back(b: Builder, points: str, cut: Op, region: tuple[str, str], finer: float) -> str:
    """Points in a region's picture, whose pixels count `finer`, to points in the whole one's."""
    half = np.array([cut.options["output_width"], cut.options["output_height"]], np.float32) / 2
    there = b.node("Sub", [points, b.constant(half * finer)])
    middle = b.node("Mul", [region[1], b.constant(np.array([finer], np.float32))])
    return b.node("Add", [b.node("MatMul", [there, region[0]]), middle])


def build_graph(graph: Graph) -> onnx.ModelProto:
    """`crops` (n, 3, 192, 192), RGB 0..1, to `points` (n, 468, 2) and `presence` (n,).

    Points are crop pixels from the middle of the first one; presence is 0..1.
    """
    b = Builder()
    names: dict[int, Any] = {graph.input: "crops"}
    regions: dict[int, Op] = {}
    cuts = {op.inputs[1]: op for op in graph.ops if op.kind == "cut"}
    last: dict[int, int] = {}  # of a region's numbers times a constant: which region
    finer: dict[int, float] = {}
    subsets: list[tuple[list[int], str]] = []
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
            if op.options["points"] == len(subset):  # the irises' are fewer
                subsets.append((subset, y))
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
    # Each point once, from the look that placed it last.
    order, parts, offset = np.arange(468), [points], 468
    for subset, name in subsets:
        order[subset] = offset + np.arange(len(subset))
        parts.append(name)
        offset += len(subset)
    points = b.node("Gather", [b.node("Concat", parts, axis=1), b.integers(*order)], axis=1)
    b.node("Sub", [points, b.constant(np.array([0.5], np.float32))], "points")
    b.node("Sigmoid", [b.node("Reshape", [names[flag], b.integers(-1)])], "presence")
    value = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            b.nodes,
            "lids_and_lips",
            [value("crops", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
            [
                value("points", TensorProto.FLOAT, ["n", 468, 2]),
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
    """Texels (468, 2) of MediaPipe's points, and the face with its mouth open (S, S, 3).

    The open face is in the unit of the head model. Texels are the nearest of those on the mean
    head and on the open one: on the mean head the upper lip's edge lies on the lower one's.
    """
    from scipy.spatial import cKDTree

    head = HeadModel.load(config.work / "head_model.npz")
    shape = load_shape(config, head)
    places = Correspondence.load(config.work / "correspondence.npz")
    jaw = shape.identities + list(head.expression_names).index("jawOpen")
    size = len(shape.corners)

    def texels(vertices: NDArray[Any]) -> NDArray[Any]:
        flat = shape.corners.reshape(-1, 3), shape.bary.reshape(-1, 3)
        return np.asarray(on_triangles(vertices, *flat))

    def points(vertices: NDArray[Any]) -> NDArray[Any]:
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
    """Write the network and its points' places beside the model.

    Raises
    ------
    FileNotFoundError
        The environment that brings MediaPipe's file, or an earlier step, is missing.
    """
    files = sorted(ENVIRONMENT.glob(f"**/mediapipe/modules/face_landmark/{NETWORK}"))
    if not files:
        raise FileNotFoundError(
            f"{NETWORK} is missing in {ENVIRONMENT.relative_to(REPOSITORY)}: `python "
            "scripts/setup_env.py .venv-teacher --for teacher` brings it"
        )
    graph = read_tflite(files[0])
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
