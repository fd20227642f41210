"""Eyeballs that fit a person's lids, and lids that lie on them."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..typed import Points
from .head_model import HeadModel

# Metres: how far lids stay off an eyeball, at least.
GAP = 2.5e-4
# How sure the expected middle and size of an eyeball are, against the margin of its lids.
_MIDDLE, _SIZE = 1.0, 3.0
_STEPS = 6
# Share of its radius from which on a vertex counts as one of a ball's rim, as seen from ahead.
_RIM = 0.95
# Radii: skin so near to an eyeball is a lid.
_LIDS = 1.6
# Vertices of a ball, and of a margin: fewer are none.
_LEAST = 6


@dataclass(frozen=True, eq=False)
class Eyeball:
    """An eyeball of the mean head.

    Attributes
    ----------
    ball : (n,) int64
        Its vertices.
    margin : (m,) int64
        Those of its lids' margin.
    lids : (k,) int64
        Those of the skin in front of it.
    ratio : (m,) float64
        Distance of the margin from its middle over its radius.
    roll : (3, 3) float64
        What turns it about the line ahead so that one of its meridians, and not the middle of a
        face, lies in the corner of the lids: its faces are flat, and lie within the ball.
    """

    ball: np.ndarray
    margin: np.ndarray
    lids: np.ndarray
    ratio: np.ndarray
    roll: np.ndarray


def sphere(points: Points) -> tuple[np.ndarray, float]:
    """Middle (3,) and radius of the sphere through points (n, 3), by least squares."""
    p = np.asarray(points, np.float64)
    offset = p.mean(0)
    p = p - offset
    x = np.linalg.lstsq(np.c_[2 * p, np.ones(len(p))], (p**2).sum(1), rcond=None)[0]
    return x[:3] + offset, float(np.sqrt(x[3] + x[:3] @ x[:3]))


@lru_cache(maxsize=4)
def eyeballs(head: HeadModel) -> tuple[Eyeball, ...]:
    """The left and the right eye of a head; none where it has no balls or no margins of lids."""
    balls = head.of_part("eyes")
    skin = np.setdiff1d(head.of_part("skin"), np.flatnonzero(head.follow == 0))
    found: list[Eyeball] = []
    for side, margin in ((1, head.left_lids), (-1, head.right_lids)):
        ball = balls[np.sign(head.mean[balls, 0]) == side]
        if len(ball) < _LEAST or len(margin) < _LEAST:
            return ()
        middle, radius = sphere(head.mean[ball])
        distance = np.linalg.norm(head.mean[skin] - middle, axis=1)
        lids = np.union1d(skin[distance < _LIDS * radius], margin)
        ratio = np.linalg.norm(head.mean[margin] - middle, axis=1) / radius
        corner = head.mean[margin[np.abs(head.mean[margin, 0]).argmax()]] - middle
        found.append(Eyeball(ball, margin, lids, ratio, _roll(head.mean[ball] - middle, corner)))
    return tuple(found)


def _roll(ball: Points, corner: Points) -> np.ndarray:
    """See `Eyeball.roll`; a ball (n, 3) and the lids' outer corner (3,), from its middle."""
    rim = ball[np.hypot(ball[:, 0], ball[:, 2]) > _RIM * np.linalg.norm(ball, axis=1)]
    apart = np.arctan2(corner[2], corner[0]) - np.arctan2(rim[:, 2], rim[:, 0])
    apart = (apart + np.pi) % (2 * np.pi) - np.pi
    angle = float(apart[np.abs(apart).argmin()])
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def place_eyeball(eye: Eyeball, vertices: Points) -> tuple[np.ndarray, float]:
    """Middle and radius of the ball that fits the lids of a head without expression.

    Parameters
    ----------
    eye : Eyeball
    vertices : (V, 3)
        The eyeball's own vertices are a first guess.
    """
    expected, size = sphere(vertices[eye.ball])
    margin = vertices[eye.margin].astype(np.float64)
    prior = np.r_[expected, size]
    x = prior.copy()
    weight = np.r_[np.full(len(margin), len(margin) ** -0.5), np.full(3, _MIDDLE), _SIZE]
    for _ in range(_STEPS):
        away = margin - x[:3]
        distance = np.linalg.norm(away, axis=1)
        rows = np.concatenate([np.c_[away / distance[:, None], eye.ratio], np.eye(4)])
        error = np.r_[distance - eye.ratio * x[3], prior - x]
        x = x + np.linalg.lstsq(weight[:, None] * rows, weight * error, rcond=None)[0]
    nearest = float(np.linalg.norm(margin - x[:3], axis=1).min())
    return x[:3], min(float(x[3]), nearest - GAP)


def off_eyeball(points: Points, middle: np.ndarray, radius: float) -> Points:
    """How points (n, 3) have to move so that none lies within `GAP` of an eyeball."""
    away = points - middle
    distance = np.linalg.norm(away, axis=1, keepdims=True)
    short = np.maximum(radius + GAP - distance, 0)
    return np.asarray(away / np.maximum(distance, 1e-9) * short)
