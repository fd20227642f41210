"""Learns how people's faces are spread, for `prn_blender.core.person.same_person`.

Of many photos, each of somebody else: mean and covariance of what the network tells of identity,
and the mean pattern of their features.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prn_blender.core import FaceReconstructor, read_photo
from prn_blender.core.errors import NoFaceError
from prn_blender.core.files.safe import write_bytes
from prn_blender.core.person.same_person import MODEL, pattern_of

from ..config import Config
from ..npz import npz_bytes

EVERY, FIRST = 9, 4
"""Every ninth photo is used, from the fifth on."""
RIDGE = 1.0
"""What is added to each variance, of their mean: a few hundred people do not tell all of them."""


def make_same_person(config: Config) -> None:
    """Reconstruct the faces of the photos with the exported model and write the file beside it."""
    reconstructor = FaceReconstructor.load(config.output / "position_map.onnx")
    told, patterns, seen = [], [], []
    folder = config.shared / "data" / "generated_faces"
    for path in sorted(folder.glob("*.jpg"))[FIRST::EVERY]:
        try:
            face = reconstructor(read_photo(path), max_faces=1)[0]
        except NoFaceError:
            continue
        told.append(face.coefficients["identity"])
        pattern, where = pattern_of(face)
        patterns.append(pattern * where)
        seen.append(where)
    mean, whitening = whitening_of(np.array(told))
    pattern = np.sum(patterns, axis=0) / np.maximum(np.sum(seen, axis=0), 1e-3)
    arrays = {"mean": mean, "whitening": whitening, "pattern": pattern}
    write_bytes(
        config.output / MODEL, npz_bytes({k: v.astype(np.float16) for k, v in arrays.items()})
    )


def whitening_of(told: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (K,) of readings (N, K), and the matrix (K, K) that whitens what sets them apart."""
    mean = told.mean(0, dtype=np.float64)
    covariance = np.cov((told - mean).T)
    ridge = RIDGE * np.trace(covariance) / len(covariance)
    values, axes = np.linalg.eigh(covariance + ridge * np.eye(len(covariance)))
    return mean, np.asarray((axes / np.sqrt(values)) @ axes.T)
