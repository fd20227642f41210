"""Which head a face's whole head is made of: the add-on's, or a file that was imported."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import bpy

from ...core.errors import ModelError
from ...core.files.safe import shown
from ...core.geometry.uv_layout import UVLayout
from ...core.head.head_model import HeadModel, head_for, kept_head
from ..names import is_head
from .storage import find_field


def named_head(path: str, sha256: str) -> HeadModel:
    """A head's file, as a record or a material names it.

    Raises
    ------
    ModelError
        It is gone, or another one lies there.
    """
    try:
        head = kept_head(Path(path))
    except (ModelError, ValueError):
        head = None
    if head is None or head.sha256 != sha256:
        raise ModelError(
            "The head file {path} that this face was made with is not where it was; put it back, "
            "or build the face anew.",
            path=shown(path),
        )
    return head


def head_model_of(item: bpy.types.Object, layout: UVLayout) -> HeadModel | None:
    """The model of the whole head that an object is; None of a lattice.

    Raises
    ------
    ModelError
        Its file is gone.
    """
    if not is_head(item):
        return None
    sha256 = find_field(item, "head_sha256")
    if not sha256:
        return head_for(layout)
    return named_head(find_field(item, "head_path") or "", sha256)
