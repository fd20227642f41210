"""Faces that are in the scene already get another mesh, camera, size or texture.

Only what is asked for changes, and nothing that was made by hand is lost: with another camera the
vertices move from where they were built to where they would be built now; another density is a new
mesh to which everything is carried (`mesh.carry`).
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ...core.choices import TextureSize, Topology
from ...core.face.face import Face
from ...core.geometry.camera import DEFAULT_FOCAL_MM, Camera, Placement, make_camera
from ...core.head.placed_head import PlacedHead, place_head
from ...core.head.whole_head import Head, spread
from ...core.photo.exif import DIAGONAL_35MM
from ..head.armature import bone_groups, own_groups, renew_weights
from ..head.bones import bones_follow
from ..head.head_files import head_files
from ..head.materials import as_face_only, as_skin, check_takes_head, dress, undress
from ..images.image import take_place
from ..images.texels import Texels
from ..layers.composed import add_composed
from ..layers.export_nodes import composed_image
from ..layers.layers import editable_layers, find_layers
from ..layers.texture_group import LIT
from ..mesh.carry import carry, move, sampled
from ..mesh.head_data import head_colours, head_mesh
from ..mesh.head_mesh import (
    add_groups,
    add_shapes,
    add_tile,
    is_whole,
    move_shapes,
)
from ..mesh.mesh import add_visible_group, build_mesh, remove_visible_group, uv_of_vertices
from ..mesh.mesh_data import MeshData, mesh_colours, mesh_data
from ..mesh.shape_keys import NEUTRAL, shown_keys, take_over
from ..names import FRONT_POSE, is_head
from ..options import SceneOptions
from ..record import (
    bring_back,
    find_front_pose,
    photo_block,
    read_record,
    refreshed,
    write_record,
)
from ..stepwise import Stepwise
from ..units import units_per_metre
from .adjust import move_landmarks, renew_photo_layer, texture_again
from .build import all_or_nothing
from .built_with import BuiltWith
from .camera import aside_of, set_camera
from .extras import PHOTO_COLOUR, add_colours
from .prepared import WholeHead

_ROUNDING = 1e-4
"""How much a number of a transform may change without the user having moved the face."""


@dataclass(frozen=True)
class Changes:
    """What is to change; None stays as it is.

    Attributes
    ----------
    stride : {1, 2, 4} or None
        Of lattices.
    topology : {"head", "lattice"} or None
    view : SceneOptions or None
        With `camera`, `focal_mm` and `eye_distance`.
    texture_size : int, "auto" or None
    material : {"shadeless", "lit"} or None
    """

    stride: int | None = None
    topology: Topology | None = None
    view: SceneOptions | None = None
    texture_size: TextureSize | None = None
    material: str | None = None

    @property
    def any(self) -> bool:
        """Whether anything is to change."""
        return self != Changes()


@dataclass(frozen=True, eq=False)
class RebuiltFace:
    """What one of the faces gets.

    Attributes
    ----------
    face : Face
    before, placement : Placement
        Where it stands in front of the camera as it is, and as it will be.
    placed : PlacedHead or None
        Its whole head in front of the camera as it is, where it is one or becomes one.
    moved : PlacedHead or None
        The same in front of another camera.
    mesh : MeshData or None
        Another one, in front of the camera as it is.
    head : WholeHead or None
        What makes that mesh a whole head.
    colours : (n, 4) float32
        Of that mesh, see `mesh_colours`.
    texture : bytes or None
        A PNG of the photo unwrapped in another size.
    """

    face: Face
    before: Placement
    placement: Placement
    placed: PlacedHead | None
    moved: PlacedHead | None
    mesh: MeshData | None
    head: WholeHead | None
    colours: np.ndarray | None
    texture: bytes | None


@dataclass(frozen=True, eq=False)
class RebuildPlan:
    """The new camera of a photo, and what each of its faces gets.

    Attributes
    ----------
    changes : Changes
    view : Camera
    faces : list of RebuiltFace
    """

    changes: Changes
    view: Camera
    faces: list[RebuiltFace]

    @property
    def headless(self) -> int:
        """How many faces stay lattices because they have no whole head."""
        return sum(face.placed is None for face in self.faces) * (self.changes.topology == "head")


def largest_of(faces: Sequence[Face]) -> Face:
    """The largest of a photo's faces: the one whose real size the camera is scaled to."""
    return max(faces, key=lambda face: face.size)


def camera_as_built(faces: Sequence[Face], now: BuiltWith) -> Camera:
    """The camera that the faces of a photo stand in front of."""
    largest = largest_of(faces)
    return make_camera(largest.photo, largest.geometry, now.camera, now.focal_mm, now.eye_distance)


def lens_of(faces: Sequence[Face]) -> float:
    """The focal length that a photo's file names, mm for 35 mm film; a normal lens without one."""
    photo = faces[0].photo
    if photo.focal_length is None:
        return DEFAULT_FOCAL_MM
    return photo.focal_length / math.hypot(photo.width, photo.height) * DIAGONAL_35MM


def plan_rebuild(
    faces: Sequence[Face],
    now: BuiltWith,
    changes: Changes,
    textures: Sequence[Texels | None],
    heads: Sequence[bool],
    delights: Sequence[float] | None = None,
) -> RebuildPlan:
    """Compute the new meshes, camera and textures; takes long, and needs nothing of Blender.

    Parameters
    ----------
    faces : sequence of Face
        Of one photo.
    now : BuiltWith
        What they are like.
    changes : Changes
    textures : sequence of Texels or None
        Of each face, see `photo_texels`.
    heads : sequence of bool
        Which of the faces are whole heads, see `is_head`.
    delights : sequence of float, optional
        Of each face how much of the photo's light is taken out, see `Made`; by default nothing.

    Raises
    ------
    OptionError
        An option has a value that makes no sense.
    """
    largest, wanted = largest_of(faces), changes.view
    view = there = camera_as_built(faces, now)
    if wanted is not None:
        view = make_camera(
            largest.photo, largest.geometry, wanted.camera, wanted.focal_mm, wanted.eye_distance
        )
    new = []
    lights = [0.0] * len(faces) if delights is None else delights
    for face, texels, was_head, delight in zip(faces, textures, heads, lights, strict=True):
        before = there.place(face.geometry)
        placement = before if wanted is None else view.place(face.geometry)
        becomes = was_head if changes.topology is None else changes.topology == "head"
        head = face.head if becomes or was_head else None
        placed = moved = mesh = whole = colours = texture = None
        if head is not None:
            placed = place_head(head, face.geometry, there, before)
            moved = place_head(head, face.geometry, view, placement) if wanted else None
        if head is not None and becomes and not was_head:
            mesh, whole = _new_head(face, head, there, before, delight)
            colours = head_colours(face, head)
        elif (was_head and not becomes) or (changes.stride is not None and not was_head):
            stride = changes.stride or now.stride
            mesh, colours = mesh_data(face, before, stride), mesh_colours(face, stride)
        if changes.texture_size is not None and texels is not None:
            texture = texture_again(face, texels, changes.texture_size)
        new.append(
            RebuiltFace(face, before, placement, placed, moved, mesh, whole, colours, texture)
        )
    return RebuildPlan(changes, view, new)


def _new_head(
    face: Face, head: Head, view: Camera, placement: Placement, delight: float
) -> tuple[MeshData, WholeHead]:
    found = head_mesh(face, view, placement)
    assert found is not None
    data, of_head = found
    files = head_files(face, head, face.texture(face.layout.size), delight)
    return data, WholeHead(of_head, files)


def rebuild_stepwise(
    items: Sequence[bpy.types.Object],
    camera: bpy.types.Object,
    plan: RebuildPlan,
    scene: bpy.types.Scene | None = None,
) -> Stepwise[None]:
    """Give faces what was planned, and the camera its new settings, in steps; see `stepwise`.

    All pauses come before the first change: if the generator is closed in one, it removes the new
    meshes and nothing has changed.

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
        meshes: list[bpy.types.Mesh | None] = []
        for item, new in zip(items, plan.faces, strict=True):
            mesh = made.add(build_mesh(item.data.name, new.mesh)) if new.mesh is not None else None
            if new.head is not None:
                add_tile(mesh, new.head.data)
            meshes.append(mesh)
            yield from made.pause()
        for item, new in zip(items, plan.faces, strict=True):
            photo_block(item)  # or it is refused while nothing has changed
            read_record(item)
            if new.head is not None:
                check_takes_head(find_layers(item))
    for item, new, mesh in zip(items, plan.faces, meshes, strict=True):
        if mesh is not None:
            _replace(item, new, mesh)
        if plan.changes.view is not None:
            bring_before(item, new, units, aside_of(camera))
        _change_material(item, new, plan.changes)
    if plan.changes.view is not None:
        set_camera(camera, plan.view, units)
    bring_back(camera, items[0])


def _replace(item: bpy.types.Object, new: RebuiltFace, mesh: bpy.types.Mesh) -> None:
    """Give a face a mesh of another density, in the same place."""
    old = item.data
    write_record(mesh, refreshed(read_record(item), new.face))
    if PHOTO_COLOUR in old.attributes and new.colours is not None:
        add_colours(mesh, new.colours)
    # Before: an older file's group is called like an attribute of the mesh, and Blender 5.2 takes
    # that away.
    users = remove_visible_group(item)
    layout, was_head = new.face.layout, is_head(item)
    model = None if new.face.head is None else new.face.head.model
    if new.head is None and was_head:
        placed = new.placed
        own = [] if placed is None or model is None else [*placed.names, *own_groups(item, model)]
        carry(item, mesh, layout, None if placed is None else placed.basis, left=own)
    elif new.head is None:
        carry(item, mesh, layout, new.before.local)
    else:
        assert model is not None
        placed, shown = new.head.data.placed, shown_keys(item)
        shapes = partial(add_shapes, item, placed)
        left, fading = [NEUTRAL, *bone_groups(item, model)], partial(spread, model)
        carry(item, mesh, layout, new.before.local, fading, left, shapes)
        take_over(item, placed, shown)
        add_groups(item, new.head.data)
        renew_weights(item, model)
    add_visible_group(item, users)
    if old.users == 0:
        name = old.name
        bpy.data.meshes.remove(old)
        mesh.name = name
    if was_head and new.head is None:
        undress(mesh)
    if find_layers(item) is not None:
        _change_skin(item, new)


def _change_skin(item: bpy.types.Object, new: RebuiltFace) -> None:
    """The material of a lattice that becomes a head, or the other way round."""
    layers = editable_layers(item)
    if new.head is None:
        if layers.of_head:
            as_face_only(layers)
        return
    as_skin(layers, item.name, new.head.files)
    old = composed_image(layers.material)
    image = add_composed(layers, f"{item.name} Composed", new.head.files.tile)
    take_place(image, old)
    first = list(item.data.materials).index(layers.material)
    parts = len(item.data.materials)
    dress(item.data, layers, item.name, new.head.files)
    slots = np.array([first, *range(parts, len(item.data.materials))], np.int32)
    item.data.polygons.foreach_set("material_index", slots[new.head.data.material])


def bring_before(item: bpy.types.Object, new: RebuiltFace, units: float, aside: Vector) -> None:
    """Bring a face in front of another camera, with what was done to it.

    Parameters
    ----------
    item : bpy.types.Object
    new : RebuiltFace
        With both placements.
    units : float
        Of the scene to a metre.
    aside : Vector
        See `camera.aside_of`.
    """
    moves = new.placement.local - new.before.local
    with bones_follow(item, new.face.layout):
        if new.placed is not None and new.moved is not None and is_whole(item, new.placed):
            move_shapes(item, new.placed, new.moved)
        else:
            move(item, sampled(moves, uv_of_vertices(item.data)))
    landmarks = tuple(new.face.layout.landmark_texels.T)
    move_landmarks(item, moves[landmarks], new.face)
    posed = Matrix.Scale(units, 4) @ Matrix(new.placement.transform.matrix.tolist())
    posed = Matrix.Translation(aside) @ posed
    record = read_record(item)
    item.matrix_basis = _moved(item, record.place) @ posed
    if FRONT_POSE in item:
        del item[FRONT_POSE]
    place = tuple(value for row in posed for value in row)
    write_record(item.data, replace(refreshed(record, new.face), place=place))


def _change_material(item: bpy.types.Object, new: RebuiltFace, changes: Changes) -> None:
    if find_layers(item) is None or (changes.material is None and new.texture is None):
        return
    layers = editable_layers(item)
    if changes.material is not None:
        layers.set_value(LIT, float(changes.material == "lit"))
    if new.texture is not None:
        renew_photo_layer(item, layers, new.texture)


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
