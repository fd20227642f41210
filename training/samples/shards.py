"""Writes samples to disk in shards.

Several processes may share the work, and a run that was stopped goes on where it stopped.
`training.samples.dataset` reads the shards.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..config import Config
from ..head.head_model import HeadModel
from ..labels.fit import Fits
from .backdrop import CHUNK, load_photos
from .generate import Generator

LEFT_BEHIND = 300
"""Seconds without a sign of life after which the process that makes a shard counts as dead, and
another one makes the shard."""


def make_shards(
    config: Config,
    head: HeadModel,
    fits: Fits,
    names: NDArray[Any],
    groups: NDArray[Any],
    folder: Path,
) -> None:
    """Make all shards of samples that do not exist yet.

    Several processes may do this in one folder at the same time; each shard is made by one of them.

    Parameters
    ----------
    config
    head
    fits
        The head fitted to each photo.
    names : (N,) str
        Files of the photos.
    groups : (N,)
        Group of people that each photo belongs to.
    folder
        Receives `images_K.npy`, `labels_K.npy` and `shards.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    g = config.generate
    count = -(-g.samples // g.shard)

    def missing() -> list[int]:
        return [k for k in range(count) if not (folder / f"labels_{k}.npy").exists()]

    if not missing():
        return
    photos = load_photos(config, names, head, fits)
    generator = Generator(head, fits, photos, groups, g.size, g.plain)
    cv2.setNumThreads(1)
    while left := missing():
        mine = next((k for k in left if _claimed(folder / f"claim_{k}")), None)
        if mine is None:  # other processes are making the last ones
            time.sleep(1)
        elif not (folder / f"labels_{mine}.npy").exists():  # made by another since we looked
            _make_shard(generator, config, mine, folder)
        if mine is not None:
            (folder / f"claim_{mine}").unlink()
    (folder / "shards.json").write_text(json.dumps({"seed": config.seed, "size": g.size}))


def _claimed(claim: Path) -> bool:
    """Try to reserve a shard for this process, by creating its file `claim`."""
    try:
        claim.touch(exist_ok=False)
        return True
    except FileExistsError:
        pass
    try:
        if time.time() - claim.stat().st_mtime < LEFT_BEHIND:
            return False
        claim.touch()
        return True
    except FileNotFoundError:  # the other process has just finished it
        return False


def _make_shard(generator: Generator, config: Config, k: int, folder: Path) -> None:
    """Make shard k. Its random numbers depend on the seed and on k alone."""
    g = config.generate
    start = time.perf_counter()
    rng = np.random.default_rng([config.seed, 4711, k])
    cv2.setRNGSeed(config.seed * 1000 + k)
    count = min(g.shard, g.samples - k * g.shard)
    parts = []
    for i in range(0, count, CHUNK):
        parts.append(generator.batch(rng, min(CHUNK, count - i)))
        (folder / f"claim_{k}").touch()
    np.save(folder / f"images_{k}.npy", np.concatenate([p[0] for p in parts]))
    # Labels last: their presence says that the shard is complete.
    np.save(folder / f"labels_{k}.npy", np.concatenate([p[1] for p in parts]))
    spent = (time.perf_counter() - start) / count * 1e3
    print(f"shard {k}: {count} samples, {spent:.1f} ms each", flush=True)
