"""Gives the exported model the reading of identity, and the face shape that it is a reading of.

The position map and everything that leads to it stay as they are, to the last bit. The output
`identity`, which had the coefficients of the labels' head, becomes the population's.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.files.safe import write_bytes
from prn_blender.core.geometry.layout_file import load_uv_layout
from prn_blender.core.head.face_shape import FILE

from ..config import Config
from ..head.head_model import HeadModel, expression_partners
from ..identity.features import append_linear, remove_output
from ..identity.readout import Readout
from ..layout.uv_layout import LAYOUT_FILE
from ..network.learn_identity import FILE as BRANCH_FILE
from ..network.learn_identity import READOUT_FILE as BRANCH_READOUT
from ..npz import npz_bytes
from ..population.population import Population
from .face_shape import shape_arrays
from .identity_branch import append_branch, load_branch

DIGEST = "prn.face_shape_sha256"
"""Key of the model's metadata."""
LICENSE = "identity learnt from ICT-FaceKit, MIT"
"""What is added to the model's licence; the notice lies beside it."""


def calm_answers(config: Config, names: NDArray[np.str_]) -> NDArray[np.float64]:
    """What the exported network says of the expression of calm faces: (E,).

    The quantile `known_heads.calm` of its answers on the first photos `names`, the same on both
    sides of the face. Faces without an expression get these values, too: the mean face that the
    network was trained with is no real person's.
    """
    reconstructor = FaceReconstructor.load(
        config.output / "position_map.onnx", look_again=False, likeness=False
    )
    folder = config.shared / "data" / "generated_faces"
    found = []
    for name in names[: config.readout.calm_photos]:
        face = reconstructor(folder / str(name), max_faces=1)[0]
        found.append(face.coefficients["expression"])
    partner = expression_partners(reconstructor.network.info.expression_names)
    calm = np.quantile(np.array(found, np.float64), config.known_heads.calm, axis=0)
    return np.asarray((calm + calm[partner]) / 2)


def give_likeness(config: Config) -> list[Path]:
    """Write `face_shape.npz`, and the reading of identity into `position_map.onnx`.

    Raises
    ------
    FileNotFoundError
        A step before this one has not been done.
    ValueError
        The model has other expressions than the head model, or other features than those that
        identity was learnt from.
    """
    path, shape_path = config.output / "position_map.onnx", config.output / FILE
    head = HeadModel.load(config.work / "head_model.npz")
    population = Population.load(config.work / "population.npz")
    readout = Readout.load(config.work / "readout.npz")
    branched = (config.work / BRANCH_FILE).exists()
    layout = load_uv_layout(config.output / LAYOUT_FILE)
    model = onnx.load(str(path))
    metadata = {p.key: p.value for p in model.metadata_props}
    if metadata.get("prn.expression_names", "").split(",") != list(head.expression_names):
        raise ValueError(f"{path.name} has other expressions than the head model")
    with np.load(config.shared / "data" / "generated_faces_mediapipe.npz") as z:
        calm = calm_answers(config, z["name"])
    with np.load(config.work / "texels.npz") as z:
        arrays = shape_arrays(head, population, layout, z["corners"], z["bary"])
    if branched:
        branch = load_branch(path, config.work / BRANCH_FILE, readout)
        append_branch(model, branch)
        readout = Readout.load(config.work / BRANCH_READOUT)
    else:
        remove_output(model.graph, "identity")
        append_linear(model, readout.matrix, readout.bias, "identity")
    data = shape_bytes(arrays, readout.precision, calm, layout.sha256)
    if LICENSE not in metadata["prn.license"]:
        metadata["prn.license"] += f"; {LICENSE}"
    metadata[DIGEST] = hashlib.sha256(data).hexdigest()
    onnx.helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    write_bytes(shape_path, data)
    write_bytes(path, model.SerializeToString())
    return [path, shape_path]


def shape_bytes(
    arrays: dict[str, NDArray[Any]],
    precision: NDArray[Any],
    calm: NDArray[Any],
    layout_sha256: str,
) -> bytes:
    """The file `face_shape.npz`; the same bytes for the same arrays.

    Parameters
    ----------
    arrays
        Of `shape_arrays`.
    precision : (K, K)
        See `training.identity.readout.error_precision`.
    calm : (E,)
        See `calm_answers`.
    layout_sha256
        Digest of the layout that it belongs to.
    """
    return npz_bytes(
        {
            "layout_sha256": np.array(layout_sha256),
            **arrays,
            "precision": precision.astype(np.float32),
            "calm": calm.astype(np.float16),
            # What the step `spread` learns: until then nobody is set apart.
            "usual": np.zeros(len(precision), np.float32),
            "spread": np.eye(len(precision), dtype=np.float32),
        }
    )
