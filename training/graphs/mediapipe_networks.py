"""Where MediaPipe's two face mesh networks lie (Apache-2.0), and what both have in common.

The plain face mesh gives 468 points; it is the first teacher, and its convolutions are the trunk
that training starts from. The face mesh with attention looks at eyes, brows and lips a second time;
it comes with an older mediapipe, which needs an environment of its own.
"""

from __future__ import annotations

from pathlib import Path

from ..config import DATA, REPOSITORY
from .tflite_graph import Graph, read_tflite

FACE_MESH = DATA / "face_landmark.tflite"
ENVIRONMENT = REPOSITORY / ".venv-teacher"
"""The virtual environment with the older mediapipe (`scripts/setup_env.py --for teacher`)."""
ATTENTION_MESH = "face_landmark_with_attention.tflite"
"""Name of the network with attention inside that mediapipe."""
INPUT_SIDE = 192
"""Pixels of the square crop that both take; they give their points in these pixels."""
MESH_POINTS = 468


def landmark_graph() -> Graph:
    """Read the part of the plain face mesh that gives the 468 points.

    Raises
    ------
    FileNotFoundError
        The file has not been fetched.
    """
    if not FACE_MESH.is_file():
        raise FileNotFoundError(
            f"{FACE_MESH} is missing: `python scripts/setup_env.py .venv-training --for training` "
            "fetches it"
        )
    graph = read_tflite(FACE_MESH)
    return graph.upto(graph.output_of_size(MESH_POINTS * 3))


def attention_mesh() -> Path:
    """Find the file of the face mesh with attention.

    Raises
    ------
    FileNotFoundError
        The environment that brings it is missing.
    """
    files = sorted(ENVIRONMENT.glob(f"**/mediapipe/modules/face_landmark/{ATTENTION_MESH}"))
    if not files:
        raise FileNotFoundError(
            f"{ATTENTION_MESH} is missing in {ENVIRONMENT.relative_to(REPOSITORY)}: `python "
            "scripts/setup_env.py .venv-teacher --for teacher` brings it"
        )
    return files[0]
