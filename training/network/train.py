"""The trainer: AdamW with a cosine schedule and an exponential moving average of the weights.

What decides a step (learning rate, which samples) depends on the step's number and the seed alone,
so a run may be stopped and resumed at will and gives the same weights on the same machine. It runs
on a CPU or with CUDA.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..config import Config
from ..head.head_model import HeadModel
from ..samples.dataset import Samples, draw, draw_probabilities, load_samples
from .build import Network, build_network
from .initial_weights import initialise
from .light import LightNetwork
from .loss import point_loss, total_loss
from .points import Points, loss_points


def cosine(step: int, steps: int, warmup: int) -> float:
    """Factor on the learning rates at a step: linear warm-up, then half a cosine down to 0.3 %."""
    warm = min(1.0, (step + 1) / warmup)
    return float(warm * (0.5 * (1 + np.cos(np.pi * min(1.0, step / steps))) + 0.003))


def pick_device(name: str) -> torch.device:
    """The device of `train.device`; `auto` takes CUDA where there is any."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def validate(network: Network, points: Points, samples: Samples) -> float:
    """Mean `point_loss` of the last prediction over the validation samples, crop sides."""
    network.eval()
    losses = []
    with torch.no_grad():
        for x, y in samples.validation():
            found, _ = network.predict(x, points)
            losses.append(float(point_loss(points.weight, found[-1], points.from_labels(y))))
    network.train()
    return float(np.mean(losses))


def plot_curve(log: list[dict[str, float]], path: Path) -> None:
    """Draw the losses of a run as a picture."""
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


def parameter_groups(
    network: Network, rates: dict[str, float], frozen_ops: int = 0
) -> list[dict[str, Any]]:
    """Group the parameters by learning rate, and freeze those that are not to be trained.

    Parameters
    ----------
    network
    rates
        Learning rates by name: `trunk`, `aligners`, and `head` for all others. Where it is 0, the
        parameters are frozen.
    frozen_ops
        The trunk's first operations, so many, are frozen too.

    Returns
    -------
    list of dict
        `params` and `base`, the learning rate, as PyTorch's optimisers take them.
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
    """Train, or go on where an earlier run stopped.

    The work folder's `run` receives `checkpoint.pt`, `log.json` and `curve.png`.

    Parameters
    ----------
    config
        With `train.steps = 0`, a network that starts from an earlier model is only converted to
        the present head; that needs no samples.
    stop_after
        Seconds after which to stop at the next checkpoint; the schedule does not change.

    Returns
    -------
    Path
        The checkpoint.

    Raises
    ------
    FileNotFoundError
        A step before this one has not been done.
    ValueError
        A setting is none of the choices.
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
        initialise(network, config, head, samples)
    network = network.to(device, memory_format=torch.channels_last)
    average = {k: v.clone() for k, v in network.state_dict().items()}
    rates = {"trunk": t.lr_trunk, "head": t.lr_head, "aligners": t.lr_aligner}
    groups = parameter_groups(network, rates, config.network.frozen_ops)
    optimiser = torch.optim.AdamW(groups, lr=t.lr_head, weight_decay=t.weight_decay)
    if state is not None:
        optimiser.load_state_dict(state["optimiser"])
        average = {k: v.to(device) for k, v in state["average"].items()}
    half = device.type == "cuda"
    began, recent = time.perf_counter(), []

    def save(step: int) -> None:
        """Write the checkpoint: last, and renamed at once, so that a kill leaves the old one."""
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
    cumulative = np.cumsum(draw_probabilities(samples.labels[0], len(head.basis), t.balanced))
    points = loss_points(config, head).to(device)
    for step in range(first, t.steps):
        factor = cosine(step, t.steps, t.warmup)
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * factor
        x, y = samples.batch(*draw(step, cumulative, config))
        x = x.to(device, non_blocking=True).contiguous(memory_format=torch.channels_last)
        y = y.to(device, non_blocking=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            predictions, more = network.predict(x, points)
        wanted = points.from_labels(y)
        loss, distance = total_loss(points, predictions, wanted, config.loss.openings)
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
