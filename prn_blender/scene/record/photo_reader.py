"""From what a face remembers of a photo to the photo: out of its file, else of the .blend file."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy

from ...core.errors import PhotoError, Sentence
from ...core.files.safe import shown
from ...core.photo.photo import Photo, read_photo
from ..images.image import photo_from_image
from .face_record import PhotoRecord


def photo_reader(record: PhotoRecord) -> Callable[[], Photo]:
    """What reads a photo, for another thread: it takes long.

    It comes from its file where that is still the same one, else from the .blend file: a packed
    copy may have been a JPEG once more.

    Raises
    ------
    PhotoError
        It is gone; some of it is raised when the callable is called.
    """
    (width, height), same = record.size, _same_file(record)
    if same is not None:
        return lambda: _of_size(read_photo(same, reduced=True), width, height, shown(same))
    image = record.image
    if image is None or is_lost(record):
        raise PhotoError(
            "The photo {name} is neither where it was nor in the .blend file; put it back or build "
            "the face again.",
            name=name_of(record) or Sentence("of this face"),
        )
    # Its pixels are Blender's: they are taken now.
    photo = _of_size(photo_from_image(image), width, height, image.name)
    return lambda: photo


def is_lost(record: PhotoRecord) -> bool:
    """Whether a photo is neither where it was nor in the .blend file."""
    image = record.image
    if _same_file(record) is not None:
        return False
    return image is None or (not image.has_data and tuple(image.size) == (0, 0))


def name_of(record: PhotoRecord) -> str:
    """What a photo is called in a sentence: by its path, if it has one; empty without a name."""
    paths = _paths(record)
    if paths:
        return shown(paths[0])
    return str(record.image.name) if record.image is not None else ""


def file_size(path: Path | None) -> int:
    """Bytes of a photo's file, as records keep it; -1 where there is none."""
    try:
        # Properties hold 32 bits; larger photos are refused anyway.
        return min(path.stat().st_size, 2**31 - 1) if path else -1
    except (OSError, ValueError):
        return -1


def _paths(record: PhotoRecord) -> list[Path]:
    """Where the photo's file may be."""
    image = record.image
    paths = [Path(record.path)] if record.path else []
    if image is not None and image.packed_file is None and image.filepath:
        paths.append(Path(bpy.path.abspath(image.filepath, library=image.library)))
    return paths


def _same_file(record: PhotoRecord) -> Path | None:
    """The file that the photo was read from, if it is there."""
    same = (path for path in _paths(record) if 0 <= file_size(path) == record.file_bytes)
    return next(same, None)


def _of_size(photo: Photo, width: int, height: int, name: str) -> Photo:
    if (photo.width, photo.height) == (width, height):
        return photo
    raise PhotoError(
        "The photo {image!r} is {now_width} x {now_height} pixels; the face was built from one "
        "of {width} x {height}; put it back or build the face again.",
        image=name,
        now_width=photo.width,
        now_height=photo.height,
        width=width,
        height=height,
    )
