"""Moves landmarks of an exported layout half-way to where annotators of photos see them.

The places of the 68 landmarks were read off another model (`training.head.landmarks`). Where lips
and the base of the nose have an edge that everybody means, HELEN's and AFW's annotations say
the same thing about them as AFLW2000-3D's, and a little else than that model. Brows, ridge of the
nose and jaw line are other points there and stay; eyes, which the scale of the canonical face hangs
on, are right to less than a texel. Half-way, because photos from the front say
nothing of a point's depth, and what annotators draw lies outside an edge rather than on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from prn_blender.core.evaluate import landmark_box
from prn_blender.core.face import Face
from prn_blender.core.files import write_bytes
from prn_blender.core.lids_and_lips import PLACES
from prn_blender.core.photo import read_photo
from prn_blender.core.pose import PHOTO_TO_BLENDER
from prn_blender.core.reconstruct import FaceReconstructor
from prn_blender.core.uv_layout import UVLayout

from ..config import Config
from ..head.landmarks import MIRROR_68
from ..layout.uv_layout import LAYOUT_FILE
from ..npz import npz_bytes

POINTS = (*range(31, 36), *range(48, 68))
"""Base of the nose, lips."""
SHARE = 0.5
FEATURES = 4
"""What a texel of eyes, nose or mouth weighs that is no landmark."""
FRONTAL = 0.5
"""Radians that a face may be turned by."""
MEASURED = 4
"""Of so many photos one is left out: those that `training.check.quality` measures on."""
_AROUND = 8  # texels in which the new place is looked for
_DEPTH = 0.05  # of a square distance, what its part in depth counts, which is not known


def offsets(faces: Sequence[Face], annotated: NDArray[Any]) -> NDArray[np.float64]:
    """Median way from landmarks to annotations, mirror-symmetric.

    Parameters
    ----------
    faces : sequence of N Face
    annotated : (N, 68, 2)
        Photo pixels from the middle of the first one.

    Returns
    -------
    (68, 3)
        Canonical frame, metres.

    Raises
    ------
    ValueError
        No face looks ahead.
    """
    found = []
    for face, points in zip(faces, annotated, strict=True):
        stance = face.pose.similarity
        # The canonical face looks along -Y; how far that is from towards the viewer.
        if np.arccos(np.clip(stance.rotation[1, 1], -1, 1)) > FRONTAL:
            continue
        away = np.pad(points - face.landmarks[:, :2], ((0, 0), (0, 1)))
        found.append(away @ PHOTO_TO_BLENDER.T @ stance.rotation / stance.scale)
    if not found:
        raise ValueError("none of the faces looks ahead")
    way = np.median(found, axis=0)
    return np.asarray((way + way[MIRROR_68] * [-1.0, 1.0, 1.0]) / 2)


def moved_texels(layout: UVLayout, way: NDArray[np.float64]) -> NDArray[np.int32]:
    """(68, 2) texels nearest to the landmarks moved by `SHARE` of a way (68, 3).

    Of `POINTS`; pairs stay symmetric, and none takes another's texel.
    """
    texels = layout.landmark_texels.astype(np.int32)
    rows, columns = np.indices(layout.mask.shape)
    taken = {(int(r), int(c)) for r, c in texels}
    for i in POINTS:
        partner = MIRROR_68[i]
        if partner < i:
            continue
        row, column = (int(v) for v in texels[i])
        apart = layout.canonical - (layout.canonical[row, column] + SHARE * way[i])
        cost = apart[..., 0] ** 2 + _DEPTH * apart[..., 1] ** 2 + apart[..., 2] ** 2
        near = (np.abs(rows - row) <= _AROUND) & (np.abs(columns - column) <= _AROUND)
        # A point of the middle stays on its column.
        near &= layout.mask & ((columns == column) | (partner != i))
        cost = np.where(near, cost, np.inf)
        taken -= {(row, column)}
        for place in zip(*np.unravel_index(np.argsort(cost, axis=None), cost.shape), strict=True):
            if (place := (int(place[0]), int(place[1]))) not in taken:
                break
        other = (place[0], layout.size - 1 - place[1])
        if partner != i:
            taken -= {(int(texels[partner][0]), int(texels[partner][1]))}
            texels[partner] = other
        texels[i] = place
        taken |= {place, other} if partner != i else {place}
    return texels


def calibrate(config: Config) -> Path:
    """Write the exported layout with its landmarks moved, and tell the model of it.

    Done once: a layout says that its landmarks have been moved.

    Raises
    ------
    FileNotFoundError
        The photos or a step before this one are missing.
    ValueError
        It has been done.
    """
    path, model_path = config.output / LAYOUT_FILE, config.output / "prn.onnx"
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    if "calibrated" in arrays:
        raise ValueError(f"the landmarks of {path.name} have been moved before")
    folder = config.shared / "data" / "faces_68"
    with np.load(folder.with_suffix(".npz")) as z:
        chosen = np.arange(len(z["name"])) % MEASURED > 0
        names, annotated = z["name"][chosen], z["landmarks"][chosen]
    reconstructor = FaceReconstructor.load(model_path)
    faces = [
        reconstructor(read_photo(folder / str(name)), [landmark_box(points)], passes=1)[0]
        for name, points in zip(names, annotated, strict=True)
    ]
    # The annotations count pixels from 1.
    way = offsets(faces, annotated - 1)
    before = arrays["landmark_texels"]
    arrays["landmark_texels"] = after = moved_texels(reconstructor.layout, way)
    weights = arrays["weights"]
    heavy = weights[tuple(before.T)].max()
    weights[tuple(before[list(POINTS)].T)] = FEATURES
    weights[tuple(after.T)] = heavy
    arrays["calibrated"] = np.array(SHARE)
    data = npz_bytes(arrays)
    digest = hashlib.sha256(data).hexdigest()
    model = onnx.load(str(model_path))
    for entry in model.metadata_props:
        if entry.key == "prn.uv_layout_sha256":
            entry.value = digest
    with np.load(config.output / PLACES) as archive:
        places = {name: archive[name] for name in archive.files}
    places["layout_sha256"] = np.array(digest)
    write_bytes(path, data)
    write_bytes(model_path, model.SerializeToString())
    write_bytes(config.output / PLACES, npz_bytes(places))
    return path
