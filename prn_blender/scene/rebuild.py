"""Other meshes and another camera for faces that are in the scene already."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import bpy
from mathutils import Matrix

from ..core.camera import Placement, make_camera
from ..core.derived import vertex_colours
from ..core.face import Face
from .camera import set_camera
from .mesh import add_visible_group, build_mesh
from .names import FACE, FRONT_POSE, VISIBLE
from .options import SceneOptions
from .outputs import PHOTO_COLOUR, add_colours, build_landmarks
from .parts import add_part_groups
from .state import photo_block, store_face


def rebuild(
    faces: Sequence[tuple[bpy.types.Object, Face]],
    camera: bpy.types.Object,
    options: SceneOptions,
) -> None:
    """Build the meshes of a photo's faces anew; materials and textures stay as they are.

    Parameters
    ----------
    faces : sequence of (object, face)
        Of one photo; the largest gets its real size.
    camera : bpy.types.Object
        The one that matches the photo.
    options : SceneOptions
        Of these `stride`, `camera`, `focal_mm` and `eye_distance` count.

    Raises
    ------
    OptionError
        An option has a value that makes no sense; nothing has changed then.
    """
    largest = max((face for _, face in faces), key=lambda face: face.size)
    view = make_camera(
        largest.photo, largest, options.camera, options.focal_mm, options.eye_distance
    )
    placements = [view.place(face) for _, face in faces]
    meshes = [
        build_mesh(item.data.name, face, placement, options.stride)
        for (item, face), placement in zip(faces, placements, strict=True)
    ]
    for (item, face), placement, mesh in zip(faces, placements, meshes, strict=True):
        _replace(item, face, placement, mesh, options.stride)
    set_camera(camera, view)


def _replace(
    item: bpy.types.Object, face: Face, placement: Placement, mesh: bpy.types.Mesh, stride: int
) -> None:
    old, record = item.data, item.data[FACE]
    store_face(mesh, face, photo_block(item), record["position_map"])
    for key in set(record.keys()) - set(
        mesh[FACE].keys()
    ):  # the camera, the result, a donor's name
        mesh[FACE][key] = record[key]
    if PHOTO_COLOUR in old.attributes:
        add_colours(mesh, face.layout, vertex_colours(face), stride)
    for material in old.materials:
        mesh.materials.append(material)
    groups = {group.name for group in item.vertex_groups}
    item.vertex_groups.clear()  # they count the old mesh's vertices
    item.data = mesh
    item.matrix_basis = Matrix(placement.transform.matrix.tolist())
    if FRONT_POSE in item:
        del item[FRONT_POSE]
    add_visible_group(item)
    if groups - {VISIBLE}:
        add_part_groups(item, face.layout)
    _move_landmarks(item, face, placement)
    if old.users == 0:
        name = old.name
        bpy.data.meshes.remove(old)
        mesh.name = name


def _move_landmarks(item: bpy.types.Object, face: Face, placement: Placement) -> None:
    """Put landmark objects, if there are any, where the new mesh has them."""
    name = f"{item.name} Landmarks"
    old = [child for child in item.children if child.name.startswith(name)]
    if not old:
        return
    collections = old[0].users_collection
    kind = "points" if old[0].type == "MESH" else "empties"
    bpy.data.batch_remove([*old, *{child.data for child in old if child.data is not None}])
    for point in build_landmarks(name, face, placement, kind):
        point.parent = item
        for collection in collections:
            collection.objects.link(point)
