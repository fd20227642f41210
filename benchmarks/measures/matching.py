"""Can somebody tell from its clay whose head it is?

`python -m benchmarks.measures.matching make PHOTOS.txt -o DIR` draws trials: neutral clay from the
front and from three quarters beside six photos of people of one group (sex and ancestry). The
clay was made from one of the six. Somebody who does not know the answers, which are in
DIR/answers.json, writes a line `NUMBER LETTER` for each into a file;
`python -m benchmarks.measures.matching score DIR ANSWERED.txt` says how many are right.

PHOTOS.txt has a line `GROUP PHOTO` for each photo.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from prn_blender.core import FaceReconstructor
from prn_blender.core.geometry.rasterize import barycentric, rasterize
from prn_blender.core.head import HeadModel
from prn_blender.core.photo.photo import read_photo

from .rendered_heads import View, rotation

SEED = 20261130
TRIALS, CHOICES = 60, 6
_SIDE = 320  # pixels of a picture
_SPAN = 0.30  # metres along it
_CLAY = np.array([190, 176, 164], np.float32)
_LAMP, _AMBIENT = np.array([-0.45, -0.65, 0.6]), 0.25


def clay(model: HeadModel, vertices: np.ndarray, yaw: float) -> np.ndarray:
    """(S, S, 3) uint8: a head (V, 3) in grey clay, turned by degrees, smoothly shaded."""
    turned = (vertices - vertices.mean(0)) @ rotation(View(yaw)).T
    shown = np.repeat(model.part != model.part_names.index("lashes"), 2)
    triangles = model.triangles[shown]
    normals = model.normals(turned)
    scale = _SIDE / _SPAN
    points = np.stack(
        [_SIDE / 2 + turned[:, 0] * scale, _SIDE / 2 - turned[:, 2] * scale, -turned[:, 1] * scale],
        1,
    ).astype(np.float32)
    raster = rasterize(points, triangles, _SIDE, _SIDE)
    weights = barycentric(points, triangles, raster)
    seen = raster.triangle >= 0
    normal = (normals[triangles[raster.triangle[seen]]] * weights[..., None]).sum(1)
    lamp = _LAMP / np.linalg.norm(_LAMP)
    light = _AMBIENT + (1 - _AMBIENT) * np.clip(normal @ lamp, 0, 1)
    picture = np.full((_SIDE, _SIDE, 3), 60, np.uint8)
    picture[seen] = np.clip(_CLAY * light[:, None] ** (1 / 1.6), 0, 255)
    return picture


def make(groups: dict[str, list[Path]], folder: Path, reconstructor: FaceReconstructor) -> None:
    """Draw the trials; photos in which no head is found are passed over."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    # Nobody is shown twice: who comes back would tell by that alone.
    left = {
        name: [photos[k] for k in rng.permutation(len(photos))] for name, photos in groups.items()
    }
    answers = {}
    for trial in range(TRIALS):
        rich = sorted(name for name, photos in left.items() if len(photos) >= CHOICES)
        if not rich:
            break
        name = rich[trial % len(rich)]
        chosen, left[name] = left[name][:CHOICES], left[name][CHOICES:]
        answer = int(rng.integers(CHOICES))
        head = reconstructor(chosen[answer], max_faces=1)[0].head
        if head is None:
            continue
        shapes = [clay(head.model, head.neutral, yaw) for yaw in (0.0, 40.0)]
        shown = [_square(path) for path in chosen]
        for letter, picture in zip("ABCDEF", shown, strict=True):
            cv2.putText(picture, letter, (8, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (255, 40, 40), 3)
        rows = [np.hstack([shapes[k], *shown[3 * k : 3 * k + 3]]) for k in range(2)]
        cv2.imwrite(str(folder / f"{trial:02}.jpg"), np.vstack(rows)[..., ::-1])
        answers[trial] = "ABCDEF"[answer]
    (folder / "answers.json").write_text(json.dumps(answers))


def _square(path: Path) -> np.ndarray:
    pixels = read_photo(path).pixels
    side = min(pixels.shape[:2])
    return np.ascontiguousarray(cv2.resize(pixels[:side, :side, :3], (_SIDE, _SIDE)))


def interval(right: int, count: int) -> tuple[float, float]:
    """Wilson's interval of a share, 95 %."""
    z, share = 1.96, right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    spread = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + (z / count / 2) ** 2)
    return float(middle - spread), float(middle + spread)


def main() -> None:
    """Make trials, or score what somebody answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    made = steps.add_parser("make")
    made.add_argument("photos", type=Path)
    made.add_argument("-o", "--output", type=Path, required=True)
    made.add_argument("--model", type=Path)
    scored = steps.add_parser("score")
    scored.add_argument("folder", type=Path)
    scored.add_argument("answered", type=Path)
    args = parser.parse_args()
    if args.step == "make":
        groups: dict[str, list[Path]] = defaultdict(list)
        for line in args.photos.read_text(encoding="utf-8").splitlines():
            group, _, photo = line.partition(" ")
            groups[group].append(Path(photo))
        make(groups, args.output, FaceReconstructor.load(args.model))
        return
    truth = json.loads((args.folder / "answers.json").read_text(encoding="utf-8"))
    pairs = [line.split() for line in args.answered.read_text(encoding="utf-8").splitlines()]
    given = {str(int(pair[0])): pair[1].upper() for pair in pairs if len(pair) == 2}
    right = sum(given.get(number) == letter for number, letter in truth.items())
    low, high = interval(right, len(truth))
    print(f"{right} of {len(truth)} right: {right / len(truth):.0%} ({low:.0%} to {high:.0%})")


if __name__ == "__main__":
    main()
