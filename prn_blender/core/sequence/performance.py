"""What one person does in a shot: who it is, and pose and expression of every frame."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry.pose import Pose, Similarity
from ..geometry.uv_layout import UVLayout


@dataclass(frozen=True, eq=False)
class Performance:
    """One person in a shot.

    Attributes
    ----------
    person : int
        Counted from 1, in the order in which they come in.
    layout : UVLayout
    size : (width, height)
        Of the frames, pixels.
    rate : float
        Frames a second of the shot.
    numbers : (T,) int64
        The frames in which the person is, counted from 1 in the shot. Short gaps are bridged.
    seconds : (T,) float64
        Their times.
    measured : (T,) bool
        False where a frame does not show the face, and the values are those between its
        neighbours'.
    starts : (T,) bool
        Where curves begin anew: after cuts and long absences.
    enters : (T,) bool
    leaves : (T,) bool
        The first and the last frames of those between which curves go on, where no cut explains
        that the face was not there before, or is not there afterwards: it came into the picture or
        left it, or something hid it for long.
    confidence : (T,) float64
        0..1, 0 where it was not measured.
    scale : (T,) float64
        Photo pixels for each metre of the head.
    rotation : (T, 3, 3) float64
    translation : (T, 3) float64
        With `scale` the pose: from the canonical frame to photo pixels in Blender's axes. Its
        depth is 0: the scale alone tells it.
    expression : (T, E) float64
        0..1.
    names : tuple of str
        Of the E expressions.
    identity : (K,) float64 or None
        One for the whole shot; None if the model does not tell.
    box : (4,) float64
        Bounding box of the landmarks in the first frame, photo pixels.
    """

    person: int
    layout: UVLayout
    size: tuple[int, int]
    rate: float
    numbers: np.ndarray
    seconds: np.ndarray
    measured: np.ndarray
    starts: np.ndarray
    enters: np.ndarray
    leaves: np.ndarray
    confidence: np.ndarray
    scale: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    expression: np.ndarray
    names: tuple[str, ...]
    identity: np.ndarray | None
    box: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def pose(self, index: int) -> Pose:
        """The head's pose in one of the T frames."""
        return Pose(
            Similarity(float(self.scale[index]), self.rotation[index], self.translation[index])
        )

    def curve(self, name: str) -> np.ndarray:
        """(T,) float64: an expression over time, by its ARKit name; zeros if it is not known."""
        if name not in self.names:
            return np.zeros(len(self))
        return np.asarray(self.expression[:, self.names.index(name)])

    @property
    def presence(self) -> float:
        """How much there is of the person: frames times the face's area, to rank people by."""
        return float((self.scale[self.measured] ** 2).sum())
