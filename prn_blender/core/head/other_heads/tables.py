"""Tables of which place of the layout, and of our head, is which place of another head."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from ...files.safe import write_bytes
from ...geometry.nearest import Surface
from ...geometry.uv_layout import UVLayout
from ..head_model import HeadModel
from .build import ImportedHead

_FAR = 3e-3
"""Metres between two places, from which on they are not the same."""


def write_tables(found: ImportedHead, ours: HeadModel, layout: UVLayout, path: Path) -> None:
    """Write both ways as an `.npz`.

    Parameters
    ----------
    found : ImportedHead
    ours : HeadModel
        The head that comes with the add-on.
    layout : UVLayout
        That of `ours`.
    path : Path
        Gets, for V vertices of the other head:

        - `texel` (V, 2) float32: column and row in the layout, NaN where it shows nothing;
        - `our_vertices` (V, 3) int32, `our_weights` (V, 3) float32: the triangle of our head that
          each lies on, and the weights there; weights 0 where it lies on none;
        - `their_vertices` (n, 3) int32, `their_weights` (n, 3) float32: the same for the layout's
          n texels, in `layout.texels` order, on the other head;
        - `distance` (V,) and `texel_distance` (n,) float32: metres between the two places, on the
          other head;
        - `layout_sha256`, `frame` (4, 4): from the canonical frame to the other head's own.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    model, bent = found.model, found.registered.bent
    mine = Surface(bent, ours.triangles).nearest(found.points)
    off = np.linalg.norm(mine.of(bent) - found.points, axis=1)
    places = _texel_places(ours, layout)
    at = (bent[places[0]] * places[1][..., None]).sum(1)
    skin = model.triangles[np.repeat(model.part == 0, 2)]
    skin = skin[skin[:, 1] != skin[:, 2]]
    theirs = Surface(found.points, skin).nearest(at)
    texel_off = np.linalg.norm(theirs.of(found.points) - at, axis=1)
    data = io.BytesIO()
    np.savez_compressed(
        data,
        texel=model.texel,
        our_vertices=mine.corners.astype(np.int32),
        our_weights=(mine.bary * (off < _FAR)[:, None]).astype(np.float32),
        their_vertices=theirs.corners.astype(np.int32),
        their_weights=(theirs.bary * (texel_off < _FAR)[:, None]).astype(np.float32),
        distance=off.astype(np.float32),
        texel_distance=texel_off.astype(np.float32),
        layout_sha256=np.array(layout.sha256),
        frame=found.stance.matrix,
    )
    write_bytes(path, data.getvalue())


def _texel_places(ours: HeadModel, layout: UVLayout) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) and weights (n, 3) of the layout's texels on our head."""
    triangles = ours.triangles
    triangles = triangles[np.isfinite(ours.texel[triangles]).all((1, 2))]
    corners = ours.texel[triangles].astype(np.float64).reshape(-1, 2)
    flat = np.c_[corners, np.zeros(len(corners))]
    row, column = np.divmod(layout.texels, layout.size)
    asked = np.c_[column, row, np.zeros(len(row))]
    found = Surface(flat, np.arange(len(flat)).reshape(-1, 3)).nearest(asked)
    return triangles.reshape(-1)[found.corners], found.bary
