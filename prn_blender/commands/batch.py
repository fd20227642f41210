"""`batch`: a data set of photos, left alone: goes on where it was, reports at the end."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..batch.blender import StartBlender
from ..batch.plan import Again
from ..batch.run import Progress, run_batch
from ..batch.storage import is_address
from ..batch.work import PhotoWork
from . import engines, model_choice
from .photos import output_folder, say
from .reconstruct import add_face_arguments, add_result_arguments, results_wanted, scene_writer
from .streams import complain

_LOG = 60.0
"""Seconds between lines about the progress where there is no terminal."""
_TERMINAL = 0.2
"""The same on a terminal."""


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    b = commands.add_parser("batch", help="a data set of photos: all cores, a cluster; goes on")
    b.add_argument(
        "source", metavar="SOURCE",
        help="a folder with all below it, a list (.txt), a table (.csv, .parquet), a .tar, a "
        "pattern of these with *, or an address (s3://...)",
    )  # fmt: skip
    b.add_argument(
        "-o", "--output", required=True, metavar="OUT",
        help="folder or address of results, manifest and report; the same again goes on there",
    )  # fmt: skip
    engines.add_arguments(b)
    b.add_argument(
        "--limit", type=float, default=600.0, metavar="SECONDS",
        help="a photo that takes longer is set aside (600; not with --cluster)",
    )  # fmt: skip
    b.add_argument("--retry-failed", action="store_true", help="try unusable photos once more")
    b.add_argument("--check", action="store_true", help="read all photos to find changed ones")
    b.add_argument("--again", action="store_true", help="do everything once more")
    b.add_argument(
        "--blender", default="", metavar="FILE",
        help="Blender's program, where Python has no bpy; its Python needs the libraries",
    )  # fmt: skip
    add_result_arguments(b)
    add_face_arguments(b)
    model_choice.add_argument(b)
    model_choice.add_head_argument(b)
    b.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do what is missing; returns the exit code: 1 if photos are without results."""
    wanted = results_wanted(options)
    blender = StartBlender(options.blender or _this_blender())
    if wanted.needs_blender and not blender.program and find_spec("bpy") is None:
        scene_writer()  # which says what is missing
    out = options.output
    if not is_address(out):
        out = str(output_folder(out).absolute())
    engine = engines.engine_of(options, options.limit)
    model, sha256 = model_choice.file_and_digest(options)
    work = PhotoWork(
        out,
        wanted,
        model,
        not options.one_look,
        str(options.head_model.absolute()) if options.head_model else "",
        threads=engines.threads_of(options),
        blender=blender,
    )
    again = Again(options.retry_failed, options.again, options.check)
    shown = _Shown()
    report = run_batch(options.source, work, sha256, engine, again, complain, shown)
    shown.end()
    counts = ", ".join(f"{count} {status}" for status, count in report.status.items())
    complain(f"{report.photos} photos: {counts}.")
    if not is_address(out):
        say(Path(out) / "report.md")
    return 0 if set(report.status) <= {"done"} else 1


def _this_blender() -> str:
    """The Blender that runs this; empty where Python has Blender as a module, or there is none."""
    bpy = sys.modules.get("bpy")
    return bpy.app.binary_path if bpy is not None else ""


class _Shown:
    """Progress on stderr: a line that changes on a terminal, a line a minute in a log."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = time.monotonic() - (_TERMINAL if self._terminal else 0)

    def __call__(self, progress: Progress) -> None:
        now, last = time.monotonic(), progress.done == progress.total
        if now - self._last < (_TERMINAL if self._terminal else _LOG) and not last:
            return
        self._last = now
        text = f"{progress.done}/{progress.total} photos, {progress.rate:.1f} a second"
        if not last and progress.rate:
            text += f", {_duration((progress.total - progress.done) / progress.rate)} left"
        if progress.failed:
            text += f", {progress.failed} without results"
        if self._terminal:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        else:
            complain(f"{text}.")

    def end(self) -> None:
        """Leave the line."""
        if self._terminal:
            print(file=sys.stderr)


def _duration(seconds: float) -> str:
    """Hours and minutes, or minutes and seconds."""
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min" if minutes >= 2 else f"{round(seconds)} s"
