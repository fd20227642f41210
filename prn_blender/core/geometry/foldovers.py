"""Triangles of a face that turn over, and how they are laid flat again."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import cv2
import numpy as np

from .pose import PHOTO_TO_BLENDER, Pose
from .uv_layout import UVLayout

# Ears are folded as they are; the neck is guessed.
_NOT_FACE = ("left_ear", "right_ear", "neck")
# A network that turns more of its triangles over has not slipped, it is made so: one in a hundred
# in PRNet's own maps, at most one in four thousand in ours.
MOST = 1e-3
MARGIN = 0.05
"""What is mended ends a little short of turning over: the pose it is seen by changes, too."""
_STEPS = 40
_EASE = 0.5
_SMOOTH = 2.0  # texels


class Folds:
    """The triangles of a layout, and whether they lie as the canonical face's do.

    Parameters
    ----------
    layout : UVLayout
    triangles : (T, 3) int, optional
        Flat texels; by default those of the layout without ears and neck.
    """

    def __init__(self, layout: UVLayout, triangles: np.ndarray | None = None) -> None:
        self.layout = layout
        if triangles is None:
            triangles = _face_triangles(layout)
        self.triangles = triangles
        normals = _normals(layout.canonical.reshape(-1, 3).astype(np.float32), triangles)
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        self._normals = normals / np.maximum(length, np.float32(1e-20))

    def turned(
        self, places: np.ndarray, among: np.ndarray | None = None, margin: float = 0
    ) -> np.ndarray:
        """Which triangles' normals point away from where the canonical face has them.

        Parameters
        ----------
        places : (S * S, 3) float32
            A position map's texels in the canonical frame's directions (`in_canonical_frame`).
        among : (k,) int, optional
            Only these triangles.
        margin : float
            Cosine of the angle from which on a triangle counts as turned over.

        Returns
        -------
        (k,) int
            Numbers of triangles.
        """
        chosen = slice(None) if among is None else among
        normals = _normals(places, self.triangles[chosen])
        cosine = np.einsum("ij,ij->i", normals, self._normals[chosen])
        if margin:
            cosine = cosine - np.float32(margin) * np.sqrt(np.einsum("ij,ij->i", normals, normals))
        over = np.flatnonzero(cosine < 0)
        return over if among is None else among[over]

    def laid_flat(self, position_map: np.ndarray, pose: Pose, most: float = MOST) -> np.ndarray:
        """The map without triangles that turn over, if there are only a few.

        Around them what sets the face apart from the canonical one is smoothed, until it no longer
        folds.

        Parameters
        ----------
        position_map : (S, S, 3) float32
            Photo pixels.
        pose : Pose
            Of the face.
        most : float
            A map with more of its triangles turned over than this share stays as it is.

        Returns
        -------
        (S, S, 3) float32
            The same map where nothing is folded.
        """
        places = in_canonical_frame(position_map, pose)
        folded = self.turned(places.reshape(-1, 3), margin=MARGIN)
        if not 0 < len(folded) <= most * len(self.triangles):
            return position_map
        mask = self.layout.mask.astype(np.float32)
        canonical = self.layout.canonical.astype(np.float32) * np.float32(pose.scale)
        share = np.maximum(cv2.GaussianBlur(mask, (0, 0), _SMOOTH), 1e-3)[..., None]
        apart = (places - canonical) * mask[..., None]
        marks = np.zeros(mask.shape, np.float32)
        for _ in range(_STEPS):
            marks = np.maximum(marks, self.around(folded))
            smooth = cv2.GaussianBlur(apart, (0, 0), _SMOOTH) / share
            apart += _EASE * (eased(marks) * mask)[..., None] * (smooth - apart)
            places = canonical + apart
            folded = self.turned(places.reshape(-1, 3), margin=MARGIN)
            if not len(folded):
                break
        changed = (eased(marks) * mask > 0)[..., None]
        return np.where(changed, places @ _from_canonical(pose).T, position_map)

    def around(self, folded: np.ndarray) -> np.ndarray:
        """(S, S) float32: 1 at the triangles of these numbers and two texels around them."""
        marks = np.zeros(self.layout.mask.size, np.float32)
        marks[self.triangles[folded].ravel()] = 1
        return np.asarray(cv2.dilate(marks.reshape(self.layout.mask.shape), np.ones((5, 5))))


def eased(marks: np.ndarray) -> np.ndarray:
    """Marks (S, S) of 0 and 1 that fade into what is around them."""
    return np.minimum(np.float32(1.2) * cv2.GaussianBlur(marks, (0, 0), 2.5), 1)


def in_canonical_frame(positions: np.ndarray, pose: Pose) -> np.ndarray:
    """Photo positions (..., 3) turned back, still in pixels and where they are; float32."""
    return positions @ _from_canonical(pose)


def _from_canonical(pose: Pose) -> np.ndarray:
    return (PHOTO_TO_BLENDER.T @ pose.similarity.rotation).astype(np.float32)


def _face_triangles(layout: UVLayout) -> np.ndarray:
    elsewhere = np.zeros(layout.mask.size, bool)
    for name in _NOT_FACE:
        if name in layout.parts:
            elsewhere |= layout.parts[name].ravel()
    return layout.triangles[~elsewhere[layout.triangles].any(axis=1)]


def _normals(places: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a = places[triangles[:, 0]]
    return _cross(places[triangles[:, 1]] - a, places[triangles[:, 2]] - a)


def _cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    # A third of the time of np.cross.
    out = np.empty_like(u)
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        out[:, k] = u[:, i] * v[:, j] - u[:, j] * v[:, i]
    return out
