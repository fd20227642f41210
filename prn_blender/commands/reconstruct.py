"""`reconstruct`: photos to meshes, .blend files and more."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..batch.reconstruction import SceneFiles, Wanted, WriteScene, reconstruct_photo
from ..core.choices import CAMERA_KINDS, MATERIALS, STRIDES, TOPOLOGIES, TextureSize
from ..core.errors import MissingDependencyError
from ..core.texture.unwrap import MAX_SIZE, MIN_SIZE
from . import model_choice
from .outputs import add_arguments, output_options
from .photos import PhotoJob, for_each, output_folder, photo_jobs, say
from .streams import complain


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    r = commands.add_parser("reconstruct", help="photos to meshes, .blend files and more")
    r.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos")
    r.add_argument("-o", "--output", default=".", metavar="DIR", help="where results go")
    add_result_arguments(r)
    add_face_arguments(r)
    r.add_argument(
        "--box", type=float, nargs=4, action="append", metavar=("X0", "Y0", "X1", "Y1"),
        help="a face's place in pixels, brows to chin; skips the detector; may be repeated",
    )  # fmt: skip
    model_choice.add_argument(r)
    model_choice.add_head_argument(r)
    r.set_defaults(run=run)


def add_result_arguments(parser: Any) -> None:
    """Add what is made of a photo, for `reconstruct`, `batch` and `person`."""
    outputs = parser.add_argument_group(
        "results (by default .blend where Blender is there, else OBJ)"
    )
    outputs.add_argument("--blend", action="store_true", help="NAME.blend")
    outputs.add_argument("--obj", action="store_true", help="NAME.obj, .mtl, NAME_texture.png")
    outputs.add_argument("--glb", action="store_true", help="NAME.glb, binary glTF")
    outputs.add_argument("--json", action="store_true", help="NAME.json: box, landmarks, pose")
    outputs.add_argument("--render", action="store_true", help="NAME_render.png, to look at")
    add_arguments(outputs)
    parser.add_argument(
        "--texture-size", type=_texture_size, default="auto", metavar="N|auto",
        help=f"texels along a side, {MIN_SIZE} to {MAX_SIZE}; auto keeps the photo's detail",
    )  # fmt: skip
    parser.add_argument(
        "--stride", type=int, choices=STRIDES, default=1,
        help="density of the lattice, 1 finest; 2 and 4 ask for one where --topology does not say",
    )  # fmt: skip
    parser.add_argument(
        "--topology", choices=TOPOLOGIES,
        help="in .blend, .glb and the picture: the whole head with shape keys (default, where the "
        "model tells one), or the lattice",
    )  # fmt: skip
    parser.add_argument(
        "--neutral", action="store_true",
        help="in .blend and .glb, a shape key that takes the expression off a lattice",
    )  # fmt: skip
    parser.add_argument("--camera", choices=CAMERA_KINDS, default="ortho")
    parser.add_argument(
        "--focal", type=float, metavar="MM",
        help="35 mm equivalent of the perspective camera; by default EXIF's, else 50",
    )  # fmt: skip
    parser.add_argument("--material", choices=MATERIALS, default="shadeless")


def add_face_arguments(parser: Any) -> None:
    """Add which faces of a photo are meant, for `reconstruct` and `batch`."""
    parser.add_argument(
        "--mat-boxes", action="store_true",
        help="crop each face by the landmarks in NAME.mat beside NAME.jpg, as AFLW2000-3D has "
        "them, and look once",
    )  # fmt: skip
    parser.add_argument("--all-faces", action="store_true", help="not only the largest face")


def run(options: argparse.Namespace) -> int:
    """Reconstruct every photo; returns the exit code."""
    wanted = results_wanted(options)
    write_scene = scene_writer() if wanted.needs_blender else no_scene
    folder = output_folder(options.output)
    jobs = photo_jobs([Path(p) for p in options.photos])
    reconstructor = model_choice.load(options)

    def one(job: PhotoJob) -> None:
        boxes = [(x0, y0, x1, y1) for x0, y0, x1, y1 in options.box or ()]
        made = reconstruct_photo(
            reconstructor, job.photo, job.name, folder, wanted, write_scene, complain, boxes,
            job.taken,
        )  # fmt: skip
        for name in (n for mine in made.files for n in mine):
            say(folder / name)

    return 1 if for_each(jobs, one) else 0


def results_wanted(options: argparse.Namespace) -> Wanted:
    """What the arguments ask for; where they ask for nothing, a .blend file or else an OBJ.

    Raises
    ------
    MissingDependencyError
        A library that it takes is absent.
    """
    outputs = output_options(options)
    outputs.check_libraries()
    if not any((outputs.any, options.blend, options.glb, options.json, options.render)):
        options.blend = _has_blender()
        options.obj = not options.blend
        outputs = output_options(options)
    return Wanted(
        outputs,
        blend=options.blend,
        glb=options.glb,
        render=options.render,
        json=options.json,
        camera=options.camera,
        focal=options.focal,
        material=options.material,
        all_faces=options.all_faces,
        mat_boxes=options.mat_boxes,
        neutral=options.neutral,
        topology=options.topology,
    )


def _texture_size(text: str) -> TextureSize:
    if text == "auto":
        return "auto"
    if not text.isdecimal() or not MIN_SIZE <= int(text) <= MAX_SIZE:
        raise argparse.ArgumentTypeError(f"expected auto or {MIN_SIZE} to {MAX_SIZE}: {text!r}")
    return int(text)


def _has_blender() -> bool:
    try:
        scene_writer()
    except MissingDependencyError:
        return False
    return True


def scene_writer() -> WriteScene:
    """Load what needs Blender, to fail before hours of work depend on it.

    Raises
    ------
    MissingDependencyError
        There is no Blender.
    """
    try:
        from ..batch.scene_files import write_scene_files
    except ImportError as e:
        raise MissingDependencyError(
            "--blend, --glb and --render need Blender: `pip install bpy`, or run this with "
            "`blender --background --python scripts/reconstruct.py -- ...`."
        ) from e
    return write_scene_files


def no_scene(asked: SceneFiles, _: object) -> list[list[str]]:
    """Nothing was asked of Blender."""
    return [[] for _ in asked.faces]
