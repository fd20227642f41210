"""The 3D view after a face was built: it looks through the photo's camera, and nothing hides it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent
from mathutils import Vector

from ..core.errors import counted
from ..scene.names import FACE, PHOTO_POSITION, is_face
from .reporting import reports_errors, tell
from .target import OnFace

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


def show_as_photographed(context: Any, built: list[FaceScene], shadeless: bool) -> str | None:
    """Make the 3D view of the context show the new faces as the photo does.

    Returns
    -------
    str or None
        The name of an object that would hide them (the cube of Blender's first scene), because
        of which the view was made local.
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
    names = tuple(face.name for face in faces)
    _shown = _Shown(space.as_pointer(), names, before, _look(space), place)
    context.view_layer.update()
    hides = in_the_way(faces, camera, context.visible_objects)
    if not hides or space.local_view is not None:
        return None
    for scene in built:
        scene.camera.select_set(True)  # the view through it needs it
    bpy.ops.view3d.localview(frame_selected=False)
    for scene in built:
        scene.camera.select_set(False)
    return str(hides[0].name)


def in_the_way(faces: Sequence[Any], camera: Any, others: Iterable[Any]) -> list[Any]:
    """Meshes, other than faces of ours, that reach into the place of the faces, or stand between
    them and the camera.

    Parameters
    ----------
    faces : sequence of bpy.types.Object
    camera : bpy.types.Object or None
        The photo's.
    others : iterable of bpy.types.Object
    """
    corners = [corner for face in faces for corner in _corners(face)]
    if camera is not None:
        frame = camera.data.view_frame(scene=bpy.context.scene)
        corners += [camera.matrix_world @ corner for corner in frame]
    low, high = _bounds(corners)
    found = []
    for item in others:
        if item.type == "MESH" and PHOTO_POSITION not in item.data.attributes:
            other_low, other_high = _bounds(_corners(item))
            if all(other_low[k] < high[k] and low[k] < other_high[k] for k in range(3)):
                found.append(item)
    return found


def hidden_by(context: Any) -> list[Any]:
    """What would hide the active face outside of the local view: in other views and in renders."""
    item, layer = context.active_object, context.view_layer
    if not is_face(item):
        return []
    others = [
        other
        for other in layer.objects
        if not (other.hide_render and (other.hide_viewport or other.hide_get(view_layer=layer)))
    ]
    return in_the_way([item], item.data[FACE].get("camera"), others)


class PRN_OT_clear_view(OnFace, bpy.types.Operator):
    """Hide the objects that reach into the face or stand before it, in the view and in renders"""

    bl_idname = "prn.clear_view"
    bl_label = "Hide What Is in the Way"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Hide them; the local view, which was for that, ends."""
        hides = hidden_by(context)
        for item in hides:
            item.hide_set(True)
            item.hide_render = True
        space = context.space_data
        if space is not None and space.type == "VIEW_3D" and space.local_view is not None:
            bpy.ops.view3d.localview(frame_selected=False)
        hid = counted(
            len(hides),
            "Hid 1 object, in renders too; the eye in the Outliner shows it again",
            "Hid {count} objects, in renders too; the eye in the Outliner shows them again",
        )
        tell(self, "INFO", hid)
        return {"FINISHED"}


class PRN_OT_photo_view(OnFace, bpy.types.Operator):
    """Look through this photo's camera, and render with it: in the photo's size and colours"""

    bl_idname = "prn.photo_view"
    bl_label = "Photo View"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Choose the camera, look through it."""
        from ..scene.camera import match_render
        from ..scene.state import bring_back, camera_of

        item, scene = context.active_object, context.scene
        camera = camera_of(item)
        bring_back(camera, item)
        scene.camera = camera
        match_render(scene, *item.data[FACE]["photo_size"])
        space = context.space_data
        if space is not None and space.type == "VIEW_3D":
            space.region_3d.view_perspective = "CAMERA"
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


def _corners(item: Any) -> list[Vector]:
    return [item.matrix_world @ Vector(corner) for corner in item.bound_box]


def _bounds(corners: list[Vector]) -> tuple[list[float], list[float]]:
    low = [min(corner[k] for corner in corners) for k in range(3)]
    return low, [max(corner[k] for corner in corners) for k in range(3)]
