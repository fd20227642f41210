"""Measure accuracy against annotated photos, as the literature reports it for AFLW2000-3D."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError, NoFaceError, OptionError, Sentence
from ..files.safe import read_bounded, shown
from ..geometry.pose import Pose
from ..photo.photo import read_photo
from ..typed import Points
from .annotations import FARTHEST, Annotations, landmark_box
from .face import Face
from .face_box import FaceBox, overlap
from .reconstruct import FaceReconstructor

BOXES = ("truth", "detector")
"""Whose bounding boxes faces are cropped by, see `evaluate`."""

# Bins of |yaw|, degrees, over which the literature averages.
_BINS = {"0-30": (0, 30), "30-60": (30, 60), "60-90": (60, 91)}
# Largest position map that is read.
_MAX_MAP_BYTES = 128 * 2**20
# Overlap with the annotated face from which on a detected face is taken for it.
_SAME_FACE = 0.3
# Rotation from the photo's frame in Blender's axes to one with y up and z toward the viewer.
_TO_Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


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
    found = [errors_of(face, truth, index) for index, face in faces if face is not None]
    return summary(found, len(truth.names))


@dataclass(frozen=True)
class PhotoErrors:
    """The errors of one photo.

    Attributes
    ----------
    errors : dict of str to float
        `nme2d`, `nme3d` and, with position maps, `dense2d`, `dense3d`, in %.
    yaw : float
        |yaw| as annotated, degrees.
    pose : tuple of float
        Absolute errors of pitch, yaw and roll, degrees.
    """

    errors: dict[str, float]
    yaw: float
    pose: tuple[float, float, float]


def errors_of(face: Face, truth: Annotations, index: int) -> PhotoErrors:
    """Compare a face with the ground truth of the photo with that index.

    Raises
    ------
    OptionError
        A true position map cannot be read, or does not fit the model's UV layout.
    """
    landmarks = truth.landmarks[index]
    size = float(np.sqrt(np.prod(np.ptp(landmarks[:, :2], axis=0))))
    errors = _errors(face.landmarks, landmarks, size, "nme")
    if truth.dense is not None:
        dense = _position_map(truth.dense, truth.names[index], face)
        errors |= _errors(face.vertices, dense, size, "dense")
    difference = np.array(dataset_angles(face.pose)) - truth.angles[index]
    pitch, yaw, roll = np.abs((difference + 180) % 360 - 180).tolist()
    return PhotoErrors(errors, abs(float(truth.angles[index, 1])), (pitch, yaw, roll))


def summary(found: Sequence[PhotoErrors], count: int) -> dict[str, Any]:
    """Average the errors of photos.

    Parameters
    ----------
    found : sequence of PhotoErrors
        In the order of the data set, without the photos in which no face was found.
    count : int
        Of all photos.

    Returns
    -------
    dict
        As from `evaluate`.

    Raises
    ------
    NoFaceError
        No face was found.
    """
    if not found:
        raise NoFaceError("No face was found in any of the photos.")
    yaws = np.array([photo.yaw for photo in found])
    pitch, yaw, roll = np.mean([photo.pose for photo in found], axis=0).tolist()
    return {
        "count": count,
        **{
            key: _bins(yaws, np.array([photo.errors[key] for photo in found]))
            for key in found[0].errors
        },
        "pose_mae": {
            "yaw": yaw,
            "pitch": pitch,
            "roll": roll,
            "mean": (yaw + pitch + roll) / 3,
        },
        "missed": count - len(found),
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
    if not (np.abs(vertices) < FARTHEST).all():  # infinities and NaN fail it too
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
        yield index, face_of(reconstructor, truth, index, boxes)


def face_of(
    reconstructor: FaceReconstructor, truth: Annotations, index: int, boxes: str
) -> Face | None:
    """The annotated face of the photo with that index, see `evaluate`; None if it is not found.

    Raises
    ------
    OptionError
        The photo's name is a path.
    PhotoError
        It cannot be read.
    """
    name = truth.names[index]
    if Path(name).name != name:
        raise OptionError(f"A photo is called {name!r}; expected a name without a folder.")
    photo = read_photo(truth.folder / name)
    box = landmark_box(truth.landmarks[index])
    try:
        if boxes == "truth":
            return reconstructor(photo, boxes=[box], passes=1)[0]
        return _nearest(reconstructor(photo), FaceBox(*box))
    except (NoFaceError, ModelError):
        return None


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
