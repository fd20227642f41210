"""The mix-in for operators whose photo is chosen in the file browser."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from bpy.props import EnumProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..core.choices import PHOTO_SUFFIXES


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

    def has_path(self) -> bool:
        """Whether the caller named a photo. What Blender remembers of the last call is none."""
        return bool(self.properties.is_property_set("filepath") and self.filepath)
