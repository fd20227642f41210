"""A shot as a .blend file: the people in it, animated, before the shot. Without a window."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import bpy

from ..core.choices import CameraKind, Topology
from ..core.face.face import Face
from ..core.face.reconstruct import FaceReconstructor
from ..core.outputs.point_cache import SUFFIX
from ..core.person import Person
from ..core.photo.frames import Shot
from ..core.sequence.best_faces import best_faces
from ..core.sequence.performance import Performance
from .animation.play import PlayOptions, play
from .animation.position_cache import mesh_of, write_positions
from .build.build import build_scene
from .build.person import add_person
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
    topology: Topology | None = None,
    camera: CameraKind = "persp",
    focal: float | None = None,
    reduce: bool = False,
    positions: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> int:
    """Write a .blend file in which the people of a shot do what they do in it.

    Parameters
    ----------
    path : Path
    shot : Shot
    people : sequence of Performance
        The first one's head has its real size.
    reconstructor : FaceReconstructor
    topology : {"head", "lattice"} or None
        As in `SceneOptions`.
    camera, focal, reduce
        As in `PlayOptions`.
    positions : bool
        Every vertex goes where each frame shows it, by a file beside the .blend for each person:
        NAME.pc2, or NAME_1.pc2, NAME_2.pc2, ...
    progress : callable, optional
        Called with the frames of a person's positions that are written, and all of them.

    Returns
    -------
    int
        How many are lattices though heads were asked for by name: the model does not tell any.

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
    cameras, headless, end = [], 0, scene.frame_start
    origin = min(float(performance.seconds[0]) for performance in people)
    for number, performance in enumerate(people, 1):
        faces = best_faces(shot, performance, reconstructor, _FRAMES)
        person = _person_of(faces, reconstructor)
        face = faces[0] if person is None else person.painted()
        built = build_scene(
            [face], SceneOptions(camera=camera, focal_mm=focal, topology=topology), scene
        )
        headless += built.headless
        built.collection.name = built.faces[0].name = shot.name
        if person is not None:
            add_person(built.faces[0], person, scene)
        which = f"_{number}" if len(people) > 1 else ""
        file = path.with_name(f"{path.stem}{which}{SUFFIX}")
        if positions:
            of = mesh_of(built.faces[0], face.layout)
            for written in write_positions(
                file, shot, performance, reconstructor, of, shot.rate, camera, focal
            ):
                if progress is not None:
                    progress(*written)
        options = PlayOptions(
            camera=camera,
            focal=focal,
            reduce=reduce,
            positions=f"//{file.name}" if positions else "",
        )
        playing = play(scene, built.faces[0], face, shot, performance, options, units, origin)
        cameras.append(at_once(playing))
        end = max(end, scene.frame_end)
    scene.camera, scene.frame_end = cameras[0], end
    save_blend(path)
    return headless


def _person_of(faces: Sequence[Face], reconstructor: FaceReconstructor) -> Person | None:
    """The person of several frames, the one that shows the face best first; None of one frame."""
    if reconstructor.likeness is None or len(faces) < 2:
        return None
    return Person(tuple(faces), reconstructor.likeness, keep_all=True, first=0).in_order()
