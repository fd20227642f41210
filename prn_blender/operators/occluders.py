"""What hides a face, in views and in renders, and taking it out of the way."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import bpy
from mathutils import Matrix, Vector

from ..core.errors import Sentence, counted
from ..interface.reporting import reports_errors, tell
from ..interface.target import OnFace
from ..scene.names import LANDMARK_OBJECT, PHOTO_POSITION, is_face
from ..scene.record import find_camera, find_photo


def in_the_way(
    faces: Sequence[Any], camera: Any, others: Iterable[Any], faces_too: bool = False
) -> list[Any]:
    """Meshes that reach into the place of the faces, or stand between them and the camera.

    Parameters
    ----------
    faces : sequence of bpy.types.Object
    camera : bpy.types.Object or None
        The photo's.
    others : iterable of bpy.types.Object
    faces_too : bool
        Whether faces of ours can be in the way.
    """
    corners = [corner for face in faces for corner in _corners(face)]
    if camera is not None:
        frame = camera.data.view_frame(scene=bpy.context.scene)
        corners += [camera.matrix_world @ corner for corner in frame]
    low, high = _bounds(corners)
    found = []
    for item in others:
        if item in faces or item.type != "MESH" or LANDMARK_OBJECT in item:
            continue
        if faces_too or not (is_face(item) or PHOTO_POSITION in item.data.attributes):
            other_low, other_high = _bounds(_corners(item))
            if all(other_low[k] < high[k] and low[k] < other_high[k] for k in range(3)):
                found.append(item)
    return found


def hidden_by(context: Any, face: Any) -> list[Any]:
    """What would hide a face, in views or in renders."""
    layer = context.view_layer
    if not is_face(face):
        return []
    others = [
        other
        for other in layer.objects
        if not (other.hide_render and (other.hide_viewport or other.hide_get(view_layer=layer)))
    ]
    return in_the_way([face], find_camera(face), others)


def is_first_cube(item: Any) -> bool:
    """Whether an object is the cube of Blender's first scene, and nobody has touched it."""
    if item.name != "Cube" or item.type != "MESH" or len(item.data.vertices) != 8:
        return False
    used = item.parent or item.children or item.modifiers or item.constraints
    if used or item.animation_data is not None or item.matrix_world != Matrix():
        return False
    return all(abs(part) == 1 for vertex in item.data.vertices for part in vertex.co)


def hide(items: Iterable[Any], layer: Any) -> None:
    """Hide objects in views and in renders, as the Outliner's eye and camera do: undo knows it.

    Parameters
    ----------
    items : iterable of bpy.types.Object
    layer : bpy.types.ViewLayer
    """
    for item in items:
        item.hide_set(True, view_layer=layer)
        item.hide_render = True


def hide_first_cube(context: Any, faces: Iterable[Any]) -> list[str]:
    """Hide the untouched cube of Blender's first scene where it hides a new face; its name.

    What the user has made stays as it is: the panel offers to hide that.
    """
    context.view_layer.update()
    hides = (item for face in faces for item in hidden_by(context, face))
    cubes = {item.name: item for item in hides if is_first_cube(item)}
    hide(cubes.values(), context.view_layer)
    return list(cubes)


def others_hidden(count: int) -> Sentence:
    """What `show_only` did."""
    return counted(
        count,
        "Hid 1 face of another photo; its Photo View shows it again",
        "Hid {count} faces of other photos; their Photo View shows them again",
    )


def show_only(context: Any, camera: Any) -> int:
    """Show one photo: its faces and camera, and no other photo's that would cover it.

    Parameters
    ----------
    context : bpy.types.Context
    camera : bpy.types.Object
        The photo's.

    Returns
    -------
    int
        How many faces of other photos were hidden.
    """
    layer = context.view_layer
    layer.update()
    ours = [item for item in layer.objects if is_face(item)]
    photos = {find_photo(item) for item in ours if find_camera(item) == camera}
    shown = [item for item in ours if find_photo(item) in photos]
    cameras = {find_camera(item) for item in ours} - {camera, None}
    others = [item for item in ours if item not in shown and not item.hide_get(view_layer=layer)]
    hides = in_the_way(shown, camera, others, faces_too=True)
    hide(hides, layer)
    for other in cameras:
        if other.name in layer.objects:  # its frame would lie over the photo
            other.hide_set(True, view_layer=layer)
    for item in (*shown, camera):
        if item.name in layer.objects:
            item.hide_set(False, view_layer=layer)
            item.hide_render = False
    return len(hides)


class PRN_OT_clear_view(OnFace, bpy.types.Operator):
    """Hide the objects that reach into the face or stand before it, in the view and in renders"""

    bl_idname = "prn.clear_view"
    bl_label = "Hide What Is in the Way"
    bl_options = {"REGISTER", "UNDO"}

    @reports_errors
    def execute(self, context: Any) -> set[str]:
        """Hide them."""
        hides = hidden_by(context, context.active_object)
        if not hides:
            tell(self, "INFO", "Nothing is in the way")
            return {"CANCELLED"}
        hide(hides, context.view_layer)
        hid = counted(
            len(hides),
            "Hid 1 object, in renders too; the eye in the Outliner shows it again",
            "Hid {count} objects, in renders too; the eye in the Outliner shows them again",
        )
        tell(self, "INFO", hid)
        return {"FINISHED"}


def _corners(item: Any) -> list[Vector]:
    return [item.matrix_world @ Vector(corner) for corner in item.bound_box]


def _bounds(corners: list[Vector]) -> tuple[list[float], list[float]]:
    low = [min(corner[k] for corner in corners) for k in range(3)]
    return low, [max(corner[k] for corner in corners) for k in range(3)]
