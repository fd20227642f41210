"""Mix-ins for operators whose photo, or folder for results, is chosen in the file browser."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..core.choices import PHOTO_SUFFIXES
from ..core.errors import OptionError
from ..scene.names import is_face
from ..scene.record import find_photo


class PhotoBrowser(ImportHelper):
    """Mix-in for operators that have a photo chosen: among pictures, not among names."""

    filter_glob: StringProperty(
        default=";".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES)), options={"HIDDEN"}
    )
    # Blender's file browser reads a property of this name; 3 is its number for pictures.
    display_type: EnumProperty(
        name="Thumbnails",
        items=(("THUMBNAIL", "Thumbnails", "", 3),),
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def start_folder(self) -> None:
        """Have the file browser open where the last photo was, if no photo is named.

        In a file that was never saved it would open in the user's home.
        """
        if bpy.data.filepath or self.filepath:
            return
        scene = bpy.context.scene
        photos = [scene.prn_photo.filepath]
        images = [find_photo(item) for item in scene.objects if is_face(item)]
        photos += [image.filepath for image in images[::-1] if image is not None]
        for photo in filter(None, photos):
            folder = Path(bpy.path.abspath(photo)).parent
            if folder.is_dir():
                self.filepath: str = f"{folder}{os.sep}"
                return

    def has_path(self) -> bool:
        """Whether the caller named a photo. What Blender remembers of the last call is none."""
        return bool(self.properties.is_property_set("filepath") and self.filepath)


class IntoFolder:
    """Mix-in for operators with a folder for their results."""

    directory: StringProperty(
        name="Folder",
        description="Where the files go",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )

    def folder(self) -> Path:
        """The folder that was chosen.

        Raises
        ------
        OptionError
            None was, or it is not there; also if it is named from the .blend file, which was never
            saved.
        """
        unsaved = self.directory.startswith("//") and not bpy.data.filepath
        folder = Path(bpy.path.abspath(self.directory))
        if not self.directory or unsaved or not folder.is_dir():
            raise OptionError("Choose an existing folder for the files.")
        return folder
