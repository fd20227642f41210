"""Makes the examples that identity is learnt from: renders of known heads, and their features.

Pictures are not kept: a render takes some 15 ms on one core, and the features some 20 more.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..config import Config
from ..head.head_model import HeadModel
from ..labels.fit import Fits
from ..population.population import Population
from ..samples.backdrop import load_photos
from ..samples.known_heads import KnownHead, KnownHeads, calm_expression
from .features import FrozenFeatures
from .readout import Examples

SHARD = 250
"""Photos whose renders are made, and written to disk, together."""


def chosen_photos(config: Config, count: int) -> NDArray[np.int64]:
    """The photos (of `count`) that lend their skin, in an order that depends on the seed alone."""
    k = config.known_heads
    order = np.random.default_rng(config.seed).permutation(count)
    return np.asarray(order[: -(-k.renders // k.each)])


def held_out(config: Config, photo: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which photos are kept for measures: no skin of theirs is learnt from."""
    return np.asarray(photo % config.known_heads.held == 0)


def known_heads_of(
    config: Config,
    head: HeadModel,
    fits: Fits,
    population: Population,
    names: NDArray[np.str_],
    photos: NDArray[np.int64],
) -> KnownHeads:
    """A renderer of known heads under the skins of some of the photos `names`."""
    calm = calm_expression(fits, len(head.identity), config.known_heads.calm)
    own = fits.chosen(photos)
    loaded = load_photos(config, names[photos], head, own)
    return KnownHeads(head, own, loaded, population, calm, config.known_heads)


def drawn_heads(
    renderer: KnownHeads, rng: np.random.Generator, i: int, count: int
) -> list[KnownHead]:
    """Renders of random people under the skin of the renderer's photo i."""
    return [
        renderer.render(
            rng,
            i,
            renderer.draw_person(rng),
            renderer.draw_expression(rng, i),
            renderer.draw_yaw(rng),
        )
        for _ in range(count)
    ]


def make_examples(
    config: Config,
    head: HeadModel,
    fits: Fits,
    population: Population,
    names: NDArray[np.str_],
    folder: Path,
) -> None:
    """Make those of the examples `examples_K.npz` in a folder that do not exist yet."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = chosen_photos(config, len(names))
    features = FrozenFeatures(config.output / "position_map.onnx")
    cv2.setNumThreads(1)
    for start in range(0, len(photos), SHARD):
        file = folder / f"examples_{start // SHARD}.npz"
        if file.exists():
            continue
        part = photos[start : start + SHARD]
        renderer = known_heads_of(config, head, fits, population, names, part)
        examples = _examples(config, renderer, features, part, start)
        examples.save(file)
        print(f"{file.name}: {len(examples.photo)} renders", flush=True)


def _examples(
    config: Config,
    renderer: KnownHeads,
    features: FrozenFeatures,
    photos: NDArray[np.int64],
    start: int,
) -> Examples:
    """Renders under the skins of some photos; random numbers depend on the seed and on `start`."""
    rng = np.random.default_rng([config.seed, 815, start])
    cv2.setRNGSeed(config.seed * 1000 + start)
    straight, mirrored, weights, yaws = [], [], [], []
    for i in range(len(photos)):
        heads = drawn_heads(renderer, rng, i, config.known_heads.each)
        images = np.stack([h.image for h in heads])
        straight.append(features(images).astype(np.float16))
        mirrored.append(features(np.ascontiguousarray(images[:, :, ::-1])).astype(np.float16))
        weights += [h.weights for h in heads]
        yaws += [h.yaw for h in heads]
    return Examples(
        np.concatenate(straight),
        np.concatenate(mirrored),
        np.array(weights, np.float32),
        np.repeat(photos, config.known_heads.each),
        np.array(yaws, np.float32),
    )
