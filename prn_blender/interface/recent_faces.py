"""The faces found in the last photos, so that redo and undo need not ask the network again.

Here is the one network that is loaded, too. A cache and nothing more: without it everything comes
out the same, only later.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .settings import model_store, preferences

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    from ..core.face.face import Face
    from ..core.face.reconstruct import FaceReconstructor
    from ..core.photo.photo import Photo

CPU = "CPUExecutionProvider"
"""onnxruntime's name of the processor."""

_REMEMBERED = 4
"""Photos, with all their faces: redo needs one, and a user tries out a few. Each is as large as its
photo's pixels."""

_reconstructors: dict[Engine, FaceReconstructor] = {}
_faces: dict[tuple[object, ...], list[Face]] = {}
_lock = threading.Lock()
"""For both: a job's thread asks, and the main thread where there is no window."""


@dataclass(frozen=True)
class Engine:
    """What runs the network; faces of another engine are other faces.

    Attributes
    ----------
    model : Path or None
        None is the model that comes with the add-on.
    threads : int
        Of the processor; 0 leaves the choice to onnxruntime.
    provider : str
        onnxruntime's name of what computes.
    look_again : bool
        Whether a second network places the edges of lids and lips.
    head : Path or None
        The file of the head that whole heads are made of; None is the one that comes with the
        add-on.
    """

    model: Path | None = None
    threads: int = 0
    provider: str = CPU
    look_again: bool = True
    head: Path | None = None


def engine_chooser() -> Callable[[], Engine]:
    """What gives the engine that the user chose in the preferences; call it in the main thread.

    Returns
    -------
    callable
        Gives the engine, or raises a `PRNError` where the model has changed on disk or is gone.
        It reads the whole model's file, once, so it is to be called in a job's thread.
    """
    settings, store = preferences(), model_store()
    if settings is None:
        return functools.cache(lambda: Engine(store.resolve()))
    head = Path(bpy.path.abspath(settings.head_file)) if settings.head_file else None
    chosen = settings.threads, settings.provider or CPU, settings.look_again, head
    return functools.cache(lambda: Engine(store.resolve(), *chosen))


def faces_of_file(path: Path, all_faces: bool, engine: Engine) -> list[Face]:
    """The faces of a photo; the network runs only when the file or the question is new.

    Parameters
    ----------
    path : Path
    all_faces : bool
        Not only the largest.
    engine : Engine

    Returns
    -------
    list of Face
        Largest first.

    Raises
    ------
    PRNError
        The photo cannot be read, shows no face, or the network cannot be run.
    """
    return _faces_of((*_file_key(path), engine), lambda: _read(path), all_faces, engine)


def face_in_box(path: Path, box: tuple[float, ...], engine: Engine) -> list[Face]:
    """The face in a box (x0, y0, x1, y1) of a photo's pixels, without asking the detector.

    Raises
    ------
    PRNError
        As `faces_of_file`.
    """
    return _faces_of((*_file_key(path), box, engine), lambda: _read(path), True, engine, [box])


def faces_in_boxes(photo: Photo, boxes: Sequence[tuple[float, ...]], engine: Engine) -> list[Face]:
    """A face for each box (x0, y0, x1, y1) of a photo that was read already, in their order.

    Raises
    ------
    PRNError
        As `faces_of_file`.
    """
    key = (photo.name, photo.pixels.shape, hash(photo.pixels.tobytes()), *boxes, engine)
    return _faces_of(key, lambda: photo, True, engine, boxes)


def faces_of_photo(photo: Photo, all_faces: bool, engine: Engine) -> list[Face]:
    """The faces of a photo that was read already, as `faces_of_file` gives them.

    Raises
    ------
    PRNError
        As `faces_of_file`.
    """
    key = (photo.name, photo.pixels.shape, hash(photo.pixels.tobytes()), engine)
    return _faces_of(key, lambda: photo, all_faces, engine)


def reconstructor_of(engine: Engine) -> FaceReconstructor:
    """The network itself, for those who look at more than a photo.

    Raises
    ------
    PRNError
        It cannot be loaded.
    """
    with _lock:
        return _reconstructor(engine)


def forget() -> None:
    """Free the network, the detector and the faces they found."""
    with _lock:
        _faces.clear()
        for reconstructor in _reconstructors.values():
            reconstructor.close()
        _reconstructors.clear()


def _file_key(path: Path) -> tuple[object, ...]:
    """What tells whether a file is the one that was read."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return (str(path),)  # reading it will say what is wrong
    return str(path), state.st_mtime_ns, state.st_size


def _read(path: Path) -> Photo:
    from ..core.photo.photo import read_photo

    return read_photo(path, reduced=True)


def _faces_of(
    key: tuple[object, ...],
    read: Callable[[], Photo],
    all_faces: bool,
    engine: Engine,
    boxes: Sequence[Sequence[float]] | None = None,
) -> list[Face]:
    """The faces kept under a key, else those that the network finds now."""
    with _lock:
        if (*key, True) in _faces:
            found = _faces[(*key, True)]
            return found if all_faces else found[:1]
        if (*key, all_faces) not in _faces:
            limit = None if all_faces else 1
            found = _reconstructor(engine)(read(), boxes=boxes, max_faces=limit)
            while len(_faces) >= _REMEMBERED:
                del _faces[next(iter(_faces))]
            _faces[(*key, all_faces)] = found
        return _faces[(*key, all_faces)]


def _reconstructor(engine: Engine) -> FaceReconstructor:
    """The network, loaded when it is first asked for; the one before it is freed."""
    if engine not in _reconstructors:
        from ..core.face.reconstruct import FaceReconstructor
        from ..core.head.head_model import kept_head

        for other in _reconstructors.values():  # one network at a time: they take memory
            other.close()
        _reconstructors.clear()
        # The processor stands in for what the provider cannot compute.
        providers = [engine.provider, CPU] if engine.provider != CPU else None
        head = None if engine.head is None else kept_head(engine.head)
        _reconstructors[engine] = FaceReconstructor.load(
            engine.model, engine.threads or None, providers, engine.look_again, head=head
        )
    return _reconstructors[engine]
