"""mediapipe's face landmark networks (Apache-2.0) as functions from a picture to 468 points.

The plain one is `Teacher`. `SecondTeacher` is the one with attention, which looks at brows, lids
and lips a second time. On 299 photos of HELEN and AFW (`make train STEP=quality` measures both) its
lids' openings agree with the annotations at r = 0.93 instead of 0.79, those of the lips at 0.96
instead of 0.93; counted by parts, brows, lids and lips are off by 3.1, 1.2 and 1.6 % of the face
instead of 3.3, 1.6 and 2.0 %, the nose by 1.8 instead of 1.7 %. So those points
(`LOOKED_AT_TWICE`) are the second's, all others the first's.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from prn_blender.core.native import load_onnxruntime

from .config import REPOSITORY
from .onnx_graph import Builder, add_trunk
from .tflite_graph import Graph, read_tflite

FILE = Path(__file__).parent / "data" / "face_landmark.tflite"
SIDE = 192
LEFT_EYE, RIGHT_EYE = 263, 33
"""Outer eye corners; the crop is turned so that they lie level."""
SCRIPT = Path(__file__).parent / "face_mesh.py"
ENVIRONMENT = REPOSITORY / ".venv-teacher"
PHOTO_SIDE = 384
"""Pixels of a photo of `generated_faces`."""
FIRST_SHIFT = np.array([0.88, 1.1, 0], np.float32)
"""Pixels that the landmarks that come with the photos lie too far right and too low, seen from the
middle of the first pixel. To the right: 0.73 for the same mesh of mediapipe 0.10.21, on 100 photos
against their mirror images, and 0.13 between the two versions. Down: 1.0 between the lips' meeting
line and the darkest row of 152 closed mouths, 1.1 and 1.0 by lids and lips against the second
teacher's."""
SECOND_SHIFT = np.array([0.7, 0.7, 0], np.float32)
"""Pixels that the second teacher's points lie too far right and too low, seen from the middle of
the first pixel, in pictures of about 384; half a pixel of it is that they count from the edge. To
the right: 100 photos against their mirror images. Down: 0.65 between the meeting line of 152 closed
mouths and their darkest row."""
LOOKED_AT_TWICE = np.array(
    [
        # right eye and brow
        *(7, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 33, 35, 46, 52, 53, 55, 56, 63, 65, 66),
        *(70, 105, 107, 110, 111, 112, 113, 117, 118, 119, 120, 121, 124, 128, 130, 133, 143),
        *(144, 145, 153, 154, 155, 156, 157, 158, 159, 160, 161, 163, 173, 189, 190, 193, 221),
        *(222, 223, 224, 225, 226, 228, 229, 230, 231, 232, 233, 243, 244, 245, 246, 247),
        # left eye and brow
        *(249, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261, 263, 265, 276, 282, 283, 285),
        *(286, 293, 295, 296, 300, 334, 336, 339, 340, 341, 342, 346, 347, 348, 349, 350, 353),
        *(357, 359, 362, 372, 373, 374, 380, 381, 382, 383, 384, 385, 386, 387, 388, 390, 398),
        *(413, 414, 417, 441, 442, 443, 444, 445, 446, 448, 449, 450, 451, 452, 453, 463, 464),
        *(465, 466, 467),
        # lips
        *(0, 11, 12, 13, 14, 15, 16, 17, 37, 38, 39, 40, 41, 42, 61, 62, 72, 73, 74, 76, 77),
        *(78, 80, 81, 82, 84, 85, 86, 87, 88, 89, 90, 91, 95, 96, 146, 178, 179, 180, 181),
        *(183, 184, 185, 191, 267, 268, 269, 270, 271, 272, 291, 292, 302, 303, 304, 306, 307),
        *(308, 310, 311, 312, 314, 315, 316, 317, 318, 319, 320, 321, 324, 325, 375, 402, 403),
        *(404, 405, 407, 408, 409, 415),
    ]
)
"""Points that attention is given to, as mediapipe's graph lists them (facts, Apache-2.0)."""


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
        ort = load_onnxruntime()
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


class SecondTeacher:
    """Gives 468 points for each picture, by the face mesh with attention.

    Parameters
    ----------
    python : Path, optional
        Interpreter of the environment that has it (`training.face_mesh`).

    Raises
    ------
    FileNotFoundError
        There is no such environment.
    """

    def __init__(self, python: Path | None = None) -> None:
        places = (ENVIRONMENT / "bin" / "python", ENVIRONMENT / "Scripts" / "python.exe")
        self.python = python or next((p for p in places if p.exists()), places[0])
        if not self.python.exists():
            raise FileNotFoundError(
                f"{self.python} is missing: `python scripts/setup_env.py .venv-teacher --for "
                "teacher` makes it"
            )

    def read(self, files: Sequence[Path]) -> NDArray[np.float32]:
        """Landmarks of picture files.

        Returns
        -------
        (N, 468, 3) float32
            Pixels from the middle of the first one, z in the same unit and away from the viewer;
            NaN where no face was found.

        Raises
        ------
        FileNotFoundError
            A picture is missing.
        ValueError
            MediaPipe failed.
        """
        for file in files:
            if not file.is_file():
                raise FileNotFoundError(f"{file} is missing")
        with tempfile.TemporaryDirectory() as folder:
            names, out = Path(folder) / "files.txt", Path(folder) / "out.npy"
            names.write_text("\n".join(map(str, files)), encoding="utf-8")
            run = subprocess.run(
                [self.python, SCRIPT, names, out], capture_output=True, text=True, check=False
            )
            if run.returncode:
                last = (run.stderr.strip().splitlines() or ["no message"])[-1]
                raise ValueError(f"MediaPipe's face mesh failed: {last}")
            return np.asarray(np.load(out) - SECOND_SHIFT, np.float32)

    def __call__(self, pictures: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """As `read`, of pictures (H, W, 3) uint8 RGB in memory."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{i}.png" for i in range(len(pictures))]
            for file, picture in zip(files, pictures, strict=True):
                cv2.imwrite(str(file), picture[:, :, ::-1])
            return self.read(files)


def look_twice(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """The first teacher's points (N, 468, 3), with the second's where it looked and saw a face."""
    out = np.array(first)
    seen = np.isfinite(second).all((1, 2))
    out[np.ix_(seen, LOOKED_AT_TWICE)] = second[np.ix_(seen, LOOKED_AT_TWICE)]
    return out
