"""MediaPipe's face meshes as teachers: 468 landmarks for each photo.

`Teacher` runs the plain face mesh; `AttentionTeacher` runs the one with attention, which looks at
brows, lids and lips a second time. On 299 photos of HELEN and AFW (`make train STEP=quality`
measures both) the openings of the lids agree with the annotations at r = 0.93 instead of 0.79,
those of the lips at 0.96 instead of 0.93. The mean error of brows, lids and lips is 3.1, 1.2 and
1.6 % of the face instead of 3.3, 1.6 and 2.0 %, that of the nose 1.8 instead of 1.7 %. So those
points (`ATTENTION_POINTS`) are taken from the second, all others from the first.
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

from ..graphs.mediapipe_networks import ENVIRONMENT, INPUT_SIDE, landmark_graph
from ..graphs.onnx_graph import Builder, add_trunk

LEFT_EYE, RIGHT_EYE = 263, 33
"""Outer eye corners; the crop is turned so that they lie level."""
SCRIPT = Path(__file__).parent / "face_mesh.py"
"""Runs in mediapipe's own environment."""
PHOTO_SIDE = 384
"""Pixels of a photo of `generated_faces`."""
PRECOMPUTED_SHIFT = np.array([0.88, 1.1, 0], np.float32)
"""Bias of the landmarks that come with the photos: pixels that they lie too far right and too low,
counted from the middle of the first pixel. To the right: 0.73 for the same mesh of mediapipe
0.10.21, on 100 photos against their mirror images, and 0.13 between the two versions. Down: 1.0
between the line where the lips meet and the darkest row of 152 closed mouths; 1.1 (lids) and 1.0
(lips) against the teacher with attention."""
ATTENTION_SHIFT = np.array([0.7, 0.7, 0], np.float32)
"""The same bias of the teacher with attention, in pictures of about 384 pixels; half a pixel of it
is that MediaPipe counts from the picture's edge. To the right: on 100 photos against their mirror
images. Down: 0.65 between the line where the lips meet and the darkest row of 152 closed mouths."""
ATTENTION_POINTS = np.array(
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
"""The points that attention places anew, as listed in MediaPipe's graph (Apache-2.0)."""
MEDIAPIPE_INNER = np.array(
    [
        *(71, 63, 105, 66, 107, 336, 296, 334, 293, 301),  # brows
        *(168, 197, 5, 4, 75, 97, 2, 326, 305),  # nose
        *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),  # eyes
        *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),  # mouth, outer
        *(78, 82, 13, 312, 308, 317, 14, 87),  # mouth, inner
    ]
)
"""MediaPipe's point nearest to each of the landmarks 17 to 67 (all but the jaw), for checks."""


class Teacher:
    """Runs the plain face mesh on square crops, as MediaPipe's own pipeline tracks a face.

    Raises
    ------
    FileNotFoundError
        The network has not been fetched.
    """

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
                [value("x", TensorProto.FLOAT, ["n", 3, INPUT_SIDE, INPUT_SIDE])],
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
        """The points (468, 3) in one square crop, turned upright by `roll`."""
        k = INPUT_SIDE / side
        c, s = np.cos(-roll) * k, np.sin(-roll) * k
        m = np.array([[c, -s, 0.0], [s, c, 0.0]])
        m[:, 2] = INPUT_SIDE / 2 - m[:, :2] @ centre
        crop = cv2.warpAffine(image, m, (INPUT_SIDE, INPUT_SIDE), flags=cv2.INTER_LINEAR)
        x = crop.astype(np.float32).transpose(2, 0, 1)[None] / 255
        p = self._session.run(None, {"x": x})[0].reshape(468, 3)
        back = np.linalg.inv(m[:, :2])
        p[:, :2] = (p[:, :2] - m[:, 2]) @ back.T
        p[:, 2] /= k
        return np.asarray(p, np.float32)

    def __call__(
        self, image: NDArray[np.uint8], centre: NDArray[Any], side: float, passes: int = 3
    ) -> NDArray[np.float32]:
        """Find the landmarks of one face.

        Parameters
        ----------
        image : (H, W, 3) uint8
            RGB.
        centre : (2,)
            Middle of the face, pixels.
        side
            Pixels of the first square crop: about 1.5 times the face.
        passes
            How often to look; each pass crops around the points of the one before.

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


class AttentionTeacher:
    """Runs the face mesh with attention, by a process in mediapipe's own environment.

    Parameters
    ----------
    python : Path, optional
        Interpreter that can run `training.labels.face_mesh`; by default that of `.venv-teacher`.

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
        """Find the landmarks of picture files, one face in each.

        Returns
        -------
        (N, 468, 3) float32
            Pixels, the middle of the first one at 0; z in the same unit and away from the viewer;
            NaN for pictures in which no face was found.

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
            return np.asarray(np.load(out) - ATTENTION_SHIFT, np.float32)

    def __call__(self, pictures: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """Do as `read` with pictures in memory, each (H, W, 3) uint8 RGB."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{i}.png" for i in range(len(pictures))]
            for file, picture in zip(files, pictures, strict=True):
                cv2.imwrite(str(file), picture[:, :, ::-1])
            return self.read(files)


def merge_teachers(plain: NDArray[Any], attention: NDArray[Any]) -> NDArray[Any]:
    """Take `ATTENTION_POINTS` from the teacher with attention, the others from the plain one.

    Parameters
    ----------
    plain, attention : (N, 468, 3)
        Points of both teachers. Photos in which the one with attention saw no face (NaN) keep all
        points of the plain one.

    Returns
    -------
    (N, 468, 3)
    """
    out = np.array(plain)
    seen = np.isfinite(attention).all((1, 2))
    out[np.ix_(seen, ATTENTION_POINTS)] = attention[np.ix_(seen, ATTENTION_POINTS)]
    return out
