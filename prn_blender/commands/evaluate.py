"""`evaluate`: a model's accuracy on annotated photos."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ..core.evaluate import BOXES, evaluate, load_annotations
from ..core.files import write_bytes
from . import model_choice
from .photos import progress, progress_end


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    e = commands.add_parser("evaluate", help="a model's accuracy on annotated photos")
    e.add_argument("npz", metavar="NPZ", help="annotations; the photos in the folder of that name")
    e.add_argument("--boxes", choices=BOXES, default="truth", help="how faces are cropped")
    model_choice.add_argument(e)
    e.add_argument("--json", metavar="FILE", help="write the figures to a file too")
    e.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    truth = load_annotations(options.npz)
    reconstructor = model_choice.load(options)

    def step(done: int, total: int, name: str) -> None:
        progress(done, total, Path(name))

    figures = evaluate(reconstructor, truth, options.boxes, step)
    progress_end(len(truth.names))
    columns = ("0-30", "30-60", "60-90", "mean")
    print(f"{figures['count']} photos, boxes from {options.boxes}, {figures['missed']} missed")
    print("68 points, NME in %   " + "".join(f"{name:>8}" for name in columns))
    for key, name in (("nme2d", "2D"), ("nme3d", "3D")):
        cells = (figures[key][column] for column in columns)
        print(f"{name:<22}" + "".join("       -" if c is None else f"{c:8.2f}" for c in cells))
    pose = figures["pose_mae"]
    print("pose error in degrees " + "  ".join(f"{name} {pose[name]:.2f}" for name in pose))
    if options.json:
        write_bytes(options.json, (json.dumps(figures, indent=1) + "\n").encode())
    return 0
