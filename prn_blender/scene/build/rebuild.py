"""Other meshes, and another camera, for faces that are in the scene already."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np
from mathutils import Matrix

from ...core.choices import PARTS
from ...core.face.face import Face
from ...core.geometry.camera import Camera, Placement, make_camera
from ..layers.part_masks import Shares, add_part_groups, part_shares
from ..mesh.mesh import add_visible_group, build_mesh, remove_visible_group
from ..mesh.mesh_data import MeshData, mesh_colours, mesh_data
from ..names import FRONT_POSE, LANDMARK_OBJECT
from ..options import SceneOptions
from ..record import (
    FaceRecord,
    bring_back,
    find_front_pose,
    photo_block,
    read_record,
    refreshed,
    write_record,
)
from ..stepwise import Stepwise
from ..units import units_per_metre
from .build import all_or_nothing
from .camera import set_camera
from .extras import PHOTO_COLOUR, add_colours, build_landmarks

_ROUNDING = 1e-4
"""How much a number of a transform may change without the user having moved the face."""


@dataclass(frozen=True, eq=False)
class RebuiltFace:
    """What one of the faces gets.

    Attributes
    ----------
    face : Face
    placement : Placement
        Where it stands in front of the new camera.
    mesh : MeshData
    colours : (n, 4) float32
        See `mesh_colours`.
    parts : Shares or None
        For its vertex groups of parts; None where it has none.
    """

    face: Face
    placement: Placement
    mesh: MeshData
    colours: np.ndarray
    parts: Shares | None


@dataclass(frozen=True, eq=False)
class RebuildPlan:
    """The new camera of a photo, and what each of its faces gets.

    Attributes
    ----------
    view : Camera
    faces : list of RebuiltFace
    """

    view: Camera
    faces: list[RebuiltFace]


def largest_of(faces: Sequence[Face]) -> Face:
    """The largest of a photo's faces: the one whose real size the camera is scaled to."""
    return max(faces, key=lambda face: face.size)


def has_parts(item: bpy.types.Object) -> bool:
    """Whether a face object has vertex groups of parts, which a new mesh then needs, too."""
    return bool({group.name for group in item.vertex_groups} & set(PARTS))


def plan_rebuild(
    faces: Sequence[Face], options: SceneOptions, with_parts: Sequence[bool]
) -> RebuildPlan:
    """Compute the new meshes and camera; takes long, and needs nothing of Blender.

    Parameters
    ----------
    faces : sequence of Face
        Of one photo.
    options : SceneOptions
        Only `stride`, `camera`, `focal_mm` and `eye_distance` count.
    with_parts : sequence of bool
        Of each face, see `has_parts`.

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    """
    largest = largest_of(faces)
    view = make_camera(
        largest.photo, largest.geometry, options.camera, options.focal_mm, options.eye_distance
    )
    new = []
    for face, wanted in zip(faces, with_parts, strict=True):
        placement = view.place(face.geometry)
        mesh = mesh_data(face, placement, options.stride)
        parts = part_shares(face.layout) if wanted else None
        new.append(RebuiltFace(face, placement, mesh, mesh_colours(face, options.stride), parts))
    return RebuildPlan(view, new)


def rebuild_stepwise(
    items: Sequence[bpy.types.Object],
    camera: bpy.types.Object,
    plan: RebuildPlan,
    scene: bpy.types.Scene | None = None,
) -> Stepwise[None]:
    """Give faces their new meshes, and the camera its new settings, in steps; see `stepwise`.

    Materials and textures stay as they are. All pauses come before the first change: if the
    generator is closed in one, it removes the new meshes and nothing has changed.

    Parameters
    ----------
    items : sequence of bpy.types.Object
        In the order of the plan's faces.
    camera : bpy.types.Object
        The photo's.
    plan : RebuildPlan
    scene : bpy.types.Scene, optional
        By default the context's.

    Raises
    ------
    PhotoError
        The photo was removed; nothing has changed then.
    """
    units = units_per_metre(scene or bpy.context.scene)
    with all_or_nothing() as made:
        meshes = []
        for item, new in zip(items, plan.faces, strict=True):
            name = item.data.name
            meshes.append(made.add(build_mesh(name, new.mesh)))
            yield from made.pause()
        for item in items:
            photo_block(item)  # or it is refused while nothing has changed
        records = [read_record(item) for item in items]
    for item, new, mesh, record in zip(items, plan.faces, meshes, records, strict=True):
        _replace(item, new, mesh, record, units)
    set_camera(camera, plan.view, units)
    bring_back(camera, items[0])


def _replace(
    item: bpy.types.Object,
    new: RebuiltFace,
    mesh: bpy.types.Mesh,
    record: FaceRecord,
    units: float,
) -> None:
    face, old = new.face, item.data
    posed = Matrix.Scale(units, 4) @ Matrix(new.placement.transform.matrix.tolist())
    place = tuple(value for row in posed for value in row)
    write_record(mesh, replace(refreshed(record, face), place=place))
    if PHOTO_COLOUR in old.attributes:
        add_colours(mesh, new.colours)
    for material in old.materials:
        mesh.materials.append(material)
    users = remove_visible_group(item)
    item.vertex_groups.clear()  # they name vertices of the old mesh by number
    item.data = mesh
    item.matrix_basis = _moved(item, record.place) @ posed
    if FRONT_POSE in item:
        del item[FRONT_POSE]
    add_visible_group(item, users)
    if new.parts is not None:
        add_part_groups(item, face.layout, new.parts)
    _move_landmarks(item, new.mesh)
    if old.users == 0:
        name = old.name
        bpy.data.meshes.remove(old)
        mesh.name = name


def _moved(item: bpy.types.Object, place: Sequence[float] | None) -> Matrix:
    """What the user has done to a face's transform since it was built at `place`."""
    if place is None:
        return Matrix()
    pose = find_front_pose(item)
    now = pose if pose is not None else item.matrix_basis
    built = Matrix([place[row : row + 4] for row in range(0, 16, 4)])
    change = now @ built.inverted_safe()
    # Rounding errors would move the face off its photo a little more with each rebuild.
    rounding = max(abs(change[i][j] - (i == j)) for i in range(4) for j in range(4))
    return Matrix() if rounding < _ROUNDING else change


def _move_landmarks(item: bpy.types.Object, data: MeshData) -> None:
    """Replace a face's landmark objects, if it has any, by ones that fit the new mesh."""
    name = f"{item.name} Landmarks"
    old = [
        child
        for child in item.children
        # In old files they do not have the custom property and are known by their name.
        if LANDMARK_OBJECT in child or child.name.startswith(name)
    ]
    if not old:
        return
    collections = old[0].users_collection
    kind = "points" if old[0].type == "MESH" else "empties"
    bpy.data.batch_remove([*old, *{child.data for child in old if child.data is not None}])
    for point in build_landmarks(name, data, kind):
        point.parent = item
        for collection in collections:
            collection.objects.link(point)
