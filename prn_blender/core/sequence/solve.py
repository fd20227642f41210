"""From looks at single frames to what each person does: one identity, smooth pose and expression.

Who somebody is does not change in a shot, so identity is the mean of all looks. With it fixed, each
frame has an expression, and the pose is that of the head with this expression: a jaw that opens
does not nod the head. Both are smoothed over time, in that order.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import NoFaceError
from ..files.safe import shown
from ..geometry.pose import PHOTO_TO_BLENDER, Similarity, fit_similarity, without_expression
from ..photo.frames import Shot
from .observation import FaceLooker, Observation
from .performance import Performance
from .smoothing import noise_of, smooth
from .tracker import Seen

UNTOLD = ("tongueOut", "cheekPuff", "jawForward")
"""Expressions that pictures from the front hardly show: what the network says of them means
nothing, so they stay 0."""
# Seconds: a gap up to this is bridged; after a longer one the curves begin anew.
_BRIDGE = 1.0
# Sizes of the face by which landmarks move, on average, where a frame goes on after a cut: the
# same face right after something that only looked like a cut, a flash, moves less.
_JUMP = 0.12
# Least noise, standard deviations: of the rotation in radians; of the logarithm of the scale; of
# the place in photo pixels; of expressions. More than rounding leaves, less than any network has.
_LEAST_TURN, _LEAST_GROWTH, _LEAST_MOVE, _LEAST_EXPRESSION = 2e-4, 1e-4, 0.01, 0.002
# As `smoothing.REST_HZ`, for expressions: they are quicker than heads.
_EXPRESSION_HZ = 2.0
# What a point of the face is off by, metres, and a told expression, standard deviations. Points
# that expressions move far, the jaw's, say less about the pose.
_POINT, _TOLD = 0.003, 0.15
# People are seen at least so often, or they are nobody: a pattern that looked like a face.
_LEAST_SEEN = 3


def solve(shot: Shot, seen: Sequence[Seen], looker: FaceLooker) -> list[Performance]:
    """Work out what everybody does.

    Parameters
    ----------
    shot : Shot
    seen : sequence of Seen
        In the order of the frames.
    looker : FaceLooker
        What they were looked at by.

    Returns
    -------
    list of Performance
        Who takes most of the shot first.

    Raises
    ------
    NoFaceError
        Nobody was seen.
    """
    counts: dict[int, int] = {}
    for index in (index for each in seen for index in each.people):
        counts[index] = counts.get(index, 0) + 1
    least = min(_LEAST_SEEN, len(seen))
    found = [_performance(shot, seen, looker, i) for i, n in counts.items() if n >= least]
    if not found:
        raise NoFaceError("No face was found in the frames of {path}.", path=shown(shot.path))
    return sorted(found, key=lambda each: -each.presence)


def _performance(shot: Shot, seen: Sequence[Seen], looker: FaceLooker, person: int) -> Performance:
    frames, observed, starts = _timeline(seen, person)
    enters, leaves = _comes_and_goes(seen, person, frames, starts)
    measured = np.array([each is not None for each in observed])
    some = [each for each in observed if each is not None]
    seconds = np.array([each.seconds for each in frames])
    confidence = np.zeros(len(frames))
    confidence[measured] = [each.confidence for each in some]
    # A look that is half as sure as usual has twice the variance.
    weights = confidence / max(float(np.median(confidence[measured])), 1e-6)
    parts = np.split(np.arange(len(frames)), np.flatnonzero(starts)[1:])
    rate = _rate_of(seconds, starts, shot.rate)
    expression = _expression(some, measured, weights, parts, rate, looker)
    identity = None
    if len(some[0].identity):
        stacked = np.stack([each.identity for each in some]).astype(np.float64)
        identity = np.average(stacked, axis=0, weights=confidence[measured])
    stances = _stances(some, expression[measured], identity, looker)
    pose = _smooth_pose(stances, measured, weights, parts, rate)
    return Performance(
        person + 1,
        looker.layout,
        (shot.width, shot.height),
        shot.rate,
        np.array([each.number for each in frames]),
        seconds,
        measured,
        starts,
        enters,
        leaves,
        confidence,
        *pose,
        expression,
        looker.network.info.expression_names if expression.size else (),
        identity,
        np.array(some[0].box),
    )


def _timeline(
    seen: Sequence[Seen], person: int
) -> tuple[list[Seen], list[Observation | None], np.ndarray]:
    """The frames of a person with short gaps, what each shows, and where curves begin anew."""
    frames: list[Seen] = []
    observed: list[Observation | None] = []
    starts: list[bool] = []
    last: Observation | None = None
    gap: list[Seen] = []
    for each in seen:
        if person not in each.people:
            gap.append(each)
            continue
        now = each.observations[each.people.index(person)]
        begins = last is None
        if last is not None:
            # What only looked like a cut, a flash, has the face right where it was.
            was_cut = each.is_cut and (bool(gap) or _moved(last, now) > _JUMP)
            begins = (
                was_cut
                or any(other.is_cut for other in gap)
                or each.seconds - frames[-1].seconds > _BRIDGE
            )
            if not begins:
                frames += gap
                observed += [None] * len(gap)
                starts += [False] * len(gap)
        frames.append(each)
        observed.append(now)
        starts.append(begins)
        last, gap = now, []
    return frames, observed, np.array(starts)


def _comes_and_goes(
    seen: Sequence[Seen], person: int, frames: Sequence[Seen], starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where somebody comes into the picture and leaves it without a cut, see `Performance`."""
    place = {each.number: k for k, each in enumerate(seen)}
    enters, leaves = np.zeros((2, len(frames)), bool)
    ends = np.append(starts[1:], True)
    for k, each in enumerate(frames):
        at = place[each.number]
        if starts[k] and at > 0:
            enters[k] = not each.is_cut and person not in seen[at - 1].people
        if ends[k] and at + 1 < len(seen):
            after = seen[at + 1]
            leaves[k] = not after.is_cut and person not in after.people
    return enters, leaves


def _moved(one: Observation, other: Observation) -> float:
    """Mean distance of the landmarks, sizes of the face."""
    distance = np.linalg.norm((one.landmarks - other.landmarks)[:, :2], axis=1).mean()
    return float(distance) / max(one.size, 1e-6)


def _rate_of(seconds: np.ndarray, starts: np.ndarray, rate: float) -> float:
    """Frames a second of those that were looked at, which may be every second or third one."""
    steps = np.diff(seconds)[~starts[1:]]
    steps = steps[steps > 0]
    return 1 / float(np.median(steps)) if len(steps) else rate


def _expression(
    some: Sequence[Observation],
    measured: np.ndarray,
    weights: np.ndarray,
    parts: Sequence[np.ndarray],
    rate: float,
    looker: FaceLooker,
) -> np.ndarray:
    """(T, E) expressions, 0..1, smooth over time: what is more than on calm faces."""
    result = np.zeros((len(measured), len(some[0].expression)))
    if not result.size:
        return result
    result[measured] = np.stack([each.expression for each in some])
    if looker.shape is not None:
        result[measured] -= looker.shape.calm
    noise = noise_of(result, measured, _LEAST_EXPRESSION)
    for part in parts:
        result[part] = smooth(result[part], weights[part], noise, rate, rest_hz=_EXPRESSION_HZ)
    untold = np.isin(looker.network.info.expression_names, UNTOLD)
    result[:, untold] = 0
    return result.clip(0, 1)


def _stances(
    some: Sequence[Observation],
    expression: np.ndarray,
    identity: np.ndarray | None,
    looker: FaceLooker,
) -> list[Similarity]:
    """How the head stands in each frame: to photo pixels in Blender's axes."""
    shape, layout = looker.shape, looker.layout
    if shape is None or identity is None or not expression.size:
        canonical = layout.canonical.reshape(-1, 3)[layout.texels]
        return [
            without_expression(
                fit_similarity(looker.canonical, each.points @ PHOTO_TO_BLENDER.T),
                canonical,
                each.moments,
            )
            for each in some
        ]
    moves = shape.directions(looker.texels)[len(identity) :]
    order = np.searchsorted(layout.texels, looker.texels)
    person = shape.vertices(identity)[order].astype(np.float64)
    doubt = _TOLD**2 * (moves**2).sum(axis=(0, 2))
    weights = _POINT**2 / (_POINT**2 + doubt)
    heads = person + np.tensordot(expression, moves, 1)
    return [
        fit_similarity(head, each.points @ PHOTO_TO_BLENDER.T, weights)
        for head, each in zip(heads, some, strict=True)
    ]


def _smooth_pose(
    stances: Sequence[Similarity],
    measured: np.ndarray,
    weights: np.ndarray,
    parts: Sequence[np.ndarray],
    rate: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scale (T,), rotation (T, 3, 3) and translation (T, 3), smooth over time."""
    count = len(measured)
    rotation = np.tile(np.eye(3), (count, 1, 1))
    rotation[measured] = [each.rotation for each in stances]
    values = np.zeros((count, 6))  # rotation vector, logarithm of the scale, x and z
    values[measured, 3] = np.log([each.scale for each in stances])
    values[measured, 4:] = [each.translation[[0, 2]] for each in stances]
    middles = []
    for part in parts:
        there = part[measured[part]]
        middle = _mean_rotation(rotation[there])
        values[there, :3] = rotation_vectors(middle.T @ rotation[there])
        middles.append(middle)
    least = [_LEAST_TURN] * 3 + [_LEAST_GROWTH] + [_LEAST_MOVE] * 2
    noise = np.maximum(noise_of(values, measured, 1e-9), least)
    for part, middle in zip(parts, middles, strict=True):
        values[part] = smooth(values[part], weights[part], noise, rate, wrong_values=True)
        rotation[part] = middle @ rotation_matrices(values[part, :3])
    translation = np.zeros((count, 3))
    translation[:, [0, 2]] = values[:, 4:]
    return np.exp(values[:, 3]), rotation, translation


def _mean_rotation(rotations: np.ndarray) -> np.ndarray:
    """(3, 3): the rotation nearest to the mean of rotations (n, 3, 3)."""
    u, _, vt = np.linalg.svd(rotations.mean(axis=0))
    return np.asarray((u * [1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt)


def rotation_vectors(rotations: np.ndarray) -> np.ndarray:
    """Axis times angle (n, 3), radians, of rotations (n, 3, 3) by less than half a turn."""
    skew = rotations - rotations.transpose(0, 2, 1)
    sine = np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=1) / 2
    length = np.linalg.norm(sine, axis=1)
    angle = np.arctan2(length, (np.trace(rotations, axis1=1, axis2=2) - 1) / 2)
    # Near half a turn the axis would be lost; heads do not turn so far from their mean.
    return np.asarray(sine * (angle / np.maximum(length, 1e-12))[:, None])


def rotation_matrices(vectors: np.ndarray) -> np.ndarray:
    """Rotations (n, 3, 3) of axes times angles (n, 3); Rodrigues' formula."""
    angle = np.linalg.norm(vectors, axis=1)
    x, y, z = (vectors / np.maximum(angle, 1e-12)[:, None]).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross))
