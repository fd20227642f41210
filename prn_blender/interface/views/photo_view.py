"""The 3D view after a face was built: through the photo's camera, in the photo's colours.

A view is no part of what undo remembers, so this follows undo: where it takes the new faces away,
the view gets its old look back, and where redo brings them back, the new one.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent
from mathutils import Quaternion, Vector

from .free_region import fit_camera

if TYPE_CHECKING:
    from ...scene import FaceScene


_MARGIN = 1.15
"""How much wider than a row of faces the view on it is."""


@dataclass
class _Shown:
    """A view that was changed for new faces.

    Attributes
    ----------
    view : int
        Address of the view; they keep theirs, unlike what undo brings back.
    faces : tuple of str
        Names of the objects.
    before, after : tuple
        Its look without them and with them, see `_look`.
    place : tuple
        From where it looked before: rotation, location, distance. Through a camera it takes the
        camera's.
    """

    view: int
    faces: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    place: tuple[Any, ...]


# One is enough: what was built before it is undone after it. Without it, undo leaves the view.
_shown: _Shown | None = None


def register() -> None:
    """Follow undo and redo, until another file is loaded."""
    bpy.app.handlers.undo_post.append(_follow)
    bpy.app.handlers.redo_post.append(_follow)
    bpy.app.handlers.load_pre.append(_forget)


def unregister() -> None:
    """Follow them no more."""
    bpy.app.handlers.undo_post.remove(_follow)
    bpy.app.handlers.redo_post.remove(_follow)
    bpy.app.handlers.load_pre.remove(_forget)
    _forget()


def show_as_photographed(context: Any, built: list[FaceScene], shadeless: bool) -> None:
    """Make the 3D view of the context show the new faces as the photo does.

    Local View is left alone: no undo brings it back, and so what was hidden by it would stand
    before the face after a redo.

    Parameters
    ----------
    context : bpy.types.Context
        Of a 3D view.
    built : list of FaceScene
        One for each photo; the view looks through the camera of a single one, and from the front
        at the row of several.
    shadeless : bool
        Whether the faces show the photo's own light, so that the view adds none.
    """
    global _shown
    space, camera = context.space_data, built[-1].camera
    faces = [face for scene in built for face in scene.faces]
    before, place = _look(space), _place(space.region_3d)
    # In the solid view a new mesh is grey, and studio light would shade the photo once more.
    space.shading.color_type = "TEXTURE"
    if shadeless and space.shading.type == "SOLID":
        space.shading.light = "FLAT"
    if len(built) > 1:
        _look_at_all(context, faces)
    elif context.scene.camera == camera:
        space.region_3d.view_perspective = "CAMERA"
        fit_camera(context.area, built[-1].view.width, built[-1].view.height)
    names = tuple(face.name for face in faces)
    _shown = _Shown(space.as_pointer(), names, before, _look(space), place)


def _look_at_all(context: Any, faces: list[Any]) -> None:
    """Have the 3D view of the context look at faces from the front, all of them in view."""
    corners = [item.matrix_basis @ Vector(corner) for item in faces for corner in item.bound_box]
    low = Vector([min(corner[k] for corner in corners) for k in range(3)])
    high = Vector([max(corner[k] for corner in corners) for k in range(3)])
    region = next(r for r in context.area.regions if r.type == "WINDOW")
    longer = max(region.width, region.height)
    size = high - low
    needed = max(size.x * longer / max(region.width, 1), size.z * longer / max(region.height, 1))
    view = context.space_data.region_3d
    view.view_perspective = "ORTHO"
    view.view_rotation = Quaternion((1, 0, 0), math.pi / 2)
    view.view_location = (low + high) / 2
    # In a 3D view a sensor of twice 36 mm takes the longer side.
    view.view_distance = _MARGIN * needed * context.space_data.lens / 72


def _look(space: Any) -> tuple[str, ...]:
    """A 3D view's colours, light, and whether it looks through a camera."""
    shading = space.shading
    return (shading.color_type, shading.light, space.region_3d.view_perspective)


def _place(view: Any) -> tuple[Any, ...]:
    """From where a 3D view looks."""
    return view.view_rotation.copy(), view.view_location.copy(), view.view_distance


@persistent
def _follow(*_: Any) -> None:
    """After undo or redo: give the view the look that it had without the faces, or with them."""
    if _shown is None:
        return
    there = all(name in bpy.data.objects for name in _shown.faces)
    now, then = (_shown.before, _shown.after) if there else (_shown.after, _shown.before)
    for space in _views():
        # Whoever has changed it since wants it like that.
        if space.as_pointer() == _shown.view and _look(space) == now:
            space.shading.color_type, space.shading.light, perspective = then
            view = space.region_3d
            view.view_perspective = perspective
            if not there and perspective != "CAMERA":
                view.view_rotation, view.view_location, view.view_distance = _shown.place


@persistent
def _forget(*_: Any) -> None:
    """Before a file is loaded: one of its views may get the address of the one remembered."""
    global _shown
    _shown = None


def _views() -> Iterable[Any]:
    """All 3D views in all windows."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                yield area.spaces.active
