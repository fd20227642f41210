"""Layers that are edited in another program: written to a file, read back and packed again."""
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
"""The custom property of an image that holds the path of its file."""


def write_layer(image: bpy.types.Image) -> Path:
    """Write a layer's image to a file that another program can edit.

    Parameters
    ----------
    image : bpy.types.Image
        It stays packed, and remembers where the file is.

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
        write_bytes(path, file)  # without decoding and encoding it, which takes seconds
    else:
        write_image(path, image_pixels(image))
    image[_FILE] = bpy.path.relpath(str(path)) if bpy.data.filepath else str(path)
    return path


def external_file(image: bpy.types.Image) -> Path | None:
    """The file that `write_layer` has written of an image; None where it has not."""
    name = image.get(_FILE)
    return Path(bpy.path.abspath(name)) if isinstance(name, str) else None


def read_layer(path: Path) -> bytes:
    """A layer's file as another program has left it, as a PNG; needs nothing of Blender.

    Parameters
    ----------
    path : Path
        See `external_file`.

    Raises
    ------
    PhotoError, OptionError
        The file is missing, is no picture, or cannot be a texture.
    """
    pixels = read_texture(path)
    check_texture(pixels, Sentence("texture {path}", path=shown(path)))
    return encode_image(pixels)


def renew_layer(image: bpy.types.Image, file: bytes) -> bpy.types.Image:
    """Replace a layer's image by the file that `read_layer` gives, which may have another size."""
    name = image.get(_FILE)
    fresh = renewed_image(image, image.name, file, is_data(image))
    fresh[_FILE] = name
    return fresh


def _temporary_folder() -> Path:
    return Path(tempfile.gettempdir()) / "prn-textures"
