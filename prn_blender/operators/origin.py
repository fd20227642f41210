"""Where a face object came from, kept in the object itself: a file, saved and opened, knows it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..core.errors import OptionError

if TYPE_CHECKING:
    from ..scene import FaceScene

_PHOTO, _INDEX, _ALL = "prn_photo", "prn_face", "prn_all_faces"


@dataclass(frozen=True)
class Origin:
    """A face of a photo.

    Attributes
    ----------
    photo : Path
    index : int
        Which of the faces found there.
    all_faces : bool
        Whether all were looked for.
    """

    photo: Path
    index: int
    all_faces: bool


def note_origin(built: FaceScene, photo: Path, all_faces: bool) -> None:
    """Write down in each face object what it was made from."""
    for index, item in enumerate(built.faces):
        item[_PHOTO] = str(photo.absolute())
        item[_INDEX], item[_ALL] = index, all_faces


def is_face(item: Any) -> bool:
    """Whether an object is a face of ours."""
    return item is not None and item.type == "MESH" and isinstance(item.get(_PHOTO), str)


def origin_of(item: Any) -> Origin:
    """What a face object was made from.

    Raises
    ------
    OptionError
        It is no face of ours.
    """
    if not is_face(item):
        raise OptionError("The active object is no face made from a photo.")
    photo = Path(bpy.path.abspath(item[_PHOTO]))
    return Origin(photo, int(item.get(_INDEX, 0)), bool(item.get(_ALL, False)))
