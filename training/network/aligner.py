"""The aligner: corrects a prediction by the feature maps at the points where it puts the face."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..graphs.mediapipe_networks import INPUT_SIDE
from .pose_encoding import POSE, decode_output

ALIGN_SIDES = ((24, 12), (48, 24))
"""Sides, in pixels, of the feature maps that the first and the second aligner sample."""


class Aligner(nn.Module):
    """Corrects a prediction by mesh-aligned features.

    Points of the head are decoded from the prediction, and the trunk's feature maps are sampled
    there. What is found tells how far off the prediction is; the trunk's last layers, a grid of
    three by three, know that only roughly. One hidden layer turns it into a correction.

    Several aligners may follow each other, the later ones on finer maps.

    Source of the idea: H. Zhang et al., "PyMAF: 3D human pose and shape regression with pyramidal
    mesh alignment feedback loop", ICCV 2021.

    Parameters
    ----------
    maps : list of int
        Numbers of the trunk's tensors to sample.
    channels : list of int
        How many each of them has.
    kept : int
        Channels that a 1 x 1 convolution reduces each map to.
    points : int
        How many points are sampled.
    coefficients : int
        K + E.
    hidden : int
        Units of the hidden layer.
    """

    def __init__(
        self,
        maps: list[int],
        channels: list[int],
        kept: int,
        points: int,
        coefficients: int,
        hidden: int,
    ) -> None:
        super().__init__()
        self.maps = maps
        self.reduce = nn.ModuleList([nn.Conv2d(c, kept, 1) for c in channels])
        seen = points * kept * len(maps)
        self.norm = nn.LayerNorm(seen)
        self.hidden = nn.Linear(seen + coefficients + POSE, hidden)
        self.output = nn.Linear(hidden, coefficients + POSE)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)
        # Inputs are scaled down to 0.1. At 1, one step of the optimiser moves thousands of weights
        # of a hidden unit the same way, and pushes it to where its slope is zero for good.
        nn.init.constant_(self.norm.weight, 0.1)
        with torch.no_grad():
            self.hidden.weight *= 4
        self.register_buffer("mean", torch.zeros(points, 3))
        self.register_buffer("basis", torch.zeros(coefficients, points * 3))

    def set_points(self, mean: Tensor, basis: Tensor) -> None:
        """Set the points: `mean` (P, 3) and `basis` (K + E, P * 3) as in `Points`."""
        self.mean.copy_(mean)
        self.basis.copy_(basis)

    def forward(self, raw: Tensor, maps: list[Tensor]) -> Tensor:
        """Correct a prediction.

        Parameters
        ----------
        raw : (N, K + E + POSE)
            As `training.network.pose_encoding` encodes it. No gradient flows back into it: each
            prediction has a loss of its own.
        maps : list of (N, C, H, W)

        Returns
        -------
        (N, K + E + POSE)
        """
        raw = raw.detach()
        c, m, shift = decode_output(raw, self.basis.shape[0])
        p = (self.mean + (c @ self.basis).reshape(len(c), -1, 3)) @ m[:, :2].transpose(1, 2)
        # Points count crop sides from the middle of the first pixel; `grid_sample` wants -1 to 1
        # between the edges of the picture.
        at = (2 * (p + shift[:, None]) + (1 / INPUT_SIDE - 1))[:, :, None]
        seen = [
            functional.grid_sample(reduce(x), at.to(x.dtype), align_corners=False)[..., 0]
            for reduce, x in zip(self.reduce, maps, strict=True)
        ]
        h = torch.cat([self.norm(torch.cat(seen, 1).flatten(1)), raw], 1)
        return raw + self.output(functional.hardswish(self.hidden(h)))
