"""The points at which the loss compares prediction and label, decoded linearly from coefficients.

`loss_points` chooses them by the configuration: landmarks and scattered points of the head, or all
texels of the UV layout with PRNet's weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..config import Config, LossConfig
from ..geometry import on_triangles, to_image
from ..head.head_model import HeadModel
from ..head.landmarks import OPENINGS_68, load_places
from ..labels.correspondence import Correspondence
from ..layout.chart import build_chart
from ..layout.uv_layout import smooth_chart


@dataclass(frozen=True)
class Points:
    """A linear decoder for P points of the head.

    Attributes
    ----------
    mean : (P, 3) Tensor
        On the mean head; image frame, head units.
    basis : (K + E, P * 3) Tensor
        What each coefficient adds.
    weight : (P,) Tensor
        In the loss; adds up to one.
    identities : int
        K: how many of the coefficients are of identity; the others are of expression.
    pairs : (Q, 2) int64 Tensor
        Upper and lower points of lids and inner lips, whose distance is an opening; may be empty.
    """

    mean: Tensor
    basis: Tensor
    weight: Tensor
    identities: int
    pairs: Tensor = field(default_factory=lambda: torch.zeros((0, 2), dtype=torch.int64))

    def to(self, device: torch.device) -> Points:
        """The same on another device."""
        mean, basis, weight, pairs = (
            t.to(device) for t in (self.mean, self.basis, self.weight, self.pairs)
        )
        return Points(mean, basis, weight, self.identities, pairs)

    def decode(
        self, c: Tensor, m: Tensor, shift: Tensor, perspective: Tensor | None = None
    ) -> Tensor:
        """Decode coefficients and pose.

        Parameters
        ----------
        c : (N, K + E)
        m : (N, 3, 3)
            Rotation times scale, crop sides per head unit.
        shift : (N, 2)
            Crop sides.
        perspective : (N,), optional
            Reciprocal distance of the camera, per crop side.

        Returns
        -------
        (N, P, 3)
            Crop sides, x right, y down, z away from the viewer.
        """
        v = (self.mean + (c @ self.basis).reshape(len(c), -1, 3)) @ m.transpose(1, 2)
        xy = v[..., :2]
        if perspective is not None:
            xy = xy / (1 + perspective[:, None, None] * v[..., 2:])
        return torch.cat([xy + shift[:, None], v[..., 2:]], -1)

    def from_labels(self, labels: Tensor) -> Tensor:
        """Points (N, P, 3) of samples' labels (N, L), as `decode` gives them."""
        n = self.basis.shape[0]
        scale = labels[:, n + 9]
        m = labels[:, n : n + 9].reshape(-1, 3, 3) * scale[:, None, None]
        return self.decode(labels[:, :n], m, labels[:, n + 10 : n + 12], labels[:, n + 12] / scale)


def points_on(
    mean: NDArray[Any],
    basis: NDArray[Any],
    identities: int,
    corners: NDArray[Any],
    bary: NDArray[Any],
    weight: NDArray[Any],
) -> Points:
    """Make the decoder for points on triangles of a linear model.

    Parameters
    ----------
    mean : (V, 3)
        Head frame.
    basis : (K + E, V, 3)
    identities : int
        K.
    corners : (P, 3)
        Vertices of each point's triangle.
    bary : (P, 3)
        Barycentric weights in it.
    weight : (P,)
        In the loss; of any sum.
    """
    at_mean = to_image(on_triangles(mean, corners, bary))
    at_basis = to_image(on_triangles(basis, corners, bary)).reshape(len(basis), -1)
    share = torch.tensor(weight / weight.sum(), dtype=torch.float32)
    return Points(torch.tensor(at_mean), torch.tensor(at_basis), share, identities)


def scattered_points(
    head: HeadModel, correspondence: Correspondence, config: LossConfig, seed: int
) -> Points:
    """Choose MediaPipe's 468 places, the 68 landmarks, and random vertices of the whole chart.

    Without the last, nothing would hold hairline, ears and neck, which no landmark is near.
    """
    places, weights = load_places()
    shown = np.unique(build_chart(head).quads)
    shown = shown[shown < len(head.mean)]  # without the patches in the eyes
    extra = np.random.default_rng(seed).permutation(shown)[: config.surface_points]
    landmarks = np.full(68, config.landmarks)
    landmarks[:17] = config.outline
    points = points_on(
        head.mean,
        head.basis,
        len(head.identity),
        np.concatenate([correspondence.corners, places, np.repeat(extra[:, None], 3, 1)]),
        np.concatenate([correspondence.bary, weights, np.tile([1.0, 0, 0], (len(extra), 1))]),
        np.concatenate(
            [np.full(468, config.dense), landmarks, np.full(len(extra), config.surface)]
        ),
    )
    return replace(points, pairs=torch.tensor(OPENINGS_68) + 468)


def align_points(head: HeadModel, correspondence: Correspondence, count: int) -> Points:
    """Choose where the aligner looks: the 68 landmarks, then an even choice of MediaPipe's places.

    Raises
    ------
    ValueError
        `count` is less than 68 or more than 68 + 468.
    """
    if not 68 <= count <= 68 + len(correspondence.corners):
        raise ValueError(f"network.align_points: expected 68 to 536, found {count}")
    places, weights = load_places()
    more = np.linspace(0, len(correspondence.corners) - 1, count - 68).round().astype(int)
    return points_on(
        head.mean,
        head.basis,
        len(head.identity),
        np.concatenate([places, correspondence.corners[more]]),
        np.concatenate([weights, correspondence.bary[more]]),
        np.ones(count),
    )


def loss_points(config: Config, head: HeadModel) -> Points:
    """Choose the points of the loss by `loss.mask_weighting`.

    Raises
    ------
    FileNotFoundError
        A step before `train` has not been done.
    ValueError
        The setting is none of the choices.
    """
    kind = config.loss.mask_weighting
    if kind == "points":
        correspondence = Correspondence.load(config.work / "correspondence.npz")
        return scattered_points(head, correspondence, config.loss, config.seed)
    if kind != "prnet":
        raise ValueError(f"loss.mask_weighting: expected points or prnet, found {kind!r}")
    with np.load(config.work / "texels.npz") as z:
        corners, bary, weights = (z[k] for k in ("corners", "bary", "weights"))
    chart, _ = smooth_chart(head)
    flat = corners.reshape(-1, 3), bary.reshape(-1, 3), weights.ravel()
    return points_on(chart.mean, chart.basis, len(head.identity), *flat)
