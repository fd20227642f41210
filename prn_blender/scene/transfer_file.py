"""A face with the expressions of photos as a .blend file. Without a window."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy

from ..core.choices import Topology
from ..core.face.face import Face
from ..core.sequence.photo_expressions import PhotoExpression
from .animation.transfer import TransferOptions, put_expressions
from .build.build import build_scene
from .files import save_blend
from .options import SceneOptions
from .start_file import new_start_file
from .stepwise import at_once


def write_transfer(
    path: Path,
    face: Face,
    photos: Sequence[PhotoExpression],
    topology: Topology | None = None,
    strength: float = 1.0,
    gaze: bool = True,
    turn: bool = False,
) -> bool:
    """Write a .blend file in which a face has a keyframe for the expression of each photo.

    Parameters
    ----------
    path : Path
    face : Face
        Who takes them on.
    photos : sequence of PhotoExpression
    topology : {"head", "lattice"} or None
        As in `SceneOptions`.
    strength, gaze, turn
        As in `TransferOptions`.

    Returns
    -------
    bool
        Whether it is a lattice though a head was asked for by name: the model does not tell any.

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    OutputError
        The file cannot be written.
    """
    new_start_file()
    scene = bpy.context.scene
    built = build_scene([face], SceneOptions(topology=topology), scene)
    options = TransferOptions(strength, gaze, turn, keyed=True)
    at_once(put_expressions(scene, built.faces[0], face, photos, options))
    save_blend(path)
    return bool(built.headless)
