"""`prn.adjust`: features pulled to where the photo has them; by the mouse `prn.adjust_on_photo`."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import CollectionProperty, FloatProperty, FloatVectorProperty

from ..core.errors import OptionError, Sentence
from ..interface.face_job import FaceJob
from ..interface.free_region import view_region
from ..interface.jobs import Step
from ..interface.photo_overlay import ORANGE, Mark, OnPhoto, PhotoOverlay
from ..interface.reporting import reports_errors, tell
from ..interface.target import face_poll, in_object_mode
from ..scene.layers.layers import find_layers

if TYPE_CHECKING:
    # Loaded when first used: Blender's start must neither wait for OpenCV nor fail without it.
    import numpy as np

    from ..core.face.adjust import Pull
    from ..core.face.face import Face
    from ..scene.build.adjust import Adjusted

# Of the face's size: how far a pull reaches at first, at least and at most; one turn of the wheel.
_RADIUS, _SMALLEST, _LARGEST, _TURN = 0.15, 0.03, 0.8, 1.2
_MARGIN = 0.2  # of the face's size, around it
_PICTURE = 1400  # pixels of the longer side, at most
_LATTICE = 6  # every so many texels a line
_LINES, _FAINT, _WHITE = (1.0, 0.75, 0.4, 0.9), (1.0, 1.0, 1.0, 0.3), (1.0, 1.0, 1.0, 0.9)
_DOT = 3  # pixels of the window
_LARGER = {"WHEELUPMOUSE", "RIGHT_BRACKET", "NUMPAD_PLUS"}
_SMALLER = {"WHEELDOWNMOUSE", "LEFT_BRACKET", "NUMPAD_MINUS"}


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
        from ..core.face.adjust import Pull
        from ..scene.build.adjust import adjust, plan_adjustment

        item = self.begin(context)
        pulls = [Pull(tuple(p.at), tuple(p.by), p.radius) for p in self.pulls]
        if not pulls:
            raise OptionError("Nothing was moved.")
        plan = plan_adjustment(item)

        def finish(found: Adjusted) -> None:
            item = self.again()
            in_object_mode(context)
            adjust(item, found)
            if found.texture is None and find_layers(item) is not None:
                kept = "The texture was changed since it came from the photo, and stays as it is"
                tell(self, "WARNING", kept)
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
        """As `invoke`, which is given an event besides."""
        from ..scene.record import recall

        recalled = recall([context.active_object])
        self._grabbed: tuple[float, float] | None = None
        status = iface_(
            "Drag what is off to its place; wheel: how much comes along; Ctrl Z: take back; "
            "Enter: apply; Esc: cancel"
        )
        return self.show(context, lambda: Canvas(recalled()[0]), status)

    def shown(self, found: Canvas) -> np.ndarray:
        """The part of the photo around the face."""
        self._canvas = found
        return found.picture

    def follow(self, context: Any, overlay: PhotoOverlay, event: Any) -> set[str]:
        """Pull, take back, change the radius, apply."""
        canvas, area = self._canvas, context.area
        region = view_region(area)
        mouse = event.mouse_x - region.x, event.mouse_y - region.y
        point = canvas.to_photo(overlay.to_picture(area, *mouse))
        pressed = event.value == "PRESS"
        if event.type in {"RET", "NUMPAD_ENTER"} and pressed:
            return self._apply(context)
        if event.type == "LEFTMOUSE" and pressed:
            self._grabbed = point if canvas.is_on_face(point) else None
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE" and self._grabbed is not None:
            canvas.pull(self._grabbed, point)
            self._grabbed = None
        elif event.type in _LARGER | _SMALLER and event.value in {"PRESS", "NOTHING"}:
            canvas.scale_radius(_TURN if event.type in _LARGER else 1 / _TURN)
        elif event.type == "Z" and pressed and (event.ctrl or event.oskey):
            self._grabbed = None  # what is taken back may be what it was grabbed on
            canvas.adjustment.undo()
        elif event.type not in {"MOUSEMOVE", "TIMER"}:
            return {"RUNNING_MODAL"}
        places = canvas.places(self._grabbed, point)
        overlay.marks = canvas.marks(places, overlay, area, mouse)
        area.tag_redraw()
        return {"RUNNING_MODAL"}

    def _apply(self, context: Any) -> set[str]:
        pulls = self._canvas.adjustment.pulls
        self.cancel(context)
        if not pulls:
            return {"CANCELLED"}
        values = [{"name": "", "at": p.at, "by": p.by, "radius": p.radius} for p in pulls]
        bpy.ops.prn.adjust("INVOKE_DEFAULT", pulls=values)
        return {"FINISHED"}


class Canvas:
    """A face's lines on the part of the photo around it.

    Parameters
    ----------
    face : Face

    Attributes
    ----------
    picture : (h, w, 3) uint8 sRGB
    adjustment : Adjustment
        What was pulled so far.
    radius : float
        Of the next pull, photo pixels.
    """

    def __init__(self, face: Face) -> None:
        import numpy as np

        from ..core.face.adjust import Adjustment
        from ..core.outputs.overlay import LINES
        from ..core.outputs.thumbnails import crop_around_face

        self.adjustment = Adjustment(face)
        self.picture, self._corner, self._scale = crop_around_face(face, _MARGIN, _PICTURE)
        self._size, self.radius = face.size, _RADIUS * face.size
        shown = face.visibility
        texels = np.arange(shown.size).reshape(shown.shape)
        # Neighbours on every sixth row and column, where the photo shows both.
        ends = [
            (texels[::_LATTICE, :-_LATTICE:_LATTICE], texels[::_LATTICE, _LATTICE::_LATTICE]),
            (texels[:-_LATTICE:_LATTICE, ::_LATTICE], texels[_LATTICE::_LATTICE, ::_LATTICE]),
        ]
        lattice = np.concatenate([np.stack([a.ravel(), b.ravel()], 1) for a, b in ends])
        self._lattice = lattice[shown.ravel()[lattice].all(axis=1)].ravel()
        marks = face.layout.landmark_texels @ [face.layout.size, 1]
        pairs = [(i, i + 1) for first, last, _ in LINES for i in range(first, last)]
        pairs += [(last, first) for first, last, closed in LINES if closed]
        lines = marks[np.array(pairs)]
        self._lines = lines[shown.ravel()[lines].all(axis=1)].ravel()
        self._dots = marks[shown.ravel()[marks]]

    def to_photo(self, point: Sequence[float]) -> tuple[float, float]:
        """A point of the picture in the photo's pixels."""
        x, y = (v / self._scale + c for v, c in zip(point, self._corner, strict=True))
        return x - 0.5, y - 0.5

    def is_on_face(self, point: tuple[float, float]) -> bool:
        """Whether the photo shows the face there, or nearly: within the least radius, for the
        wheel may be turned while something is dragged."""
        return self.adjustment.texel_at(*point)[1] <= _SMALLEST * self._size

    def scale_radius(self, factor: float) -> None:
        """Have the next pull take more or less of the face along."""
        wanted = self.radius * factor
        self.radius = min(max(wanted, _SMALLEST * self._size), _LARGEST * self._size)

    def pull(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Move what is at one point of the photo to another."""
        self.adjustment.pull(self._pull(start, end))

    def places(self, start: tuple[float, float] | None, end: tuple[float, float]) -> np.ndarray:
        """(S * S, 2) photo pixels: where texels are, or would be if the mouse let go now."""
        adjustment = self.adjustment
        now = adjustment.position_map
        if start is not None:
            now = adjustment.preview(self._pull(start, end))
        return now[..., :2].reshape(-1, 2)

    def marks(
        self, places: np.ndarray, overlay: PhotoOverlay, area: Any, mouse: tuple[int, int]
    ) -> list[Mark]:
        """What is drawn over the picture."""
        import numpy as np

        def on_view(texels: np.ndarray) -> np.ndarray:
            picture = (places[texels] + 0.5 - self._corner) * self._scale
            return overlay.to_view(area, picture).astype(np.float32)

        square = np.float32([(-1, -1), (1, -1), (1, 1), (-1, -1), (1, 1), (-1, 1)]) * _DOT
        dots = (on_view(self._dots)[:, None] + square).reshape(-1, 2)
        turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        circle = np.stack([np.cos(turn), np.sin(turn)], 1) * self.radius * self._scale
        circle = (circle * overlay.zoom(area) + mouse).astype(np.float32)
        return [
            ("LINES", on_view(self._lattice), _FAINT),
            ("LINES", on_view(self._lines), _LINES),
            ("TRIS", dots, ORANGE),
            ("LINE_LOOP", circle, _WHITE),
        ]

    def _pull(self, start: tuple[float, float], end: tuple[float, float]) -> Pull:
        from ..core.face.adjust import Pull

        return Pull(start, (end[0] - start[0], end[1] - start[1]), self.radius)


CLASSES = (PRN_PG_pull, PRN_OT_adjust, PRN_OT_adjust_on_photo)
