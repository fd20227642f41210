"""The light network: a small convolutional trunk, a linear decoder, and aligners between them.

It predicts coefficients of the head model and a pose. The head model's linear basis decodes these
into as many points as one likes, so the loss needs no position map, and the map is smooth by
construction. The trainer uses a network through `predict` alone; `training.network.resfcn` has the
same method.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..config import NetworkConfig
from ..graphs.mediapipe_networks import INPUT_SIDE
from ..graphs.tflite_graph import Graph
from .aligner import ALIGN_SIDES, Aligner
from .loss import coefficient_penalty
from .points import Points
from .pose_encoding import POSE, decode_output
from .trunk import ConvTrunk


class LightNetwork(nn.Module):
    """Predicts coefficients and pose: trunk, then a linear layer plus one with a hidden layer.

    Each aligner then corrects the prediction of the one before it.

    The layers' output is a vector of numbers, encoded as in `training.network.pose_encoding`; it is
    called `raw` here.

    Parameters
    ----------
    trunk
    coefficients
        K + E.
    hidden
        Units of the hidden layer.
    aligners
    """

    def __init__(
        self, trunk: ConvTrunk, coefficients: int, hidden: int, aligners: Iterable[Aligner] = ()
    ) -> None:
        super().__init__()
        self.trunk = trunk
        self.aligners = nn.ModuleList(aligners)
        self.coefficients = coefficients
        out = coefficients + POSE
        self.hidden = nn.Linear(trunk.features, hidden)
        self.output = nn.Linear(hidden, out)
        self.linear = nn.Linear(trunk.features, out)
        # Features have very different scales (points, activations). `ridge_start` sets these once;
        # export folds them into the weights.
        self.register_buffer("feature_mean", torch.zeros(trunk.features))
        self.register_buffer("feature_scale", torch.ones(trunk.features))
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        with torch.no_grad():
            self.linear.bias[coefficients : coefficients + 6] = torch.tensor([1.0, 0, 0, 0, 1, 0])

    def load_layer(self, layer: nn.Linear, weight: NDArray[Any], bias: NDArray[Any]) -> None:
        """Copy weights of an exported model into a layer that takes the trunk's features.

        Exported models take the points in pixels, training takes them in crop sides from the
        middle: the weights are converted.

        Parameters
        ----------
        layer
            `self.hidden` or `self.linear`.
        weight : (features, outputs)
        bias : (outputs,)

        Raises
        ------
        ValueError
            The layer has another size.
        """
        if weight.shape != (layer.in_features, layer.out_features):
            raise ValueError(
                f"network.trunk: its model has a layer of {weight.shape}, expected "
                f"{(layer.in_features, layer.out_features)}"
            )
        w = torch.tensor(weight.T, dtype=torch.float64).contiguous()
        b = torch.tensor(bias, dtype=torch.float64)
        count = int(np.prod(self.trunk.graph.shape[self.trunk.graph.outputs[0]]))
        w[:, -count:] *= INPUT_SIDE
        b += 0.5 * w[:, -count:].sum(1)
        layer.load_state_dict({"weight": w.float(), "bias": b.float()})

    def scale_features(self, mean: Tensor, scale: Tensor) -> None:
        """Set the features' mean and scale (F,) without a change of what the hidden layer gives."""
        with torch.no_grad():
            w = self.hidden.weight / self.feature_scale
            self.hidden.bias += w @ (mean - self.feature_mean)
            self.hidden.weight.copy_(w * scale)
            self.feature_mean.copy_(mean)
            self.feature_scale.copy_(scale)

    def layers(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Scaled features (N, F) and the hidden layer's activations (N, hidden)."""
        f = (features - self.feature_mean) / self.feature_scale
        return f, functional.hardswish(self.hidden(f))

    def raw(self, features: Tensor) -> Tensor:
        """The first prediction (N, K + E + POSE) from features (N, F), encoded."""
        f, h = self.layers(features)
        return self.output(h) + self.linear(f)

    def features_and_maps(self, images: Tensor) -> tuple[Tensor, dict[int, Tensor]]:
        """The trunk's features (N, F), and the feature maps that the aligners sample."""
        return self.trunk.features_and_maps(
            images, {k for aligner in self.aligners for k in aligner.maps}
        )

    def predictions(self, features: Tensor, maps: dict[int, Tensor]) -> list[Tensor]:
        """All predictions (N, K + E + POSE), encoded: the first, then that of each aligner."""
        found = [self.raw(features)]
        for aligner in self.aligners:
            found.append(aligner(found[-1], [maps[k] for k in aligner.maps]))
        return found

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predict coefficients and pose.

        Parameters
        ----------
        images : (N, 3, 192, 192)
            RGB, 0..1.

        Returns
        -------
        coefficients : (N, K + E)
        rotation : (N, 3, 3)
            Times the scale: crop sides per head unit.
        shift : (N, 2)
            Crop sides.
        """
        return decode_output(
            self.predictions(*self.features_and_maps(images))[-1], self.coefficients
        )

    def predict(self, images: Tensor, points: Points) -> tuple[list[Tensor], Tensor]:
        """Predict the points of a loss.

        Parameters
        ----------
        images : (N, 3, 192, 192)
        points

        Returns
        -------
        list of (N, P, 3)
            Of every prediction, from the first to the last; crop sides.
        Tensor
            Scalar to add to the loss: the penalty on coefficients.
        """
        return self.decoded(self.predictions(*self.features_and_maps(images)), points)

    def decoded(self, predictions: list[Tensor], points: Points) -> tuple[list[Tensor], Tensor]:
        """Do as `predict` with what `predictions` gave."""
        found, more = [], torch.zeros((), device=predictions[0].device)
        for raw in predictions:
            c, m, shift = decode_output(raw.float(), self.coefficients)
            found.append(points.decode(c, m, shift))
            more = more + coefficient_penalty(c, points.identities)
        return found, more


def build_light(config: NetworkConfig, graph: Graph, coefficients: int) -> LightNetwork:
    """Build the light network.

    Parameters
    ----------
    config
        Sizes; `trunk = "random"` starts the trunk from random weights.
    graph
        The trunk with the weights to start from.
    coefficients
        K + E.
    """
    trunk = ConvTrunk(graph, config.trunk == "random")
    aligners = []
    if config.align_points:
        for sides in ALIGN_SIDES[: config.align_looks]:
            maps = [trunk.map_of(side) for side in sides]
            channels = [graph.shape[k][0] for k in maps]
            points, kept, hidden = config.align_points, config.align_channels, config.align_hidden
            aligners.append(Aligner(maps, channels, kept, points, coefficients, hidden))
    return LightNetwork(trunk, coefficients, config.hidden, aligners)


def count_parameters(module: nn.Module) -> int:
    """How many numbers a module can learn."""
    return sum(p.numel() for p in module.parameters())
