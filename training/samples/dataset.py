"""Reads samples for training: in batches, mirrored at random, balanced by how far heads turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..config import Config
from ..head.head_model import HeadModel
from ..head.mirror import build_mirror
from .sample_label import mirror_labels

VALIDATION = 2000
"""The first samples are kept back for validation."""
TURNED = (30, 60)
"""Degrees at which heads are divided into three groups, as the field's tables do."""

Floats = NDArray[np.float64]


@dataclass
class Samples:
    """N samples in shards. Pictures stay on disk and are read as they are drawn.

    Attributes
    ----------
    images : list of (n, S, S, 3) uint8 RGB
        Of each shard.
    labels : (2, N, L) float32
        As generated, and those of the mirrored pictures.
    starts : (number of shards,) int64
        Index of the first sample of each shard.
    """

    images: list[NDArray[np.uint8]]
    labels: NDArray[np.float32]
    starts: NDArray[np.int64]

    def batch(
        self, index: NDArray[np.int64], side: NDArray[np.int64]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Read samples.

        Parameters
        ----------
        index : (n,)
        side : (n,)
            1 where a sample is to be mirrored, else 0.

        Returns
        -------
        pictures : (n, 3, S, S) float32
            0..1.
        labels : (n, L) float32
        """
        shard = np.searchsorted(self.starts, index, side="right") - 1
        rows = []
        for i, s, k in zip(index - self.starts[shard], side, shard, strict=True):
            picture = self.images[k][i]
            picture = picture[:, ::-1] if s else picture
            rows.append(picture.transpose(2, 0, 1).astype(np.float32) / 255)
        return torch.from_numpy(np.stack(rows)), torch.from_numpy(self.labels[side, index])

    def validation(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches of every fourth sample that is kept back, as generated."""
        for i in range(0, VALIDATION, 256):
            index = np.arange(i, min(i + 256, VALIDATION), 4)
            yield self.batch(index, np.zeros(len(index), np.int64))

    def random_index(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Draw `count` of the samples that are not kept back, all equally likely."""
        return rng.integers(VALIDATION, self.labels.shape[1], count)


def load_samples(config: Config, head: HeadModel) -> Samples:
    """Open the shards that the step `generate` wrote to the work folder.

    Raises
    ------
    FileNotFoundError
        There are none.
    """
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


def draw_probabilities(labels: NDArray[np.floating], coefficients: int, balanced: float) -> Floats:
    """Probability of each sample to be drawn.

    Parameters
    ----------
    labels : (N, L)
    coefficients
        K + E.
    balanced
        See `TrainConfig.balanced`.

    Returns
    -------
    (N,) float64
        Adds up to one; 0 for the samples kept back.
    """
    # The last entry of the rotation matrix: cosine of the angle between face and camera axis.
    turned = np.degrees(np.arccos(np.clip(labels[:, coefficients + 8], -1, 1)))
    third = np.digitize(turned, TURNED)
    free = np.arange(len(labels)) >= VALIDATION
    count = np.bincount(third[free], minlength=len(TURNED) + 1)
    share = (1 - balanced) / free.sum() + balanced / (np.count_nonzero(count) * count[third])
    return np.where(free, share, 0)


def draw(
    step: int, cumulative: Floats, config: Config
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw the samples of a training step.

    Parameters
    ----------
    step
        Decides, with the seed, what is drawn.
    cumulative : (N,)
        Cumulative sum of `draw_probabilities`.
    config

    Returns
    -------
    index : (batch,), side : (batch,)
        As `Samples.batch` takes them.
    """
    rng = np.random.default_rng([config.seed, 17, step])
    n = config.train.batch
    at = rng.random(n) * cumulative[-1]
    return np.searchsorted(cumulative, at, side="right"), rng.integers(0, 2, n)
