"""Accuracy against annotated photos, as the field reports it (AFLW2000-3D)."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .detection import FaceBox, overlap
from .errors import ModelError, NoFaceError, OptionError
from .face import Face
from .files import shown
from .photo import read_photo
from .pose import Pose
from .reconstruct import FaceReconstructor

BOXES = ("truth", "detector")
_BINS = {"0-30": (0, 30), "30-60": (30, 60), "60-90": (60, 91)}
MAX_PHOTOS = 100_000


@dataclass(frozen=True, eq=False)
class Annotations:
    """Photos and what is true of them.

    Attributes
    ----------
    folder : Path
        Where the photos are.
    names : list of str
    landmarks : (n, 68, 3) float
        Photo pixels, z toward the viewer with an arbitrary zero.
    angles : (n, 3) float
        Pitch, yaw, roll in degrees by the data set's convention.
    """

    folder: Path
    names: list[str]
    landmarks: np.ndarray
    angles: np.ndarray


def load_annotations(path: str | os.PathLike[str]) -> Annotations:
    """Read an .npz with `name`, `landmarks` and `pitch_yaw_roll` (radians).

    The photos are in the folder of the same name beside it.

    Raises
    ------
    OptionError
        The file cannot be read or is of another kind.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            names = [str(name) for name in arrays["name"][:MAX_PHOTOS]]
            landmarks = arrays["landmarks"].astype(np.float64)
            angles = np.degrees(arrays["pitch_yaw_roll"].astype(np.float64))
    except Exception as e:  # zip and npy parsers raise many kinds
        raise OptionError(
            f"{shown(path)} cannot be used: expected an .npz with name, landmarks and "
            "pitch_yaw_roll."
        ) from e
    if landmarks.shape != (len(names), 68, 3) or angles.shape != (len(names), 3) or not names:
        raise OptionError(
            f"{shown(path)} has landmarks {landmarks.shape} and angles {angles.shape} for "
            f"{len(names)} photos; expected (n, 68, 3) and (n, 3)."
        )
    return Annotations(path.with_suffix(""), names, landmarks, angles)


def evaluate(
    reconstructor: FaceReconstructor,
    truth: Annotations,
    boxes: str = "truth",
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> dict[str, Any]:
    """Measure a model.

    Parameters
    ----------
    reconstructor : FaceReconstructor
    truth : Annotations
    boxes : {"truth", "detector"}
        Whether faces are cropped by the annotated landmarks' box, in one pass as PRNet's
        evaluation does, or found by the detector and looked at twice, as photos of users are.
    progress : callable, optional
        Told (done, total, name) before each photo.

    Returns
    -------
    dict
        `count`; `nme2d` and `nme3d`, each in % for |yaw| "0-30", "30-60", "60-90" and their
        "mean"; `pose_mae` in degrees for "yaw", "pitch", "roll" and their "mean"; `missed`,
        the photos in which the face was not found, which no average contains.

    Raises
    ------
    OptionError
        `boxes` is something else.

    Notes
    -----
    The error of a point is its distance over sqrt(w h) of the annotated landmarks' box (Zhu et
    al., "Face alignment across large poses", CVPR 2016). Depth has no zero: for the 3D error
    both sides are compared from their mean depth.
    """
    if boxes not in BOXES:
        raise OptionError(f"The boxes are {boxes!r}; they can be truth or detector.")
    results: list[tuple[float, float, float]] = []
    pose_errors: list[np.ndarray] = []
    for index, face in _faces(reconstructor, truth, boxes, progress):
        if face is None:
            continue
        goal = truth.landmarks[index]
        difference = face.landmarks.astype(np.float64) - goal
        difference[:, 2] -= difference[:, 2].mean()
        size = float(np.sqrt(np.prod(np.ptp(goal[:, :2], axis=0))))
        flat = 100 * np.linalg.norm(difference[:, :2], axis=1).mean() / size
        solid = 100 * np.linalg.norm(difference, axis=1).mean() / size
        results.append((abs(float(truth.angles[index, 1])), float(flat), float(solid)))
        turned = np.array(dataset_angles(face.pose)) - truth.angles[index]
        pose_errors.append(np.abs((turned + 180) % 360 - 180))
    if not results:
        raise NoFaceError("No face was found in any of the photos.")
    table = np.array(results)
    pitch, yaw, roll = np.mean(pose_errors, axis=0).tolist()
    return {
        "count": len(truth.names),
        "nme2d": _bins(table[:, 0], table[:, 1]),
        "nme3d": _bins(table[:, 0], table[:, 2]),
        "pose_mae": {
            "yaw": yaw,
            "pitch": pitch,
            "roll": roll,
            "mean": (yaw + pitch + roll) / 3,
        },
        "missed": len(truth.names) - len(results),
    }


def dataset_angles(pose: Pose) -> tuple[float, float, float]:
    """Pitch, yaw, roll in degrees as 300W-LP and AFLW2000-3D define them.

    R = Rx(pitch) Ry(yaw) Rz(roll) in a frame with y up and z toward the viewer, each factor
    turning clockwise (the code that came with Zhu et al., CVPR 2016).
    """
    to_y_up = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    r = to_y_up @ pose.similarity.rotation @ to_y_up.T
    yaw = np.arcsin(np.clip(-r[0, 2], -1, 1))
    pitch, roll = np.arctan2(r[1, 2], r[2, 2]), np.arctan2(r[0, 1], r[0, 0])
    return float(np.degrees(pitch)), float(np.degrees(yaw)), float(np.degrees(roll))


def _faces(
    reconstructor: FaceReconstructor,
    truth: Annotations,
    boxes: str,
    progress: Callable[[int, int, str], None],
) -> Iterator[tuple[int, Face | None]]:
    for index, name in enumerate(truth.names):
        progress(index, len(truth.names), name)
        if Path(name).name != name:
            raise OptionError(f"A photo is called {name!r}; expected a name without a folder.")
        photo = read_photo(truth.folder / name)
        points = truth.landmarks[index, :, :2]
        box = (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
        try:
            if boxes == "truth":
                yield index, reconstructor(photo, boxes=[box], passes=1)[0]
            else:
                yield index, _nearest(reconstructor(photo), FaceBox(*box))
        except (NoFaceError, ModelError):
            yield index, None


def _nearest(faces: list[Face], box: FaceBox) -> Face | None:
    """The face that covers the annotated one best, if any does."""
    covers = [overlap(FaceBox(*face.box), box) for face in faces]
    best = int(np.argmax(covers))
    return faces[best] if covers[best] > 0.3 else None


def _bins(yaw: np.ndarray, errors: np.ndarray) -> dict[str, float | None]:
    means: dict[str, float | None] = {}
    for name, (low, high) in _BINS.items():
        inside = errors[(yaw >= low) & (yaw < high)]
        means[name] = float(inside.mean()) if len(inside) else None
    known = [value for value in means.values() if value is not None]
    means["mean"] = float(np.mean(known))
    return means
