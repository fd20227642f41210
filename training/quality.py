"""What a model's faces look like, and what is wrong with them, beside the accuracy's table.

Do eyes and mouths open and close as annotated; does a triangle of the face turn over; is the
surface as smooth as those the model was trained on; how much of the error is one of pose.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.face.evaluate import landmark_box, load_annotations, mean_of_bins
from prn_blender.core.face.face import Face
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.geometry.foldovers import Foldovers, in_canonical_frame
from prn_blender.core.geometry.pose import fit_similarity
from prn_blender.core.photo.photo import read_photo

from .config import Config
from .fit import Fits
from .geometry import on_triangles
from .head_model import HeadModel
from .landmarks import MEDIAPIPE_INNER, OPENINGS_68
from .shape import load_shape
from .teacher import SecondTeacher, Teacher

EYES, LIPS = OPENINGS_68[:4], OPENINGS_68[4:]


def opening(
    points: NDArray[Any], pairs: Iterable[tuple[int, int]], size: NDArray[Any]
) -> NDArray[np.float64]:
    """Mean distance of pairs of landmarks over the face's size.

    Parameters
    ----------
    points : (N, 68, 2 or more)
    pairs
        Upper and lower landmark.
    size : (N,)

    Returns
    -------
    (N,) float64
    """
    p = np.asarray(points, np.float64)[..., :2]
    upper, lower = np.array(list(pairs)).T
    return np.asarray(np.linalg.norm(p[:, upper] - p[:, lower], axis=-1).mean(1) / size)


def box_size(points: NDArray[Any]) -> NDArray[np.float64]:
    """(N,) sqrt(w h) of the box around landmarks (N, 68, 2): the table's unit."""
    p = np.asarray(points, np.float64)[..., :2]
    return np.asarray(np.sqrt(np.ptp(p, axis=1).prod(1)))


def agreement(found: NDArray[Any], wanted: NDArray[Any]) -> dict[str, float]:
    """Correlation `r` and `slope` of the least-squares line found = slope * wanted + constant."""
    return {
        "r": float(np.corrcoef(wanted, found)[0, 1]),
        "slope": float(np.polyfit(wanted, found, 1)[0]),
    }


def inner_points(found: NDArray[Any], annotated: NDArray[Any]) -> float:
    """Mean distance of landmarks 17 to 67, % of `box_size`.

    Without the jaw, which these annotations have along the picture's outline. They count pixels
    from 1, which is taken off.
    """
    away = np.asarray(found, np.float64)[:, 17:, :2] - (annotated[:, 17:, :2] - 1)
    return float(100 * (np.linalg.norm(away, axis=-1).mean(1) / box_size(annotated)).mean())


def roughness(position_map: NDArray[Any], mask: NDArray[np.bool_]) -> float:
    """How far texels lie from the mean of their four neighbours' means, over the face's size.

    The second difference of the Laplacian: what a smooth surface has almost none of, and what
    stripes and steps are made of.

    Parameters
    ----------
    position_map : (S, S, 3)
    mask : (S, S)

    Returns
    -------
    float
        Root mean square, parts per million of the root mean square distance from the middle.
    """
    p = np.asarray(position_map, np.float64)
    size = np.sqrt(((p[mask] - p[mask].mean(0)) ** 2).sum(1).mean())

    def beside(v: NDArray[Any]) -> NDArray[Any]:
        moved = [np.roll(v, d, a) for d, a in ((1, 0), (-1, 0), (1, 1), (-1, 1))]
        return np.asarray(np.mean(moved, axis=0))

    inner = mask.copy()
    inner[[0, -1]] = inner[:, [0, -1]] = False  # `roll` would reach round
    for _ in range(2):
        inner &= np.asarray(beside(inner.astype(np.float64)) == 1)
    laplacian = p - beside(p)
    rough = laplacian - beside(laplacian)
    return float(1e6 * np.sqrt((rough[inner] ** 2).sum(1).mean()) / size)


def measure_landmarks(found: NDArray[Any], annotated: NDArray[Any]) -> dict[str, Any]:
    """Inner points and openings of landmarks (N, 68, 2 or more) with annotated ones (N, 68, 2)."""
    size = box_size(annotated)
    return {
        "inner_points": inner_points(found, annotated),
        "lids": agreement(opening(found, EYES, size), opening(annotated, EYES, size)),
        "lips": agreement(opening(found, LIPS, size), opening(annotated, LIPS, size)),
    }


def measure_faces(faces: list[Face], annotated: NDArray[Any]) -> dict[str, Any]:
    """Openings and turned triangles of faces with annotated landmarks (N, 68, 2)."""
    layout = faces[0].layout
    folds = Foldovers(layout)
    found = np.stack([face.landmarks for face in faces])
    flips = [
        len(folds.flipped(in_canonical_frame(face.position_map, face.pose).reshape(-1, 3)))
        for face in faces
    ]
    return {
        "photos": len(faces),
        **measure_landmarks(found, annotated),
        "photos_with_turned_triangles": int(np.count_nonzero(flips)),
        "turned_triangles": float(np.mean(flips)),
        "triangles": len(folds.triangles),
        "roughness": float(np.mean([roughness(f.position_map, layout.mask) for f in faces])),
    }


def training_roughness(config: Config, mask: NDArray[np.bool_], count: int = 200) -> float:
    """Mean `roughness` of fitted heads, in the layout's texels."""
    shape = load_shape(config, HeadModel.load(config.work / "head_model.npz"))
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
    """What `measure_landmarks` says of both teachers, on photos with a face annotated in each.

    Of the photos in which the second teacher sees the annotated face, which has to be the only
    one for it to look at.
    """
    size, middle = box_size(annotated), annotated[:, :, :2].mean(1)
    # Only inner points are compared; where a jaw is, the teachers have their own idea.
    points = np.full((2, len(files), 68, 2), np.nan, np.float32)
    second = SecondTeacher().read(files)
    points[1, :, 17:] = second[:, MEDIAPIPE_INNER, :2]
    teacher = Teacher()
    for i, file in enumerate(files):
        found = teacher(read_photo(file).pixels, middle[i], 2 * float(size[i]))
        points[0, i, 17:] = found[MEDIAPIPE_INNER, :2]
    away = np.linalg.norm(points[1, :, 17:].mean(1) - annotated[:, 17:, :2].mean(1), axis=1)
    same = away < 0.2 * size  # NaN is not smaller either
    return {
        "photos": int(same.sum()),
        "first": measure_landmarks(points[0, same], annotated[same]),
        "second": measure_landmarks(points[1, same], annotated[same]),
    }


def put_right(found: NDArray[Any], wanted: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Landmarks after more and more of their pose has been taken from the annotation.

    Parameters
    ----------
    found, wanted : (68, 3)

    Returns
    -------
    dict of str to (68, 2) float64
        As they are; moved; also scaled and turned in the picture; also nodded and turned away.
    """
    found, wanted = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    flat, goal = found[:, :2], wanted[:, :2]
    # A similarity in the plane is one of points without depth.
    plane = [np.pad(points, ((0, 0), (0, 1))) for points in (flat, goal)]
    return {
        "as it is": flat,
        "place": flat - flat.mean(0) + goal.mean(0),
        "size and roll": fit_similarity(*plane).apply(plane[0])[:, :2],
        "pose": fit_similarity(found, wanted).apply(found)[:, :2],
    }


def measure_limits(reconstructor: FaceReconstructor, config: Config) -> dict[str, Any]:
    """What is left of the table's 2D mean, by `put_right`: all points, the jaw, the others."""
    truth = load_annotations(config.shared / "data" / "aflw2000_dev.npz")
    rows: dict[str, list[list[float]]] = {}
    for name, goal in zip(truth.names, truth.landmarks, strict=True):
        box = landmark_box(goal)
        (face,) = reconstructor(read_photo(truth.folder / name), [box], passes=1)
        size = float(box_size(goal[None])[0])
        for key, points in put_right(face.landmarks, goal).items():
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


def measure_quality(config: Config, every: int = 4) -> dict[str, Any]:
    """Measure the exported model, and its teachers, on every n-th photo of `faces_68`.

    Raises
    ------
    FileNotFoundError
        The photos or a step before this one are missing.
    """
    reconstructor = FaceReconstructor.load(config.output / "prn.onnx")
    folder = config.shared / "data" / "faces_68"
    with np.load(folder.with_suffix(".npz")) as z:
        names, annotated = z["name"][::every], z["landmarks"][::every]

    def faces(reconstructor: FaceReconstructor) -> list[Face]:
        return [
            reconstructor(read_photo(folder / str(name)), [landmark_box(points)], passes=1)[0]
            for name, points in zip(names, annotated, strict=True)
        ]

    found = measure_faces(faces(reconstructor), annotated)
    once = FaceReconstructor.load(config.output / "prn.onnx", look_again=False)
    found["without_second_look"] = measure_faces(faces(once), annotated)
    if (config.work / "fits.npz").exists():
        mask = reconstructor.layout.mask
        found["training_roughness"] = training_roughness(config, mask)
    found["limits"] = measure_limits(once, config)
    found["teachers"] = measure_teachers([folder / str(name) for name in names], annotated)
    return found
