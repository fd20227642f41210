"""What the network said about the last photos, so that redo and undo need not ask it again.

A memory of results and nothing more: without it everything comes out the same, later.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .models import model_store

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.face import Face
    from ..core.photo import Photo
    from ..core.reconstruct import FaceReconstructor

_REMEMBERED = 4
_reconstructors: dict[Path | None, FaceReconstructor] = {}
_faces: dict[tuple[object, ...], list[Face]] = {}
_lock = threading.Lock()  # a job's thread asks, too


def active_model() -> Path | None:
    """The model the user chose; None is the one that comes with the add-on.

    Raises
    ------
    PRNError
        It has changed on disk, or is gone.
    """
    return model_store().resolve()


def faces_of_file(path: Path, all_faces: bool, model: Path | None) -> list[Face]:
    """The faces of a photo; the network runs only when the file or the question is new.

    Raises
    ------
    PRNError
    """
    from ..core.photo import read_photo

    try:
        state = path.stat()
        key: tuple[object, ...] = (str(path), state.st_mtime_ns, state.st_size)
    except (OSError, ValueError):
        key = (str(path),)  # reading it will say what is wrong
    return _faces_of((*key, str(model)), lambda: read_photo(path), all_faces, model)


def faces_of_photo(photo: Photo, all_faces: bool, model: Path | None) -> list[Face]:
    """The faces of a photo that is in memory.

    Raises
    ------
    PRNError
    """
    key = (photo.name, photo.pixels.shape, hash(photo.pixels.tobytes()), str(model))
    return _faces_of(key, lambda: photo, all_faces, model)


def forget() -> None:
    """Free the network, the detector and what they said."""
    with _lock:
        _faces.clear()
        for reconstructor in _reconstructors.values():
            reconstructor.close()
        _reconstructors.clear()


def _faces_of(
    key: tuple[object, ...], read: Callable[[], Photo], all_faces: bool, model: Path | None
) -> list[Face]:
    with _lock:
        if (*key, True) in _faces:
            found = _faces[(*key, True)]
            return found if all_faces else found[:1]
        if (*key, all_faces) not in _faces:
            found = _reconstructor(model)(read(), max_faces=None if all_faces else 1)
            while len(_faces) >= _REMEMBERED:
                del _faces[next(iter(_faces))]
            _faces[(*key, all_faces)] = found
        return _faces[(*key, all_faces)]


def _reconstructor(model: Path | None) -> FaceReconstructor:
    if model not in _reconstructors:
        from ..core.reconstruct import FaceReconstructor

        for other in _reconstructors.values():  # one network at a time: they take memory
            other.close()
        _reconstructors.clear()
        _reconstructors[model] = FaceReconstructor.load(model)
    return _reconstructors[model]
