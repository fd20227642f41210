"""Wrap any ONNX file whose output is a position map, so that it follows the contract."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import ModelError, OptionError, Sentence
from ...files.safe import plain, read_bounded, shown
from ..network import MAX_FILE_BYTES
from . import library
from .resfcn import RESOLUTION

# Numbers of a wrapping that are larger make no sense.
_LARGEST = 1e6
# Characters of a list of inputs or outputs that a message shows.
_LISTED = 200


@dataclass(frozen=True)
class Wrapping:
    """What the numbers of a foreign network mean.

    Attributes
    ----------
    scale, offset : float
        Crop pixels = scale * output + offset.
    mean, std : tuple of 3 float
        The network takes (colour - mean) / std with colours 0..1. A `std` of 1/255 gives colours
        0..255.
    bgr : bool
        The network takes blue first.
    output : str
        Name of the output that is the position map. It may be empty if only one output can be it.
    """

    scale: float
    offset: float = 0.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    bgr: bool = False
    output: str = ""


def wrap(path: str | os.PathLike[str], wrapping: Wrapping, metadata: Mapping[str, str]) -> bytes:
    """Add nodes to a network so that it follows the contract.

    Parameters
    ----------
    path : path-like
        An .onnx file with one picture as its input, (N, 3, 256, 256) or (N, 256, 256, 3), and a
        position map of one of these shapes among its outputs.
    wrapping : Wrapping
    metadata : mapping of str to str
        The `prn.*` properties of the result. Those of the file are dropped.

    Returns
    -------
    bytes
        The content of an .onnx file.

    Raises
    ------
    ModelError
        The file is damaged or of another kind.
    OptionError
        `wrapping` makes no sense.
    MissingDependencyError
        The package onnx is absent.
    """
    numbers = np.array([wrapping.scale, wrapping.offset, *wrapping.mean, *wrapping.std])
    if not (np.abs(numbers) < _LARGEST).all() or wrapping.scale <= 0 or min(wrapping.std) <= 0:
        raise OptionError("Scale and std have to be numbers above 0, offset and mean any numbers.")
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError)
    onnx = library("onnx", "onnx", Sentence("changes ONNX files"))
    try:
        model = onnx.load_model_from_string(data)
        graph = model.graph
        known = {tensor.name for tensor in graph.initializer}
        inputs = [i for i in graph.input if i.name not in known]
    except Exception as e:
        raise ModelError("{path} is not an ONNX model, or is damaged.", path=shown(path)) from e
    if any(t.external_data for t in graph.initializer):
        raise ModelError(
            "{path} keeps its weights in other files; save it as one file first.", path=shown(path)
        )
    if len(inputs) != 1 or _planes_first(inputs[0]) is None:
        found = _listed(inputs)
        raise ModelError(
            "{path} takes {found}; expected one picture, (N, 3, {resolution}, "
            "{resolution}) or (N, {resolution}, {resolution}, 3).",
            path=shown(path),
            found=found or Sentence("nothing"),
            resolution=RESOLUTION,
        )
    output = _position_output(list(graph.output), wrapping.output, shown(path))
    try:
        return _rebuilt(onnx, model, inputs[0], output, wrapping, metadata)
    except (ValueError, TypeError) as e:  # texts that are not valid Unicode, for example
        raise ModelError("{path} is not an ONNX model, or is damaged.", path=shown(path)) from e


def _rebuilt(
    onnx: Any,
    model: Any,
    picture: Any,
    output: Any,
    wrapping: Wrapping,
    metadata: Mapping[str, str],
) -> bytes:
    """The file of a model with nodes before its input `picture` and after its output.

    The new input is called `image`, the new output `position_map`. `position_scale` in the
    metadata is the wrapping's scale, so only the offset is left to the graph.
    """
    helper, graph = onnx.helper, model.graph
    taken = {name for node in graph.node for name in (*node.input, *node.output)}
    before: list[Any] = []
    after: list[Any] = []

    def add(nodes: list[Any], kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"prn_{kind}_{len(before)}_{len(after)}"
        nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(name: str, values: Any) -> str:
        graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(values), f"prn_{name}"))
        return f"prn_{name}"

    if {"image", "position_map"} & taken:
        _rename(graph, "inner_")
    x = "image"
    if wrapping.bgr:
        x = add(before, "Gather", x, constant("bgr", np.array([2, 1, 0], np.int64)), axis=3)
    if any(wrapping.mean):
        x = add(before, "Sub", x, constant("mean", np.array(wrapping.mean, np.float32)))
    if any(s != 1 for s in wrapping.std):
        x = add(before, "Div", x, constant("std", np.array(wrapping.std, np.float32)))
    before.append(
        helper.make_node("Transpose", [x], [picture.name], perm=[0, 3, 1, 2])
        if _planes_first(picture)
        else helper.make_node("Identity", [x], [picture.name])
    )
    y = output.name
    if _planes_first(output):
        y = add(after, "Transpose", y, perm=[0, 2, 3, 1])
    offset = np.array(wrapping.offset / wrapping.scale, np.float32)
    after.append(helper.make_node("Add", [y, constant("offset", offset)], ["position_map"]))

    def value(name: str, count: Any) -> Any:
        shape = [count, RESOLUTION, RESOLUTION, 3]
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)

    nodes = [*before, *graph.node, *after]
    count = _shape(picture)[0]
    count = count if isinstance(count, int) and count > 0 else "n"
    for field, items in (
        ("node", nodes), ("input", [value("image", count)]),
        ("output", [value("position_map", count)]), ("value_info", []),
    ):  # fmt: skip
        kept = list(items)
        del getattr(graph, field)[:]
        getattr(graph, field).extend(kept)
    del model.metadata_props[:]
    helper.set_model_props(model, dict(metadata))
    return bytes(model.SerializeToString())


def _rename(graph: Any, prefix: str) -> None:
    """Give every name of the graph a prefix, so that our own names are free."""
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [prefix + name if name else "" for name in names]
    for item in (*graph.initializer, *graph.input, *graph.output):
        item.name = prefix + item.name


def _position_output(outputs: list[Any], wanted: str, name: str) -> Any:
    """The one output that can be a position map, and is called `wanted` if that is not empty."""
    fitting = [o for o in outputs if _planes_first(o) is not None]
    if wanted:
        fitting = [o for o in fitting if o.name == wanted]
    if len(fitting) == 1:
        return fitting[0]
    listed = _listed(outputs)
    hint = (
        Sentence("name the one that is the position map")
        if fitting
        else Sentence("none of these can be one")
    )
    raise ModelError(
        "{name} has the outputs {listed}: {hint}.", name=name, listed=listed, hint=hint
    )


def _listed(values: list[Any]) -> str:
    """Inputs or outputs with their shapes, for a message: in one line, and not all of a hundred."""
    return plain(", ".join(f"{v.name} {_shape(v)}" for v in values))[:_LISTED]


def _shape(value: Any) -> list[int | str]:
    """The shape of an input or output; names or "?" stand for free dimensions."""
    return [d.dim_value or d.dim_param or "?" for d in value.type.tensor_type.shape.dim]


def _planes_first(value: Any) -> bool | None:
    """True if an input or output is (N, 3, S, S), False if (N, S, S, 3), None if neither."""
    shape = _shape(value)
    if shape[1:] == [3, RESOLUTION, RESOLUTION]:
        return True
    return False if shape[1:] == [RESOLUTION, RESOLUTION, 3] else None
