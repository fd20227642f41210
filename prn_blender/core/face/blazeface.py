"""The network that finds faces in small pictures: MediaPipe's short-range BlazeFace.

It is run by onnxruntime, not by MediaPipe, whose library reports each use to Google and has no
switch for that. Source: V. Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on
Mobile GPUs", CVPR workshops 2019.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Sequence

import cv2
import numpy as np

from ..errors import ModelError, first_line
from ..files.safe import shown
from ..model.network import open_session

SIDE = 128
"""Side of the network's input, pixels."""
# Largest model file that is read.
_MAX_FILE_BYTES = 16 * 2**20
# Windows that are run at once.
_BATCH = 16
# Intersection over union from which on two boxes are of the same face.
_SAME_FACE = 0.3
# Numbers for each box: its centre, width and height; x and y of six points.
_NUMBERS = 16


class BlazeFace:
    """Finds faces in pictures.

    Parameters
    ----------
    model : path-like
        face_detector.onnx; training/export/face_detector_network.py describes its inputs and
        outputs.
    least : float
        Least score of a face, 0..1.
    threads : int, optional
        CPU threads; by default onnxruntime's own choice.

    Raises
    ------
    ModelError
        The file is missing, damaged or another network.
    MissingDependencyError
        onnxruntime is absent or cannot be loaded.
    """

    def __init__(
        self, model: str | os.PathLike[str], least: float, threads: int | None = None
    ) -> None:
        self._session = open_session(model, _MAX_FILE_BYTES, threads)
        self._least = least
        inputs = {(i.name, i.type, *i.shape[1:]) for i in self._session.get_inputs()}
        outputs = {(o.name, o.type, *o.shape[2:]) for o in self._session.get_outputs()}
        if inputs != {("windows", "tensor(uint8)", SIDE, SIDE, 3)} or outputs != {
            ("places", "tensor(float)", _NUMBERS),
            ("scores", "tensor(float)"),
        }:
            raise ModelError("{path} is not the network that finds faces.", path=shown(model))

    def __call__(
        self, windows: Sequence[np.ndarray], least: float | None = None
    ) -> list[np.ndarray]:
        """Find the faces of some pictures.

        Parameters
        ----------
        windows : sequence of (H, W, 3) uint8
            sRGB, red first, of any size. The network sees them scaled to 128 pixels.
        least : float, optional
            Least score of a face, if it is not to be the usual one.

        Returns
        -------
        list of (n, 17) float32
            The faces of each window, by falling score: score; left, top, right, bottom of the
            bounding box; x and y of right eye, left eye, nose, mouth, right ear, left ear. In
            pixels of the window, with the outer edge of the first pixel at 0.

        Raises
        ------
        ModelError
            The network fails.
        """
        found: list[np.ndarray] = []
        least = self._least if least is None else least
        for start in range(0, len(windows), _BATCH):
            part = windows[start : start + _BATCH]
            squares = np.stack([_square(window) for window in part])
            try:
                places, scores = self._session.run(["places", "scores"], {"windows": squares})
            except Exception as e:  # onnxruntime has a class for each kind of failure
                raise ModelError(
                    "The face detector failed while it ran: {why}.", why=first_line(e)
                ) from e
            found += [
                self._faces(window, least, *outputs)
                for window, *outputs in zip(part, places, scores, strict=True)
            ]
        return found

    @staticmethod
    def _faces(
        window: np.ndarray, least: float, places: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """The faces of a window, from the network's outputs (m, 16) and (m,) for it."""
        sure = scores >= least
        places, scores = places[sure], scores[sure]
        half = places[:, 2:4] / 2
        boxes = np.concatenate([places[:, :2] - half, places[:, :2] + half, places[:, 4:]], axis=1)
        merged = merged_faces(boxes, scores)
        height, width = window.shape[:2]
        longest = max(width, height)
        border = (longest - np.array([width, height])) / 2
        merged[:, 1:] = merged[:, 1:] * longest - np.tile(border, 8)
        return merged


def _square(window: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE, 3) uint8: the window, scaled, in the middle of a black square."""
    height, width = window.shape[:2]
    scale = max(width, height) / SIDE
    # Scaled without the half-pixel shift that aligns pixel centres, because MediaPipe does so:
    # then the same faces are found.
    matrix = np.array(
        [
            [scale, 0, (width - scale * SIDE) / 2],
            [0, scale, (height - scale * SIDE) / 2],
        ]
    )
    return cv2.warpAffine(
        window, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )


def merged_faces(boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Merge the boxes of each face to one (non-maximum suppression by weighted means).

    BlazeFace gives many boxes for one face. Their mean, weighted by score, jitters less than the
    box with the best score.

    Parameters
    ----------
    boxes : (m, 16) float32
        Left, top, right, bottom; x and y of six points.
    scores : (m,) float32

    Returns
    -------
    (n, 17) float32
        For each face the best score and the mean box.
    """
    order = np.argsort(-scores, kind="stable")
    boxes, scores = boxes[order], scores[order]
    rows = []
    while len(boxes):
        same = _intersection_over_union(boxes[0], boxes) > _SAME_FACE
        same[0] = True  # a box without area does not even overlap with itself
        mean = np.average(boxes[same], axis=0, weights=scores[same])
        rows.append(np.concatenate([scores[:1], mean]))
        boxes, scores = boxes[~same], scores[~same]
    return np.array(rows, np.float32).reshape(len(rows), 1 + _NUMBERS)


def _intersection_over_union(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(m,): of a box with each of the boxes (m, 4 or more), the first of which it is."""
    size = np.minimum(box[2:4], boxes[:, 2:4]) - np.maximum(box[:2], boxes[:, :2])
    intersection = np.prod(np.maximum(size, 0), axis=1)
    areas = np.prod(np.maximum(boxes[:, 2:4] - boxes[:, :2], 0), axis=1)
    return np.asarray(intersection / np.maximum(areas + areas[0] - intersection, 1e-12))
