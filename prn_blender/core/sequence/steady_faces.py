"""The face of one person in the frames of a shot, held steady.

Each frame is looked at as a photo is, at the place where the person's performance has the head.
What the look has beside the performance's smooth pose is the face's shape and expression, and
noise: it is averaged with the neighbouring frames', but for what moves (a bilateral filter over
time: C. Tomasi, R. Manduchi, "Bilateral Filtering for Gray and Color Images", ICCV 1998).
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..face.face import Face
from ..face.reconstruct import FaceReconstructor
from ..geometry.pose import PHOTO_TO_BLENDER
from ..photo.frames import Frame
from ..typed import PositionMap
from .best_faces import crop_of
from .performance import Performance

# How far a place counts that has moved so many metres within the face from one frame to the next:
# Gaussian, standard deviation. Noise moves it by some 0.1 mm, a blink or a word by millimetres.
_MOVED = 4e-4
# Frames over which what is put on a face fades in and out where the face is hidden or leaves the
# picture.
_FADE = 3


@dataclass(frozen=True, eq=False)
class Target:
    """A frame, and the person's face in it.

    Attributes
    ----------
    frame : Frame
    face : Face or None
        None where the frame does not show it.
    begins : bool
        Whether nothing is the same as in the frame before: after a cut, and at the first one.
    strength : float
        0..1: less than 1 beside frames that do not show the face, a cut apart.
    """

    frame: Frame
    face: Face | None
    begins: bool
    strength: float


@dataclass(frozen=True, eq=False)
class _Look:
    """A frame with what the network saw in it.

    Attributes
    ----------
    frame : Frame
    index : int or None
        The frame's place in the performance.
    face : Face or None
    local : (S, S, 3) float32 or None
        The face's position map in the canonical frame of the performance's pose.
    """

    frame: Frame
    index: int | None
    face: Face | None = None
    local: PositionMap | None = None


def steady_faces(
    frames: Iterator[Frame], performance: Performance, reconstructor: FaceReconstructor
) -> Iterator[Target]:
    """Find a person's face in frames.

    Parameters
    ----------
    frames : iterator of Frame
        In their order; any of the shot's.
    performance : Performance
        Of the person.
    reconstructor : FaceReconstructor

    Yields
    ------
    Target
        One for each frame.

    Raises
    ------
    PhotoError
        A frame cannot be read.
    ModelError
        The network fails.
    """
    strength = strengths(performance)
    before: _Look | None = None
    waiting: deque[_Look] = deque()
    for frame in frames:
        waiting.append(_look(frame, performance, reconstructor))
        if len(waiting) == 2:
            look = waiting.popleft()
            yield _target(before, look, waiting[0], performance, strength)
            before = look
    if waiting:
        yield _target(before, waiting[0], None, performance, strength)


def _look(frame: Frame, performance: Performance, reconstructor: FaceReconstructor) -> _Look:
    at = int(np.searchsorted(performance.numbers, frame.number))
    if at == len(performance) or performance.numbers[at] != frame.number:
        return _Look(frame, None)
    if not performance.measured[at]:
        return _Look(frame, at)
    crop = crop_of(performance, at, reconstructor.network.info.crop_scale)
    face = reconstructor.at(frame.photo, crop)
    seen = face.position_map.reshape(-1, 3).astype(np.float64) @ PHOTO_TO_BLENDER.T
    local = performance.pose(at).similarity.invert(seen).astype(np.float32)
    return _Look(frame, at, face, local.reshape(face.position_map.shape))


def _target(
    before: _Look | None,
    look: _Look,
    after: _Look | None,
    performance: Performance,
    strength: np.ndarray,
) -> Target:
    """A look, averaged with those of the frames beside it."""
    face, index = look.face, look.index
    if face is None or index is None or look.local is None:
        return Target(look.frame, None, True, 0.0)
    begins = bool(performance.starts[index]) or before is None or before.face is None
    ends = after is None or after.index is None or bool(performance.starts[after.index])
    local, weight = look.local, np.ones((*look.local.shape[:2], 1), np.float32)
    for beside, apart in ((before, begins), (after, ends)):
        if beside is not None and beside.local is not None and not apart:
            moved = ((beside.local - look.local) ** 2).sum(axis=-1, keepdims=True)
            alike = np.exp(moved / np.float32(-2 * _MOVED**2))
            local, weight = local + alike * beside.local, weight + alike
    pose = performance.pose(index).similarity
    seen = pose.apply((local / weight).reshape(-1, 3).astype(np.float64)) @ PHOTO_TO_BLENDER
    steady = seen.astype(np.float32).reshape(local.shape)
    return Target(look.frame, replace(face, position_map=steady), begins, float(strength[index]))


def strengths(performance: Performance) -> np.ndarray:
    """How far something put on the face, such as another one, shows in each frame.

    It fades where something hides the face, and where the face comes into the picture or leaves it,
    but not at a cut.

    Returns
    -------
    (T,) float64
        0..1.
    """
    strength = np.ones(len(performance))
    for part in np.split(np.arange(len(performance)), np.flatnonzero(performance.starts)[1:]):
        hidden = np.concatenate(
            [
                performance.enters[part[:1]],
                ~performance.measured[part],
                performance.leaves[part[-1:]],
            ]
        )
        where = np.flatnonzero(hidden)
        if len(where):
            places = np.arange(1, len(part) + 1)
            after = np.searchsorted(where, places).clip(max=len(where) - 1)
            before = (after - 1).clip(0)
            nearest = np.minimum(np.abs(where[after] - places), np.abs(where[before] - places))
            strength[part] = np.minimum(nearest / _FADE, 1)
    return strength
