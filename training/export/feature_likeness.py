"""Learns what eyes, noses and mouths look like, for `prn_blender.core.likeness`.

Principal components of their patterns in many faces: the add-on takes a feature that they cannot
explain for covered, by hair or a hand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prn_blender.core import FaceReconstructor, read_photo
from prn_blender.core.appearance.feature_likeness import FEATURES, MODEL, WINDOWS, patterns
from prn_blender.core.errors import NoFaceError
from prn_blender.core.files.safe import write_bytes

from ..config import Config
from ..npz import npz_bytes

EVERY = 3
"""One of three photos is used; the others are kept for tests of the result."""
COMPONENTS = 25
"""Principal components of each feature."""
ODD = 8
"""Per cent of the patterns, those least like the rest, that are dropped: glasses or hair over a
feature must not become part of what it looks like."""
SHOWN = 0.85
"""Share of a feature's texels that the photo has to show."""


def make_features(config: Config) -> None:
    """Reconstruct the faces of the photos with the exported model and write the file beside it."""
    found: dict[str, list[NDArray[np.float32]]] = {kind: [] for kind in WINDOWS}
    reconstructor = FaceReconstructor.load(config.output / "position_map.onnx")
    for path in sorted((config.shared / "data" / "generated_faces").glob("*.jpg"))[1::EVERY]:
        try:
            face = reconstructor(read_photo(path), max_faces=1)[0]
        except NoFaceError:
            continue
        for name, (pattern, seen) in patterns(face.layout, face.texture(face.layout.size)).items():
            if seen.mean() > SHOWN:
                found[FEATURES[name]].append(pattern)
    arrays: dict[str, NDArray[np.float32]] = {}
    for kind, values in found.items():
        mean, basis, spread = components(np.array(values))
        arrays |= {f"{kind}_mean": mean, f"{kind}_basis": basis, f"{kind}_spread": spread}
    halves = {k: v.astype(np.float16) for k, v in arrays.items()}
    write_bytes(config.output / MODEL, npz_bytes(halves))


def components(
    values: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Principal components of patterns, computed again without those that fit them worst.

    Parameters
    ----------
    values : (m, n)
        Each is normalised to zero mean and unit variance first.

    Returns
    -------
    mean : (n,)
    basis : (k, n)
        Orthonormal; k is `COMPONENTS`.
    variance : (k,)
    """
    values = values - values.mean(axis=1, keepdims=True)
    values /= np.maximum(values.std(axis=1, keepdims=True), 1e-3)
    for left_out in (ODD, 0):
        mean = values.mean(axis=0)
        _, size, basis = np.linalg.svd(values - mean, full_matrices=False)
        basis, spread = basis[:COMPONENTS], size[:COMPONENTS] ** 2 / len(values)
        apart = values - mean
        odd = ((apart - apart @ basis.T @ basis) ** 2).mean(axis=1)
        values = values[odd <= np.percentile(odd, 100 - left_out)]
    return mean, basis, spread
