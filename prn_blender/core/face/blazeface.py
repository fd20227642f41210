"""The network that finds faces: MediaPipe's short-range BlazeFace, run by onnxruntime.

Not by MediaPipe itself, whose library tells Google each time that it was used and has no switch
for that.
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
"""Pixels of the network's picture."""
_MAX_FILE_BYTES = 16 * 2**20
_BATCH = 16
# Boxes that share more than this part of their union are the same face.
_SAME = 0.3


class BlazeFace:
    """Windows in, faces out.

    Parameters
    ----------
    model : path-like
        face_detector.onnx; training/face_detector.py says what it takes and gives.
    least : float
        Score below which nothing is a face, 0..1.

    Raises
    ------
    ModelError
        The file is missing, damaged or another network.
    MissingDependencyError
        onnxruntime is absent or cannot be loaded.
    """

    def __init__(self, model: str | os.PathLike[str], least: float) -> None:
        self._session = open_session(model, _MAX_FILE_BYTES)
        self._least = least
        inputs = {(i.name, i.type, *i.shape[1:]) for i in self._session.get_inputs()}
        outputs = {(o.name, o.type, *o.shape[2:]) for o in self._session.get_outputs()}
        if inputs != {("windows", "tensor(uint8)", SIDE, SIDE, 3)} or outputs != {
            ("places", "tensor(float)", 16),
            ("scores", "tensor(float)"),
        }:
            raise ModelError("{path} is not the network that finds faces.", path=shown(model))

    def __call__(self, windows: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Find the faces of some pictures.

        Parameters
        ----------
        windows : sequence of (H, W, 3) uint8
            sRGB, RGB order, of any size; the network sees them shrunk to 128 pixels.

        Returns
        -------
        list of (n, 17) float32
            For each window its faces, the surest first: the score, left, top, right and bottom of
            the box, x and y of right eye, left eye, nose, mouth, right ear and left ear. Pixels of
            the window, counted from the edge of the first one.
        """
        found: list[np.ndarray] = []
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
                self._faces(window, *said)
                for window, *said in zip(part, places, scores, strict=True)
            ]
        return found

    def _faces(self, window: np.ndarray, places: np.ndarray, scores: np.ndarray) -> np.ndarray:
        sure = scores >= self._least
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
    """The window in the middle of a black square of the network's size, (SIDE, SIDE, 3)."""
    height, width = window.shape[:2]
    scale = max(width, height) / SIDE
    # As MediaPipe samples, pixel to pixel instead of middle to middle, so that what it finds is
    # found here too.
    place = np.array(
        [
            [scale, 0, (width - scale * SIDE) / 2],
            [0, scale, (height - scale * SIDE) / 2],
        ]
    )
    return cv2.warpAffine(
        window, place, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )


def merged_faces(boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """One row for each face, (n, 1 + columns): score and the mean box of all that say the same.

    BlazeFace sees a face at many places at once; their mean, by score, jitters less than the best.
    """
    order = np.argsort(-scores, kind="stable")
    boxes, scores = boxes[order], scores[order]
    rows = []
    while len(boxes):
        same = _shared(boxes[0], boxes) > _SAME
        same[0] = True  # a box without area shares nothing, not even with itself
        mean = np.average(boxes[same], axis=0, weights=scores[same])
        rows.append(np.concatenate([scores[:1], mean]))
        boxes, scores = boxes[~same], scores[~same]
    return np.array(rows, np.float32).reshape(len(rows), 17)


def _shared(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union, (n,)."""
    size = np.minimum(box[2:4], boxes[:, 2:4]) - np.maximum(box[:2], boxes[:, :2])
    common = np.prod(np.maximum(size, 0), axis=1)
    areas = np.prod(np.maximum(boxes[:, 2:4] - boxes[:, :2], 0), axis=1)
    return np.asarray(common / np.maximum(areas + areas[0] - common, 1e-12))
