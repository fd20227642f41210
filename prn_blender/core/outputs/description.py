"""What is known of a photo and its faces, as plain values: the JSON file, and extras of a glTF.

docs/face.schema.json is the form of it, docs/conventions.md says what the numbers mean.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..face.face import Face
from ..face.reconstruct import FaceReconstructor
from ..files.safe import write_bytes
from ..geometry.camera import SENSOR_MM, Camera
from ..photo.photo import Photo
from ..version import PROGRAM, VERSION

FORMAT = 1
"""Of the JSON file. It is raised when a key changes its meaning or goes; new keys leave it."""


def describe(
    photo: Photo,
    faces: Sequence[Face],
    camera: Camera,
    reconstructor: FaceReconstructor,
    files: Sequence[Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Say what is known of a photo, its camera and its faces.

    Parameters
    ----------
    photo : Photo
    faces : sequence of Face
        Of this photo, the one that the camera was scaled to first.
    camera : Camera
        Made of them by `make_camera`.
    reconstructor : FaceReconstructor
        What the faces were made by: it has the model.
    files : sequence of sequences of str, optional
        For each face the names of the files that were written of it.

    Returns
    -------
    dict
        Of plain Python values. Matrices are lists of rows.

    Raises
    ------
    OptionError
        The camera's focal length is too short for one of the faces.
    ModelError
        The model's file cannot be read any more.
    """
    network = reconstructor.network
    layout = reconstructor.layout
    names = files if files is not None else [[] for _ in faces]
    return {
        "format": FORMAT,
        "program": {"name": PROGRAM, "version": VERSION},
        "model": {
            "name": network.info.name,
            "license": network.info.license,
            "sha256": network.sha256,
            "layout": {"name": layout.name, "sha256": layout.sha256},
        },
        "photo": photo.path.name if photo.path else None,
        "size": [photo.width, photo.height],
        "reduction": photo.reduction,
        "camera": camera_record(camera),
        "faces": [face_record(f, camera, n) for f, n in zip(faces, names, strict=True)],
    }


def camera_record(camera: Camera) -> dict[str, Any]:
    """Describe a camera as the JSON file does.

    Parameters
    ----------
    camera : Camera

    Returns
    -------
    dict
        Of plain Python values: lengths in metres but for lens and sensor (mm) and what is named
        `_px` (photo pixels). The matrix goes from the camera, which looks along its own -Z with +Y
        up, to the world, Blender's axes.
    """
    longer = max(camera.width, camera.height)
    perspective = camera.focal_length is not None
    return {
        "type": "persp" if perspective else "ortho",
        # It looks along +Y of the world with +Z up.
        "matrix": [
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, -1.0, -camera.distance],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ],
        "sensor_mm": [SENSOR_MM * side / longer for side in (camera.width, camera.height)],
        "focal_length_mm": camera.lens_mm if perspective else None,
        "focal_length_px": camera.focal_length,
        "ortho_scale": None if perspective else camera.ortho_scale,
        "metres_per_pixel": camera.metres_per_pixel,
        "principal_point": [camera.width / 2 - 0.5, camera.height / 2 - 0.5],
    }


def face_record(face: Face, camera: Camera, files: Sequence[str] = ()) -> dict[str, Any]:
    """Describe a face as the JSON file does.

    Parameters
    ----------
    face : Face
    camera : Camera
        Of its photo.
    files : sequence of str
        Names of the files that were written for it.

    Returns
    -------
    dict
        Of plain Python values. Lengths are photo pixels, angles degrees; `matrix_world` goes from
        the canonical face to the world, both in metres and Blender's axes. `identity` and
        `expression` are None where the model tells none.

    Raises
    ------
    OptionError
        The camera's focal length is too short for this face.
    """
    pose, identity = face.pose, face.identity
    values = {name: round(value, 4) for name, value in face.expression.items()}
    told = bool(values) and all(map(math.isfinite, values.values()))  # models of others may fail
    return {
        "box": [round(v, 3) for v in face.box],
        "landmarks": np.round(face.landmarks.astype(float), 3).tolist(),
        "pose": {
            "yaw": math.degrees(pose.yaw),
            "pitch": math.degrees(pose.pitch),
            "roll": math.degrees(pose.roll),
            "matrix": pose.matrix.tolist(),
        },
        "matrix_world": camera.place(face.geometry).transform.matrix.tolist(),
        "identity": None if identity is None else np.round(identity.astype(float), 4).tolist(),
        "expression": values if told else None,
        "confidence": round(face.confidence, 4),
        "files": list(files),
    }


def write_json(
    path: str | os.PathLike[str], description: Mapping[str, Any], indent: int | None = 1
) -> None:
    """Write the JSON file of a photo and its faces, or of a shot.

    Parameters
    ----------
    path : path-like
    description : mapping
        From `describe`, or `performance_file.describe_shot`.
    indent : int, optional
        Blanks for each level; None: all in one line, for lists of thousands of frames.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    # As ASCII, in which file names that are not valid Unicode survive as escapes.
    write_bytes(path, (json.dumps(description, indent=indent) + "\n").encode())


def extras(record: Any) -> Any:
    """Make a part of a description fit for glTF's `extras`.

    Blender's importer makes custom properties of them, which hold neither lists of lists nor null:
    matrices and points are written row after row, and keys without a value are left out.

    Parameters
    ----------
    record : dict or other plain value
    """
    if isinstance(record, Mapping):
        return {key: extras(value) for key, value in record.items() if value is not None}
    if isinstance(record, list) and record and isinstance(record[0], list):
        return [value for row in record for value in row]
    return record
