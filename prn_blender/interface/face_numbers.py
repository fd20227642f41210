"""Faces of a photo by their numbers, as a user writes them: 1 is the largest."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import OptionError, counted

if TYPE_CHECKING:
    from ..core.face.face import Face

_LARGEST_NUMBER = 999
"""What is beyond is a slip of the keyboard: no detector finds so many."""


def face_numbers(text: str) -> list[int]:
    """ "1, 3" as [1, 3], in rising order.

    Raises
    ------
    OptionError
        It is something else.
    """
    words = text.replace(",", " ").split()
    if not words or not all(w.isdecimal() and 0 < int(w) <= _LARGEST_NUMBER for w in words):
        raise OptionError(
            "Faces are chosen by numbers such as 2 or 1, 3; found {text!r}.", text=text[:40]
        )
    return sorted({int(word) for word in words})


def chosen_faces(faces: list[Face], numbers: list[int]) -> list[Face]:
    """The faces of these numbers; all of them without numbers.

    Parameters
    ----------
    faces : list of Face
        The photo's, largest first.
    numbers : list of int
        In rising order.

    Raises
    ------
    OptionError
        There are not so many.
    """
    if numbers and numbers[-1] > len(faces):
        raise OptionError(
            counted(
                len(faces),
                "There is no face {number}: one face was found in the photo.",
                "There is no face {number}: {count} faces were found in the photo.",
                number=numbers[-1],
            )
        )
    return [faces[n - 1] for n in numbers] if numbers else faces


def chosen_numbers(photo: Any) -> str:
    """The faces that are ticked in the panel as `prn.reconstruct` takes them, such as "1, 3".

    Parameters
    ----------
    photo : PRN_PG_photo
    """
    return ", ".join(str(n) for n, face in enumerate(photo.faces, 1) if face.chosen)
