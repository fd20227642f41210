"""A second look at lids and lips: MediaPipe's face mesh with attention moves their edges.

A position map network sees the whole face in a few numbers; eyes that are shut and mouths that are
wide open come out half so. MediaPipe's network cuts them out and places their edges anew. The face
follows them as far as it can without folding.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import math
from pathlib import Path

import cv2
import numpy as np

from .crop import Crop, crop_around_points
from .errors import ModelError, Sentence
from .files import read_bounded, shown
from .network import open_session
from .photo import Photo
from .pose import PHOTO_TO_BLENDER, fit_pose
from .uv_layout import UVLayout

MODEL = "lids_and_lips.onnx"
PLACES = "lids_and_lips.npz"
MAX_FILE_BYTES = 64 * 2**20
SIDE = 192
"""Pixels of the network's crop."""
_CROP_SCALE = 1.5  # side of the crop over the longer side of the points' box, as MediaPipe has it
# How far an edge takes the skin along, and how much its points may disagree, in eye distances and
# as a share of the smoothing kernel: 0.3 and 0.7, 0.05 and 0.3 change the inner points of 302
# annotated photos by less than 0.05 % of the face.
_REACH = 0.45
_SMOOTHING = 0.3
# Beyond these turns (radians) the further eye's points are guesses: full strength up to the first,
# none from the second on.
_TURNS = (0.6, 1.0)
# Median distance of the two networks' points, over the face's size: further apart they have not
# seen the same face. 300 faces seen rightly have 0.02 to 0.04.
_APART = (0.05, 0.08)
_PRESENT = 0.5
_STEPS = 12
_EASE = 0.35


class LidsAndLips:
    """Moves the edges of lids and lips of position maps to where they are in the photo.

    Parameters
    ----------
    folder : Path
        Has the network and its points' places.
    layout : UVLayout
        Of the position maps.
    threads : int, optional

    Raises
    ------
    ModelError
        A file is damaged, or the places are those of another layout.
    """

    def __init__(self, folder: Path, layout: UVLayout, threads: int | None = None) -> None:
        self.layout = layout
        places = _read_places(folder / PLACES)
        if str(places["layout_sha256"]) != layout.sha256:
            raise ModelError(
                "{path} belongs to another UV layout than {name}.",
                path=shown(folder / PLACES),
                name=layout.name,
            )
        size = layout.size
        texels, edges, opened = places["texels"], places["edges"], places["opened"]
        fits = (
            texels.shape == (468, 2)
            and texels.dtype.kind == "i"
            and edges.ndim == 1
            and edges.dtype.kind == "i"
            and opened.shape == (size, size, 3)
            and opened.dtype.kind == "f"
            and 0 < len(edges) <= 468
            and min(texels.min(), edges.min()) >= 0
            and texels.max() < size
            and edges.max() < 468
        )
        if not fits:
            raise ModelError(
                "{path} has arrays of unexpected shape, type or values.",
                path=shown(folder / PLACES),
            )
        self._session = open_session(folder / MODEL, MAX_FILE_BYTES, threads)
        self._texels = texels[:, 0] * size + texels[:, 1]
        self._edges = edges
        self._spread = self._spreading(opened.reshape(-1, 3).astype(np.float64))
        near = np.zeros(size * size, bool)
        near[layout.texels] = np.abs(self._spread).max(axis=1) > 0
        # Where nothing moves nothing folds.
        moving = layout.triangles[near[layout.triangles].any(axis=1)]
        self._near_texels, numbers = np.unique(moving, return_inverse=True)
        self._near = numbers.reshape(moving.shape)

    @classmethod
    def beside(
        cls, folder: Path, layout: UVLayout, threads: int | None = None
    ) -> LidsAndLips | None:
        """What lies in a folder for this layout; None if nothing does.

        Raises
        ------
        ModelError
            As the constructor, but for the places of another layout.
        """
        if not (folder / MODEL).is_file() or not (folder / PLACES).is_file():
            return None
        if str(_read_places(folder / PLACES)["layout_sha256"]) != layout.sha256:
            return None
        return cls(folder, layout, threads)

    def __call__(self, photo: Photo, position_map: np.ndarray) -> np.ndarray:
        """The map with its edges where the photo has them.

        Parameters
        ----------
        photo : Photo
        position_map : (S, S, 3) float32
            Photo pixels.

        Returns
        -------
        (S, S, 3) float32
            Only x and y have changed. The same map where the face is turned too far, or the two
            networks have not seen the same.
        """
        pose = fit_pose(self.layout.canonical[self.layout.mask], position_map[self.layout.mask])
        back = PHOTO_TO_BLENDER.T @ pose.similarity.rotation
        # The canonical face looks along -Y; how far that is from towards the viewer.
        turn = math.acos(float(np.clip(pose.similarity.rotation[1, 1], -1, 1)))
        strength = _fading(turn, *_TURNS)
        if strength == 0:
            return position_map
        found, presence = self._look(photo, position_map)
        flat = position_map.reshape(-1, 3)
        here = flat[self._texels[self._edges], :2]
        away = found[self._edges] - here
        size = float(np.ptp(flat[self.layout.texels, :2], axis=0).mean())
        apart = float(np.median(np.linalg.norm(away, axis=1))) / max(size, 1e-6)
        strength *= _fading(apart, *_APART) * (presence >= _PRESENT)
        if strength == 0:
            return position_map
        move = np.zeros((flat.shape[0], 2), np.float32)
        move[self.layout.texels] = strength * (self._spread @ away.astype(np.float32))
        return self._unfolded(position_map, move.reshape(*position_map.shape[:2], 2), back)

    def _look(self, photo: Photo, position_map: np.ndarray) -> tuple[np.ndarray, float]:
        """(468, 2) points in photo pixels, and how sure the network is that there is a face."""
        points = position_map.reshape(-1, 3)[self._texels]
        across = points[263] - points[33]  # outer corners of the eyes
        roll = math.atan2(float(across[1]), float(across[0]))
        box = crop_around_points(points, 1.0, roll)
        c, s = math.cos(roll), math.sin(roll)
        upright = points[:, :2] @ np.array([[c, -s], [s, c]])
        crop = Crop(box.centre, max(1.0, _CROP_SCALE * float(np.ptp(upright, 0).max())), roll, SIDE)
        picture = crop.extract(photo).transpose(2, 0, 1)[None].astype(np.float32) / 255
        found, presence = self._session.run(["points", "presence"], {"crops": picture})
        there = np.pad(found[0], ((0, 0), (0, 1)))
        return crop.positions_to_photo(there)[:, :2], float(presence[0])

    def _spreading(self, opened: np.ndarray) -> np.ndarray:
        """(n, E) float32: how each texel of the mask follows each edge point.

        Kernel smoothing with Wendland's C2 function of the distance on the canonical face, taken
        with the mouth shut and open at once, so that one lip does not take the other along.
        Source: H. Wendland, "Piecewise polynomial, positive definite and compactly supported
        radial functions of minimal degree", Adv. Comput. Math. 4 (1995).
        """
        canonical = self.layout.canonical.reshape(-1, 3).astype(np.float64)
        eye_points = self._texels[[33, 263]]

        def scaled(places: np.ndarray) -> np.ndarray:
            # Both faces in the same unit, in which the eyes' outer corners are 1 apart.
            return places / np.linalg.norm(places[eye_points[0]] - places[eye_points[1]])

        places = np.concatenate([scaled(canonical), scaled(opened)], axis=1)
        texels, edges = places[self.layout.texels], places[self._texels[self._edges]]

        def kernel(a: np.ndarray) -> np.ndarray:
            square = (a**2).sum(1)[:, None] + (edges**2).sum(1) - 2 * a @ edges.T
            r = np.minimum(np.sqrt(np.maximum(square, 0)) / _REACH, 1)
            return (1 - r) ** 4 * (4 * r + 1)

        inner = kernel(edges) + _SMOOTHING * np.eye(len(edges))
        return np.asarray(np.linalg.solve(inner, kernel(texels).T).T, np.float32)

    def _unfolded(self, position_map: np.ndarray, move: np.ndarray, back: np.ndarray) -> np.ndarray:
        """The map moved, less where a triangle would turn over that did not before.

        As it was if it cannot be moved without that.
        """
        near = self._near_texels
        canonical = self.layout.canonical.reshape(-1, 3)[near]

        def turned(places: np.ndarray) -> np.ndarray:
            return turned_over(places.reshape(-1, 3)[near] @ back, canonical, self._near)

        before = turned(position_map)
        share = np.ones(move.shape[:2], np.float32)
        for _ in range(_STEPS):
            moved = position_map.copy()
            moved[..., :2] += share[..., None] * move
            folded = turned(moved) & ~before
            if not folded.any():
                return moved
            marks = np.zeros(share.size, np.float32)
            marks[near[self._near[folded].ravel()]] = 1
            marks = cv2.dilate(marks.reshape(share.shape), np.ones((5, 5), np.uint8))
            share *= 1 - _EASE * np.minimum(1.2 * cv2.GaussianBlur(marks, (0, 0), 2.5), 1)
        return position_map


def turned_over(vertices: np.ndarray, canonical: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(T,) bool: whether a triangle's normal points away from where the canonical face has it.

    Parameters
    ----------
    vertices, canonical : (V, 3)
        Both turned the same way.
    triangles : (T, 3) int
    """

    def normals(p: np.ndarray) -> np.ndarray:
        a, b, c = (p[triangles[:, k]].astype(np.float64) for k in range(3))
        return np.cross(b - a, c - a)

    return np.asarray((normals(vertices) * normals(canonical)).sum(axis=1) < 0)


def _fading(value: float, full: float, none: float) -> float:
    """1 up to `full`, 0 from `none` on."""
    return float(np.clip((none - value) / (none - full), 0, 1))


def _read_places(path: Path) -> dict[str, np.ndarray]:
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            names = ("layout_sha256", "texels", "edges", "opened")
            return {name: archive[name] for name in names}
    except Exception as e:  # zip and npy parsers raise many kinds on damaged data
        raise ModelError("{path} is damaged or not an .npz file.", path=shown(path)) from e
