"""PRNet's network graph with random weights: the peer our network is timed against."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

from prn_blender.core.model.importer import resfcn


def random_weights() -> dict[str, np.ndarray]:
    """Weights under which activations neither vanish nor explode, see `resfcn.tensor_shapes`."""
    rng = np.random.default_rng(0)
    weights = {}
    for name, shape in resfcn.tensor_shapes().items():
        if name.endswith("weights"):
            weights[name] = rng.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape)
        elif name.endswith("variance"):
            weights[name] = rng.uniform(1, 3, shape)
        else:
            weights[name] = rng.normal(1 if name.endswith("gamma") else 0.5, 0.2, shape)
    return weights


def build() -> bytes:
    """The graph as the bytes of an .onnx file."""
    return resfcn.build(random_weights(), {})
