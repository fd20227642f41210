"""An armature for a whole head: neck, head, jaw and eyes with the model's weights, in one call.

Blender's automatic weights fail on a mesh of life size, and the model knows better. The armature
follows the head object by a constraint, so that whatever turns or places the head (its pose, *To
the Front*) takes it along: of an armature that is a child of the mesh that it deforms, Blender's
FBX importer makes nothing. The eyes look at an empty in front of them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np
from mathutils import Vector

from ...core.errors import OptionError
from ...core.geometry.uv_layout import UVLayout
from ...core.head.head_model import HeadModel
from ..mesh.carry import coordinates
from ..names import POSITION_CACHE
from ..record.known_head import head_model_of

RIG = "prn_rig"
"""The custom property by which our armature modifier's object is known."""

EYES = ("left_eye", "right_eye")
"""The bones that look at the empty."""
_PARENTS = {"head": "neck", "jaw": "head", **dict.fromkeys(EYES, "head")}
"""Of each bone; the others have none."""

_AWAY = 0.5
"""Metres from the eyes to what they look at."""

_EMPTY_SIZE = 0.02
"""Radius of that empty, metres."""

_SET = "{} set"
"""What the head's own set of vertices is called where a bone takes its name."""

_WEIGHT_STEPS = 64
"""Different weights of a bone: finer than a brush paints. Each takes one call."""


def find_rig(item: bpy.types.Object) -> bpy.types.Object | None:
    """The armature that `add_rig` has given a head; None without one."""
    for modifier in item.modifiers:
        if modifier.type == "ARMATURE" and modifier.object is not None and RIG in modifier.object:
            return modifier.object
    return None


def add_rig(item: bpy.types.Object, layout: UVLayout) -> bpy.types.Object:
    """Give a whole head an armature.

    Parameters
    ----------
    item : bpy.types.Object
        A face, in Object Mode.
    layout : UVLayout
        Its own.

    Returns
    -------
    bpy.types.Object
        `NAME Rig`, beside the head in its collections, with `NAME Look`.

    Raises
    ------
    OptionError
        It is a lattice, has a rig already, or its mesh has gained or lost vertices.
    """
    model = head_model_of(item, layout)
    if model is None:
        raise OptionError(
            "{item!r} is a lattice; with Mesh and Camera..., Topology: Head, it can have a rig.",
            item=item.name,
        )
    if find_rig(item) is not None:
        raise OptionError("{item!r} has a rig already.", item=item.name)
    if len(item.data.vertices) != model.count:
        raise OptionError(
            "The mesh of {item!r} has {count} points and the head {expected}; a rig needs the head "
            "as it was built.",
            item=item.name,
            count=len(item.data.vertices),
            expected=model.count,
        )
    joints, look = looking(model, model.joints(rest_points(item)))
    data = bpy.data.armatures.new(f"{item.name} Rig")
    rig = bpy.data.objects.new(data.name, data)
    rig[RIG] = True
    rig.show_in_front = True
    rig.constraints.new("COPY_TRANSFORMS").target = item
    data.display_type = "STICK"
    for collection in item.users_collection:
        collection.objects.link(rig)
    with edited(rig):
        _add_bones(data, model, joints)
    _add_look(item, rig, look)
    modifier = _forget_deleted(item, model) or item.modifiers.new("Rig", "ARMATURE")
    _add_weights(item, model)
    modifier.object = rig
    # Before marks and whatever subdivides: those go by the mesh as it is posed.
    # Before what works on the shape, and after a shot's positions, which replace it.
    after = item.modifiers[0].name == POSITION_CACHE
    item.modifiers.move(item.modifiers.find(modifier.name), int(after))
    return rig


def _forget_deleted(item: bpy.types.Object, model: HeadModel) -> bpy.types.Modifier | None:
    """Take the weights of a rig that was deleted off a head; returns its modifier, None if none."""
    left = next((m for m in item.modifiers if m.type == "ARMATURE" and m.object is None), None)
    if left is not None:
        for name in model.bone_names:
            group = item.vertex_groups.get(name)
            is_set = name in model.groups and _SET.format(name) not in item.vertex_groups
            if group is not None and not is_set:
                item.vertex_groups.remove(group)
    return left


def rest_points(item: bpy.types.Object) -> np.ndarray:
    """(n, 3) float32: the vertices that joints are found from, those of the key *Basis*."""
    keys = item.data.shape_keys
    return coordinates(keys.reference_key.data if keys is not None else item.data.vertices)


def bone_groups(item: bpy.types.Object, model: HeadModel) -> list[str]:
    """The names of the vertex groups that a rig's bones move; none without a rig."""
    return [] if find_rig(item) is None else list(model.bone_names)


def own_groups(item: bpy.types.Object, model: HeadModel) -> list[str]:
    """The names of a head's own sets among its vertex groups; what bones move is not among them."""
    moved = bone_groups(item, model)
    return [_SET.format(name) if name in moved else name for name in model.groups]


def renew_weights(item: bpy.types.Object, model: HeadModel) -> None:
    """Give a head with a rig, which was a lattice in between, the model's weights again.

    A lattice has none beyond the face, and mixes those of the lips, which lie close together on it.

    Parameters
    ----------
    item : bpy.types.Object
        With the head's vertices and its own sets; without a rig nothing is done.
    model : HeadModel
    """
    if find_rig(item) is not None:
        _add_weights(item, model)


def _add_bones(data: bpy.types.Armature, model: HeadModel, joints: np.ndarray) -> None:
    for name, (head, tail) in zip(model.bone_names, joints.tolist(), strict=True):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = head, tail
        bone.align_roll(Vector((0.0, 0.0, 1.0)))
    for name, parent in _PARENTS.items():
        data.edit_bones[name].parent = data.edit_bones[parent]


def looking(model: HeadModel, joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The joints (B, 2, 3) with eyes that look at one point (3,), so that at first none turns."""
    eyes = [model.bone_names.index(eye) for eye in EYES]
    away = joints[eyes, 1] - joints[eyes, 0]
    ahead = away.mean(axis=0)
    look = joints[eyes, 0].mean(axis=0) + _AWAY * ahead / np.linalg.norm(ahead)
    there = look - joints[eyes, 0]
    length = np.linalg.norm(away, axis=1, keepdims=True)
    result = joints.copy()
    result[eyes, 1] = joints[eyes, 0] + length * there / np.linalg.norm(
        there, axis=1, keepdims=True
    )
    return result, look


def _add_look(item: bpy.types.Object, rig: bpy.types.Object, place: np.ndarray) -> None:
    """Add the empty that the eyes look at."""
    look = bpy.data.objects.new(f"{item.name} Look", None)
    look.empty_display_type, look.empty_display_size = "SPHERE", _EMPTY_SIZE
    look.parent, look.location = rig, place.tolist()
    for collection in item.users_collection:
        collection.objects.link(look)
    for eye in EYES:
        track = rig.pose.bones[eye].constraints.new("DAMPED_TRACK")
        track.target, track.track_axis = look, "TRACK_Y"


def _add_weights(item: bpy.types.Object, model: HeadModel) -> None:
    for name, weights in zip(model.bone_names, model.weights, strict=True):
        old = item.vertex_groups.get(name)
        if old is not None:
            old.name = _SET.format(name)
        _weigh(item.vertex_groups.new(name=name), weights)


def _weigh(group: bpy.types.VertexGroup, weights: np.ndarray) -> None:
    steps = np.rint(weights * _WEIGHT_STEPS).astype(int)
    for step in np.unique(steps[steps > 0]).tolist():
        group.add(np.flatnonzero(steps == step).tolist(), step / _WEIGHT_STEPS, "REPLACE")


@contextmanager
def edited(rig: bpy.types.Object) -> Iterator[None]:
    """Within the block, the armature is in Edit Mode; then what was active is active again."""
    layer = bpy.context.view_layer
    layer.update()
    before, chosen = layer.objects.active, [o for o in layer.objects if o.select_get()]
    with _visible(rig):
        layer.objects.active = rig
        bpy.ops.object.mode_set(mode="EDIT")
        try:
            yield
        finally:
            bpy.ops.object.mode_set(mode="OBJECT")
    for other in layer.objects:
        other.select_set(other in chosen)
    layer.objects.active = before


@contextmanager
def _visible(rig: bpy.types.Object) -> Iterator[None]:
    """Within the block, the armature is seen where it was hidden: Edit Mode asks for it."""
    layer, everywhere = bpy.context.view_layer, bpy.context.scene.collection
    shown, hidden = rig.visible_get(), rig.hide_viewport
    if not shown:
        rig.hide_viewport = False
    added = not shown and rig.name not in everywhere.objects
    if added:
        everywhere.objects.link(rig)
        layer.update()
    put_away = rig.hide_get()
    if put_away:
        rig.hide_set(False)
    try:
        yield
    finally:
        if put_away:
            rig.hide_set(True)
        if added:
            everywhere.objects.unlink(rig)
        rig.hide_viewport = hidden
