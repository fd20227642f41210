"""The weights that training begins with, as far as the trunk does not bring them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..config import Config
from ..head.head_model import HeadModel
from ..labels.correspondence import Correspondence
from ..layout.texel_shape import load_texel_shape
from ..samples.dataset import Samples
from .build import Network
from .light import LightNetwork
from .points import align_points
from .pose_encoding import encode_label
from .warm_start import warm_start

RIDGE_SAMPLES = 12000
"""Samples that the least-squares start is computed from."""


def initialise(network: Network, config: Config, head: HeadModel, samples: Samples | None) -> None:
    """Set a new network's first weights: an earlier model's, or a least-squares solution.

    Parameters
    ----------
    network
        Changed in place; PRNet's network keeps its random weights.
    config
    head
    samples
        None only where the network starts from a whole earlier model.

    Raises
    ------
    FileNotFoundError
        The earlier model, or a step before this one, is missing.
    ValueError
        There are no samples, or the earlier model does not fit.
    """
    if not isinstance(network, LightNetwork):
        return
    if len(network.aligners):
        correspondence = Correspondence.load(config.work / "correspondence.npz")
        at = align_points(head, correspondence, config.network.align_points)
        for aligner in network.aligners:
            aligner.set_points(at.mean, at.basis)
    if config.network.trunk.endswith(".onnx"):
        off = warm_start(
            network, config.work / config.network.trunk, load_texel_shape(config, head)
        )
        print(f"started from {config.network.trunk}; heads differ by {off:.5f}", flush=True)
        return
    if samples is None:
        raise ValueError("train.steps: 0 steps only make sense from network.trunk = FILE.onnx")
    index = samples.random_index(np.random.default_rng([config.seed, 5]), RIDGE_SAMPLES)
    parts = [index[i : i + 200] for i in range(0, len(index), 200)]
    explained = ridge_start(network, (samples.batch(k, np.arange(len(k)) % 2) for k in parts))
    print(f"least squares explain {explained:.3f} of the labels", flush=True)


def ridge_start(
    network: LightNetwork, batches: Iterable[tuple[Tensor, Tensor]], ridge: float = 1e-2
) -> float:
    """Set the last layers by ridge regression from the untrained trunk's features to the labels.

    This saves the first few hundred steps: MediaPipe's points already say where the face is. The
    hidden layer stays as it is; its activations are regressors beside the features.

    Parameters
    ----------
    network
    batches
        Pictures (n, 3, S, S) and labels (n, L).
    ridge
        Relative to the mean variance of the regressors.

    Returns
    -------
    float
        Share of the labels' variance that is explained.
    """
    with torch.no_grad():
        # One batch of pictures in memory at a time.
        pairs = [(network.trunk(x), encode_label(y, network.coefficients)) for x, y in batches]
        f, y = (torch.cat(parts) for parts in zip(*pairs, strict=True))
        y = y.double()
        network.scale_features(f.mean(0), f.std(0).clamp_min(1e-6))
        z, h = network.layers(f)
        z = torch.cat([z, h], 1).double()
        z_mean, y_mean = z.mean(0), y.mean(0)
        z0, y0 = z - z_mean, y - y_mean
        # Activations may have any scale: brought to unit variance, like the features.
        unit = z0.std(0).clamp_min(1e-6)
        z0 = z0 / unit
        gram = z0.T @ z0 + ridge * len(z) * torch.eye(z.shape[1], dtype=z.dtype)
        w = torch.linalg.solve(gram, z0.T @ y0)
        left: Any = (y0 - z0 @ w).pow(2).sum() / y0.pow(2).sum()
        w = w / unit[:, None]
        count = f.shape[1]
        network.linear.weight.copy_(w[:count].T)
        network.output.weight.copy_(w[count:].T)
        network.linear.bias.copy_(y_mean - z_mean @ w)
        network.output.bias.zero_()
    return 1 - float(left)
