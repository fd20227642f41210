"""Things in front of a face, drawn into its photo, to measure how well the face is completed.

Three shapes, over the cheek and jaw of the side that the photo shows better: a hand (fingers of the
face's own skin with dark edges), a dark bar (a microphone, a phone), and a coloured cloth.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from prn_blender.core import Face
from prn_blender.core.geometry.landmarks import EYES
from prn_blender.core.outputs.head.photo_colours import skin_colour
from prn_blender.core.photo.photo import Photo

OCCLUDERS = ("hand", "bar", "cloth")
# Fingers, and their width, length and the gap between two, shares of the face's size.
_FINGERS, _WIDTH, _LONG, _APART = 4, 0.1, 0.55, 0.11
# How dark a finger's edge is, and how far in it reaches, share of its width.
_EDGE, _EDGE_WIDTH = 0.45, 0.35
_BAR, _CLOTH = (25, 25, 30), (70, 40, 150)
# Weave of the cloth: levels, pixels.
_WEAVE, _THREAD = 18.0, 3.0


def occluded(face: Face, name: str) -> tuple[Face, np.ndarray]:
    """A face with something in front of it.

    Parameters
    ----------
    face : Face
    name : {"hand", "bar", "cloth"}

    Returns
    -------
    face : Face
        The same, with the same reconstruction, in a photo with that.
    covered : (S, S) bool
        The texels that it hides.
    """
    pixels, size = face.photo.pixels.astype(np.float32), face.size
    shape = np.zeros(pixels.shape[:2], np.float32)
    # Toward the side that is seen better; pixels count to the subject's left.
    side = 1.0 if face.pose.yaw >= 0 else -1.0
    side *= np.sign(face.landmarks[45, 0] - face.landmarks[36, 0])
    middle = face.landmarks[EYES, :2].mean(0) + np.array([side * 0.42, 0.55]) * size
    if name == "hand":
        shape = _fingers(shape, middle, size)
        shade = 1 - _EDGE * (1 - np.minimum(shape / (_EDGE_WIDTH * _WIDTH * size), 1))
        colour = skin_colour(face) * shade[..., None]
    elif name == "bar":
        ends = middle + np.array([[-0.1 * side, -0.1], [0.6 * side, 0.6]]) * size
        low, high = np.rint(ends).astype(int).tolist()
        cv2.line(shape, low, high, 1.0, max(1, round(0.14 * size)), cv2.LINE_AA)
        colour = np.broadcast_to(np.float32(_BAR), pixels.shape)
    else:
        height = np.arange(len(shape))[:, None] - middle[1]
        across = (np.arange(shape.shape[1])[None] - middle[0]) * side
        shape = np.float32((height + 0.8 * across > -0.1 * size) & (across > -0.25 * size))
        weave = _WEAVE * np.sin(height / _THREAD) * np.sin(across / _THREAD)
        colour = np.float32(_CLOTH) + weave[..., None]
    there = (shape > 0).astype(np.float32)
    there = cv2.GaussianBlur(there, (0, 0), max(0.004 * size, 0.5))[..., None]
    made = np.rint(pixels + there * (colour - pixels)).clip(0, 255).astype(np.uint8)
    at = np.ascontiguousarray(face.position_map[..., :2], np.float32)
    covered = (cv2.remap(there, at, None, cv2.INTER_LINEAR) > 0.5) & face.visibility
    return replace(face, photo=Photo.from_pixels(made)), covered


def _fingers(shape: np.ndarray, middle: np.ndarray, size: float) -> np.ndarray:
    """(H, W) float32: pixels from the nearest edge of a finger, 0 beside them."""
    depth = np.zeros_like(shape)
    for number in range(_FINGERS):
        left = middle[0] + (number - (_FINGERS - 1) / 2) * _APART * size
        top, foot = middle[1] - 0.4 * _LONG * size, middle[1] + 0.6 * _LONG * size
        finger = np.zeros(shape.shape, np.uint8)
        ends = np.rint([[left, top], [left, foot]]).astype(int).tolist()
        cv2.line(finger, ends[0], ends[1], 1, max(1, round(_WIDTH * size)))
        depth = np.maximum(depth, cv2.distanceTransform(finger, cv2.DIST_L2, 5))
    return depth
