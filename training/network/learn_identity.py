"""Trains the identity branch on renders of known heads.

The loss is the square error of the neutral face in millimetres, at the inner face; a small part of
it counts all modes alike, so that none is forgotten. What is exported is the moving average of the
weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..config import Config
from ..head.head_model import HeadModel
from ..identity.examples import SHARD, drawn_heads, held_out, known_heads_of
from ..identity.learn import inner_modes
from ..identity.readout import Readout
from ..labels.fit import Fits
from ..population.population import Population
from .identity_branch import IdentityBranch, SeenByTrunk

FILE = "identity_branch.pt"
READOUT_FILE = "branch_readout.npz"
"""In the work folder: the branch's weights, and its linear reading with the errors' precision."""
_WARM_UP = 100  # steps
_AVERAGE = 0.995  # decay of the moving average of weights
_CLIP = 20.0  # largest norm of the gradient
_TESTED = 1500  # held-out renders that are measured
_REPORT = 300  # steps


@dataclass(frozen=True)
class Seen:
    """N renders as the branch takes them; see `SeenByTrunk`. Half of them are mirrored."""

    maps: NDArray[np.float16]
    grid: NDArray[np.float16]
    answer: NDArray[np.float16]
    weights: NDArray[np.float32]
    photo: NDArray[np.int64]

    @classmethod
    def load(cls, files: list[Path]) -> Seen:
        """Read and join what `look` wrote."""
        parts = []
        for file in files:
            with np.load(file) as z:
                parts.append({name: z[name] for name in cls.__dataclass_fields__})
        return cls(**{k: np.concatenate([p[k] for p in parts]) for k in parts[0]})

    def batch(self, index: NDArray[Any]) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        """What the branch takes of some renders, and their weights."""
        index = np.sort(index)
        maps, grid, answer = (
            torch.from_numpy(v[index]).float() for v in (self.maps, self.grid, self.answer)
        )
        return (maps, grid, answer), torch.from_numpy(self.weights[index])


def look(
    config: Config,
    head: HeadModel,
    fits: Fits,
    population: Population,
    names: NDArray[np.str_],
    folder: Path,
) -> list[Path]:
    """Render known heads and keep what the trunk sees of them, in files that do not exist yet."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = SeenByTrunk(config.output / "position_map.onnx")
    known = replace(config.known_heads, degraded=config.branch.degraded)
    config = replace(config, known_heads=known)
    order = np.random.default_rng([config.seed, 5]).permutation(len(names))
    cv2.setNumThreads(1)
    files = []
    for start in range(0, len(order), SHARD):
        file = folder / f"seen_{start // SHARD}.npz"
        files.append(file)
        if file.exists():
            continue
        photos = order[start : start + SHARD]
        renderer = known_heads_of(config, head, fits, population, names, photos)
        rng = np.random.default_rng([config.seed, 77, start])
        cv2.setRNGSeed(config.seed * 1000 + start)
        parts: list[tuple[NDArray[Any], ...]] = []
        for i in range(len(photos)):
            heads = drawn_heads(renderer, rng, i, config.branch.each)
            images = np.stack([h.image for h in heads])
            weights = np.array([h.weights for h in heads], np.float32)
            mirrored = rng.random(len(heads)) < 0.5
            images[mirrored] = images[mirrored][:, :, ::-1]
            weights[mirrored] *= population.sign.astype(np.float32)
            parts.append((*(v.astype(np.float16) for v in seen(images)), weights))
        maps, grid, answer, weights = (np.concatenate(p) for p in zip(*parts, strict=True))
        photo = np.repeat(photos, config.branch.each)
        np.savez(file, maps=maps, grid=grid, answer=answer, weights=weights, photo=photo)
        print(f"{file.name}: {len(photo)} renders", flush=True)
    return files


def learn_branch(config: Config, names: NDArray[np.str_]) -> Path:
    """Make what is missing of the renders, train, print figures on held-out skins.

    Returns
    -------
    Path
        The file with the branch's weights; `READOUT_FILE` lies beside it.
    """
    work, settings = config.work, config.branch
    head = HeadModel.load(work / "head_model.npz")
    population = Population.load(work / "population.npz")
    fits = Fits.load(work / "fits.npz")
    seen = Seen.load(look(config, head, fits, population, names, work / "branch"))
    kept = held_out(config, seen.photo)
    learnt_from, held = np.flatnonzero(~kept), np.flatnonzero(kept)[:_TESTED]
    modes = inner_modes(head, population)
    metric = _metric(modes)
    torch.manual_seed(config.seed)
    readout = Readout.load(work / "readout.npz")
    branch = IdentityBranch(config.output / "position_map.onnx", readout, settings.dropout)
    linear = list(branch.linear.parameters())
    own = [p for name, p in branch.named_parameters() if not name.startswith("linear")]
    rates = (settings.lr, settings.lr_linear)
    optimizer = torch.optim.AdamW(
        [{"params": own, "lr": rates[0]}, {"params": linear, "lr": rates[1]}], weight_decay=1e-4
    )
    mean = {k: v.clone() for k, v in branch.state_dict().items()}
    print(json.dumps(_figures(branch, mean, seen, held, metric)), flush=True)
    for step, index in enumerate(_batches(config, learnt_from)):
        share = min(1.0, (step + 1) / _WARM_UP)
        share *= 0.5 * (1 + np.cos(np.pi * step / settings.steps)) + 0.01
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        inputs, weights = seen.batch(index)
        error = branch(*inputs) - weights
        loss = ((error @ metric) * error).sum(1).mean()
        loss = loss + settings.whitened * (error**2).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(branch.parameters(), _CLIP)
        optimizer.step()
        with torch.no_grad():
            for name, value in branch.state_dict().items():
                mean[name].lerp_(value, 1 - _AVERAGE)
        if (step + 1) % _REPORT == 0:
            print(step + 1, json.dumps(_figures(branch, mean, seen, held, metric)), flush=True)
    told = _told(branch, mean, seen, held)
    error = (seen.weights[held] - told).astype(np.float64)
    covariance = error.T @ error / len(error)
    least = config.readout.least * np.eye(len(covariance))
    path = work / FILE
    torch.save(mean, path)
    matrix, bias = (mean[f"linear.{k}"].numpy() for k in ("weight", "bias"))
    precision = np.linalg.inv(covariance + least).astype(np.float32)
    Readout(matrix.T, bias, readout.sign, precision).save(work / READOUT_FILE)
    return path


def _metric(modes: NDArray[Any]) -> Tensor:
    """(K, K): square millimetres a point of differences of weights."""
    flat = modes.reshape(len(modes), -1)
    return torch.from_numpy(flat @ flat.T / modes.shape[1]).float()


def _batches(config: Config, examples: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """As many batches as there are steps; every example once before any comes again."""
    rng = np.random.default_rng([config.seed, 11])
    size, made = config.branch.batch, 0
    while made < config.branch.steps:
        order = rng.permutation(examples)
        for start in range(0, len(order) - size + 1, size):
            if made == config.branch.steps:
                return
            made += 1
            yield order[start : start + size]


def _told(
    branch: IdentityBranch, mean: dict[str, Tensor], seen: Seen, held: NDArray[np.int64]
) -> NDArray[np.float32]:
    """What the averaged weights tell of some renders: (N, K)."""
    now = {k: v.clone() for k, v in branch.state_dict().items()}
    branch.load_state_dict(mean)
    branch.eval()
    with torch.no_grad():
        told = [branch(*seen.batch(held[k : k + 100])[0]).numpy() for k in range(0, len(held), 100)]
    branch.train()
    branch.load_state_dict(now)
    return np.concatenate(told)


def _figures(
    branch: IdentityBranch,
    mean: dict[str, Tensor],
    seen: Seen,
    held: NDArray[np.int64],
    metric: Tensor,
) -> dict[str, float]:
    """How well held-out heads are told: explained variance, r, slope."""
    told, true, m = _told(branch, mean, seen, held), seen.weights[held], metric.numpy()

    def dot(a: NDArray[Any], b: NDArray[Any]) -> float:
        return float(((a @ m) * b).sum())

    error, all_of_it = told - true, dot(true, true)
    return {
        "explained": 1 - dot(error, error) / all_of_it,
        "r": dot(told, true) / float(np.sqrt(dot(told, told) * all_of_it)),
        "slope": dot(told, true) / all_of_it,
    }
