"""How the light network's output encodes coefficients and pose.

K + E coefficients of the head model, then `POSE` numbers:

- six numbers for the rotation: its first two rows, which are made orthonormal (Y. Zhou et al., "On
  the continuity of rotation representations in neural networks", CVPR 2019),
- the logarithm of the scale over `SCALE`,
- the shift from the middle of the crop over `SHIFT`, x and y.

`SCALE` and `SHIFT` bring all of them to about the size of 1.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

POSE = 9
"""Numbers after the coefficients."""

SCALE = 0.3
"""Crop sides per head unit, of a head that fills the crop as usual."""
SHIFT = 0.2
"""Crop sides."""


def decode_output(raw: Tensor, coefficients: int) -> tuple[Tensor, Tensor, Tensor]:
    """Decode outputs (N, K + E + POSE) of a network.

    Returns
    -------
    coefficients : (N, K + E)
    rotation : (N, 3, 3)
        Times the scale: crop sides per head unit.
    shift : (N, 2)
        Crop sides from the crop's upper left corner.
    """
    c = raw[:, :coefficients]
    p = raw[:, coefficients:]
    a = functional.normalize(p[:, :3], dim=1)
    b = p[:, 3:6]
    b = functional.normalize(b - (a * b).sum(1, keepdim=True) * a, dim=1)
    r = torch.stack([a, b, torch.linalg.cross(a, b, dim=1)], 1)
    return c, r * (SCALE * torch.exp(p[:, 6]))[:, None, None], 0.5 + SHIFT * p[:, 7:9]


def encode_label(labels: Tensor, coefficients: int) -> Tensor:
    """The output (N, K + E + POSE) that labels (N, L) ask for: the inverse of `decode_output`."""
    c = labels[:, :coefficients]
    r = labels[:, coefficients : coefficients + 6]
    scale = labels[:, coefficients + 9 : coefficients + 10]
    shift = labels[:, coefficients + 10 : coefficients + 12]
    return torch.cat([c, r, torch.log(scale / SCALE), (shift - 0.5) / SHIFT], 1)
