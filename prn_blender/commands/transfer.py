"""`transfer`: the expressions of photos onto another face."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.choices import KEY_NAMES, TOPOLOGIES
from ..core.errors import MissingDependencyError
from ..core.face.face import Face
from ..core.files.safe import write_bytes
from ..core.geometry.pose import Pose, Similarity
from ..core.outputs.description import FORMAT, PROGRAM, write_json
from ..core.outputs.head.glb import head_glb
from ..core.outputs.names import free_name, result_name, taken_name
from ..core.photo.photo import read_photo
from ..core.sequence.photo_expressions import PhotoExpression, check_strength, expressions_in
from ..core.version import VERSION
from . import model_choice
from .photos import output_folder, photo_jobs, pick_face, progress, progress_end, say
from .streams import complain


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    t = commands.add_parser("transfer", help="the expressions of photos onto another face")
    t.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos")
    t.add_argument("--onto", required=True, metavar="PHOTO", help="the photo of who takes them on")
    t.add_argument("-o", "--output", default=".", metavar="DIR", help="where results go")
    results = t.add_argument_group("results (by default GLB)")
    results.add_argument(
        "--glb", action="store_true",
        help="ONTO_PHOTO_head.glb for each photo: the whole head, its morph targets so",
    )  # fmt: skip
    results.add_argument("--json", action="store_true", help="ONTO.json: the values of each photo")
    results.add_argument(
        "--blend", action="store_true",
        help="ONTO.blend: the face, with a keyframe and a pose marker for each photo; needs "
        "Blender",
    )  # fmt: skip
    results.add_argument("--topology", choices=TOPOLOGIES, help="of ONTO.blend")
    results.add_argument(
        "--key-names", choices=KEY_NAMES, default="arkit",
        help="of the GLB: browDownLeft, BrowDownLeft (VRM's Perfect Sync) or browDown_L",
    )  # fmt: skip
    t.add_argument(
        "--face", type=int, default=1, metavar="N",
        help="whose expression, where a photo shows several; 1 is the largest",
    )  # fmt: skip
    t.add_argument("--onto-face", type=int, metavar="N", help="the N-th face of that photo")
    t.add_argument(
        "--calm", metavar="PHOTO",
        help="the person of the photos at rest: their expression is what they have beyond it",
    )  # fmt: skip
    t.add_argument(
        "--strength", type=float, default=1.0, metavar="S", help="0 to 2; 1 is as it was read"
    )
    t.add_argument("--no-gaze", action="store_true", help="eyes look where they looked")
    t.add_argument(
        "--turn", action="store_true", help="in ONTO.blend: the head turns as those of the photos"
    )
    model_choice.add_argument(t)
    t.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Transfer expressions; returns the exit code: 1 if no photo could be used."""
    write_scene = _scene_writer() if options.blend else None
    check_strength(options.strength)  # nonsense is said before the work
    folder = output_folder(options.output)
    jobs = photo_jobs([Path(p) for p in options.photos])
    for job in jobs:
        if job.problem:
            complain(str(job.problem))
    photos = [job.photo for job in jobs if not job.problem]
    if not photos:
        return 1
    reconstructor = model_choice.load(options)
    onto = Path(options.onto)
    face = pick_face(reconstructor(read_photo(onto)), options.onto_face, onto, "--onto-face N")
    calm = None
    if options.calm:
        calm = reconstructor(read_photo(Path(options.calm)), max_faces=1)[0]
    found, unused = expressions_in(
        photos, reconstructor, options.face, calm,
        lambda done, total: progress(done, total, photos[done]),
    )  # fmt: skip
    progress(len(photos), len(photos), None)
    progress_end(len(photos))
    for photo in unused:
        complain(f"{photo.name} was left out: {str(photo.reason).rstrip('.')}.")
    _write(options, face, onto, found, folder, write_scene)
    return 0


def _write(
    options: argparse.Namespace,
    face: Face,
    onto: Path,
    found: Sequence[PhotoExpression],
    folder: Path,
    write_scene: Callable[..., bool] | None,
) -> None:
    taken = [each.taken(options.strength, not options.no_gaze) for each in found]
    name = free_name(onto, set())
    if options.glb or not (options.json or options.blend):
        texture, names = face.texture(), set[str]()
        for each, values in zip(found, taken, strict=True):
            of_photo = free_name(Path(f"{name}_{each.name}.png"), names)
            names.add(taken_name(of_photo))
            path = folder / result_name(of_photo, "_head.glb")
            write_bytes(path, head_glb(face, texture, options.key_names, values))
            say(path)
    if options.json:
        path = folder / result_name(name, ".json")
        write_json(path, describe(onto, found, taken))
        say(path)
    if write_scene is not None:
        path = folder / result_name(name, ".blend")
        if write_scene(
            path, face, found, options.topology, options.strength,
            not options.no_gaze, options.turn,
        ):  # fmt: skip
            complain(
                f"{name}: the mesh is the lattice, because the model does not tell a whole head."
            )
        say(path)


def describe(
    onto: Path, found: Sequence[PhotoExpression], taken: Sequence[dict[str, float]]
) -> dict[str, Any]:
    """Say what was transferred, as plain values."""
    return {
        "format": FORMAT,
        "program": {"name": PROGRAM, "version": VERSION},
        "onto": onto.name,
        "photos": [
            {
                "photo": each.name,
                "expression": {name: round(value, 4) for name, value in values.items()},
                "turn": _angles(each),
            }
            for each, values in zip(found, taken, strict=True)
        ],
    }


def _angles(each: PhotoExpression) -> dict[str, float]:
    pose = Pose(Similarity(1.0, each.turn, np.zeros(3)))
    angles = {"yaw": pose.yaw, "pitch": pose.pitch, "roll": pose.roll}
    return {name: round(math.degrees(angle), 2) for name, angle in angles.items()}


def _scene_writer() -> Callable[..., bool]:
    """What needs Blender; called first, it fails before any work was done."""
    try:
        from ..scene.transfer_file import write_transfer
    except ImportError as e:
        raise MissingDependencyError(
            "--blend needs Blender: `pip install bpy`, or run this with "
            "`blender --command prn transfer ...`."
        ) from e
    return write_transfer
