"""Harder profiles: what the detector's boxes cost beside true ones.

`python -m benchmarks.profiles PHOTO... [--heads 100]`: known heads under the skins of
photos, turned by 60 to 95 degrees, nodding and leaning, small, grey or compressed.

Error: mean distance of the 68 landmarks, % of the root of their box's area, as `evaluate` has it; a
miss, or a face somewhere else, counts as 10.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from prn_blender.core import FaceReconstructor, Photo
from prn_blender.core.errors import NoFaceError
from prn_blender.core.head import HeadModel, bundled_head

from .measures.rendered_heads import View, places, random_expression, render, skin_of, true_map

SEED = 20261201
_MISS = 10.0  # %
_SMALL = (0.25, 0.8)  # of the rendered picture's size
_GREY = 0.3  # share of the pictures
_QUALITY = (30, 90)  # of JPEG
_CANVAS = 480  # pixels: a picture's side; the head stands somewhere in it


def picture_of(
    rng: np.random.Generator, model: HeadModel, reconstructor: FaceReconstructor, photo: Path
) -> tuple[Photo, np.ndarray]:
    """A hard profile, and where its 68 landmarks are (68, 2)."""
    skin = skin_of(reconstructor(photo, max_faces=1)[0])
    view = View(
        float(rng.choice([-1, 1]) * rng.uniform(60, 95)),
        rng.normal(0, 12),
        rng.normal(0, 12),
        rng.uniform(0.6, 3),
    )
    identity = rng.normal(size=len(model.modes))
    expression = random_expression(rng, model.move_names)
    pixels = render(model, identity, expression, skin, skin.light, view, rng).pixels
    layout = reconstructor.layout
    positions = true_map(model, places(model, identity, expression, view)[1], layout)
    points = np.array([_nearest_known(positions, at) for at in layout.landmark_texels])[:, :2]
    scale = rng.uniform(*_SMALL)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    side = len(small)
    left, top = rng.integers(0, _CANVAS - side, 2)
    edges = (top, _CANVAS - side - top, left, _CANVAS - side - left)
    canvas = cv2.copyMakeBorder(small, *map(int, edges), cv2.BORDER_REPLICATE)
    if rng.random() < _GREY:
        canvas = np.repeat(canvas.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    quality = int(rng.integers(*_QUALITY))
    packed = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    taken = Photo(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return taken, (points + 0.5) * scale - 0.5 + [left, top]


def _nearest_known(positions: np.ndarray, texel: np.ndarray) -> np.ndarray:
    """The position (3,) of the texel nearest to one that has any: lips part on a head."""
    known = np.argwhere(np.isfinite(positions[..., 0]))
    return np.asarray(positions[tuple(known[((known - texel) ** 2).sum(1).argmin()])])


def main() -> None:
    """Print the errors from true and from detected boxes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--heads", type=int, default=100)
    options = parser.parse_args()
    reconstructor, model = FaceReconstructor.load(), bundled_head()
    rng = np.random.default_rng(SEED)
    errors = []
    for k in range(options.heads):
        photo, true = picture_of(rng, model, reconstructor, options.photos[k % len(options.photos)])
        low, high = true.min(axis=0), true.max(axis=0)
        row = []
        for boxes, passes in (([(*low, *high)], 1), (None, 1), (None, 2)):
            try:
                faces = reconstructor(photo, boxes, passes=passes)
            except NoFaceError:
                faces = []
            off = [np.linalg.norm(f.landmarks[:, :2] - true, axis=1).mean() for f in faces]
            share = 100 * min(off, default=np.inf) / np.sqrt(np.prod(high - low))
            row.append(float(share))
        errors.append(row)
    print("| boxes | mean, % | median, % | missed |\n| --- | ---: | ---: | ---: |")
    for name, own in zip(
        ("true", "detector, one look", "detector"), np.array(errors).T, strict=True
    ):
        mean, missed = np.minimum(own, _MISS).mean(), (own > 3 * _MISS).sum()
        print(f"| {name} | {mean:.2f} | {np.median(own):.2f} | {missed} |")


if __name__ == "__main__":
    main()
