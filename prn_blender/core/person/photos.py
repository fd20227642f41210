"""Finds the face of a person in each of some photos."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ModelError, NoFaceError, OptionError, PhotoError, PRNError, Sentence
from ..face.face import Face
from ..face.likeness import Likeness
from ..face.reconstruct import FaceReconstructor
from ..photo.photo import Photo
from .same_person import alikeness

MAX_PHOTOS = 64
"""Photos of one person: more say nothing new, and each takes memory."""

# Share of its size by which a face's landmarks may be off where it is found once more.
_SAME_FACE = 0.1

PhotoLike = Photo | str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class LeftOut:
    """A photo that is not used.

    Attributes
    ----------
    name : str
        The photo's file name.
    reason : Sentence
        Why.
    number : int or None
        Its place in `Person.found`; None if no face was found in it.
    """

    name: str
    reason: Sentence
    number: int | None = None


def faces_in(
    photos: Sequence[PhotoLike],
    reconstructor: FaceReconstructor,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Face], list[LeftOut]]:
    """Find one face in each photo that shows one.

    Parameters
    ----------
    photos, reconstructor, progress
        See `Person.from_photos`.

    Returns
    -------
    list of Face
        At least one.
    list of LeftOut
        The photos without.

    Raises
    ------
    PRNError
        There are too few or too many photos, or no photo can be used: the first one's error.
    """
    check_count(len(photos))
    seen: list[list[Face]] = []
    refused: list[LeftOut] = []
    first_error: PRNError | None = None
    for number, photo in enumerate(photos):
        if progress is not None:
            progress(number, len(photos))
        try:
            seen.append(reconstructor(photo))
        except (PhotoError, NoFaceError) as e:
            refused.append(LeftOut(name_of(photo), e.sentence))
            first_error = first_error or e
    if not seen:
        assert first_error is not None
        raise first_error
    return one_of_each(seen), refused


def likeness_of(reconstructor: FaceReconstructor) -> Likeness:
    """What fits several photos of a person.

    Raises
    ------
    ModelError
        The model does not tell identity.
    """
    if reconstructor.likeness is None:
        raise ModelError(
            "The model {name} does not tell whose face it sees; several photos of a person take "
            "the model that comes with the add-on.",
            name=reconstructor.network.info.name,
        )
    return reconstructor.likeness


def check_count(count: int) -> None:
    """Raise OptionError unless a person can have so many photos."""
    if not 1 <= count <= MAX_PHOTOS:
        raise OptionError(
            "There are {count} photos; a person can have 1 to {most}.",
            count=count,
            most=MAX_PHOTOS,
        )


def one_of_each(seen: Sequence[Sequence[Face]], known: Sequence[Face] = ()) -> list[Face]:
    """Of each photo the face that looks most like those of the others; else the largest."""
    sure = [*known, *(faces[0] for faces in seen if len(faces) == 1)]
    sure = sure or [faces[0] for faces in seen]
    chosen = []
    for faces in seen:
        others = [face for face in sure if face is not faces[0]]
        if len(faces) == 1 or not others:
            chosen.append(faces[0])
            continue
        alike = alikeness([*faces, *others])[: len(faces), len(faces) :]
        chosen.append(faces[int(alike.mean(1).argmax())])
    return chosen


def copies_among(faces: Sequence[Face], first: int | None = None) -> tuple[int, ...]:
    """Which faces are the same face of the same picture as another one.

    Parameters
    ----------
    faces : sequence of Face
    first : int, optional
        One that is nobody's copy: others are its.

    Returns
    -------
    tuple of int
        Places in `faces`. Of each picture one is left.
    """
    order = sorted(range(len(faces)), key=lambda n: n != first)
    own: list[int] = []
    copies = []
    for n in order:
        if any(_is_copy(faces[n], faces[m]) for m in own):
            copies.append(n)
        else:
            own.append(n)
    return tuple(sorted(copies))


def _is_copy(one: Face, other: Face) -> bool:
    apart = np.linalg.norm(one.landmarks - other.landmarks, axis=1).max()
    same_face = bool(apart < _SAME_FACE * one.size)
    return same_face and np.array_equal(one.photo.pixels, other.photo.pixels)


def name_of(photo: PhotoLike) -> str:
    """What a photo is called."""
    path = photo.path if isinstance(photo, Photo) else Path(photo)
    return path.name if path is not None else "photo"
