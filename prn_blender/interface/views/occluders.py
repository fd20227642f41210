"""What occludes a face, in views and in renders, and hiding it."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import bpy
from mathutils import Matrix, Vector

from ...core.errors import Sentence, counted
from ...scene.names import LANDMARK_OBJECT, PHOTO_POSITION, is_face
from ...scene.record import find_camera, find_cameras, find_photo


def find_occluders(
    faces: Sequence[Any], camera: Any, others: Iterable[Any], faces_too: bool = False
) -> list[Any]:
    """Meshes that reach into the place of the faces, or stand between them and the camera.

    That place is the box around the faces and the camera's frame; a mesh is in it where the boxes
    around both overlap. Landmarks are never occluders: they belong to a face.

    Parameters
    ----------
    faces : sequence of bpy.types.Object
    camera : bpy.types.Object or None
        The photo's.
    others : iterable of bpy.types.Object
        Objects to choose from.
    faces_too : bool
        Whether faces of ours can be occluders.

    Returns
    -------
    list of bpy.types.Object
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


def occluders_of(context: Any, face: Any) -> list[Any]:
    """What occludes a face in views or in renders; nothing where the object is no face of ours.

    Parameters
    ----------
    context : bpy.types.Context
    face : bpy.types.Object or None

    Returns
    -------
    list of bpy.types.Object
    """
    layer = context.view_layer
    if not is_face(face):
        return []
    others = [
        other
        for other in layer.objects
        # None stands for one that a script has removed just now.
        if other is not None
        and not (other.hide_render and (other.hide_viewport or other.hide_get(view_layer=layer)))
    ]
    return find_occluders([face], find_camera(face), others)


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
    """Hide the untouched cube of Blender's first scene where it occludes a new face.

    What the user has made stays as it is: the panel offers to hide that.

    Returns
    -------
    list of str
        The cube's name, or nothing.
    """
    context.view_layer.update()
    occluders = (item for face in faces for item in occluders_of(context, face))
    cubes = {item.name: item for item in occluders if is_first_cube(item)}
    hide(cubes.values(), context.view_layer)
    return list(cubes)


def hide_cameras(layer: Any, camera: Any) -> None:
    """Hide the other cameras of photos in views, whose frames would lie over this one's photo.

    Renders show no cameras.

    Parameters
    ----------
    layer : bpy.types.ViewLayer
    camera : bpy.types.Object
        The one that is looked through.
    """
    layer.update()  # or it does not have those that were made just now
    faces = [item for item in layer.objects if is_face(item)]
    for other in {each for face in faces for each in find_cameras(face)} - {camera}:
        if other.name in layer.objects:
            other.hide_set(True, view_layer=layer)


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
    others = [item for item in ours if item not in shown and not item.hide_get(view_layer=layer)]
    occluders = find_occluders(shown, camera, others, faces_too=True)
    hide(occluders, layer)
    hide_cameras(layer, camera)
    for item in (*shown, camera):
        if item.name in layer.objects:
            item.hide_set(False, view_layer=layer)
            item.hide_render = False
    return len(occluders)


def others_hidden(count: int) -> Sentence:
    """The report of how many faces `show_only` has hidden."""
    return counted(
        count,
        "Hid 1 face of another photo; its Photo View shows it again",
        "Hid {count} faces of other photos; their Photo View shows them again",
    )


def _corners(item: Any) -> list[Vector]:
    """The corners of the box around an object, in world space."""
    return [item.matrix_world @ Vector(corner) for corner in item.bound_box]


def _bounds(corners: list[Vector]) -> tuple[list[float], list[float]]:
    """The least and the largest x, y and z."""
    low = [min(corner[k] for corner in corners) for k in range(3)]
    return low, [max(corner[k] for corner in corners) for k in range(3)]
