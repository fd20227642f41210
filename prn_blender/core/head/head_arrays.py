"""The arrays of a head's file: which there are, of what type, and how they are read."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError, Sentence
from ..files.npz import unpack_npz
from ..files.safe import read_bounded, shown

MAX_FILE_BYTES = 64 * 2**20
"""Largest such file that is read."""
TEXTS = ("name", "layout_sha256", "shape_sha256")
NAMES = ("part_names", "move_names", "bone_names")
FLOATS = (
    *("uv", "mean", "modes", "sign", "moves", "texel", "follow", "slide", "face_rect"),
    *("smooth", "slopes", "weights", "joint_weights"),
)
OPTIONAL = ("layout_size", "given_uv", "frame")
INDICES = (
    *("quads", "part", "partner", "mirror", "lips", "left_lids", "right_lids", "neck_end"),
    *("joint_vertices", "source"),
)


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], str]:
    """The arrays of a file, and its sha256; ModelError if it is damaged."""
    data = read_bounded(path, MAX_FILE_BYTES, Sentence("head"), ModelError)
    names = ("version", *TEXTS, *NAMES, *FLOATS, *INDICES, "group_names", "groups")
    try:
        found = unpack_npz(data)
        kept = {name: found[name] for name in names}
    except (ValueError, KeyError) as e:
        raise ModelError("{path} is damaged or not an .npz file.", path=shown(path)) from e
    kept |= {name: found[name] for name in OPTIONAL if name in found}
    return kept, hashlib.sha256(data).hexdigest()


def in_memory(found: dict[str, np.ndarray]) -> dict[str, Any]:
    """What the file's arrays are in memory."""
    result: dict[str, Any] = {name: str(found[name]) for name in TEXTS}
    for name in NAMES:
        result[name] = tuple(str(n) for n in found[name])
    for name in FLOATS + INDICES:
        if found[name].dtype.kind not in "fiu":
            raise TypeError(name)
        result[name] = found[name].astype(np.float32 if name in FLOATS else np.int64)
    if "layout_size" in found:
        result["layout_size"] = int(found["layout_size"])
    for name in ("given_uv", "frame"):
        if name in found:
            if found[name].dtype.kind != "f":
                raise TypeError(name)
            result[name] = found[name].astype(np.float32)
    count = len(found["mean"])
    bits = np.unpackbits(found["groups"], axis=1, count=count).astype(bool)
    result["groups"] = dict(zip(map(str, found["group_names"]), bits, strict=True))
    return result


def unexpected(path: Path) -> ModelError:
    return ModelError("{path} has arrays of unexpected shape, type or values.", path=shown(path))
