"""`swap`: another face, or a part of it, in place of a face in a photo."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ..core.choices import (
    BLEND_MODES,
    COLOR_MATCHES,
    FEATHER,
    FILLS,
    GAZES,
    MOUTHS,
    PARTS,
    PHOTO_SUFFIXES,
    PRESETS,
    SHAPES,
    TOPOLOGIES,
    Gaze,
)
from ..core.editing.completion import CompletionOptions
from ..core.errors import MissingDependencyError, OptionError, PRNError
from ..core.face.face import Face
from ..core.face.reconstruct import FaceReconstructor
from ..core.files.safe import make_folder, shown
from ..core.outputs.names import result_name
from ..core.photo.edited import write_edited
from ..core.photo.photo import Photo, read_photo, write_image
from ..core.swap.left_out_picture import left_out_picture
from ..core.swap.options import SwapOptions, check_swap
from ..core.swap.pipeline import swap
from ..core.swap.reasons import REASONS
from ..core.swap.result import SwapResult
from ..core.texture.masks import read_mask
from . import model_choice
from .photos import (
    PICTURES,
    PhotoJob,
    for_each,
    keep_inputs,
    output_folder,
    photo_jobs,
    pick_face,
    say,
)
from .streams import complain

_OTHER_PICTURES = PHOTO_SUFFIXES - set(PICTURES)
"""Pictures that are read, and not written."""

_DONORS_KEPT = 4
"""Donors that are remembered from one target to the next; each is as large as its photo."""


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    s = commands.add_parser("swap", help="another face in place of a face in a photo")
    s.add_argument("target", metavar="TARGET", help="the photo to change, or a folder of photos")
    s.add_argument(
        "references", nargs="+", metavar="REFERENCE",
        help="photos of donors, or folders; several make one result each, with --all-faces one "
        "donor for each face, largest first",
    )  # fmt: skip
    s.add_argument(
        "-o", "--output", default=".", metavar="OUT",
        help="a .png or .jpg file for one result, else a folder",
    )  # fmt: skip
    add_swap_arguments(s)
    faces = s.add_mutually_exclusive_group()
    faces.add_argument("--all-faces", action="store_true", help="every face of the target")
    faces.add_argument("--face", type=int, metavar="N", help="the N-th face, largest first")
    s.add_argument("--donor-face", type=int, metavar="N", help="the N-th face of the references")
    s.add_argument("--texture", action="store_true", help="also NAME_texture.png")
    s.add_argument("--matte", action="store_true", help="also NAME_matte.png")
    s.add_argument(
        "--left-out", action="store_true",
        help="also NAME_left_out.png: what stays as it is, a colour for each reason",
    )  # fmt: skip
    s.add_argument("--blend-file", action="store_true", help="also NAME.blend, with it all live")
    s.add_argument(
        "--topology", choices=TOPOLOGIES,
        help="of NAME.blend: the whole head (default, where the model tells one), or the lattice",
    )  # fmt: skip
    model_choice.add_argument(s)
    model_choice.add_head_argument(s)
    s.set_defaults(run=run)


def add_swap_arguments(parser: Any, blend: str = "--blend", gaze: Gaze = "donor") -> None:
    """What can be chosen about a swap.

    Parameters
    ----------
    parser : argparse.ArgumentParser or group of one
    blend : str
        What the option for the blend mode is called.
    gaze : {"donor", "target"}
        Whose it is by default.
    """
    parser.add_argument(
        "--part", action="append", metavar="PART",
        help=f"what is swapped (default face); may be repeated: {', '.join((*PARTS, *PRESETS))}, "
        "or a part of the model's own",
    )  # fmt: skip
    parser.add_argument("--mask", metavar="FILE", help="a picture in UV space; white is swapped")
    parser.add_argument("--strength", type=float, default=1.0, metavar="0..1")
    parser.add_argument(
        "--feather", type=float, default=FEATHER, metavar="W",
        help=f"width of the soft rim in eye distances (default {FEATHER})",
    )  # fmt: skip
    parser.add_argument(
        "--color-match", choices=COLOR_MATCHES, default="light",
        help="bring the donor into the target's light, or only into its mean colour",
    )  # fmt: skip
    parser.add_argument(blend, dest="blend_mode", choices=BLEND_MODES, default="poisson")
    parser.add_argument(
        "--shape", choices=SHAPES, default="target", help="whose features; the pose is the target's"
    )
    parser.add_argument("--mouth", choices=MOUTHS, default="auto", help="whose teeth")
    parser.add_argument(
        "--caution", type=float, default=1.0, metavar="0..1",
        help="how much stays the target's: 1 (default) whatever might be wrong; 0.75 also swaps "
        "where the donor's skin shows hands or shadows; below it hair and beards, below 0.5 "
        "covered eyes, noses and mouths; with 0 all is swapped",
    )  # fmt: skip
    parser.add_argument(
        "--gaze", choices=GAZES, default=gaze, help=f"whose eyeballs (default {gaze})"
    )
    parser.add_argument(
        "--texture-size", type=int, metavar="N", help="texels along a side; by default as needed"
    )
    add_completion_arguments(parser)


def add_completion_arguments(parser: Any) -> None:
    """Options for the hidden side of a face."""
    parser.add_argument(
        "--no-mirror", action="store_true", help="hidden sides: not from the other half"
    )
    parser.add_argument("--fill", choices=FILLS, default="smooth", help="what neither half shows")


def run(options: argparse.Namespace) -> int:
    """Swap in every target; returns the exit code."""
    if options.blend_file:
        _scene_builder()
    wanted = Path(options.output)
    targets = photo_jobs([Path(options.target)], wanted)
    donors = photo_jobs([Path(p) for p in options.references], wanted)
    keep_inputs(wanted, [Path(options.mask)] if options.mask else [])
    combined = options.all_faces or len(donors) == 1
    single = len(targets) == 1 and combined
    output = _Output(options.output, single)
    reconstructor = model_choice.load(options)
    chosen = swap_options(options, reconstructor)

    @lru_cache(maxsize=_DONORS_KEPT)
    def donor(number: int) -> Face:
        job = donors[number]
        if job.problem:
            raise job.problem
        found = reconstructor(job.photo, max_faces=None)
        return pick_face(found, options.donor_face, job.photo, "--donor-face N")

    def one(job: PhotoJob) -> None:
        photo = read_photo(job.photo)
        faces = reconstructor(photo)
        if not options.all_faces:
            faces = [pick_face(faces, options.face, job.photo, "--face N or --all-faces")]
        if combined:
            pairs = [(face, donor(i % len(donors))) for i, face in enumerate(faces)]
            _swap_and_write(pairs, chosen, output.file(job.name), options)
            return
        problems = []
        for number, other in enumerate(donors):
            try:
                pair = (faces[0], donor(number))
                file = output.file(f"{job.name}_{other.name}")
                _swap_and_write([pair], chosen, file, options)
            except PRNError as e:
                problems.append(e)
        if problems:  # the other donors have not suffered
            raise type(problems[0])(" ".join(str(e) for e in problems))

    return 1 if for_each(targets, one) else 0


class _Output:
    """Where results go: one file, or a folder.

    Parameters
    ----------
    text : str
        What the user named.
    single : bool
        There is one result only, so it may be a file.
    """

    def __init__(self, text: str, single: bool) -> None:
        self._path = path = Path(text)
        self._file = path.suffix.lower() in PICTURES and not path.is_dir()
        if self._file and not single:
            raise OptionError(
                f"There are several results; {shown(path)} is one file. Choose a folder."
            )
        if self._file:
            make_folder(path.parent)
        elif path.suffix.lower() in _OTHER_PICTURES and not path.is_dir():
            raise OptionError(f"The result is a .png or .jpg file, not {shown(path)}.")
        else:
            output_folder(text)

    def file(self, name: str) -> Path:
        """The picture of a result, by its name."""
        return self._path if self._file else self._path / result_name(name, "_swap.png")


def swap_options(options: argparse.Namespace, reconstructor: FaceReconstructor) -> SwapOptions:
    """What the arguments ask for; checked now, before faces are looked for."""
    layout = reconstructor.layout
    chosen = SwapOptions(
        parts=tuple(options.part or ("face",)),
        mask=read_mask(options.mask, layout) if options.mask else None,
        strength=options.strength,
        color_match=options.color_match,
        blend=options.blend_mode,
        feather=options.feather,
        caution=options.caution,
        mouth=options.mouth,
        gaze=options.gaze,
        shape=options.shape,
        completion=CompletionOptions(not options.no_mirror, options.fill),
        texture_size=options.texture_size or "auto",
    )
    check_swap(layout, None, chosen)
    return chosen


def _swap_and_write(
    pairs: list[tuple[Face, Face]], chosen: SwapOptions, file: Path, options: argparse.Namespace
) -> None:
    """Swap (target, donor) faces of one photo in turn, and write what was asked for."""
    photo: Photo = pairs[0][0].photo
    picture: np.ndarray | None = None
    matte = np.zeros((photo.height, photo.width), np.uint8)
    written = [file]
    for number, (target, donor) in enumerate(pairs):
        result = swap(target, donor, chosen, picture)
        picture = result.picture
        if result.warning:
            complain(str(result.warning))
        matte = np.maximum(matte, result.matte)
        if options.texture:
            written.append(_numbered(file, "_texture.png", number))
            write_image(written[-1], result.texture)
        if options.left_out and result.left_out:
            written.append(_numbered(file, "_left_out.png", number))
            write_image(written[-1], left_out_picture(target, result))
            complain(_legend(result, written[-1]))
    assert picture is not None
    write_edited(file, picture, photo)
    if options.matte:
        written.append(file.with_name(result_name(file.stem, "_matte.png")))
        write_image(written[-1], matte)
    if options.blend_file:
        import bpy

        from ..scene.build.camera import view_notice
        from ..scene.files import new_file, save_blend
        from ..scene.options import SceneOptions

        new_file()
        _scene_builder()(pairs, chosen, SceneOptions(topology=options.topology))
        if (notice := view_notice(bpy.context.scene)) is not None:
            complain(f"{notice}.")
        written.append(file.with_name(result_name(file.stem, ".blend")))
        save_blend(written[-1])
    for path in written:
        say(path)


def _numbered(file: Path, ending: str, number: int) -> Path:
    """A file beside the result, for the face of this number; the first one's has none."""
    name = Path(result_name(file.stem, ending))
    return file.with_name(f"{name.stem}_{number + 1}{name.suffix}" if number else name.name)


def _legend(result: SwapResult, file: Path) -> str:
    """What the colours of a picture of what was left out mean."""
    said = [
        f"{REASONS[one.reason].colour} is {REASONS[one.reason].words} ({one.share:.0%})"
        for one in result.left_out
    ]
    return f"In {shown(file)} {', '.join(said)}."


def _scene_builder() -> Callable[..., object]:
    """The function that needs Blender; called first of all, it fails before any work was done."""
    try:
        scene = import_module("..scene.result.swap", __package__)
    except ImportError as e:
        raise MissingDependencyError(
            "--blend-file needs Blender: `pip install bpy`, or run this with "
            "`blender --command prn swap ...`."
        ) from e
    return scene.build_swap_scene
