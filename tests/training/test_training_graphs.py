"""Rasterising, and networks written as ONNX nodes."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np
import pytest
from training_parts import (
    WHY,
)

from prn_blender.core.native import load_onnxruntime


def test_the_z_buffer_shows_the_nearer_of_two_triangles() -> None:
    pytest.importorskip("numba", reason=WHY)
    from training.raster import zbuffer

    points = np.array([[0, 0, 5], [9, 0, 5], [0, 9, 5], [0, 0, 1], [4, 0, 1], [0, 4, 1]], float)
    depth, index, bary = zbuffer(points, np.array([[0, 1, 2], [3, 4, 5]]), (10, 10))
    assert index[1, 1] == 1
    assert index[4, 4] == 0
    assert index[9, 9] == -1
    assert np.isinf(depth[9, 9])
    assert np.allclose(bary[index >= 0].sum(1), 1, atol=1e-4)
    assert np.allclose(bary[4, 4] @ points[:3, :2], [4, 4], atol=1e-4)


def test_the_onnx_builder_s_prelu_is_a_prelu() -> None:
    pytest.importorskip("tflite", reason=WHY)
    from onnx import TensorProto, helper

    from training.graphs.onnx_graph import Builder

    slope = np.array([0.25, -0.5, 0.0, 2.0], np.float32)
    x = np.random.default_rng(9).normal(0, 1, (2, 4, 5, 5)).astype(np.float32)
    for how in ("prelu", "blocked"):
        b = Builder()
        b.node("Identity", [b.prelu("x", slope, how)], "y")
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            b.nodes,
            "g",
            [value("x", TensorProto.FLOAT, ["n", 4, 5, 5])],
            [value("y", TensorProto.FLOAT, ["n", 4, 5, 5])],
            b.constants,
        )
        opset = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        y = load_onnxruntime().InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
        assert np.allclose(y, np.where(x > 0, x, x * slope.reshape(-1, 1, 1)), atol=1e-6)


def test_the_detector_beside_the_model_is_mediapipes() -> None:
    pytest.importorskip("tflite", reason=WHY)
    from prn_blender.core.model.bundled import detector_model_path
    from training.export.face_detector_network import FILE, build_graph
    from training.graphs.tflite_graph import read_tflite

    if not FILE.is_file():
        pytest.skip("MediaPipe's detector is not here (make test-training fetches it)")
    made = build_graph(read_tflite(FILE)).SerializeToString()
    assert made == detector_model_path().read_bytes()
