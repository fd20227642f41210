"""Flicker of swapped shots: frame by frame, as one shot, and of the shot before.

python -m benchmarks.measures.shot_swaps TARGET DONOR --frames 60

The photo TARGET is filmed as `made_shots` does: it turns, speaks and blinks, under noise and motion
blur. The colours of each picture are looked up where the known motion has each texel; what is left
of motion in them is flicker: levels, root mean square of second differences in time over the face,
which of steady or slowly changing colours are 0. Where the frames themselves change (noise, lids
and lips that move) swapped ones do too: theirs is the least that can be asked for.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from prn_blender.core import Face, FaceReconstructor, Photo, read_photo
from prn_blender.core.geometry.parts import skin_region
from prn_blender.core.photo.frames import open_shot
from prn_blender.core.photo.photo import write_image
from prn_blender.core.sequence import follow_faces
from prn_blender.core.swap import SwapOptions, swap
from prn_blender.core.swap.shot.shot_swap import swap_shot

from .made_shots import FIRST_BLINK, RATE, play, speech

NOISE, BLUR = 3.0, 0.5
_SMOOTH = 3.0
"""Pixels: pictures are blurred so, standard deviation, before they are compared: pixels' own noise
is no flicker that anybody sees."""


def main() -> int:
    """Measure; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("donor", type=Path)
    parser.add_argument("--frames", type=int, default=60)
    options = parser.parse_args()
    reconstructor = FaceReconstructor.load()
    target, donor = (
        reconstructor(read_photo(path), max_faces=1)[0] for path in (options.target, options.donor)
    )
    script = replace(speech(options.frames, seed=1, size=target.size), noise=NOISE, blur=BLUR)
    pictures, places = [], []
    for pixels, truth in play(target, script):
        pictures.append(pixels)
        places.append(truth.positions)
    look_at = texels_to_compare(target)
    print("flicker, levels, median over the skin: in all, at rest, moving; seconds a frame")
    for name, frames in (
        ("the frames", iter(pictures)),
        ("frame by frame", one_by_one(pictures, donor, reconstructor)),
        ("the shot", as_shot(pictures, donor, reconstructor)),
    ):
        begin = time.perf_counter()
        colours = np.stack(
            [looked_up(p, at, look_at) for p, at in zip(frames, places, strict=True)]
        )
        took = (time.perf_counter() - begin) / len(places)
        bend = (np.diff(colours, 2, axis=0) ** 2).mean(axis=2)
        found = [bend, bend[: FIRST_BLINK - 2], bend[round(RATE) :]]
        flicker = [f"{np.median(np.sqrt(part.mean(axis=0))):.2f}" for part in found]
        print(f"{name:16} {'  '.join(flicker)}   {took:.2f}")
    return 0


def texels_to_compare(face: Face) -> np.ndarray:
    """(n,) flat indices of skin that all frames show from not too far aside."""
    chosen = (skin_region(face.layout) > 0) & (face.facing > 0.5) & face.visibility
    chosen[1::2], chosen[:, 1::2] = False, False
    return np.flatnonzero(chosen)


def looked_up(picture: np.ndarray, places: np.ndarray, texels: np.ndarray) -> np.ndarray:
    """(n, 3) float32: the colours of texels in a picture."""
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _SMOOTH)
    at = places.reshape(-1, 3)[texels, :2].astype(np.float32)
    return np.asarray(cv2.remap(smooth, at[None], None, cv2.INTER_LINEAR)[0])


def one_by_one(
    pictures: list[np.ndarray], donor: Face, reconstructor: FaceReconstructor
) -> Iterator[np.ndarray]:
    """Each frame as a photo of its own."""
    for pixels in pictures:
        face = reconstructor(Photo.from_pixels(pixels), max_faces=1)[0]
        yield swap(face, donor, SwapOptions(gaze="target", mouth="target")).picture


def as_shot(
    pictures: list[np.ndarray], donor: Face, reconstructor: FaceReconstructor
) -> Iterator[np.ndarray]:
    """All frames as one shot."""
    with tempfile.TemporaryDirectory() as folder:
        for number, pixels in enumerate(pictures, 1):
            write_image(Path(folder) / f"{number:04d}.png", pixels)
        shot = open_shot(folder, 30.0)
        person = follow_faces(shot, reconstructor)[0]
        for _, picture, _ in swap_shot(shot, person, donor, reconstructor):
            yield picture


if __name__ == "__main__":
    raise SystemExit(main())
