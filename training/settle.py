"""After training: the network goes part of the way back to where it started.

The longer a trunk is trained on rendered pictures the better it does on those, and from some point
on the worse on photos. Halfway between the weights it started from, which know photos, and the
trained ones it does better on photos than at either end; its last layers then learn anew what that
trunk's features mean, which takes minutes, since the features of all samples are computed once.

Source: M. Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .config import Config
from .head_model import HeadModel
from .loss import total_loss
from .networks import LightNetwork
from .points import Points
from .train import (
    VALIDATION,
    Samples,
    build_network,
    cosine,
    grouped,
    load_samples,
    loss_points,
    start,
    validate,
)

WARM_UP = 50
FEATURES_AT_ONCE = 100


def mixed(first: dict[str, Tensor], last: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights on the straight line from `first` (share 0) to `last` (share 1)."""

    def between(name: str, value: Tensor) -> Tensor:
        # The aligner did not come with the weights at the start: there is nothing to go back to.
        if name.startswith("aligner") or not value.is_floating_point():
            return value
        return torch.lerp(first[name], value, share)

    return {name: between(name, value) for name, value in last.items()}


def learn_head(network: LightNetwork, points: Points, samples: Samples, config: Config) -> None:
    """Train everything behind the trunk on the trunk's features of the first samples drawn."""
    s = config.settle
    rng = np.random.default_rng([config.seed, 23])
    index = rng.permutation(np.arange(VALIDATION, samples.labels.shape[1]))[: s.samples]
    features, labels = [], []
    maps: list[Tensor] = []
    with torch.no_grad():
        for i in range(0, len(index), FEATURES_AT_ONCE):
            part = index[i : i + FEATURES_AT_ONCE]
            x, y = samples.batch(part, np.arange(len(part)) % 2)
            seen, found = network.look(x.contiguous(memory_format=torch.channels_last))
            features.append(seen)
            labels.append(y)
            if not maps:  # whole at once: gigabytes that joining parts would take twice
                maps = [torch.empty((len(index), *m.shape[1:]), dtype=torch.half) for m in found]
            for store, m in zip(maps, found, strict=True):
                store[i : i + len(m)] = m
    f, y = torch.cat(features), torch.cat(labels)
    groups = grouped(network, {"head": s.lr_head, "aligner": s.lr_aligner})
    learning = [p for group in groups for p in group["params"]]
    optimiser = torch.optim.AdamW(groups, lr=s.lr_head, weight_decay=config.train.weight_decay)
    for step in range(s.steps):
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * cosine(step, s.steps, WARM_UP)
        chosen = torch.from_numpy(rng.integers(0, len(f), s.batch))
        answers = network.answers(f[chosen], [m[chosen].float() for m in maps])
        found, more = network.decoded(answers, points)
        wanted = points.from_labels(y[chosen])
        loss = total_loss(points, found, wanted, config.loss.openings)[0] + more
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, config.train.clip)
        optimiser.step()


def settle(config: Config) -> Path:
    """Mix the trained weights with those that training started from; learn the head anew.

    Returns
    -------
    Path
        The weights to export: `run/checkpoint.pt` where `settle.trained` is 1.

    Raises
    ------
    ValueError
        The network is not the light one, or the share is not within 0 to 1.
    """
    share = config.settle.trained
    checkpoint = config.work / "run" / "checkpoint.pt"
    if share == 1:
        return checkpoint
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.train.threads)
    head = HeadModel.load(config.work / "head_model.npz")
    network, front = build_network(config, len(head.basis))
    if not isinstance(network, LightNetwork) or not 0 <= share < 1:
        raise ValueError("settle.trained: expected 0 to 1, and the network `light`")
    samples = load_samples(config, head, front)
    points = loss_points(config, head)
    start(network, config, head, samples)
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network.load_state_dict(mixed(network.state_dict(), state["average"], share))
    network.to(memory_format=torch.channels_last)
    learn_head(network, points, samples, config)
    print(f"validation {validate(network, points, samples):.5f}")
    path = config.work / "run" / "settled.pt"
    torch.save({"average": network.state_dict(), "step": state["step"]}, path)
    return path
