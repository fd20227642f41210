"""The expressions of photos on a mesh's shape keys: as values, or as keyframes one after the other.

Keyframes go into the action that the mesh has, or a new one. Each photo's has a pose marker of its
name there, so an action of photos is a set of poses with names, in which one picks and edits.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
from mathutils import Matrix

from ...core.errors import OptionError
from ...core.face.face import Face
from ...core.sequence.photo_expressions import PhotoExpression
from ..mesh.shape_keys import NEUTRAL, add_expressions
from ..stepwise import Stepwise
from .curves import curves_of
from .expressions import SHOWN, expression_keys, key_names, prepare_keys, remove_keys

_TURNS = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}


@dataclass(frozen=True)
class TransferOptions:
    """How a mesh takes on expressions.

    Attributes
    ----------
    strength : float
    gaze : bool
        See `PhotoExpression.taken`.
    turn : bool
        Turn the object as the photo's head is turned; upright it looks along -Y.
    keyed : bool
        Make a keyframe even of a single photo; several always become keyframes.
    apart : int
        Frames from one photo's keyframe to the next.
    hold : bool
        Stay with each expression until the next one's keyframe.
    """

    strength: float = 1.0
    gaze: bool = True
    turn: bool = False
    keyed: bool = False
    apart: int = 12
    hold: bool = False


@dataclass(frozen=True)
class Put:
    """What became of expressions on a mesh.

    Attributes
    ----------
    keys : int
        How many shape keys have a value of the photos.
    driven : list of str
        Of them those that a driver moves: they go back to what it says.
    missing : list of str
        Expressions that the photos show and the mesh has no key for, the strongest first.
    """

    keys: int
    driven: list[str]
    missing: list[str]


def takes_expressions(item: bpy.types.Object) -> bool:
    """Whether a mesh has shape keys with ARKit's names."""
    return item.type == "MESH" and bool(expression_keys(item.data))


def put_expressions(
    scene: bpy.types.Scene,
    item: bpy.types.Object,
    face: Face | None,
    photos: Sequence[PhotoExpression],
    options: TransferOptions,
) -> Stepwise[Put]:
    """Give a mesh the expressions of photos, from the scene's current frame on.

    In steps: making shape keys may take long; what is there already changes in the last one.

    Parameters
    ----------
    scene : bpy.types.Scene
    item : bpy.types.Object
        In Object Mode.
    face : Face or None
        What it was built from; None for a mesh that is no face. A lattice gets the shape keys that
        it needs.
    photos : sequence of PhotoExpression
    options : TransferOptions

    Returns
    -------
    Put
        A key that is animated gets a keyframe even of a single photo: its value alone would be gone
        with the next frame.

    Raises
    ------
    OptionError
        The strength makes no sense, or the mesh has no shape keys with ARKit's names.
    """
    taken = [photo.taken(options.strength, options.gaze) for photo in photos]
    if face is not None:
        yield from _add_missing(item, face, taken)
    keys = expression_keys(item.data)
    names = [name for name in taken[0] if name in keys]
    if not names:
        raise OptionError(
            "The mesh {item!r} has no shape keys with ARKit's names, such as jawOpen.",
            item=item.data.name,
        )
    keyed = options.keyed or len(photos) > 1
    frames = [scene.frame_current + k * options.apart for k in range(len(photos))]
    animated, driven = _moved(item.data.shape_keys)
    for photo, values, frame in zip(photos, taken, frames, strict=True):
        for name in names:
            keys[name].value = values[name]
            if keyed or keys[name].name in animated:
                keys[name].keyframe_insert("value", frame=frame)
        if options.turn:
            _turn(item, photo, frame if keyed else None)
    if keyed:
        _mark(item, photos, frames, options.hold)
        scene.frame_end = max(scene.frame_end, frames[-1])
        scene.frame_set(scene.frame_current)
    item.data.update()
    most = {name: max(values[name] for values in taken) for name in taken[0]}
    return Put(
        len(names),
        [name for name in names if keys[name].name in driven],
        sorted(
            (name for name, value in most.items() if value > SHOWN and name not in keys),
            key=lambda name: -most[name],
        ),
    )


def _moved(keys: bpy.types.Key) -> tuple[set[str], set[str]]:
    """Names of the shape keys that have F-curves, and of those that have drivers."""
    drivers = keys.animation_data.drivers if keys.animation_data is not None else ()
    by_path = {block.path_from_id("value"): block.name for block in keys.key_blocks}
    animated, driven = (
        {by_path[curve.data_path] for curve in curves if curve.data_path in by_path}
        for curves in (curves_of(keys), drivers)
    )
    return animated - driven, driven


def _add_missing(
    item: bpy.types.Object, face: Face, taken: Sequence[Mapping[str, float]]
) -> Stepwise[None]:
    """Give a lattice shape keys for what the photos show, if it has none, or some of ours."""
    there = expression_keys(item.data)
    most = {name: max(values[name] for values in taken) for name in taken[0]}
    if not there:
        yield from prepare_keys(item, face, {name: [value] for name, value in most.items()})
    elif NEUTRAL in key_names(item):
        # Our keys count from the calm face; what has no such key came from somewhere else.
        before = key_names(item)
        missing = [name for name, value in most.items() if value > SHOWN and name not in there]
        try:
            yield from add_expressions(item, face, missing)
        except BaseException:
            with contextlib.suppress(ReferenceError):  # an undo has taken the face away
                remove_keys(item, before)
            raise


def _turn(item: bpy.types.Object, photo: PhotoExpression, frame: int | None) -> None:
    """Turn an object as the head of a photo, and key that at a frame."""
    where, _, scale = item.matrix_basis.decompose()
    turn = Matrix(photo.turn.tolist()).to_quaternion()
    item.matrix_basis = Matrix.LocRotScale(where, turn, scale)
    if frame is not None:
        path = _TURNS.get(item.rotation_mode, "rotation_euler")
        item.keyframe_insert(path, frame=frame)


def _mark(
    item: bpy.types.Object, photos: Sequence[PhotoExpression], frames: Sequence[int], hold: bool
) -> None:
    """Name the keyframes at some frames, and say how values go on from them."""
    keys = item.data.shape_keys
    wanted = {float(frame) for frame in frames}
    way = "CONSTANT" if hold else "BEZIER"
    for block in (keys, item):
        for curve in curves_of(block):
            for point in curve.keyframe_points:
                if point.co.x in wanted:
                    point.interpolation = way
    markers = keys.animation_data.action.pose_markers
    for old in [marker for marker in markers if float(marker.frame) in wanted]:
        markers.remove(old)
    for photo, frame in zip(photos, frames, strict=True):
        markers.new(photo.name).frame = frame
