"""Measure accuracy against annotated photos, as the literature reports it for AFLW2000-3D."""
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
from ..files.npz import unpack_npz
from ..files.safe import read_bounded, shown
from ..geometry.pose import Pose
from ..photo.photo import read_photo
from ..typed import Landmarks, Points
from .face import Face
from .face_box import FaceBox, overlap
from .reconstruct import FaceReconstructor

BOXES = ("truth", "detector")
"""Whose bounding boxes faces are cropped by, see `evaluate`."""
MAX_PHOTOS = 100_000
"""Most photos of a data set that are read."""

# Bins of |yaw|, degrees, over which the literature averages.
_BINS = {"0-30": (0, 30), "30-60": (30, 60), "60-90": (60, 91)}
# Largest position map, and largest file of annotations, that is read.
_MAX_MAP_BYTES = 128 * 2**20
_MAX_ANNOTATION_BYTES = 512 * 2**20
# Photo pixels and degrees that make no sense.
_FARTHEST = 1e6
_MOST_DEGREES = 1e6
# Overlap with the annotated face from which on a detected face is taken for it.
_SAME_FACE = 0.3
# Rotation from the photo's frame in Blender's axes to one with y up and z toward the viewer.
_TO_Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


@dataclass(frozen=True, eq=False)
class Annotations:
    """Photos of faces with their ground truth.

    Attributes
    ----------
    folder : Path
        The folder of the photos.
    names : list of str
        Their file names.
    landmarks : (n, 68, 3) float
        Photo pixels, z toward the viewer with an arbitrary zero.
    angles : (n, 3) float
        Pitch, yaw, roll in degrees, by the convention of the data set (`dataset_angles`).
    dense : Path or None
        Folder of true position maps in the model's UV layout, NAME.npy for each photo.
    """

    folder: Path
    names: list[str]
    landmarks: np.ndarray
    angles: np.ndarray
    dense: Path | None = None


def load_annotations(path: str | os.PathLike[str]) -> Annotations:
    """Read the annotations of AFLW2000-3D, or of a data set in its form.

    Parameters
    ----------
    path : path-like
        A folder with a photo NAME.jpg for each face and NAME.mat, which holds `pt3d_68` and
        `Pose_Para`. Or an .npz with `name`, `landmarks` and `pitch_yaw_roll` (radians), whose
        photos lie in the folder of the same name beside it.

    Returns
    -------
    Annotations

    Raises
    ------
    OptionError
        A file cannot be read, or is of another kind.
    """
    path = Path(path)
    if path.is_dir():
        return _load_folder(path)
    data = read_bounded(path, _MAX_ANNOTATION_BYTES, Sentence("set of annotations"), OptionError)
    try:
        arrays = unpack_npz(data, ("name", "landmarks", "pitch_yaw_roll"))
        names = [str(name) for name in arrays["name"][:MAX_PHOTOS]]
        landmarks = arrays["landmarks"].astype(np.float64)
        angles = np.degrees(arrays["pitch_yaw_roll"].astype(np.float64))
    except (ValueError, TypeError, IndexError) as e:
        raise OptionError(
            f"{shown(path)} cannot be used: expected an .npz with name, landmarks and "
            "pitch_yaw_roll."
        ) from e
    if landmarks.shape != (len(names), 68, 3) or angles.shape != (len(names), 3) or not names:
        raise OptionError(
            f"{shown(path)} has landmarks {landmarks.shape} and angles {angles.shape} for "
            f"{len(names)} photos; expected (n, 68, 3) and (n, 3)."
        )
    _check_numbers(path, landmarks, angles)
    return Annotations(path.with_suffix(""), names, landmarks, angles)


def _load_folder(folder: Path) -> Annotations:
    """The annotations in a folder of photos with their .mat files."""
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


def read_annotation(photo: Path) -> tuple[Landmarks, np.ndarray]:
    """Read the ground truth of one photo of AFLW2000-3D.

    Parameters
    ----------
    photo : Path
        NAME.jpg; NAME.mat beside it is read.

    Returns
    -------
    landmarks : (68, 3) float64
        Photo pixels.
    angles : (3,) float64
        Pitch, yaw, roll in degrees.

    Raises
    ------
    OptionError
        The file cannot be read, or lacks the landmarks or the pose.
    """
    path = photo.with_suffix(".mat")
    points, pose = read_mat(path, "pt3d_68", "Pose_Para")
    if points.shape != (3, 68) or pose.size < 3:
        raise OptionError(
            f"{shown(path)} has pt3d_68 {points.shape} and Pose_Para {pose.shape}; expected "
            "(3, 68) and at least 3 numbers."
        )
    angles = np.degrees(pose.ravel()[:3])
    _check_numbers(path, points.T[None], angles)
    return points.T, angles


def _check_numbers(path: Path, landmarks: np.ndarray, angles: np.ndarray) -> None:
    """Raise OptionError if landmarks (n, 68, 3) or angles make no sense: no mean would, either."""
    sound = (np.abs(landmarks) < _FARTHEST).all() and (np.abs(angles) < _MOST_DEGREES).all()
    if not sound or not (np.ptp(landmarks[..., :2], axis=1) > 0).all():
        raise OptionError(
            f"{shown(path)} has landmarks or angles that make no sense: numbers that are not "
            "finite or far too large, or all points of a face in one line."
        )


def landmark_box(points: Points) -> tuple[float, float, float, float]:
    """(x0, y0, x1, y1): the bounding box of points (n, 2) or (n, 3), photo pixels."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def evaluate(
    reconstructor: FaceReconstructor,
    truth: Annotations,
    boxes: str = "truth",
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> dict[str, Any]:
    """Measure the accuracy of a model.

    Parameters
    ----------
    reconstructor : FaceReconstructor
    truth : Annotations
    boxes : {"truth", "detector"}
        "truth": faces are cropped by the bounding box of the annotated landmarks, in one pass, as
        in PRNet's evaluation. (A face that this does not show is looked for turned, see
        `FaceReconstructor`.) "detector": they are found by the detector and looked at in two
        passes, as the photos of users are.
    progress : callable, optional
        Called with (done, total, name) before each photo.

    Returns
    -------
    dict
        `count`: the number of photos. `nme2d`, `nme3d`: normalised mean errors of the landmarks
        in %, for |yaw| "0-30", "30-60", "60-90", the "mean" of these (of those that have photos),
        and "all", the mean over the photos. `pose_mae`: mean absolute errors of "yaw", "pitch",
        "roll" and their "mean", degrees. `missed`: the number of photos in which the face was not
        found; they are in no average.

    Raises
    ------
    OptionError
        `boxes` is something else, or a photo's name is a path.
    PhotoError
        A photo cannot be read.
    NoFaceError
        No face is found in any photo.

    Notes
    -----
    The error of a point is its distance from the annotated one over sqrt(w h) of the annotated
    landmarks' bounding box (Zhu et al., "Face alignment across large poses", CVPR 2016). Depth has
    no zero: for the 3D error both depths are counted from their means.
    """
    if boxes not in BOXES:
        raise OptionError(f"The boxes are {boxes!r}; they can be truth or detector.")
    return measure(_faces(reconstructor, truth, boxes, progress), truth)


def measure(faces: Iterable[tuple[int, Face | None]], truth: Annotations) -> dict[str, Any]:
    """Compare faces, from whatever model, with the ground truth.

    Parameters
    ----------
    faces : iterable of (int, Face or None)
        Index of a photo in `truth`, and the face that was found there.
    truth : Annotations

    Returns
    -------
    dict
        As from `evaluate`. If `truth` has position maps, with `dense2d` and `dense3d`: errors
        over all texels of the mask, normalised like those of the landmarks.

    Raises
    ------
    NoFaceError
        No face was found.
    OptionError
        A true position map cannot be read, or does not fit the model's UV layout.
    """
    rows: list[dict[str, float]] = []
    pose_errors: list[np.ndarray] = []
    yaws: list[float] = []
    for index, face in faces:
        if face is None:
            continue
        landmarks = truth.landmarks[index]
        size = float(np.sqrt(np.prod(np.ptp(landmarks[:, :2], axis=0))))
        row = _errors(face.landmarks, landmarks, size, "nme")
        if truth.dense is not None:
            dense = _position_map(truth.dense, truth.names[index], face)
            row |= _errors(face.vertices, dense, size, "dense")
        rows.append(row)
        yaws.append(abs(float(truth.angles[index, 1])))
        difference = np.array(dataset_angles(face.pose)) - truth.angles[index]
        pose_errors.append(np.abs((difference + 180) % 360 - 180))
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


def _errors(found: Points, truth: Points, size: float, name: str) -> dict[str, float]:
    """Mean distances of points (n, 3) in % of `size`, in 2D and in 3D."""
    difference = found.astype(np.float64) - truth
    difference[:, 2] -= difference[:, 2].mean()  # depth has no zero
    in_2d = np.linalg.norm(difference[:, :2], axis=1).mean()
    in_3d = np.linalg.norm(difference, axis=1).mean()
    return {f"{name}2d": float(100 * in_2d / size), f"{name}3d": float(100 * in_3d / size)}


def _position_map(folder: Path, name: str, face: Face) -> Points:
    """(n, 3) float64 photo pixels: the true vertices of a photo, in `layout.texels` order."""
    path = folder / f"{Path(name).stem}.npy"
    data = read_bounded(path, _MAX_MAP_BYTES, Sentence("position map"), OptionError)
    try:
        values = np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as e:  # numpy's parser raises many kinds on damaged data
        raise OptionError(f"{shown(path)} is damaged or not an .npy file.") from e
    if not isinstance(values, np.ndarray):  # an .npz by the name of an .npy
        raise OptionError(f"{shown(path)} is damaged or not an .npy file.")
    if values.shape != face.position_map.shape or values.dtype.kind != "f":
        raise OptionError(
            f"{shown(path)} is {values.dtype} {values.shape}; the model's position maps are "
            f"{face.position_map.shape}."
        )
    vertices = values[face.layout.mask].astype(np.float64)
    if not (np.abs(vertices) < _FARTHEST).all():  # infinities and NaN fail it too
        raise OptionError(f"{shown(path)} holds positions that are not finite or far too large.")
    return vertices


def dataset_angles(pose: Pose) -> tuple[float, float, float]:
    """Convert a pose to the angles of 300W-LP and AFLW2000-3D.

    Parameters
    ----------
    pose : Pose

    Returns
    -------
    pitch, yaw, roll : float
        Degrees.

    Notes
    -----
    R = Rx(pitch) Ry(yaw) Rz(roll) in a frame with y up and z toward the viewer, where each factor
    turns clockwise (the code that came with Zhu et al., CVPR 2016).
    """
    r = _TO_Y_UP @ pose.similarity.rotation @ _TO_Y_UP.T
    yaw = np.arcsin(np.clip(-r[0, 2], -1, 1))
    pitch, roll = np.arctan2(r[1, 2], r[2, 2]), np.arctan2(r[0, 1], r[0, 0])
    return float(np.degrees(pitch)), float(np.degrees(yaw)), float(np.degrees(roll))


def _faces(
    reconstructor: FaceReconstructor,
    truth: Annotations,
    boxes: str,
    progress: Callable[[int, int, str], None],
) -> Iterator[tuple[int, Face | None]]:
    """Index and face of each photo; None where the face is not found."""
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
    """The face that overlaps most with the annotated one, if any overlaps enough."""
    overlaps = [overlap(FaceBox(*face.box), box) for face in faces]
    best = int(np.argmax(overlaps))
    return faces[best] if overlaps[best] > _SAME_FACE else None


def _bins(yaw: np.ndarray, errors: np.ndarray) -> dict[str, float | None]:
    """Mean errors in the bins of |yaw|, the mean of those, and the mean of all errors."""
    means: dict[str, float | None] = {}
    for name, (low, high) in _BINS.items():
        inside = errors[(yaw >= low) & (yaw < high)]
        means[name] = float(inside.mean()) if len(inside) else None
    known = [value for value in means.values() if value is not None]
    # Angles beyond the last bin are in none of them.
    means["mean"] = float(np.mean(known)) if known else None
    means["all"] = float(errors.mean())
    return means


def mean_of_bins(yaw: np.ndarray, errors: np.ndarray) -> float:
    """Average errors over three bins of |yaw|, then over the bins, as the literature does.

    Parameters
    ----------
    yaw : (n,) float
        |yaw| in degrees.
    errors : (n,) float
    """
    mean = _bins(yaw, errors)["mean"]
    assert mean is not None
    return mean
