"""A shot as a .blend file: the people in it, animated, before the shot. Without a window."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy

from ..core.choices import CameraKind, Topology
from ..core.face.face import Face
from ..core.face.reconstruct import FaceReconstructor
from ..core.person import Person
from ..core.photo.frames import Shot
from ..core.sequence.best_faces import best_faces
from ..core.sequence.performance import Performance
from .animation.play import PlayOptions, play
from .build.build import build_scene
from .files import save_blend
from .options import SceneOptions
from .start_file import new_start_file
from .stepwise import at_once
from .units import units_per_metre

_FRAMES = 5
"""Frames of which a person's shape and texture are made: more show hardly anything new."""


def write_shot(
    path: Path,
    shot: Shot,
    people: Sequence[Performance],
    reconstructor: FaceReconstructor,
    topology: Topology = "head",
    camera: CameraKind = "persp",
    focal: float | None = None,
    reduce: bool = False,
) -> int:
    """Write a .blend file in which the people of a shot do what they do in it.

    Parameters
    ----------
    path : Path
    shot : Shot
    people : sequence of Performance
        The first one's head has its real size.
    reconstructor : FaceReconstructor
    topology : {"head", "lattice"}
    camera, focal, reduce
        As in `PlayOptions`.

    Returns
    -------
    int
        How many are lattices though heads were asked for: the model does not tell any.

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    PhotoError, ModelError
        A frame cannot be read; the network fails.
    OutputError
        The file cannot be written.
    """
    new_start_file()
    scene = bpy.context.scene
    units = units_per_metre(scene)
    options = PlayOptions(camera=camera, focal=focal, reduce=reduce)
    cameras, headless = [], 0
    for performance in people:
        face = _face_of(shot, performance, reconstructor)
        built = build_scene(
            [face], SceneOptions(camera=camera, focal_mm=focal, topology=topology), scene
        )
        headless += built.headless
        view = at_once(play(scene, built.faces[0], face, shot, performance, options, units))
        cameras.append(view)
    scene.camera = cameras[0]
    save_blend(path)
    return headless


def _face_of(shot: Shot, performance: Performance, reconstructor: FaceReconstructor) -> Face:
    """The face in the frame that shows it best, with shape and texture of several frames."""
    faces = best_faces(shot, performance, reconstructor, _FRAMES)
    if reconstructor.likeness is None or len(faces) < 2:
        return faces[0]
    person = Person(tuple(faces), reconstructor.likeness, keep_all=True, first=0)
    return person.in_order().painted()
