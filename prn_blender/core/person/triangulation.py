"""Where each place of a face lies in space, from all photos that show it.

A position map follows the head that its network expects, in the picture's plane too. Where flow has
laid the photos' textures onto each other, each photo says where one and the same place is in its
own plane, and photos from several sides say it in space. What that adds to the linear head is
smooth, and 0 where the photos say nothing.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..geometry.pose import PHOTO_TO_BLENDER, Similarity
from ..geometry.uv_layout import UVLayout
from ..head.face_shape import bundled_shape
from ..head.fit import HeadFit
from ..image.filters import ramp
from ..typed import Points
from .layers import Layer

# Metres, standard deviations: of a place in a photo's plane, and of what a head has beyond the
# linear one, in each direction.
_NOISE, _BEYOND = 1e-3, 2.5e-3
# Texels, standard deviation: what is finer is an error of the flow.
_SMOOTHING = 3.0
# Cosine between normal and line of sight: from the first to the second a place counts more.
_FACING = (0.2, 0.8)
# How often places and poses are found in turn, and steps of a pose each time.
_ROUNDS, _STEPS = 2, 2
_PLANE = [0, 2]  # of Blender's axes
# Weights together below which a photo tells no pose.
_FEWEST = 50.0


@dataclass(frozen=True, eq=False)
class Sight:
    """What one photo says of places.

    Attributes
    ----------
    stance : Similarity
        From the canonical frame to photo pixels in Blender's axes.
    places : (n, 3) float64
        Where it shows the layout's texels: photo pixels in Blender's axes; depth does not count.
    weight : (n,) float64
        0..1: how well it shows each.
    expression : (n, 3) float64
        What the expression moves there, metres.
    """

    stance: Similarity
    places: np.ndarray
    weight: np.ndarray
    expression: np.ndarray


def sight_of(layer: Layer, fit: HeadFit) -> Sight:
    """What a photo says: its texels laid onto those of the first one."""
    layout = layer.face.layout
    shape = bundled_shape(layout)
    assert shape is not None  # the fit is one of its heads
    places = layer.place.reshape(-1, 3)[layout.texels].astype(np.float64)
    weight = layer.known * ramp(layer.facing, _FACING) * layer.quality
    return Sight(
        fit.stance,
        places @ PHOTO_TO_BLENDER.T,
        weight.reshape(-1)[layout.texels].astype(np.float64),
        shape.moved(fit.expression).astype(np.float64),
    )


def beyond_the_model(layout: UVLayout, neutral: Points, sights: Sequence[Sight]) -> Points:
    """Find what a head has that its model does not.

    Parameters
    ----------
    layout : UVLayout
    neutral : (n, 3) float
        The linear head without expression, canonical frame, metres; `layout.texels` order.
    sights : sequence of Sight
        At least two.

    Returns
    -------
    (n, 3) float32
        Metres, canonical frame.
    """
    head = np.asarray(neutral, np.float64)
    stances = [sight.stance for sight in sights]
    beyond = np.zeros_like(head)
    for number in range(_ROUNDS):
        if number:
            stances = [
                _pose(stance, sight, head + beyond)
                for stance, sight in zip(stances, sights, strict=True)
            ]
        beyond = _smooth(layout, *_places(head, sights, stances))
    return beyond.astype(np.float32)


def _places(
    head: np.ndarray, sights: Sequence[Sight], stances: Sequence[Similarity]
) -> tuple[np.ndarray, np.ndarray]:
    """What the photos add to each place by themselves (n, 3), and how sure they are (n,)."""
    normal = np.zeros((len(head), 3, 3))
    right = np.zeros((len(head), 3))
    for sight, stance in zip(sights, stances, strict=True):
        plane = stance.rotation[_PLANE]
        seen = (sight.places[:, _PLANE] - stance.translation[_PLANE]) / stance.scale
        left = seen - (head + sight.expression) @ plane.T
        normal += sight.weight[:, None, None] * (plane.T @ plane)
        right += sight.weight[:, None] * (left @ plane)
    sure = np.trace(normal, axis1=1, axis2=2)
    normal += (_NOISE / _BEYOND) ** 2 * np.eye(3)
    return np.linalg.solve(normal, right[..., None])[..., 0], sure


def _smooth(layout: UVLayout, moves: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Moves (n, 3) without what is finer than the flow can tell; 0 far from what is sure."""
    size = layout.size
    flat = np.zeros((size * size, 4), np.float32)
    flat[layout.texels, :3] = moves * sure[:, None]
    flat[layout.texels, 3] = sure + (_NOISE / _BEYOND) ** 2
    blurred = cv2.GaussianBlur(flat.reshape(size, size, 4), (0, 0), _SMOOTHING)
    found = blurred.reshape(-1, 4)[layout.texels].astype(np.float64)
    return np.asarray(found[:, :3] / np.maximum(found[:, 3:], 1e-6))


def _pose(stance: Similarity, sight: Sight, head: np.ndarray) -> Similarity:
    """The stance whose head (n, 3) lies best where a photo shows it, by Gauss-Newton."""
    if sight.weight.sum() < _FEWEST:
        return stance
    shown = sight.weight > 0
    weight = np.sqrt(sight.weight[shown])
    seen = sight.places[shown][:, _PLANE]
    points = head[shown] + sight.expression[shown]
    for _ in range(_STEPS):
        turned = points @ stance.rotation.T
        there = turned[:, _PLANE]
        left = (seen - stance.translation[_PLANE]) / stance.scale - there
        # By turns about each axis, moves in the plane, growth.
        x, y, z = turned.T
        zero, one = np.zeros_like(x), np.ones_like(x)
        across = np.stack([zero, z, -y, one, zero, x], 1)
        up = np.stack([y, -x, zero, zero, one, z], 1)
        rows = np.concatenate([across, up]) * np.tile(weight, 2)[:, None]
        # Six unknowns, well apart: normal equations take a tenth of the time of an SVD.
        step = np.linalg.solve(rows.T @ rows, rows.T @ (left.T.ravel() * np.tile(weight, 2)))
        turn = cv2.Rodrigues(step[:3])[0]
        translation = stance.translation.copy()
        translation[_PLANE] += stance.scale * step[3:5]
        stance = Similarity(stance.scale * (1 + step[5]), turn @ stance.rotation, translation)
    return stance
