"""Have a face do what a person does in a shot: keys on head or camera, and on shape keys."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Euler, Matrix, Quaternion

from ...core.geometry.camera import Camera
from ...core.geometry.pose import Similarity
from ...core.outputs.live_link import head_rotations
from ...core.photo.frames import Shot
from ...core.sequence.performance import Performance
from ..build.camera import build_camera, match_render
from .curves import Channels, animate
from .movie import show_movie

_PLACE = 0.0002
"""Metres, radians and shares by which poses may be off where keys are left out. At arm's length
0.2 mm is a tenth of a pixel of a photo of 1280."""
_TURNS = ("rotation_euler", "rotation_quaternion")
_VALUE = 0.005
"""The same for shape keys: no lip is seen to move by that."""


@dataclass(frozen=True)
class Timing:
    """When a shot is played in a scene.

    Attributes
    ----------
    start : int
        The scene's frame that shows the shot at `origin`.
    rate : float
        The scene's frames a second.
    origin : float or None
        Seconds; None: where the person is first seen.
    """

    start: int
    rate: float
    origin: float | None = None

    def frames(self, seconds: np.ndarray) -> np.ndarray:
        """(T,) frames of the scene for times of a shot; whole ones where that is meant."""
        origin = seconds[0] if self.origin is None else self.origin
        frames = self.start + (seconds - origin) * self.rate
        whole = np.rint(frames)
        return np.where(np.abs(frames - whole) < 0.05, whole, frames)


def set_rate(scene: bpy.types.Scene, rate: float) -> None:
    """Have a scene play so many frames a second, such as 29.97."""
    scene.render.fps = max(1, round(rate))
    scene.render.fps_base = scene.render.fps / rate


def rate_of(scene: bpy.types.Scene) -> float:
    """Frames a second of a scene."""
    return float(scene.render.fps / scene.render.fps_base)


def shot_view(
    name: str, shot: Shot, camera: Camera, performance: Performance, frame: int, units: float
) -> bpy.types.Object:
    """A camera that sees what the shot's camera saw, the shot behind everything.

    Parameters
    ----------
    name : str
    shot : Shot
    camera : Camera
    performance : Performance
    frame : int
        The scene's frame at which the person is first seen.
    units : float
        Of the scene to a metre.

    Returns
    -------
    bpy.types.Object
        Not yet linked.
    """
    view = build_camera(name, camera, units)
    first, last = int(performance.numbers[0]), int(performance.numbers[-1])
    show_movie(view.data, shot, first, frame, last - first + 1)
    return view


def pose_head(
    item: bpy.types.Object,
    places: Sequence[Similarity],
    units: float,
    frames: np.ndarray,
    starts: np.ndarray,
    reduce: bool,
) -> None:
    """Key the head's place, before a camera that stands still."""
    matrices = [Matrix.Scale(units, 4) @ Matrix(place.matrix.tolist()) for place in places]
    allowed = _allowed(units, reduce)
    animate(item, f"{item.name} Shot", _channels(item, matrices), frames, starts, allowed)


def pose_camera(
    view: bpy.types.Object,
    item: bpy.types.Object,
    places: Sequence[Similarity],
    units: float,
    frames: np.ndarray,
    starts: np.ndarray,
    reduce: bool,
) -> None:
    """Key the camera's place about a head that stands where it is."""
    head, seen_from = item.matrix_world.copy(), view.matrix_basis.copy()
    matrices, growth = [], np.empty(len(places))
    for index, place in enumerate(places):
        there = Matrix.Scale(units, 4) @ Matrix(place.matrix.tolist())
        where, turn, scale = (head @ there.inverted() @ seen_from).decompose()
        matrices.append(Matrix.LocRotScale(where, turn, None))
        growth[index] = scale.x
    allowed = _allowed(units, reduce)
    animate(view, f"{view.name} Shot", _channels(view, matrices, False), frames, starts, allowed)
    if view.data.type == "ORTHO":
        width = {("ortho_scale", 0): view.data.ortho_scale * growth}
        animate(view.data, f"{view.name} Width", width, frames, starts, allowed)


def key_expressions(
    mesh: bpy.types.Mesh, channels: Channels, frames: np.ndarray, starts: np.ndarray, reduce: bool
) -> None:
    """Key a mesh's shape keys."""
    keys = mesh.shape_keys
    animate(keys, f"{mesh.name} Expression", channels, frames, starts, _VALUE if reduce else 0.0)


def turn_head(item: bpy.types.Object, turns: np.ndarray, frames: np.ndarray, reduce: bool) -> None:
    """Key an object's turn by that of a head in a Live Link file, from how it stands now.

    Parameters
    ----------
    item : bpy.types.Object
    turns : (T, 3) float
        As in `core.outputs.live_link`.
    frames : (T,) float
    reduce : bool
    """
    where, turn, _ = item.matrix_basis.decompose()
    matrices = [
        Matrix.LocRotScale(where, Matrix(rotation.tolist()).to_quaternion() @ turn, None)
        for rotation in head_rotations(turns)
    ]
    channels = {
        channel: values
        for channel, values in _channels(item, matrices, with_scale=False).items()
        if channel[0] in _TURNS
    }
    starts = np.zeros(len(frames), bool)
    animate(item, f"{item.name} Head", channels, frames, starts, _allowed(1.0, reduce))


def _allowed(units: float, reduce: bool) -> dict[str, float]:
    """By how much each data path may be off, in a scene with so many units to a metre."""
    if not reduce:
        return {}
    lengths = dict.fromkeys(("location", "scale", "ortho_scale"), _PLACE * units)
    return lengths | dict.fromkeys(_TURNS, _PLACE)  # radians are the same in all scenes


def show_shot(scene: bpy.types.Scene, view: bpy.types.Object, shot: Shot, match: bool) -> None:
    """Look through the shot's camera in a scene, and render as it saw."""
    scene.camera = view
    if match:
        match_render(scene, shot.width, shot.height)


def _channels(
    item: bpy.types.Object, matrices: Sequence[Matrix], with_scale: bool = True
) -> Channels:
    """Place, turn and scale of an object over time, in the way in which it turns."""
    if item.rotation_mode == "AXIS_ANGLE":  # it has no way from one turn to the next
        item.rotation_mode = "QUATERNION"
    mode = item.rotation_mode
    parts = [matrix.decompose() for matrix in matrices]
    turns = []
    last: Euler | Quaternion | None = None
    for _, turn, _ in parts:
        if mode == "QUATERNION":
            now = turn.copy()
            if last is not None:
                now.make_compatible(last)
        else:
            now = turn.to_euler(mode) if last is None else turn.to_euler(mode, last)
        turns.append(tuple(now))
        last = now
    values = {
        "location": np.array([tuple(where) for where, _, _ in parts]),
        "rotation_quaternion" if mode == "QUATERNION" else "rotation_euler": np.array(turns),
    }
    if with_scale:
        values["scale"] = np.array([tuple(scale) for _, _, scale in parts])
    return {
        (path, axis): columns[:, axis]
        for path, columns in values.items()
        for axis in range(columns.shape[1])
    }
