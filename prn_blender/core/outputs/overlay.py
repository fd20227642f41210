"""Draw over a photo how a face was found: landmarks, dense points, the box of its pose."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..face.face import Face
from ..geometry.landmarks import (
    INNER_LIPS,
    JAW,
    LEFT_BROW,
    LEFT_EYE,
    NOSE_BRIDGE,
    NOSE_LOWER_EDGE,
    OUTER_LIPS,
    RIGHT_BROW,
    RIGHT_EYE,
)
from ..typed import Pixels, Points

_OPEN_LINES = (JAW, RIGHT_BROW, LEFT_BROW, NOSE_BRIDGE,
               slice(NOSE_LOWER_EDGE[0], NOSE_LOWER_EDGE[-1] + 1))  # fmt: skip
_CLOSED_LINES = (RIGHT_EYE, LEFT_EYE, OUTER_LIPS, INNER_LIPS)
LINES = (
    *((line.start, line.stop - 1, False) for line in _OPEN_LINES),
    *((line.start, line.stop - 1, True) for line in _CLOSED_LINES),
)
"""The landmarks as lines: first and last landmark of each, and whether it is closed."""

# Colours, sRGB.
_SHOWN = (70, 220, 90)
_HIDDEN = (240, 60, 60)
_LINE = (200, 200, 200)
_BOX = (60, 170, 255)
# Of the axes X, Y, Z, as in Blender.
_AXES = ((240, 60, 60), (70, 220, 90), (60, 130, 255))

# Side of one picture, pixels.
_PANEL = 900
# Share of the face's size: margin around it.
_MARGIN = 0.35
# Photo pixels: side of the part of the photo that a picture shows at least.
_LEAST_SIDE = 16.0
# How bright the photo is under the drawing, 1 for as it is.
_DIMMED = 0.7
# Of the dense points every n-th row and column is drawn.
_DENSE = 4
# Metres: length of the drawn axes.
_AXIS_LENGTH = 0.04
# Pixels of a face's size for each pixel of line thickness.
_SIZE_PER_THICKNESS = 250
# Bits of a pixel's fraction in OpenCV's drawing.
_SHIFT = 4


def landmark_visibility(face: Face) -> np.ndarray:
    """(68,) bool: whether the photo shows each landmark."""
    return face.visibility[tuple(face.layout.landmark_texels.T)]


def overlay_picture(face: Face) -> Pixels:
    """Draw three pictures side by side: the 68 landmarks, dense points, the box of the pose.

    Visible points are green, hidden ones red; hidden landmarks are rings.

    Parameters
    ----------
    face : Face

    Returns
    -------
    (h, 3 h, 3) uint8 sRGB
        Over the part of the photo around the face, which is darkened.
    """
    view = _View.around(face)
    panels = [view.background(face) for _ in range(3)]
    _draw_landmarks(panels[0], view, face)
    _draw_dense(panels[1], view, face)
    _draw_pose(panels[2], view, face)
    return np.concatenate(panels, axis=1)


def overlay_layer(face: Face) -> np.ndarray:
    """Draw the dense points and the landmarks on a transparent layer.

    Parameters
    ----------
    face : Face

    Returns
    -------
    (H, W, 4) uint8 sRGB
        Of the photo's size; alpha is 0 where nothing is drawn.
    """
    photo = face.photo
    view = _View(np.zeros(2), 1.0, (photo.width, photo.height), _thickness(face.size))
    layer = np.zeros((photo.height, photo.width, 3), np.uint8)
    _draw_dense(layer, view, face)
    _draw_landmarks(layer, view, face)
    alpha = np.where(layer.any(axis=-1), np.uint8(255), np.uint8(0))
    return np.dstack([layer, alpha])


class _View:
    """A part of the photo at some scale, which is drawn on.

    Parameters
    ----------
    corner : (2,) float
        Its upper left corner in the photo, pixels.
    scale : float
        Its pixels per photo pixel.
    size : (width, height)
        Its own pixels.
    thickness : int
        Of lines, its own pixels.
    """

    def __init__(
        self, corner: np.ndarray, scale: float, size: tuple[int, int], thickness: int
    ) -> None:
        self.corner, self.scale, self.size, self.thickness = corner, scale, size, thickness

    @classmethod
    def around(cls, face: Face) -> _View:
        """The square part of the photo that shows the face and the box of its pose."""
        xy = np.vstack([face.vertices[:, :2], pose_box(face)[:, :2]])
        middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
        side = max(_LEAST_SIDE, float(np.ptp(xy, axis=0).max()) + _MARGIN * face.size)
        scale = _PANEL / side
        return cls(middle - side / 2, scale, (_PANEL, _PANEL), _thickness(face.size * scale))

    def place(self, points: np.ndarray) -> np.ndarray:
        """Photo pixels (n, 2) or (n, 3) to the view's pixels (n, 2) int32 in fixed point."""
        xy = (points[:, :2] - self.corner) * self.scale
        return np.rint(xy.clip(-1e4, 1e5) * 2**_SHIFT).astype(np.int32)

    def background(self, face: Face) -> Pixels:
        """The darkened photo in this view."""
        matrix = np.column_stack([np.eye(2), -self.corner]) * self.scale
        interpolation = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_CUBIC
        picture = cv2.warpAffine(face.photo.pixels, matrix, self.size, flags=interpolation)
        return (picture * _DIMMED).astype(np.uint8)


def pose_box(face: Face) -> Points:
    """Find the bounding box of the canonical face, as it stands in the photo.

    Parameters
    ----------
    face : Face

    Returns
    -------
    (8, 3) float64
        Photo pixels: the four corners in front of the face, then those behind it, in the same
        order.
    """
    canonical = face.layout.canonical[face.layout.mask].astype(np.float64)
    low, high = canonical.min(axis=0), canonical.max(axis=0)
    x, z = np.array([[0, 1, 1, 0], [0, 0, 1, 1]])
    front = np.stack([x, np.zeros(4, int), z], axis=-1)
    corners = np.concatenate([front, front + np.array([0, 1, 0])])
    points = low + corners * (high - low)
    matrix = face.pose.matrix
    return points @ matrix[:, :3].T + matrix[:, 3]


def _draw_landmarks(picture: Pixels, view: _View, face: Face) -> None:
    """Draw the 68 landmarks and their lines."""
    points = view.place(face.landmarks)
    for first, last, closed in LINES:
        line = [points[first : last + 1].reshape(-1, 1, 2)]
        cv2.polylines(picture, line, closed, _LINE, 1, cv2.LINE_AA, _SHIFT)
    radius = 3 * view.thickness
    for (x, y), shown in zip(points.tolist(), landmark_visibility(face), strict=True):
        colour, filled = (_SHOWN, cv2.FILLED) if shown else (_HIDDEN, view.thickness)
        cv2.circle(picture, (x, y), radius << _SHIFT, colour, filled, cv2.LINE_AA, _SHIFT)


def _draw_dense(picture: Pixels, view: _View, face: Face) -> None:
    """Draw points all over the face."""
    chosen = np.zeros_like(face.layout.mask)
    chosen[::_DENSE, ::_DENSE] = True
    chosen &= face.layout.mask
    points = np.rint(view.place(face.position_map[chosen]) / 2**_SHIFT).astype(int)
    shown = face.visibility[chosen]
    width, height = view.size
    reach = np.arange(view.thickness + 1) - (view.thickness + 1) // 2
    for wanted, colour in ((False, _HIDDEN), (True, _SHOWN)):
        for dy in reach:
            for dx in reach:
                x, y = (points[shown == wanted] + [dx, dy]).T
                inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
                picture[y[inside], x[inside]] = colour


def _draw_pose(picture: Pixels, view: _View, face: Face) -> None:
    """Draw the box and the axes of the pose."""
    corners = view.place(pose_box(face))
    front, back = corners[:4], corners[4:]
    for square, thickness in ((back, view.thickness), (front, 2 * view.thickness)):
        line = [square.reshape(-1, 1, 2)]
        cv2.polylines(picture, line, True, _BOX, thickness, cv2.LINE_AA, _SHIFT)
    for a, b in zip(front.tolist(), back.tolist(), strict=True):
        cv2.line(picture, a, b, _BOX, view.thickness, cv2.LINE_AA, _SHIFT)
    # From between the eyes to the subject's left, out of the face, and up.
    axes = np.array([[0, 0, 0], [1, 0, 0], [0, -1, 0], [0, 0, 1]]) * _AXIS_LENGTH
    matrix = face.pose.matrix
    start, *ends = view.place(axes @ matrix[:, :3].T + matrix[:, 3]).tolist()
    for end, colour in zip(ends, _AXES, strict=True):
        cv2.arrowedLine(
            picture, [v >> _SHIFT for v in start], [v >> _SHIFT for v in end], colour,
            2 * view.thickness, cv2.LINE_AA,
        )  # fmt: skip


def _thickness(size: float) -> int:
    """Pixels of a line's thickness for a face of that size, pixels."""
    return max(1, round(size / _SIZE_PER_THICKNESS))
