"""One look of the network at the faces of a frame, as few numbers as following them takes.

A position map has 65,536 places; pose, expression and identity of a frame are told as well by a few
hundred. Only these are brought into the frame's pixels, which is what makes a look quick.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ..face.confidence import confidence
from ..geometry.landmarks import bounds, lean_of
from ..geometry.uv_layout import UVLayout
from ..head.face_shape import FaceShape
from ..model.network import PositionMapNetwork
from ..photo.crop import Crop, crop_around_points
from ..photo.photo import Photo
from ..typed import Landmarks, Points

# Metres: about one place of the face for each such cube. A finer one changes no pose by 0.05
# degrees, and costs memory.
_GRID = 0.014
_NOT_FITTED = ("left_ear", "right_ear", "neck")
LANDMARKS = 68
"""The first of an observation's points are the iBUG landmarks."""
LOOK = 12
"""Pixels along a side of the thumbnail that is kept of a crop."""
# Radians: a face that leans more is shown to the network turned upright, until it leans less than
# the second. The two differ, so that a face that leans so does not make the crop turn to and fro.
_TURNED, _UPRIGHT = 0.5, 0.35


@dataclass(frozen=True, eq=False)
class Observation:
    """What one frame shows of one face, before anything is smoothed.

    Attributes
    ----------
    points : (P, 3) float32
        Photo pixels: x right, y down, z toward the viewer. The landmarks, then places all over
        the face, see `FaceLooker.texels`.
    identity : (K,) float32
        As the network tells it; K is 0 for models that do not.
    expression : (E,) float32
        As the network tells it; E is 0 for models that do not.
    moments : (12,) float32
        What the expression does to the pose (`geometry.pose.expression_pull`); zeros if the model
        does not tell.
    crop : (4,) float32
        What the network saw: centre x and y, side, photo pixels; roll, radians.
    look : (V, V, 3) uint8
        A thumbnail of that crop, by which a person is known again.
    confidence : float
        0..1: how far the look and that at the mirror image agree, see `face.confidence`.
    """

    points: Points
    identity: np.ndarray
    expression: np.ndarray
    moments: np.ndarray
    crop: np.ndarray
    look: np.ndarray
    confidence: float

    @property
    def landmarks(self) -> Landmarks:
        """(68, 3) float32 photo pixels."""
        return self.points[:LANDMARKS]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1): the bounding box of the landmarks, photo pixels."""
        return bounds(self.landmarks)

    @property
    def size(self) -> float:
        """Mean side of that box."""
        x0, y0, x1, y1 = self.box
        return (x1 - x0 + y1 - y0) / 2

    @property
    def centre(self) -> np.ndarray:
        """(2,) float64: the middle of that box."""
        x0, y0, x1, y1 = self.box
        return np.array([(x0 + x1) / 2, (y0 + y1) / 2])

    @cached_property
    def lean(self) -> float:
        """Radians by which the face is turned clockwise in the photo, from chin to brows."""
        return lean_of(self.landmarks)


class FaceLooker:
    """Looks at several faces of a frame at once.

    Parameters
    ----------
    network : PositionMapNetwork
    layout : UVLayout
        The layout that belongs to the network.
    shape : FaceShape, optional
        The shape whose coefficients the network tells.

    Attributes
    ----------
    texels : (P,) int64
        Flat indices v * S + u of the points of an observation.
    """

    def __init__(
        self, network: PositionMapNetwork, layout: UVLayout, shape: FaceShape | None = None
    ) -> None:
        self.network, self.layout, self.shape = network, layout, shape
        self.texels = _texels(layout)
        self.canonical = layout.canonical.reshape(-1, 3)[self.texels].astype(np.float64)
        row, column = np.divmod(self.texels, layout.size)
        self._straight = row, column
        self._mirrored = row, layout.size - 1 - column
        sizes = network.coefficient_sizes
        self._names = {n for n in ("identity", "expression", "expression_moments") if n in sizes}
        if shape is None:
            self._names.discard("identity")
        if "expression" in self._names and not network.info.expression_names:
            self._names.discard("expression")

    @property
    def sizes(self) -> tuple[int, int]:
        """(K, E): how many coefficients of identity and of expressions an observation has."""
        sizes = self.network.coefficient_sizes
        found = [int(sizes[n]) if n in self._names else 0 for n in ("identity", "expression")]
        return found[0], found[1]

    def __call__(self, photo: Photo, crops: Sequence[Crop]) -> list[Observation]:
        """Look at each crop and at its mirror image, all in one run of the network.

        Raises
        ------
        ModelError
            The network fails.
        """
        if not crops:
            return []
        side = self.network.resolution
        crops = [Crop(c.centre, c.size, c.roll, side) for c in crops]
        images = np.stack([crop.extract(photo) for crop in crops])
        both = self.network(np.concatenate([images, images[:, :, ::-1]]))
        count = len(crops)
        straight = both.position_maps[:count][:, *self._straight]
        other = both.position_maps[count:][:, *self._mirrored] * np.array([-1, 1, 1], np.float32)
        other += np.array([side - 1, 0, 0], np.float32)
        found = []
        for i, crop in enumerate(crops):
            one, two = np.asarray(straight[i, :LANDMARKS]), np.asarray(other[i, :LANDMARKS])
            values = {name: both.coefficients[name][[i, count + i]] for name in self._names}
            found.append(
                Observation(
                    _in_photo(crop, (straight[i] + other[i]) / 2),
                    self._mean(values, "identity"),
                    self._mean(values, "expression"),
                    values["expression_moments"][0] if "expression_moments" in values
                    else np.zeros(12, np.float32),
                    np.array([*crop.centre, crop.size, crop.roll], np.float32),
                    cv2.resize(images[i], (LOOK, LOOK), interpolation=cv2.INTER_AREA),
                    # As the cache keeps it: work that goes on is the same to the bit.
                    float(np.float32(confidence(one, two, _outside(crop, photo)))),
                )
            )  # fmt: skip
        return found

    def _mean(self, values: dict[str, np.ndarray], name: str) -> np.ndarray:
        """The mean of what the network tells of a crop and, mirrored back, of its mirror image."""
        if name not in values:
            return np.zeros(0, np.float32)
        straight, other = values[name]
        if self.shape is None:
            return np.asarray(straight, np.float32)
        back = (
            self.shape.mirrored_identity if name == "identity" else self.shape.mirrored_expression
        )
        return np.asarray((straight + back(other)) / 2, np.float32)

    def next_crop(self, last: Observation, before: Observation | None) -> Crop:
        """Where the face is looked for in the next frame: it goes on as it went.

        Parameters
        ----------
        last : Observation
            Of the frame before.
        before : Observation or None
            Of the one before that.
        """
        turned = _UPRIGHT if last.crop[3] else _TURNED
        roll = last.lean if abs(last.lean) > turned else 0.0
        crop = crop_around_points(last.landmarks, self.network.info.crop_scale, roll)
        if before is None:
            return crop
        # At most a quarter of the face: more is a wrong look, or a cut.
        move = (last.centre - before.centre).clip(-last.size / 4, last.size / 4)
        return Crop(crop.centre + move, crop.size, roll)


def _outside(crop: Crop, photo: Photo) -> float:
    """As `Crop.fraction_outside`; at once where the whole crop lies inside, as it mostly does."""
    reach = crop.size * (abs(math.cos(crop.roll)) + abs(math.sin(crop.roll))) / 2
    x, y = crop.centre
    if reach <= x < photo.width - reach and reach <= y < photo.height - reach:
        return 0.0
    return crop.fraction_outside(photo)


def _in_photo(crop: Crop, positions: Points) -> Points:
    """As `Crop.positions_to_photo`, without inverting a matrix.

    For that numpy's threads wait for each other, which took 9 ms of a frame on a busy machine.
    """
    linear, offset = crop.to_crop[:, :2], crop.to_crop[:, 2]
    flat = (positions[:, :2] - offset) @ (linear / crop.scale**2)
    depth = positions[:, 2:] / crop.scale
    return np.concatenate([flat, depth], axis=1).astype(np.float32)


def _texels(layout: UVLayout) -> np.ndarray:
    usable = np.ones(layout.mask.size, bool)
    for name in _NOT_FITTED:
        if name in layout.parts:
            usable &= ~layout.parts[name].reshape(-1)
    texels = layout.texels[usable[layout.texels]]
    cubes = np.round(layout.canonical.reshape(-1, 3)[texels] / _GRID).astype(int)
    first = np.unique(cubes, axis=0, return_index=True)[1]
    row, column = layout.landmark_texels.T
    marks = row.astype(np.int64) * layout.size + column
    return np.concatenate([marks, texels[np.sort(first)].astype(np.int64)])
