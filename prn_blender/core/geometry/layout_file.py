"""TODO docstring."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import numpy as np

from ..choices import STRIDES
from ..errors import ModelError, Sentence
from ..files.safe import read_bounded, shown
from .uv_layout import UVLayout

MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
_PART = "part_"
_LARGEST_HEAD = 100.0  # metres; the canonical face lies around its origin


def load_uv_layout(path: str | os.PathLike[str]) -> UVLayout:
    """Read a layout file (.npz, see the ONNX contract in docs/conventions.md).

    Raises
    ------
    ModelError
        The file is missing, damaged, too large, or not a layout.
    """
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("UV layout"), ModelError)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise ModelError(
                "The UV layout {path} unpacks to {unpacked} MB.",
                path=shown(path),
                unpacked=unpacked // 2**20,
            )
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except ModelError:
        raise
    except Exception as e:  # zip and npy parsers raise many kinds on damaged data
        raise ModelError(
            "The UV layout {path} is damaged or not an .npz file.", path=shown(path)
        ) from e
    return _checked(arrays, Path(path), hashlib.sha256(data).hexdigest())


def _checked(arrays: dict[str, np.ndarray], path: Path, sha256: str) -> UVLayout:
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
        8 <= size <= 2048
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
    if source is not None and not (source.shape == (4, 4) and np.isfinite(source).all()):
        source = None
    layout = UVLayout(
        name=" ".join(str(arrays.get("name", path.stem)).split())[:80],
        mask=mask,
        landmark_texels=texels.astype(np.int64),
        canonical=np.where(mask[..., None], canonical, 0).astype(np.float32),
        parts=parts,
        weights=weights,
        sha256=sha256,
        path=path,
        canonical_source=source,
    )
    if layout.eye_distance < 1e-6 or not len(layout.quads(max(STRIDES))):
        raise ModelError(
            "The UV layout {path} has no surface that could become a mesh.", path=shown(path)
        )
    return layout
