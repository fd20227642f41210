"""The accuracy of a model over many processes: the same figures as `core.face.evaluate` gives."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import cv2

from ..core.errors import OutputError, PhotoError, PRNError
from ..core.face.annotations import Annotations
from ..core.face.evaluate import PhotoErrors, errors_of, face_of, summary
from ..core.face.reconstruct import FaceReconstructor
from ..core.files.safe import complaint, shown
from .task import Engine, Lost


@dataclass(frozen=True, eq=False)
class AnnotatedPhoto:
    """A photo with its ground truth.

    Attributes
    ----------
    index : int
        In the data set.
    truth : Annotations
        Of this photo alone.
    """

    index: int
    truth: Annotations


@dataclass(frozen=True)
class EvaluationWork:
    """What processes are told once.

    Attributes
    ----------
    boxes : {"truth", "detector"}
        Whose boxes faces are cropped by.
    model : str
        The .onnx file; empty for the one that comes with the add-on.
    look_again : bool
        As in `FaceReconstructor.load`.
    threads : int
        Of the network, in each process.
    """

    boxes: str
    model: str = ""
    look_again: bool = True
    threads: int = 1

    def opened(self) -> Callable[[AnnotatedPhoto], PhotoErrors | str | None]:
        """Open the model; returns what measures a photo: its errors, why not, or no face."""
        cv2.setNumThreads(self.threads)
        reconstructor = FaceReconstructor.load(
            self.model or None, threads=self.threads, look_again=self.look_again
        )

        def measure_one(photo: AnnotatedPhoto) -> PhotoErrors | str | None:
            try:
                face = face_of(reconstructor, photo.truth, 0, self.boxes)
                return None if face is None else errors_of(face, photo.truth, 0)
            except (PRNError, OSError, MemoryError) as e:
                return complaint(e)

        return measure_one


def evaluate_in_parallel(
    engine: Engine,
    work: EvaluationWork,
    truth: Annotations,
    progress: Callable[[int, int, str], None],
) -> dict[str, Any]:
    """Measure the accuracy of a model.

    Parameters
    ----------
    engine : callable
        A `Pool` or a `Cluster` of `engines`.
    work : EvaluationWork
    truth : Annotations
    progress : callable
        Called with (done, total, name) after each photo.

    Returns
    -------
    dict
        As from `core.face.evaluate.evaluate`.

    Raises
    ------
    PhotoError
        A photo, or its true position map, cannot be read.
    NoFaceError
        No face is found in any photo.
    OutputError
        Processes ended over a photo.
    """
    photos = (
        AnnotatedPhoto(
            index,
            replace(
                truth,
                names=[name],
                landmarks=truth.landmarks[index : index + 1],
                angles=truth.angles[index : index + 1],
            ),
        )
        for index, name in enumerate(truth.names)
    )
    found: dict[int, PhotoErrors] = {}
    with closing(engine(work, photos)) as answers:
        for number, (photo, answer) in enumerate(answers, start=1):
            name = photo.truth.names[0]
            if isinstance(answer, Lost):
                raise OutputError(f"{shown(name)} cannot be measured. {answer.why}")
            if isinstance(answer, str):
                raise PhotoError(answer)
            if answer is not None:
                found[photo.index] = answer
            progress(number, len(truth.names), name)
    return summary([found[index] for index in sorted(found)], len(truth.names))
