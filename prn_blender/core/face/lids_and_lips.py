"""Refine lids and lips: move their edges to where MediaPipe's face mesh with attention sees them.

A position map network describes the whole face by a few numbers. Eyes that are shut and mouths that
are wide open come out half so. MediaPipe's network looks at eyes and mouth closely and places their
edges. The position map follows these points as far as it can without folding. It sees irises, too.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..errors import ModelError, Sentence
from ..files.npz import unpack_npz
from ..files.safe import read_bounded, shown
from ..geometry.foldovers import Foldovers
from ..geometry.pose import Pose
from ..geometry.uv_layout import UVLayout
from ..image.filters import ramp
from ..model.network import open_session
from ..photo.crop import Crop, crop_around_points
from ..photo.photo import Photo
from ..typed import PositionMap

MODEL = "lids_and_lips.onnx"
"""File name of the network."""
PLACES = "lids_and_lips.npz"
"""File name of the places of its points in a UV layout."""
MAX_FILE_BYTES = 64 * 2**20
"""Largest of these files that is read."""
SIDE = 192
"""Pixels of the network's crop."""

# MediaPipe's face mesh: the number of its points, ...
_POINTS = 468
# ... and those at the outer corners of the eyes.
_RIGHT_EYE_CORNER = 33
_LEFT_EYE_CORNER = 263

# Side of the crop over the longer side of the points' bounding box, as MediaPipe has it.
_CROP_SCALE = 1.5
# Presence, as the network gives it, from which on there is a face in the crop.
_PRESENT = 0.5

# How far from an edge the skin moves along: distances of the eyes' outer corners.
_REACH = 0.45
# How far neighbouring points of an edge are averaged: what is added to the diagonal of the kernel
# matrix. With a reach of 0.3 to 0.7 and a smoothing of 0.05 to 0.3 the inner points of 302
# annotated photos change by less than 0.05 % of the face.
_SMOOTHING = 0.3

# Radians between the face's front and the viewer: full strength up to the second, none from the
# first on. Of a face that is turned further the network can only guess the far eye.
_TURN = (1.0, 0.6)
# Median distance between the points of the two networks, as a share of the face's size: full
# strength up to the second, none from the first on, where they have not seen the same face. In 300
# faces that were seen rightly it is 0.02 to 0.04.
_DISAGREEMENT = (0.08, 0.05)

# Texels, standard deviation: blur of the face by which its slope is told.
_COARSE = 8.0
# Depth per distance in the picture: steepest slope that counts. At the outline of the face a step
# to the side would otherwise be a leap in depth.
_STEEPEST = 1.5


@dataclass(frozen=True, eq=False)
class Refined:
    """What a close look at eyes and mouth has found.

    Attributes
    ----------
    position_map : (S, S, 3) float32
        Photo pixels.
    irises : (2, 2) float32 or None
        Middles of the right and of the left iris, photo pixels; None where the network has not
        looked, or cannot be trusted.
    """

    position_map: PositionMap
    irises: np.ndarray | None = None


class LidsAndLips:
    """Moves the edges of lids and lips in position maps to where the photo shows them.

    Parameters
    ----------
    folder : Path
        It holds the network and the places of its points.
    layout : UVLayout
        Layout of the position maps.
    threads : int, optional
        CPU threads of the network; by default onnxruntime's own choice.

    Raises
    ------
    ModelError
        A file is missing or damaged, or the places are those of another layout.
    MissingDependencyError
        onnxruntime is absent or cannot be loaded.
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
            texels.shape == (_POINTS, 2)
            and texels.dtype.kind == "i"
            and edges.ndim == 1
            and edges.dtype.kind == "i"
            and opened.shape == (size, size, 3)
            and opened.dtype.kind == "f"
            and bool(np.isfinite(opened).all())
            and 0 < len(edges) <= _POINTS
            and min(texels.min(), edges.min()) >= 0
            and texels.max() < size
            and edges.max() < _POINTS
        )
        if not fits:
            raise ModelError(
                "{path} has arrays of unexpected shape, type or values.",
                path=shown(folder / PLACES),
            )
        self._session = open_session(folder / MODEL, MAX_FILE_BYTES, threads)
        self._texels = texels[:, 0] * size + texels[:, 1]
        self._edges = edges
        # Only texels near an edge move: their weights (m, E), and their flat indices (m,).
        weights = self._edge_weights(opened.reshape(-1, 3).astype(np.float64))
        moving = np.abs(weights).max(axis=1) > 0
        self._weights, self._moving = weights[moving], layout.texels[moving]
        near = np.zeros(size * size, bool)
        near[self._moving] = True
        # Where nothing moves nothing folds.
        self._foldovers = Foldovers(layout, layout.triangles[near[layout.triangles].any(axis=1)])

    @classmethod
    def beside(
        cls, folder: Path, layout: UVLayout, threads: int | None = None
    ) -> LidsAndLips | None:
        """Open the files in a folder, if they are there and belong to a layout.

        Returns
        -------
        LidsAndLips or None
            None if a file is missing, or if the places are those of another layout.

        Raises
        ------
        ModelError
            A file is damaged.
        MissingDependencyError
            onnxruntime is absent or cannot be loaded.
        """
        if not (folder / MODEL).is_file() or not (folder / PLACES).is_file():
            return None
        if str(_read_places(folder / PLACES)["layout_sha256"]) != layout.sha256:
            return None
        return cls(folder, layout, threads)

    def __call__(self, photo: Photo, position_map: PositionMap, pose: Pose) -> Refined:
        """Move the edges of lids and lips, and find the irises.

        Parameters
        ----------
        photo : Photo
        position_map : (S, S, 3) float32
            Photo pixels.
        pose : Pose
            Of the face.

        Returns
        -------
        Refined
            With the same array, and no irises, if the face is turned too far, or if the two
            networks have not seen the same face.
        """
        # Angle between the canonical face's front, -Y, and the direction to the viewer.
        turn = math.acos(float(np.clip(pose.similarity.rotation[1, 1], -1, 1)))
        strength = ramp(turn, _TURN)
        if strength == 0:
            return Refined(position_map)
        found, irises, presence = self._look(photo, position_map)
        flat = position_map.reshape(-1, 3)
        shift = found[self._edges] - flat[self._texels[self._edges], :2]
        size = float(np.ptp(flat[self.layout.texels, :2], axis=0).mean())
        disagreement = float(np.median(np.linalg.norm(shift, axis=1))) / max(size, 1e-6)
        strength *= ramp(disagreement, _DISAGREEMENT) * (presence >= _PRESENT)
        if strength == 0:
            return Refined(position_map)
        move = np.zeros((flat.shape[0], 3), np.float32)
        move[self._moving, :2] = strength * (self._weights @ shift.astype(np.float32))
        move = self._along_the_surface(position_map, move.reshape(position_map.shape))
        return Refined(self._foldovers.moved(position_map, move, pose), irises)

    def _look(
        self, photo: Photo, position_map: PositionMap
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Run the network on the face.

        Returns
        -------
        points : (468, 2) float32
            Photo pixels.
        irises : (2, 2) float32
            See `Refined`.
        presence : float
            0..1: how sure the network is that the crop shows a face.
        """
        points = position_map.reshape(-1, 3)[self._texels]
        across = points[_LEFT_EYE_CORNER] - points[_RIGHT_EYE_CORNER]
        roll = math.atan2(float(across[1]), float(across[0]))
        box = crop_around_points(points, 1.0, roll)
        c, s = math.cos(roll), math.sin(roll)
        upright = points[:, :2] @ np.array([[c, -s], [s, c]])
        crop = Crop(box.centre, max(1.0, _CROP_SCALE * float(np.ptp(upright, 0).max())), roll, SIDE)
        picture = crop.extract(photo).transpose(2, 0, 1)[None].astype(np.float32) / 255
        points, irises, presence = self._session.run(
            ["points", "irises", "presence"], {"crops": picture}
        )
        in_crop = np.concatenate([points[0], irises[0].reshape(2, -1, 2)[:, 0]])
        found = crop.positions_to_photo(np.pad(in_crop, ((0, 0), (0, 1))))[:, :2]
        return found[:_POINTS], found[_POINTS:], float(presence[0])

    def _edge_weights(self, opened: np.ndarray) -> np.ndarray:
        """Compute how each texel follows the points of the edges.

        Parameters
        ----------
        opened : (S * S, 3) float64
            The canonical face with an open mouth, in any unit.

        Returns
        -------
        (n, E) float32
            For each texel of the mask its share in the shift of each of the E points.

        Notes
        -----
        Kernel smoothing (ridge regression) with Wendland's C2 function. Distances are those on
        the canonical face with the mouth shut and with the mouth open, joined to one in six
        dimensions, so that one lip does not take the other along. Source: H. Wendland, "Piecewise
        polynomial, positive definite and compactly supported radial functions of minimal degree",
        Adv. Comput. Math. 4 (1995).
        """
        canonical = self.layout.canonical.reshape(-1, 3).astype(np.float64)
        right_corner, left_corner = self._texels[[_RIGHT_EYE_CORNER, _LEFT_EYE_CORNER]]

        def scaled(positions: np.ndarray) -> np.ndarray:
            # Both faces in the same unit, in which the eyes' outer corners are 1 apart.
            distance = np.linalg.norm(positions[right_corner] - positions[left_corner])
            return positions / distance

        positions = np.concatenate([scaled(canonical), scaled(opened)], axis=1)
        texels, edges = positions[self.layout.texels], positions[self._texels[self._edges]]

        def squares(a: np.ndarray) -> np.ndarray:
            return (a**2).sum(1)[:, None] + (edges**2).sum(1) - 2 * a @ edges.T

        def kernel(square: np.ndarray) -> np.ndarray:
            r = np.minimum(np.sqrt(np.maximum(square, 0)) / _REACH, 1)
            return (1 - r) ** 4 * (4 * r + 1)

        gram = kernel(squares(edges)) + _SMOOTHING * np.eye(len(edges))
        square = squares(texels)
        near = (square < _REACH**2).any(1)  # each process that opens the model waits for this
        weights = np.zeros(square.shape, np.float32)
        weights[near] = np.linalg.solve(gram, kernel(square[near]).T).T
        return weights

    def _along_the_surface(self, position_map: PositionMap, move: np.ndarray) -> np.ndarray:
        """Add depth to a move in the picture plane, so that it follows the face's surface.

        A corner of the mouth that moves outward moves back, too, as the cheek does; the chin of a
        lowered face moves towards the neck. The surface is blurred first.

        Parameters
        ----------
        position_map : (S, S, 3) float32
        move : (S, S, 3) float32
            x and y; its z is overwritten.
        """
        mask = self.layout.mask.astype(np.float32)
        share = np.maximum(cv2.GaussianBlur(mask, (0, 0), _COARSE), 1e-3)[..., None]
        coarse = cv2.GaussianBlur(position_map * mask[..., None], (0, 0), _COARSE) / share
        down, right = (np.gradient(coarse, axis=axis) for axis in (0, 1))
        # The slope is such that dz = slope . (dx, dy) for both tangents.
        area = right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]
        area = np.where(np.abs(area) < 1e-6, 1e-6, area)
        slope_x = (right[..., 2] * down[..., 1] - right[..., 1] * down[..., 2]) / area
        slope_y = (right[..., 0] * down[..., 2] - right[..., 2] * down[..., 0]) / area
        limit = _STEEPEST / np.maximum(np.hypot(slope_x, slope_y), _STEEPEST)
        move[..., 2] = limit * (slope_x * move[..., 0] + slope_y * move[..., 1])
        return move


def _read_places(path: Path) -> dict[str, np.ndarray]:
    """Read the places of the network's points in a layout; ModelError if the file is damaged.

    Returns
    -------
    dict of str to array
        `layout_sha256`; `texels` (468, 2) int, row and column of each point; `edges` (E,) int, the
        points on the edges of lids and lips; `opened` (S, S, 3) float, the canonical face with an
        open mouth.
    """
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("model"), ModelError)
    try:
        return unpack_npz(data, ("layout_sha256", "texels", "edges", "opened"))
    except ValueError as e:
        raise ModelError("{path} is damaged or not an .npz file.", path=shown(path)) from e
