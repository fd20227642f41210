"""`prn.mark_face`: a box drawn around a face that was not found, and the face in it built."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import StringProperty

from ..core.errors import PRNError
from .jobs import no_job_poll
from .photo_overlay import PhotoOverlay
from .redraw import redraw
from .reporting import tell
from .threads import background_thread

if TYPE_CHECKING:
    import numpy as np

_LARGEST = 1600  # pixels of the picture's longer side
_SECONDS_BETWEEN_LOOKS = 0.05
_WHITE, _BRIGHTEST = 99.0, 30.0  # per cent of a picture that are to be below white; times
_LEAST = 8  # pixels of the window: less is a click, not a box


class PRN_OT_mark_face(bpy.types.Operator):
    """Draw a box around a face that was not found, from the brows to the chin, and build it"""

    bl_idname = "prn.mark_face"
    bl_label = "Mark Face"
    bl_options = {"REGISTER", "INTERNAL"}

    filepath: StringProperty(
        name="Photo", description="The photo", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        """In a 3D view, which shows the photo meanwhile."""
        if context.area is None or context.area.type != "VIEW_3D":
            cls.poll_message_set("A 3D view is needed, to show the photo in")
            return False
        if context.mode != "OBJECT":
            cls.poll_message_set("Leave the current mode: faces are added in Object Mode")
            return False
        return no_job_poll(cls)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Read the photo in a thread, then show it and wait for a box."""
        self._overlay: PhotoOverlay | None = None
        self._start: tuple[int, int] | None = None
        pool = background_thread("prn-mark")
        self._photo: Future[tuple[np.ndarray, float]] = pool.submit(
            _read, Path(bpy.path.abspath(self.filepath))
        )
        pool.shutdown(wait=False)
        window = context.window
        self._timer = context.window_manager.event_timer_add(_SECONDS_BETWEEN_LOOKS, window=window)
        context.window_manager.modal_handler_add(self)
        context.workspace.status_text_set(
            iface_("Drag a box around the face, from the brows to the chin; Esc: cancel")
        )
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Follow the mouse."""
        # The one it was called in; None where that was closed.
        if context.area is None or event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return {"CANCELLED"}
        if self._overlay is None:
            return self._show(context) if self._photo.done() else {"RUNNING_MODAL"}
        region = _view_region(context)
        here = event.mouse_x - region.x, event.mouse_y - region.y
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            self._start = here
        elif event.type == "MOUSEMOVE" and self._start is not None:
            self._overlay.box = (*self._start, *here)
            region.tag_redraw()
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE" and self._start is not None:
            return self._drawn(context, here)
        return {"RUNNING_MODAL"}

    def cancel(self, context: Any) -> None:
        """Show the view as it was; Blender calls it, too, when a file is loaded."""
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)
        if self._overlay is not None:
            self._overlay.remove()
            self._overlay = None
        redraw(context.window_manager, "VIEW_3D")

    def _show(self, context: Any) -> set[str]:
        try:
            picture, self._scale = self._photo.result()
        except PRNError as e:
            self.cancel(context)
            tell(self, "ERROR", e.sentence)
            return {"CANCELLED"}
        region = _view_region(context)
        self._overlay = PhotoOverlay(region, picture)
        region.tag_redraw()
        return {"RUNNING_MODAL"}

    def _drawn(self, context: Any, end: tuple[int, int]) -> set[str]:
        start, overlay = self._start, self._overlay
        self._start = None
        if start is None or overlay is None:
            return {"RUNNING_MODAL"}
        overlay.box = None
        region = _view_region(context)
        if min(abs(end[0] - start[0]), abs(end[1] - start[1])) < _LEAST:
            region.tag_redraw()
            return {"RUNNING_MODAL"}
        corners = [overlay.to_picture(region, *point) for point in (start, end)]
        x, y = zip(*corners, strict=True)
        box = [v / self._scale for v in (min(x), min(y), max(x), max(y))]
        self.cancel(context)
        bpy.ops.prn.reconstruct("INVOKE_DEFAULT", filepath=self.filepath, box=box)
        return {"FINISHED"}


def _view_region(context: Any) -> Any:
    return next(region for region in context.area.regions if region.type == "WINDOW")


def _read(path: Path) -> tuple[np.ndarray, float]:
    """The photo as large as a screen needs it, and its pixels per pixel of the photo."""
    from ..core.photo import read_photo
    from ..core.preview import small_pictures

    photo = read_photo(path)
    side = min(_LARGEST, max(photo.width, photo.height))
    small = small_pictures(photo, side=side)
    return _bright(small.photo), small.scale


def _bright(picture: np.ndarray) -> np.ndarray:
    """A dark picture as bright as it can be: one cannot mark what one does not see."""
    import numpy as np

    white = float(np.percentile(picture, _WHITE))
    gain = min(255 / max(white, 1.0), _BRIGHTEST)
    return np.minimum(picture * np.float32(max(gain, 1.0)), 255).astype(np.uint8)
