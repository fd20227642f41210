"""Pictures for the tutorials: further photos of the person in a portrait, and a shot of them.

    python scripts/tutorial_photos.py PORTRAIT FOLDER

The photos are renderings of the head that PRN Face finds in the portrait, so they may be shown
wherever the portrait may; the shot is the portrait itself, pulled to where a moving head has it.
Writes FOLDER/photos/*.jpg and FOLDER/movie/shot.avi.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measures.made_shots import RATE, play, speech
from benchmarks.measures.rendered_heads import View, render, skin_of
from prn_blender.core import Face, FaceReconstructor
from prn_blender.core.photo.photo import write_image

# What each photo is called, from where it sees the head, and what the face does.
PHOTOS = {
    "left": (View(-32, 3), {"browInnerUp": 0.4}),
    "right": (View(28, -5), {}),
    "below": (View(6, 12), {"mouthSmileLeft": 0.6, "mouthSmileRight": 0.6}),
}
FRAMES = 60
"""Of the shot: two seconds."""


def main() -> None:
    """Write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("portrait", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    (face,) = FaceReconstructor.load()(options.portrait, max_faces=1)
    write_photos(face, options.folder / "photos")
    write_shot(face, options.folder / "movie" / "shot.avi")


def write_photos(face: Face, folder: Path) -> None:
    """Take the pictures of `PHOTOS`."""
    head, skin, rng = face.head, skin_of(face), np.random.default_rng(3)
    assert head is not None
    folder.mkdir(parents=True, exist_ok=True)
    for name, (view, values) in PHOTOS.items():
        expression = np.array([values.get(move, 0.0) for move in head.model.move_names])
        photo = render(head.model, head.identity, expression, skin, skin.light, view, rng)
        write_image(folder / f"{name}.jpg", photo.pixels)


def write_shot(face: Face, path: Path) -> None:
    """Film a head that moves and speaks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = None
    for pixels, _ in play(face, speech(FRAMES, seed=2, size=face.size)):
        if writer is None:
            size = (pixels.shape[1], pixels.shape[0])
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, size)
        writer.write(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert writer is not None
    writer.release()


if __name__ == "__main__":
    main()
