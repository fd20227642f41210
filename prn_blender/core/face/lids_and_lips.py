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

from ..errors import ModelError, Sentence
from ..files.safe import read_bounded, shown
from ..geometry.foldovers import FLIP_MARGIN, Foldovers, in_canonical_frame, soften_marks
from ..geometry.pose import Pose
from ..geometry.uv_layout import UVLayout
from ..model.network import open_session
from ..photo.crop import Crop, crop_around_points
from ..photo.photo import Photo

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
# Texels over which the face is smoothed to see where it slopes, and the steepest slope that counts:
# at the edge of what is seen a step to the side would be a leap in depth.
_COARSE = 8.0
_STEEPEST = 1.5
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
        moving = np.abs(self._spread).max(axis=1) > 0
        self._spread, self._moving = self._spread[moving], layout.texels[moving]
        near = np.zeros(size * size, bool)
        near[self._moving] = True
        # Where nothing moves nothing folds.
        self._foldovers = Foldovers(layout, layout.triangles[near[layout.triangles].any(axis=1)])

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

    def __call__(self, photo: Photo, position_map: np.ndarray, pose: Pose) -> np.ndarray:
        """The map with its edges where the photo has them.

        Parameters
        ----------
        photo : Photo
        position_map : (S, S, 3) float32
            Photo pixels.
        pose : Pose
            Of the face.

        Returns
        -------
        (S, S, 3) float32
            The same map where the face is turned too far, or the two networks have not seen the
            same.
        """
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
        move = np.zeros((flat.shape[0], 3), np.float32)
        move[self._moving, :2] = strength * (self._spread @ away.astype(np.float32))
        move = self._along_the_face(position_map, move.reshape(position_map.shape))
        return self._unfolded(position_map, move, pose)

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

    def _along_the_face(self, position_map: np.ndarray, move: np.ndarray) -> np.ndarray:
        """The move in the picture, and in depth what keeps it on the face, seen coarsely.

        A corner of the mouth that goes outward goes back, too, as the cheek does; the chin of a
        lowered face goes towards the neck.
        """
        mask = self.layout.mask.astype(np.float32)
        share = np.maximum(cv2.GaussianBlur(mask, (0, 0), _COARSE), 1e-3)[..., None]
        coarse = cv2.GaussianBlur(position_map * mask[..., None], (0, 0), _COARSE) / share
        down, right = (np.gradient(coarse, axis=axis) for axis in (0, 1))
        # dz = slope . (dx, dy) on both tangents.
        area = right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]
        area = np.where(np.abs(area) < 1e-6, 1e-6, area)
        slope_x = (right[..., 2] * down[..., 1] - right[..., 1] * down[..., 2]) / area
        slope_y = (right[..., 0] * down[..., 2] - right[..., 2] * down[..., 0]) / area
        limit = _STEEPEST / np.maximum(np.hypot(slope_x, slope_y), _STEEPEST)
        move[..., 2] = limit * (slope_x * move[..., 0] + slope_y * move[..., 1])
        return move

    def _unfolded(self, position_map: np.ndarray, move: np.ndarray, pose: Pose) -> np.ndarray:
        """The map moved, less where a triangle would turn over that did not before.

        As it was if it cannot be moved without that.
        """
        places = in_canonical_frame(position_map, pose).reshape(-1, 3)
        by = in_canonical_frame(move, pose).reshape(-1, 3)
        before = self._foldovers.flipped(places, margin=FLIP_MARGIN)
        share = np.ones(self.layout.mask.size, np.float32)
        near: np.ndarray | None = None  # what may have changed since the last look
        for _ in range(_STEPS):
            folded = self._foldovers.flipped(places + share[:, None] * by, near, FLIP_MARGIN)
            folded = np.setdiff1d(folded, before)
            if not len(folded):
                return position_map + share.reshape(move.shape[:2])[..., None] * move
            less = _EASE * soften_marks(self._foldovers.neighbourhood(folded)).ravel()
            share *= 1 - less
            near = np.flatnonzero((less > 0)[self._foldovers.triangles].any(axis=1))
        return position_map


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
