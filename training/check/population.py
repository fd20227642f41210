"""Sets of heads and photos on which likeness is measured where the truth is known.

All are drawn by a fixed seed from the population and from the photos that are kept out of learning
(`known_heads.held`), so a later model is measured on the very same ones:

- `HEADS` people, each under the skin of one photo;
- `PAIRS` photos that lend their skin to two people each: a network that goes by the skin tells them
  as one;
- `CALM` photos of calm faces, by name: the sum of their expression values should be small.

They are drawn before anything is learnt; nothing may be chosen by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prn_blender.core.errors import PRNError
from prn_blender.core.face.reconstruct import FaceReconstructor
from prn_blender.core.head.face_shape import bundled_shape
from prn_blender.core.photo.photo import Photo

from ..config import Config
from ..head.head_model import HeadModel
from ..identity.examples import held_out, known_heads_of
from ..labels.fit import Fits
from ..population.population import Population
from ..samples.known_heads import KnownHead, KnownHeads
from .neutral_shapes import NeutralShapes, slopes

SEED = 20261129
HEADS, PAIRS, CALM = 100, 50, 50
_AHEAD = 0.3  # radians, standard deviation of the turn of heads
# A photo is calm if the label's expressions that show most are below this together.
_LOUD = ("mouthSmile", "jawOpen", "mouthUpperUp", "mouthLowerDown", "mouthStretch", "mouthFunnel")


@dataclass(frozen=True)
class Draw:
    """What is measured on.

    Attributes
    ----------
    photos : (HEADS,) int64
        Photo that lends its skin to each person.
    people : (HEADS, K) float64
        Weights of the population's modes.
    pair_photos : (PAIRS,) int64, pairs : (PAIRS, 2, K) float64
    calm : (CALM,) int64
        Photos.
    """

    photos: NDArray[np.int64]
    people: NDArray[np.float64]
    pair_photos: NDArray[np.int64]
    pairs: NDArray[np.float64]
    calm: NDArray[np.int64]


def draw(config: Config, head: HeadModel, fits: Fits, modes: int) -> Draw:
    """Draw the sets; they depend on `SEED`, the fits and the number of modes alone."""
    rng = np.random.default_rng(SEED)
    count = len(fits.scale)
    order = rng.permutation(count)
    order = order[held_out(config, order)]
    people = rng.normal(0, 1, (HEADS, modes))
    pairs = rng.normal(0, 1, (PAIRS, 2, modes))
    k = len(head.identity)
    loud = [
        k + i
        for i, name in enumerate(head.expression_names)
        if any(name.startswith(word) for word in _LOUD)
    ]
    rest = order[HEADS + PAIRS :]
    calm = rest[np.argsort(fits.coefficients[rest][:, loud].sum(1), kind="stable")[:CALM]]
    return Draw(order[:HEADS], people, order[HEADS : HEADS + PAIRS], pairs, calm)


def measure_population(config: Config) -> dict[str, Any]:
    """Measure the exported model on what `draw` gives, by this program's own renderer.

    Returns
    -------
    dict
        `heads`: median distance in mm and identity r of neutral shapes; `pairs`: slope and, in
        depth alone, `depth_slope` of the difference found over the true one; `calm`: median sum of
        expression values.

    Raises
    ------
    FileNotFoundError
        A step before this one has not been done.
    ValueError
        The model tells no identity.
    """
    head = HeadModel.load(config.work / "head_model.npz")
    fits = Fits.load(config.work / "fits.npz")
    population = Population.load(config.work / "population.npz")
    with np.load(config.shared / "data" / "generated_faces_mediapipe.npz") as z:
        names = z["name"]
    drawn = draw(config, head, fits, len(population.modes))
    reconstructor = FaceReconstructor.load(config.output / "position_map.onnx")
    shape = bundled_shape(reconstructor.layout)
    if shape is None:
        raise ValueError("the model tells no identity")
    shapes = NeutralShapes(shape)
    renderer = known_heads_of(config, head, fits, population, names, drawn.photos)
    rng = np.random.default_rng([SEED, 1])
    truth, found = [], []
    for i, weights in enumerate(drawn.people):
        seen = _told(reconstructor, shapes, _picture(renderer, rng, i, weights))
        if seen is not None:
            truth.append(shapes.true(weights))
            found.append(seen)
    result: dict[str, Any] = {"heads": shapes.compare(np.array(truth), np.array(found))}
    renderer = known_heads_of(config, head, fits, population, names, drawn.pair_photos)
    rng = np.random.default_rng([SEED, 2])
    apart, told = [], []
    for i, both in enumerate(drawn.pairs):
        pictures = [_picture(renderer, rng, i, weights) for weights in both]
        one, other = (_told(reconstructor, shapes, picture) for picture in pictures)
        if one is not None and other is not None:
            apart.append(shapes.true(both[1]) - shapes.true(both[0]))
            told.append(other - one)
    result["pairs"] = slopes(np.array(apart), np.array(told))
    folder = config.shared / "data" / "generated_faces"
    sums = [
        sum(reconstructor(folder / str(names[k]), max_faces=1)[0].expression.values())
        for k in drawn.calm
    ]
    result["calm"] = float(np.median(sums))
    return result


def _picture(
    renderer: KnownHeads, rng: np.random.Generator, i: int, weights: NDArray[np.float64]
) -> KnownHead:
    """A person under the skin of the renderer's photo i, turned a little."""
    yaw = float(np.clip(rng.normal(0, _AHEAD), -2 * _AHEAD, 2 * _AHEAD))
    return renderer.render(rng, i, weights, renderer.draw_expression(rng, i), yaw)


def _told(
    reconstructor: FaceReconstructor, shapes: NeutralShapes, known: KnownHead
) -> NDArray[np.float64] | None:
    """The neutral shape that a model tells from a picture; None where it sees no face."""
    low, high = known.points.min(0), known.points.max(0)
    try:
        (face,) = reconstructor(Photo(known.image), [(*low, *high)])
    except PRNError:
        return None
    return shapes.told(face)
