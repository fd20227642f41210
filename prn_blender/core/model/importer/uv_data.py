"""Convert PRNet's UV files (`Data/uv-data`) to a UV layout."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import cv2
import numpy as np

from ...errors import ModelError, Sentence
from ...files.safe import read_bounded, shown
from ...geometry.landmarks import LEFT_EYE, RIGHT_EYE
from ...geometry.pose import PHOTO_TO_BLENDER
from ...native import quietly
from ...photo.png_chunks import needed_chunks
from ...typed import Points

LAYOUT_NAME = "prnet-256"
_PNG = b"\x89PNG\r\n\x1a\n"
# Side of PRNet's position maps, texels.
_SIZE = 256
# Largest file that is read.
_MAX_BYTES = 32 * 2**20
# Metres between the eye centres, as in every layout.
_EYE_DISTANCE = 0.063
# Larger numbers in a table, or coordinates in PRNet's unit, make no sense.
_LARGEST_NUMBER = 1e9
_LARGEST_COORDINATE = 1e6


def read_uv_data(folder: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Convert PRNet's UV files to the arrays of a layout file.

    Parameters
    ----------
    folder : path-like
        It holds face_ind.txt, uv_kpt_ind.txt and canonical_vertices.npy. Of uv_weight_mask.png,
        uv_face.png and uv_face_eyes.png those that it holds are used.

    Returns
    -------
    dict of str to array
        As docs/conventions.md lists them, with `canonical_source`: the (4, 4) similarity from the
        canonical frame to PRNet's own (y down, in its unit).

    Raises
    ------
    ModelError
        A file is missing or damaged, or they do not fit each other.
    """
    folder = Path(folder)
    indices = _numbers(folder / "face_ind.txt").ravel()
    points = _numbers(folder / "uv_kpt_ind.txt")
    vertices = _vertices(folder / "canonical_vertices.npy")
    if len(vertices) != len(indices) or points.shape != (2, 68):
        raise ModelError(
            "PRNet's UV files do not fit each other: {faces} face indices, {vertices} "
            "canonical vertices, landmarks {shape}; expected (2, 68).",
            faces=len(indices),
            vertices=len(vertices),
            shape=points.shape,
        )
    flat = _SIZE * _SIZE
    if indices.min() < 0 or indices.max() >= flat or (np.diff(indices) <= 0).any():
        raise ModelError(
            "face_ind.txt does not hold ascending texel numbers below {flat}.", flat=flat
        )
    mask = np.zeros(flat, bool)
    mask[indices] = True
    mask = mask.reshape(_SIZE, _SIZE)
    texels = points[::-1].T.astype(np.int32)  # the file has columns, then rows
    if texels.min() < 0 or texels.max() >= _SIZE or not mask[tuple(texels.T)].all():
        raise ModelError("uv_kpt_ind.txt has landmarks outside the face.")
    source = np.zeros((_SIZE, _SIZE, 3))
    source[mask] = vertices
    to_layout = _to_canonical(source[tuple(texels.T)])
    canonical = np.zeros_like(source)
    canonical[mask] = vertices @ to_layout[:3, :3].T + to_layout[:3, 3]
    return {
        "name": np.array(LAYOUT_NAME),
        "version": np.array(1, np.int32),
        "mask": mask,
        "landmark_texels": texels,
        "canonical": canonical.astype(np.float32),
        "canonical_source": np.linalg.inv(to_layout),
        **_weights(folder, mask),
        **_eyes(folder),
    }


def write_layout(folder: str | os.PathLike[str]) -> bytes:
    """Encode the layout that `read_uv_data` converts as an .npz file."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **read_uv_data(folder))
    return stream.getvalue()


def _to_canonical(landmarks: Points) -> np.ndarray:
    """(4, 4) float64: PRNet's canonical frame to ours, by the landmarks (68, 3) in PRNet's."""
    right, left = landmarks[RIGHT_EYE].mean(axis=0), landmarks[LEFT_EYE].mean(axis=0)
    distance = float(np.linalg.norm(left - right))
    if not distance > 0:
        raise ModelError("canonical_vertices.npy has both eyes in one place.")
    result = np.eye(4)
    result[:3, :3] = PHOTO_TO_BLENDER * (_EYE_DISTANCE / distance)
    result[:3, 3] = -result[:3, :3] @ ((left + right) / 2)
    return result


def _numbers(path: Path) -> np.ndarray:
    """The whole numbers of a text file, which numpy has written as floats."""
    data = read_bounded(path, _MAX_BYTES, Sentence("file of PRNet's"), ModelError)
    try:
        values = np.loadtxt(io.BytesIO(data), dtype=np.float64, ndmin=1)
    except ValueError as e:
        raise ModelError("{path} is not a table of numbers.", path=shown(path)) from e
    if not (np.abs(values) < _LARGEST_NUMBER).all():
        raise ModelError("{path} holds numbers that make no sense.", path=shown(path))
    return values.astype(np.int64)


def _vertices(path: Path) -> Points:
    """(n, 3) float64: the canonical vertices, in PRNet's frame and unit."""
    data = read_bounded(path, _MAX_BYTES, Sentence("file of PRNet's"), ModelError)
    try:
        values = np.load(io.BytesIO(data), allow_pickle=False)
        if not isinstance(values, np.ndarray):  # an .npz by the name of an .npy
            raise TypeError(type(values))
    except Exception as e:  # numpy's parser raises many kinds on damaged data
        raise ModelError("{path} is damaged or not an .npy file.", path=shown(path)) from e
    if values.ndim != 2 or values.shape[1] != 3 or values.dtype.kind != "f":
        raise ModelError(
            "{path} is {dtype} {shape}; expected (n, 3) floats.",
            path=shown(path),
            dtype=values.dtype,
            shape=values.shape,
        )
    if not (np.abs(values) < _LARGEST_COORDINATE).all():
        raise ModelError("{path} holds numbers that make no sense.", path=shown(path))
    return values.astype(np.float64)


def _weights(folder: Path, mask: np.ndarray) -> dict[str, np.ndarray]:
    """PRNet's weight mask, if the folder holds it, as a layout has it."""
    image = _image(folder / "uv_weight_mask.png")
    if image is None:
        return {}
    # The levels 255, 64 and 48 stand for weights of 16, 4 and 3. Outside the face 48 stands for 0.
    levels = image[..., 0].astype(np.float32) + (image[..., 0] == 255)
    return {"weights": levels / 16 * mask}


def _eyes(folder: Path) -> dict[str, np.ndarray]:
    """The eye regions: where the two masks of the face-swapping demo differ."""
    whole, eyes = _image(folder / "uv_face.png"), _image(folder / "uv_face_eyes.png")
    if whole is None or eyes is None:
        return {}
    differ = (whole[..., :3].astype(int) != eyes[..., :3]).any(axis=-1)
    left_half = np.arange(_SIZE) >= _SIZE // 2  # the subject's left is at the right of the map
    return {"part_left_eye": differ & left_half, "part_right_eye": differ & ~left_half}


@quietly
def _image(path: Path) -> np.ndarray | None:
    """(256, 256, channels) uint8: a picture; None if there is none of that name."""
    if not path.is_file():
        return None
    data = read_bounded(path, _MAX_BYTES, Sentence("picture of PRNet's"), ModelError)
    # First: a few bytes can claim a picture, or a chunk, of gigabytes, which OpenCV believes.
    fits = data.startswith(_PNG) and data[16:24] == struct.pack(">2I", _SIZE, _SIZE)
    fits = fits and needed_chunks(data).whole
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if fits else None
    except cv2.error:
        image = None
    if image is None or image.shape[:2] != (_SIZE, _SIZE) or image.dtype != np.uint8:
        raise ModelError(
            "{path} is not a picture of {size} x {size} pixels.", path=shown(path), size=_SIZE
        )
    return image if image.ndim == 3 else image[..., None]
