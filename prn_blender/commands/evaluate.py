"""`evaluate`: a model's accuracy on annotated photos."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..batch.evaluation import EvaluationWork, evaluate_in_parallel
from ..core.errors import OptionError
from ..core.face.annotations import load_annotations
from ..core.face.evaluate import BOXES, evaluate
from ..core.files.safe import write_bytes
from ..core.model.user_models import ModelStore
from . import engines, model_choice
from .photos import progress, progress_end

_TABLES = {
    "nme2d": "68 points, 2D",
    "nme3d": "68 points, 3D",
    "dense2d": "all vertices, 2D",
    "dense3d": "all vertices, 3D",
}
"""Figures of `core`'s evaluation to what they are called in the table."""


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    e = commands.add_parser("evaluate", help="a model's accuracy on annotated photos")
    e.add_argument(
        "annotations", metavar="FOLDER|NPZ",
        help="AFLW2000-3D's folder of .jpg and .mat, or an .npz beside the folder of its name",
    )  # fmt: skip
    e.add_argument(
        "--dense", metavar="DIR", type=Path,
        help="true position maps, NAME.npy for each photo, in the model's UV layout",
    )  # fmt: skip
    e.add_argument("--boxes", choices=BOXES, default="truth", help="how faces are cropped")
    model_choice.add_argument(e)
    engines.add_arguments(e)
    e.add_argument("--json", metavar="FILE", help="write the figures to a file too")
    e.add_argument("--note", action="store_true", help="note the accuracy in the list of models")
    e.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure, print the table; returns the exit code."""
    truth = replace(load_annotations(options.annotations), dense=options.dense)
    store = ModelStore(options.models)
    name = options.model or store.active
    if options.note and name not in {r.name for r in store.records()}:
        raise OptionError("--note is for models of yours, see `models`.")

    def step(done: int, total: int, name: str) -> None:
        progress(done, total, Path(name))

    if options.jobs or options.cluster:
        model, _ = model_choice.file_and_digest(options)
        threads = engines.threads_of(options)
        work = EvaluationWork(options.boxes, model, not options.one_look, threads)
        figures = evaluate_in_parallel(engines.engine_of(options), work, truth, step)
    else:
        figures = evaluate(model_choice.load(options), truth, options.boxes, step)
    progress_end(len(truth.names))
    columns = ("0-30", "30-60", "60-90", "mean", "all")
    print(f"{figures['count']} photos, boxes from {options.boxes}, {figures['missed']} missed")
    print("NME in %, by |yaw|    " + "".join(f"{column:>8}" for column in columns))
    for key, what in _TABLES.items():
        if key in figures:
            cells = (figures[key][column] for column in columns)
            row = "".join("       -" if c is None else f"{c:8.2f}" for c in cells)
            print(f"{what:<22}{row}")
    pose = figures["pose_mae"]
    print("pose error in degrees " + "  ".join(f"{name} {pose[name]:.2f}" for name in pose))
    if options.note:
        nme = figures["nme2d"]
        figure = f"{nme['all'] if nme['mean'] is None else nme['mean']:.2f} % 2D NME"
        source = Path(options.annotations).name
        store.set_accuracy(name, f"{figure}, {figures['count']} photos of {source}")
    if options.json:
        write_bytes(options.json, (json.dumps(figures, indent=1) + "\n").encode())
    return 0
