"""Pictures of a mesh as clay, and what the face reconstructor sees in them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...errors import ModelError, NoFaceError
from ...geometry.nearest import vertex_normals
from ...geometry.pose import Similarity, fit_similarity
from ...geometry.rasterize import barycentric, rasterize
from ...head.eyeballs import sphere
from ...head.other_heads.given_head import GivenHead
from ...head.other_heads.pieces import PART_NAMES, called, pieces
from ...image.filters import ramp
from ...photo.photo import Photo
from ...typed import Landmarks, Points
from ..reconstruct import FaceReconstructor

_SIDE = 512
"""Pixels of a picture: a face that is a fifth of it is still seen."""
_WHOLE, _CLOSE = 0.9, 0.45
"""Share of a picture that the mesh has, and in the second one the box of its landmarks."""
_INNER = np.arange(17, 68)
"""Landmarks that tell whether it is a face: without the jaw's, which lie on the outline."""
_CLAY, _GROUND, _DARK = (206, 164, 140), 96, 0.25
"""sRGB of the clay and of what is behind it; and the share of light on what looks away."""
_SURE, _MOST = 0.003, 0.016
"""Metres of a life-size head between its landmarks, as the surface has them, and those of the mean
face: up to the first no other side of a mesh is looked at, from the second on it is no face. A
crown seen from above has 5 mm, faces 1."""
_KEPT = 0.7
"""Share of the landmarks that counts: those of eyes that are holes lie deep inside the head."""
_OUTLYING = 0.02
"""Metres from the mean face: such a landmark is where that face has it."""
_WHITE, _IRIS = (225, 220, 216), (70, 50, 40)
"""sRGB of eyeballs; on blank ones a network guesses where lids end."""
_IRIS_COSINE = 0.91
"""Of the angle between the middle of an iris and its edge, 24 degrees."""
# Light from ahead and a little above, in the picture's frame: x right, y down, z to the viewer.
_LIGHT = np.array([0.15, -0.45, 0.88])


@dataclass(frozen=True, eq=False)
class _Clay:
    """What is drawn of a head: V vertices, T triangles.

    Attributes
    ----------
    points : (V, 3) float64
    triangles : (T, 3) int64
        Without clear shells and lashes.
    eye : (T,) int64
        Which piece of an eyeball each belongs to; -1 where it is none.
    """

    points: np.ndarray
    triangles: np.ndarray
    eye: np.ndarray

    @classmethod
    def of(cls, given: GivenHead) -> _Clay:
        quads = np.where(given.quads[:, 3:] < 0, given.quads[:, [0, 1, 2, 2]], given.quads)
        part = called(given.label, given.labels)
        number = {name: k for k, name in enumerate(PART_NAMES)}
        of_piece = pieces(quads, len(given.points))[quads[:, 0]]
        eye = np.where(part == number["eyes"], of_piece, -1)
        kept = ~np.isin(part, [number["films"], number["lash_cards"]])
        quads, eye = quads[kept], eye[kept]
        triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        return cls(given.points, triangles, np.tile(eye, 2))

    def colours(self, turn: np.ndarray, triangle: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(n, 3): of places on triangles, seen along the last axis of `turn`."""
        result = np.tile(np.array(_CLAY, np.float64), (len(triangle), 1))
        eye = self.eye[triangle]
        for piece in np.unique(eye[eye >= 0]):
            mine = eye == piece
            ball = np.unique(self.triangles[self.eye == piece])
            middle, radius = sphere(self.points[ball])
            at = (self.points[self.triangles[triangle[mine]]] * weights[mine, :, None]).sum(1)
            ahead = (at - middle) @ turn[2] / max(radius, 1e-12)
            result[mine] = np.where((ahead > _IRIS_COSINE)[:, None], _IRIS, _WHITE)
        return result


@dataclass(frozen=True, eq=False)
class _View:
    """A picture of a mesh: x right and y down in the turned frame, z to the viewer.

    Attributes
    ----------
    turn : (3, 3) float64
        From the mesh's frame.
    scale : float
        Pixels of a unit.
    middle : (2,) float64
        Of the picture, in the turned frame.
    """

    turn: np.ndarray
    scale: float
    middle: np.ndarray

    @classmethod
    def around(cls, turn: np.ndarray, points: Points, share: float) -> _View:
        """The view of some points (n, 3) that are so much of it, 0..1."""
        at = points @ turn.T
        low, high = at[:, :2].min(0), at[:, :2].max(0)
        size = max(float((high - low).max()), 1e-12) / share
        return cls(turn, _SIDE / size, (low + high) / 2)

    def placed(self, points: Points) -> np.ndarray:
        """(n, 3) float32: points of the mesh's frame in the picture, pixels."""
        at = points @ self.turn.T * self.scale
        at[:, :2] += _SIDE / 2 - self.middle * self.scale
        return at.astype(np.float32)

    def on_mesh(self, pixels: np.ndarray) -> Landmarks:
        """(n, 3) float64: points of the picture in the mesh's frame."""
        at = pixels.astype(np.float64)
        at[:, :2] -= _SIDE / 2 - self.middle * self.scale
        return np.asarray(at / self.scale @ self.turn)


def find_landmarks(given: GivenHead, reconstructor: FaceReconstructor) -> Landmarks:
    """Where a head has the 68 landmarks.

    Parameters
    ----------
    given : GivenHead
        Its own axes are tried in all 24 ways, first y up and z ahead as OBJ files have them.
    reconstructor : FaceReconstructor

    Returns
    -------
    (68, 3) float64
        In the head's own frame.

    Raises
    ------
    ModelError
        No face was seen.
    """
    clay, best, least, found = _Clay.of(given), None, _MOST, None
    canonical = reconstructor.layout.canonical_landmarks[_INNER].astype(np.float64)
    for turn in _turns():
        marks = _seen(clay, _View.around(turn, clay.points, _WHOLE), reconstructor)
        if marks is None:
            continue
        off = _fitted(canonical, marks)[1]
        if off < least:
            best, least, found = turn, off, marks
        if off < _SURE:
            break
    if best is None or found is None:
        raise ModelError(
            "No face was seen on {name}; name the vertices of its 68 landmarks in a file "
            "landmarks.txt beside neutral.obj.",
            name=given.name,
        )
    close = _seen(clay, _View.around(best, found, _CLOSE), reconstructor)
    found = found if close is None else close
    fit, _ = _fitted(canonical, found)
    outlying = np.linalg.norm(fit.invert(found[_INNER]) - canonical, axis=1) > _OUTLYING
    found[_INNER[outlying]] = fit.apply(canonical[outlying])
    return found


def _fitted(canonical: np.ndarray, marks: Landmarks) -> tuple[Similarity, float]:
    """Where the mean face (51, 3) lies, and how far most landmarks are off it, metres."""
    kept = np.arange(len(canonical))
    for _ in range(4):
        fit = fit_similarity(canonical[kept], marks[_INNER][kept])
        apart = np.linalg.norm(fit.invert(marks[_INNER]) - canonical, axis=1)
        kept = np.argsort(apart)[: round(_KEPT * len(apart))]
    return fit, float(apart[kept].mean())


def _turns() -> Iterator[np.ndarray]:
    """Rotations (3, 3) from a mesh's frame to the picture's: x right, y down, z to the viewer."""
    axes = [sign * axis for axis in np.eye(3) for sign in (1, -1)]
    y_up, z_up = (axes[2], axes[4]), (axes[4], axes[3])
    others = [(up, ahead) for up in axes for ahead in axes if abs(up @ ahead) < 0.5]
    for up, ahead in (y_up, z_up, *others):
        yield np.stack([np.cross(up, ahead), -up, ahead])


def _seen(clay: _Clay, view: _View, reconstructor: FaceReconstructor) -> Landmarks | None:
    """(68, 3): the landmarks of the face in a picture of a mesh, on its surface."""
    at = view.placed(clay.points)
    raster = rasterize(at, clay.triangles, _SIDE, _SIDE)
    inside = raster.triangle >= 0
    weights, triangle = barycentric(at, clay.triangles, raster), raster.triangle[inside]
    normals = vertex_normals(at, clay.triangles)[clay.triangles[triangle]]
    normal = (normals * weights[..., None]).sum(1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    # Whichever way round faces are: what is seen looks to the viewer.
    normal *= np.where(normal[:, 2:] < 0, -1, 1)
    light = _DARK + (1 - _DARK) * ramp(normal @ _LIGHT, (0.0, 1.0))
    pixels = np.full((_SIDE, _SIDE, 3), _GROUND, np.uint8)
    shaded = light[:, None] ** (1 / 2.2) * clay.colours(view.turn, triangle, weights)
    pixels[inside] = np.clip(shaded, 0, 255)
    try:
        face = reconstructor(Photo.from_pixels(pixels), max_faces=1)[0]
    except NoFaceError:
        return None
    row, column = np.nonzero(inside)
    seen = np.stack([column, row, raster.depth[inside]], 1).astype(np.float64)
    apart = np.linalg.norm(face.landmarks[:, None, :2] - seen[None, :, :2], axis=2)
    nearest = seen[apart.argmin(1)]
    # Beside the surface a landmark counts as at its edge; on it, between the pixels.
    on = apart.min(1) < 1
    nearest[on, :2] = face.landmarks[on, :2]
    return view.on_mesh(nearest)
