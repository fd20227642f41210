"""`sheet`: a contact sheet, to see how well faces come out."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import OptionError
from ..core.files.safe import make_folder, shown
from ..core.outputs.contact_sheet import PANEL, column_titles, face_row
from ..core.outputs.names import SHEET
from ..core.photo.photo import write_image
from . import model_choice
from .photos import PICTURES, PhotoJob, for_each, photo_jobs, say

# Pixels: bounds of a picture's side.
_PANELS = (64, 2048)


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    s = commands.add_parser("sheet", help="a contact sheet, to see how well faces come out")
    s.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos")
    s.add_argument("-o", "--output", default=SHEET, metavar="FILE", help="a PNG or JPEG")
    s.add_argument("--all-faces", action="store_true", help="not only the largest face")
    s.add_argument(
        "--panel", type=int, default=PANEL, metavar="PIXELS", help="side of each picture"
    )
    model_choice.add_argument(s)
    s.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the sheet; returns the exit code."""
    output = Path(options.output)
    if output.suffix.lower() not in PICTURES:
        raise OptionError(f"A contact sheet is a .png or .jpg file, not {shown(output)}.")
    if not _PANELS[0] <= options.panel <= _PANELS[1]:
        raise OptionError(f"A picture of the sheet has {_PANELS[0]} to {_PANELS[1]} pixels a side.")
    jobs = photo_jobs([Path(p) for p in options.photos], output)
    reconstructor = model_choice.load(options)
    rows: list[np.ndarray] = []

    def one(job: PhotoJob) -> None:
        faces = reconstructor(job.photo, max_faces=None if options.all_faces else 1)
        rows.extend(face_row(face, job.photo.name, options.panel) for face in faces)

    failed = for_each(jobs, one)
    if rows:
        make_folder(output.parent)
        write_image(output, np.vstack([column_titles(options.panel), *rows]))
        say(output)
    return 1 if failed else 0
