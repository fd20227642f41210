"""The points a loss is taken at, decoded linearly from coefficients; and mirroring of labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .config import LossConfig
from .correspondence import Correspondence
from .geometry import on_triangles, to_image
from .head_model import HeadModel
from .landmarks import load_places

LANDMARKS = slice(468, 468 + 68)
"""Where the 68 landmarks stand among the points."""


@dataclass(frozen=True)
class Points:
    """A linear decoder for the points of the loss.

    Attributes
    ----------
    mean : (P, 3) Tensor
        Image frame, head units.
    basis : (K + E, P * 3) Tensor
    weight : (P,) Tensor
        Adds up to one.
    """

    mean: Tensor
    basis: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> Points:
        return Points(self.mean.to(device), self.basis.to(device), self.weight.to(device))

    def decode(
        self, c: Tensor, m: Tensor, shift: Tensor, perspective: Tensor | None = None
    ) -> Tensor:
        """Points (N, P, 3) in crop sides, x right, y down, z away.

        Parameters
        ----------
        c : (N, K + E)
        m : (N, 3, 3)
            Scaled rotation, crop sides per head unit.
        shift : (N, 2)
        perspective : (N,), optional
            Reciprocal camera distance per crop side of depth.
        """
        v = (self.mean + (c @ self.basis).reshape(len(c), -1, 3)) @ m.transpose(1, 2)
        xy = v[..., :2]
        if perspective is not None:
            xy = xy / (1 + perspective[:, None, None] * v[..., 2:])
        return torch.cat([xy + shift[:, None], v[..., 2:]], -1)

    def from_labels(self, labels: Tensor) -> Tensor:
        """Points of samples as `training.generate` labels them."""
        n = self.basis.shape[0]
        scale = labels[:, n + 9]
        m = labels[:, n : n + 9].reshape(-1, 3, 3) * scale[:, None, None]
        return self.decode(labels[:, :n], m, labels[:, n + 10 : n + 12], labels[:, n + 12] / scale)


def build_points(
    head: HeadModel, correspondence: Correspondence, config: LossConfig, seed: int
) -> Points:
    """mediapipe's 468 places, the 68 landmarks, and random vertices of the head's front."""
    mean, basis = to_image(head.mean), to_image(head.basis)
    corners, bary = load_places()
    c = correspondence
    front = np.flatnonzero(mean[:, 2] < np.quantile(mean[:, 2], 0.45))
    extra = np.random.default_rng(seed).permutation(front)[: config.surface_points]

    def at(values: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate(
            [
                on_triangles(values, c.corners, c.bary),
                on_triangles(values, corners, bary),
                values[..., extra, :],
            ],
            -2,
        )

    landmarks = np.full(68, config.landmarks)
    landmarks[:17] = config.outline
    weight = np.concatenate(
        [np.full(468, config.dense), landmarks, np.full(len(extra), config.surface)]
    )
    return Points(
        torch.tensor(at(mean), dtype=torch.float32),
        torch.tensor(at(basis), dtype=torch.float32).reshape(len(basis), -1),
        torch.tensor(weight / weight.sum(), dtype=torch.float32),
    )


@dataclass(frozen=True)
class LabelMirror:
    """Turns a sample's label into that of the mirrored picture."""

    order: NDArray[np.int64]
    sign: NDArray[np.float32]

    def __call__(self, labels: Tensor) -> Tensor:
        """(N, L) labels -> (N, L)."""
        n = len(self.sign)
        out = labels.clone()
        out[:, :n] = labels[:, torch.as_tensor(self.order)] * torch.as_tensor(self.sign)
        # S R S with S = diag(-1, 1, 1): entries that have x exactly once change sign.
        for k in (1, 2, 3, 6):
            out[:, n + k] = -labels[:, n + k]
        out[:, n + 10] = 1 - labels[:, n + 10]
        return out


def build_mirror(head: HeadModel) -> LabelMirror:
    """Identity components are symmetric or antisymmetric; expressions swap Left and Right."""
    flip = np.array([-1.0, 1.0, 1.0])
    k = len(head.identity)
    mirrored = head.identity[:, head.mirror] * flip
    sign = np.sign((mirrored * head.identity).sum((1, 2)))
    names = list(head.expression_names)

    def partner(name: str) -> int:
        for a, b in (("Left", "Right"), ("Right", "Left")):
            if name.endswith(a):
                return names.index(name[: -len(a)] + b)
        if name in ("jawLeft", "mouthLeft", "jawRight", "mouthRight"):
            raise AssertionError(name)
        return names.index(name)

    order = np.array([*range(k), *(k + partner(n) for n in names)])
    return LabelMirror(order, np.concatenate([sign, np.ones(len(names))]).astype(np.float32))
