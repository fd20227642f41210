"""`python -m benchmarks.measures.fine_detail`: how near found relief is to relief that is known.

Heads with the skin of generated photos and a drawn relief, see `made_relief`, each under lamps from
one side, from above, and flat from the front. Mean angle in degrees between the true normals and
those of the mesh, and those with the detail found, where plain skin is seen well; then the mean
angle that is added on the same heads without relief, but with moles, stubble, ... in its place, and
the angle that one in a hundred texels exceeds there.

The skin is a photo's, so it has that photo's own relief as if it were painted on; "even skin" has
not.
With `--time`: how long a map of 2048 texels takes, on one core.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from prn_blender.core import Face, FaceReconstructor, Photo, read_photo
from prn_blender.core.geometry.parts import skin_region
from prn_blender.core.image.filters import ramp

from ..swap_sheet import DATA
from . import made_relief as made

_WELL = 0.7  # confidence
_EVEN = 4.0  # texels: detail of a photo that lends its skin is finer
_Take = Callable[[made.Head, made.Lamps, np.random.Generator], Face]


def lights(rng: np.random.Generator) -> dict[str, made.Lamps]:
    """Lamps as in people's photos: a window or a lamp aside, above, two lamps, a flash."""
    side = float(rng.choice([-1, 1]))
    aside = np.array([side * rng.uniform(0.8, 1.6), -1, rng.uniform(-0.1, 0.5)])
    above = np.array([rng.uniform(-0.3, 0.3), -1, rng.uniform(0.8, 1.5)])
    return {
        "side": made.Lamps(0.25, [(aside, 0.9)]),
        "above": made.Lamps(0.3, [(above, 0.8)]),
        "two": made.Lamps(0.2, [(aside, 0.7), (aside * [-1, 1, 1], 0.25)]),
        "front": made.Lamps(0.4, [(np.array([0.05, -1, 0.1]), 0.7)]),
    }


def found_normals(face: Face, size: int) -> np.ndarray:
    """(N, N, 3) float32: what the program finds, in tangent space."""
    return face.fine_detail(size).normal_map().astype(np.float32) / (65535 / 2) - 1


def judged(face: Face, size: int) -> np.ndarray:
    """(N, N) bool: plain skin that is seen well."""
    where = face.texel_confidence() * skin_region(face.layout)
    return cv2.resize(where, (size, size)) > _WELL


def angles(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Degrees between unit vectors (..., 3)."""
    sine = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.degrees(np.arctan2(sine, (one * other).sum(-1)))


def clay(normals: np.ndarray) -> np.ndarray:
    """(N, N) uint8: tangent-space normals as clay in light from the side."""
    way = np.array([-0.7, 0.35, 0.62], np.float32)
    return (ramp(normals @ way, (0.1, 1.0)) * 255).astype(np.uint8)


def show(folder: Path | None, name: str, face: Face, true: np.ndarray, found: np.ndarray) -> None:
    """Write the texture, the true relief and the found one as clay, side by side."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    colour = face.texture(len(found))[..., 2::-1]
    both = [cv2.merge([clay(x)] * 3) for x in (true, found)]
    cv2.imwrite(str(folder / f"{name}.jpg"), np.hstack([colour, *both]))


def measure(face: Face, rng: np.random.Generator, size: int, folder: Path | None) -> None:
    """Print the lines of one head, and write its pictures."""
    name = face.photo.path.stem if face.photo.path is not None else ""
    yaw = float(rng.uniform(-25, 25))
    side = made.TEXELS
    head = made.make_head(face, yaw, made.relief(face, rng, side))
    truth = cv2.resize(head.truth, (size, size), interpolation=cv2.INTER_AREA)
    truth /= np.linalg.norm(truth, axis=-1, keepdims=True).clip(1e-6)
    flat = np.zeros_like(truth)
    flat[..., 2] = 1
    lamps = lights(rng)
    even = replace(head, skin=cv2.GaussianBlur(head.skin, (0, 0), _EVEN))
    takes = [(kind, head, light) for kind, light in lamps.items()]
    for kind, whose, light in [*takes, ("even skin", even, lamps["above"])]:
        seen = made.photograph(whose, light, rng)
        where, found = judged(seen, size), found_normals(seen, size)
        before, after = angles(flat, truth)[where].mean(), angles(found, truth)[where].mean()
        show(folder, f"{name}_{kind}", seen, truth, found)
        ROWS.setdefault(kind, []).append([before, after])
        print(
            f"{name:6} {kind:12} {before:6.2f} -> {after:6.2f}  {1 - after / before:6.1%}",
            flush=True,
        )
    plain = made.make_head(face, yaw, np.zeros((side, side), np.float32))
    for kind, change in COUNTER.items():
        seen = change(plain, lamps["side"], rng)
        where, found = judged(seen, size), found_normals(seen, size)
        added = angles(found, flat)[where]
        show(folder, f"{name}_no_{kind}", seen, flat, found)
        ADDED.setdefault(kind, []).append([added.mean(), np.percentile(added, 99)])
        print(
            f"{name:6} no: {kind:8} {added.mean():6.2f}  99 %: {ADDED[kind][-1][1]:6.2f}",
            flush=True,
        )


def _painted(paint: Callable[[Face, np.random.Generator, int], np.ndarray]) -> _Take:
    def take(head: made.Head, light: made.Lamps, rng: np.random.Generator) -> Face:
        gain = paint(head.face, rng, len(head.skin))
        return made.photograph(replace(head, skin=head.skin * gain), light, rng)

    return take


COUNTER: dict[str, _Take] = {
    "nothing": made.photograph,
    "moles": _painted(made.moles),
    "stubble": _painted(made.stubble),
    "brows": _painted(made.brows),
    "make-up": _painted(made.make_up),
    "shadow": lambda head, light, rng: made.photograph(
        head, light, rng, shadow=made.shadow(head.face, rng, len(head.skin))
    ),
    "jpeg 60": lambda head, light, rng: made.photograph(head, light, rng, 60),
    "jpeg 30": lambda head, light, rng: made.photograph(head, light, rng, 30),
}
ROWS: dict[str, list[list[float]]] = {}
ADDED: dict[str, list[list[float]]] = {}


def measure_time(face: Face) -> None:
    """Print milliseconds for photos whose pixels are a fourth, a half and all of the texels."""
    cv2.setNumThreads(1)
    for times in (1, 3, 6):
        pixels = cv2.resize(face.photo.pixels, None, fx=times, fy=times)
        large = replace(face, photo=Photo(pixels), position_map=face.position_map * times)
        large.texture(2048)
        assert large.illumination and large.texel_confidence().any()
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            large.fine_detail(2048)
            taken.append(1000 * (time.perf_counter() - start))
        start = time.perf_counter()
        large.fine_detail(2048).normal_map()
        whole = 1000 * (time.perf_counter() - start)
        print(
            f"face of {large.size:.0f} pixels: {min(taken):.0f} ms, median {np.median(taken):.0f}"
        )
        print(f"    with its normal map {whole:.0f} ms")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=10, help="heads")
    parser.add_argument("--size", type=int, default=made.TEXELS, help="texels of the maps")
    parser.add_argument("-o", type=Path, help="folder for pictures")
    parser.add_argument("--time", action="store_true", help="only measure time")
    options = parser.parse_args()
    photos = sorted((DATA / "generated_faces").glob("*.jpg"))
    reconstructor, rng = FaceReconstructor.load(), np.random.default_rng(5)
    if options.time:
        measure_time(reconstructor(read_photo(photos[0]), max_faces=1)[0])
        return
    for path in photos[20 :: max(1, len(photos) // options.n)][: options.n]:
        for face in reconstructor(read_photo(path), max_faces=1):
            measure(face, rng, options.size, options.o)
    for kind, rows in ROWS.items():
        before, after = np.mean(rows, axis=0)
        print(f"mean   {kind:12} {before:6.2f} -> {after:6.2f}  {1 - after / before:6.1%}")
    for kind, rows in ADDED.items():
        mean, most = np.mean(rows, axis=0)
        print(f"mean   no: {kind:8} {mean:6.2f}  99 %: {most:6.2f}")


if __name__ == "__main__":
    main()
