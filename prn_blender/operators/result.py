"""The photo with its edits or its swap: looked at, and saved."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper

from ..core.errors import OptionError
from ..core.files import shown
from ..scene.names import FACE, RESULT, is_face
from .reporting import reports_errors, tell
from .target import show_image


def result_of(item: Any) -> Any:
    """The image that swaps and "Apply to Photo" make; None where there is none yet."""
    return item.data[FACE].get(RESULT) if is_face(item) else None


class _OnResult:
    """Mix-in for operators that need the picture."""

    @classmethod
    def poll(cls: Any, context: Any) -> bool:
        """Where there is one."""
        if result_of(context.active_object) is None:
            cls.poll_message_set("There is no result yet: swap, or press Apply to Photo")
            return False
        return True


class PRN_OT_show_result(_OnResult, bpy.types.Operator):
    """Show the photo with your edits or the swap in an Image Editor"""

    bl_idname = "prn.show_result"
    bl_label = "Show Result"

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """In an editor that is open, else where Blender shows renders."""
        image = result_of(context.active_object)
        if not show_image(context, image):
            # A window of its own, unless the preferences say otherwise.
            bpy.ops.render.view_show("INVOKE_DEFAULT")
            if not show_image(context, image):
                raise OptionError("Open an Image Editor first.")
        return {"FINISHED"}


class PRN_OT_save_result(_OnResult, bpy.types.Operator, ExportHelper):
    """Save the photo with your edits or the swap as a PNG or JPEG file"""

    bl_idname = "prn.save_result"
    bl_label = "Save Result"

    filename_ext = ".png"
    check_extension = None  # .jpg is as good
    filter_glob: StringProperty(default="*.png;*.jpg;*.jpeg", options={"HIDDEN"})

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask for a name, beginning with the image's."""
        if not self.filepath:
            self.filepath = f"{bpy.path.clean_name(result_of(context.active_object).name)}.png"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Write it."""
        from ..scene.image import image_pixels

        path = Path(bpy.path.abspath(self.filepath))
        write_picture(path, image_pixels(result_of(context.active_object))[..., :3])
        tell(self, "INFO", "Saved {path}", path=shown(path))
        return {"FINISHED"}


def write_picture(path: Path, pixels: Any) -> None:
    """Write a PNG or JPEG file.

    Raises
    ------
    OutputError
        The name has another ending, or the file cannot be written.
    """
    from ..core.errors import OutputError
    from ..core.photo import write_image

    if path.suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise OutputError("{path} cannot be written: choose .png or .jpg.", path=shown(path))
    write_image(path, pixels)
