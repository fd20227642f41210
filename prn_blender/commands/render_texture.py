"""`render-texture`: an edited texture, back into the photo it came from."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..core.choices import BLEND_MODES, PARTS
from ..core.editing.apply import apply_texture
from ..core.errors import OptionError, Sentence
from ..core.files.safe import make_folder, shown
from ..core.geometry.parts import part_mask
from ..core.image.blend import check_blend
from ..core.photo.edited import write_edited
from ..core.photo.photo import read_photo, read_texture
from ..core.texture.masks import read_mask
from ..core.texture.render import check_texture
from . import model_choice
from .photos import PICTURES, keep_inputs, pick_face, say


def add_parser(commands: Any) -> None:
    """Add the command to the `commands` of an argparse parser."""
    r = commands.add_parser("render-texture", help="an edited texture, back into its photo")
    r.add_argument("photo", metavar="PHOTO")
    r.add_argument("texture", metavar="TEXTURE", help="a square picture in UV space")
    r.add_argument("-o", "--output", required=True, metavar="FILE", help="a .png or .jpg file")
    r.add_argument("--everything", action="store_true", help="not only what was changed")
    r.add_argument("--part", action="append", metavar="PART", help=f"only {', '.join(PARTS)}")
    r.add_argument("--mask", metavar="FILE", help="a picture in UV space; white is drawn")
    r.add_argument("--blend", choices=BLEND_MODES, default="feather")
    r.add_argument("--strength", type=float, default=1.0, metavar="0..1")
    r.add_argument("--face", type=int, metavar="N", help="the N-th face, largest first")
    model_choice.add_argument(r)
    r.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Draw the texture into the photo; returns the exit code."""
    output = Path(options.output)
    if output.suffix.lower() not in PICTURES:
        raise OptionError(f"The result is a .png or .jpg file, not {shown(output)}.")
    used = [options.photo, options.texture, *([options.mask] if options.mask else [])]
    keep_inputs(output, [Path(path) for path in used])
    check_blend(options.blend, options.strength)
    texture = read_texture(options.texture)
    check_texture(texture, Sentence("texture {path}", path=shown(options.texture)))
    reconstructor = model_choice.load(options)
    mask = None
    if options.part:
        mask = part_mask(reconstructor.layout, options.part)
    elif options.mask:
        mask = read_mask(options.mask, reconstructor.layout)
    photo = read_photo(options.photo)
    faces = reconstructor(photo)
    face = pick_face(faces, options.face, Path(options.photo), "--face N")
    picture = apply_texture(
        face, texture, mask, options.blend, options.strength, options.everything
    )
    make_folder(output.parent)
    write_edited(output, picture, photo)
    say(output)
    return 0
