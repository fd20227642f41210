"""`prn.adjust` and `prn.adjust_on_photo`: features pulled to where the photo has them.

With the second one the user drags on the photo. It hands what was dragged to the first one, which
scripts can call as well.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import CollectionProperty, FloatProperty, FloatVectorProperty

from ...core.errors import OptionError, Sentence
from ...interface.jobs import FaceJob, Step
from ...interface.reporting import reports_errors, tell, tell_texture_stays
from ...interface.target import face_poll, in_object_mode
from ...interface.views.free_region import view_region
from ...interface.views.on_photo import OnPhoto
from ...interface.views.photo_overlay import PhotoOverlay
from ...scene.layers.layers import find_layers
from .adjust_canvas import AdjustCanvas

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    import numpy as np

    from ...scene.build.adjust import AdjustedFace

_TURN = 1.2
"""How much farther a pull reaches, or larger the picture is, after one turn of the wheel."""

_LARGER = {"WHEELUPMOUSE", "RIGHT_BRACKET", "NUMPAD_PLUS"}
_SMALLER = {"WHEELDOWNMOUSE", "LEFT_BRACKET", "NUMPAD_MINUS"}
"""Types of events that change how far a pull reaches; with Ctrl, how large the picture is."""

_PAN = {"MIDDLEMOUSE", "TRACKPADPAN"}
"""Types of events that move the picture; those of a trackpad with Ctrl, or a pinch, zoom it."""

_PINCH = 0.01
"""Of a zoom, for each pixel that two fingers move."""


class PRN_PG_pull(bpy.types.PropertyGroup):
    """What the photo shows of a face at a point, moved"""

    at: FloatVectorProperty(name="Point", description="x and y in the photo's pixels", size=2)
    by: FloatVectorProperty(
        name="Move", description="How far, x and y in the photo's pixels, y down", size=2
    )
    radius: FloatProperty(
        name="Radius", description="How far around the face comes along, pixels", min=0.0
    )


class PRN_OT_adjust(FaceJob, bpy.types.Operator):
    """Move features of the face to where the photo has them: mesh and texture follow"""

    bl_idname = "prn.adjust"
    bl_label = "Adjust Face"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    pulls: CollectionProperty(
        type=PRN_PG_pull,
        name="Pulls",
        description="What is moved, one after the other",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def steps(self, context: Any) -> list[Step]:
        """Compute where everything goes, then move it."""
        from ...core.face.adjust import Pull
        from ...scene.build.adjust import adjust, plan_adjustment

        item = self.begin(context)
        pulls = [Pull(tuple(p.at), tuple(p.by), p.radius) for p in self.pulls]
        if not pulls:
            raise OptionError("Nothing was moved.")
        plan = plan_adjustment(item)

        def finish(found: AdjustedFace) -> None:
            item = self.again()
            in_object_mode(context)
            adjust(item, found)
            if found.texture is None and find_layers(item) is not None:
                tell_texture_stays(self)
            else:
                tell(self, "INFO", Sentence("Adjusted {name!r}", name=item.name))

        return [Step(item.name, lambda: plan(pulls), finish)]


class PRN_OT_adjust_on_photo(OnPhoto, bpy.types.Operator):
    """Drag brows, eyes, mouth or outline to where the photo has them: mesh and texture follow"""

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
        from ...scene.record import recall

        recalled = recall([context.active_object])
        self._grabbed: tuple[float, float] | None = None
        self._panned: tuple[int, int] | None = None
        status = iface_(
            "Drag what is off to its place; wheel: how much comes along; Ctrl wheel: zoom; "
            "middle button: move the picture; Ctrl Z: take back; Enter: apply; Esc: cancel"
        )
        return self.show(context, lambda: AdjustCanvas(recalled()[0]), status)

    def shown(self, found: AdjustCanvas) -> np.ndarray:
        """The part of the photo around the face."""
        self._canvas = found
        return found.picture

    def follow(self, context: Any, overlay: PhotoOverlay, event: Any) -> set[str]:
        """Pull, take back, change the radius, zoom, apply."""
        canvas, area = self._canvas, context.area
        region = view_region(area)
        mouse = event.mouse_x - region.x, event.mouse_y - region.y
        self._look_closer(overlay, area, event, mouse)
        point = canvas.to_photo(overlay.to_picture(area, *mouse))
        pressed = event.value == "PRESS"
        if event.type in {"RET", "NUMPAD_ENTER"} and pressed:
            return self._apply(context)
        if event.type == "LEFTMOUSE" and pressed:
            self._grabbed = point if canvas.is_on_face(point) else None
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE" and self._grabbed is not None:
            canvas.pull(self._grabbed, point)
            self._grabbed = None
        elif event.type in _LARGER | _SMALLER and not event.ctrl and event.value != "RELEASE":
            canvas.scale_radius(_TURN if event.type in _LARGER else 1 / _TURN)
        elif event.type == "Z" and pressed and (event.ctrl or event.oskey):
            self._grabbed = None  # what is taken back may be what it was grabbed on
            canvas.adjustment.undo()
        elif event.type not in {"MOUSEMOVE", "TIMER", "TRACKPADZOOM"} | _PAN | _LARGER | _SMALLER:
            return {"RUNNING_MODAL"}
        places = canvas.places(self._grabbed, point)
        reach = canvas.reach(self._grabbed, point)
        overlay.marks = canvas.marks(places, overlay, area, mouse, reach)
        area.tag_redraw()
        return {"RUNNING_MODAL"}

    def _look_closer(
        self, overlay: PhotoOverlay, area: Any, event: Any, mouse: tuple[int, int]
    ) -> None:
        """Zoom and move the picture: Ctrl and wheel, the middle button, a trackpad's gestures."""
        kind, pressed = event.type, event.value != "RELEASE"
        if kind == "MIDDLEMOUSE":
            self._panned = mouse if pressed else None
        elif kind in _LARGER | _SMALLER and event.ctrl and pressed:
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
        pulls = self._canvas.adjustment.pulls
        self.cancel(context)
        if not pulls:
            return {"CANCELLED"}
        values = [{"name": "", "at": p.at, "by": p.by, "radius": p.radius} for p in pulls]
        bpy.ops.prn.adjust("INVOKE_DEFAULT", pulls=values)
        return {"FINISHED"}


CLASSES = (PRN_PG_pull, PRN_OT_adjust, PRN_OT_adjust_on_photo)
