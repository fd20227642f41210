"""Mean, identity and expressions of the whole head in the canonical frame.

The face's own vertices get the places that the UV layout's surface has there: one step of
subdivision, with mouth and eyes closed, so that a position map and the head can be compared vertex
by vertex. All other skin is smoothed alike. What is no skin moves with the skin around it: eyes are
moved and scaled but stay round, teeth and tongue stay stiff, lashes follow their lids.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.geometry.pose import fit_similarity
from prn_blender.core.geometry.uv_layout import UVLayout

from ..config import LayoutConfig
from ..export.face_shape import canonical_frame
from ..head.head_model import PARTS as TRAINED_PARTS
from ..head.head_model import HeadModel, expression_partners
from ..layout.chart import ChartMesh, build_chart
from ..layout.subdivide import subdivision
from ..layout.uv_layout import smooth_chart
from ..population.population import Population
from .ears import keep_ears
from .eyes import carry_ball, seat_ball, turn_ball
from .makehuman import EYES, LASHES, TEETH, TONGUE, BaseMesh
from .selection import Selection, rim

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_FLIP = np.array([-1.0, 1.0, 1.0])
BETWEEN_LIPS = 3
"""Of `ChartMesh.kind`."""
_AROUND_TEETH = 0.35  # decimetres: skin so near to the teeth carries them
_LASH_NEIGHBOURS = 6
_BEHIND_LIPS = 2e-3  # metres: scanned lips and chins are thinner than MakeHuman's


@dataclass(frozen=True)
class Bases:
    """The linear head of V vertices.

    Attributes
    ----------
    fields : (1 + K + E, V, 3) float64
        Mean, modes of identity, expressions at full strength; canonical frame, metres.
    texel : (V, 2) float64
        Column and row of each vertex in the UV layout; NaN for those that are not in it.
    closing : (R, 4) int64
        Faces that are not there: between the lips.
    carriers : list of (vertices (m,), skin (m, k), weights (m, k))
        Which skin carries the vertices that are no skin.
    """

    fields: Array
    texel: Array
    closing: Ints
    carriers: list[tuple[Ints, Ints, Array]]


def build_bases(
    head: HeadModel,
    population: Population,
    selection: Selection,
    base: BaseMesh,
    units: Array,
    layout: UVLayout,
    config: LayoutConfig,
    texels: tuple[NDArray[Any], NDArray[Any]],
    ears: list[Array],
) -> Bases:
    """Make the bases.

    Parameters
    ----------
    head, population, selection, base
    units : (E, B, 3)
        What face units add to the base mesh, in the order of the head model's expressions.
    layout
        The exported one.
    config
        Its settings: they say where the head's vertices lie in it.
    texels : corners and bary, (S, S, 3)
        As the step `layout` left them.
    ears
        How far each of the head model's vertices (U,) belongs to either ear.
    """
    frame = canonical_frame(head, population, layout, *texels)
    turn = frame.scale * frame.rotation.T
    raw = np.concatenate([population.mean[None], population.modes, head.expression])
    keep_ears(raw, len(population.modes), head.mean.astype(np.float64), ears)
    smooth, texel, chart = _smoothed(head, raw, config)
    smooth = np.concatenate([frame.apply(smooth[:1]), smooth[1:] @ turn])
    raw = np.concatenate([frame.apply(raw[:1]), raw[1:] @ turn])
    own = selection.trained >= 0
    count = len(selection.source)
    fields = np.zeros((len(smooth), count, 3))
    fields[:, own] = smooth[:, selection.trained[own]]
    where = np.full((count, 2), np.nan)
    where[own] = texel[selection.trained[own]]
    skin = selection.of_part("skin", "mouth_bag", "eye_sockets")
    where[np.setdiff1d(np.arange(count), skin)] = np.nan
    number = np.full(len(head.mean), -1)
    number[selection.trained[own]] = np.flatnonzero(own)
    carriers = _carry_parts(fields, selection, base, units, skin, raw[:, selection.trained[skin]])
    expressions = fields[-len(head.expression_names) :]
    for group in EYES:
        ball = np.flatnonzero(np.isin(selection.source, base.quads[group]))
        seat_ball(fields[0], ball)
        turn_ball(expressions, head.expression_names, fields[0], ball)
    _symmetrise(fields, selection.mirror, population.sign, head.expression_names)
    return Bases(fields, where, number[chart.quads[chart.kind == BETWEEN_LIPS]], carriers)


def _smoothed(head: HeadModel, raw: Array, config: LayoutConfig) -> tuple[Array, Array, ChartMesh]:
    """Smooth fields (F, U, 3) as the layout's surface is smooth; with places in the layout (U, 2).

    Also the chart before it was subdivided.
    """
    count = len(head.mean)
    skin_quads = head.quads[head.quad_part == TRAINED_PARTS.index("skin")]
    everywhere = subdivision(skin_quads, count)[0][:count]
    result = np.stack([np.asarray(everywhere @ field) for field in raw])
    # The chart's own rule holds wherever it has faces all around.
    identity = np.concatenate([raw[:1] - head.mean, raw[1 : len(raw) - len(head.expression)]])
    wide = replace(head, identity=identity.astype(np.float32))
    chart, uv = smooth_chart(wide, config)
    coarse = build_chart(head)
    used = np.unique(coarse.quads)
    used = used[used < count]
    inner = np.setdiff1d(used, rim(coarse.quads))
    result[:, inner] = chart.basis[:, inner]
    result[0, inner] += chart.mean[inner]
    texel = np.full((count, 2), np.nan)
    texel[used] = uv[used]
    return result, texel, coarse


def _stiffly(fields: Array, around: Array, carried: Array) -> Array:
    """Fields (F, m, 3) at places that move, turn and grow as one body with the skin around them.

    Parameters
    ----------
    fields : (F, n, 3)
        At the skin.
    around : (n, 3), carried : (m, 3)
        Mean places of the skin and of the body.
    """
    middle = around.mean(0)
    flat = _motions(around - middle).reshape(-1, 7)
    motion = np.linalg.lstsq(flat, fields.reshape(len(fields), -1).T, rcond=None)[0]
    return np.asarray(np.einsum("mck,kf->fmc", _motions(carried - middle), motion))


def _motions(points: Array) -> Array:
    """What moves, turns and growth do to points (n, 3): (n, 3, 7)."""
    moves = np.tile(np.eye(3), (len(points), 1, 1))
    turns = np.stack([np.cross(axis, points) for axis in np.eye(3)], -1)
    return np.concatenate([moves, turns, points[:, :, None]], -1)


def _carry_parts(
    fields: Array, selection: Selection, base: BaseMesh, units: Array, skin: Ints, raw: Array
) -> list[tuple[Ints, Ints, Array]]:
    """Fill in the fields of eyes, teeth, tongue and lashes, in place; returns what carries them.

    `raw` (F, n, 3) are the fields of the skin's vertices before they were smoothed.
    """
    number = {int(v): i for i, v in enumerate(selection.source)}
    place = base.vertices[selection.source]
    units = units[:, selection.source]
    count = len(units)
    first_unit = len(fields) - count
    # Expressions: the face units' own offsets, by the matrix that brings those of the skin there.
    moved = raw[first_unit:].reshape(-1, 3)
    matrix = np.linalg.lstsq(units[:, skin].reshape(-1, 3), moved, rcond=None)[0]
    in_frame = units @ matrix

    def vertices(*groups: str) -> Ints:
        return np.array([number[int(v)] for g in groups for v in np.unique(base.quads[g])])

    mouth = vertices(*TEETH, TONGUE)
    teeth = vertices(*TEETH)
    around = _near(place, skin, teeth, _AROUND_TEETH)
    carriers = [_carried_alike(mouth, around)]
    _carry(fields[:first_unit], place, mouth, around)
    fields[0, mouth, 1] += _BEHIND_LIPS
    whole = fit_similarity(place[skin], fields[0, skin])
    for group, margin in zip(EYES, selection.lids, strict=True):
        ball = vertices(group)
        rest, around_it = whole.apply(place[ball]), whole.apply(place[margin])
        carriers.append(_carried_alike(ball, margin))
        carry_ball(fields[:first_unit], margin, ball, rest, around_it)
    for part in (mouth, vertices(*EYES)):
        fields[first_unit:, part] = in_frame[:, part]
    lashes = vertices(*LASHES)
    near, weight = _neighbours(place, np.setdiff1d(skin, selection.of_part("mouth_bag")), lashes)
    followed = np.einsum("lk,flkc->flc", weight, fields[:, near])
    offset = (place[lashes] - np.einsum("lk,lkc->lc", weight, place[near])) @ matrix
    followed[0] += offset
    followed[first_unit:] += in_frame[:, lashes] - np.einsum(
        "lk,flkc->flc", weight, in_frame[:, near]
    )
    fields[:, lashes] = followed
    return [*carriers, (lashes, near, weight)]


def _carried_alike(body: Ints, around: Ints) -> tuple[Ints, Ints, Array]:
    """A body that moves as the mean of the skin around it."""
    near = np.tile(around, (len(body), 1))
    return body, near, np.full(near.shape, 1 / len(around))


def _near(place: Array, skin: Ints, to: Ints, reach: float) -> Ints:
    """Vertices of the skin within a reach of other vertices."""
    from scipy.spatial import cKDTree

    return skin[cKDTree(place[to]).query(place[skin])[0] < reach]


def _neighbours(place: Array, skin: Ints, to: Ints) -> tuple[Ints, Array]:
    """The nearest vertices of the skin (m, k) to others (m,), and their weights (m, k)."""
    from scipy.spatial import cKDTree

    distance, near = cKDTree(place[skin]).query(place[to], _LASH_NEIGHBOURS)
    weight = 1 / (distance + 0.01) ** 2
    return skin[near], weight / weight.sum(1, keepdims=True)


def _carry(fields: Array, place: Array, body: Ints, around: Ints) -> None:
    """Mean and identity of a stiff body from the skin around it, in place."""
    fields[0, body] = fit_similarity(place[around], fields[0, around]).apply(place[body])
    fields[1:, body] = _stiffly(fields[1:, around], fields[0, around], fields[0, body])


def _symmetrise(fields: Array, mirror: Ints, sign: Array, names: tuple[str, ...]) -> None:
    """Make fields exact mirror images, in place: small differences come from rounding alone."""
    flipped = fields[:, mirror] * _FLIP
    k = len(sign)
    fields[0] = (fields[0] + flipped[0]) / 2
    fields[1 : 1 + k] = (fields[1 : 1 + k] + sign[:, None, None] * flipped[1 : 1 + k]) / 2
    partner = 1 + k + expression_partners(names)
    fields[1 + k :] = (fields[1 + k :] + flipped[partner]) / 2
