"""How well eyes look where a picture's do: `python -m benchmarks.measures.gaze PHOTO...`

Heads with the skin of photos and a gaze that is known are rendered and fitted. Degrees between the
directions of their eyeballs and those of the fitted head's, beside those of eyes that look ahead.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from prn_blender.core import FaceReconstructor
from prn_blender.core.head import HeadModel, bundled_head
from prn_blender.core.head.eyeballs import eyeballs, sphere

from .rendered_heads import View, random_expression, render, skin_of

PICTURES = 4
"""Of each photo's skin."""
_TURN = (0.9, 0.7)  # most that eyes turn to the side, and up and down


def directions(model: HeadModel, vertices: np.ndarray) -> np.ndarray:
    """Where the right and the left eye look: degrees to the left and up, (2, 2)."""
    found = []
    for eye in eyeballs(model)[::-1]:
        middle, _ = sphere(model.mean[eye.ball])
        rows = np.c_[np.ones(len(eye.ball)), model.mean[eye.ball] - middle]
        at = np.linalg.lstsq(rows, vertices[eye.ball].astype(np.float64), rcond=None)[0]
        x, y, z = -at[2] / np.linalg.norm(at[2])
        found.append([np.arctan2(x, -y), np.arcsin(z)])
    return np.degrees(found)


def looking(model: HeadModel, expression: np.ndarray, left: float, up: float) -> np.ndarray:
    """An expression (E,) with both eyes looking left and up, -1..1."""
    result = expression.copy()
    ways = {"Left": {"Out": left, "In": -left}, "Right": {"In": left, "Out": -left}}
    for side, sideways in ways.items():
        for way, value in {**sideways, "Up": up, "Down": -up}.items():
            result[model.move_names.index(f"eyeLook{way}{side}")] = max(value, 0.0)
    return result


def main() -> None:
    """Print errors in degrees: sideways and upward, found and straight."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path)
    reconstructor, model, rng = FaceReconstructor.load(), bundled_head(), np.random.default_rng(0)
    found, straight = [], []
    for photo in parser.parse_args().photos:
        face = reconstructor(photo, max_faces=1)[0]
        skin = skin_of(face)
        for _ in range(PICTURES):
            identity = 0.8 * rng.normal(size=len(model.modes))
            still = random_expression(rng, model.move_names)
            there = looking(model, still, *(rng.uniform(-1, 1, 2) * _TURN))
            view = View(rng.normal(0, 15), rng.normal(0, 6), rng.normal(0, 4))
            picture = render(model, identity, there, skin, face.illumination, view, rng)
            try:
                head = reconstructor(picture, max_faces=1)[0].head
            except ValueError:
                continue
            if head is None:
                continue
            truth = directions(model, model.vertices(identity, there))
            found.append(directions(model, head.vertices) - truth)
            straight.append(directions(model, head.neutral) - truth)
    print(f"{len(found)} pictures; mean error in degrees, sideways and upward")
    for name, errors in (("found", found), ("straight", straight)):
        print(name, *(f"{value:.1f}" for value in np.abs(errors).mean(axis=(0, 1))))


if __name__ == "__main__":
    main()
