"""`prn.mark_face`: a box drawn around a face that was not found, and the face in it built."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import StringProperty

from ..interface.views.free_region import view_region
from ..interface.views.on_photo import OnPhoto
from ..interface.views.photo_overlay import ORANGE, PhotoOverlay

if TYPE_CHECKING:
    import numpy as np

_PICTURE = 1600
"""The shown picture's longer side in pixels, at most: a screen shows no more."""

_WHITE = 99.0
"""Per cent of a dark picture's values that stay below white when it is made brighter."""

_BRIGHTEST = 30.0
"""A picture is made so many times brighter at most: what is beyond is noise."""

_LEAST_BOX = 8
"""Pixels of the window: a box with a shorter side was a click."""


class PRN_OT_mark_face(OnPhoto, bpy.types.Operator):
    """Draw a box around a face that was not found, from the brows to the chin, and build it"""

    bl_idname = "prn.mark_face"
    bl_label = "Mark Face"
    bl_options = {"REGISTER", "INTERNAL"}

    filepath: StringProperty(
        name="Photo", description="The photo", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """In a 3D view in Object Mode, as for everything that adds objects."""
        if context.mode != "OBJECT":
            cls.poll_message_set("Leave the current mode: faces are added in Object Mode")
            return False
        return super().poll(context)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Read the photo in a thread, then show it and wait for a box."""
        self._start: tuple[int, int] | None = None
        path = Path(bpy.path.abspath(self.filepath))
        status = iface_("Drag a box around the face, from the brows to the chin; Esc: cancel")
        return self.show(context, lambda: _read(path), status)

    def shown(self, found: tuple[np.ndarray, float]) -> np.ndarray:
        """The photo, no larger than a screen."""
        picture, self._scale = found
        return picture

    def follow(self, context: Any, overlay: PhotoOverlay, event: Any) -> set[str]:
        """Draw the box that the mouse drags, and build what is in it."""
        region = view_region(context.area)
        here = event.mouse_x - region.x, event.mouse_y - region.y
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            self._start = here
        elif event.type == "MOUSEMOVE" and self._start is not None:
            (x0, y0), (x1, y1) = self._start, here
            overlay.marks = [("LINE_LOOP", [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], ORANGE)]
            context.area.tag_redraw()
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE" and self._start is not None:
            return self._drawn(context, overlay, here)
        return {"RUNNING_MODAL"}

    def _drawn(self, context: Any, overlay: PhotoOverlay, end: tuple[int, int]) -> set[str]:
        start, self._start = self._start, None
        overlay.marks = []
        if start is None or min(abs(end[0] - start[0]), abs(end[1] - start[1])) < _LEAST_BOX:
            context.area.tag_redraw()
            return {"RUNNING_MODAL"}
        corners = [overlay.to_picture(context.area, *point) for point in (start, end)]
        x, y = zip(*corners, strict=True)
        box = [v / self._scale for v in (min(x), min(y), max(x), max(y))]
        self.cancel(context)
        bpy.ops.prn.reconstruct("INVOKE_DEFAULT", filepath=self.filepath, box=box)
        return {"FINISHED"}


def _read(path: Path) -> tuple[np.ndarray, float]:
    """The photo, made smaller and brighter to be looked at, and its pixels per photo pixel."""
    from ..core.outputs.thumbnails import make_thumbnails
    from ..core.photo.photo import read_photo

    photo = read_photo(path, reduced=True)
    side = min(_PICTURE, max(photo.width, photo.height))
    small = make_thumbnails(photo, side=side)
    return _bright(small.photo), small.scale


def _bright(picture: np.ndarray) -> np.ndarray:
    """A dark picture made as bright as it can be: one cannot mark what one does not see."""
    import numpy as np

    white = float(np.percentile(picture, _WHITE))
    gain = min(255 / max(white, 1.0), _BRIGHTEST)
    return np.minimum(picture * np.float32(max(gain, 1.0)), 255).astype(np.uint8)
