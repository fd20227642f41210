"""Samples: what they show, their labels, and how they are stored and drawn."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_parts import (
    WHY,
    random_labels,
    small_head,
)

from training.config import Config


def test_a_photo_shown_as_it_is_has_the_label_of_what_it_shows() -> None:
    torch = pytest.importorskip("torch", reason=WHY)
    from training.geometry import rotation, to_image
    from training.labels.fit import Fits
    from training.network.points import points_on
    from training.samples.backdrop import Photos
    from training.samples.generate import Generator

    head = small_head()
    x = np.array([[0.5, -1.0, 0.2, 0.0, 0.4]], np.float32)
    turn = rotation(0.2, -0.1, 0.15)[None].astype(np.float32)
    fits = Fits(x, np.array([80], np.float32), turn, np.array([[190, 200, 0]], np.float32))
    shape = to_image(head.mean) + np.tensordot(x[0], to_image(head.basis), 1)
    photo_points = fits.scale[0] * (shape @ turn[0].T) + fits.shift[0]
    marked = int(photo_points[:, 2].argmin())
    v, u = np.mgrid[:384, :384]
    away = (u - photo_points[marked, 0]) ** 2 + (v - photo_points[marked, 1]) ** 2
    photo = np.repeat(255 * np.exp(-away / 18)[..., None], 3, 2).astype(np.uint8)
    g = Generator.__new__(Generator)
    g.size, g.fits, g.photos = 192, fits, Photos([photo], np.empty(0, np.uint8))
    g.corners, g.bary = head.triangles[::40], np.full((len(head.triangles[::40]), 3), 1 / 3)
    g.degrader = lambda rng, picture: picture  # type: ignore[assignment]
    corner = np.full((1, 3), marked)
    at = points_on(head.mean, head.basis, 2, corner, np.array([[1.0, 0, 0]]), np.ones(1))
    row, column = np.mgrid[:192, :192]
    for seed in range(5):
        picture, label = g._plain(np.random.default_rng(seed), 0, x[0], shape)
        light = picture[..., 0].astype(float)
        seen = np.array([(light * column).sum(), (light * row).sum()]) / light.sum()
        told = at.from_labels(torch.from_numpy(label)[None])[0, 0, :2].numpy() * 192
        assert np.abs(seen - told).max() < 0.3


def test_a_mirrored_label_is_the_mirrored_head() -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.head.mirror import build_mirror
    from training.network.points import points_on
    from training.samples.sample_label import mirror_labels

    head = small_head()
    everywhere = np.repeat(np.arange(len(head.mean))[:, None], 3, 1)
    points = points_on(
        head.mean, head.basis, 2, everywhere, np.tile([1.0, 0, 0], (len(everywhere), 1)),
        np.ones(len(everywhere)),
    )  # fmt: skip
    labels = random_labels(head, 4)
    straight = points.from_labels(labels).numpy()
    mirrored = points.from_labels(mirror_labels(labels, build_mirror(head))).numpy()
    assert np.allclose(mirrored[..., 0], 1 - straight[:, head.mirror, 0], atol=1e-5)
    assert np.allclose(mirrored[..., 1:], straight[:, head.mirror, 1:], atol=1e-5)


def test_shards_are_shared_between_processes_and_taken_over_from_dead_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba", reason=WHY)
    from training.config import GenerateConfig
    from training.samples import shards as module

    class Drawn:
        def __init__(self, *_: Any) -> None:
            pass

        def batch(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
            return np.zeros((count, 2, 2, 3), np.uint8), rng.random((count, 3))

    monkeypatch.setattr(module, "Generator", Drawn)
    monkeypatch.setattr(module, "load_photos", lambda *_: None)
    config = Config(generate=GenerateConfig(samples=10, shard=3))
    nothing: Any = None

    def make() -> list[np.ndarray]:
        module.make_shards(config, nothing, nothing, nothing, nothing, tmp_path)
        assert not list(tmp_path.glob("claim_*"))
        return [np.load(tmp_path / f"labels_{k}.npy") for k in range(4)]

    first = make()
    assert [len(labels) for labels in first] == [3, 3, 3, 1]
    # Shard 1 was begun by a process that died, shard 2 is being made by one that lives.
    for k in (1, 2):
        (tmp_path / f"labels_{k}.npy").unlink()
        (tmp_path / f"claim_{k}").touch()
    long_ago = time.time() - module.LEFT_BEHIND - 1
    os.utime(tmp_path / "claim_1", (long_ago, long_ago))
    theirs = np.full((3, 3), 7.0)

    def finish() -> None:
        np.save(tmp_path / "labels_2.npy", theirs)
        (tmp_path / "claim_2").unlink()

    timer = threading.Timer(1.5, finish)
    timer.start()
    again = make()
    timer.join()
    assert np.array_equal(again[1], first[1])
    assert np.array_equal(again[2], theirs)


def test_turned_heads_are_drawn_as_often_as_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason=WHY)
    from training.geometry import rotation
    from training.samples import dataset as module

    monkeypatch.setattr(module, "VALIDATION", 5)
    turned = np.array([0.0] * 5 + [0.1] * 6 + [0.8] * 3 + [-1.4])
    labels = np.zeros((len(turned), 3 + 13))
    labels[:, 3:12] = [rotation(yaw, 0, 0.7).ravel() for yaw in turned]
    for balanced, shares in (
        (0.0, [0.6, 0.3, 0.1]),
        (1.0, [1 / 3] * 3),
        (0.5, [7 / 15, 19 / 60, 13 / 60]),
    ):
        chance = module.draw_probabilities(labels, 3, balanced)
        assert chance[:5].tolist() == [0] * 5  # kept back
        found = [chance[5:11].sum(), chance[11:14].sum(), chance[14]]
        assert found == pytest.approx(shares)
