"""What the numbers of an answer mean: coefficients of the head model, then the pose."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

POSE = 9
"""Numbers after the coefficients: two rotation rows (6), log scale, shift (2)."""

SCALE = 0.3
"""Crop sides per head unit of a head that fills the crop as usual."""
SHIFT = 0.2
TRUNK_SIDE = 192
"""Pixels: mediapipe's landmark network gives its points in this unit."""


def split_raw(raw: Tensor, coefficients: int) -> tuple[Tensor, Tensor, Tensor]:
    """What the last layer's numbers mean: see `LightNetwork.forward`."""
    c = raw[:, :coefficients]
    p = raw[:, coefficients:]
    a = functional.normalize(p[:, :3], dim=1)
    b = p[:, 3:6]
    b = functional.normalize(b - (a * b).sum(1, keepdim=True) * a, dim=1)
    r = torch.stack([a, b, torch.linalg.cross(a, b, dim=1)], 1)
    return c, r * (SCALE * torch.exp(p[:, 6]))[:, None, None], 0.5 + SHIFT * p[:, 7:9]


def label_raw(labels: Tensor, coefficients: int) -> Tensor:
    """The last layer's numbers that a sample's label asks for (inverse of `split_raw`)."""
    c = labels[:, :coefficients]
    r = labels[:, coefficients : coefficients + 6]
    scale = labels[:, coefficients + 9 : coefficients + 10]
    shift = labels[:, coefficients + 10 : coefficients + 12]
    return torch.cat([c, r, torch.log(scale / SCALE), (shift - 0.5) / SHIFT], 1)
