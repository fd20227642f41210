"""The photo with edits or a swap, looked at and saved; what a swap has left as it was."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper

from ..core.errors import OptionError, Sentence, listed
from ..core.files.safe import shown
from ..core.swap.reasons import NOTABLE, REASONS
from ..interface.jobs import Job, JobOperator, Step, no_job_poll, nothing
from ..interface.reporting import reports_errors, tell
from ..interface.result_picture import photo_of_result, result_poll, write_picture
from ..interface.target import show_image
from ..scene.layers.layers import result_is_old
from ..scene.record import find_left_out, find_result


def _show(context: Any, image: Any) -> None:
    """Show an image in an editor that is open, else where Blender shows renders."""
    if not show_image(context, image):
        # A window of its own, unless the preferences say otherwise.
        bpy.ops.render.view_show("INVOKE_DEFAULT")
        if not show_image(context, image):
            raise OptionError("Open an Image Editor first.")


class PRN_OT_show_result(bpy.types.Operator):
    """Show the photo with your edits or the swap in an Image Editor"""

    bl_idname = "prn.show_result"
    bl_label = "Show Result"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Where there is a picture."""
        return result_poll(cls, context)

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """In an editor that is open, else where Blender shows renders."""
        _show(context, find_result(context.active_object))
        return {"FINISHED"}


class PRN_OT_show_left_out(bpy.types.Operator):
    """Show on the photo what the swap has left as it was, a colour for each reason"""

    bl_idname = "prn.show_left_out"
    bl_label = "Show What Stayed"

    @classmethod
    def share(cls, context: Any) -> float:
        """How much of what was to be swapped on the active face was left as it was, 0..1."""
        found = find_left_out(getattr(context, "active_object", None))
        return sum(found[1].values()) if found else 0.0

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Where a swap has left something."""
        if find_left_out(getattr(context, "active_object", None)) is None:
            cls.poll_message_set("No swap of this face has left anything as it was")
            return False
        return True

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """As `prn.show_result`; says what the colours mean."""
        found = find_left_out(context.active_object)
        assert found is not None  # `poll` has seen to that
        image, shares = found
        _show(context, image)
        said = [
            Sentence(
                "{colour}: {words} ({share:.0%})",
                colour=REASONS[reason].colour,
                words=REASONS[reason].words,
                share=shares[reason],
            )
            for reason in REASONS
            if shares.get(reason, 0) >= NOTABLE
        ]
        if said:
            words = "What stayed. {meaning}. Less Caution swaps it, too"
            tell(self, "INFO", words, meaning=listed(said))
        return {"FINISHED"}


class PRN_OT_save_result(JobOperator, bpy.types.Operator, ExportHelper):
    """Save the photo with your edits or the swap as a PNG or JPEG file"""

    bl_idname = "prn.save_result"
    bl_label = "Save Result"

    filename_ext = ".png"
    check_extension = None  # .jpg is as good
    filter_glob: StringProperty(default="*.png;*.jpg;*.jpeg", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Where there is a picture, and one job at a time."""
        return result_poll(cls, context) and no_job_poll(cls)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask for a name, beginning with the image's."""
        if not self.filepath:
            image = find_result(context.active_object)
            assert image is not None  # `poll` has seen to that
            self.filepath: str = f"{bpy.path.clean_name(image.name)}.png"
        return self.browse(context)

    def steps(self, context: Any) -> list[Step]:
        """Take the picture out of Blender, write it."""
        from ..scene.images.texels import Texels

        if not self.filepath:
            raise OptionError("No file was chosen to save to.")
        self._path = path = Path(bpy.path.abspath(self.filepath))
        self._old = result_is_old(context.active_object)
        taken = Texels(find_result(context.active_object))
        photo = photo_of_result(context.active_object)

        def write() -> None:
            write_picture(path, taken.eight_bits[..., :3], photo)

        return [Step(path.name, write, nothing)]

    def done(self, context: Any, job: Job) -> set[str]:
        """Say where it is."""
        if job.failures:
            raise job.failures[0]
        if job.stopping:
            tell(self, "INFO", "Stopped before anything was written")
            return {"CANCELLED"}
        if self._old:
            said = "Saved {path} without what was changed since: Apply to Photo makes it anew"
            tell(self, "WARNING", said, path=shown(self._path))
        else:
            tell(self, "INFO", "Saved {path}", path=shown(self._path))
        return {"FINISHED"}
