"""`reconstruct`: photos to meshes, .blend files and more."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..core.choices import CAMERA_KINDS, MATERIALS, STRIDES, TextureSize
from ..core.errors import MissingDependencyError
from ..core.face.evaluate import landmark_box, read_annotation
from ..core.face.face import Face
from ..core.face.reconstruct import FaceReconstructor
from ..core.files.safe import shown
from ..core.geometry.camera import make_camera
from ..core.outputs.description import describe, write_json
from ..core.outputs.names import result_name
from ..core.outputs.outputs import write_outputs
from ..core.photo.photo import Photo, read_photo
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
    outputs = r.add_argument_group("results (by default .blend where Blender is there, else OBJ)")
    outputs.add_argument("--blend", action="store_true", help="NAME.blend")
    outputs.add_argument("--obj", action="store_true", help="NAME.obj, .mtl, NAME_texture.png")
    outputs.add_argument("--glb", action="store_true", help="NAME.glb, binary glTF")
    outputs.add_argument("--json", action="store_true", help="NAME.json: box, landmarks, pose")
    outputs.add_argument("--render", action="store_true", help="NAME_render.png, to look at")
    add_arguments(outputs)
    r.add_argument(
        "--texture-size", type=_texture_size, default="auto", metavar="N|auto",
        help=f"texels along a side, {MIN_SIZE} to {MAX_SIZE}; auto keeps the photo's detail",
    )  # fmt: skip
    r.add_argument("--stride", type=int, choices=STRIDES, default=1, help="mesh density, 1 finest")
    r.add_argument(
        "--neutral", action="store_true",
        help="in .blend and .glb, a shape key that takes the expression off the face",
    )  # fmt: skip
    r.add_argument("--camera", choices=CAMERA_KINDS, default="ortho")
    r.add_argument(
        "--focal", type=float, metavar="MM",
        help="35 mm equivalent of the perspective camera; by default EXIF's, else 50",
    )  # fmt: skip
    r.add_argument("--material", choices=MATERIALS, default="shadeless")
    r.add_argument(
        "--box", type=float, nargs=4, action="append", metavar=("X0", "Y0", "X1", "Y1"),
        help="a face's place in pixels, brows to chin; skips the detector; may be repeated",
    )  # fmt: skip
    r.add_argument(
        "--mat-boxes", action="store_true",
        help="crop each face by the landmarks in NAME.mat beside NAME.jpg, as AFLW2000-3D has "
        "them, and look once",
    )  # fmt: skip
    r.add_argument("--all-faces", action="store_true", help="not only the largest face")
    model_choice.add_argument(r)
    r.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Reconstruct every photo; returns the exit code."""
    outputs = output_options(options)
    outputs.check_libraries()
    if not any((outputs.any, options.blend, options.glb, options.json, options.render)):
        options.blend = _has_blender()
        options.obj = not options.blend
    if options.blend or options.glb or options.render:
        _blender_scene()
    folder = output_folder(options.output)
    jobs = photo_jobs([Path(p) for p in options.photos])
    reconstructor = model_choice.load(options)
    failed = for_each(jobs, lambda job: _one_photo(reconstructor, job, folder, options))
    return 1 if failed else 0


def _one_photo(
    reconstructor: FaceReconstructor, job: PhotoJob, folder: Path, options: argparse.Namespace
) -> None:
    """Find the faces of a photo and write all that was asked for."""
    photo = read_photo(job.photo, reduced=True)
    if photo.reduction > 1:
        size = f"{photo.width} x {photo.height}"
        print(f"prn: {shown(job.photo)} is large and was read at {size} pixels.", file=sys.stderr)
    if options.mat_boxes:
        box = landmark_box(read_annotation(job.photo)[0])
        faces = reconstructor(photo, boxes=_in_photo([box], photo), passes=1)
    else:
        limit = None if options.all_faces or options.box else 1
        boxes = _in_photo(options.box, photo) if options.box else None
        faces = reconstructor(photo, boxes=boxes, max_faces=limit)
    names = job.names(len(faces))
    files: list[list[str]] = [[] for _ in faces]
    camera = make_camera(photo, faces[0].geometry, options.camera, options.focal)
    for face, name, mine in zip(faces, names, files, strict=True):
        mine += write_outputs(face, folder, name, output_options(options), camera)
    if options.blend or options.glb or options.render:
        about = describe(photo, faces, camera, reconstructor) if options.glb else {}
        _blender_files(faces, names, files, job, folder, options, about)
    if options.json:
        about = describe(photo, faces, camera, reconstructor, files)
        files[0].append(result_name(job.name, ".json"))
        write_json(folder / files[0][-1], about)
    for name in (n for mine in files for n in mine):
        say(folder / name)


def _in_photo(boxes: Sequence[Sequence[float]], photo: Photo) -> list[list[float]]:
    """Boxes in pixels of the file as boxes in pixels of the photo, which may be smaller."""
    # Pixel centres lie at integers.
    scale, shift = 1 / photo.reduction, (1 / photo.reduction - 1) / 2
    return [[v * scale + shift for v in box] for box in boxes]


def _blender_files(
    faces: list[Face],
    names: list[str],
    files: list[list[str]],
    job: PhotoJob,
    folder: Path,
    options: argparse.Namespace,
    about: dict[str, Any],
) -> None:
    """Write what needs Blender: .blend, .glb and the rendered picture; `files` gets their names.

    `about` is the photo's description, which the .glb files carry.
    """
    import bpy

    from ..scene import SceneOptions, build_scene
    from ..scene.build.camera import view_notice
    from ..scene.files import new_file, render_picture, save_blend, save_glb

    new_file()
    built = build_scene(
        faces,
        SceneOptions(
            stride=options.stride,
            texture_size=options.texture_size,
            material=options.material,
            camera=options.camera,
            focal_mm=options.focal,
            neutral=options.neutral,
        ),
    )
    if (notice := view_notice(bpy.context.scene)) is not None:
        complain(f"{notice}.")
    if options.blend:
        files[0].append(result_name(job.name, ".blend"))
        save_blend(folder / files[0][-1])
    if options.glb:
        for index, (name, mine) in enumerate(zip(names, files, strict=True)):
            mine.append(result_name(name, ".glb"))
            save_glb(folder / mine[-1], [built.faces[index]], built.view, about, index)
    if options.render:
        files[0].append(result_name(job.name, "_render.png"))
        render_picture(folder / files[0][-1], built, faces)


def _texture_size(text: str) -> TextureSize:
    if text == "auto":
        return "auto"
    if not text.isdecimal() or not MIN_SIZE <= int(text) <= MAX_SIZE:
        raise argparse.ArgumentTypeError(f"expected auto or {MIN_SIZE} to {MAX_SIZE}: {text!r}")
    return int(text)


def _has_blender() -> bool:
    try:
        _blender_scene()
    except MissingDependencyError:
        return False
    return True


def _blender_scene() -> None:
    """Load the package that needs Blender, to fail before hours of work depend on it."""
    try:
        from ..scene.build import build  # noqa: F401
    except ImportError as e:
        raise MissingDependencyError(
            "--blend, --glb and --render need Blender: `pip install bpy`, or run this with "
            "`blender --background --python scripts/reconstruct.py -- ...`."
        ) from e
