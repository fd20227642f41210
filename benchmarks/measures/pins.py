"""What pins make of faces: `python -m benchmarks.measures.pins PHOTO... --heads 3`

Of each photo's largest face: the surface's roughness and its turned triangles, before and after
twenty drags at random places, each 5 % of the face's width in a random direction, and the time of
one of them. Then heads with the photo's skin are rendered: places of their faces are pinned to
where they truly are, and it is said how far other places, which have no pins, are from the truth.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prn_blender.core import Face, FaceReconstructor
from prn_blender.core.errors import PRNError
from prn_blender.core.face.adjust import Adjustment, Pin
from prn_blender.core.geometry.foldovers import Foldovers, in_canonical_frame
from prn_blender.core.head import bundled_head
from training.check.measures import roughness

from .rendered_heads import (
    places,
    random_expression,
    random_view,
    render,
    skin_of,
    true_map,
)

DRAGS = 20
SHARE = 0.05
"""Of the face's width: the length of a drag."""
PLACES = (40, 60, 80)
"""Places of a rendered head whose truth is known; half of them are pinned, and then the others."""
_MET = 0.5  # photo pixels
_SPREAD = 4.0
"""How many times as many texels they are chosen from, so that they lie apart."""
_OUTSIDE = ("left_ear", "right_ear", "neck", "mouth", "left_eye", "right_eye")
"""Parts in which no place is chosen: eyeballs and the mouth's inside are no skin."""


def random_drags(face: Face, rng: np.random.Generator) -> list[Pin]:
    """Pins at random places that the photo shows, each dragged as far in a random direction."""
    texels = rng.choice(np.flatnonzero(face.visibility), DRAGS, replace=False)
    step = SHARE * float(np.ptp(face.landmarks[:17, 0]))
    turns = rng.uniform(0, 2 * np.pi, DRAGS)
    ends = face.position_map.reshape(-1, 3)[texels, :2]
    ends = ends + step * np.stack([np.cos(turns), np.sin(turns)], 1)
    return [Pin(int(t), (float(x), float(y))) for t, (x, y) in zip(texels, ends, strict=True)]


@dataclass(frozen=True)
class Dragged:
    """What random drags do to a face.

    Attributes
    ----------
    before, after : float
        Roughness, parts per million, see `training.check.measures.roughness`.
    turned : int
        Triangles that were not turned over before and are now.
    missed : float
        Photo pixels: the 90th percentile of how far pins are from their places.
    seconds : float
        Of one solution, on this machine.
    """

    before: float
    after: float
    turned: int
    missed: float
    seconds: float


def drag(face: Face, rng: np.random.Generator, symmetric: bool = True) -> Dragged:
    """Drag a face about."""
    adjustment, pins = Adjustment(face), random_drags(face, rng)
    adjustment.solve(pins, symmetric)  # what each new pin needs is found
    began = time.perf_counter()
    position_map = adjustment.solve(pins, symmetric).position_map
    seconds = time.perf_counter() - began
    foldovers, mask = Foldovers(face.layout), face.layout.mask
    flipped = [
        set(foldovers.flipped(in_canonical_frame(p, face.pose).reshape(-1, 3)).tolist())
        for p in (face.position_map, position_map)
    ]
    texels = [pin.texel for pin in pins]
    away = position_map.reshape(-1, 3)[texels, :2] - np.array([pin.at for pin in pins])
    return Dragged(
        roughness(face.position_map, mask),
        roughness(position_map, mask),
        len(flipped[1] - flipped[0]),
        float(np.percentile(np.hypot(*away.T), 90)),
        seconds,
    )


@dataclass(frozen=True, eq=False)
class Known:
    """A reconstructed picture of a head, and the truth.

    Attributes
    ----------
    face : Face
    truth : (S, S, 3) float32
        Photo pixels; NaN where it is not known.
    """

    face: Face
    truth: np.ndarray


def known_heads(
    reconstructor: FaceReconstructor, photo: Face, count: int, rng: np.random.Generator
) -> Iterator[Known]:
    """Render heads under the skin of a photo, and reconstruct them."""
    model, skin = bundled_head(), skin_of(photo)
    for _ in range(count):
        identity = rng.normal(size=len(model.modes))
        expression, view = random_expression(rng, model.move_names), random_view(rng)
        picture = render(model, identity, expression, skin, photo.illumination, view, rng)
        _, points = places(model, identity, expression, view)
        try:
            face = reconstructor(picture, max_faces=1)[0]
        except PRNError:
            continue
        yield Known(face, true_map(model, points, face.layout))


def spread_places(known: Known, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) int: texels that the picture shows, far from each other, in random order."""
    face = known.face
    usable = face.visibility & np.isfinite(known.truth).all(-1)
    for part in _OUTSIDE:
        if part in face.layout.parts:
            usable &= ~face.layout.parts[part]
    texels = rng.permutation(np.flatnonzero(usable))[: int(_SPREAD * count)]
    where = face.layout.canonical.reshape(-1, 3)[texels]
    chosen, apart = [0], np.full(len(texels), np.inf)
    while len(chosen) < count:
        apart = np.minimum(apart, np.linalg.norm(where - where[chosen[-1]], axis=1))
        chosen.append(int(apart.argmax()))
    return rng.permutation(texels[chosen])


def left_out(
    known: Known, count: int, rng: np.random.Generator, symmetric: bool = True
) -> np.ndarray:
    """How far places without pins are from the truth, before and after others were pinned.

    Returns
    -------
    (5,) float64
        In the picture before and after, in space (each map moved in depth to the truth's) before
        and after: means in percent of the face's size. And the percentage of pins that are met.
    """
    face, texels = known.face, spread_places(known, count, rng)
    adjustment, truth = Adjustment(face), known.truth.reshape(-1, 3)
    result, met = np.empty((2, 2, count)), []
    result[0] = _apart(face.position_map, truth, texels)
    for pinned, others in ((slice(0, None, 2), slice(1, None, 2)),
                           (slice(1, None, 2), slice(0, None, 2))):  # fmt: skip
        pins = [Pin(int(t), (float(truth[t, 0]), float(truth[t, 1]))) for t in texels[pinned]]
        found = adjustment.solve(pins, symmetric).position_map
        result[1][:, others] = _apart(found, truth, texels[others])
        met += (_apart(found, truth, texels[pinned])[0] < _MET).tolist()
    means = result.mean(-1).T.ravel() * 100 / face.size
    return np.append(means, 100 * np.mean(met))


def _apart(position_map: np.ndarray, truth: np.ndarray, texels: np.ndarray) -> np.ndarray:
    """(2, n): distances from the truth in the picture and in space, photo pixels."""
    away = position_map.reshape(-1, 3) - truth
    away[:, 2] -= np.nanmedian(away[:, 2])
    away = away[texels]
    return np.stack([np.linalg.norm(away[:, :2], axis=1), np.linalg.norm(away, axis=1)])


def main() -> None:
    """Print two tables and what they come to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--heads", type=int, default=3, help="rendered with each photo's skin")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one-sided", action="store_true", help="not symmetric")
    options = parser.parse_args()
    symmetric = not options.one_sided
    reconstructor, rng = FaceReconstructor.load(), np.random.default_rng(options.seed)
    drags: list[list[float]] = []
    errors: dict[int, list[np.ndarray]] = {count: [] for count in PLACES}
    print("photo: roughness before, after; turned triangles; pins missed by, px; ms")
    for photo in options.photos:
        face = reconstructor(photo, max_faces=1)[0]
        found = drag(face, rng, symmetric)
        drags.append([*vars(found).values()])
        print(photo.name, *(f"{value:.2f}" for value in drags[-1]), flush=True)
        for known in known_heads(reconstructor, face, options.heads, rng):
            for count, found_errors in errors.items():
                found_errors.append(left_out(known, count, rng, symmetric))
    table = np.array(drags)
    print("mean", *(f"{value:.2f}" for value in table.mean(0)))
    print(f"roughest, times before: {(table[:, 1] / table[:, 0]).max():.3f}")
    for count, rows in errors.items():
        if rows:
            flat, flat_after, deep, deep_after, met = np.mean(rows, 0)
            print(
                f"{len(rows)} rendered heads, {count // 2} pins, {met:.1f} % met; places without, "
                f"% of the face's size: {flat:.2f}, {flat_after:.2f} after "
                f"({flat_after / flat:.2f} times); in space {deep:.2f}, {deep_after:.2f} after "
                f"({deep_after / deep:.2f} times)"
            )


if __name__ == "__main__":
    main()
