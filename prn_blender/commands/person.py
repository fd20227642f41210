"""`person`: several photos of one face to one mesh with one texture."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..batch.reconstruction import write_faces
from ..core.errors import OptionError
from ..core.outputs.names import free_name
from ..core.person import Person
from . import model_choice
from .photos import output_folder, photo_jobs, progress, progress_end, say
from .reconstruct import add_result_arguments, no_scene, results_wanted, scene_writer
from .streams import complain


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    p = commands.add_parser("person", help="several photos of one face to one mesh and texture")
    p.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos")
    p.add_argument("-o", "--output", default=".", metavar="DIR", help="where results go")
    p.add_argument(
        "--name", metavar="NAME", help="what results are called; by default as the first photo"
    )
    p.add_argument(
        "--keep-all", action="store_true",
        help="use photos that seem to show somebody else, too",
    )  # fmt: skip
    add_result_arguments(p)
    model_choice.add_argument(p)
    model_choice.add_head_argument(p)
    p.set_defaults(run=run, all_faces=False, mat_boxes=False)


def run(options: argparse.Namespace) -> int:
    """Make a person of the photos; returns the exit code."""
    wanted = results_wanted(options)
    write_scene = scene_writer() if wanted.needs_blender else no_scene
    name = _checked_name(options.name)
    folder = output_folder(options.output)
    jobs = photo_jobs([Path(p) for p in options.photos])
    for job in jobs:
        if job.problem:
            complain(str(job.problem))
    jobs = [job for job in jobs if not job.problem]
    if not jobs:
        return 1
    photos = [job.photo for job in jobs]
    reconstructor = model_choice.load(options)
    person = Person.from_photos(
        photos,
        reconstructor,
        options.keep_all,
        lambda done, total: progress(done, total, photos[done]),
    )
    progress(len(photos), len(photos), None)
    progress_end(len(photos))
    for photo in person.left_out:
        complain(f"{photo.name} was left out: {str(photo.reason).rstrip('.')}.")
    if person.is_doubtful:
        complain("The two photos may show two people; more photos would tell.")
    used = person.in_order()
    face = used.painted(options.texture_size)
    made = write_faces(
        reconstructor, [face], name or jobs[0].name, folder, wanted, write_scene, complain,
        more={"person": description(person)}, person=used if len(used.faces) > 1 else None,
    )  # fmt: skip
    for written in made.files[0]:
        say(folder / written)
    return 0


def description(person: Person) -> dict[str, Any]:
    """Say which photos a person is of, as the JSON file does."""
    used = [
        {
            "photo": _name(person, number),
            "weight": round(person.qualities[number].weight, 4),
            "agreement": round(person.agreement[number], 4),
            "expression": dict(face.expression),
        }
        for number, face in zip(person.numbers, person.faces, strict=True)
    ]
    left_out = [{"photo": p.name, "reason": str(p.reason)} for p in person.left_out]
    return {"photos": used, "left_out": left_out}


def _name(person: Person, number: int) -> str | None:
    path = person.found[number].photo.path
    return path.name if path else None


def _checked_name(name: str | None) -> str | None:
    """A name for results, as a file can have it.

    Raises
    ------
    OptionError
        It is none, or one with folders.
    """
    if name is None:
        return None
    if not name.strip(" .") or Path(name).name != name:
        raise OptionError("{name!r} cannot be the name of a file.", name=name)
    return free_name(Path(f"{name}.png"), set())
