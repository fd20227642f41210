"""The label of a sample: the very numbers that its picture was rendered with, in one vector.

K + E coefficients of the head model (identity, then expression), then `LABEL_POSE` numbers:

- rotation in the image frame, row by row (9),
- scale: crop sides per head unit (1),
- shift: crop sides, x and y (2),
- perspective: reciprocal distance of the camera, per head unit (1).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..head.mirror import CoefficientMirror

LABEL_POSE = 9 + 1 + 2 + 1
"""Numbers after the coefficients."""


def mirror_labels(labels: Tensor, mirror: CoefficientMirror) -> Tensor:
    """Labels (N, L) of the mirrored pictures, (N, L)."""
    n = len(mirror.sign)
    out = labels.clone()
    out[:, :n] = labels[:, torch.as_tensor(mirror.order)] * torch.as_tensor(mirror.sign)
    # S R S with S = diag(-1, 1, 1): entries that have x exactly once change sign.
    for k in (1, 2, 3, 6):
        out[:, n + k] = -labels[:, n + k]
    out[:, n + 10] = 1 - labels[:, n + 10]
    return out
