"""Read UV layouts from their files (.npz), which may be damaged or hostile."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from ..choices import STRIDES
from ..errors import ModelError, Sentence
from ..files.npz import TooLargeError, unpack_npz
from ..files.safe import read_bounded, shown
from .uv_layout import UVLayout

MAX_FILE_BYTES = 64 * 2**20
"""Largest file that is read."""
# Prefix of the arrays that are named parts of the face.
_PART = "part_"
# Metres: canonical positions further from the origin are no head.
_LARGEST_HEAD = 100.0
# Metres: eyes that are closer to each other are no eyes.
_LEAST_EYE_DISTANCE = 1e-6
# Bounds of the map's side, texels.
_SIZES = (8, 2048)
# Characters that are kept of a layout's name.
_NAME_LENGTH = 80


def load_uv_layout(path: str | os.PathLike[str]) -> UVLayout:
    """Read a layout file. Its arrays are listed in the ONNX contract, docs/conventions.md.

    Parameters
    ----------
    path : path-like
        An .npz file.

    Returns
    -------
    UVLayout

    Raises
    ------
    ModelError
        The file is missing, damaged, too large, or not a layout.
    """
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("UV layout"), ModelError)
    try:
        arrays = unpack_npz(data)
    except TooLargeError as e:
        raise ModelError(
            "The UV layout {path} unpacks to {unpacked} MB.",
            path=shown(path),
            unpacked=e.unpacked // 2**20,
        ) from e
    except ValueError as e:
        raise ModelError(
            "The UV layout {path} is damaged or not an .npz file.", path=shown(path)
        ) from e
    return _checked(arrays, Path(path), hashlib.sha256(data).hexdigest())


def _checked(arrays: dict[str, np.ndarray], path: Path, sha256: str) -> UVLayout:
    """Make a layout from the arrays of a file, or raise ModelError.

    Optional arrays that do not fit are dropped.
    """
    missing = {"mask", "landmark_texels", "canonical"} - set(arrays)
    if missing:
        raise ModelError(
            "{path} is not a UV layout: it has no {names}.",
            path=shown(path),
            names=", ".join(sorted(missing)),
        )
    mask, texels, canonical = arrays["mask"], arrays["landmark_texels"], arrays["canonical"]
    size = mask.shape[0] if mask.ndim == 2 else 0
    fits = (
        _SIZES[0] <= size <= _SIZES[1]
        and mask.shape == (size, size)
        and canonical.shape == (size, size, 3)
        and texels.shape == (68, 2)
        and texels.dtype.kind in "iu"
        and mask.dtype.kind in "bui"
        and canonical.dtype.kind == "f"
        and bool((np.abs(canonical) < _LARGEST_HEAD).all())
    )
    if not fits:
        raise ModelError(
            "The UV layout {path} has arrays of unexpected shape, type or values: mask "
            "{mask}, canonical {canonical}, landmark_texels {texels}.",
            path=shown(path),
            mask=mask.shape,
            canonical=canonical.shape,
            texels=texels.shape,
        )
    mask = mask.astype(bool)
    if texels.min() < 0 or texels.max() >= size or not mask[tuple(texels.T)].all():
        raise ModelError("The UV layout {path} has landmarks outside its mask.", path=shown(path))
    parts = {
        key.removeprefix(_PART): value.astype(bool)
        for key, value in arrays.items()
        if key.startswith(_PART) and value.shape == mask.shape and value.dtype.kind in "bui"
    }
    weights = arrays.get("weights")
    if weights is not None and (weights.shape != mask.shape or weights.dtype.kind not in "uif"):
        weights = None
    source = arrays.get("canonical_source")
    if source is not None and not (
        source.shape == (4, 4) and source.dtype.kind in "iuf" and np.isfinite(source).all()
    ):
        source = None
    layout = UVLayout(
        name=" ".join(str(arrays.get("name", path.stem)).split())[:_NAME_LENGTH],
        mask=mask,
        landmark_texels=texels.astype(np.int64),
        canonical=np.where(mask[..., None], canonical, 0).astype(np.float32),
        parts=parts,
        weights=weights,
        sha256=sha256,
        path=path,
        canonical_source=source,
    )
    if layout.eye_distance < _LEAST_EYE_DISTANCE or not layout.stepped_sizes(max(STRIDES))[1]:
        raise ModelError(
            "The UV layout {path} has no surface that could become a mesh.", path=shown(path)
        )
    return layout
