"""Photos with their ground truth, in the form of AFLW2000-3D."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import OptionError, Sentence
from ..files.matlab import read_mat
from ..files.npz import unpack_npz
from ..files.safe import read_bounded, shown
from ..typed import Landmarks, Points

MAX_PHOTOS = 100_000
"""Most photos of a data set that are read."""

# Largest file of annotations that is read.
_MAX_ANNOTATION_BYTES = 512 * 2**20
FARTHEST = 1e6
"""Photo pixels that make no sense."""
# Degrees that make no sense.
_MOST_DEGREES = 1e6


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
    sound = (np.abs(landmarks) < FARTHEST).all() and (np.abs(angles) < _MOST_DEGREES).all()
    if not sound or not (np.ptp(landmarks[..., :2], axis=1) > 0).all():
        raise OptionError(
            f"{shown(path)} has landmarks or angles that make no sense: numbers that are not "
            "finite or far too large, or all points of a face in one line."
        )


def landmark_box(points: Points) -> tuple[float, float, float, float]:
    """(x0, y0, x1, y1): the bounding box of points (n, 2) or (n, 3), photo pixels."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
