"""Layers edited in another program: written to a file, read back and packed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import tempfile
from pathlib import Path

import bpy

from ...core.errors import Sentence
from ...core.files.safe import make_folder, shown, write_bytes
from ...core.photo.photo import encode_image, read_texture, write_image
from ...core.texture.render import check_texture
from ..images.image import image_pixels, is_data, renewed_image
from ..images.texels import packed_png

_FILE = "prn_external_file"


def write_layer(image: bpy.types.Image) -> Path:
    """Write a layer's image where another program can edit it.

    Parameters
    ----------
    image : bpy.types.Image
        Stays packed; it remembers the file.

    Returns
    -------
    Path
        `textures/NAME.png` beside the .blend file; in a temporary folder while that is unsaved.

    Raises
    ------
    OutputError
    """
    folder = Path(bpy.path.abspath("//textures")) if bpy.data.filepath else _temporary_folder()
    path = make_folder(folder) / f"{bpy.path.clean_name(image.name)}.png"
    file = packed_png(image)
    if file is not None:
        write_bytes(path, file)  # as it is: decoding and encoding it takes seconds
    else:
        write_image(path, image_pixels(image))
    image[_FILE] = bpy.path.relpath(str(path)) if bpy.data.filepath else str(path)
    return path


def external_file(image: bpy.types.Image) -> Path | None:
    """The file `write_layer` made for an image."""
    name = image.get(_FILE)
    return Path(bpy.path.abspath(name)) if isinstance(name, str) else None


def read_layer(path: Path) -> bytes:
    """What another program has made of a layer's file, as a PNG; needs nothing of Blender.

    Parameters
    ----------
    path : Path
        See `external_file`.

    Raises
    ------
    PhotoError, OptionError
        There is no file, it is no picture, or one that is no texture.
    """
    pixels = read_texture(path)
    check_texture(pixels, Sentence("texture {path}", path=shown(path)))
    return encode_image(pixels)


def renew_layer(image: bpy.types.Image, file: bytes) -> bpy.types.Image:
    """Put what `read_layer` gives in the place of a layer's image, packed, of whatever size."""
    name = image.get(_FILE)
    fresh = renewed_image(image, image.name, file, is_data(image))
    fresh[_FILE] = name
    return fresh


def _temporary_folder() -> Path:
    return Path(tempfile.gettempdir()) / "prn-textures"
