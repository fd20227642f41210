"""`sequence`: a movie, or a folder of frames, to what people do in it, or with another face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.choices import CAMERA_KINDS, TOPOLOGIES
from ..core.errors import MissingDependencyError, OptionError, Sentence
from ..core.face.face import Face
from ..core.face.reconstruct import FaceReconstructor
from ..core.files.safe import shown
from ..core.geometry.camera import camera_of_size
from ..core.outputs.description import write_json
from ..core.outputs.live_link import write_live_link
from ..core.outputs.performance_file import curves_of, describe_shot
from ..core.photo.frames import FrameRange, Shot, open_shot
from ..core.photo.photo import read_photo
from ..core.sequence import Performance, follow_faces
from ..core.sequence.world import shot_camera
from ..core.swap.options import SwapOptions
from ..core.swap.shot.frame_files import name_of, write_frames
from . import model_choice
from .photos import output_folder, pick_face, progress_end, say
from .streams import complain
from .swap import add_swap_arguments, swap_options

_BAR = 24
"""Characters of the progress bar."""


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    s = commands.add_parser("sequence", help="a movie to pose and expression of the faces in it")
    s.add_argument("shot", metavar="SHOT", help="a movie, or a folder of pictures")
    s.add_argument("-o", "--output", default=".", metavar="DIR", help="where results go")
    results = s.add_argument_group("results (by default JSON and CSV)")
    results.add_argument("--json", action="store_true", help="NAME.json: everything, of everybody")
    results.add_argument(
        "--live-link", action="store_true",
        help="NAME.csv: expressions and the head's turn as Live Link Face has them; of several "
        "people NAME_1.csv, NAME_2.csv, ...",
    )  # fmt: skip
    results.add_argument(
        "--blend", action="store_true",
        help="NAME.blend: the person's face or head, animated, before the shot; needs Blender",
    )  # fmt: skip
    results.add_argument(
        "--topology", choices=TOPOLOGIES,
        help="of NAME.blend: the whole head (default, where the model tells one), or the lattice",
    )  # fmt: skip
    results.add_argument(
        "--fewer-keys", action="store_true",
        help="in NAME.blend: without keys that lines between the others replace",
    )  # fmt: skip
    results.add_argument(
        "--positions", action="store_true",
        help="with NAME.blend: NAME.pc2, by which every vertex goes where each frame shows it, "
        "more exactly than shape keys can say",
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
    swapped = s.add_argument_group("another face in the frames")
    swapped.add_argument(
        "--swap", metavar="DONOR",
        help="a donor's photo; NAME_swap/NAME_0001.png, ... are the frames with its face",
    )  # fmt: skip
    swapped.add_argument("--donor-face", type=int, metavar="N", help="the N-th face of the photo")
    add_swap_arguments(swapped, "--blend-mode", "target")
    model_choice.add_argument(s)
    model_choice.add_head_argument(s)
    s.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Follow the faces of a shot; returns the exit code.

    Work that is stopped goes on where it was: what was seen stays in NAME.frames until the
    results are written.
    """
    wanted = FrameRange(options.start, options.end, options.step)
    shot = open_shot(options.shot, options.rate)
    # What makes no sense is said before the work, not after it.
    camera_of_size((shot.width, shot.height), 1.0, options.camera, options.focal)
    folder = output_folder(options.output)
    name = name_of(shot)
    cache = folder / f"{name}.frames"
    write_scene = _scene_writer() if options.blend else None
    reconstructor = model_choice.load(options)
    swap = _Swap.of(options, reconstructor) if options.swap else None
    try:
        people = follow_faces(shot, reconstructor, wanted, _progress, cache)
    finally:
        progress_end(2)
    people = _chosen(people, options.person, shot)
    last = int(max(each.numbers[-1] for each in people))
    if shot.ends_early(last, wanted):
        complain(f"{shown(shot.path)} shows no face after frame {last}, or it breaks off there.")
    for path in _write(options, people, shot, folder, name):
        say(path)
    if write_scene is not None:
        path = folder / f"{name}.blend"
        play = (options.camera, options.focal, options.fewer_keys, options.positions, _progress)
        try:
            headless = write_scene(path, shot, people, reconstructor, options.topology, *play)
        finally:
            progress_end(2)
        if headless:
            complain(
                f"{name}: the mesh is the lattice, because the model does not tell a whole head."
            )
        say(path)
    if swap is not None:
        swap.draw(shot, people[0], wanted, folder / f"{name}_swap")
    with contextlib.suppress(OSError):
        cache.unlink()
    return 0


def _scene_writer() -> Callable[..., int]:
    """What needs Blender; called first, it fails before any work was done."""
    try:
        from ..scene.shot_file import write_shot
    except ImportError as e:
        raise MissingDependencyError(
            "--blend needs Blender: `pip install bpy`, or run this with "
            "`blender --command prn sequence ...`."
        ) from e
    return write_shot


def _chosen(people: list[Performance], number: int | None, shot: Shot) -> list[Performance]:
    """Everybody, or the person asked for."""
    if number is None:
        return people
    if number > len(people):
        raise OptionError(
            f"{shown(shot.path)} shows {len(people)} {'people' if len(people) > 1 else 'person'}; "
            f"there is no person {number}."
        )
    return [people[number - 1]]


@dataclass(frozen=True, eq=False)
class _Swap:
    """A donor for a shot, and how it takes somebody's place."""

    donor: Face
    options: SwapOptions
    reconstructor: FaceReconstructor

    @classmethod
    def of(cls, options: argparse.Namespace, reconstructor: FaceReconstructor) -> _Swap:
        """Find the donor; what makes no sense is said before the work."""
        chosen = swap_options(options, reconstructor)
        path = Path(options.swap)
        faces = reconstructor(read_photo(path))
        donor = pick_face(faces, options.donor_face, path, "--donor-face N")
        return cls(donor, chosen, reconstructor)

    def draw(self, shot: Shot, person: Performance, wanted: FrameRange, folder: Path) -> None:
        """Write the frames with the donor's face, those that an earlier run has not written."""
        warning: Sentence | None = None
        frames = write_frames(
            folder, shot, person, self.donor, self.reconstructor, self.options, wanted
        )
        try:
            for written in frames:
                warning = warning or written.warning
                _progress(written.number, written.last)
        finally:
            frames.close()
            progress_end(2)
        if warning is not None:
            complain(str(warning))
        say(folder)


def _write(
    options: argparse.Namespace, people: list[Performance], shot: Shot, folder: Path, name: str
) -> list[Path]:
    both = not (options.json or options.live_link or options.blend or options.swap)
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
