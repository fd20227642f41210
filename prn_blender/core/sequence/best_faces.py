"""The frames of a shot that show a person's face best, each looked at as a photo is."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import OptionError
from ..face.face import Face
from ..face.looks import UPRIGHT
from ..face.reconstruct import FaceReconstructor
from ..geometry.landmarks import lean_of
from ..geometry.pose import PHOTO_TO_BLENDER
from ..photo.crop import Crop, crop_around_points
from ..photo.frames import FrameRange, Shot
from .performance import Performance


def crop_of(performance: Performance, index: int, scale: float) -> Crop:
    """Where the network finds the head of a performance in one of its T frames.

    Parameters
    ----------
    performance : Performance
    index : int
    scale : float
        The network's `crop_scale`.
    """
    head = performance.layout.canonical_landmarks.astype(np.float64)
    points = performance.pose(index).similarity.apply(head) @ PHOTO_TO_BLENDER
    lean = lean_of(points)
    return crop_around_points(points, scale, lean if abs(lean) > UPRIGHT else 0.0)


def best_faces(
    shot: Shot, performance: Performance, reconstructor: FaceReconstructor, most: int
) -> list[Face]:
    """The face in a few frames all over a shot, the one that shows it best first.

    Of each part of the shot the frame counts that shows the face large, from the front and clearly.

    Parameters
    ----------
    shot : Shot
    performance : Performance
    reconstructor : FaceReconstructor
    most : int
        Frames at most.

    Raises
    ------
    OptionError
        No frame shows the person.
    PhotoError
        A frame cannot be read.
    ModelError
        The network fails.
    """
    there = np.flatnonzero(performance.measured)
    if not len(there):
        raise OptionError("No frame shows the person's face.")
    ahead = np.array([np.cos(performance.pose(k).yaw) for k in range(len(performance))])
    worth = performance.confidence * performance.scale * ahead.clip(0) ** 2
    parts = np.array_split(there, min(most, len(there)))
    chosen = sorted((part[np.argmax(worth[part])] for part in parts), key=lambda k: -worth[k])
    scale = reconstructor.network.info.crop_scale
    found = []
    for index in chosen:
        number = int(performance.numbers[index])
        for frame in shot.frames(FrameRange(number, number)):
            photo = frame.photo
            if photo.path is None:  # of a movie: as several photos they need names of their own
                photo = replace(photo, name=f"{shot.name}_{number}")
            found.append(reconstructor.at(photo, crop_of(performance, int(index), scale)))
    return found
