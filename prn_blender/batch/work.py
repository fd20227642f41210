"""What a process of a batch does: its models stay open, and each task is a photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2

from ..core.errors import OutputError, PhotoError, PRNError, Sentence, first_line
from ..core.face.face import Face
from ..core.face.reconstruct import FaceReconstructor
from ..core.files.safe import complaint, read_bounded
from ..core.head.head_model import kept_head
from ..core.photo.picture_file import MAX_FILE_BYTES
from ..core.version import VERSION
from . import storage
from .blender import BlenderProcess, StartBlender
from .reconstruction import SceneFiles, Wanted, reconstruct_photo
from .task import Item, Record, Task

UNWRITTEN = "unwritten"
"""Status of a photo whose results found no room: the run ends, and it is in no manifest."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_DIGEST_LENGTH = 16


@dataclass(frozen=True)
class PhotoWork:
    """What processes are told once.

    Attributes
    ----------
    out : str
        Path or address of the folder of all results.
    wanted : Wanted
    model : str
        The .onnx file; empty for the one that comes with the add-on.
    look_again : bool
        As in `FaceReconstructor.load`.
    head : str
        The file of another head; empty for the one that comes with the add-on.
    threads : int
        Of the network, in each process.
    blender : StartBlender
    """

    out: str
    wanted: Wanted
    model: str = ""
    look_again: bool = True
    head: str = ""
    threads: int = 1
    blender: StartBlender = field(default_factory=StartBlender)

    def digest(self) -> str:
        """Of all that the results depend on, but the model and the photo."""
        values = repr((sorted(asdict(self.wanted).items()), self.look_again))
        if self.head:
            values += kept_head(Path(self.head)).sha256
        return hashlib.sha256(values.encode()).hexdigest()[:_DIGEST_LENGTH]

    def opened(self) -> PhotoWorker:
        """Open the models, and Blender where it is needed."""
        # A process for each core: threads of their own would only stand in each other's way.
        cv2.setNumThreads(self.threads)
        reconstructor = FaceReconstructor.load(
            self.model or None,
            threads=self.threads,
            look_again=self.look_again,
            head=kept_head(Path(self.head)) if self.head else None,
        )
        return PhotoWorker(self, reconstructor)


def first_fields(task: Task, work: PhotoWork, model_sha256: str) -> Record:
    """What a line of the manifest begins with, whatever comes of the photo."""
    return {
        "key": task.key,
        "input": task.item.name,
        "sha256": "",
        "size": task.item.size,
        "modified": task.item.modified,
        "options": work.digest(),
        "model": model_sha256,
        "program": VERSION,
    }


def now() -> str:
    """The time, as the manifest has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class PhotoWorker:
    """Makes the results of one photo after the other.

    Parameters
    ----------
    work : PhotoWork
    reconstructor : FaceReconstructor
    """

    def __init__(self, work: PhotoWork, reconstructor: FaceReconstructor) -> None:
        self._work, self._reconstructor = work, reconstructor
        self._blender = BlenderProcess(work.blender, reconstructor.layout)
        if work.wanted.needs_blender:
            self._blender.start()

    def __call__(self, task: Task) -> Record:
        """Work on a photo, whatever it is; returns its line of the manifest."""
        began = time.perf_counter()
        notices: list[str] = []
        record = first_fields(task, self._work, self._reconstructor.network.sha256)
        try:
            record |= self._made(task, notices)
        except (PRNError, OSError, MemoryError) as e:
            status = "failed"
            if isinstance(e, MemoryError):
                status = "lost"  # another time there may be enough
            elif self._has_no_room(e):
                status = UNWRITTEN
            record |= {"status": status, "sentence": complaint(e)}
        except Exception as e:  # a defect, over which the other photos must not suffer
            sentence = f"A defect of this program: {type(e).__name__}: {first_line(e)}."
            record |= {"status": "failed", "sentence": sentence}
        if notices:
            record["notices"] = notices
        record["seconds"] = round(time.perf_counter() - began, 4)
        record["finished"] = now()
        return record

    def _made(self, task: Task, notices: list[str]) -> Record:
        if task.item.problem:
            raise PhotoError(task.item.problem)
        with storage.local_photo(task.item) as (path, passing):
            sha256 = _sha256(path)
            with storage.results_folder(self._work.out, task.folder) as folder:
                made = reconstruct_photo(
                    self._reconstructor, path, task.name, folder, self._work.wanted,
                    self._write_scene, notices.append, task.item.boxes, task.taken, passing,
                )  # fmt: skip
        return {
            "sha256": sha256,
            "status": "done",
            "files": [name for mine in made.files for name in mine],
            "faces": [
                _figures(face, identity)
                for face, identity in zip(
                    made.faces, _identities(task.item, made.faces), strict=True
                )
            ],
        }

    def _write_scene(self, asked: SceneFiles, say: Any) -> list[list[str]]:
        return self._blender(asked, say)

    def _has_no_room(self, error: Exception) -> bool:
        """Whether nothing more can be written: a full disk spoils each photo that follows."""
        cause = error if isinstance(error, OSError) else error.__cause__
        if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
            return True
        return isinstance(error, OutputError) and storage.is_full(self._work.out)

    def close(self) -> None:
        """End Blender."""
        self._blender.close()


@dataclass(frozen=True)
class HashWork:
    """Only reads photos: whether they are what they were."""

    def opened(self) -> Callable[[Task], str]:
        """Returns what finds the sha256 of a task's photo; empty where it cannot be read."""
        return _hash_of


def _hash_of(task: Task) -> str:
    try:
        with storage.local_photo(task.item) as (path, _):
            return _sha256(path)
    except (PRNError, OSError, MemoryError):
        return ""  # what it says is said when the photo is worked on


def _identities(item: Item, faces: list[Face]) -> list[str]:
    """Whose faces these are: the source says it of boxes, or of the largest face."""
    known = list(item.identities[: len(faces)])
    return known + [""] * (len(faces) - len(known))


def _figures(face: Face, identity: str) -> Record:
    angles = (face.pose.yaw, face.pose.pitch, face.pose.roll)
    yaw, pitch, roll = (round(math.degrees(angle), 2) for angle in angles)
    figures: Record = {
        "confidence": round(float(face.confidence), 4),
        "yaw": yaw, "pitch": pitch, "roll": roll,
        "size": round(float(face.size), 1),
    }  # fmt: skip
    return figures | ({"identity": identity} if identity else {})


def _sha256(path: Path) -> str:
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("photo"), PhotoError)
    return hashlib.sha256(data).hexdigest()
