"""What the expressions of photos read on calm faces, and what is left to be transferred.

    python -m benchmarks.measures.transfer PHOTO... [--values]

A face is calm where its lips touch and its mouth is narrower than most are; it laughs where they
are apart and it is wider. Both are told by landmarks of the position map, which know nothing of
expression values. `--values` lists what calm faces read, the table of
`core.sequence.photo_expressions`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from prn_blender.core import Face, FaceReconstructor, PRNError
from prn_blender.core.sequence.photo_expressions import GAZE, expression_of
from prn_blender.core.sequence.solve import UNTOLD

# Over the distance of the eyes' outer corners: lips touch below the first, are apart above the
# second.
_TOUCH, _APART = 0.03, 0.08
# Radians: faces turned further tell the width of their mouth badly.
_TURNED = 0.35
_CALM = 0.8
"""Quantile of what calm faces read that counts as nothing."""


def _mouth(face: Face) -> tuple[float, float]:
    """How far the lips are apart, and how wide the mouth is, over the width of the eyes."""
    points = face.landmarks.astype(np.float64)
    eyes = np.linalg.norm(points[36] - points[45])
    gap, width = (np.linalg.norm(points[a] - points[b]) for a, b in ((62, 66), (48, 54)))
    return float(gap / eyes), float(width / eyes)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--values", action="store_true")
    options = parser.parse_args()
    reconstructor = FaceReconstructor.load()
    read, left, mouths = [], [], []
    names: list[str] = []
    for path in options.photos:
        try:
            face = reconstructor(path, max_faces=1)[0]
        except PRNError as e:
            print(e)
            continue
        if abs(face.pose.yaw) > _TURNED:
            continue
        found = expression_of(face).values
        names = [n for n in found if not n.startswith(GAZE)]
        read.append([face.expression[name] for name in names])
        left.append([found[name] for name in names])
        mouths.append(_mouth(face))
    gap, width = np.array(mouths).T
    told, taken = np.array(read), np.array(left)
    middle = float(np.median(width))
    for what, chosen in (
        ("calm", (gap < _TOUCH) & (width < middle)),
        ("laughing", (gap > _APART) & (width > middle)),
    ):
        sums = [float(np.median(values[chosen].sum(1))) for values in (told, taken)]
        most = float(np.median(taken[chosen].max(1)))
        print(
            f"{what}: {chosen.sum()} photos; sum of all values, median: read {sums[0]:.2f}, "
            f"transferred {sums[1]:.2f}, the largest {most:.2f}"
        )
        if options.values and what == "calm":
            assert not set(names) & set(UNTOLD)
            for name, value in zip(names, np.quantile(told[chosen], _CALM, axis=0), strict=True):
                print(f"  {name} {value:.2f}")


if __name__ == "__main__":
    main()
