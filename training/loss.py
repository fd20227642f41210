"""Losses: at points of the head, or over the position map with PRNet's weight mask."""

from __future__ import annotations

import torch
from torch import Tensor

from .points import LANDMARKS, Points


def point_loss(points: Points, predicted: Tensor, wanted: Tensor) -> Tensor:
    """Weighted mean distance in 3D.

    Depth has no origin in a crop (only differences mean something), so both sides are taken
    relative to the mean depth of the 68 landmarks.

    Parameters
    ----------
    predicted, wanted : (N, P, 3)
        Crop sides.

    Returns
    -------
    Tensor
        Scalar, crop sides.
    """
    d = predicted - wanted
    z = d[..., 2:] - d[:, LANDMARKS, 2:].mean(1, keepdim=True)
    distance = torch.cat([d[..., :2], z], -1).norm(dim=-1)
    return (distance * points.weight).sum(1).mean()


def coefficient_penalty(c: Tensor, identities: int) -> Tensor:
    """Keeps identities near the mean and expressions from going negative."""
    identity = c[:, :identities].pow(2).mean()
    return 1e-5 * identity + 1e-4 * c[:, identities:].clamp(max=0).abs().mean()


def map_loss(predicted: Tensor, wanted: Tensor, weights: Tensor) -> Tensor:
    """PRNet's loss: distance at every texel, weighted 16 : 4 : 3 : 0.

    Parameters
    ----------
    predicted, wanted : (N, 3, S, S)
    weights : (S, S)
        `weights` of the UV layout.
    """
    distance = (predicted - wanted).norm(dim=1)
    return (distance * weights).sum((1, 2)).mean() / weights.sum()
