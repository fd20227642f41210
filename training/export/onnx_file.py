"""From a trained network to one ONNX file by the contract of `docs/conventions.md`.

The light network's graph is written by hand (`training.export.light_onnx`), `resfcn256` is exported
by PyTorch. Either is compared with PyTorch's result before the file takes its name.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper
from torch.nn import functional

from prn_blender.core.files import write_bytes
from prn_blender.core.native import load_onnxruntime

from ..config import Config
from ..geometry import on_triangles, to_image
from ..graphs.mediapipe_networks import INPUT_SIDE
from ..head.head_model import HeadModel
from ..layout.openings import opened
from ..layout.texel_shape import TexelShape, load_texel_shape
from ..layout.uv_layout import LAYOUT_FILE
from ..network.build import build_network
from ..network.light import LightNetwork
from ..network.resfcn import RESFCN_SCALE, ResFcn256
from .light_onnx import CROP_SIDE, PIXEL_CENTRES, light_model

TOLERANCE = 3.0
"""Crop pixels by which PyTorch and onnxruntime may differ on pictures of noise. On noise the
aligners, whose weights are stored in bytes, move points by dozens of pixels; on faces the two
differ by 0.2 pixels at most and 0.04 on average."""


def export(config: Config) -> Path:
    """Write `position_map.onnx` and its UV layout into the output folder.

    Raises
    ------
    FileNotFoundError
        A step before this one has not been done.
    ValueError
        onnxruntime disagrees with PyTorch by more than `TOLERANCE`.
    """
    head = HeadModel.load(config.work / "head_model.npz")
    network = build_network(config, len(head.basis))
    weights = config.work / "run" / "checkpoint.pt"
    state = torch.load(weights, map_location="cpu", weights_only=True)
    network.load_state_dict(state["average"])
    network.eval()
    layout = config.work / LAYOUT_FILE
    data = layout.read_bytes()
    metadata = {
        "prn.name": "PRN Face default",
        "prn.license": "CC0-1.0; started from MediaPipe's face mesh, Apache-2.0",
        "prn.uv_layout": LAYOUT_FILE,
        "prn.uv_layout_sha256": hashlib.sha256(data).hexdigest(),
        "prn.crop_scale": "1.6",
        "prn.mirror": "1",
        "prn.steps": str(state["step"]),
        "prn.seed": str(config.seed),
    }
    coarse = np.random.default_rng(config.seed).uniform(0, 1, (2, 8, 8, 3))
    images: NDArray[np.float32] = coarse.repeat(32, 1).repeat(32, 2).astype(np.float32)
    path = config.output / "position_map.onnx"
    if isinstance(network, LightNetwork):
        shape = load_texel_shape(config, head)
        model = light_model(network, shape)
        wanted = torch_positions(network, images, shape)
        scale = float(CROP_SIDE)
        metadata["prn.expression_names"] = ",".join(head.expression_names)
    else:
        model = resfcn_model(network, path.with_suffix(".part"))
        with torch.no_grad():
            x = torch.from_numpy(images).permute(0, 3, 1, 2)
            scale = RESFCN_SCALE * CROP_SIDE
            wanted = scale * network(x).permute(0, 2, 3, 1).numpy()
    metadata["prn.position_scale"] = f"{scale:g}"
    off = float(np.abs(scale * run_model(model, images)[0] - wanted).max())
    if off > TOLERANCE:
        raise ValueError(f"the exported graph is {off:.2f} pixels off PyTorch's result")
    print(f"at most {off:.4f} pixels off PyTorch's result")
    write_model(model, metadata, path)
    write_bytes(config.output / LAYOUT_FILE, data)
    return path


def torch_positions(
    network: LightNetwork, images: NDArray[np.float32], shape: TexelShape
) -> NDArray[np.float32]:
    """Compute by PyTorch what the exported light network has to give.

    Parameters
    ----------
    network
    images : (N, 256, 256, 3)
        RGB, 0..1.
    shape
        Where coefficients put the texels.

    Returns
    -------
    (N, S, S, 3) float32
        Crop pixels, z towards the viewer.
    """
    with torch.no_grad():
        x = torch.from_numpy(images).permute(0, 3, 1, 2)
        x = functional.interpolate(x, size=(INPUT_SIDE,) * 2, mode="bilinear")
        c, m, shift = (v.numpy() for v in network(x))
    c = opened(c, shape.openings)
    vertices = to_image(shape.mean) + np.tensordot(c, to_image(shape.basis), 1)
    p = vertices @ m.transpose(0, 2, 1)
    p[..., :2] += shift[:, None] + PIXEL_CENTRES
    p[..., 2] *= -1
    size = shape.corners.shape[0]
    flat = on_triangles(p, shape.corners.reshape(-1, 3), shape.bary.reshape(-1, 3))
    return np.asarray(CROP_SIDE * flat.reshape(-1, size, size, 3), np.float32)


class _Contract(torch.nn.Module):
    """A network with channels last, as the contract has them."""

    def __init__(self, network: ResFcn256) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.network(image.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def resfcn_model(network: ResFcn256, path: Path) -> onnx.ModelProto:
    """Export PRNet's network by PyTorch, which writes to the file `path`."""
    torch.onnx.export(
        _Contract(network.eval()),
        (torch.zeros(1, CROP_SIDE, CROP_SIDE, 3),),
        str(path),
        input_names=["image"],
        output_names=["position_map"],
        dynamic_axes={"image": {0: "n"}, "position_map": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    return onnx.load(str(path))


def run_model(model: onnx.ModelProto, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Run a model by onnxruntime: all outputs for pictures (N, 256, 256, 3), RGB, 0..1."""
    session = load_onnxruntime().InferenceSession(model.SerializeToString())
    return list(session.run(None, {"image": images}))


def write_model(model: onnx.ModelProto, metadata: dict[str, str], path: Path) -> None:
    """Set the metadata, check the graph and write the file; an error leaves the old file."""
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    write_bytes(path, model.SerializeToString())
