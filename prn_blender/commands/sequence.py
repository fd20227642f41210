"""`sequence`: a movie, or a folder of frames, to what people do in it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import Any

from ..core.choices import CAMERA_KINDS
from ..core.errors import OptionError
from ..core.files.safe import linkable, shown
from ..core.geometry.camera import camera_of_size
from ..core.outputs.description import write_json
from ..core.outputs.live_link import write_live_link
from ..core.outputs.performance_file import curves_of, describe_shot
from ..core.photo.frames import FrameRange, open_shot
from ..core.sequence import Performance, follow_faces
from ..core.sequence.world import shot_camera
from . import model_choice
from .photos import output_folder, progress_end, say
from .streams import complain

_BAR = 24
"""Characters of the progress bar."""


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    s = commands.add_parser("sequence", help="a movie to pose and expression of the faces in it")
    s.add_argument("shot", metavar="SHOT", help="a movie, or a folder of pictures")
    s.add_argument("-o", "--output", default=".", metavar="DIR", help="where results go")
    results = s.add_argument_group("results (by default both)")
    results.add_argument("--json", action="store_true", help="NAME.json: everything, of everybody")
    results.add_argument(
        "--live-link", action="store_true",
        help="NAME.csv: expressions and the head's turn as Live Link Face has them; of several "
        "people NAME_1.csv, NAME_2.csv, ...",
    )  # fmt: skip
    frames = s.add_argument_group("frames")
    frames.add_argument("--start", type=int, default=1, metavar="N", help="the first is 1")
    frames.add_argument("--end", type=int, metavar="N", help="the last one that is taken")
    frames.add_argument("--step", type=int, default=1, metavar="N", help="2 takes every second one")
    frames.add_argument(
        "--rate", type=float, metavar="FPS",
        help="frames a second; by default the movie's, and 24 for pictures",
    )  # fmt: skip
    s.add_argument(
        "--person", type=int, metavar="N", help="only this one; 1 takes most of the shot"
    )
    s.add_argument("--camera", choices=CAMERA_KINDS, default="persp")
    s.add_argument(
        "--focal", type=float, metavar="MM",
        help="35 mm equivalent of the perspective camera; by default 50",
    )  # fmt: skip
    model_choice.add_argument(s)
    s.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Follow the faces of a shot; returns the exit code.

    Work that is stopped goes on where it was: what was seen stays in NAME.frames until the
    results are written.
    """
    wanted = FrameRange(options.start, options.end, options.step)
    if options.person is not None and options.person < 1:
        raise OptionError(f"People are counted from 1; there is no person {options.person}.")
    shot = open_shot(options.shot, options.rate)
    # What makes no sense is said before the work, not after it.
    camera_of_size((shot.width, shot.height), 1.0, options.camera, options.focal)
    folder = output_folder(options.output)
    name = linkable(shot.name) or "shot"
    cache = folder / f"{name}.frames"
    reconstructor = model_choice.load(options)
    try:
        people = follow_faces(shot, reconstructor, wanted, _progress, cache)
    finally:
        progress_end(2)
    last = int(max(each.numbers[-1] for each in people))
    if shot.ends_early(last, wanted):
        complain(f"{shown(shot.path)} shows no face after frame {last}, or it breaks off there.")
    for path in _write(options, people, shot, folder, name):
        say(path)
    with contextlib.suppress(OSError):
        cache.unlink()
    return 0


def _write(
    options: argparse.Namespace, people: list[Performance], shot: Any, folder: Path, name: str
) -> list[Path]:
    if options.person is not None:
        if options.person > len(people):
            raise OptionError(
                f"{shown(shot.path)} shows {len(people)} "
                f"{'people' if len(people) > 1 else 'person'}; there is no person "
                f"{options.person}."
            )
        people = [people[options.person - 1]]
    both = not (options.json or options.live_link)
    paths = []
    if options.json or both:
        cameras = [shot_camera(each, options.camera, options.focal) for each in people]
        paths.append(folder / f"{name}.json")
        write_json(paths[-1], describe_shot(shot, people, cameras), indent=None)
    if options.live_link or both:
        for number, each in enumerate(people, 1):
            end = f"_{number}" if len(people) > 1 else ""
            paths.append(folder / f"{name}{end}.csv")
            write_live_link(paths[-1], curves_of(each))
    return paths


def _progress(done: int, total: int) -> bool:
    if sys.stderr.isatty():
        filled = round(_BAR * done / max(total, 1))
        bar = "#" * filled + "-" * (_BAR - filled)
        print(f"\r\033[K[{bar}] frame {done}/{total}", end="", file=sys.stderr, flush=True)
    return True
