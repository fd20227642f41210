"""`python -m benchmarks.swap_sheet -o DIR`: swaps and part edits to be looked at.

Target, donor, result and matte side by side, cut out around the face: skin tones, poses, light,
resolution, and what swaps have failed on (fringes, glasses, hands, smiles, profiles). The photos
are research data beside the repository (../shared or $PRN_SHARED); nothing of them is kept in it.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import os
import time
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from prn_blender.core import Face, FaceReconstructor, read_photo
from prn_blender.core.photo.photo import write_image
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap

DATA = Path(os.environ.get("PRN_SHARED", Path(__file__).parents[2] / "shared")) / "data"
FOLDERS = {"a": "aflw2000_dev", "f": "faces_68", "g": "generated_faces"}
# name: target, donor, parts
CASES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "dark-on-light": ("g/2433", "g/0253", ("face",)),
    "light-on-dark": ("g/0253", "g/2433", ("face",)),
    "dark-on-turned": ("f/helen_10405299_1", "f/helen_13601258_1", ("face",)),
    "hard-on-light": ("g/1960", "a/image01120", ("face",)),
    "hard-dark-on-light": ("g/2542", "f/helen_2250369835_1", ("face",)),
    "sun-on-light": ("g/3596", "f/helen_2201943712_1", ("face",)),
    "beard-on-hard": ("f/helen_2231989317_1", "f/helen_199718034_1", ("face",)),
    "front-on-turned": ("a/image00376", "a/image00896", ("face",)),
    "front-on-side": ("a/image00261", "g/1133", ("face",)),
    "side-on-front": ("g/2416", "a/image02632", ("face",)),
    "profile-on-front": ("g/2260", "a/image04215", ("face",)),
    "front-on-profile": ("a/image03937", "g/3856", ("face",)),
    "fringe": ("f/helen_1425648903_2", "g/3739", ("face",)),
    "donor-fringe": ("g/3511", "a/image03727", ("face",)),
    "glasses": ("f/helen_2228100915_3", "g/2755", ("face",)),
    "donor-glasses": ("g/2044", "g/1714", ("face",)),
    "hands": ("f/helen_2086429604_1", "g/2514", ("face",)),
    "donor-hands": ("g/3313", "a/image01574", ("face",)),
    "smile-on-closed": ("g/3289", "g/2601", ("face",)),
    "closed-on-smile": ("a/image00824", "g/0552", ("face",)),
    "closed-on-laugh": ("f/helen_145548320_1", "g/0951", ("face",)),
    "no-colour": ("a/image00735", "g/2729", ("face",)),
    "low-light": ("f/afw_45092961_2", "g/1429", ("face",)),
    "eyes": ("g/0787", "g/0863", ("eyes",)),
    "brows": ("g/2349", "g/3405", ("brows",)),
    "nose": ("f/helen_118554337_1", "g/0253", ("nose",)),
    "lips": ("g/2024", "a/image00667", ("lips",)),
    "mouth": ("a/image00824", "g/0552", ("mouth",)),
    "cheeks": ("f/helen_121720434_1", "g/1520", ("cheeks",)),
    "forehead": ("f/helen_1845765682_1", "g/2651", ("forehead",)),
    "chin": ("g/3289", "g/3739", ("chin",)),
    "eyes-turned": ("a/image03736", "f/helen_13601258_1", ("eyes", "brows")),
}


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder, made if missing")
    parser.add_argument("--scale", type=float, default=1.0, help="1 shows the photo's own pixels")
    parser.add_argument("--blend", default="poisson")
    parser.add_argument("names", nargs="*", metavar="CASE", help="by default all")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(CASES))
    if unknown:
        parser.error(f"no case {', '.join(unknown)}; there are {', '.join(CASES)}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    reconstructor = FaceReconstructor.load()

    @lru_cache
    def load(name: str) -> Face:
        return load_face(reconstructor, name)

    for name in arguments.names or CASES:
        target, donor, parts = CASES[name]
        start = time.process_time()
        row = case_row(load(target), load(donor), SwapOptions(parts, blend=arguments.blend))
        size = None if arguments.scale == 1 else (0, 0)
        if size is not None:
            row = cv2.resize(
                row, size, fx=arguments.scale, fy=arguments.scale, interpolation=cv2.INTER_CUBIC
            )
        write_image(arguments.output / f"{name}.png", row)
        print(f"{name:20} {time.process_time() - start:5.1f} s", flush=True)


def load_face(reconstructor: FaceReconstructor, name: str) -> Face:
    """The largest face of a photo, "f/NAME" say; see `FOLDERS`."""
    folder, stem = name.split("/")
    path = DATA / FOLDERS[folder] / f"{stem}.jpg"
    return reconstructor(read_photo(path), max_faces=1)[0]


def case_row(target: Face, donor: Face, options: SwapOptions) -> np.ndarray:
    """(h, 4 w, 3) uint8: target, donor, result, matte."""
    result = swap(target, donor, options)
    view = _window(target)
    height = view[0].stop - view[0].start
    shown = donor.photo.pixels[_window(donor)]
    width = round(shown.shape[1] * height / shown.shape[0])
    shown = cv2.resize(shown, (width, height), interpolation=cv2.INTER_AREA)
    matte = cv2.merge([result.matte[view]] * 3)
    return np.hstack([target.photo.pixels[view], shown, result.picture[view], matte])


def _window(face: Face) -> tuple[slice, slice]:
    """The part of the photo around a face."""
    low, high = face.vertices[:, :2].min(axis=0), face.vertices[:, :2].max(axis=0)
    margin = 0.15 * (high - low).max()
    low = (low - margin).round().astype(int).clip(0)
    high = (high + margin).round().astype(int)
    return (
        slice(low[1], min(high[1], face.photo.height)),
        slice(low[0], min(high[0], face.photo.width)),
    )


if __name__ == "__main__":
    main()
