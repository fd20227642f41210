"""Eyes that look where the photo's eyes look: their irises lie where the photo has them.

Each eye turns in its own two directions until the middle of its iris falls on the photo's. Then
both share a target: they look equally far up, and do not squint. The result is the strength of the
eight expressions that turn eyes; lids follow by them.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..geometry.face_geometry import FaceGeometry
from ..geometry.landmarks import eye_aspect_ratios
from ..geometry.pose import PHOTO_TO_BLENDER, Similarity
from ..image.filters import ramp
from ..typed import Points
from .eyeballs import Eyeball, eyeballs, sphere
from .head_model import HeadModel

# Distance of the iris's plane from the eyeball's middle over its radius: irises are painted with
# their edge 25.5 degrees from the pole (`outputs.head.texture`).
_IRIS_PLANE = 0.90
# Height of an eye over its width: shut up to the first, open from the second on.
_OPEN = (0.09, 0.16)
# Share of the lids' margin that the photo shows: an eye counts fully from the second on.
_SHOWN = (0.3, 0.7)
# By how much more the right eye may look to the left than the left eye does: not at all away from
# each other, and towards each other as at something half a metre away.
_SQUINT = (0.0, 0.25)
# The least that an eye's directions may change in the picture, over its radius: seen from the side
# an eye does not tell how far it is turned.
_LEAST = 0.05

_WAYS = ("Out", "In", "Up", "Down")


@dataclass(frozen=True, eq=False)
class _Turns:
    """How an eye of the mean head turns.

    Attributes
    ----------
    eye : Eyeball
    keys : (4,) int64
        Numbers of the expressions that turn it left, right, up and down.
    steps : (4, 3) float64
        What each of them does to the pole of the ball, over its radius.
    """

    eye: Eyeball
    keys: np.ndarray
    steps: np.ndarray


def look(
    head: HeadModel,
    geometry: FaceGeometry,
    neutral: Points,
    stance: Similarity,
    irises: np.ndarray,
    expression: np.ndarray,
) -> np.ndarray:
    """Find the expression whose eyes look as the photo's.

    Parameters
    ----------
    head : HeadModel
    geometry : FaceGeometry
        Of the face.
    neutral : (V, 3)
        The head without expression: its eyeballs fit the person's lids.
    stance : Similarity
        From the canonical frame to photo pixels in Blender's axes.
    irises : (2, 2)
        Middles of the right and of the left iris, photo pixels.
    expression : (E,) float32
        In the order of `head.move_names`, 0..1.

    Returns
    -------
    (E,) float32
        With other strengths of `eyeLookInLeft` and so on. Shut eyes look straight ahead; where the
        photo shows neither eye, or the head has no such expressions, all is as it was.
    """
    turns = _turns(head)
    if turns is None:
        return expression
    shown = np.array([ramp(_share_shown(head, geometry, t.eye), _SHOWN) for t in turns])
    if shown.max() == 0:
        return expression
    opened = np.array([ramp(ratio, _OPEN) for ratio in eye_aspect_ratios(geometry.landmarks)])
    weight = shown * opened
    values = np.zeros((2, 2))
    if weight.max() > 0:
        each = [_turned(t, neutral, stance, p) for t, p in zip(turns, irises, strict=True)]
        values = opened.max() * _shared(np.array(each), weight)
    result = expression.copy()
    for turn, (left, up) in zip(turns, values, strict=True):
        result[turn.keys] = np.clip([left, -left, up, -up], 0, 1)
    return result


@lru_cache(maxsize=4)
def _turns(head: HeadModel) -> tuple[_Turns, _Turns] | None:
    """How the right and the left eye turn; None if a head has no expressions for it."""
    found = []
    eyes = eyeballs(head)
    if not eyes:
        return None
    left_eye, right_eye = eyes
    for side, eye in (("Right", right_eye), ("Left", left_eye)):
        names = [f"eyeLook{way}{side}" for way in _WAYS]
        if any(name not in head.move_names for name in names):
            return None
        keys = np.array([head.move_names.index(name) for name in names])
        if side == "Right":
            keys = keys[[1, 0, 2, 3]]  # inward is to the left
        middle, radius = sphere(head.mean[eye.ball])
        rows = np.c_[np.ones(len(eye.ball)), (head.mean[eye.ball] - middle) / radius]
        solve = np.linalg.pinv(rows)
        pole = np.array([1.0, 0.0, -1.0, 0.0])
        steps = [pole @ (solve @ head.moves[key][eye.ball].astype(float)) / radius for key in keys]
        found.append(_Turns(eye, keys, np.array(steps)))
    return found[0], found[1]


def _share_shown(head: HeadModel, geometry: FaceGeometry, eye: Eyeball) -> float:
    """Share of the lids' margin of an eye that the photo shows, 0..1."""
    texel = head.texel[eye.margin]
    column, row = np.rint(texel[np.isfinite(texel).all(1)]).astype(int).T
    size = geometry.layout.size - 1
    return float(geometry.visibility[row.clip(0, size), column.clip(0, size)].mean())


def _turned(turn: _Turns, neutral: Points, stance: Similarity, iris: np.ndarray) -> np.ndarray:
    """How far an eye looks left and up, -1..1, if its iris lies there in the photo."""
    middle, radius = sphere(neutral[turn.eye.ball])
    # From places on the ball, over its radius, to the picture's x and y.
    view = stance.scale * stance.rotation.T @ PHOTO_TO_BLENDER[:, :2] * (_IRIS_PLANE * radius)
    straight = (stance.apply(middle[None]) @ PHOTO_TO_BLENDER)[0, :2] + [0.0, -1.0, 0.0] @ view
    missing, step = iris - straight, turn.steps @ view
    still = (_LEAST * stance.scale * radius) ** 2 * np.eye(2)
    best, least = np.zeros(2), np.inf
    # Left and right, up and down are expressions of their own: four quarters to look into.
    for h, left in ((0, 1), (1, -1)):
        for v, up in ((2, 1), (3, -1)):
            rows = step[[h, v]].T
            amount = np.linalg.solve(rows.T @ rows + still, rows.T @ missing).clip(0, 1)
            error = float(np.linalg.norm(rows @ amount - missing))
            if error < least:
                best, least = np.array([left, up]) * amount, error
    return best


def _shared(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What the right and the left eye (2, 2) look at together, by how well each is seen (2,)."""
    trust = weight / weight.sum()
    mean = trust @ values
    # An eye that is hardly seen does not tell how far away the target is.
    squint = (values[0, 0] - values[1, 0]) * weight.min() / weight.max()
    apart = float(np.clip(squint, *_SQUINT)) * trust[::-1]
    return np.stack([mean[0] + apart * [1, -1], np.full(2, mean[1])], 1)
