"""Adds the output `expression_moments` to the exported model: how expressions bias the pose.

The add-on fits a face's pose to all its texels, and an open mouth pulls that fit into a nod. To
take the pull off again (`prn_blender.core.pose.expression_pull`) it needs, for each expression, how
the expression changes the face's mean (3 numbers) and its covariance with the canonical face (9).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from prn_blender.core.face.face import MOMENTS
from prn_blender.core.files.safe import write_bytes
from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.geometry.pose import fit_similarity
from prn_blender.core.geometry.uv_layout import UVLayout

from ..config import Config
from ..geometry import on_triangles
from ..head.head_model import HeadModel
from ..layout.texel_shape import TexelShape, load_texel_shape
from ..layout.uv_layout import LAYOUT_FILE

_WEIGHTS = "moments_of_expressions"  # the constant in the graph


def expression_moments(shape: TexelShape, layout: UVLayout) -> NDArray[np.float32]:
    """Moments of each expression at full strength.

    Parameters
    ----------
    shape
    layout
        Its canonical face gives the frame.

    Returns
    -------
    (E, 12)
        Mean displacement (3), then its covariance with the canonical face (9, row by row), over
        the texels of the mask; metres, canonical frame.
    """
    flat = shape.corners.reshape(-1, 3)[layout.texels], shape.bary.reshape(-1, 3)[layout.texels]

    def texels(vertices: NDArray[Any]) -> NDArray[np.float64]:
        """Values of vertices (V, 3) at the texels of the mask."""
        return np.asarray(on_triangles(vertices, *flat), np.float64)

    canonical = layout.canonical.reshape(-1, 3)[layout.texels].astype(np.float64)
    frame = fit_similarity(texels(shape.mean), canonical)
    away = canonical - canonical.mean(0)
    rows = []
    for basis in shape.basis[shape.identities :]:
        move = frame.scale * texels(basis) @ frame.rotation.T
        rows.append(np.concatenate([move.mean(0), (move.T @ away / len(away)).ravel()]))
    return np.array(rows, np.float32)


def add_moments(model: onnx.ModelProto, moments: NDArray[np.float32]) -> None:
    """Append the output `expression_moments` to a model that has the output `expression`.

    The model is changed in place; an output of that name is replaced.

    Parameters
    ----------
    model
    moments : (E, 12)

    Raises
    ------
    ValueError
        It has no output of E expressions.
    """
    graph = model.graph
    sizes = {o.name: o.type.tensor_type.shape.dim for o in graph.output}
    if "expression" not in sizes or sizes["expression"][-1].dim_value != len(moments):
        raise ValueError(f"the model has no output of {len(moments)} expressions")
    for field, name in (
        (graph.node, MOMENTS),
        (graph.initializer, _WEIGHTS),
        (graph.output, MOMENTS),
    ):
        for old in [v for v in field if name in (v.name, *getattr(v, "output", ()))]:
            field.remove(old)
    graph.initializer.append(numpy_helper.from_array(moments, _WEIGHTS))
    graph.node.append(helper.make_node("MatMul", ["expression", _WEIGHTS], [MOMENTS]))
    graph.output.append(helper.make_tensor_value_info(MOMENTS, TensorProto.FLOAT, ["n", 12]))


def give_moments(config: Config) -> Path:
    """Add the moments of the expressions to the exported model's file.

    Raises
    ------
    FileNotFoundError
        A step before this one has not been done.
    ValueError
        The model has no expressions, or others than the head model.
    """
    path = config.output / "position_map.onnx"
    head = HeadModel.load(config.work / "head_model.npz")
    model = onnx.load(str(path))
    names = {p.key: p.value for p in model.metadata_props}.get("prn.expression_names", "")
    if names.split(",") != list(head.expression_names):
        raise ValueError(f"{path.name} has other expressions than the head model")
    layout = load_uv_layout(config.output / LAYOUT_FILE)
    add_moments(model, expression_moments(load_texel_shape(config, head), layout))
    onnx.checker.check_model(model)
    write_bytes(path, model.SerializeToString())
    return path
