"""mediapipe's face landmark network (Apache-2.0) as a function from a picture to 468 points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper

from .onnx_graph import Builder, add_trunk
from .tflite_graph import Graph, read_tflite

FILE = Path(__file__).parent / "data" / "face_landmark.tflite"
SIDE = 192
LEFT_EYE, RIGHT_EYE = 263, 33
"""Outer eye corners; the crop is turned so that they lie level."""


def landmark_graph() -> Graph:
    """The part of the network that gives the 468 points.

    Raises
    ------
    FileNotFoundError
        `make train` has not put it in its place yet.
    """
    if not FILE.is_file():
        raise FileNotFoundError(
            f"{FILE} is missing: `python scripts/setup_env.py .venv-training --for training` "
            "fetches it"
        )
    graph = read_tflite(FILE)
    return graph.upto(graph.output_of_size(468 * 3))


class Teacher:
    """Runs the landmark network on square crops, as mediapipe's own pipeline tracks a face."""

    def __init__(self) -> None:
        graph = landmark_graph()
        builder = Builder()
        names = add_trunk(builder, graph, "x")
        builder.node("Flatten", [names[graph.outputs[0]]], "y")
        value = helper.make_tensor_value_info
        model = helper.make_model(
            helper.make_graph(
                builder.nodes,
                "teacher",
                [value("x", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
                [value("y", TensorProto.FLOAT, ["n", 468 * 3])],
                builder.constants,
            ),
            opset_imports=[helper.make_opsetid("", 17)],
            ir_version=8,
        )
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(model.SerializeToString(), options)

    def _once(
        self, image: NDArray[np.uint8], centre: NDArray[Any], side: float, roll: float
    ) -> NDArray[np.float32]:
        k = SIDE / side
        c, s = np.cos(-roll) * k, np.sin(-roll) * k
        m = np.array([[c, -s, 0.0], [s, c, 0.0]])
        m[:, 2] = SIDE / 2 - m[:, :2] @ centre
        crop = cv2.warpAffine(image, m, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        x = crop.astype(np.float32).transpose(2, 0, 1)[None] / 255
        p = self._session.run(None, {"x": x})[0].reshape(468, 3)
        back = np.linalg.inv(m[:, :2])
        p[:, :2] = (p[:, :2] - m[:, 2]) @ back.T
        p[:, 2] /= k
        return np.asarray(p, np.float32)

    def __call__(
        self, image: NDArray[np.uint8], centre: NDArray[Any], side: float, passes: int = 3
    ) -> NDArray[np.float32]:
        """Landmarks of one face.

        Parameters
        ----------
        image : (H, W, 3) uint8
            RGB.
        centre : (2,)
            Of the face, pixels.
        side
            Of the first square crop: about 1.5 times the face.
        passes
            Each crops anew by the last one's points.

        Returns
        -------
        (468, 3) float32
            Pixels; z in the same unit, away from the viewer.
        """
        roll = 0.0
        points = np.empty((468, 3), np.float32)
        for _ in range(passes):
            points = self._once(image, centre, side, roll)
            low, high = points[:, :2].min(0), points[:, :2].max(0)
            centre, side = (low + high) / 2, 1.5 * float((high - low).max())
            across = points[LEFT_EYE] - points[RIGHT_EYE]
            roll = float(np.arctan2(across[1], across[0]))
        return points
