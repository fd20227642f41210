"""Moves landmarks of the exported layout half-way to where annotators of photos see them.

The places of the 68 landmarks on the head come from another model (`training.head.landmarks`).
Lips and the base of the nose have edges that everybody means by their landmarks, and there HELEN's
and AFW's annotations agree with AFLW2000-3D's and differ a little from that model: these landmarks
are moved. Brows, the ridge of the nose and the jaw line mean other points in those annotations and
stay. The eyes, which set the scale of the canonical face, are right to less than a texel and stay
too. Half-way, because photos from the front do not show a point's depth, and because annotators
draw just outside an edge rather than on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from prn_blender.core.face.annotations import landmark_box
from prn_blender.core.face.face import Face
from prn_blender.core.face.lids_and_lips import PLACES
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.files.safe import write_bytes
from prn_blender.core.geometry.pose import PHOTO_TO_BLENDER
from prn_blender.core.geometry.uv_layout import UVLayout
from prn_blender.core.photo.photo import read_photo

from ..config import Config
from ..head.landmarks import MIRROR_68
from ..layout.uv_layout import LAYOUT_FILE
from ..npz import npz_bytes

POINTS = (*range(31, 36), *range(48, 68))
"""Landmarks that are moved: base of the nose, lips."""
SHARE = 0.5
"""Of the way to the annotations."""
FEATURES = 4
"""Loss weight of texels of eyes, nose and mouth that are no landmarks (`Layout.weights`)."""
FRONTAL = 0.5
"""Radians by which a face may be turned away to take part."""
MEASURED = 4
"""Every fourth photo is left out: `training.check.quality` measures on those."""
_AROUND = 8  # texels, in each direction, among which the new place is chosen
_DEPTH = 0.05  # weight of depth in the square distance to the new place: photos do not show it


def offsets(faces: Sequence[Face], annotated: NDArray[Any]) -> NDArray[np.float64]:
    """Median displacement from landmarks to annotations, made mirror-symmetric.

    Parameters
    ----------
    faces : sequence of N Face
    annotated : (N, 68, 2)
        Photo pixels, the middle of the first one at 0.

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
        # Angle between the direction in which the face looks (-Y) and that to the viewer.
        if np.arccos(np.clip(stance.rotation[1, 1], -1, 1)) > FRONTAL:
            continue
        away = np.pad(points - face.landmarks[:, :2], ((0, 0), (0, 1)))
        found.append(away @ PHOTO_TO_BLENDER.T @ stance.rotation / stance.scale)
    if not found:
        raise ValueError("none of the faces looks ahead")
    way = np.median(found, axis=0)
    return np.asarray((way + way[MIRROR_68] * [-1.0, 1.0, 1.0]) / 2)


def moved_texels(layout: UVLayout, way: NDArray[np.float64]) -> NDArray[np.int32]:
    """Choose new texels for the landmarks `POINTS`.

    Pairs stay symmetric, and no two landmarks get the same texel.

    Parameters
    ----------
    layout
    way : (68, 3)
        Displacement of each landmark as `offsets` gives it, of which `SHARE` is taken.

    Returns
    -------
    (68, 2) int32
        Row and column of all landmarks.
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
        # A landmark on the middle line stays in its column.
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
    """Move the landmarks of the exported layout.

    The layout's SHA-256, by which the model and the lids' and lips' file name it, is renewed in
    both. The layout says that it has been calibrated, so that it cannot be done twice.

    Raises
    ------
    FileNotFoundError
        The photos or a step before this one are missing.
    ValueError
        It has been done before.
    """
    path, model_path = config.output / LAYOUT_FILE, config.output / "position_map.onnx"
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
