"""The 3D view after a face was built: through the photo's camera, in the photo's colours."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent

from ..interface.free_region import fit_camera
from ..interface.reporting import reports_errors, tell
from ..interface.target import OnFace
from .occluders import others_hidden, show_only

if TYPE_CHECKING:
    from ..scene import FaceScene


@dataclass
class _Shown:
    """A view that was changed for new faces: undo takes those away, but leaves views as they are.

    Attributes
    ----------
    view : int
        Address of the view; they keep theirs, unlike what undo brings back.
    faces : tuple of str
        Names of the objects.
    before, after : tuple
        Its look without them and with them.
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
    """No more."""
    bpy.app.handlers.undo_post.remove(_follow)
    bpy.app.handlers.redo_post.remove(_follow)
    bpy.app.handlers.load_pre.remove(_forget)
    _forget()


def show_as_photographed(context: Any, built: list[FaceScene], shadeless: bool) -> None:
    """Make the 3D view of the context show the new faces as the photo does.

    Local View is left alone: no undo brings it back, and so what was hidden by it would stand
    before the face after a redo.
    """
    global _shown
    space, camera = context.space_data, built[-1].camera
    faces = [face for scene in built for face in scene.faces]
    before, place = _look(space), _place(space.region_3d)
    # In the solid view a new mesh is grey, and studio light would shade the photo once more.
    space.shading.color_type = "TEXTURE"
    if shadeless and space.shading.type == "SOLID":
        space.shading.light = "FLAT"
    if context.scene.camera == camera:
        space.region_3d.view_perspective = "CAMERA"
        fit_camera(context.area, built[-1].view.width, built[-1].view.height)
    names = tuple(face.name for face in faces)
    _shown = _Shown(space.as_pointer(), names, before, _look(space), place)


class PRN_OT_photo_view(OnFace, bpy.types.Operator):
    """Look through this photo's camera, and render with it: in the photo's size and colours"""

    bl_idname = "prn.photo_view"
    bl_label = "Photo View"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Choose the camera, look through it."""
        from ..scene.build.camera import match_render
        from ..scene.record import bring_back, camera_of, photo_size_of

        item, scene = context.active_object, context.scene
        camera = camera_of(item)
        bring_back(camera, item)
        scene.camera = camera
        hid = show_only(context, camera)
        if hid:
            said = others_hidden(hid)
            tell(self, "INFO", said)
        match_render(scene, *photo_size_of(item))
        space = context.space_data
        if space is not None and space.type == "VIEW_3D":
            space.region_3d.view_perspective = "CAMERA"
            fit_camera(context.area, *photo_size_of(item))
        return {"FINISHED"}


def _look(space: Any) -> tuple[str, ...]:
    shading = space.shading
    return (shading.color_type, shading.light, space.region_3d.view_perspective)


def _place(view: Any) -> tuple[Any, ...]:
    return view.view_rotation.copy(), view.view_location.copy(), view.view_distance


@persistent
def _follow(*_: Any) -> None:
    """Bring the view's look back that it had without the faces, or with them."""
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
    """Another file's view may get the address of this one's."""
    global _shown
    _shown = None


def _views() -> Iterable[Any]:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                yield area.spaces.active
