"""Learns how far people are set apart, for `prn_blender.core.head.FaceShape.set_apart`.

The ridge that identity is read by holds faces back towards the mean, and the more so the worse a
direction is told: what is left is half one direction, long faces against wide ones, where in the
population it is a quarter. The error's covariance, which the step `readout` measured on renders,
says how much of each direction is told, so how far each has to go out again. No photo of a real
person takes part.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.files.safe import write_bytes
from prn_blender.core.head.face_shape import FILE, FaceShape
from prn_blender.core.head.head_model import FILE as HEAD_FILE
from prn_blender.core.model.bundled import open_model

from ..config import Config, SpreadConfig
from ..npz import npz_bytes
from .likeness import DIGEST

_NOT_COUNTED = ("left_ear", "right_ear", "neck", "mouth")
_GRID = 0.005  # metres: about one point for each such cube of the face counts
_INNER = 0.7  # quantile of the depth of the skin; what is further back is seen badly


def give_spread(config: Config) -> list[Path]:
    """Write `usual` and `spread` into `face_shape.npz`, and its digest where it is named.

    Raises
    ------
    FileNotFoundError
        There is no exported model that tells identity.
    """
    path, shape_path = config.output / "position_map.onnx", config.output / FILE
    network, layout = open_model(path)
    shape = FaceShape.beside(config.output, layout)
    if shape is None:
        raise FileNotFoundError(f"{shape_path} is missing: run the step `likeness` first")
    size = shape.identities
    held = replace(shape, usual=np.zeros(size, np.float32), spread=np.eye(size, dtype=np.float32))
    told = told_identities(config, FaceReconstructor(network, layout, shape=held))
    spread = spread_of(
        *(shape.precision, point_modes(shape), shape.sign),
        *(config.readout.least, config.spread),
    )
    # A person and the mirror image are equally likely.
    usual = np.where(shape.sign > 0, told.mean(0), 0)
    arrays = {"usual": usual.astype(np.float32), "spread": spread.astype(np.float32)}
    digest = _rewrite(shape_path, arrays)
    model = onnx.load(str(path))
    metadata = {p.key: p.value for p in model.metadata_props}
    onnx.helper.set_model_props(model, {**metadata, DIGEST: digest})
    write_bytes(path, model.SerializeToString())
    written = [shape_path, path]
    head_path = config.output / HEAD_FILE
    if head_path.exists():
        _rewrite(head_path, {"shape_sha256": np.array(digest)})
        written.append(head_path)
    return written


def told_identities(config: Config, reconstructor: FaceReconstructor) -> NDArray[np.float64]:
    """Identity coefficients (N, K) fitted to photos: as many of each group, evenly spread."""
    with np.load(config.shared / "data" / "generated_faces_mediapipe.npz") as z:
        names, group = z["name"], z["group"]
    groups = np.unique(group)
    each = config.spread.photos // len(groups)
    found = []
    for label in groups:
        own = np.flatnonzero(group == label)
        for k in own[np.linspace(0, len(own) - 1, min(each, len(own))).astype(int)]:
            photo = config.shared / "data" / "generated_faces" / str(names[k])
            identity = reconstructor(photo, max_faces=1)[0].identity
            assert identity is not None
            found.append(identity)
    return np.array(found, np.float64)


def point_modes(shape: FaceShape) -> NDArray[np.float64]:
    """Modes (K, P, 3) at points of the inner face, millimetres; size, turn and place taken out."""
    layout = shape.layout
    mean = shape.vertices(np.zeros(shape.identities)).astype(np.float64)
    usable = np.ones(layout.mask.size, bool)
    for name in _NOT_COUNTED:
        usable &= ~np.asarray(layout.parts[name]).reshape(-1)
    skin = np.flatnonzero(usable[layout.texels])
    skin = skin[mean[skin, 1] < np.quantile(mean[skin, 1], _INNER)]
    first = np.unique(np.round(mean[skin] / _GRID).astype(int), axis=0, return_index=True)[1]
    some = skin[first]
    modes = shape.directions(layout.texels[some])[: shape.identities]
    p = mean[some] - mean[some].mean(0)
    turns = [np.cross(p, axis) for axis in np.eye(3)]
    moves = [np.tile(axis, (len(p), 1)) for axis in np.eye(3)]
    motions = np.linalg.qr(np.stack([*turns, *moves, p]).reshape(7, -1).T)[0]
    flat = modes.reshape(len(modes), -1)
    return np.asarray(1000 * (flat - (flat @ motions) @ motions.T).reshape(modes.shape))


def spread_of(
    precision: NDArray[Any],
    modes: NDArray[Any],
    sign: NDArray[Any],
    least: float,
    config: SpreadConfig,
) -> NDArray[np.float64]:
    """What differences of identity coefficients are multiplied by, from the right: (K, K).

    Parameters
    ----------
    precision : (K, K)
        Inverse covariance of the errors, `least` added to each variance; see
        `training.identity.readout.error_precision`.
    modes : (K, P, 3)
        Millimetres.
    sign : (K,)
        Of the modes in the mirror: what is one-sided stays so.
    least, config

    Notes
    -----
    With errors of covariance E, readings of people spread as the unit normal distribution have
    the covariance T = I - E, if they are the most probable ones. In the metric of the modes' points
    T's directions are multiplied by its eigenvalues to the power of -`evened` / 2, the whole so
    that the sum of the variances grows by `gain`^2.
    """
    alike = np.outer(sign, sign) > 0
    told = np.eye(len(sign)) * (1 + least) - np.linalg.inv(np.asarray(precision, np.float64))
    flat = modes.reshape(len(modes), -1)
    metric = np.where(alike, flat @ flat.T / modes.shape[1], 0)
    root = np.linalg.cholesky(metric)  # coefficients @ root are millimetres
    values, axes = np.linalg.eigh(root.T @ np.where(alike, (told + told.T) / 2, 0) @ root)
    values = np.maximum(values, 0)
    factor = (values + config.least) ** (-config.evened / 2)
    factor *= config.gain * np.sqrt(values.sum() / (factor**2 * values).sum())
    return np.asarray(root @ (axes * factor) @ axes.T @ np.linalg.inv(root))


def _rewrite(path: Path, changed: dict[str, NDArray[Any]]) -> str:
    """Replace or add arrays of an `.npz`; its new digest."""
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as z:
        arrays = {name: z[name] for name in z.files}
    data = npz_bytes({**arrays, **changed})
    write_bytes(path, data)
    return hashlib.sha256(data).hexdigest()
