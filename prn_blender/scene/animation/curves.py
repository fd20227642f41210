"""Actions and F-curves, in every version of Blender.

Up to Blender 4.3 an action has F-curves; from 4.4 on it has slots, one for each data-block that it
animates, and the F-curves are in a channel bag of the slot; from 5.0 on that is the only way.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import bpy
import numpy as np

Channels = Mapping[tuple[str, int], np.ndarray]
"""Values (T,) of each channel: its data path, and its index in a vector."""

# Blender's numbers of the ways between keys.
_CONSTANT, _LINEAR = 0, 1
# Blender's number of the handles that make a Bezier curve smooth, where somebody wants one.
_AUTO_CLAMPED = 4


def animate(
    block: Any,
    name: str,
    channels: Channels,
    frames: np.ndarray,
    starts: np.ndarray,
    tolerance: Mapping[str, float] | float = 0.0,
) -> bpy.types.Action:
    """Give a data-block a new action; the one that it had stays in the file, unused.

    Parameters
    ----------
    block : bpy.types.ID
        An object, a camera, or a mesh's shape keys.
    name : str
        Of the action.
    channels : mapping
    frames : (T,) float
        Of the scene; they rise.
    starts : (T,) bool
        Where curves begin anew: what was before holds until there.
    tolerance : float or mapping of str to float
        By how much curves may be off where keys are left out; of each data path, or of all. 0, or
        no value for a path, keeps a key for each frame.

    Returns
    -------
    bpy.types.Action
    """
    curves = _new_curves(block, name)
    for (path, index), values in channels.items():
        allowed = tolerance if isinstance(tolerance, float) else tolerance.get(path, 0.0)
        kept = kept_keys(frames, values, starts, allowed)
        curve = curves.new(path, index=index)
        points = curve.keyframe_points
        points.add(len(kept))
        keys = np.stack([frames[kept], values[kept]], axis=1).astype(np.float32)
        points.foreach_set("co", keys.ravel())
        ways = np.full(len(kept), _LINEAR, np.int32)
        ways[:-1][starts[kept[1:]]] = _CONSTANT
        points.foreach_set("interpolation", ways)
        for side in ("handle_left_type", "handle_right_type"):
            points.foreach_set(side, np.full(len(kept), _AUTO_CLAMPED, np.int32))
        curve.update()
    return block.animation_data.action


def _new_curves(block: Any, name: str) -> Any:
    """The collection of F-curves of a new action that animates a data-block."""
    data = block.animation_data_create()
    action = bpy.data.actions.new(name)
    if not hasattr(action, "slots"):  # up to Blender 4.3
        data.action = action
        return action.fcurves
    slot = action.slots.new(block.id_type, block.name)
    data.action = action
    data.action_slot = slot
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True).fcurves


def curves_of(block: Any) -> list[bpy.types.FCurve]:
    """The F-curves of the action that animates a data-block; none where it has no action."""
    data = block.animation_data
    if data is None or data.action is None:
        return []
    if not hasattr(data.action, "slots"):  # up to Blender 4.3
        return list(data.action.fcurves)
    bags = (
        strip.channelbag(data.action_slot)
        for layer in data.action.layers
        for strip in layer.strips
        if data.action_slot is not None
    )
    return [curve for bag in bags if bag is not None for curve in bag.fcurves]


def kept_keys(
    frames: np.ndarray, values: np.ndarray, starts: np.ndarray, tolerance: float
) -> np.ndarray:
    """Choose the keys between which straight lines are near enough to a curve.

    By Douglas and Peucker's method ("Algorithms for the reduction of the number of points required
    to represent a digitized line", Cartographica 10(2), 1973), with distances along the values.

    Parameters
    ----------
    frames, values : (T,) float
    starts : (T,) bool
        Kept with the key before them.
    tolerance : float
        Largest distance of what is left out; 0 keeps all.

    Returns
    -------
    (K,) int64
        Rising.
    """
    count = len(values)
    if tolerance <= 0 or count < 3:
        return np.arange(count)
    kept = starts.copy()
    kept[:-1] |= starts[1:]
    kept[[0, -1]] = True
    fixed = np.flatnonzero(kept)
    spans = list(pairwise(fixed.tolist()))
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        inside = slice(first + 1, last)
        line = np.interp(frames[inside], frames[[first, last]], values[[first, last]])
        away = np.abs(values[inside] - line)
        worst = int(away.argmax())
        if away[worst] > tolerance:
            middle = first + 1 + worst
            kept[middle] = True
            spans += [(first, middle), (middle, last)]
    return np.flatnonzero(kept)
