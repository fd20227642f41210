"""Foldovers: triangles of a face that are flipped, and how the surface is unfolded there."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from ..typed import Points, PositionMap, TexelMap, Triangles
from .pose import PHOTO_TO_BLENDER, Pose
from .uv_layout import UVLayout

# Parts of a layout that are not judged: ears are folded by nature, and networks only guess necks.
_NOT_JUDGED = ("left_ear", "right_ear", "neck")
MAX_FLIPPED = 1e-3
"""Largest share of its triangles that may be flipped if a map is to be unfolded.

A network whose maps have more of them makes them so, it has not slipped: one in a hundred in
PRNet's own maps, at most one in four thousand in ours."""
FLIP_MARGIN = 0.05
"""Cosine: triangles that are this close to being flipped are unfolded, too. They would flip when
the pose that they are judged by changes a little."""
# Most steps of smoothing. What still folds after them stays.
_STEPS = 40
# How far one step goes towards the smoothed surface, 0..1.
_STEP_SIZE = 0.5
# Texels, standard deviation: the blur that smooths the surface.
_SMOOTHING = 2.0
# Texels, side of the square around each corner of a flipped triangle that is smoothed with it.
_NEIGHBOURHOOD = 5
# `moved`: most steps in which a move is reduced where the surface folds, ...
_MOVE_STEPS = 12
# ... and the share of the move that is taken back in each.
_TAKEN_BACK = 0.35
# `soften_marks`: texels, standard deviation of the blur, and a gain after which what was marked is
# nearly 1 again.
_MARK_BLUR = 2.5
_MARK_GAIN = 1.2


class Foldovers:
    """Finds triangles that are flipped, compared with the canonical face, and unfolds them.

    Parameters
    ----------
    layout : UVLayout
    triangles : (k, 3) int, optional
        Texels v * S + u of the triangles to look at; by default those of the layout, but for ears
        and neck.
    """

    def __init__(self, layout: UVLayout, triangles: Triangles | None = None) -> None:
        self.layout = layout
        if triangles is None:
            triangles = _judged_triangles(layout)
        self.triangles = triangles
        self._corners = np.ascontiguousarray(triangles.T)
        normals = _normals(layout.canonical.reshape(-1, 3).astype(np.float32), self._corners)
        self._normals = normals / np.maximum(np.sqrt(_dot(normals, normals)), np.float32(1e-20))

    def flipped(
        self, positions: Points, among: np.ndarray | None = None, margin: float = 0
    ) -> np.ndarray:
        """Find the triangles whose normals point away from where the canonical face's point.

        Parameters
        ----------
        positions : (S * S, 3) float32
            The texels of a position map along the axes of the canonical frame, see
            `in_canonical_frame`.
        among : (m,) int, optional
            Numbers of the triangles to look at; by default all.
        margin : float
            Cosine between the two normals of a triangle below which it counts as flipped.

        Returns
        -------
        (f,) int
            Numbers of the flipped triangles.
        """
        facing, length = self._facing(positions, among)
        found = np.flatnonzero(facing - np.float32(margin) * length < 0)
        return found if among is None else among[found]

    def _facing(
        self, positions: Points, among: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """(m,) float32 twice: normals along the canonical face's, and the normals' lengths."""
        corners, canonical = self._corners, self._normals
        if among is not None:
            corners, canonical = corners[:, among], canonical[:, among]
        normals = _normals(positions, corners)
        return _dot(normals, canonical), np.sqrt(_dot(normals, normals))

    def unfold(
        self, position_map: PositionMap, pose: Pose, most: float = MAX_FLIPPED
    ) -> PositionMap:
        """Remove foldovers from a position map, if there are only a few.

        Around them the difference between the face and the canonical face is smoothed until
        nothing folds any more.

        Parameters
        ----------
        position_map : (S, S, 3) float32
            Photo pixels.
        pose : Pose
            Of the face.
        most : float
            Largest share of flipped triangles. A map with more is returned as it is.

        Returns
        -------
        (S, S, 3) float32
            The same array if nothing folds.
        """
        positions = in_canonical_frame(position_map, pose)
        found = self.flipped(positions.reshape(-1, 3), margin=FLIP_MARGIN)
        if not 0 < len(found) <= most * len(self.triangles):
            return position_map
        mask = self.layout.mask.astype(np.float32)
        canonical = self.layout.canonical.astype(np.float32) * np.float32(pose.scale)
        share = np.maximum(cv2.GaussianBlur(mask, (0, 0), _SMOOTHING), 1e-3)[..., None]
        difference = (positions - canonical) * mask[..., None]
        marks = np.zeros(mask.shape, np.float32)
        for _ in range(_STEPS):
            marks = np.maximum(marks, self.neighbourhood(found))
            smooth = cv2.GaussianBlur(difference, (0, 0), _SMOOTHING) / share
            step = _STEP_SIZE * (soften_marks(marks) * mask)[..., None]
            difference += step * (smooth - difference)
            positions = canonical + difference
            found = self.flipped(positions.reshape(-1, 3), margin=FLIP_MARGIN)
            if not len(found):
                break
        changed = (soften_marks(marks) * mask > 0)[..., None]
        return np.where(changed, positions @ _from_canonical(pose).T, position_map)

    def moved(
        self,
        position_map: PositionMap,
        move: np.ndarray,
        pose: Pose,
        steps: int = _MOVE_STEPS,
        careful: bool = False,
    ) -> PositionMap:
        """Move a position map, but less where a triangle would flip that was not flipped before.

        Parameters
        ----------
        position_map, move : (S, S, 3) float32
            Photo pixels.
        pose : Pose
            Of the face.
        steps : int
            In how many steps, at most, the move is reduced.
        careful : bool
            Whether triangles that are close to being flipped before, too, are kept from it.

        Returns
        -------
        (S, S, 3) float32
            The same array if some triangle flips all the same.
        """
        positions = in_canonical_frame(position_map, pose).reshape(-1, 3)
        by = in_canonical_frame(move, pose).reshape(-1, 3)

        def folded(points: Points, among: np.ndarray | None = None) -> np.ndarray:
            # (limits, m) bool: close to being flipped; where it is asked for, flipped outright.
            facing, length = self._facing(points, among)
            close = facing - np.float32(FLIP_MARGIN) * length < 0
            return np.stack([close, facing < 0] if careful else [close])

        before = folded(positions)
        share = np.ones(self.layout.mask.size, np.float32)
        changed = np.arange(len(self.triangles))  # triangles that moved in the last step
        for _ in range(steps):
            moved = positions + share[:, None] * by
            flipped = changed[(folded(moved, changed) & ~before[:, changed]).any(axis=0)]
            if not len(flipped):
                return position_map + share.reshape(move.shape[:2])[..., None] * move
            less = _TAKEN_BACK * soften_marks(self.neighbourhood(flipped)).ravel()
            share *= 1 - less
            changed = np.flatnonzero((less > 0)[self.triangles].any(axis=1))
        return position_map

    def neighbourhood(self, numbers: np.ndarray) -> TexelMap:
        """(S, S) float32: 1 at triangles, given by their numbers, and two texels around them."""
        marks = np.zeros(self.layout.mask.size, np.float32)
        marks[self.triangles[numbers].ravel()] = 1
        kernel = np.ones((_NEIGHBOURHOOD,) * 2)
        return np.asarray(cv2.dilate(marks.reshape(self.layout.mask.shape), kernel))


def soften_marks(marks: TexelMap) -> TexelMap:
    """(S, S) float32: marks (S, S) of 0 and 1 with a soft border, so that no step shows there."""
    return np.minimum(np.float32(_MARK_GAIN) * cv2.GaussianBlur(marks, (0, 0), _MARK_BLUR), 1)


def in_canonical_frame(positions: Points, pose: Pose) -> Points:
    """Turn positions so that the face stands as the canonical face does.

    Parameters
    ----------
    positions : (..., 3) float32
        Photo pixels.
    pose : Pose
        Of the face.

    Returns
    -------
    (..., 3) float32
        Along the axes of the canonical frame, but still in pixels and not shifted.
    """
    return positions @ _from_canonical(pose)


def _from_canonical(pose: Pose) -> np.ndarray:
    """(3, 3) float32: rotation from the canonical frame to the photo's."""
    return (PHOTO_TO_BLENDER.T @ pose.similarity.rotation).astype(np.float32)


def _judged_triangles(layout: UVLayout) -> Triangles:
    """(k, 3): the layout's triangles, except those with a corner in a part that is not judged."""
    elsewhere = np.zeros(layout.mask.size, bool)
    for name in _NOT_JUDGED:
        if name in layout.parts:
            elsewhere |= layout.parts[name].ravel()
    return layout.triangles[~elsewhere[layout.triangles].any(axis=1)]


def _normals(positions: Points, corners: np.ndarray) -> np.ndarray:
    """(3, k): normals, as long as twice their areas, of triangles whose corners (3, k) lie so.

    Each axis has an array of its own: a fifth of the time that rows of three numbers take.
    """
    axes = np.ascontiguousarray(positions.T)
    a = axes.take(corners[0], axis=1)
    u, v = axes.take(corners[1], axis=1) - a, axes.take(corners[2], axis=1) - a
    return np.stack([u[i] * v[j] - u[j] * v[i] for i, j in ((1, 2), (2, 0), (0, 1))])


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(k,): scalar products of vectors (3, k)."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
