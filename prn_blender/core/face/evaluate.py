"""Accuracy against annotated photos, as the field reports it (AFLW2000-3D)."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError, NoFaceError, OptionError, Sentence
from ..files.matlab import read_mat
from ..files.safe import read_bounded, shown
from ..geometry.pose import Pose
from ..photo.photo import read_photo
from .detection import FaceBox, overlap
from .face import Face
from .reconstruct import FaceReconstructor

BOXES = ("truth", "detector")
_BINS = {"0-30": (0, 30), "30-60": (30, 60), "60-90": (60, 91)}
MAX_PHOTOS = 100_000
_MAX_MAP_BYTES = 128 * 2**20


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
    dense : Path or None
        Folder of true position maps, NAME.npy for each photo, in the model's UV layout.
    """

    folder: Path
    names: list[str]
    landmarks: np.ndarray
    angles: np.ndarray
    dense: Path | None = None


def load_annotations(path: str | os.PathLike[str]) -> Annotations:
    """Read AFLW2000-3D's folder, or an .npz.

    A folder holds a photo NAME.jpg and a NAME.mat with `pt3d_68` and `Pose_Para` for each face
    (SciPy reads them). An .npz has `name`, `landmarks` and `pitch_yaw_roll` (radians); its photos
    are in the folder of the same name beside it.

    Raises
    ------
    OptionError
        A file cannot be read or is of another kind.
    MissingDependencyError
        SciPy, for a folder, is absent.
    """
    path = Path(path)
    if path.is_dir():
        return _load_folder(path)
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


def _load_folder(folder: Path) -> Annotations:
    photos = sorted(p for p in folder.glob("*.jpg") if p.with_suffix(".mat").is_file())
    if not photos:
        raise OptionError(
            f"In the folder {shown(folder)} there is no NAME.jpg with a NAME.mat, as AFLW2000-3D "
            "has them."
        )
    landmarks, angles = [], []
    for photo in photos[:MAX_PHOTOS]:
        points, pose = read_annotation(photo)
        landmarks.append(points)
        angles.append(pose)
    names = [photo.name for photo in photos[:MAX_PHOTOS]]
    return Annotations(folder, names, np.stack(landmarks), np.stack(angles))


def read_annotation(photo: Path) -> tuple[np.ndarray, np.ndarray]:
    """What AFLW2000-3D says of a photo NAME.jpg in NAME.mat beside it.

    Returns
    -------
    landmarks : (68, 3) float64
        Photo pixels.
    angles : (3,) float64
        Pitch, yaw, roll in degrees.

    Raises
    ------
    OptionError
        The file cannot be read, or does not hold these.
    MissingDependencyError
        SciPy is absent.
    """
    path = photo.with_suffix(".mat")
    points, pose = read_mat(path, "pt3d_68", "Pose_Para")
    if points.shape != (3, 68) or pose.size < 3:
        raise OptionError(
            f"{shown(path)} has pt3d_68 {points.shape} and Pose_Para {pose.shape}; expected "
            "(3, 68) and at least 3 numbers."
        )
    return points.T, np.degrees(pose.ravel()[:3])


def landmark_box(points: np.ndarray) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 around landmarks (n, 2+)."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


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
        evaluation does (but see `FaceReconstructor`: a face that this does not show is looked for
        turned), or found by the detector and looked at twice, as photos of users are.
    progress : callable, optional
        Told (done, total, name) before each photo.

    Returns
    -------
    dict
        `count`; `nme2d` and `nme3d`, each in % for |yaw| "0-30", "30-60", "60-90" and their
        "mean" (of the bins that have photos), and "all", the mean over the photos; `pose_mae`
        in degrees for "yaw", "pitch", "roll" and their "mean"; `missed`,
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
    return measure(_faces(reconstructor, truth, boxes, progress), truth)


def measure(faces: Iterable[tuple[int, Face | None]], truth: Annotations) -> dict[str, Any]:
    """Compare faces, from whatever model, with what is true.

    Parameters
    ----------
    faces : iterable of (int, Face or None)
        Index in `truth`, and the face found there.
    truth : Annotations

    Returns
    -------
    dict
        As `evaluate`; with `dense2d` and `dense3d`, over all texels of the mask and normalised
        like the landmarks, where `truth` has position maps.

    Raises
    ------
    NoFaceError
        There is no face.
    OptionError
        A true position map cannot be read, or does not fit the model's UV layout.
    """
    rows: list[dict[str, float]] = []
    pose_errors: list[np.ndarray] = []
    yaws: list[float] = []
    for index, face in faces:
        if face is None:
            continue
        goal = truth.landmarks[index]
        size = float(np.sqrt(np.prod(np.ptp(goal[:, :2], axis=0))))
        row = _errors(face.landmarks, goal, size, "nme")
        if truth.dense is not None:
            dense = _position_map(truth.dense, truth.names[index], face)
            row |= _errors(face.vertices, dense, size, "dense")
        rows.append(row)
        yaws.append(abs(float(truth.angles[index, 1])))
        turned = np.array(dataset_angles(face.pose)) - truth.angles[index]
        pose_errors.append(np.abs((turned + 180) % 360 - 180))
    if not rows:
        raise NoFaceError("No face was found in any of the photos.")
    pitch, yaw, roll = np.mean(pose_errors, axis=0).tolist()
    return {
        "count": len(truth.names),
        **{key: _bins(np.array(yaws), np.array([row[key] for row in rows])) for key in rows[0]},
        "pose_mae": {
            "yaw": yaw,
            "pitch": pitch,
            "roll": roll,
            "mean": (yaw + pitch + roll) / 3,
        },
        "missed": len(truth.names) - len(rows),
    }


def _errors(found: np.ndarray, goal: np.ndarray, size: float, name: str) -> dict[str, float]:
    """Mean distances in % of `size`; depth is compared from its mean, because it has no zero."""
    difference = found.astype(np.float64) - goal
    difference[:, 2] -= difference[:, 2].mean()
    flat = np.linalg.norm(difference[:, :2], axis=1).mean()
    solid = np.linalg.norm(difference, axis=1).mean()
    return {f"{name}2d": float(100 * flat / size), f"{name}3d": float(100 * solid / size)}


def _position_map(folder: Path, name: str, face: Face) -> np.ndarray:
    """(n, 3) the true vertices of a photo."""
    path = folder / f"{Path(name).stem}.npy"
    data = read_bounded(path, _MAX_MAP_BYTES, Sentence("position map"), OptionError)
    try:
        values = np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as e:  # numpy's parser raises many kinds on damaged data
        raise OptionError(f"{shown(path)} is damaged or not an .npy file.") from e
    if values.shape != face.position_map.shape or values.dtype.kind != "f":
        raise OptionError(
            f"{shown(path)} is {values.dtype} {values.shape}; the model's position maps are "
            f"{face.position_map.shape}."
        )
    return values[face.layout.mask].astype(np.float64)


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
        box = landmark_box(truth.landmarks[index])
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
    means["mean"], means["all"] = float(np.mean(known)), float(errors.mean())
    return means


def mean_of_bins(yaw: np.ndarray, errors: np.ndarray) -> float:
    """Mean of the means of three bins of |yaw|, as in the table.

    Parameters
    ----------
    yaw : (n,) float
        Degrees, at least 0.
    errors : (n,) float
    """
    mean = _bins(yaw, errors)["mean"]
    assert mean is not None
    return mean
