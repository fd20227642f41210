"""Losses: weighted distances at points of the head.

Which points and weights is the choice of `training.network.points`: landmarks and scattered points,
or the texels of the position map with PRNet's weight mask, which makes this PRNet's loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from .points import Points


def point_loss(weight: Tensor, predicted: Tensor, wanted: Tensor) -> Tensor:
    """Weighted mean distance in 3D.

    Depth has no origin in a crop (only differences mean something), so both sides are taken
    relative to their weighted mean depth.

    Parameters
    ----------
    weight : (P,)
        Adds up to one.
    predicted, wanted : (N, P, 3)
        Crop sides.

    Returns
    -------
    Tensor
        Scalar, crop sides.
    """
    d = predicted - wanted
    z = d[..., 2:] - (d[..., 2] @ weight)[:, None, None]
    distance = torch.cat([d[..., :2], z], -1).norm(dim=-1)
    return (distance @ weight).mean()


def opening_loss(pairs: Tensor, predicted: Tensor, wanted: Tensor) -> Tensor:
    """Mean error of the openings of lids and lips.

    An eye is closed by moving a few points by a hundredth of the crop, which hardly shows in the
    mean distance; whether it is closed is what one sees.

    Parameters
    ----------
    pairs : (Q, 2) int64
        Upper and lower point of each opening.
    predicted, wanted : (N, P, 3)
        Crop sides.

    Returns
    -------
    Tensor
        Scalar, crop sides; 0 without pairs.
    """
    if not len(pairs):
        return predicted.new_zeros(())
    upper, lower = pairs.T
    d = (predicted[:, upper] - predicted[:, lower]) - (wanted[:, upper] - wanted[:, lower])
    return d.norm(dim=-1).mean()


def total_loss(
    points: Points, found: list[Tensor], wanted: Tensor, openings: float
) -> tuple[Tensor, Tensor]:
    """Distances and openings of every answer of a network.

    Parameters
    ----------
    points
    found : list of (N, P, 3)
        The first answer to the last.
    wanted : (N, P, 3)
    openings : float
        Weight of `opening_loss`.

    Returns
    -------
    loss : Tensor
        Scalar: of all answers together.
    distance : Tensor
        Scalar, crop sides: `point_loss` of the last.
    """
    loss, distance = wanted.new_zeros(()), wanted.new_zeros(())
    for answer in found:
        distance = point_loss(points.weight, answer, wanted)
        loss = loss + distance + openings * opening_loss(points.pairs, answer, wanted)
    return loss, distance


def coefficient_penalty(c: Tensor, identities: int) -> Tensor:
    """Keeps identities near the mean and expressions from going negative."""
    identity = c[:, :identities].pow(2).mean()
    return 1e-5 * identity + 1e-4 * c[:, identities:].clamp(max=0).abs().mean()
