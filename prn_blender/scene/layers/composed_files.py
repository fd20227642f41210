"""Where the files of composed images lie: beside the .blend, else in a temporary folder."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

import bpy

from ...core.files.safe import write_bytes
from ..names import COMPOSED


def composed_images() -> list[bpy.types.Image]:
    """Those of this .blend, without libraries'."""
    return [i for i in bpy.data.images if i.get(COMPOSED) and i.library is None]


@cache
def _session_folder() -> Path:
    """For files of a .blend without a name; it stays, for models that were exported name them."""
    return Path(tempfile.mkdtemp(prefix="prn-textures-"))


def new_path(name: str) -> Path:
    """A file for an image of that name, in a temporary folder, that no other image uses."""
    taken = {file_of(image) for image in composed_images() if image.packed_file is None}
    # Some programs read names up to the first space only.
    stem = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    path, number = _session_folder() / f"{stem}.png", 2
    while path in taken:
        path, number = path.with_name(f"{stem}_{number}.png"), number + 1
    return path


def path_beside_blend(image: bpy.types.Image) -> Path | None:
    """The image's file beside the .blend; two .blend files in a folder do not share one."""
    if not bpy.data.filepath:
        return None
    blend = Path(bpy.data.filepath)
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{blend.stem}_{image.name}")
    return blend.parent / "textures" / f"{name}.png"


def holds(path: Path, image: bpy.types.Image) -> bool:
    """Whether a file is the same as the one packed in an image."""
    try:
        return path.is_file() and path.read_bytes() == bytes(image.packed_file.data)
    except OSError:
        return False


def unpack(image: bpy.types.Image, path: Path) -> None:
    """Let a packed image be a file, which is written where it is not there yet."""
    if not holds(path, image):
        write_bytes(path, bytes(image.packed_file.data))
    image.unpack(method="REMOVE")
    image.filepath_raw = str(path)


def file_of(image: bpy.types.Image) -> Path:
    """The file that an image names, whether it is there or not."""
    return Path(bpy.path.abspath(image.filepath_raw))
