"""The mix-in for operators that cover a 3D view with a photo and are worked by the mouse on it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from ...core.errors import PRNError
from ..jobs import no_job_poll
from ..redraw import redraw
from ..reporting import tell
from ..threads import background_thread
from .photo_overlay import PhotoOverlay

if TYPE_CHECKING:
    import numpy as np

_SECONDS_BETWEEN_LOOKS = 0.05
"""Whether the photo has been read by now."""


class OnPhoto:
    """Mix-in for operators that cover the view with a photo and are worked by the mouse.

    Subclasses call `show` in `invoke`, and give `shown` and `follow`. Esc and the right mouse
    button cancel; until then all events are the operator's, and Blender gets none of them.
    """

    _overlay: PhotoOverlay | None = None
    _timer: Any = None

    @classmethod
    def poll(cls: Any, context: Any) -> bool:
        """In a 3D view, which shows the photo meanwhile."""
        if context.area is None or context.area.type != "VIEW_3D":
            cls.poll_message_set("A 3D view is needed, to show the photo in")
            return False
        return no_job_poll(cls)

    def shown(self, found: Any) -> np.ndarray:
        """The picture to show, of what was read; called once."""
        raise NotImplementedError

    def follow(self, context: Any, overlay: PhotoOverlay, event: Any) -> set[str]:
        """Do something about an event of mouse or keyboard; what the operator returns."""
        raise NotImplementedError

    def show(self, context: Any, read: Callable[[], Any], status: str) -> set[str]:
        """Read in a thread, then show and wait for the mouse.

        Parameters
        ----------
        context : bpy.types.Context
        read : callable
            Must not touch `bpy`.
        status : str
            What the user is to do, for the status bar and over the photo.
        """
        self._overlay, self._status = None, status
        pool = background_thread("prn-photo")
        self._photo: Future[Any] = pool.submit(read)
        pool.shutdown(wait=False)
        window = context.window
        self._timer = context.window_manager.event_timer_add(_SECONDS_BETWEEN_LOOKS, window=window)
        context.window_manager.modal_handler_add(self)
        context.workspace.status_text_set(status)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Called by Blender for every event."""
        # Without an area: the one that the operator was called in was closed.
        if context.area is None or event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return {"CANCELLED"}
        if self._overlay is not None:
            return self.follow(context, self._overlay, event)
        if self._photo.done():
            try:
                picture = self.shown(self._photo.result())
            except PRNError as e:
                self.cancel(context)
                tell(self, "ERROR", e.sentence)
                return {"CANCELLED"}
            self._overlay = PhotoOverlay(context.area, picture, self._status)
            context.area.tag_redraw()
        return {"RUNNING_MODAL"}

    def cancel(self, context: Any) -> None:
        """Show the view as it was; Blender calls it, too, when a file is loaded."""
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        context.workspace.status_text_set(None)
        if self._overlay is not None:
            self._overlay.remove()
            self._overlay = None
        redraw(context.window_manager, "VIEW_3D")
