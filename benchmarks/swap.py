"""`python -m benchmarks.swap`: a swap in a 12-megapixel photo, beside the steps of PRNet's demo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from prn_blender.core import Face, FaceReconstructor, read_photo
from prn_blender.core.editing.completion import complete
from prn_blender.core.image.blend import blend, clone
from prn_blender.core.swap.options import SwapOptions
from prn_blender.core.swap.pipeline import swap
from prn_blender.core.texture.fragments import rasterize_face

from .in_tree.link import seen
from .sample import donor_photo, large_photo
from .timing import median_ms, peak_memory, prepared_ms, report

RUNS = 9
TEXTURE = 1024


def faces(folder: Path, reconstructor: FaceReconstructor) -> tuple[Face, Face, list[Path]]:
    """The astronaut in 12 megapixels, and her mirror image in one as the donor."""
    target, donor = large_photo(folder), donor_photo(folder)
    found = [reconstructor(read_photo(path), max_faces=1)[0] for path in (target, donor)]
    return found[0], found[1], [target, donor]


def ours(target: Face, donor: Face) -> None:
    options = SwapOptions(texture_size=TEXTURE)
    spent = []

    def pair() -> tuple[Face, Face]:
        """Both as reconstruction leaves them, with nothing else derived."""
        return seen(target), seen(donor)

    def swapped(faces: tuple[Face, Face]) -> None:
        # On a busy machine the time that passes says little; what the processors spend says more.
        start = time.process_time()
        swap(*faces, options)
        spent.append(1000 * (time.process_time() - start))

    warm = prepared_ms(pair, swapped, RUNS)
    note = (
        f"two faces to the picture; {statistics.median(spent):.0f} ms of processor time; of which:"
    )
    report(f"**swap, {TEXTURE} texture**", warm, note)
    completed = prepared_ms(lambda: seen(donor), lambda face: complete(face, TEXTURE), RUNS)
    report("  donor's completed texture", completed)
    result = swap(target, donor, options)
    texels = result.mask > 0
    report(
        "  what the camera sees", median_ms(lambda: rasterize_face(target.geometry, texels), RUNS)
    )
    rendered, photo = result.rendered, target.photo.pixels
    report("  blending, Poisson", median_ms(lambda: blend(photo, rendered), RUNS))
    below = np.ascontiguousarray(rendered.crop(photo))
    inside = rendered.matte > 0
    poisson = median_ms(lambda: clone(rendered.colour, below, inside), RUNS)
    report("    of which solving", poisson, f"{inside.shape[1]} x {inside.shape[0]} pixels")
    for mode in ("feather", "laplacian"):
        report(f"  blending, {mode}", median_ms(lambda m=mode: blend(photo, rendered, m), RUNS))  # type: ignore[misc]


def demo(target: Face, donor: Face) -> None:
    """The steps of PRNet's demo_texture.py, written anew in numpy and OpenCV.

    It shrinks the photo until its longer side has 1000 pixels; here it is given the same photo,
    full size, and the face's rendering is ours: the original's Python loop over triangles takes
    several seconds.
    """
    size = 256

    def unwrapped(face: Face) -> np.ndarray:
        at = face.position_map[..., :2]
        return cv2.remap(face.photo.pixels, at, None, cv2.INTER_LINEAR)

    result = swap(target, donor, SwapOptions(texture_size=size))
    photo = target.photo.pixels
    mask = result.matte.copy()
    mask[mask > 0] = 255
    composite = photo.copy()
    result.rendered.crop(composite)[:] = result.rendered.colour
    y, x = np.nonzero(mask)
    centre = int((x.min() + x.max()) / 2 + 0.5), int((y.min() + y.max()) / 2 + 0.5)

    def seamless() -> None:
        cv2.seamlessClone(composite, photo, mask.copy(), centre, cv2.NORMAL_CLONE)

    steps = [
        report(
            "PRNet's steps: two textures of 256",
            median_ms(lambda: (unwrapped(target), unwrapped(donor)), RUNS),
        ),
        report("PRNet's steps: cv2.seamlessClone", median_ms(seamless, 3), "the same mask"),
    ]
    report("PRNet's steps: sum without its rendering", sum(steps))


def main() -> None:
    """Run all of it."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, ", end="")
    print(f"OpenCV {cv2.__version__}, median of {RUNS}\n\n| step | ms | |\n| --- | ---: | --- |")
    with tempfile.TemporaryDirectory() as folder:
        reconstructor = FaceReconstructor.load()
        target, donor, paths = faces(Path(folder), reconstructor)
        ours(target, donor)
        demo(target, donor)
        peak = peak_memory("swap", *paths)
        print(f"\nPeak memory, two photos to the swapped picture: {peak:.0f} MB")
        reconstructor.close()


if __name__ == "__main__":
    main()
