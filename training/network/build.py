"""Builds the network that a configuration asks for."""

from __future__ import annotations

from ..config import Config
from ..graphs.mediapipe_networks import landmark_graph
from ..graphs.onnx_graph import read_trunk
from ..graphs.tflite_graph import Graph
from .light import LightNetwork, build_light
from .resfcn import ResFcn256

Network = LightNetwork | ResFcn256


def build_network(config: Config, coefficients: int) -> Network:
    """Build the network to train; `training.network.initial_weights` sets its weights.

    Parameters
    ----------
    config
    coefficients
        K + E of the head model.

    Raises
    ------
    ValueError
        `network.name` is none of the choices.
    """
    if config.network.name == "resfcn256":
        return ResFcn256()
    if config.network.name != "light":
        raise ValueError(
            f"network.name: expected light or resfcn256, found {config.network.name!r}"
        )
    return build_light(config.network, trunk_graph(config), coefficients)


def trunk_graph(config: Config) -> Graph:
    """Read the light network's trunk, with the weights that training starts from.

    Raises
    ------
    FileNotFoundError
        MediaPipe's network, or the earlier model to start from, is missing.
    ValueError
        `network.trunk` is none of the choices.
    """
    graph = landmark_graph()
    start = config.network.trunk
    if start.endswith(".onnx"):
        graph = read_trunk(config.work / start, graph)
    elif start not in ("mediapipe", "random"):
        raise ValueError(f"network.trunk: expected mediapipe, random or FILE.onnx, found {start!r}")
    return graph
