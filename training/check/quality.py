"""Measures the exported model beyond the table of accuracy that `evaluate` prints.

Do eyes and mouths open and close as annotated? Do triangles of the face turn over? Is the surface
as smooth as the heads it was trained on? How much of the error is one of pose?
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.face import Face
from prn_blender.core.face.annotations import landmark_box, load_annotations
from prn_blender.core.face.evaluate import mean_of_bins
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.geometry.foldovers import Foldovers, in_canonical_frame
from prn_blender.core.photo import read_photo

from ..config import Config
from ..geometry import on_triangles
from ..head.head_model import HeadModel
from ..labels.fit import Fits
from ..labels.teacher import MEDIAPIPE_INNER, AttentionTeacher, Teacher
from ..layout.texel_shape import load_texel_shape
from .measures import align_in_steps, box_size, measure_landmarks, roughness


def measure_quality(config: Config, every: int = 4) -> dict[str, Any]:
    """Measure the exported model and its teachers on every n-th photo of `faces_68`.

    Returns
    -------
    dict
        Of `measure_faces`, and under `without_second_look`, `training_roughness`, `limits` and
        `teachers` what the other functions of this module give.

    Raises
    ------
    FileNotFoundError
        The photos or a step before this one are missing.
    """
    reconstructor = FaceReconstructor.load(config.output / "position_map.onnx")
    folder = config.shared / "data" / "faces_68"
    with np.load(folder.with_suffix(".npz")) as z:
        names, annotated = z["name"][::every], z["landmarks"][::every]

    def faces(reconstructor: FaceReconstructor) -> list[Face]:
        return [
            reconstructor(read_photo(folder / str(name)), [landmark_box(points)], passes=1)[0]
            for name, points in zip(names, annotated, strict=True)
        ]

    found = measure_faces(faces(reconstructor), annotated)
    once = FaceReconstructor.load(config.output / "position_map.onnx", look_again=False)
    found["without_second_look"] = measure_faces(faces(once), annotated)
    if (config.work / "fits.npz").exists():
        mask = reconstructor.layout.mask
        found["training_roughness"] = training_roughness(config, mask)
    found["limits"] = measure_limits(once, config)
    found["teachers"] = measure_teachers([folder / str(name) for name in names], annotated)
    return found


def measure_faces(faces: list[Face], annotated: NDArray[Any]) -> dict[str, Any]:
    """Landmarks, turned triangles and roughness of faces with annotated landmarks (N, 68, 2)."""
    layout = faces[0].layout
    foldovers = Foldovers(layout)
    found = np.stack([face.landmarks for face in faces])
    flips = [
        len(foldovers.flipped(in_canonical_frame(face.position_map, face.pose).reshape(-1, 3)))
        for face in faces
    ]
    return {
        "photos": len(faces),
        **measure_landmarks(found, annotated),
        "photos_with_turned_triangles": int(np.count_nonzero(flips)),
        "turned_triangles": float(np.mean(flips)),
        "triangles": len(foldovers.triangles),
        "roughness": float(np.mean([roughness(f.position_map, layout.mask) for f in faces])),
    }


def training_roughness(config: Config, mask: NDArray[np.bool_], count: int = 200) -> float:
    """Mean `roughness` of `count` heads fitted to photos, for comparison with predicted ones."""
    shape = load_texel_shape(config, HeadModel.load(config.work / "head_model.npz"))
    coefficients = Fits.load(config.work / "fits.npz").coefficients
    chosen = coefficients[np.linspace(0, len(coefficients) - 1, count).astype(int)]
    size = len(shape.corners)
    flat = shape.corners.reshape(-1, 3), shape.bary.reshape(-1, 3)
    found = []
    for x in chosen:
        vertices = shape.mean + np.tensordot(x, shape.basis, 1)
        found.append(roughness(on_triangles(vertices, *flat).reshape(size, size, 3), mask))
    return float(np.mean(found))


def measure_teachers(files: list[Path], annotated: NDArray[Any]) -> dict[str, Any]:
    """Compare both teachers with annotated landmarks (N, 68, 2) of N photos.

    The teacher with attention chooses one face in each photo by itself; photos in which it chose
    another than the annotated one are left out, for both.

    Returns
    -------
    dict
        `photos`, how many; `first` and `second`: `measure_landmarks` of the plain face mesh and of
        the one with attention.
    """
    size, middle = box_size(annotated), annotated[:, :, :2].mean(1)
    # Only inner points are compared: the teachers' jaw follows the silhouette in another way.
    points = np.full((2, len(files), 68, 2), np.nan, np.float32)
    second = AttentionTeacher().read(files)
    points[1, :, 17:] = second[:, MEDIAPIPE_INNER, :2]
    teacher = Teacher()
    for i, file in enumerate(files):
        found = teacher(read_photo(file).pixels, middle[i], 2 * float(size[i]))
        points[0, i, 17:] = found[MEDIAPIPE_INNER, :2]
    away = np.linalg.norm(points[1, :, 17:].mean(1) - annotated[:, 17:, :2].mean(1), axis=1)
    same = away < 0.2 * size  # false where no face was found (NaN)
    return {
        "photos": int(same.sum()),
        "first": measure_landmarks(points[0, same], annotated[same]),
        "second": measure_landmarks(points[1, same], annotated[same]),
    }


def measure_limits(reconstructor: FaceReconstructor, config: Config) -> dict[str, Any]:
    """Measure how much of the 2D error on AFLW2000-3D is left after each of `align_in_steps`.

    Returns
    -------
    dict
        For each step, the error in % of the face over `mean` (all points), `jaw` and `inner`.
    """
    truth = load_annotations(config.shared / "data" / "aflw2000_dev.npz")
    rows: dict[str, list[list[float]]] = {}
    for name, goal in zip(truth.names, truth.landmarks, strict=True):
        box = landmark_box(goal)
        (face,) = reconstructor(read_photo(truth.folder / name), [box], passes=1)
        size = float(box_size(goal[None])[0])
        for key, points in align_in_steps(face.landmarks, goal).items():
            away = 100 * np.linalg.norm(points - goal[:, :2], axis=1) / size
            parts = (away, away[:17], away[17:])
            rows.setdefault(key, []).append([float(part.mean()) for part in parts])
    yaw = np.abs(truth.angles[:, 1])
    return {
        key: {
            part: mean_of_bins(yaw, errors)
            for part, errors in zip(("mean", "jaw", "inner"), np.array(values).T, strict=True)
        }
        for key, values in rows.items()
    }
