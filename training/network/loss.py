"""The loss: weighted distances between predicted and true points of the head.

`total_loss` is what the trainer calls. For another term, write a function beside `opening_loss`,
add it there, and give it a weight in `training.config.LossConfig`. Which points are compared, and
with which weights, `training.network.points.loss_points` decides: with the texels of the position
map and PRNet's weight mask this is PRNet's loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from .points import Points


def point_loss(weight: Tensor, predicted: Tensor, wanted: Tensor) -> Tensor:
    """Weighted mean distance in 3D.

    A crop has no origin of depth: only differences of depth mean something. So the weighted mean of
    the error in depth is taken off.

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
    """Mean error of how open eyes and mouth are.

    To close an eye, a few points move by a hundredth of the crop. That hardly changes the mean
    distance, but whether an eye is closed is what people see first.

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
    points: Points, predictions: list[Tensor], wanted: Tensor, openings: float
) -> tuple[Tensor, Tensor]:
    """Sum the loss over all predictions of a network: its first one and that of each aligner.

    Parameters
    ----------
    points
        Weights of the points, and pairs whose distance is an opening.
    predictions : list of (N, P, 3)
        From the first to the last, crop sides.
    wanted : (N, P, 3)
        The same points by the labels.
    openings
        Weight of `opening_loss`.

    Returns
    -------
    loss : Tensor
        Scalar, to be minimised.
    distance : Tensor
        Scalar, crop sides: `point_loss` of the last prediction, for the log.
    """
    loss, distance = wanted.new_zeros(()), wanted.new_zeros(())
    for predicted in predictions:
        distance = point_loss(points.weight, predicted, wanted)
        loss = loss + distance + openings * opening_loss(points.pairs, predicted, wanted)
    return loss, distance


def coefficient_penalty(c: Tensor, identities: int) -> Tensor:
    """Penalty that keeps identities near the mean and expression weights from going negative.

    Parameters
    ----------
    c : (N, K + E)
        Predicted coefficients.
    identities
        K.

    Returns
    -------
    Tensor
        Scalar.
    """
    identity = c[:, :identities].pow(2).mean()
    return 1e-5 * identity + 1e-4 * c[:, identities:].clamp(max=0).abs().mean()
