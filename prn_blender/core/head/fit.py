"""Fits the head to a position map: the person's depth under what the photo shows.

A position map network sees well where things lie in the picture and badly how deep they are: its
depth is that of the same head each time. What its features tell of the person's identity is the
prior here. Identity, expression, size and place are fitted to where the map has the face in the
picture. The person is then set apart from others as people are (`FaceShape.set_apart`), and the map
takes the depth of that head. In the picture's plane it stays as it is, to the last bit: texture and
landmarks lie where they lay. So does the turn of the head.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..geometry.pose import PHOTO_TO_BLENDER, Similarity
from ..image.filters import ramp
from ..typed import PositionMap
from .face_shape import FaceShape
from .normal_equations import solve_normal

# Metres: about one point for each such cube of the face is fitted.
_GRID = 0.009
# Metres: how far the network's points are off in the picture. They are off together, as if they
# were far fewer than they are, so this is more than the error of each.
_NOISE = 0.03
EXPRESSION = 0.15
"""Standard deviation of what the network says of expressions."""
# Cosine between normal and line of sight: full weight from the second on, least up to the first.
_FACING = (0.1, 0.5)
_LEAST = 0.02
_SEEN = 0.5
# Texels, standard deviation: finer changes of depth are not made, on the skin, and where lips and
# lids meet; and of what is left where even those would fold.
_SMOOTHING = (2.5, 9.0, 24.0)
_FOLDED = ("upper_lip", "lower_lip", "mouth", "left_lids", "right_lids", "left_eye", "right_eye")
# Texels: how softly the one becomes the other.
_SOFT = 3.0
STEPS = 3
"""Of Gauss and Newton: the equations bend by size alone."""
_PLANE, _DEPTH = [0, 2], 1  # of Blender's axes
_NOT_FITTED = ("left_ear", "right_ear", "neck")


@dataclass(frozen=True, eq=False)
class HeadFit:
    """A head fitted to a face.

    Attributes
    ----------
    identity : (K,) float32
    expression : (E,) float32, 0..1
    stance : Similarity
        From the canonical frame to photo pixels in Blender's axes.
    depth : (S, S) float32
        What the head's depth is more than the map's, photo pixels.
    broad : (S, S) float32
        The same without its details: what no fold of the face notices.
    left : float
        Median distance, in the picture, of the head from the map where the face is seen, metres.
    """

    identity: np.ndarray
    expression: np.ndarray
    stance: Similarity
    depth: np.ndarray
    broad: np.ndarray
    left: float


@dataclass(frozen=True, eq=False)
class PhotoEquations:
    """Least squares of one photo, as long as the turn of the head stays.

    Attributes
    ----------
    seen : (P, 3) float64
        Where the map has the fitted points, photo pixels in Blender's axes.
    plane : (3, 2) float64
        From the canonical frame to the picture's plane.
    weight : (P,) float64
        1 / metres: of each point's distance in the picture.
    rows : (2 P, K + E) float32
        What each coefficient does to the weighted distances.
    """

    seen: np.ndarray
    plane: np.ndarray
    weight: np.ndarray
    rows: np.ndarray

    def at(self, head: np.ndarray, stance: Similarity) -> tuple[np.ndarray, np.ndarray]:
        """What growth and a move do to the distances, and the distances of a head (P, 3).

        Returns
        -------
        (2 P, 3) float32
            Of growth, and of a move in the picture by stance.scale times each axis.
        (2 P,) float32
        """
        there = head @ self.plane
        error = (self.seen[:, _PLANE] - stance.translation[_PLANE]) / stance.scale - there
        step_of = np.zeros((len(there), 2, 3))
        step_of[:, [0, 1], [1, 2]] = 1
        step_of[..., 0] = there
        placing = (step_of * self.weight[:, None, None]).reshape(-1, 3)
        left = (error * self.weight[:, None]).ravel()
        return placing.astype(np.float32), left.astype(np.float32)


def moved(stance: Similarity, step: np.ndarray) -> Similarity:
    """A stance after growth and a move in the picture (3,), see `PhotoEquations.at`."""
    translation = stance.translation.copy()
    translation[_PLANE] += stance.scale * step[1:3]
    return Similarity(stance.scale * (1 + step[0]), stance.rotation, translation)


class HeadFitter:
    """Fits a linear head to position maps.

    Parameters
    ----------
    shape : FaceShape
    """

    def __init__(self, shape: FaceShape) -> None:
        self.shape, self.layout = shape, shape.layout
        layout = self.layout
        self._mean = shape.vertices(np.zeros(shape.identities, np.float32))
        usable = np.ones(layout.mask.size, bool)
        for name in _NOT_FITTED:
            if name in layout.parts:
                usable &= ~layout.parts[name].reshape(-1)
        usable = usable[layout.texels]
        cubes = np.round(self._mean / _GRID).astype(int)
        first = np.unique(cubes[usable], axis=0, return_index=True)[1]
        self._points = np.flatnonzero(usable)[np.sort(first)]
        self._directions = shape.directions(layout.texels[self._points])
        self._normals = self._mean_normals()
        mask = layout.mask.astype(np.float32)
        self._covered = [
            np.maximum(cv2.GaussianBlur(mask, (0, 0), sigma), 1e-6) for sigma in _SMOOTHING
        ]
        folded = np.zeros(layout.mask.shape, np.float32)
        for name in _FOLDED:
            if name in layout.parts:
                folded[layout.parts[name]] = 1
        side = 2 * round(2 * _SOFT) + 1
        self._folded = cv2.GaussianBlur(cv2.dilate(folded, np.ones((side, side))), (0, 0), _SOFT)

    def _mean_normals(self) -> np.ndarray:
        """(n, 3) unit normals of the mean face, canonical frame."""
        layout = self.layout
        whole = np.zeros((layout.mask.size, 3), np.float32)
        whole[layout.texels] = self._mean
        grid = layout.extend(whole.reshape(*layout.mask.shape, 3))
        down, right = np.gradient(grid, axis=0), np.gradient(grid, axis=1)
        normal = np.cross(down, right) * (1 if layout.outward else -1)
        normal = normal.reshape(-1, 3)[layout.texels]
        return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12))

    def __call__(
        self,
        position_map: PositionMap,
        identity: np.ndarray,
        expression: np.ndarray,
        stance: Similarity,
    ) -> HeadFit:
        """Fit the head.

        Parameters
        ----------
        position_map : (S, S, 3) float32
            Photo pixels, as the network has it.
        identity : (K,) float
            As the network's features tell it.
        expression : (E,) float
            As the network has it.
        stance : Similarity
            The head's pose as the network has it: from the canonical frame to photo pixels in
            Blender's axes.
        """
        calm = self.above_calm(expression)
        prior = np.concatenate([identity, calm]).astype(np.float64)
        x, stance = self._solve(self.equations(position_map, stance), prior, stance)
        k = self.shape.identities
        x[:k] = self.shape.set_apart(x[:k])
        return self.result(position_map, x, stance)

    def above_calm(self, expression: np.ndarray) -> np.ndarray:
        """What a network says of an expression (E,) beyond what it says of calm faces."""
        return np.asarray(np.clip(expression - self.shape.calm, 0, 1))

    def head(self, x: np.ndarray) -> np.ndarray:
        """(P, 3) float64: the fitted points of a head with coefficients (K + E,), metres."""
        mean = self._mean[self._points].astype(np.float64)
        return np.asarray(mean + np.tensordot(x, self._directions, 1))

    def result(
        self,
        position_map: PositionMap,
        x: np.ndarray,
        stance: Similarity,
        beyond: np.ndarray | None = None,
    ) -> HeadFit:
        """What follows from coefficients (K + E,) and a stance that were found for a map.

        `beyond` (n, 3) is what the person has and the linear head has not, metres.
        """
        seen = self._seen(position_map)
        k = self.shape.identities
        c, e = x[:k].astype(np.float32), x[k:].astype(np.float32)
        head = self.shape.vertices(c, e).astype(np.float64)
        if beyond is not None:
            head += beyond
        placed = stance.apply(head)
        left = np.linalg.norm((seen - placed)[:, _PLANE], axis=1) / stance.scale
        visible = self._weights(stance.rotation, self._normals) > _SEEN
        change = seen[:, _DEPTH] - placed[:, _DEPTH]  # depth is Blender's -y
        depth, broad = self._smooth(change - np.median(change))
        return HeadFit(c, e, stance, depth, broad, float(np.median(left[visible])))

    def equations(self, position_map: PositionMap, stance: Similarity) -> PhotoEquations:
        """What a position map asks of coefficients, size and place, as long as the turn stays."""
        seen = self._seen(position_map)[self._points]
        plane = stance.rotation[_PLANE].T
        w = np.sqrt(self._weights(stance.rotation, self._normals[self._points])) / _NOISE
        count = len(self._directions)
        # Metres in the picture's plane, for each coefficient.
        moves = (self._directions.reshape(-1, 3) @ plane).reshape(count, -1, 2).transpose(1, 2, 0)
        # Single precision is enough for sums of a thousand products, and takes half the time.
        rows = (moves * w[:, None, None]).reshape(2 * len(w), -1).astype(np.float32)
        return PhotoEquations(seen, plane, w, rows)

    def _seen(self, position_map: PositionMap) -> np.ndarray:
        """(n, 3) float64: where a map has the layout's texels, Blender's axes."""
        seen = position_map.reshape(-1, 3)[self.layout.texels].astype(np.float64)
        return np.asarray(seen @ PHOTO_TO_BLENDER.T)

    def _smooth(self, change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A change of depth (n,) as `HeadFit.depth` and `HeadFit.broad`.

        Between lips and at the edges of lids the map has folds as fine as a texel, where the head
        has its own in other places: there both sides move alike.
        """
        layout = self.layout
        flat = np.zeros(layout.mask.size, np.float32)
        flat[layout.texels] = change
        grid = flat.reshape(layout.mask.shape)
        fine, coarse, broad = (
            layout.mask * cv2.GaussianBlur(grid, (0, 0), sigma) / covered
            for sigma, covered in zip(_SMOOTHING, self._covered, strict=True)
        )
        return fine + self._folded * (coarse - fine), broad

    def _weights(self, rotation: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """(n,) `_LEAST` to 1: how well the photo shows places with these normals (n, 3)."""
        facing = -(normals @ rotation[_DEPTH])
        return np.asarray(np.maximum(ramp(facing, _FACING), _LEAST))

    def _solve(
        self, photo: PhotoEquations, prior: np.ndarray, first: Similarity
    ) -> tuple[np.ndarray, Similarity]:
        """Gauss-Newton on coefficients, size and place."""
        k = self.shape.identities
        x = prior.copy()
        head = self.head(x)
        stance = placed(first, head, photo.seen)
        fixed = np.zeros((len(x), len(x)))
        fixed[:k, :k] = self.shape.precision
        fixed[k:, k:] = np.eye(len(x) - k) / EXPRESSION**2
        normal = np.empty((3 + len(x), 3 + len(x)))
        normal[3:, 3:] = photo.rows.T @ photo.rows + fixed  # the same in each step
        for _ in range(STEPS):
            placing, left = photo.at(head, stance)
            normal[:3, :3] = placing.T @ placing
            normal[:3, 3:] = placing.T @ photo.rows
            normal[3:, :3] = normal[:3, 3:].T
            right = np.concatenate([placing.T @ left, photo.rows.T @ left]).astype(np.float64)
            right[3:] += fixed @ (prior - x)
            step = solve_normal(normal, right)
            x = x + step[3:]
            x[k:] = np.clip(x[k:], 0, 1)
            stance = moved(stance, step[:3])
            head = self.head(x)
        return x, stance


def placed(stance: Similarity, head: np.ndarray, seen: np.ndarray) -> Similarity:
    """A stance whose head (P, 3) has the size and the middle of what is seen (P, 3)."""
    turned = head @ stance.rotation.T
    a, b = turned - turned.mean(axis=0), seen - seen.mean(axis=0)
    scale = float((a * b).sum() / (a * a).sum())
    return Similarity(scale, stance.rotation, seen.mean(axis=0) - scale * turned.mean(axis=0))
