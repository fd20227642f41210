"""The command line: `python -m prn_blender`, `blender --command prn`, scripts/reconstruct.py."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np

from .core.camera import KINDS
from .core.errors import MissingDependencyError, OptionError, PhotoError, PRNError
from .core.evaluate import BOXES, evaluate, load_annotations
from .core.export import face_record, write_json, write_obj
from .core.face import Face
from .core.files import PHOTO_SUFFIXES, make_folder, plain, reason, shown, write_bytes
from .core.photo import read_photo, write_image
from .core.reconstruct import FaceReconstructor
from .core.sheet import face_row
from .core.texture import MAX_SIZE, MIN_SIZE
from .core.uv_layout import STRIDES


def main(argv: Sequence[str] | None = None, prog: str = "python -m prn_blender") -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; by default those of the process.
    prog : str
        How the program was called, for its help.

    Returns
    -------
    int
        Exit code: 0 all went well, 1 something failed, 2 the arguments make no sense.
    """
    parser = _parser(prog)
    try:
        options = parser.parse_args(argv)
    except SystemExit as e:  # argparse's way to end; Blender has its own
        return int(e.code or 0)
    try:
        return int(options.run(options))
    except PRNError as e:
        print(f"prn: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("prn: stopped.", file=sys.stderr)
        return 130


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="A photo of a face becomes a mesh.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    r = commands.add_parser("reconstruct", help="photos to meshes, .blend files and more")
    r.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos")
    r.add_argument("-o", "--output", default=".", metavar="DIR", help="where results go")
    outputs = r.add_argument_group("results (by default .blend where Blender is there, else OBJ)")
    outputs.add_argument("--blend", action="store_true", help="NAME.blend")
    outputs.add_argument("--obj", action="store_true", help="NAME.obj, .mtl, NAME_texture.png")
    outputs.add_argument("--glb", action="store_true", help="NAME.glb, binary glTF")
    outputs.add_argument("--json", action="store_true", help="NAME.json: box, landmarks, pose")
    outputs.add_argument("--render", action="store_true", help="NAME_render.png, to look at")
    r.add_argument(
        "--texture-size", type=_texture_size, default="auto", metavar="N|auto",
        help=f"texels along a side, {MIN_SIZE} to {MAX_SIZE}; auto keeps the photo's detail",
    )  # fmt: skip
    r.add_argument("--stride", type=int, choices=STRIDES, default=1, help="mesh density, 1 finest")
    r.add_argument("--camera", choices=KINDS, default="ortho")
    r.add_argument(
        "--focal", type=float, metavar="MM",
        help="35 mm equivalent of the perspective camera; by default EXIF's, else 50",
    )  # fmt: skip
    r.add_argument("--material", choices=("shadeless", "lit"), default="shadeless")
    r.add_argument(
        "--box", type=float, nargs=4, action="append", metavar=("X0", "Y0", "X1", "Y1"),
        help="a face's place in pixels, brows to chin; skips the detector; may be repeated",
    )  # fmt: skip
    r.add_argument("--all-faces", action="store_true", help="not only the largest face")
    r.add_argument("--model", metavar="FILE", help="another .onnx model, its UV layout beside it")
    r.set_defaults(run=_reconstruct)

    s = commands.add_parser("sheet", help="a contact sheet, to see how well faces come out")
    s.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos")
    s.add_argument("-o", "--output", default="sheet.png", metavar="FILE", help="a PNG or JPEG")
    s.add_argument("--all-faces", action="store_true", help="not only the largest face")
    s.add_argument("--model", metavar="FILE", help="another .onnx model, its UV layout beside it")
    s.set_defaults(run=_sheet)

    e = commands.add_parser("evaluate", help="a model's accuracy on annotated photos")
    e.add_argument("npz", metavar="NPZ", help="annotations; the photos in the folder of that name")
    e.add_argument("--boxes", choices=BOXES, default="truth", help="how faces are cropped")
    e.add_argument("--model", metavar="FILE", help="another .onnx model, its UV layout beside it")
    e.add_argument("--json", metavar="FILE", help="write the figures to a file too")
    e.set_defaults(run=_evaluate)
    return parser


@dataclass
class _Job:
    """One photo and the name its results carry, or why there is none."""

    photo: Path
    name: str
    taken: set[str] = field(default_factory=set)  # names of all photos, in lower case
    problem: PRNError | None = None

    def names(self, count: int) -> list[str]:
        """A name for each face: NAME, NAME_2, NAME_3, without those that other photos have."""
        names, number = [self.name], 2
        while len(names) < count:
            if f"{self.name}_{number}".lower() not in self.taken:
                names.append(f"{self.name}_{number}")
            number += 1
        return names


def _reconstruct(options: argparse.Namespace) -> int:
    if not any((options.blend, options.obj, options.glb, options.json, options.render)):
        options.blend = _has_blender()
        options.obj = not options.blend
    if options.blend or options.glb or options.render:
        _blender_scene()
    folder = make_folder(options.output)
    jobs = _jobs([Path(p) for p in options.photos])
    reconstructor = FaceReconstructor.load(options.model)
    failed = _each(jobs, lambda job: _one_photo(reconstructor, job, folder, options))
    return 1 if failed else 0


def _one_photo(
    reconstructor: FaceReconstructor, job: _Job, folder: Path, options: argparse.Namespace
) -> None:
    photo = read_photo(job.photo)
    limit = None if options.all_faces or options.box else 1
    faces = reconstructor(photo, boxes=options.box, max_faces=limit)
    names = job.names(len(faces))
    files: list[list[str]] = [[] for _ in faces]
    if options.obj:
        for face, name, mine in zip(faces, names, files, strict=True):
            mine += write_obj(face, folder, name, options.stride, options.texture_size)
    if options.blend or options.glb or options.render:
        _blender_files(faces, names, files, job, folder, options)
    if options.json:
        records = [face_record(f, mine) for f, mine in zip(faces, files, strict=True)]
        write_json(folder / f"{job.name}.json", photo, records)
        files[0].append(f"{job.name}.json")
    for name in (n for mine in files for n in mine):
        _say(folder / name)


def _blender_files(
    faces: list[Face],
    names: list[str],
    files: list[list[str]],
    job: _Job,
    folder: Path,
    options: argparse.Namespace,
) -> None:
    from .scene import SceneOptions, build_scene
    from .scene.files import new_file, render_picture, save_blend, save_glb

    new_file()
    built = build_scene(
        faces,
        SceneOptions(
            stride=options.stride,
            texture_size=options.texture_size,
            material=options.material,
            camera=options.camera,
            focal_mm=options.focal,
        ),
    )
    if options.blend:
        save_blend(folder / f"{job.name}.blend")
        files[0].append(f"{job.name}.blend")
    if options.glb:
        for item, name, mine in zip(built.faces, names, files, strict=True):
            save_glb(folder / f"{name}.glb", [item])
            mine.append(f"{name}.glb")
    if options.render:
        render_picture(folder / f"{job.name}_render.png", built, faces)
        files[0].append(f"{job.name}_render.png")


def _sheet(options: argparse.Namespace) -> int:
    output = Path(options.output)
    if output.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise OptionError(f"A contact sheet is a .png or .jpg file, not {shown(output)}.")
    jobs = _jobs([Path(p) for p in options.photos])
    reconstructor = FaceReconstructor.load(options.model)
    rows: list[np.ndarray] = []

    def one(job: _Job) -> None:
        faces = reconstructor(job.photo, max_faces=None if options.all_faces else 1)
        rows.extend(face_row(face, job.photo.name) for face in faces)

    failed = _each(jobs, one)
    if rows:
        make_folder(output.parent)
        write_image(output, np.vstack(rows))
        _say(output)
    return 1 if failed else 0


def _evaluate(options: argparse.Namespace) -> int:
    truth = load_annotations(options.npz)
    reconstructor = FaceReconstructor.load(options.model)

    def progress(done: int, total: int, name: str) -> None:
        _progress(done, total, Path(name))

    figures = evaluate(reconstructor, truth, options.boxes, progress)
    _progress_end(len(truth.names))
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


def _each(jobs: list[_Job], work: Callable[[_Job], None]) -> int:
    """Do the work for every photo, whatever happens to the others; returns how many failed."""
    failed = 0
    for number, job in enumerate(jobs):
        _progress(number, len(jobs), job.photo)
        try:
            if job.problem:
                raise job.problem
            work(job)
        except PRNError as e:
            failed += 1
            _progress_end(len(jobs))
            print(f"prn: {e}", file=sys.stderr)
    _progress(len(jobs), len(jobs), None)
    _progress_end(len(jobs))
    if failed and len(jobs) > 1:
        print(f"prn: {failed} of {len(jobs)} photos failed.", file=sys.stderr)
    return failed


def _jobs(paths: list[Path]) -> list[_Job]:
    """Photos, folders opened, each with a name of its own."""
    photos: list[tuple[Path, PRNError | None]] = []
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises on names too long
            photos.append((path, None))
            continue
        try:
            photos += [(photo, None) for photo in _photos_in(path)]
        except PhotoError as e:  # in its turn: the other photos are not to suffer
            photos.append((path, e))
    jobs: list[_Job] = []
    taken: set[str] = set()
    for photo, problem in photos:
        # x.jpg and x.png of one folder, or x.jpg of two, must not overwrite each other's results.
        name, number = plain(photo.stem), 2
        while name.lower() in taken:
            name = plain(photo.name) if number == 2 else f"{plain(photo.name)}-{number - 1}"
            number += 1
        taken.add(name.lower())
        jobs.append(_Job(photo, name, taken, problem))
    return jobs


def _photos_in(folder: Path) -> list[Path]:
    """Hidden files are left out: they are other programs' notes about photos."""
    try:
        inside = sorted(p for p in folder.iterdir() if p.suffix.lower() in PHOTO_SUFFIXES)
    except OSError as e:
        raise PhotoError(f"The folder {shown(folder)} cannot be read: {reason(e)}.") from e
    visible = [photo for photo in inside if not photo.name.startswith(".")]
    if not visible:
        raise PhotoError(f"There is no photo in the folder {shown(folder)}.")
    return visible


def _say(path: Path) -> None:
    """Print a path, whatever characters the terminal knows."""
    encoding = sys.stdout.encoding or "utf-8"
    print(str(path).encode(encoding, "backslashreplace").decode(encoding))


def _texture_size(text: str) -> int | str:
    if text == "auto":
        return text
    if not text.isdecimal() or not MIN_SIZE <= int(text) <= MAX_SIZE:
        raise argparse.ArgumentTypeError(f"expected auto or {MIN_SIZE} to {MAX_SIZE}: {text!r}")
    return int(text)


def _has_blender() -> bool:
    try:
        _blender_scene()
    except MissingDependencyError:
        return False
    return True


def _blender_scene() -> ModuleType:
    """Load the part that needs Blender before hours of work depend on it."""
    try:
        from . import scene
    except ImportError as e:
        raise MissingDependencyError(
            "--blend, --glb and --render need Blender: `pip install bpy`, or run this with "
            "`blender --background --python scripts/reconstruct.py -- ...`."
        ) from e
    return scene


def _progress(done: int, total: int, photo: Path | None) -> None:
    """A bar on a terminal; nothing in a log."""
    if total < 2 or not sys.stderr.isatty():
        return
    filled = round(24 * done / total)
    name = shown(photo) if photo else ""
    bar = "#" * filled + "-" * (24 - filled)
    print(f"\r\033[K[{bar}] {done}/{total} {name[:40]}", end="", file=sys.stderr, flush=True)


def _progress_end(total: int) -> None:
    if total > 1 and sys.stderr.isatty():
        print(file=sys.stderr)
