"""Writes a `HeadModel` as a file of the contract."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from ...errors import ModelError
from ...files.safe import shown, write_bytes
from ..head_arrays import FLOATS, INDICES, MAX_FILE_BYTES, NAMES, TEXTS
from ..head_model import VERSION, HeadModel

_HALF = ("modes", "moves", "follow", "slide", "smooth", "weights")
"""Arrays whose last digits nobody sees: half precision."""


def write_head(model: HeadModel, path: Path) -> None:
    """Write a head.

    Raises
    ------
    ModelError
        The file would be larger than those that are read.
    OutputError
        It cannot be written.
    """
    arrays: dict[str, np.ndarray] = {"version": np.array(VERSION)}
    arrays |= {name: np.array(getattr(model, name)) for name in (*TEXTS, *NAMES)}
    arrays |= {name: getattr(model, name).astype(np.float16) for name in _HALF}
    arrays |= {
        name: np.asarray(getattr(model, name), np.float32)
        for name in (*FLOATS, "given_uv", "frame")
        if name not in _HALF and getattr(model, name) is not None
    }
    arrays |= {name: getattr(model, name).astype(np.int32) for name in INDICES}
    arrays["layout_size"] = np.array(model.layout_size)
    arrays["group_names"] = np.array(list(model.groups))
    arrays["groups"] = np.packbits(np.array(list(model.groups.values())), axis=1)
    data = io.BytesIO()
    np.savez_compressed(data, **arrays)
    if data.tell() > MAX_FILE_BYTES:
        raise ModelError(
            "{path} would have {size} MB, more than is read; leave out some expressions or "
            "identities, or take a coarser mesh.",
            path=shown(path),
            size=data.tell() // 2**20,
        )
    write_bytes(path, data.getvalue())
