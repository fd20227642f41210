"""A photo drawn over a view, what is drawn on it, and operators that work on it with the mouse."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import bpy

from ..core.errors import PRNError
from .free_region import free_part, view_region
from .jobs import no_job_poll
from .redraw import redraw
from .reporting import tell
from .threads import background_thread

if TYPE_CHECKING:
    import numpy as np

Mark = tuple[str, Any, tuple[float, ...]]
ORANGE = (1.0, 0.6, 0.15, 1.0)
"""As Blender's selection."""
_DIM = (0.0, 0.0, 0.0, 0.75)
_MARGIN = 0.02  # of the free part's smaller side
_TEXT, _PAD = 13, 5  # pixels at an interface scale of 1
_SECONDS_BETWEEN_LOOKS = 0.05


class PhotoOverlay:
    """A photo that covers a 3D view until it is removed.

    It takes the room that toolbar, sidebar and headers leave.

    Parameters
    ----------
    area : bpy.types.Area
        Of that view.
    picture : (h, w, 3) uint8 sRGB
    hint : str
        What to do, for a line over the picture.

    Attributes
    ----------
    marks : list of (kind, points, colour)
        What is drawn on it: "LINES", "LINE_LOOP" or "TRIS", (n, 2) pixels of the view, RGBA.
    """

    def __init__(self, area: Any, picture: np.ndarray, hint: str = "") -> None:
        self.marks: list[Mark] = []
        # By its address: an area that is closed meanwhile takes its regions along.
        self._where = view_region(area).as_pointer()
        self._height, self._width = picture.shape[:2]
        self._picture, self._hint = picture, hint
        self._texture: Any = None  # made when it is drawn: only then there is something to draw on
        self._handler = bpy.types.SpaceView3D.draw_handler_add(
            self._draw, (), "WINDOW", "POST_PIXEL"
        )

    def remove(self) -> None:
        """Draw it no more."""
        bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")

    def to_picture(self, area: Any, x: float, y: float) -> tuple[float, float]:
        """A point of the view in the picture's pixels, x right, y down, inside of it."""
        left, low, zoom = self._place(area)
        u, v = (x - left) / zoom, self._height - (y - low) / zoom
        return min(max(u, 0.0), self._width), min(max(v, 0.0), self._height)

    def to_view(self, area: Any, points: np.ndarray) -> np.ndarray:
        """(n, 2) points of the picture, x right, y down, in the view's pixels."""
        left, low, zoom = self._place(area)
        return points * [zoom, -zoom] + [left, low + zoom * self._height]

    def zoom(self, area: Any) -> float:
        """The view's pixels per picture pixel."""
        return self._place(area)[2]

    def _place(self, area: Any) -> tuple[float, float, float]:
        """Left and lower edge of the picture in the view, and the view's pixels per picture's."""
        x0, y0, x1, y1 = free_part(area)
        margin = _MARGIN * min(x1 - x0, y1 - y0)
        wide, high = x1 - x0 - 2 * margin, y1 - y0 - 2 * margin
        zoom = max(min(wide / self._width, high / self._height), 1e-3)
        return (x0 + x1 - zoom * self._width) / 2, (y0 + y1 - zoom * self._height) / 2, zoom

    def _draw(self) -> None:
        region = bpy.context.region
        if region.as_pointer() != self._where:  # the handler is that of all 3D views
            return
        import gpu
        from gpu_extras.presets import draw_texture_2d

        if self._texture is None:
            self._texture = _texture(self._picture)
        gpu.state.blend_set("ALPHA")
        w, h = region.width, region.height
        _draw("TRI_FAN", [(0, 0), (w, 0), (w, h), (0, h)], _DIM)
        left, low, zoom = self._place(bpy.context.area)
        draw_texture_2d(self._texture, (left, low), zoom * self._width, zoom * self._height)
        for kind, points, colour in self.marks:
            gpu.state.line_width_set(2.0 if kind == "LINE_LOOP" else 1.0)
            _draw(kind, points, colour)
        gpu.state.line_width_set(1.0)
        if self._hint:
            _write(self._hint, left, low + zoom * self._height, region.width)
        gpu.state.blend_set("NONE")


def _texture(picture: np.ndarray) -> Any:
    import gpu
    import numpy as np

    height, width = picture.shape[:2]
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = picture[::-1] / np.float32(255)
    data = gpu.types.Buffer("FLOAT", pixels.size, pixels.ravel())
    return gpu.types.GPUTexture((width, height), format="RGBA16F", data=data)


def _write(text: str, left: float, top: float, width: float) -> None:
    """A line below a picture's upper edge, on a dark ground."""
    import blf

    scale = bpy.context.preferences.system.ui_scale
    blf.size(0, _TEXT * scale)
    wide, high = blf.dimensions(0, text)
    x, y, pad = (
        min(left, width - wide) + 2 * _PAD * scale,
        top - high - 3 * _PAD * scale,
        _PAD * scale,
    )
    x0, y0, x1, y1 = x - pad, y - pad, x + wide + pad, y + high + pad
    _draw("TRI_FAN", [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], _DIM)
    blf.position(0, x, y, 0)
    blf.color(0, 1, 1, 1, 1)
    blf.draw(0, text)


def _draw(kind: str, points: Any, colour: tuple[float, ...]) -> None:
    import gpu
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    batch = batch_for_shader(shader, kind, {"pos": points})
    shader.uniform_float("color", colour)
    batch.draw(shader)


class OnPhoto:
    """Mix-in for operators that cover the view with a photo and are worked by the mouse.

    Subclasses call `show` in `invoke`, and give `shown` and `follow`.
    """

    _overlay: PhotoOverlay | None = None
    _timer: Any = None

    @classmethod
    def poll(cls, context: Any) -> bool:
        """In a 3D view, which shows the photo meanwhile."""
        if context.area is None or context.area.type != "VIEW_3D":
            cls.poll_message_set("A 3D view is needed, to show the photo in")
            return False
        return no_job_poll(cls)

    def shown(self, found: Any) -> np.ndarray:
        """The picture to show, of what was read; called once."""
        raise NotImplementedError

    def follow(self, context: Any, overlay: PhotoOverlay, event: Any) -> set[str]:
        """What to do about an event; what the operator returns."""
        raise NotImplementedError

    def show(self, context: Any, read: Callable[[], Any], status: str) -> set[str]:
        """Read in a thread, then show and wait for the mouse.

        Parameters
        ----------
        context : bpy.types.Context
        read : callable
            Must not touch `bpy`.
        status : str
            What to do, for the status bar and over the photo.
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
        """Blender calls this for every event."""
        # The one it was called in; None where that was closed.
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
