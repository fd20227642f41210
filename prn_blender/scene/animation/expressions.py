"""Expressions over time on a mesh's shape keys: whatever of ARKit's 52 names it has."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import bpy
import numpy as np

from ...core.errors import OptionError
from ...core.face.face import Face
from ...core.outputs.live_link import SHAPES
from ..mesh.shape_keys import NEUTRAL, add_expressions, add_neutral
from ..names import is_head
from ..stepwise import Stepwise
from .curves import Channels

SHOWN = 0.02
"""An expression that is never more than this gets no shape key: nobody would see it."""
_SIDES = {"_L": "Left", "_R": "Right"}
"""Endings by which other programs tell left from right."""


def expression_keys(mesh: bpy.types.Mesh) -> dict[str, bpy.types.ShapeKey]:
    """The shape keys of a mesh that have ARKit's names, by these names.

    Capitals do not count, and `mouthSmile_L` is `mouthSmileLeft`.
    """
    known = {name.casefold(): name for name in SHAPES}
    found: dict[str, bpy.types.ShapeKey] = {}
    for key in mesh.shape_keys.key_blocks if mesh.shape_keys is not None else ():
        name = key.name
        for end, side in _SIDES.items():
            if name.endswith(end):
                name = name[: -len(end)] + side
        if name.casefold() in known:
            found.setdefault(known[name.casefold()], key)
    return found


def prepare_keys(
    item: bpy.types.Object, face: Face, curves: Mapping[str, np.ndarray | list[float]]
) -> Stepwise[None]:
    """Give a face that has no expressions as shape keys those that move in a shot.

    In steps; closed in a pause it takes away what it has added.

    Parameters
    ----------
    item : bpy.types.Object
        Without any of ARKit's shape keys, with the lattice of its photo.
    face : Face
        What it was built from: the expression of its photo is taken off by *Neutral*, so that the
        new keys count from the calm face.
    curves : mapping of str to (T,) float
    """
    moving = [name for name, curve in curves.items() if float(np.max(curve, initial=0)) > SHOWN]
    before = key_names(item)
    try:
        if (yield from add_expressions(item, face, moving)) and not is_head(item):
            add_neutral(item, face)
            if (key := item.data.shape_keys.key_blocks.get(NEUTRAL)) is not None:
                key.value = 1.0
    except BaseException:
        with contextlib.suppress(ReferenceError):  # an undo has taken the face away
            remove_keys(item, before)
        raise


def key_names(item: bpy.types.Object) -> list[str]:
    """The names of an object's shape keys."""
    keys = item.data.shape_keys
    return [] if keys is None else [key.name for key in keys.key_blocks]


def remove_keys(item: bpy.types.Object, kept: Sequence[str]) -> None:
    """Remove an object's shape keys but for some; the first of all last."""
    for name in reversed(key_names(item)):
        if name not in kept:
            item.shape_key_remove(item.data.shape_keys.key_blocks[name])


def expression_channels(mesh: bpy.types.Mesh, curves: Mapping[str, np.ndarray]) -> Channels:
    """What animates a mesh's shape keys.

    Parameters
    ----------
    mesh : bpy.types.Mesh
    curves : mapping of str to (T,) float
        Values 0..1 by ARKit's names.

    Returns
    -------
    Channels
        Of the mesh's `shape_keys`.

    Raises
    ------
    OptionError
        It has none of them.
    """
    channels: dict[Any, np.ndarray] = {}
    for name, key in expression_keys(mesh).items():
        if name in curves:
            path = f'key_blocks["{bpy.utils.escape_identifier(key.name)}"].value'
            channels[path, 0] = curves[name]
    if not channels:
        raise OptionError(
            "The mesh {item!r} has no shape keys with ARKit's names, such as jawOpen.",
            item=mesh.name,
        )
    return channels
