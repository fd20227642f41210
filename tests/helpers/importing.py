"""What tests of importing models share."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

METADATA = {"prn.position_scale": "281.6", "prn.uv_layout": "uv_layout.npz", "prn.license": "x"}


def sentence(caught: Any) -> str:
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    assert len(message) < 500
    return message


def made_up_uv_data(folder: Path, rows: range = range(40, 200)) -> Path:
    """UV files in PRNet's format of a face that is a bent sheet."""
    folder.mkdir(parents=True)
    v, u = (a.ravel() for a in np.meshgrid(rows, range(50, 206), indexing="ij"))
    np.savetxt(folder / "face_ind.txt", v * 256 + u)
    x, y = u - 127.5, v.astype(float) * 1.2
    np.save(folder / "canonical_vertices.npy", np.stack([x, y, 100 - x**2 / 100], axis=1))
    columns = np.linspace(60, 195, 68).round()
    points = np.stack([columns, np.linspace(60, 190, 68).round()])
    points[:, 36:42], points[:, 42:48] = [[90], [100]], [[165], [100]]
    np.savetxt(folder / "uv_kpt_ind.txt", points)
    return folder


def pictures(count: int) -> np.ndarray:
    """From smooth to noise, (count, 256, 256, 3) uint8."""
    rng = np.random.default_rng(1)
    sides = [4, 8, 16, 32, 64, 128, 256, 256][:count]
    return np.stack(
        [
            cv2.resize(
                rng.integers(0, 256, (n, n, 3), np.uint8), (256, 256), interpolation=cv2.INTER_CUBIC
            )
            for n in sides
        ]
    )


def foreign_model(
    path: Path,
    planes_first: bool = True,
    names: tuple[str, str] = ("input", "out"),
    side: int = 256,
) -> Path:
    """y = 2 x, and a second output that is no position map."""
    shape = ["n", 3, side, side] if planes_first else ["n", side, side, 3]
    nodes = [
        helper.make_node("Mul", [names[0], "two"], [names[1]]),
        helper.make_node("ReduceMean", [names[0]], ["mean"], axes=[1, 2, 3], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "foreign",
        [helper.make_tensor_value_info(names[0], TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(names[1], TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["n"]),
        ],
        [numpy_helper.from_array(np.array(2, np.float32), "two")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"prn.position_scale": "7"})
    onnx.save(model, str(path))
    return path
