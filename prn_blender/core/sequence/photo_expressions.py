"""The expressions of photos, apart from whose faces they are: what another face can take on.

A photo of a person is a shot of one frame: its values are those of a `Performance`, and go the same
ways onto shape keys. But a shot has one identity, seen many times, and a photo says hardly whether
brows are raised or high by nature. So what calm faces read by nature is taken off, or what a photo
of the same person at rest reads, where there is one.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ModelError, NoFaceError, OptionError, PhotoError, PRNError, Sentence
from ..face.face import Face
from ..face.reconstruct import FaceReconstructor
from ..photo.photo import Photo
from .solve import UNTOLD

MAX_STRENGTH = 2.0
"""Times an expression: what networks read of a laugh is less than the laugh, never below half."""
GAZE = "eyeLook"
"""What the names of expressions that turn eyes begin with."""

# What the default model reads of 80 of 100 calm faces at most, beyond `FaceShape.calm`, where it is
# 0.05 or more; the mean of both sides. By `python -m benchmarks.measures.transfer PHOTO...
# --values`, of 89 calm ones among every 13th of the generated faces.
_BY_NATURE = {
    name: value
    for names, value in (
        (("browInnerUp",), 0.40),
        (("browOuterUpLeft", "browOuterUpRight"), 0.51),
        (("eyeBlinkLeft", "eyeBlinkRight", "eyeWideLeft", "eyeWideRight"), 0.12),
        (("eyeSquintLeft", "eyeSquintRight", "noseSneerLeft", "noseSneerRight"), 0.06),
        (("mouthClose", "mouthRollUpper", "mouthUpperUpLeft", "mouthUpperUpRight"), 0.07),
        (("mouthDimpleLeft", "mouthDimpleRight"), 0.16),
        (("mouthFrownLeft", "mouthFrownRight"), 0.31),
        (("mouthPucker",), 0.11),
        (("mouthRollLower",), 0.09),
        (("mouthSmileLeft", "mouthSmileRight"), 0.06),
        (("mouthStretchLeft", "mouthStretchRight"), 0.08),
    )
    for name in names
}


@dataclass(frozen=True, eq=False)
class PhotoExpression:
    """What a face does in a photo.

    Attributes
    ----------
    name : str
        The photo's file name without suffix.
    values : mapping of str to float
        0..1, by ARKit's names; those that turn eyes come last.
    turn : (3, 3) float64
        How the head is turned: from one that looks along -Y to the photo, Blender's axes.
    """

    name: str
    values: Mapping[str, float]
    turn: np.ndarray

    def taken(self, strength: float = 1.0, gaze: bool = True) -> dict[str, float]:
        """The values that another face takes on.

        Parameters
        ----------
        strength : float
            0 to `MAX_STRENGTH` times what the photo shows; eyes look there whatever it is.
        gaze : bool
            Whether the eyes look where those of the photo look; else their values are left out.

        Raises
        ------
        OptionError
            `strength` is out of bounds.
        """
        check_strength(strength)
        found = {}
        for name, value in self.values.items():
            if not name.startswith(GAZE):
                found[name] = min(1.0, strength * value)
            elif gaze:
                found[name] = value
        return found


def check_strength(strength: float) -> None:
    """Raise OptionError unless expressions can be taken on so strongly."""
    if not 0 <= strength <= MAX_STRENGTH:
        raise OptionError(
            "The strength is {strength:g}; it can be 0 to {most:g}.",
            strength=strength,
            most=MAX_STRENGTH,
        )


def expression_of(face: Face, calm: Face | None = None) -> PhotoExpression:
    """Read the expression of a face in its photo.

    Parameters
    ----------
    face : Face
    calm : Face, optional
        The same person at rest, by the same model: what that photo shows counts as nothing. By
        default what calm faces read on average and by chance does.

    Raises
    ------
    ModelError
        The model does not tell expressions.
    """
    told = _told(face)
    nothing = _told(calm) if calm is not None else _BY_NATURE
    values = {
        name: _beyond(value, nothing.get(name, 0.0))
        for name, value in told.items()
        if name not in UNTOLD and not name.startswith(GAZE)
    }
    head = face.head
    eyes = told if head is None else dict(zip(head.model.move_names, head.expression, strict=True))
    values |= {name: float(eyes[name]) for name in told if name.startswith(GAZE)}
    return PhotoExpression(face.photo.stem, values, face.pose.similarity.rotation)


def _told(face: Face) -> Mapping[str, float]:
    if not face.expression:
        raise ModelError(
            "This model does not tell expressions; they take the model that comes with the add-on."
        )
    return face.expression


def _beyond(value: float, nothing: float) -> float:
    """What of a value, 0..1, is more than another one; 1 stays 1."""
    return float(np.clip((value - nothing) / max(1 - nothing, 1e-3), 0, 1))


@dataclass(frozen=True, eq=False)
class Unused:
    """A photo whose expression is not known.

    Attributes
    ----------
    name : str
        Its file name.
    reason : Sentence
        Why.
    """

    name: str
    reason: Sentence


def expressions_in(
    photos: Sequence[Photo | str | os.PathLike[str]],
    reconstructor: FaceReconstructor,
    number: int = 1,
    calm: Face | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[PhotoExpression], list[Unused]]:
    """Read the expressions of photos, in their order.

    Parameters
    ----------
    photos : sequence of Photo or path-like
    reconstructor : FaceReconstructor
    number : int
        Which face of each photo; 1 is the largest.
    calm : Face, optional
        See `expression_of`.
    progress : callable, optional
        Called before each photo with the number of photos that are done, and of all.

    Returns
    -------
    list of PhotoExpression
        At least one.
    list of Unused
        The photos that cannot be read or show no such face.

    Raises
    ------
    PRNError
        No photo can be used: the first one's error. Or the model does not tell expressions.
    """
    found: list[PhotoExpression] = []
    unused: list[Unused] = []
    first: PRNError | None = None
    for done, photo in enumerate(photos):
        if progress is not None:
            progress(done, len(photos))
        path = photo.path if isinstance(photo, Photo) else Path(photo)
        name = path.name if path is not None else "photo"
        try:
            faces = reconstructor(photo, max_faces=number)
            found.append(expression_of(chosen(faces, number, name), calm))
        except (PhotoError, NoFaceError) as e:
            unused.append(Unused(name, e.sentence))
            first = first or e
    if not found:
        raise first or OptionError("No photo was chosen.")
    return found, unused


def chosen(faces: Sequence[Face], number: int, name: str) -> Face:
    """One of the faces of a photo.

    Parameters
    ----------
    faces : sequence of Face
        Largest first.
    number : int
        From 1.
    name : str
        The photo's, for the message.

    Raises
    ------
    NoFaceError
        It has fewer.
    """
    if 1 <= number <= len(faces):
        return faces[number - 1]
    raise NoFaceError("{name} has no face {number}.", name=name, number=number)
