"""`prn.adjust` and `prn.adjust_on_photo`: a face pinned to where the photo has its features.

With the second one the user drags pins on the photo. It hands them to the first one, which scripts
can call as well.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, CollectionProperty, FloatVectorProperty, IntProperty

from ...core.errors import OptionError, Sentence
from ...interface.jobs import FaceJob, Step
from ...interface.reporting import reports_errors, tell, tell_texture_stays
from ...interface.target import face_poll, in_object_mode
from ...interface.views.free_region import view_region
from ...interface.views.on_photo import OnPhoto
from ...interface.views.photo_overlay import PhotoOverlay
from ...scene.layers.layers import find_layers
from ...scene.record import photo_record_of
from .adjust_canvas import AdjustCanvas

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    import numpy as np

    from ...scene.build.adjust import AdjustedFace

_TURN = 1.2
"""How much larger the picture is after one turn of the wheel."""

_LARGER = {"WHEELUPMOUSE", "NUMPAD_PLUS"}
_SMALLER = {"WHEELDOWNMOUSE", "NUMPAD_MINUS"}
"""Types of events that zoom."""

_REMOVE = {"X", "DEL", "BACK_SPACE"}
"""Keys that take the pin under the mouse out."""

_PAN = {"MIDDLEMOUSE", "TRACKPADPAN"}
"""Types of events that move the picture; those of a trackpad with Ctrl, or a pinch, zoom it."""

_PINCH = 0.01
"""Of a zoom, for each pixel that two fingers move."""


class PRN_PG_pin(bpy.types.PropertyGroup):
    """A place of a face, and where the photo has it"""

    texel: IntProperty(
        name="Texel", description="Of the position map: row times its side, plus column", min=0
    )
    at: FloatVectorProperty(name="Point", description="x and y in the photo's pixels", size=2)


class PRN_OT_adjust(FaceJob, bpy.types.Operator):
    """Pin places of the face to where the photo has them: mesh and texture follow"""

    bl_idname = "prn.adjust"
    bl_label = "Adjust Face"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    pins: CollectionProperty(
        type=PRN_PG_pin,
        name="Pins",
        description="All that the face is to have; without any it is as it was found",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    symmetric: BoolProperty(
        name="Symmetric",
        description="The other side of the face comes along as far as no pin there says otherwise",
        default=True,
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def steps(self, context: Any) -> list[Step]:
        """Compute where everything goes, then move it."""
        from ...core.face.adjust import Pin
        from ...scene.build.adjust import adjust, plan_adjustment

        item = self.begin(context)
        pins = [Pin(pin.texel, (pin.at[0], pin.at[1])) for pin in self.pins]
        if not pins and photo_record_of(item).pins is None:
            raise OptionError("Nothing was moved.")
        plan, symmetric = plan_adjustment(item), bool(self.symmetric)

        def finish(found: AdjustedFace) -> None:
            item = self.again()
            in_object_mode(context)
            adjust(item, found)
            if found.texture is None and find_layers(item) is not None:
                tell_texture_stays(self)
            else:
                tell(self, "INFO", Sentence("Adjusted {name!r}", name=item.name))

        return [Step(item.name, lambda: plan(pins, symmetric), finish)]


class PRN_OT_adjust_on_photo(OnPhoto, bpy.types.Operator):
    """Pin brows, eyes, mouth or outline to where the photo has them: the whole face follows"""

    bl_idname = "prn.adjust_on_photo"
    bl_label = "Adjust on Photo..."
    bl_options = {"REGISTER", "INTERNAL"}

    @classmethod
    def poll(cls, context: Any) -> bool:
        """On a face that can be changed, in a 3D view."""
        return face_poll(cls, context) and super().poll(context)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Read the photo in a thread, then show it with the face's lines."""
        return self.start(context)

    @reports_errors
    def start(self, context: Any) -> set[str]:
        """As `invoke`; apart from it because `reports_errors` knows no event."""
        from ...scene.record import recall_pinned

        recalled = recall_pinned(context.active_object)
        self._panned: tuple[int, int] | None = None
        status = iface_(
            "Drag what is off to its place; X: take a pin out; S: both sides alike, or not; "
            "wheel: zoom; Ctrl Z: take back; Enter: apply; Esc: cancel"
        )
        return self.show(context, lambda: AdjustCanvas(recalled()), status)

    def shown(self, found: AdjustCanvas) -> np.ndarray:
        """The part of the photo around the face."""
        self._canvas = found
        return found.picture

    def follow(self, context: Any, overlay: PhotoOverlay, event: Any) -> set[str]:
        """Set, drag and remove pins, take back, zoom, apply."""
        canvas, area = self._canvas, context.area
        region = view_region(area)
        mouse = event.mouse_x - region.x, event.mouse_y - region.y
        self._look_closer(overlay, area, event, mouse)
        point = canvas.to_photo(overlay.to_picture(area, *mouse))
        reach = canvas.reach(overlay.zoom(area))
        pressed = event.value == "PRESS"
        if event.type in {"RET", "NUMPAD_ENTER"} and pressed:
            canvas.drop()
            return self._apply(context)
        if event.type == "LEFTMOUSE" and pressed:
            if event.ctrl or event.alt:
                self._remove(point, reach)
            else:
                canvas.grab(point, reach)
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            canvas.drop()
        elif event.type == "MOUSEMOVE":
            canvas.drag_to(point)
        elif event.type in _REMOVE and pressed:
            self._remove(point, reach)
        elif event.type == "S" and pressed:
            canvas.switch_symmetric()
            if canvas.now.symmetric:
                tell(self, "INFO", Sentence("Both sides of the face go along with each other"))
            else:
                tell(self, "INFO", Sentence("Each side of the face goes by itself"))
        elif event.type == "Z" and pressed and (event.ctrl or event.oskey):
            (canvas.redo if event.shift else canvas.undo)()
        elif event.type not in {"TIMER", "TRACKPADZOOM"} | _PAN | _LARGER | _SMALLER:
            return {"RUNNING_MODAL"}
        overlay.marks = canvas.marks(overlay, area, point)
        area.tag_redraw()
        return {"RUNNING_MODAL"}

    def _remove(self, point: tuple[float, float], reach: float) -> None:
        """Take the pin under the mouse out, if there is one and none is being dragged."""
        number = self._canvas.pin_near(point, reach)
        if number is not None and not self._canvas.is_dragging:
            self._canvas.remove(number)

    def _look_closer(
        self, overlay: PhotoOverlay, area: Any, event: Any, mouse: tuple[int, int]
    ) -> None:
        """Zoom and move the picture: the wheel, the middle button, a trackpad's gestures."""
        kind, pressed = event.type, event.value != "RELEASE"
        if kind == "MIDDLEMOUSE":
            self._panned = mouse if pressed else None
        elif kind in _LARGER | _SMALLER and pressed:
            overlay.zoom_at(area, *mouse, _TURN if kind in _LARGER else 1 / _TURN)
        elif kind == "TRACKPADZOOM" or (kind == "TRACKPADPAN" and event.ctrl):
            moved = event.mouse_x - event.mouse_prev_x + event.mouse_y - event.mouse_prev_y
            overlay.zoom_at(area, *mouse, math.exp(_PINCH * moved))
        elif kind == "TRACKPADPAN":
            overlay.pan(
                area, event.mouse_x - event.mouse_prev_x, event.mouse_y - event.mouse_prev_y
            )
        elif kind == "MOUSEMOVE" and self._panned is not None:
            overlay.pan(area, mouse[0] - self._panned[0], mouse[1] - self._panned[1])
            self._panned = mouse

    def _apply(self, context: Any) -> set[str]:
        canvas = self._canvas
        self.cancel(context)
        if not canvas.changed:
            return {"CANCELLED"}
        values = [{"name": "", "texel": pin.texel, "at": pin.at} for pin in canvas.now.pins]
        bpy.ops.prn.adjust("INVOKE_DEFAULT", pins=values, symmetric=canvas.now.symmetric)
        return {"FINISHED"}


CLASSES = (PRN_PG_pin, PRN_OT_adjust, PRN_OT_adjust_on_photo)
