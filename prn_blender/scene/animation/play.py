"""Have a face in the scene do what a person does in a shot: all of it in one call."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import bpy
import numpy as np

from ...core.choices import CameraKind
from ...core.face.face import Face
from ...core.photo.frames import Shot
from ...core.sequence.performance import Performance
from ...core.sequence.world import places, shot_camera
from ..build.camera import wants_match
from ..mesh.mesh import stop_positions
from ..stepwise import Stepwise
from . import perform
from .expressions import expression_channels, expression_keys, prepare_keys
from .position_cache import play_positions


@dataclass(frozen=True)
class PlayOptions:
    """How a face plays a shot.

    Attributes
    ----------
    moves : {"HEAD", "CAMERA"}
        What gets the keys of the pose.
    camera : {"ortho", "persp"}
    focal : float or None
        35 mm equivalent of a perspective camera; by default 50.
    expression : bool
        Key shape keys with ARKit's names; a face without any gets those that move.
    scene_time : bool
        The scene plays at the shot's rate, from its first frame to its last.
    reduce : bool
        Leave out keys that lines between the others replace.
    positions : str
        A file of `write_positions` for the face's mesh, as Blender names it; empty for none.
    """

    moves: Literal["HEAD", "CAMERA"] = "HEAD"
    camera: CameraKind = "persp"
    focal: float | None = None
    expression: bool = True
    scene_time: bool = True
    reduce: bool = False
    positions: str = ""


def play(
    scene: bpy.types.Scene,
    item: bpy.types.Object,
    face: Face,
    shot: Shot,
    performance: Performance,
    options: PlayOptions,
    units: float,
    origin: float | None = None,
) -> Stepwise[bpy.types.Object]:
    """Animate a face by a shot, and give the scene a camera that sees what the shot's saw.

    In steps: making shape keys may take long; all keys are made in the last one.

    Parameters
    ----------
    scene : bpy.types.Scene
    item : bpy.types.Object
        A face, in Object Mode.
    face : Face
        What it was built from.
    shot : Shot
    performance : Performance
        Of the person whom it plays.
    options : PlayOptions
    units : float
        Of the scene to a metre.
    origin : float, optional
        Seconds of the shot that the scene's first frame shows; by default where the person is first
        seen.

    Returns
    -------
    bpy.types.Object
        The shot's camera.
    """
    curves = {name: performance.curve(name) for name in performance.names}
    if options.expression and curves and not expression_keys(item.data):
        yield from prepare_keys(item, face, curves)
    view = shot_camera(performance, options.camera, options.focal)
    if options.scene_time:
        perform.set_rate(scene, shot.rate)
    timing = perform.Timing(scene.frame_start, perform.rate_of(scene), origin)
    frames = timing.frames(performance.seconds)
    name = f"{shot.name} Camera"
    camera = perform.shot_view(name, shot, view, performance, int(frames[0]), units)
    (item.users_collection or (scene.collection,))[0].objects.link(camera)
    where, starts, reduce = places(performance, view), performance.starts, options.reduce
    if options.moves == "HEAD":
        perform.pose_head(item, where, units, frames, starts, reduce)
    else:
        perform.pose_camera(camera, item, where, units, frames, starts, reduce)
    if options.expression and curves and expression_keys(item.data):
        channels = expression_channels(item.data, curves)
        perform.key_expressions(item.data, channels, frames, starts, reduce)
    stop_positions(item)  # those of another shot would hide what its keys do
    if options.positions:
        play_positions(item, options.positions, int(frames[0]))
    if options.scene_time:
        scene.frame_end = max(scene.frame_start, int(np.asarray(frames)[-1]))
        scene.frame_set(scene.frame_start)
    perform.show_shot(scene, camera, shot, wants_match(scene))
    return camera
