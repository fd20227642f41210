"""Layers edited in another program: written to a file, read back and packed."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import tempfile
from pathlib import Path

import bpy

from ..core.errors import OptionError, Sentence
from ..core.files import make_folder, shown
from ..core.photo import read_texture, write_image
from ..core.render import check_texture
from .image import NON_COLOR, image_pixels, renewed_image

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
    write_image(path, image_pixels(image))
    image[_FILE] = bpy.path.relpath(str(path)) if bpy.data.filepath else str(path)
    return path


def external_file(image: bpy.types.Image) -> Path | None:
    """The file `write_layer` made for an image."""
    name = image.get(_FILE)
    return Path(bpy.path.abspath(name)) if isinstance(name, str) else None


def reload_layer(image: bpy.types.Image) -> bpy.types.Image:
    """Take what another program has made of a layer's file.

    Parameters
    ----------
    image : bpy.types.Image
        After `write_layer`.

    Returns
    -------
    bpy.types.Image
        In the place of `image`, packed; of whatever size the file now is.

    Raises
    ------
    OptionError, PhotoError
        There is no file, it is no picture, or one that is no texture.
    """
    path = external_file(image)
    if path is None:
        raise OptionError("{image!r} was not edited in another program yet.", image=image.name)
    pixels = read_texture(path)
    check_texture(pixels, Sentence("texture {path}", path=shown(path)))
    data = image.colorspace_settings.name == NON_COLOR
    name = image.get(_FILE)
    fresh = renewed_image(image, image.name, pixels, data)
    fresh[_FILE] = name
    return fresh


def _temporary_folder() -> Path:
    return Path(tempfile.gettempdir()) / "prn-textures"
