"""The joints of a rig move along when its head becomes another one."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ...core.geometry.uv_layout import UVLayout
from ...core.head.head_model import HeadModel
from ..record.known_head import head_model_of
from .armature import EYES, edited, find_rig, looking, rest_points

_STILL = 1e-7
"""Metres: joints that move less have not moved."""


@contextmanager
def bones_follow(item: bpy.types.Object, layout: UVLayout) -> Iterator[None]:
    """Within the block a head becomes another one; its rig's joints then move as the head has.

    The pose, its animation and weights stay. A joint that was moved by hand keeps its distance from
    where the head has it, and bones that were added by hand go along with the bone of ours that
    they hang on. Without a rig of ours, or with one that is linked, nothing is done.

    Parameters
    ----------
    item : bpy.types.Object
        A face, in Object Mode.
    layout : UVLayout
        Its own.
    """
    rig = find_rig(item)
    model = head_model_of(item, layout) if rig is not None else None
    if rig is None or model is None or not _is_ours(rig, item):
        yield
        return
    before = _joints(item, model)
    yield
    after = _joints(item, model)
    if before is None or after is None:
        return
    moves, look = after[0] - before[0], after[1] - before[1]
    if max(np.abs(moves).max(), np.abs(look).max()) > _STILL:
        _move_bones(rig, dict(zip(model.bone_names, moves, strict=True)))
        _move_look(rig, look)


def _is_ours(rig: bpy.types.Object, item: bpy.types.Object) -> bool:
    """Whether a rig can be changed and belongs to this head, not to one that it was copied from."""
    blocks = (rig, rig.data)
    if rig.type != "ARMATURE" or any(b.library or b.override_library for b in blocks):
        return False
    return any(c.type == "COPY_TRANSFORMS" and c.target == item for c in rig.constraints)


def _joints(item: bpy.types.Object, model: HeadModel) -> tuple[np.ndarray, np.ndarray] | None:
    """Where the head has the joints (B, 2, 3), and what the eyes look at (3,)."""
    rest = rest_points(item)
    return looking(model, model.joints(rest)) if len(rest) == model.count else None


def _move_bones(rig: bpy.types.Object, moves: dict[str, np.ndarray]) -> None:
    if rig.data.users > 1:
        rig.data = rig.data.copy()
    with edited(rig):
        bones = rig.data.edit_bones
        places = {
            name: (bones[name].head + Vector(move[0]), bones[name].tail + Vector(move[1]))
            for name, move in moves.items()
            if name in bones
        }
        turned = {name: _turned(bones[name], *ends) for name, ends in places.items()}
        # Those that were added come first: they would drag what they are connected to.
        carriers = {bone.name: _carrier(bone, turned) for bone in bones if bone.name not in turned}
        for name, carrier in carriers.items():
            if carrier is not None:
                bones[name].transform(turned[carrier], scale=False, roll=True)
        for name, (head, tail) in places.items():
            axis = turned[name].to_3x3() @ bones[name].z_axis
            bones[name].head, bones[name].tail = head, tail
            bones[name].align_roll(axis)


def _turned(bone: bpy.types.EditBone, head: Vector, tail: Vector) -> Matrix:
    """The rigid move that takes a bone to other ends by the least turn."""
    turn = bone.vector.rotation_difference(tail - head).to_matrix().to_4x4()
    return Matrix.Translation(head) @ turn @ Matrix.Translation(-bone.head)


def _carrier(bone: bpy.types.EditBone, ours: dict[str, Matrix]) -> str | None:
    """The nearest bone of ours that an added bone hangs on; None without one."""
    return next((parent.name for parent in bone.parent_recursive if parent.name in ours), None)


def _move_look(rig: bpy.types.Object, move: np.ndarray) -> None:
    """Take along what the eyes look at, as it goes along with the rig."""
    targets = {
        constraint.target
        for eye in EYES
        if eye in rig.pose.bones
        for constraint in rig.pose.bones[eye].constraints
        if constraint.type == "DAMPED_TRACK"
    }
    for look in targets:
        if look is not None and look.parent == rig:
            look.location = look.location + Vector(move)
