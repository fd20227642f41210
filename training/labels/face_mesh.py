"""Runs MediaPipe's face mesh with attention on picture files, in an environment of its own.

`python face_mesh.py FILES.txt OUT.npy`: FILES.txt has the path of a picture in each line; OUT.npy
receives (N, 468, 3) float32: pixels from the picture's upper left corner, z in the same unit and
away from the viewer; NaN where no face was found.

The mediapipe that has this mesh needs older packages than the rest of training. So this file
imports nothing of training; `training.labels.teacher` runs it with the Python of `.venv-teacher`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

POINTS = 468
"""Those of the face; the ten of the irises, which follow them, are left out."""


def landmarks_of(files: list[str]) -> NDArray[np.float32]:
    """Landmarks (N, 468, 3) of picture files, as described at the top."""
    import cv2
    import mediapipe

    mesh: Any = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=True, refine_landmarks=True, min_detection_confidence=0.2
    )
    found = np.full((len(files), POINTS, 3), np.nan, np.float32)
    for i, file in enumerate(files):
        picture = cv2.imread(file)
        if picture is None:
            raise FileNotFoundError(f"{file} is missing or no picture")
        height, width = picture.shape[:2]
        faces = mesh.process(picture[:, :, ::-1]).multi_face_landmarks
        if faces:
            points = [(p.x, p.y, p.z) for p in faces[0].landmark[:POINTS]]
            found[i] = np.array(points) * [width, height, width]
    return found


def main(arguments: list[str]) -> int:
    names, out = map(Path, arguments)
    np.save(out, landmarks_of(names.read_text(encoding="utf-8").splitlines()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
