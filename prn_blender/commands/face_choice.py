"""Which face of a photo a command works on, where the photo shows several."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ..core.errors import OptionError
from ..core.face.face import Face
from ..core.files.safe import shown

_PASSER_BY = 0.5
"""Faces smaller than this share of the largest are passers-by, of whom nobody has to speak."""


def pick_face(faces: list[Face], number: int | None, photo: Path, how: str) -> Face:
    """The face asked for, or the only one.

    Parameters
    ----------
    faces : list of Face
        The photo's, largest first.
    number : int or None
        1 is the largest; None where none was chosen.
    photo : Path
        For messages.
    how : str
        The arguments by which one is chosen, for messages.

    Raises
    ------
    OptionError
        There is no such face, or several where none was chosen.
    """
    if number is not None:
        if not 1 <= number <= len(faces):
            raise OptionError(
                f"{shown(photo)} shows {len(faces)} face{'s' * (len(faces) > 1)}; there is no "
                f"face {number}."
            )
        return faces[number - 1]
    large = [face for face in faces if face.size >= _PASSER_BY * faces[0].size]
    if len(large) > 1:
        raise OptionError(
            f"{shown(photo)} shows {len(large)} faces of about one size; choose with {how} "
            "(the largest is 1)."
        )
    return faces[0]
