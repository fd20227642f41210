"""Trains a network: resumable, deterministic by seed on one machine, CPU or CUDA.

Everything that decides a step (learning rate, which samples) is a function of the step's number
and the seed, never of the clock, so that a run may be paused, killed and resumed at will.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..config import Config
from ..graphs.mediapipe_networks import landmark_graph
from ..graphs.onnx_graph import read_trunk
from ..graphs.tflite_graph import Graph
from ..head.head_model import HeadModel
from ..head.mirror import build_mirror
from ..labels.correspondence import Correspondence
from ..layout.texel_shape import load_shape
from ..layout.uv_layout import smooth_chart
from ..samples.sample_label import mirror_labels
from .light import LightNetwork, build_light, ridge_start
from .loss import point_loss, total_loss
from .points import Points, align_points, points_on, scattered_points
from .resfcn import ResFcn256
from .warm_start import adopt

Network = LightNetwork | ResFcn256

VALIDATION = 2000
"""The first samples are not trained on."""
RIDGE_SAMPLES = 12000
TURNED = (30, 60)
"""Degrees that part heads into thirds, as the field's tables do."""

Floats = NDArray[np.float64]


@dataclass
class Samples:
    """Pictures and labels; pictures stay on disk and are read as they are drawn.

    Attributes
    ----------
    images : list of (n, S, S, 3) uint8 RGB
        Per shard.
    labels : (2, N, L) float32
        As generated, and mirrored.
    starts : (number of shards,)
        The first sample of each.
    """

    images: list[NDArray[np.uint8]]
    labels: NDArray[np.float32]
    starts: NDArray[np.int64]

    def batch(
        self, index: NDArray[np.int64], side: NDArray[np.int64]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures (n, 3, S, S) and labels of samples `index`, mirrored where `side` is 1."""
        shard = np.searchsorted(self.starts, index, side="right") - 1
        rows = []
        for i, s, k in zip(index - self.starts[shard], side, shard, strict=True):
            picture = self.images[k][i]
            picture = picture[:, ::-1] if s else picture
            rows.append(picture.transpose(2, 0, 1).astype(np.float32) / 255)
        return torch.from_numpy(np.stack(rows)), torch.from_numpy(self.labels[side, index])


def load_samples(config: Config, head: HeadModel) -> Samples:
    """Open the shards."""
    folder = config.work / "samples"
    files = sorted(folder.glob("labels_*.npy"), key=lambda p: int(p.stem.split("_")[1]))
    if not files:
        raise FileNotFoundError(f"no samples in {folder}: run the step `generate` first")
    labels = np.concatenate([np.load(f) for f in files])
    starts = np.cumsum([0, *(len(np.load(f, mmap_mode="r")) for f in files)])
    mirrored = mirror_labels(torch.from_numpy(labels), build_mirror(head)).numpy()
    names = [f.with_name(f.name.replace("labels", "images")) for f in files]
    images = [np.load(f, mmap_mode="r") for f in names]
    return Samples(images, np.stack([labels, mirrored]), starts[:-1])


def cosine(step: int, steps: int, warmup: int) -> float:
    """Factor on the learning rates: warm-up, then half a cosine down to 0.3 %."""
    warm = min(1.0, (step + 1) / warmup)
    return float(warm * (0.5 * (1 + np.cos(np.pi * min(1.0, step / steps))) + 0.003))


def chances(labels: NDArray[np.floating], coefficients: int, balanced: float) -> Floats:
    """How likely each sample is to be drawn.

    Parameters
    ----------
    labels : (N, L)
        As `training.samples.generate` writes them.
    coefficients : int
    balanced : float
        See `TrainConfig.balanced`.

    Returns
    -------
    (N,) float64
        Adds up to one; 0 for those kept back.
    """
    # The last entry of the rotation: how much the face looks along the camera's axis.
    turned = np.degrees(np.arccos(np.clip(labels[:, coefficients + 8], -1, 1)))
    third = np.digitize(turned, TURNED)
    free = np.arange(len(labels)) >= VALIDATION
    count = np.bincount(third[free], minlength=len(TURNED) + 1)
    share = (1 - balanced) / free.sum() + balanced / (np.count_nonzero(count) * count[third])
    return np.where(free, share, 0)


def drawn(
    step: int, chance_until: Floats, config: Config
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which samples a step uses, and which of them mirrored; `chance_until` is cumulative."""
    rng = np.random.default_rng([config.seed, 17, step])
    n = config.train.batch
    at = rng.random(n) * chance_until[-1]
    return np.searchsorted(chance_until, at, side="right"), rng.integers(0, 2, n)


def pick_device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def trunk_graph(config: Config) -> Graph:
    """The trunk with the weights that training starts from."""
    graph = landmark_graph()
    start = config.network.trunk
    if start.endswith(".onnx"):
        graph = read_trunk(config.work / start, graph)
    elif start not in ("mediapipe", "random"):
        raise ValueError(f"network.trunk: expected mediapipe, random or FILE.onnx, found {start!r}")
    return graph


def build_network(config: Config, coefficients: int) -> Network:
    """The network to train."""
    if config.network.name == "resfcn256":
        return ResFcn256()
    if config.network.name != "light":
        raise ValueError(
            f"network.name: expected light or resfcn256, found {config.network.name!r}"
        )
    return build_light(config.network, trunk_graph(config), coefficients)


def loss_points(config: Config, head: HeadModel) -> Points:
    """Where the loss looks: see `training.network.loss`."""
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


def validate(network: Network, points: Points, samples: Samples) -> float:
    """Mean loss over the samples kept back (every fourth of them), crop sides."""
    network.eval()
    losses = []
    with torch.no_grad():
        for i in range(0, VALIDATION, 256):
            index = np.arange(i, min(i + 256, VALIDATION), 4)
            x, y = samples.batch(index, np.zeros(len(index), np.int64))
            found, _ = network.predict(x, points)
            losses.append(float(point_loss(points.weight, found[-1], points.from_labels(y))))
    network.train()
    return float(np.mean(losses))


def plot_curve(log: list[dict[str, float]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    axes.plot([r["step"] for r in log], [r["loss"] for r in log], label="training")
    checked = [r for r in log if "validation" in r]
    axes.plot([r["step"] for r in checked], [r["validation"] for r in checked], label="kept back")
    axes.set_yscale("log")
    axes.set_xlabel("step")
    axes.set_ylabel("loss (crop sides)")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


def start(network: Network, config: Config, head: HeadModel, samples: Samples | None) -> None:
    """The weights that training begins with, as far as the trunk does not bring them."""
    if not isinstance(network, LightNetwork):
        return
    if len(network.aligners):
        correspondence = Correspondence.load(config.work / "correspondence.npz")
        at = align_points(head, correspondence, config.network.align_points)
        for aligner in network.aligners:
            aligner.place(at.mean, at.basis)
    if config.network.trunk.endswith(".onnx"):
        off = adopt(network, config.work / config.network.trunk, load_shape(config, head))
        print(f"started from {config.network.trunk}; heads differ by {off:.5f}", flush=True)
        return
    if samples is None:
        raise ValueError("train.steps: 0 steps only make sense from network.trunk = FILE.onnx")
    count = samples.labels.shape[1]
    index = np.random.default_rng([config.seed, 5]).integers(VALIDATION, count, RIDGE_SAMPLES)
    parts = [index[i : i + 200] for i in range(0, len(index), 200)]
    explained = ridge_start(network, (samples.batch(k, np.arange(len(k)) % 2) for k in parts))
    print(f"least squares explain {explained:.3f} of the labels", flush=True)


def grouped(network: Network, rates: dict[str, float], frozen_ops: int = 0) -> list[dict[str, Any]]:
    """Parameters by their learning rate (`base`): `trunk`, `aligners` and, all others, `head`.

    Those with a rate of 0 are frozen and in no group, and so are those of the trunk's first
    `frozen_ops` operations.
    """
    front = network.trunk.of_first(frozen_ops) if isinstance(network, LightNetwork) else set()
    parts: dict[str, list[torch.nn.Parameter]] = {part: [] for part in rates}
    for name, value in network.named_parameters():
        first = name.split(".")[0]
        part = first if first in ("trunk", "aligners") else "head"
        value.requires_grad_(rates[part] > 0 and name.removeprefix("trunk.") not in front)
        if value.requires_grad:
            parts[part].append(value)
    return [{"params": values, "base": rates[part]} for part, values in parts.items() if values]


def train(config: Config, stop_after: float | None = None) -> Path:
    """Train, or go on training.

    Parameters
    ----------
    config
        With no steps at all, a network that starts from a whole model is only brought onto the
        present head; no samples are needed for that.
    stop_after
        Seconds after which to stop at the next checkpoint (the schedule does not change).

    Returns
    -------
    Path
        The checkpoint.
    """
    t = config.train
    torch.manual_seed(config.seed)
    torch.set_num_threads(t.threads)
    device = pick_device(t.device)
    head = HeadModel.load(config.work / "head_model.npz")
    network = build_network(config, len(head.basis))
    samples = load_samples(config, head) if t.steps else None
    folder = config.work / "run"
    folder.mkdir(exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    log: list[dict[str, float]] = []
    first = 0
    state: dict[str, Any] | None = None
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        network.load_state_dict(state["network"])
        first = int(state["step"])
        log = json.loads((folder / "log.json").read_text())[: int(state["logged"])]
    else:
        start(network, config, head, samples)
    network = network.to(device, memory_format=torch.channels_last)
    average = {k: v.clone() for k, v in network.state_dict().items()}
    rates = {"trunk": t.lr_trunk, "head": t.lr_head, "aligners": t.lr_aligner}
    groups = grouped(network, rates, config.network.frozen_ops)
    optimiser = torch.optim.AdamW(groups, lr=t.lr_head, weight_decay=t.weight_decay)
    if state is not None:
        optimiser.load_state_dict(state["optimiser"])
        average = {k: v.to(device) for k, v in state["average"].items()}
    half = device.type == "cuda"
    began, recent = time.perf_counter(), []

    def save(step: int) -> None:
        part = checkpoint.with_suffix(".part")
        torch.save(
            {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "average": average,
                "step": step,
                "logged": len(log),
            },
            part,
        )
        (folder / "log.json").write_text(json.dumps(log))
        if log:
            plot_curve(log, folder / "curve.png")
        part.replace(checkpoint)

    if samples is None:
        save(0)
        return checkpoint
    chance_until = np.cumsum(chances(samples.labels[0], len(head.basis), t.balanced))
    points = loss_points(config, head).to(device)
    for step in range(first, t.steps):
        factor = cosine(step, t.steps, t.warmup)
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * factor
        x, y = samples.batch(*drawn(step, chance_until, config))
        x = x.to(device, non_blocking=True).contiguous(memory_format=torch.channels_last)
        y = y.to(device, non_blocking=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            found, more = network.predict(x, points)
        loss, distance = total_loss(points, found, points.from_labels(y), config.loss.openings)
        loss = loss + more
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), t.clip)
        optimiser.step()
        decay = min(t.ema, (step + 1) / (step + 10))
        with torch.no_grad():
            for k, v in network.state_dict().items():
                if v.is_floating_point():
                    average[k].lerp_(v, 1 - decay)
                else:  # batch norm counts its batches
                    average[k].copy_(v)
        recent.append(float(distance.detach()))
        if (step + 1) % t.log_every == 0:
            row = {"step": step + 1, "loss": float(np.mean(recent))}
            recent.clear()
            rate = (step + 1 - first) * t.batch / (time.perf_counter() - began)
            if (step + 1) % t.checkpoint_every == 0 or step + 1 == t.steps:
                now = {k: v.clone() for k, v in network.state_dict().items()}
                network.load_state_dict(average)
                row["validation"] = validate(network.cpu(), points.to(torch.device("cpu")), samples)
                network.load_state_dict(now)
                network.to(device)
            log.append(row)
            print(json.dumps(row), f"{rate:.0f}/s", flush=True)
        if (step + 1) % t.checkpoint_every == 0 or step + 1 == t.steps:
            save(step + 1)
            if stop_after is not None and time.perf_counter() - began > stop_after:
                break
    return checkpoint
