"""Pictures of how well a face was found: landmarks, dense points, the pose's box."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..face.face import Face

# The iBUG 68 points as lines: first, last, closed.
LINES = ((0, 16, False), (17, 21, False), (22, 26, False), (27, 30, False), (31, 35, False),
          (36, 41, True), (42, 47, True), (48, 59, True), (60, 67, True))  # fmt: skip
_SHOWN, _HIDDEN, _BOX, _AXES = (70, 220, 90), (240, 60, 60), (60, 170, 255), (
    (240, 60, 60), (70, 220, 90), (60, 130, 255),
)  # fmt: skip
_PANEL = 900  # the longest side of one picture, pixels
_MARGIN = 0.35  # of the face's size, around it
_DENSE = 4  # every n-th texel of the lattice
_SHIFT = 4  # bits of a pixel's fraction in OpenCV's drawing


def landmark_visibility(face: Face) -> np.ndarray:
    """(68,) bool whether the photo shows each landmark."""
    return face.visibility[tuple(face.layout.landmark_texels.T)]


def overlay_picture(face: Face) -> np.ndarray:
    """Three pictures side by side: 68 points, dense points, the pose's box.

    Hidden points are red rings, visible ones green discs.

    Returns
    -------
    (h, 3 w, 3) uint8 sRGB
        The part of the photo around the face, darkened.
    """
    view = _View.around(face)
    panels = [view.background(face) for _ in range(3)]
    _draw_landmarks(panels[0], view, face)
    _draw_dense(panels[1], view, face)
    _draw_pose(panels[2], view, face)
    return np.concatenate(panels, axis=1)


def overlay_layer(face: Face) -> np.ndarray:
    """The dense points and the landmarks alone, to lay over the photo.

    Returns
    -------
    (H, W, 4) uint8 sRGB, RGBA
        Of the photo's size; transparent where nothing is drawn.
    """
    photo = face.photo
    view = _View(np.zeros(2), 1.0, (photo.width, photo.height), _thickness(face.size))
    layer = np.zeros((photo.height, photo.width, 3), np.uint8)
    _draw_dense(layer, view, face)
    _draw_landmarks(layer, view, face)
    alpha = np.where(layer.any(axis=-1), np.uint8(255), np.uint8(0))
    return np.dstack([layer, alpha])


class _View:
    """A part of the photo at some scale."""

    def __init__(
        self, corner: np.ndarray, scale: float, size: tuple[int, int], thickness: int
    ) -> None:
        self.corner, self.scale, self.size, self.thickness = corner, scale, size, thickness

    @classmethod
    def around(cls, face: Face) -> _View:
        xy = np.vstack([face.vertices[:, :2], pose_box(face)[:, :2]])
        middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
        side = max(16.0, float(np.ptp(xy, axis=0).max()) + _MARGIN * face.size)
        scale = _PANEL / side
        return cls(middle - side / 2, scale, (_PANEL, _PANEL), _thickness(face.size * scale))

    def place(self, points: np.ndarray) -> np.ndarray:
        """(n, 2+) photo pixels to (n, 2) int32 in OpenCV's fixed-point pixels."""
        xy = (points[:, :2] - self.corner) * self.scale
        return np.rint(xy.clip(-1e4, 1e5) * 2**_SHIFT).astype(np.int32)

    def background(self, face: Face) -> np.ndarray:
        matrix = np.column_stack([np.eye(2), -self.corner]) * self.scale
        way = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_CUBIC
        picture = cv2.warpAffine(face.photo.pixels, matrix, self.size, flags=way)
        return (picture * 0.7).astype(np.uint8)


def pose_box(face: Face) -> np.ndarray:
    """(8, 3) float64 photo pixels: the canonical face's box, as it stands in the photo.

    First the four corners before the face, then those behind it, in the same order.
    """
    canonical = face.layout.canonical[face.layout.mask].astype(np.float64)
    low, high = canonical.min(axis=0), canonical.max(axis=0)
    x, z = np.array([[0, 1, 1, 0], [0, 0, 1, 1]])
    front = np.stack([x, np.zeros(4, int), z], axis=-1)
    corners = np.concatenate([front, front + np.array([0, 1, 0])])
    points = low + corners * (high - low)
    matrix = face.pose.matrix
    return points @ matrix[:, :3].T + matrix[:, 3]


def _draw_landmarks(picture: np.ndarray, view: _View, face: Face) -> None:
    points = view.place(face.landmarks)
    for first, last, closed in LINES:
        line = [points[first : last + 1].reshape(-1, 1, 2)]
        cv2.polylines(picture, line, closed, (200, 200, 200), 1, cv2.LINE_AA, _SHIFT)
    radius = 3 * view.thickness
    for (x, y), shown in zip(points.tolist(), landmark_visibility(face), strict=True):
        colour, filled = (_SHOWN, cv2.FILLED) if shown else (_HIDDEN, view.thickness)
        cv2.circle(picture, (x, y), radius << _SHIFT, colour, filled, cv2.LINE_AA, _SHIFT)


def _draw_dense(picture: np.ndarray, view: _View, face: Face) -> None:
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


def _draw_pose(picture: np.ndarray, view: _View, face: Face) -> None:
    corners = view.place(pose_box(face))
    front, back = corners[:4], corners[4:]
    for square, thickness in ((back, view.thickness), (front, 2 * view.thickness)):
        line = [square.reshape(-1, 1, 2)]
        cv2.polylines(picture, line, True, _BOX, thickness, cv2.LINE_AA, _SHIFT)
    for a, b in zip(front.tolist(), back.tolist(), strict=True):
        cv2.line(picture, a, b, _BOX, view.thickness, cv2.LINE_AA, _SHIFT)
    # From between the eyes 4 cm to the subject's left, out of the face, and up.
    axes = np.array([[0, 0, 0], [0.04, 0, 0], [0, -0.04, 0], [0, 0, 0.04]])
    matrix = face.pose.matrix
    start, *ends = view.place(axes @ matrix[:, :3].T + matrix[:, 3]).tolist()
    for end, colour in zip(ends, _AXES, strict=True):
        cv2.arrowedLine(
            picture, [v >> _SHIFT for v in start], [v >> _SHIFT for v in end], colour,
            2 * view.thickness, cv2.LINE_AA,
        )  # fmt: skip


def _thickness(size: float) -> int:
    return max(1, round(size / 250))
