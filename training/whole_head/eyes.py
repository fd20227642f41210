"""Eyeballs that fit their lids: moved and scaled, but as round as MakeHuman's.

An eyeball's middle and radius follow from the margin of its lids: in MakeHuman's base mesh each
vertex of the margin has a distance from the eyeball's middle, in multiples of its radius. These
ratios are kept as well as a ball can keep them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# How much a step along the lids (the middle of an eye), and a change of its size, weigh against one
# vertex's distance from the ball.
_MIDDLE, _SIZE = 1.0, 3.0
_STEPS = 20
SEAT = (0.0, -4e-3, 2.5e-3)
"""Metres by which eyeballs are moved from where MakeHuman's ratios have them, and ..."""
SIZE = 0.867
"""... how much smaller they become: the iris of an eye that looks ahead then lies in the middle of
the lids' opening, and lids lie off the ball by 1.5 mm in the mean and 2.3 at most, not 2.5 and 4.8:
scanned lids lie farther in front than MakeHuman's. The radius becomes 13.5 mm."""
TURNS = {"In": 30.0, "Out": 30.0, "Up": 20.0, "Down": 25.0}
"""Degrees by which an eye turns at full strength of `eyeLookInLeft` and so on.

An eye that turns by 35 degrees to the side has its iris 6 mm from the middle; the balls here are a
little larger than eyes, so they do with less. Face units turn them by 10 to 17 degrees, and push
them to the side meanwhile.
"""
_GAP = 2e-4  # metres between the ball and the nearest vertex of the margin, in the mean


def middle_and_radius(ball: Array) -> tuple[Array, float]:
    """Middle and radius of a sphere through points (n, 3), by least squares."""
    a = np.c_[2 * ball, np.ones(len(ball))]
    x = np.linalg.lstsq(a, (ball**2).sum(1), rcond=None)[0]
    return x[:3], float(np.sqrt(x[3] + x[:3] @ x[:3]))


def fit_ball(
    ratio: Array, margin: Array, middle: Array, radius: float
) -> tuple[Array, float, Array]:
    """Place an eyeball in its lids.

    Parameters
    ----------
    ratio : (n,)
        Distance of the margin's vertices from the middle over the radius, as it should be.
    margin : (n, 3)
        Where these vertices lie.
    middle, radius
        First guess.

    Returns
    -------
    middle : (3,)
    radius : float
    solve : (4, n + 4)
        How middle and radius follow small changes: of the n distances along `directions`, of the
        expected middle (3,) and of the expected radius.
    """
    x = np.r_[middle, radius]
    expected = x.copy()
    weight = np.r_[np.ones(len(ratio)), np.full(3, _MIDDLE), _SIZE]
    weight[: len(ratio)] /= np.sqrt(len(ratio))
    solve = np.zeros((4, len(weight)))
    for _ in range(_STEPS):
        away = margin - x[:3]
        distance = np.linalg.norm(away, axis=1)
        rows = np.concatenate([np.c_[away / distance[:, None], ratio], np.eye(4)])
        error = np.r_[distance - ratio * x[3], expected - x]
        solve = np.linalg.pinv(weight[:, None] * rows) * weight
        x = x + solve @ error
    return x[:3], float(x[3]), solve


def carry_ball(
    fields: Array, margin: NDArray[np.int64], ball: NDArray[np.int64], rest: Array, around: Array
) -> None:
    """Mean and identity of an eyeball from its lids, in place.

    Parameters
    ----------
    fields : (F, V, 3)
        Mean and modes; those of the skin are known.
    margin, ball
        Vertices of the lids' margin and of the eyeball.
    rest : (len(ball), 3)
        The eyeball turned and scaled as it should lie in the mean, its place is free.
    around : (len(margin), 3)
        The margin that it fits, in the same frame.
    """
    middle, radius = middle_and_radius(rest)
    ratio = np.linalg.norm(around - middle, axis=1) / radius
    mean = fields[0, margin]
    guess = middle + mean.mean(0) - around.mean(0)
    placed, size, solve = fit_ball(ratio, mean, guess, radius)
    size = min(size, float(np.linalg.norm(mean - placed, axis=1).min()) - _GAP)
    shape = (rest - middle) / radius
    fields[0, ball] = placed + size * shape
    towards = mean - placed
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    moves = fields[1:, margin]
    steps = np.concatenate([(moves * towards).sum(2), moves.mean(1)], 1)
    growth = _growth(mean, moves) * radius
    change = np.concatenate([steps, growth[:, None]], 1) @ solve.T
    fields[1:, ball] = change[:, None, :3] + change[:, 3, None, None] * shape


def seat_ball(mean: Array, ball: NDArray[np.int64]) -> None:
    """Bring an eyeball of the mean head (V, 3) nearer to its lids, in place; see `SEAT`."""
    middle, _ = middle_and_radius(mean[ball])
    mean[ball] = middle + SEAT + SIZE * (mean[ball] - middle)


def turn_ball(fields: Array, names: tuple[str, ...], mean: Array, ball: NDArray[np.int64]) -> None:
    """What looks aside does to an eyeball, in place: it turns about its middle, by `TURNS`.

    Parameters
    ----------
    fields : (E, V, 3)
        Expressions at full strength.
    names
        ARKit's, of the expressions.
    mean : (V, 3)
        Canonical frame: faces look along -y, x is to their left, z up.
    ball
        Vertices of the eyeball.
    """
    middle, _ = middle_and_radius(mean[ball])
    left = middle[0] > 0
    outward = 1.0 if left else -1.0
    for way, degrees in TURNS.items():
        sideways = {"Out": outward, "In": -outward}.get(way, 0.0)
        upward = {"Up": 1.0, "Down": -1.0}.get(way, 0.0)
        axis = np.array([-upward, 0.0, sideways])
        angle = np.radians(degrees)
        away = mean[ball] - middle
        along = np.outer(away @ axis, axis)
        turned = along + np.cos(angle) * (away - along) + np.sin(angle) * np.cross(axis, away)
        name = f"eyeLook{way}{'Left' if left else 'Right'}"
        fields[names.index(name), ball] = turned - away


def _growth(mean: Array, moves: Array) -> Array:
    """(F,): how much moves (F, n, 3) of points (n, 3) enlarge them."""
    away = mean - mean.mean(0)
    return np.asarray((moves * away).sum((1, 2)) / (away**2).sum())
