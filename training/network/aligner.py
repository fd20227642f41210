"""Corrects an answer by what lies in the picture where it puts the face."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .pose_encoding import POSE, TRUNK_SIDE, split_raw

ALIGN_SIDES = ((24, 12), (48, 24))
"""Pixels of the trunk's maps that each look samples."""


class Aligner(nn.Module):
    """Looks again where the first answer puts the face.

    The trunk's feature maps are sampled at points of the head as the first answer decodes them.
    What lies there tells how far off the answer is, which the trunk's last few numbers, a grid of
    three by three, know only roughly. One hidden layer makes a correction of it.

    Several of them may follow each other, the later ones on finer maps.

    Source of the idea: H. Zhang et al., "PyMAF: 3D human pose and shape regression with pyramidal
    mesh alignment feedback loop", ICCV 2021.

    Parameters
    ----------
    maps : list of int
        Tensors of the trunk to sample.
    channels : list of int
        Of each of them.
    kept : int
        Channels of each that are looked at.
    points : int
    coefficients, hidden : int
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
        # Small inputs: with ones, one step of the optimiser moves thousands of weights of a hidden
        # unit the same way, and it falls where its slope is zero and never comes back.
        nn.init.constant_(self.norm.weight, 0.1)
        with torch.no_grad():
            self.hidden.weight *= 4
        self.register_buffer("mean", torch.zeros(points, 3))
        self.register_buffer("basis", torch.zeros(coefficients, points * 3))

    def place(self, mean: Tensor, basis: Tensor) -> None:
        """Set the points: image frame, head units, (P, 3) and (coefficients, P * 3)."""
        self.mean.copy_(mean)
        self.basis.copy_(basis)

    def forward(self, raw: Tensor, maps: list[Tensor]) -> Tensor:
        """Corrected raw numbers (N, coefficients + POSE); no gradient flows into the first ones."""
        raw = raw.detach()
        c, m, shift = split_raw(raw, self.basis.shape[0])
        p = (self.mean + (c @ self.basis).reshape(len(c), -1, 3)) @ m[:, :2].transpose(1, 2)
        # Crop sides from the middle of the first pixel -> -1..1 between the picture's edges.
        at = (2 * (p + shift[:, None]) + (1 / TRUNK_SIDE - 1))[:, :, None]
        seen = [
            functional.grid_sample(reduce(x), at.to(x.dtype), align_corners=False)[..., 0]
            for reduce, x in zip(self.reduce, maps, strict=True)
        ]
        h = torch.cat([self.norm(torch.cat(seen, 1).flatten(1)), raw], 1)
        return raw + self.output(functional.hardswish(self.hidden(h)))
